"""What only several columns of a row tell together: contradictions, an end before its start, an authorisation.

In: the values of a chunk, the facts of its persons' numbers. Out: more faults and flags. Neither of two columns that differ is
believed more: the row passes with a mark.
"""

from __future__ import annotations

import polars as pl

from ingest.cells import PLACEHOLDERS
from ingest.identity_numbers import NO_NUMBER
from warehouse.contracts import Feed

# Columns that the person's number tells as well: the mark, the column, the fact.
CONTRADICTIONS = (
    ("birth_date_differs", "birth_date", "birth_date"),
    ("sex_differs", "sex_code", "sex_code"),
    ("disability_type_differs", "disability_type_code", "type_code"),
    ("disability_grade_differs", "disability_grade_code", "grade_code"),
)
Masks = dict[tuple[str, str], pl.Series]


def add(feed: Feed, values: pl.DataFrame, person: pl.DataFrame, faults: Masks, flags: dict[str, pl.Series]) -> None:
    """Add the faults and flags of whole rows to those of their cells."""
    for flag, name, fact in CONTRADICTIONS:
        if name in values.columns and fact in person.columns:
            differs = values[name] != person[fact]
            # Only male and female can contradict a number; "unknown" doesn't.
            mark(flags, flag, differs & values[name].is_in(["1", "2"]) if name == "sex_code" else differs)
    for earlier, later in feed.ordered:
        mark(flags, "end_before_start", values[later] < values[earlier])
    if feed.authorisation is not None:
        number, until, at = (values[name] for name in (
            feed.authorisation.number, feed.authorisation.until, feed.authorisation.at
        ))  # fmt: skip
        unread = faults.get(("date_unreadable", feed.authorisation.until))
        missing = (
            number.is_null()
            | number.is_in([*NO_NUMBER, *PLACEHOLDERS])
            | (until.is_null() if unread is None else until.is_null() & ~unread)
        )
        if missing.any():
            faults["authorisation_missing", feed.authorisation.number] = missing
        expired = (until < at).fill_null(False)
        if expired.any():
            faults["authorisation_expired", feed.authorisation.until] = expired


def mark(flags: dict[str, pl.Series], flag: str, mask: pl.Series) -> None:
    """Note a mark for some rows, where there are any."""
    mask = mask.fill_null(False)
    if mask.any():
        flags[flag] = flags[flag] | mask if flag in flags else mask
