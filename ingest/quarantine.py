"""The refused rows as quarantine keeps them: rule, file, line, a masked value, and what absence rules need to know.

In: a table, its readings and verdicts. Out: a frame with `QUARANTINE_COLUMNS`. It holds no clear value of a person: a
masked value shows three characters at most, its digits as #.
"""

from __future__ import annotations

import json

import polars as pl

from ingest.columns import Readings
from ingest.footers import footers
from ingest.lake_rows import TYPES, Lineage, without_numbers
from ingest.pseudonyms import Pseudonyms, masked_value
from ingest.tables import RawTable
from ingest.validate import INFO, Judgement
from warehouse.contracts import QUARANTINE_COLUMNS, Feed

# A name is hardly longer: two of its characters and the last would be nearly all of it.
SHORT = 5


def quarantine_rows(
    feed: Feed,
    table: RawTable,
    readings: Readings,
    judgement: Judgement,
    lineage: Lineage,
    pseudonyms: Pseudonyms,
) -> pl.DataFrame:
    """The refused rows of a file.

    Grain: one row per refused row of the file, ordered by row number. Columns: QUARANTINE_COLUMNS.
    """
    frames = []
    if judgement.refused.height:
        frames.append(_whole(feed, table, readings, judgement.refused, pseudonyms))
    if table.ragged.height:
        frames.append(_ragged(feed, table))
    schema = {name: TYPES[kind] for name, kind in QUARANTINE_COLUMNS}
    if not frames:
        return pl.DataFrame(schema=schema)
    is_info = pl.col("rule").is_in(list(INFO))
    severity = pl.when(is_info).then(pl.lit("info")).otherwise(pl.lit("warning")).alias("severity")
    frame = pl.concat(frames, how="diagonal_relaxed").with_columns(severity, *lineage.columns())
    missing = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    frame = frame.with_columns(missing).sort("_row_number")
    return frame.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _whole(
    feed: Feed, table: RawTable, readings: Readings, refused: pl.DataFrame, pseudonyms: Pseudonyms
) -> pl.DataFrame:
    places = refused["place"]
    written, values = readings.written_at(places), readings.values[places]
    offending = refused["column_name"]
    shown = [pl.when(offending == name).then(pl.col(name)) for name in offending.unique() if name]
    value = pl.coalesce(shown) if shown else pl.when(pl.lit(False)).then(pl.first())
    context = without_numbers(readings.values.select(feed.quarantine_context), readings, pseudonyms)[places]
    columns = [
        table.row_numbers[places].alias("_row_number"),
        written.with_columns(_masked(value).alias("masked_value"))["masked_value"],
        _context(context),
    ]
    if feed.name_column is not None and feed.person_column is not None:
        # A certificate's hints come from the person's number within it, as in the rows that were accepted.
        numbers = written[feed.person_column.name].str.slice(0, 18)
        head, tail = pseudonyms.hints(values[feed.name_column.name], numbers)
        columns += [head.alias("hint_head_key"), tail.alias("hint_tail_key")]
    if feed.person_column is not None:
        columns.append(
            pseudonyms.hashes("written", written[feed.person_column.name].str.slice(0, 18)).alias("written_key")
        )
    return refused.select("rule", "column_name", "also").with_columns(columns)


def _masked(value: pl.Expr) -> pl.Expr:
    """A short value may be a whole name: of that only the first character is shown."""
    first = value.str.slice(0, 1).str.replace_all(r"\p{Nd}", "#") + "…"
    return pl.when(value.str.len_chars() > SHORT).then(masked_value(value)).otherwise(first)


def _context(values: pl.DataFrame) -> pl.Series:
    rows = values.select(pl.all().cast(pl.String)).to_dicts()
    return pl.Series("context", [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows], dtype=pl.String)


def _ragged(feed: Feed, table: RawTable) -> pl.DataFrame:
    """Rows with too few or too many fields: which value belongs where is not known, so none is used."""
    expected = table.binding.width
    fields = table.ragged["fields"].to_list()
    context = [json.dumps({"fields_expected": expected, "fields_found": found}) for found in fields]
    is_footer = footers(table.ragged["first_cell"], feed)
    return pl.DataFrame(
        {
            "rule": ["footer_row" if footer else "row_ragged" for footer in is_footer],
            "column_name": [""] * len(context),
            "also": [""] * len(context),
            "_row_number": table.ragged["row_number"],
            "context": context,
        }
    )
