"""The truth about a simulated district, from the world's own ledgers: persons, spells, cases, weekly counts.

The pipeline never reads it; tests compare with it.
"""

from ingest.simulate.truth.tables import write_truth

__all__ = ["write_truth"]
