"""Delimited text as a table, chunk by chunk: lines are divided by hand and counted, never guessed at by a sniffer.

In: a file's bytes, piece by piece. Out: `OpenTable`; a line with too few or too many fields, or with a quotation mark
that never closes, is a ragged row and the others stay. A file that is cut in its last line is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from ingest import tables
from ingest.csv_lines import SPACES, Lines, count_rows, divide, fields_of
from ingest.decoding import decode_lines, truncated
from ingest.file_kinds import refuse_other_kinds
from ingest.headers import SEARCHED_ROWS, Binding, bind_headers, is_known_header
from ingest.normalise import empty_as_null
from ingest.tables import (
    RAGGED_SCHEMA,
    OpenTable,
    RawTable,
    Source,
    check_width,
    checked_content,
    first_filled,
    line_too_long,
)
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

LINE_BREAK = re.compile(r"\r\n|\r|\n")
# A cell may hold a few line breaks (an address does); a quotation mark open for longer was never meant.
LONGEST_RECORD_LINES = 20
# Odd lines are read one by one; a file in which every fifth is odd isn't the table that was agreed.
MOST_ODD_SHARE = 0.2
MANY_ODD_LINES = 20_000
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "，": "full-width commas"}
Record = tuple[int, list[str | None]]


class Header(NamedTuple):
    """Where a file's columns stand, and how many lines its titles and header take."""

    binding: Binding
    lines: int


def read_csv_table(content: bytes, feed: Feed, file: str) -> RawTable:
    """The whole table in a small file of comma-separated values. Raises: RefusedFile, as `open_csv_table`."""
    return open_csv_table(tables.in_memory(content), feed, file).whole()


def open_csv_table(source: Source, feed: Feed, file: str) -> OpenTable:
    """The table in a file of comma-separated values.

    Raises: RefusedFile for an undecodable byte, a cut last line, a missing or doubled header, at once or from the chunks.
    """
    content = refuse_other_kinds(checked_content(source(), file), file)
    decoded = decode_lines(content, lambda head: _is_readable(head, feed), feed.encodings, file)
    pieces = _checked_end(decoded.pieces, file)
    first = next(pieces, b"")
    while first.count(b"\n") <= SEARCHED_ROWS * 2 and (further := next(pieces, b"")):
        first += further
    header = _find_header(first, feed, file)
    check_width(header.binding.width, file)
    chunks = _chunks(first, pieces, header, decoded.encoding, file)
    return OpenTable(header.binding, decoded.encoding, chunks)


def _checked_end(pieces: Iterator[bytes], file: str) -> Iterator[bytes]:
    """The pieces as they come. Raises: RefusedFile when the last line has no line break."""
    lines, ends = 0, True
    for piece in pieces:
        lines, ends = lines + piece.count(b"\n"), piece.endswith(b"\n")
        yield piece
    if not ends:
        raise truncated(f"{file}: line {lines + 1}", "no line break after the last line")


def _chunks(first: bytes, pieces: Iterator[bytes], header: Header, encoding: str, file: str) -> Iterator[RawTable]:
    before, skipped, text = 0, header.lines, first
    is_last = False
    while not is_last:
        further = next(pieces, None)
        is_last = further is None
        lines = divide(text)
        _check_lengths(lines, before, file)
        chunk = _read_chunk(lines, before, skipped, header.binding, is_last, file)
        is_whole = chunk.taken == len(lines.starts)
        rest = b"" if is_whole else lines.content[lines.starts[chunk.taken] :]
        # The count is made from the text as it came, in which no empty quotation marks were taken out.
        counted = count_rows(_below(text, skipped, len(rest)), [place - skipped for place in chunk.unclosed])
        del lines
        yield _as_table(chunk, header.binding, counted, encoding)
        text = rest + (further or b"")
        before, skipped = before + chunk.taken, max(0, skipped - chunk.taken)


def _below(text: bytes, skipped: int, kept_back: int) -> bytes:
    """The text below the header and above what is left for the next chunk."""
    start = 0
    for _ in range(skipped):
        start = text.find(b"\n", start) + 1 or len(text)
    return text[start : len(text) - kept_back]


def _check_lengths(lines: Lines, before: int, file: str) -> None:
    lengths = lines.ends - lines.starts
    if len(lengths) and lengths.max() > tables.LONGEST_LINE:
        raise line_too_long(f"{file}: line {before + int(lengths.argmax()) + 1}")


def _is_readable(head: str, feed: Feed) -> bool:
    lines = LINE_BREAK.split(head, maxsplit=SEARCHED_ROWS)[:SEARCHED_ROWS]
    return any(is_known_header(fields_of([line]), feed) for line in lines) or _other_separator(lines, feed) is not None


def _other_separator(lines: list[str], feed: Feed) -> str | None:
    found = (mark for mark in OTHER_SEPARATORS for line in lines if is_known_header(_split(line, mark), feed))
    return next(found, None)


def _split(line: str, mark: str) -> list[str]:
    return [field.strip(' "') for field in line.split(mark)]


def _find_header(text: bytes, feed: Feed, file: str) -> Header:
    """The header in the first lines; one whose cells hold line breaks is found when no single line will do."""
    lines = [line.decode() for line in text.split(b"\n", SEARCHED_ROWS * 2)[: SEARCHED_ROWS * 2]]
    single = [fields_of([line]) for line in lines[:SEARCHED_ROWS]]
    try:
        binding = bind_headers(single, feed, file)
        return Header(binding, binding.last_header_row + 1)
    except RefusedFile as refusal:
        if refusal.code != "header_missing":
            raise
        missing = refusal
    reader = csv.reader(line + "\n" for line in lines)
    records, ends = [], []
    try:
        for record in reader:
            records.append(record)
            ends.append(reader.line_num)
        binding = bind_headers(records[:SEARCHED_ROWS], feed, file)
        return Header(binding, ends[binding.last_header_row])
    except (csv.Error, RefusedFile):
        pass
    if mark := _other_separator(lines[:SEARCHED_ROWS], feed):
        raise RefusedFile(
            "separator_not_agreed",
            "the fields are not separated by commas",
            where=file,
            expected="fields separated by commas",
            found=f"fields separated by {OTHER_SEPARATORS[mark]}",
            remedy="export the table again as comma-separated values (CSV UTF-8)",
        )
    raise missing


class Chunk(NamedTuple):
    """Some lines, read: whole rows with their numbers, ragged rows, how many lines were taken, and those (from 0)
    whose quotation mark never closes."""

    frame: pl.DataFrame
    numbers: pl.Series
    ragged: list[tuple[int, str, int]]
    taken: int
    unclosed: list[int]


def _read_chunk(lines: Lines, before: int, skipped: int, binding: Binding, is_last: bool, file: str) -> Chunk:
    width = binding.width
    is_body = np.arange(len(lines.starts)) >= skipped
    is_whole = is_body & ~lines.is_blank & lines.is_plain & (lines.commas == width - 1)
    odd = np.flatnonzero(is_body & ~lines.is_blank & ~is_whole)
    if len(odd) > max(MANY_ODD_LINES, MOST_ODD_SHARE * len(lines.starts)):
        raise _uneven(file, before + int(odd[0]) + 1, len(odd), len(lines.starts))
    records, ragged, swallowed, taken = _odd_records(lines, odd, width, is_last)
    is_whole[swallowed] = False
    is_whole[taken:] = False
    places = np.flatnonzero(is_whole)
    frame = _parse(lines, places, width)
    numbers = pl.Series("row_number", places + (before + 1), dtype=pl.Int32)
    if b'"' in lines.content:
        is_filled = frame.select(pl.any_horizontal(pl.all().str.strip_chars(SPACES).str.len_bytes() > 0)).to_series()
        frame, numbers = frame.filter(is_filled), numbers.filter(is_filled)
    if records:
        extra = pl.DataFrame([cells for _, cells in records], schema=frame.schema, orient="row")
        numbers = numbers.append(pl.Series("row_number", [before + place for place, _ in records], dtype=pl.Int32))
        frame = pl.concat([frame, extra]).with_columns(numbers).sort("row_number")
        numbers = frame.drop_in_place("row_number")
    unclosed = [place - 1 for place, _, _ in ragged if lines.is_open[place - 1]]
    return Chunk(frame, numbers, [(before + place, first, fields) for place, first, fields in ragged], taken, unclosed)


def _uneven(file: str, line: int, odd: int, lines: int) -> RefusedFile:
    return RefusedFile(
        "lines_uneven",
        "too many lines don't have the fields of the header",
        where=f"{file}: from line {line}",
        expected="as many fields in every line as in the header, quotation marks in pairs",
        found=f"{odd:,} of {lines:,} lines that are otherwise",
        remedy="export the table again; a value with a comma or a line break stands in quotation marks",
    )


def _as_table(chunk: Chunk, binding: Binding, counted: int, encoding: str) -> RawTable:
    cells = chunk.frame.select(pl.col(f"f{position}").alias(name) for name, position in binding.positions.items())
    ragged = pl.DataFrame(chunk.ragged, schema=RAGGED_SCHEMA, orient="row")
    return RawTable(binding, cells, chunk.numbers, first_filled(chunk.frame), ragged, counted, encoding)


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
    lines: Lines, places: np.ndarray, width: int, is_last: bool
) -> tuple[list[Record], list[tuple[int, str, int]], list[int], int]:
    """Records with quotation marks (place from 1, cells), ragged rows (place, first cell, fields), lines inside such
    a record, and how many lines are taken: a record that may go on in the next chunk is left for it."""
    records: list[Record] = []
    ragged: list[tuple[int, str, int]] = []
    swallowed: list[int] = []
    done = -1
    for place in places.tolist():
        if place <= done:
            continue
        opens = bool(lines.is_open[place])
        if opens and not is_last and place + LONGEST_RECORD_LINES > len(lines.starts):
            return records, ragged, swallowed, place
        taken = _closing(lines, place, width) if opens else 1
        fields = fields_of(lines.text(place, taken))
        done = place + taken - 1
        swallowed += range(place + 1, done + 1)
        if len(fields) != width or (opens and taken == 1):
            ragged.append((place + 1, next((field for field in fields if field.strip(SPACES)), ""), len(fields)))
        elif any(field.strip(SPACES) for field in fields):
            records.append((place + 1, [field or None for field in fields]))
    return records, ragged, swallowed, len(lines.starts)


def _closing(lines: Lines, place: int, width: int) -> int:
    """How many lines the record takes that opens a quotation mark here; 1 when it never closes into a whole record."""
    is_open = True
    for taken in range(2, min(LONGEST_RECORD_LINES, len(lines.starts) - place) + 1):
        is_open ^= bool(lines.is_open[place + taken - 1])
        if not is_open:
            return taken if len(fields_of(lines.text(place, taken))) == width else 1
    return 1
