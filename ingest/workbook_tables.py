"""A workbook's sheet as a table: the agreed sheet only, every cell as text, and which cells were numbers.

In: the bytes of an .xlsx. Out: `RawTable`. calamine reads the cells; the sheet's own XML tells what a cell was,
because Excel turns an 18-digit number into 15 digits and zeros, and the text alone no longer shows it.
"""

from __future__ import annotations

import re

import fastexcel
import polars as pl

from ingest.headers import SEARCHED_ROWS, bind_headers
from ingest.tables import RawTable, no_ragged_rows
from ingest.workbooks import SheetSource, no_workbook, open_sheet
from warehouse.contracts import Feed

NUMBER_ROLES = ("person_id", "other_id", "certificate_no", "account_no", "phone_no")
ROW = re.compile(rb'<row\b(?:[^>]*?\br="(\d+)")?[^>]*?(?:/>|>(.*?)</row>)', re.DOTALL)
CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?(?:/>|>(.*?)</c>)', re.DOTALL)
NUMBER_CELL = re.compile(
    rb'<c\b(?=[^>]*\br="([A-Z]+)(\d+)")(?![^>]*\bt="[^n])[^>/]*>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>'
)
ERROR = re.compile(rb'<c\b(?=[^>]*\br="([A-Z]+)(\d+)")(?=[^>]*\bt="e")[^>/]*>')
CONTENT = re.compile(rb"<v>[^<]|<t[^>]*>[^<]")
SHARED_CELL = re.compile(rb'<c\b[^>]*\bt="s"[^>]*><v>(\d+)</v></c>')
# 208 columns: no extract has half as many, and calamine makes room for every cell up to the last.
FAR_COLUMN = re.compile(rb'<c\b[^>]*?\br="(?:[A-Z]{3,}|[H-Z][A-Z])\d')
FAR_ROWS = 10_000
ERROR_TEXT = "#ERROR"


def read_workbook_table(content: bytes, feed: Feed, file: str) -> RawTable:
    """The table in a workbook's agreed sheet.

    Raises: RefusedFile for a file that is no workbook, a sheet that is missing or hidden, a missing or doubled header.
    """
    source = open_sheet(content, feed.sheet, file)
    filled = _filled_rows(source)
    if FAR_COLUMN.search(source.xml) or (filled and filled[-1] > len(filled) + FAR_ROWS):
        raise no_workbook(file, "a sheet with cells far outside its table")
    frame = _read_cells(content, source, file)
    offset = _first_column(source, frame)
    frame = _with_errors(frame, source, offset)
    binding = bind_headers(frame.head(SEARCHED_ROWS).rows(), feed, file)
    frame = frame.with_row_index("row_number", offset=1).slice(binding.last_header_row + 1)
    frame = frame.filter(pl.any_horizontal(pl.exclude("row_number").is_not_null()))
    numbers = frame.drop_in_place("row_number").cast(pl.Int32)
    number_cells = {}
    for column in feed.columns:
        if column.role in NUMBER_ROLES and column.name in binding.positions:
            letters = _letters(binding.positions[column.name] + offset)
            rows = [int(m[2]) for m in NUMBER_CELL.finditer(source.xml) if m[1] == letters]
            number_cells[column.name] = numbers.is_in(rows) if rows else pl.repeat(False, numbers.len(), eager=True)
    cells = frame.select(pl.col(f"f{position}").alias(name) for name, position in binding.positions.items())
    first_cells = frame.select(pl.coalesce(pl.all()).alias("first_cell")).to_series()
    counted = sum(1 for row in filled if row > binding.last_header_row + 1)
    return RawTable(binding, cells, numbers, first_cells, no_ragged_rows(), counted, None, number_cells)


def _read_cells(content: bytes, source: SheetSource, file: str) -> pl.DataFrame:
    try:
        reader = fastexcel.read_excel(content)
        frame = reader.load_sheet(source.name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise no_workbook(file, f"cells that can't be read ({type(error).__name__})") from None
    frame.columns = [f"f{position}" for position in range(frame.width)]
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _filled_rows(source: SheetSource) -> list[int]:
    """Numbers of the rows that hold anything, from the XML alone: the count that the cells are checked against."""
    filled, last = [], 0
    for match in ROW.finditer(source.xml):
        last = int(match[1]) if match[1] else last + 1
        body = match[2] or b""
        if source.empty_texts:
            body = SHARED_CELL.sub(lambda cell: b"" if cell[1] in source.empty_texts else cell[0], body)
        if CONTENT.search(body):
            filled.append(last)
    return filled


def _first_column(source: SheetSource, frame: pl.DataFrame) -> int:
    """How many empty columns stand left of the first that calamine gives (0 for a table that begins in A)."""
    for row in range(min(frame.height, SEARCHED_ROWS)):
        position = next((i for i, cell in enumerate(frame.row(row)) if cell is not None), None)
        if position is None:
            continue
        for match in CELL.finditer(source.xml):
            if int(match[2]) == row + 1 and CONTENT.search(match[3] or b""):
                return _column_index(match[1]) - position
    return 0


def _with_errors(frame: pl.DataFrame, source: SheetSource, offset: int) -> pl.DataFrame:
    """The cells with #REF! and its like as text that no reader accepts; calamine leaves them empty."""
    if b't="e"' not in source.xml:
        return frame
    for match in ERROR.finditer(source.xml):
        position, row = _column_index(match[1]) - offset, int(match[2]) - 1
        if 0 <= position < frame.width and row < frame.height:
            frame[row, position] = ERROR_TEXT
    return frame


def _column_index(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index - 1


def _letters(index: int) -> bytes:
    letters = b""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = bytes([ord("A") + rest]) + letters
    return letters
