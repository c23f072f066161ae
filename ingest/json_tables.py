"""JSON lines as a table: one object a line, its keys being the headers.

In: a file's bytes, piece by piece. Out: `OpenTable`. A line that is no record is a ragged row; when it is the last, the
file was cut and is refused. A file of several chunks is read twice: its last line may bring the first of a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ingest import tables
from ingest.decoding import Lines, decode_lines, truncated
from ingest.file_kinds import refuse_other_kinds
from ingest.headers import SEARCHED_ROWS, Binding, bind_headers, is_known_header
from ingest.json_records import Pairs, Row, as_table, headers_in, rows_of
from ingest.tables import OpenTable, RawTable, Source, check_width, checked_content, headers_of, line_too_long
from warehouse.contracts import Feed

# Parsed records take ten times the room of their text.
PIECE_LINES = 20_000
Numbered = tuple[list[tuple[int, Row]], list[tuple[int, str, int]], int]


def read_json_table(content: bytes, feed: Feed, file: str, declared: int | None) -> RawTable:
    """The whole table in a small file of JSON lines. Raises: RefusedFile, as `open_json_table`."""
    return open_json_table(tables.in_memory(content), feed, file, declared).whole()


def open_json_table(source: Source, feed: Feed, file: str, declared: int | None) -> OpenTable:
    """The table in a file of JSON lines; an empty file is one without rows where its sidecar says so.

    Raises: RefusedFile for an undecodable byte, a last line that is cut, a missing or doubled header.
    """
    decoded = _decode(source, feed, file, declared)
    parts = _parts(decoded.pieces, feed, file)
    first = next(parts, ([], [], 0))
    second = next(parts, None)
    known: dict[str, None] = {}
    headers_in((row for _, row in first[0]), known)
    if second is not None:
        for rows, _, _ in _parts(_decode(source, feed, file, declared).pieces, feed, file):
            headers_in((row for _, row in rows), known)
    headers = list(known) or (headers_of(feed) if declared == 0 else [])
    check_width(len(headers), file)
    binding = bind_headers([headers], feed, file)
    all_parts = _chain(first, second, parts)
    return OpenTable(binding, decoded.encoding, _chunks(all_parts, binding, headers, decoded.encoding))


def parse_record(line: str) -> object:
    """A line's record, its objects as `Pairs`; None when it is no JSON."""
    try:
        return json.loads(line, object_pairs_hook=Pairs, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _decode(source: Source, feed: Feed, file: str, declared: int | None) -> Lines:
    content = source() if declared == 0 else checked_content(source(), file)
    return decode_lines(refuse_other_kinds(content, file), lambda head: _is_readable(head, feed), feed.encodings, file)


def _chain(first: Numbered, second: Numbered | None, parts: Iterator[Numbered]) -> Iterator[Numbered]:
    yield first
    if second is not None:
        yield second
    yield from parts


def _chunks(parts: Iterator[Numbered], binding: Binding, headers: list[str], encoding: str) -> Iterator[RawTable]:
    for rows, ragged, counted in parts:
        yield as_table(rows, ragged, binding, headers, counted, encoding)


def _parts(pieces: Iterator[bytes], feed: Feed, file: str) -> Iterator[Numbered]:
    """Rows, ragged rows and the count of filled lines, some thousand lines at a time."""
    number = flat = 0
    for lines, is_end in _line_groups(pieces):
        rows: list[tuple[int, Row]] = []
        ragged: list[tuple[int, str, int]] = []
        counted = 0
        for place, line in enumerate(lines):
            number += 1
            if not line.strip():
                continue
            if len(line) > tables.LONGEST_LINE:
                raise line_too_long(f"{file}: line {number}")
            found = rows_of(parse_record(line.decode()), feed.rows_from)
            counted += max(len(found), 1)
            if not found and is_end and place == len(lines) - 1:
                raise truncated(f"{file}: line {number}", "a line that is no whole JSON object")
            for row in found:
                flat += 1
                rows.append((flat if feed.rows_from else number, row))
            if not found:
                flat += 1
                ragged.append((flat if feed.rows_from else number, "", 0))
        yield rows, ragged, counted


def _line_groups(pieces: Iterator[bytes]) -> Iterator[tuple[list[bytes], bool]]:
    """Groups of lines, and whether the last line of the group is the file's end without a line break."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for start in range(0, len(lines), PIECE_LINES):
            yield lines[start : start + PIECE_LINES], False
    if rest.strip():
        yield [rest], True


def _is_readable(head: str, feed: Feed) -> bool:
    records = (rows_of(parse_record(line), feed.rows_from) for line in head.split("\n")[:SEARCHED_ROWS])
    return any(is_known_header(list(rows[0].cells), feed) for rows in records if rows)
