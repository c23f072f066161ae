"""Which row goes where: one verdict a row, by rules in a fixed order.

In: the table and the readings of its columns. Out: the first broken rule of each refused row with the others beside it,
and the flags of every row. Nothing is dropped: footers, test rows and exact duplicates are refused rows too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from ingest.columns import Masks, Readings
from ingest.normalise import clean, clean_name
from ingest.tables import RawTable
from warehouse.contracts import Feed

# A row that is no record at all is judged first; the faults of its cells say nothing.
NO_RECORD = ("footer_row", "row_ragged", "test_row")
RULES = (
    *NO_RECORD,
    "id_check_digit",
    "id_lost_precision",
    "id_masked",
    "id_malformed",
    "id_missing",
    "date_unreadable",
    "amount_unreadable",
    "code_unknown",
    "required_missing",
    "duplicate_row",
    "out_of_range",
)
INFO = ("duplicate_row", "footer_row", "test_row")
VERDICT_SCHEMA = {"place": pl.UInt32, "rule": pl.String, "column_name": pl.String, "also": pl.String}


class Judgement(NamedTuple):
    """The refused rows of a table and the marks on all.

    `refused`: one row per refused row; place (position in the table), rule, column_name, also. `accepted`: which
    rows pass. `flags`: sorted, comma-joined marks of every row, empty where there are none.
    """

    refused: pl.DataFrame
    accepted: pl.Series
    flags: pl.Series


def judge(table: RawTable, feed: Feed, readings: Readings) -> Judgement:
    """Every whole row's verdict."""
    faults: Masks = dict(readings.faults)
    faults["footer_row", ""] = footers(table.first_cells, feed)
    faults["duplicate_row", ""] = duplicates(table.cells)
    refused = _first_faults(faults, [column.name for column in feed.columns])
    accepted = pl.repeat(True, table.cells.height, dtype=pl.Boolean, eager=True)
    if refused.height:
        accepted = accepted.scatter(refused["place"], False)
    return Judgement(refused, accepted, _joined(readings.flags, table.cells.height))


def duplicates(cells: pl.DataFrame) -> pl.Series:
    """True for every exact copy of an earlier row."""
    marked = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
    hashes = cells.hash_rows()
    if hashes.n_unique() == cells.height:
        return marked
    # Equal hashes are only a suspicion: the few rows concerned are compared themselves.
    copies = hashes.is_duplicated().arg_true()
    again = cells[copies].select(~pl.struct(cells.columns).is_first_distinct()).to_series()
    return marked.scatter(copies.filter(again), True)


def footers(first_cells: pl.Series, feed: Feed) -> pl.Series:
    """Rows whose first filled cell begins with one of the contract's footer words."""
    if not feed.skip_rows or first_cells.len() == 0:
        return pl.repeat(False, first_cells.len(), dtype=pl.Boolean, eager=True)
    word = clean_name(clean(pl.col("cell")))
    begins = pl.any_horizontal(word.str.starts_with(start) for start in feed.skip_rows)
    return first_cells.to_frame("cell").select(begins.fill_null(False)).to_series()


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
