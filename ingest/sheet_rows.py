"""A sheet's rows as XML, some MiB of whole rows at a time, how many of them say anything, and which cells are merged.

In: an opened workbook. Out: pieces of XML. The sheet is unpacked as a stream, once for the merged cells, which stand
behind the rows, and once for the rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from ingest import tables
from ingest.sheet_cells import column_index
from ingest.workbook_texts import without_prefix
from ingest.workbooks import Workbook, no_workbook

LONGEST_ROW = 4 * 1024**2
MOST_MERGED = 200_000
ROWS_BEGIN = re.compile(rb"<sheetData\s*(/?)>")
ROWS_END = b"</sheetData>"
EMPTY_ROW = re.compile(rb'<row\b(?=[^>]*\br=")[^>]*/>')
MERGED = re.compile(rb'<mergeCell\b[^>]*\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
# What makes a row count: a written value, a text, a formula.
CONTENT = r"<v(?: [^>]*)?>[^<]|<t(?: [^>]*)?>[^<]|<f[\s/>]"
EMPTY_RESULT = re.compile(
    r'<c\b[^>]*\bt="[a-z]+"[^>]*><f[^>]*>[^<]*</f><v></v></c>|<c\b[^>]*\bt="[a-z]+"[^>]*><f[^>]*/?>(?:[^<]*</f>)?<v/></c>'
)
SHARED_CELL = re.compile(r'<c\b[^>]*\bt="s"[^>]*><v>(\d+)</v></c>')


class Merged(NamedTuple):
    """A range of cells that show one value: rows from 1, columns from 0."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


def row_pieces(book: Workbook) -> Iterator[str]:
    """The XML of the rows, in pieces that hold whole rows. Raises: RefusedFile for a sheet that is cut or malformed."""
    rest, is_inside, is_over = b"", False, False
    for piece in without_prefix(book.pieces(book.path), book.file):
        if is_over:
            continue
        rest += piece
        if not is_inside:
            begin = ROWS_BEGIN.search(rest)
            if begin is None:
                if len(rest) > LONGEST_ROW:
                    raise no_workbook(book.file, "a sheet without rows")
                continue
            is_inside, rest = True, rest[begin.end() :]
            is_over = bool(begin[1])
        end = rest.find(ROWS_END)
        if end >= 0:
            is_over, rest = True, rest[:end]
        if is_over or len(rest) < tables.CHUNK_BYTES:
            continue
        rest = EMPTY_ROW.sub(b"", rest)
        cut = rest.rfind(b"</row>") + len(b"</row>")
        if cut >= len(b"</row>"):
            yield _text(rest[:cut], book)
            rest = rest[cut:]
        if len(rest) > max(LONGEST_ROW, tables.CHUNK_BYTES):
            raise no_workbook(book.file, "a row without end")
    if not is_over:
        raise no_workbook(book.file, "a sheet that ends early")
    yield _text(EMPTY_ROW.sub(b"", rest) if not is_inside or b"<row" in rest else b"", book)


def merged_ranges(book: Workbook) -> list[Merged]:
    """The merged cells of the sheet that take more than one row. Raises: RefusedFile when there is no end of them."""
    found: list[Merged] = []
    rest, is_behind = b"", False
    for piece in without_prefix(book.pieces(book.path), book.file):
        if not is_behind:
            rest = rest[-len(ROWS_END) :] + piece
            is_behind = ROWS_END in rest
            piece = rest[rest.find(ROWS_END) :] if is_behind else b""
        for match in MERGED.finditer(piece):
            first, last = int(match[2]), int(match[4])
            if last > first:
                found.append(Merged(first, last, column_index(match[1].decode()), column_index(match[3].decode())))
        if len(found) > MOST_MERGED:
            raise no_workbook(book.file, "a sheet of merged cells without end")
    return found


def filled_rows(xml: str, empty_texts: frozenset[str]) -> pl.Series:
    """Numbers of the rows that say anything, from the rows' XML and not from their cells: to check the cells by."""
    if "<v/>" in xml or "<v></v>" in xml:
        xml = EMPTY_RESULT.sub("", xml)
    if empty_texts:
        xml = SHARED_CELL.sub(lambda cell: "" if cell[1] in empty_texts else cell[0], xml)
    rows = pl.Series("row", [xml]).str.split("</row>").explode()
    rows = rows.filter(rows.str.contains(CONTENT))
    return rows.str.extract(r'<row\b[^>]*?\br="(\d+)"').cast(pl.Int32)


def _text(xml: bytes, book: Workbook) -> str:
    try:
        return xml.decode()
    except UnicodeDecodeError:
        raise no_workbook(book.file, "a sheet in another encoding than UTF-8") from None
