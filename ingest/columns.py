"""Each agreed column of a chunk, read by its role and type: values, faults of single cells, flags.

In: the text cells of a `RawTable`. Out: `Readings`. A fault sends the row to quarantine, a flag lets it pass with a mark.
A column is read text by different text, and its facts are spread over the rows only where they are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from ingest import amounts, dates, row_rules
from ingest.cells import NUMBER_ROLES, Cells, Context, is_identifier, read_cells
from ingest.distinct_texts import FEW, DistinctTexts, distinct_texts
from ingest.file_facts import NOTHING_YET, FileFacts
from ingest.identity_numbers import EXACT_DIGITS
from ingest.normalise import clean_column
from ingest.tables import RawTable
from ingest.villages import place_marks
from warehouse.contracts import Column, Feed

ENDS_IN_DIGIT = r"[0-9\uFF10-\uFF19]\s*$"
BEGINS_AS_NUMBER = r"^\s*[0-9\uFF10-\uFF19.,\uFF0C\uFF0E]"
UNKNOWN_UNIT = "?"
# Long columns are read two at a time: most of the work is done outside the interpreter's lock.
AT_ONCE = 2
CELL_ERROR = "cell_error"
Masks = dict[tuple[str, str], pl.Series]


@dataclass(frozen=True)
class Readings:
    """The columns of one chunk, one row per whole row of it.

    `values`: what each kept column says, an identity column its clear text. `person`: the facts of the row's person's
    number. `faults`: by rule and column, which rows break it, only where one does. `flags`: by mark, which rows carry
    it, only where one does. `texts`: by column its different texts, and those cleaned. `numbers`: the cleaned numbers
    of an identity column, without empty ones. `unstated`: the amounts, by column with a typical median, whose unit is
    nowhere written. `hidden`: which identifiers hold what looks like somebody's number. `unit_factors`: as applied.
    """

    values: pl.DataFrame
    person: pl.DataFrame
    faults: Masks
    flags: dict[str, pl.Series]
    texts: Mapping[str, tuple[DistinctTexts, pl.Series]] = field(default_factory=dict)
    numbers: Mapping[str, pl.Series] = field(default_factory=dict)
    unstated: Mapping[str, pl.Series] = field(default_factory=dict)
    hidden: Mapping[str, pl.Series] = field(default_factory=dict)
    unit_factors: Mapping[str, Decimal] = field(default_factory=dict)

    def written_at(self, rows: pl.Series) -> pl.DataFrame:
        """The cleaned texts of some rows (places in the chunk)."""
        return pl.DataFrame([texts.at(written, rows).alias(name) for name, (texts, written) in self.texts.items()])


class _Column(NamedTuple):
    texts: DistinctTexts
    cells: Cells
    value: pl.Series


def read_columns(table: RawTable, feed: Feed, today: date, facts: FileFacts = NOTHING_YET) -> Readings:
    """Every kept column of the feed, read; a column that the file lacks is all empty.

    `today` is the day the file was received: nobody was born after it. `facts`: what the whole file tells.
    """
    kept = [column for column in feed.columns if column.keep]

    def read_one(column: Column) -> _Column:
        return _read_column(column, table, feed, today, facts)

    if table.cells.height > FEW:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            columns = list(pool.map(read_one, kept))
    else:
        columns = [read_one(column) for column in kept]
    texts = {column.name: found.texts for column, found in zip(kept, columns, strict=True)}
    cells = {column.name: found.cells for column, found in zip(kept, columns, strict=True)}
    read = {column.name: found.value for column, found in zip(kept, columns, strict=True)}
    faults: Masks = {}
    flags: dict[str, pl.Series] = {}
    for name, found in cells.items():
        faults |= {(rule, name): texts[name].spread(mask) for rule, mask in found.faults.items()}
        for flag, mask in found.flags.items():
            row_rules.mark(flags, flag, texts[name].spread(mask))
    for name, mask in table.bad_cells.items():
        if name in read and mask.any():
            faults[CELL_ERROR, name] = mask
    for column in kept:
        is_number = table.number_cells.get(column.name)
        if is_number is not None and is_identifier(column):
            # A spreadsheet's number keeps 15 places: the end of a longer one is made up, and two households become one.
            lost = is_number & (read[column.name].str.len_bytes() > EXACT_DIGITS)
            if lost.fill_null(False).any():
                faults["id_lost_precision", column.name] = lost.fill_null(False)
    _read_places(feed, texts, cells, read, faults, flags)
    person = _person(feed, cells)
    values = pl.DataFrame([read[column.name] for column in kept])
    row_rules.add(feed, values, person, faults, flags)
    return Readings(
        values,
        person,
        faults,
        flags,
        {name: (texts[name], found.written) for name, found in cells.items()},
        {c.name: cells[c.name].written.drop_nulls() for c in kept if c.role in NUMBER_ROLES},
        {name: texts[name].spread(found.unstated) for name, found in cells.items() if found.unstated is not None},
        {name: texts[name].spread(found.hidden) for name, found in cells.items() if found.hidden is not None},
        facts.unit_factors,
    )


def _read_column(column: Column, table: RawTable, feed: Feed, today: date, facts: FileFacts) -> _Column:
    is_number = table.number_cells.get(column.name)
    is_number = is_number if is_number is not None and is_number.any() else None
    raw = _raw(column, table, feed)
    alone = column.role in NUMBER_ROLES or is_number is not None
    texts = DistinctTexts(raw, None) if alone else distinct_texts(raw)
    context = Context(
        today=today,
        unit=amounts.worth(column, table.binding.units.get(column.name)),
        is_unit_stated=amounts.is_other_unit(column, table.binding.units.get(column.name)),
        unseen=facts.unit_factors.get(column.name),
        is_spoilt=column.name in facts.lost_precision,
        is_number=is_number,
        span=_side_of_span(column, feed),
    )
    cells = read_cells(texts.texts, column, feed, context)
    return _Column(texts, cells, texts.spread(cells.value).alias(column.name))


def _raw(column: Column, table: RawTable, feed: Feed) -> pl.Series:
    """The column's cells as the file has them: a unit from beside each, the end of a span from its other column."""
    if column.name not in table.cells.columns:
        earlier = next((first for first, second in feed.ordered if second == column.name), None)
        if earlier in table.cells.columns and column.logical_type == "date":
            cells = clean_column(table.cells[earlier]).to_frame("text")
            return cells.select(pl.when(dates.is_span(pl.col("text"))).then(pl.col("text"))).to_series()
        return pl.repeat(None, table.cells.height, dtype=pl.String, eager=True)
    if column.unit_from is None or column.unit_from not in table.cells.columns:
        return table.cells[column.name]
    amount, unit = pl.col(column.name), pl.col(column.unit_from)
    lacks_unit = amount.str.contains(ENDS_IN_DIGIT) & unit.is_not_null()
    # A unit given as a number must not become more digits of the amount.
    together = pl.concat_str(
        amount, pl.when(unit.str.contains(BEGINS_AS_NUMBER)).then(pl.lit(UNKNOWN_UNIT)).otherwise(unit)
    )
    return table.cells.select(pl.when(lacks_unit).then(together).otherwise(amount)).to_series()


def _side_of_span(column: Column, feed: Feed) -> str | None:
    for earlier, later in feed.ordered:
        if column.name in (earlier, later):
            return "start" if column.name == earlier else "end"
    return None


def _person(feed: Feed, cells: Mapping[str, Cells]) -> pl.DataFrame:
    return cells[feed.person_column.name].facts if feed.person_column is not None else pl.DataFrame()


def _read_places(
    feed: Feed,
    texts: Mapping[str, DistinctTexts],
    cells: Mapping[str, Cells],
    read: dict[str, pl.Series],
    faults: Masks,
    flags: dict[str, pl.Series],
) -> None:
    """The area columns by code and name; the first one goes with the village's name."""
    village = feed.with_role("village_name")
    for column in feed.columns:
        if column.role != "area_code" or not column.keep:
            continue
        code = (texts[column.name], cells[column.name].written)
        name = (texts[village.name], cells[village.name].written) if village is not None else None
        places = place_marks(code, name, column.area_scheme)
        village = None
        read[column.name] = places.codes.alias(column.name)
        for flag, mask in places.marks.items():
            row_rules.mark(flags, flag, mask)
        if places.codes.null_count():
            is_empty = texts[column.name].spread(cells[column.name].written.is_null())
            unread = places.codes.is_null()
            if (unread & ~is_empty).any():
                faults["code_unknown", column.name] = unread & ~is_empty
            if column.required and (unread & is_empty).any():
                faults["required_missing", column.name] = unread & is_empty
