"""The bureaus: one module each, writing the files that it sends in its own form."""
