"""Which row goes where: one verdict a row, by rules in a fixed order.

In: the table and the readings of its columns. Out: the first broken rule of each refused row with the others beside it,
and the flags of every row. Nothing is dropped: footers, test rows and exact duplicates are refused rows too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from ingest.columns import Masks, Readings
from ingest.duplicates import SeenRows
from ingest.footers import footers
from ingest.tables import RawTable
from warehouse.contracts import Feed

# A row that is no record at all is judged first; the faults of its cells say nothing.
NO_RECORD = ("footer_row", "row_ragged", "test_row")
RULES = (
    *NO_RECORD,
    "cell_error",
    "id_check_digit",
    "id_lost_precision",
    "id_masked",
    "id_malformed",
    "id_missing",
    "date_unreadable",
    "amount_unreadable",
    "code_unknown",
    "required_missing",
    "authorisation_missing",
    "authorisation_expired",
    "duplicate_row",
    "out_of_range",
)
INFO = ("authorisation_expired", "authorisation_missing", "duplicate_row", "footer_row", "test_row")
VERDICT_SCHEMA = {"place": pl.UInt32, "rule": pl.String, "column_name": pl.String, "also": pl.String}


class Judgement(NamedTuple):
    """The refused rows of a table and the marks on all.

    `refused`: one row per refused row; place (position in the table), rule, column_name, also. `accepted`: which
    rows pass. `flags`: sorted, comma-joined marks of every row, empty where there are none.
    """

    refused: pl.DataFrame
    accepted: pl.Series
    flags: pl.Series


def judge(table: RawTable, feed: Feed, readings: Readings, seen: SeenRows | None = None) -> Judgement:
    """Every whole row's verdict; `seen` knows the rows of the file's earlier chunks."""
    seen = SeenRows() if seen is None else seen
    faults: Masks = dict(readings.faults)
    faults["footer_row", ""] = footers(table.first_cells, feed, table.cells)
    faults["duplicate_row", ""] = seen.add(table.cells)
    refused = _first_faults(faults, [column.name for column in feed.columns])
    accepted = pl.repeat(True, table.cells.height, dtype=pl.Boolean, eager=True)
    if refused.height:
        accepted = accepted.scatter(refused["place"], False)
    return Judgement(refused, accepted, _joined(readings.flags, table.cells.height))


def _first_faults(faults: Masks, columns: Sequence[str]) -> pl.DataFrame:
    def order(key: tuple[str, str]) -> tuple[int, int]:
        return RULES.index(key[0]), columns.index(key[1]) if key[1] else -1

    frames = []
    for rank, (rule, column_name) in enumerate(sorted(faults, key=order)):
        places = faults[rule, column_name].arg_true()
        if places.len():
            facts = {"place": places, "rank": rank, "rule": rule, "column_name": column_name}
            frames.append(pl.DataFrame(facts, schema_overrides={"place": pl.UInt32}))
    if not frames:
        return pl.DataFrame(schema=VERDICT_SCHEMA)
    named = pl.col("rule")
    is_further = named != named.first()
    verdicts = (
        pl.concat(frames)
        .sort("place", "rank")
        .group_by("place", maintain_order=True)
        .agg(
            named.first().alias("first"),
            pl.col("column_name").first(),
            named.filter(is_further).unique(maintain_order=True).str.join(",").alias("also"),
        )
    )
    also = pl.when(pl.col("first").is_in(list(NO_RECORD))).then(pl.lit("")).otherwise(pl.col("also").fill_null(""))
    return verdicts.select("place", pl.col("first").alias("rule"), "column_name", also.alias("also"))


def _joined(flags: Mapping[str, pl.Series], height: int) -> pl.Series:
    if not flags:
        return pl.repeat("", height, dtype=pl.String, eager=True)
    marks = [pl.when(pl.col(flag)).then(pl.lit(flag)) for flag in sorted(flags)]
    return pl.DataFrame(flags).select(pl.concat_str(marks, separator=",", ignore_nulls=True)).to_series()
