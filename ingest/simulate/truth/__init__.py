"""The truth about a simulated district, from the world's own ledgers: persons, spells, cases, weekly counts.

The pipeline never reads it; tests compare with it.
"""

from ingest.simulate.truth.knowledge import build_known
from ingest.simulate.truth.tables import cases_table, write_truth

__all__ = ["build_known", "cases_table", "write_truth"]
