"""A workbook's sheet as a table, chunk by chunk: the agreed sheet only, every cell as text, and what each cell was.

In: the bytes of an .xlsx. Out: `OpenTable`. Excel turns an 18-digit number into 15 digits and zeros, and the text alone
no longer shows it: so cells that were numbers are told apart, and errors and formulas without a result are marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ingest import tables
from ingest.cells import is_identifier
from ingest.headers import SEARCHED_ROWS, Binding, bind_headers
from ingest.sheet_cells import ERROR_TEXT, FORMULA_TEXT, number_rows, read_cells
from ingest.sheet_rows import Merged, filled_rows, merged_ranges, row_pieces
from ingest.tables import OpenTable, RawTable, Source, checked_content, no_ragged_rows
from ingest.workbook_texts import date_styles, read_shared_texts
from ingest.workbooks import Workbook, no_workbook, open_workbook
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

__all__ = ["ERROR_TEXT", "FORMULA_TEXT", "open_workbook_table", "read_workbook_table"]
NUMBER_ROLES = ("person_id", "other_id", "certificate_no", "account_no", "phone_no", "document_no")
LARGEST_WORKBOOK = 256 * 1024**2
# No extract has half as many columns; a cell farther right, or far below its table, is a slip or a trap.
MOST_COLUMNS = 208
FAR_ROWS = 10_000
LAST_ROW = 1_048_576


@dataclass
class Reading:
    """Where the reading of a sheet stands: rows that said anything so far, the values of merged cells that go on."""

    binding: Binding
    header_row: int
    merged: list[Merged]
    rows: int = 0
    last_row: int = 0
    shown: dict[Merged, str] = field(default_factory=dict)


def read_workbook_table(content: bytes, feed: Feed, file: str) -> RawTable:
    """The whole table in a small workbook's agreed sheet. Raises: RefusedFile, as `open_workbook_table`."""
    return open_workbook_table(tables.in_memory(content), feed, file).whole()


def open_workbook_table(source: Source, feed: Feed, file: str) -> OpenTable:
    """The table in a workbook's agreed sheet.

    Raises: RefusedFile for a file that is no workbook, a sheet that is missing or hidden, a missing or doubled header.
    """
    book = open_workbook(_content(source, file), feed.sheet, file)
    pieces = _cells(book)
    first, filled = next(pieces)
    while first["row"].n_unique() <= SEARCHED_ROWS and (further := next(pieces, None)) is not None:
        first, filled = pl.concat([first, further[0]]), filled.append(further[1])
    top = _least(first["row"], 1)
    _check_places(first, 0, book)
    binding = bind_headers(_first_rows(first, top), feed, file)
    merged = [area for area in merged_ranges(book) if area.last_row > top + binding.last_header_row]
    reading = Reading(binding, top + binding.last_header_row, merged)
    notes = [f"merged cells filled: {len(merged)}"] if merged else []
    notes += [f"other visible sheets not read: {book.other_sheets}"] if book.other_sheets else []
    return OpenTable(binding, None, _chunks(first, filled, pieces, reading, feed, book), tuple(notes))


def _content(source: Source, file: str) -> bytes:
    content = b""
    for piece in checked_content(source(), file):
        content += piece
        if len(content) > LARGEST_WORKBOOK:
            raise no_workbook(file, f"a workbook of more than {LARGEST_WORKBOOK:,} bytes")
    return content


def _cells(book: Workbook) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """The filled cells and the numbers of the filled rows, counted apart, a piece of the sheet at a time."""
    texts, styles = read_shared_texts(book), date_styles(book)
    empty_texts = frozenset(map(str, (texts == "").arg_true()))
    row = 0
    for xml in row_pieces(book):
        xml, row = number_rows(xml, row)
        yield read_cells(xml, texts, styles, book.from_1904), filled_rows(xml, empty_texts)


def _first_rows(cells: pl.DataFrame, top: int) -> list[list[str | None]]:
    near = cells.filter(pl.col("row") < top + SEARCHED_ROWS)
    width = _most(near["column"]) + 1
    rows: list[list[str | None]] = [[None] * width for _ in range(SEARCHED_ROWS)]
    for row, column, text in near.select("row", "column", "text").iter_rows():
        rows[row - top][column] = text
    return rows


def _chunks(
    first: pl.DataFrame,
    filled: pl.Series,
    pieces: Iterator[tuple[pl.DataFrame, pl.Series]],
    reading: Reading,
    feed: Feed,
    book: Workbook,
) -> Iterator[RawTable]:
    yield _as_table(first, filled, reading, feed, book)
    for cells, counted in pieces:
        yield _as_table(cells, counted, reading, feed, book)
    if reading.last_row >= LAST_ROW:
        raise RefusedFile(
            "sheet_full",
            "the sheet is filled to its last row",
            where=f"{book.file}: row {LAST_ROW:,}",
            expected="a sheet with room below its table",
            found="rows up to the last that a sheet has; more may have been cut off",
            remedy="send the extract as CSV, or divide the period into several batches",
        )


def _check_places(cells: pl.DataFrame, rows_before: int, book: Workbook) -> None:
    """Refuse cells that stand where no table is. Raises: RefusedFile."""
    if cells.height == 0:
        return
    last = _most(cells["row"])
    far = _most(cells["column"]) >= MOST_COLUMNS or last > rows_before + cells["row"].n_unique() + FAR_ROWS
    if far or last > LAST_ROW or cells["row"].null_count():
        raise no_workbook(book.file, "a sheet with cells far outside its table")
    if (
        cells.select(pl.col("row").cast(pl.Int64) * MOST_COLUMNS + pl.col("column")).to_series().n_unique()
        < cells.height
    ):
        raise no_workbook(book.file, "a sheet with a cell that is there twice")


def _as_table(cells: pl.DataFrame, filled: pl.Series, reading: Reading, feed: Feed, book: Workbook) -> RawTable:
    _check_places(cells, reading.rows, book)
    if reading.rows and _least(cells["row"], LAST_ROW) <= reading.last_row:
        raise no_workbook(book.file, "a sheet whose rows are out of order")
    reading.rows += cells["row"].n_unique()
    reading.last_row = max(reading.last_row, _most(cells["row"]))
    body = cells.filter(pl.col("row") > reading.header_row).sort("row", "column", maintain_order=True)
    rows = body["row"].unique(maintain_order=True)
    places = rows.search_sorted(body["row"]).cast(pl.UInt32)
    body = body.with_columns(place=places)
    nothing = pl.repeat(None, rows.len(), dtype=pl.String, eager=True)
    no = pl.repeat(False, rows.len(), dtype=pl.Boolean, eager=True)
    columns, number_cells, bad_cells = [], {}, {}
    for name, position in reading.binding.positions.items():
        own = body.filter(pl.col("column") == position)
        values = nothing.clone().scatter(own["place"], own["text"])
        columns.append(_fill_merged(values, rows, position, reading).alias(name))
        bad = own.filter("is_bad")["place"]
        if bad.len():
            bad_cells[name] = no.clone().scatter(bad, True)
        if feed.column(name).role in NUMBER_ROLES or is_identifier(feed.column(name)):
            number_cells[name] = no.clone().scatter(own.filter("is_number")["place"], True)
    first_cells = body.unique("place", keep="first", maintain_order=True)["text"].alias("first_cell")
    counted = int((filled > reading.header_row).sum())
    table = pl.DataFrame(columns) if columns else pl.DataFrame()
    return RawTable(
        reading.binding, table, rows.alias("row_number"), first_cells, no_ragged_rows(), counted, None, number_cells, bad_cells
    )  # fmt: skip


def _most(numbers: pl.Series) -> int:
    """The largest of some whole numbers, 0 where there is none."""
    return int(numbers.drop_nulls().to_numpy().max(initial=0))


def _least(numbers: pl.Series, otherwise: int) -> int:
    """The smallest of some whole numbers."""
    found = numbers.drop_nulls().to_numpy()
    return int(found.min()) if len(found) else otherwise


def _fill_merged(values: pl.Series, rows: pl.Series, position: int, reading: Reading) -> pl.Series:
    """A column in which the cells of a merged range all say what the range shows."""
    numbers: np.ndarray | None = None
    for area in reading.merged:
        if area.first_column != position:
            continue
        numbers = rows.to_numpy() if numbers is None else numbers
        start, end = np.searchsorted(numbers, (area.first_row, area.last_row + 1))
        if start == end:
            continue
        if numbers[start] == area.first_row and (shown := values[int(start)]) is not None:
            reading.shown[area] = shown
        if area in reading.shown:
            inside = values[int(start) : int(end)].fill_null(reading.shown[area])
            values = values.scatter(range(int(start), int(end)), inside)
    return values
