"""The simulator: the true world of a district first, then every bureau's own files with its own defects."""
