"""Delimited text as a table: lines are divided by hand and counted, never guessed at by a sniffer.

In: a file's bytes. Out: `RawTable`; a line with too few or too many fields, or with a quotation mark that never
closes, is a ragged row and the others stay. A file that is cut in its last line is refused.
"""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

import numpy as np
import polars as pl

from ingest.decoding import decode, truncated
from ingest.headers import SEARCHED_ROWS, Binding, bind_headers, is_known_header
from ingest.normalise import empty_as_null
from ingest.tables import RAGGED_SCHEMA, RawTable
from warehouse.contracts import Feed

TAB, NEWLINE, RETURN, SPACE, QUOTE, COMMA = 9, 10, 13, 32, 34, 44
LINE_BREAK = re.compile(r"\r\n|\r|\n")
SPACES = " \t\r\n"
SEPARATORS = b" \t\r,"
QUOTED = re.compile(rb'(?:\A|(?<=[,\n]))"(?:[^"]|""){0,5000}"(?=[,\n]|\Z)')
# A cell may hold a few line breaks (an address does); a quotation mark open for longer was never meant.
LONGEST_RECORD_LINES = 20
Record = tuple[int, list[str | None]]


class Lines(NamedTuple):
    """Where the lines of a text begin and end (bytes), and what stands in them.

    `commas`: separators outside quotation marks, in the lines that are well quoted. `is_plain`: lines that can be
    parsed as they are. `is_open`: lines with an odd number of quotation marks. `is_blank`: separators only.
    """

    content: bytes
    starts: np.ndarray
    ends: np.ndarray
    commas: np.ndarray
    is_plain: np.ndarray
    is_open: np.ndarray
    is_blank: np.ndarray

    def text(self, place: int, taken: int = 1) -> list[str]:
        """Some lines from a place on, each with its line break."""
        return [self.content[self.starts[i] : self.ends[i]].decode() + "\n" for i in range(place, place + taken)]


def read_csv_table(content: bytes, feed: Feed, file: str) -> RawTable:
    """The table in a file of comma-separated values.

    Raises: RefusedFile for an undecodable byte, a cut last line, a missing or doubled header.
    """
    decoded = decode(content, lambda head: _is_readable(head, feed), feed.encodings, file)
    clean = decoded.text.encode().replace(b"\r\n", b"\n")
    if NEWLINE not in clean[:-1] and RETURN in clean:
        clean = clean.replace(b"\r", b"\n")
    lines = _divide(clean)
    if not clean.endswith(b"\n"):
        raise truncated(f"{file}: line {len(lines.starts)}", "no line break after the last line")
    binding = bind_headers(
        [_fields([line]) for line in lines.text(0, min(SEARCHED_ROWS, len(lines.starts)))], feed, file
    )
    return _build(lines, binding, decoded.encoding)


def count_rows(body: bytes) -> int:
    """Rows below the header, counted without dividing them into fields: lines that hold more than separators."""
    if b'"' in body:
        body = QUOTED.sub(lambda match: b"q" if match[0][1:-1].strip(SPACES.encode()) else b"", body)
    return sum(1 for line in body.split(b"\n") if line.strip(SEPARATORS))


def _is_readable(head: str, feed: Feed) -> bool:
    lines = LINE_BREAK.split(head, maxsplit=SEARCHED_ROWS)[:SEARCHED_ROWS]
    return any(is_known_header(_fields([line]), feed) for line in lines)


def _fields(lines: list[str]) -> list[str]:
    try:
        return next(csv.reader(lines), [])
    except csv.Error:
        return []


def _divide(content: bytes) -> Lines:
    data = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    if not content.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1] + 1))

    def within(places: np.ndarray) -> np.ndarray:
        return np.searchsorted(places, ends) - np.searchsorted(places, starts)

    commas = np.flatnonzero(data == COMMA)
    quotes = np.flatnonzero(data == QUOTE)
    spaces = within(np.flatnonzero((data == SPACE) | (data == TAB) | (data == RETURN)))
    is_blank = ends - starts == within(commas) + spaces
    nowhere = np.zeros(len(starts), dtype=bool)
    if len(quotes) == 0:
        return Lines(content, starts, ends, within(commas), ~nowhere, nowhere, is_blank)
    before = np.searchsorted(quotes, starts)
    line_of_quote = np.searchsorted(ends, quotes)
    opens = (np.arange(len(quotes)) - before[line_of_quote]) % 2 == 0
    padded = np.concatenate(([NEWLINE], data, [NEWLINE]))
    neighbour = np.where(opens, padded[quotes], padded[quotes + 2])
    is_stray = ~np.isin(neighbour, (COMMA, NEWLINE, QUOTE))
    line_of_comma = np.searchsorted(ends, commas)
    is_outside = (np.searchsorted(quotes, commas) - before[line_of_comma]) % 2 == 0
    is_open = within(quotes) % 2 == 1
    is_plain = ~is_open & (within(quotes[is_stray]) == 0)
    return Lines(content, starts, ends, within(commas[is_outside]), is_plain, is_open, is_blank)


def _build(lines: Lines, binding: Binding, encoding: str) -> RawTable:
    first, width = binding.last_header_row + 1, binding.width
    is_body = np.arange(len(lines.starts)) >= first
    is_whole = is_body & ~lines.is_blank & lines.is_plain & (lines.commas == width - 1)
    odd = np.flatnonzero(is_body & ~lines.is_blank & ~is_whole)
    records, ragged, swallowed = _odd_records(lines, odd, width)
    is_whole[swallowed] = False
    places = np.flatnonzero(is_whole)
    frame = _parse(lines, places, width)
    numbers = pl.Series("row_number", places + 1, dtype=pl.Int32)
    if b'"' in lines.content:
        is_filled = frame.select(pl.any_horizontal(pl.all().str.strip_chars(SPACES).str.len_bytes() > 0)).to_series()
        frame, numbers = frame.filter(is_filled), numbers.filter(is_filled)
    if records:
        extra = pl.DataFrame([cells for _, cells in records], schema=frame.schema, orient="row")
        numbers = numbers.append(pl.Series("row_number", [number for number, _ in records], dtype=pl.Int32))
        frame = pl.concat([frame, extra]).with_columns(numbers).sort("row_number")
        numbers = frame.drop_in_place("row_number")
    cells = frame.select(pl.col(f"f{position}").alias(name) for name, position in binding.positions.items())
    first_cells = frame.select(pl.coalesce(pl.all()).alias("first_cell")).to_series()
    body = lines.content[lines.starts[first] :] if first < len(lines.starts) else b""
    return RawTable(
        binding,
        cells,
        numbers,
        first_cells,
        pl.DataFrame(ragged, schema=RAGGED_SCHEMA, orient="row"),
        count_rows(body),
        encoding,
    )


def _parse(lines: Lines, places: np.ndarray, width: int) -> pl.DataFrame:
    schema = {f"f{position}": pl.String for position in range(width)}
    if len(places) == 0:
        return pl.DataFrame(schema=schema)
    # Runs of neighbouring lines are cut out whole: a file without odd lines is one run.
    runs = np.split(places, np.flatnonzero(np.diff(places) != 1) + 1)
    body = b"".join(lines.content[lines.starts[run[0]] : lines.ends[run[-1]] + 1] for run in runs)
    is_quoted = b'"' in body
    frame = pl.read_csv(body, has_header=False, schema=schema, quote_char='"' if is_quoted else None)
    if frame.height != len(places):
        raise ValueError(f"{len(places)} lines gave {frame.height} rows")
    return frame.with_columns(empty_as_null(pl.all())) if is_quoted else frame


def _odd_records(
    lines: Lines, places: np.ndarray, width: int
) -> tuple[list[Record], list[tuple[int, str, int]], list[int]]:
    """Records with quotation marks, ragged rows (row number, first cell, fields), and lines inside such a record."""
    records: list[Record] = []
    ragged: list[tuple[int, str, int]] = []
    swallowed: list[int] = []
    done = -1
    for place in places.tolist():
        if place <= done:
            continue
        opens = bool(lines.is_open[place])
        taken = _closing(lines, place, width) if opens else 1
        fields = _fields(lines.text(place, taken))
        done = place + taken - 1
        swallowed += range(place + 1, done + 1)
        if len(fields) != width or (opens and taken == 1):
            ragged.append((place + 1, next((field for field in fields if field.strip(SPACES)), ""), len(fields)))
        elif any(field.strip(SPACES) for field in fields):
            records.append((place + 1, [field or None for field in fields]))
    return records, ragged, swallowed


def _closing(lines: Lines, place: int, width: int) -> int:
    """How many lines the record takes that opens a quotation mark here; 1 when it never closes into a whole record."""
    is_open = True
    for taken in range(2, min(LONGEST_RECORD_LINES, len(lines.starts) - place) + 1):
        is_open ^= bool(lines.is_open[place + taken - 1])
        if not is_open:
            return taken if len(_fields(lines.text(place, taken))) == width else 1
    return 1
