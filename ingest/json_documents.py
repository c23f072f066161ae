"""A JSON document as a table: an array of objects, or an object with one list of objects, nested where it says so.

In: a file's bytes, piece by piece. Out: `OpenTable`. The document is parsed as a stream and never held whole. One that
is cut or malformed anywhere is refused whole: behind the fault nothing can be told.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, MutableMapping
from typing import Any

import ijson

from ingest import tables
from ingest.decoding import CANDIDATES, MARKED, mark_of
from ingest.file_kinds import refuse_other_kinds
from ingest.headers import bind_headers, is_known_header
from ingest.json_records import DEEPEST, Pairs, Row, as_table, headers_in, rows_of
from ingest.json_structure import checked_structure, count_objects
from ingest.tables import OpenTable, RawTable, Source, check_width, checked_content, headers_of
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

LIST_NAMES = ("数据", "data", "records", "rows", "list")
KEY = re.compile(r'"([^"\\]{1,60})"\s*:')
HEAD_BYTES = 64 * 1024
PIECE_RECORDS = 10_000


def read_json_document(content: bytes, feed: Feed, file: str, declared: int | None) -> RawTable:
    """The whole table in a small JSON document. Raises: RefusedFile, as `open_json_document`."""
    return open_json_document(tables.in_memory(content), feed, file, declared).whole()


def open_json_document(source: Source, feed: Feed, file: str, declared: int | None) -> OpenTable:
    """The table in a JSON document. Row numbers are places in the list of rows, from 1.

    Raises: RefusedFile for an undecodable byte, a document that is cut, malformed or without a list of objects.
    """

    def text() -> tuple[str, Iterator[bytes]]:
        encoding, content = _as_utf8(refuse_other_kinds(checked_content(source(), file), file), feed, file)
        return encoding, checked_structure(
            content, 2 * DEEPEST, tables.LONGEST_LINE, lambda found: malformed(file, found)
        )

    path = _find_list(text()[1], file)
    level = path.count(".") + 2 if path else 1
    inner = level + 2 if feed.rows_from else None
    known: dict[str, None] = {}
    count = 0
    for rows in _records(text()[1], path, feed, file):
        headers_in(rows, known)
        count += max(len(rows), 1)
    counted = count_objects(text()[1], level, inner)
    headers = list(known) or (headers_of(feed) if declared == 0 and not count else [])
    check_width(len(headers), file)
    binding = bind_headers([headers], feed, file)
    encoding, content = text()
    chunks = _chunks(_records(content, path, feed, file), binding, headers, encoding, counted)
    return OpenTable(binding, encoding, chunks)


class _Object(MutableMapping[str, Any]):
    """An object as ijson builds it: keeps every pair, so that a key given twice is seen."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, Any]] = []

    def __setitem__(self, key: str, value: Any) -> None:
        self.pairs.append((key, value))

    def __getitem__(self, key: str) -> Any:
        return next(value for name, value in self.pairs if name == key)

    def __delitem__(self, key: str) -> None:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        return iter(name for name, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


class _Stream:
    """Pieces of bytes as a file to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`; empty at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = piece
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


def _chunks(
    records: Iterator[list[Row]], binding: Any, headers: list[str], encoding: str, counted: int
) -> Iterator[RawTable]:
    rows: list[tuple[int, Row]] = []
    ragged: list[tuple[int, str, int]] = []
    number = given = 0
    for found in records:
        number += max(len(found), 1)
        if found:
            rows += [(number - len(found) + place, row) for place, row in enumerate(found, start=1)]
        else:
            ragged.append((number, "", 0))
        if len(rows) + len(ragged) >= PIECE_RECORDS:
            yield as_table(rows, ragged, binding, headers, len(rows) + len(ragged), encoding)
            given, rows, ragged = number, [], []
    # The brackets were counted over the whole document: the last chunk answers for all.
    yield as_table(rows, ragged, binding, headers, counted - given, encoding)


def _records(content: Iterator[bytes], path: str, feed: Feed, file: str) -> Iterator[list[Row]]:
    """The rows of each record. Raises: RefusedFile."""
    prefix = f"{path}.item" if path else "item"
    try:
        for record in ijson.items(_Stream(content), prefix, map_type=_Object):
            yield rows_of(_pairs(record), feed.rows_from)
    except (ijson.JSONError, RecursionError, ValueError) as error:
        raise malformed(file, "a document that ends early" if _is_cut(error) else "text that is no JSON") from None


def _pairs(value: Any, depth: int = 0) -> object:
    """A parsed value with its objects as `Pairs`; None for what is nested too deeply."""
    if depth > DEEPEST:
        return None
    if isinstance(value, _Object):
        return Pairs((key, _pairs(inner, depth + 1)) for key, inner in value.pairs)
    if isinstance(value, list):
        return [_pairs(inner, depth + 1) for inner in value]
    return value


def _find_list(content: Iterator[bytes], file: str) -> str:
    """The path of the list of records: '' for the document itself. Raises: RefusedFile."""
    try:
        for depth, (path, event, _) in enumerate(ijson.parse(_Stream(content))):
            names = path.split(".") if path else []
            if event == "start_array" and all(name in LIST_NAMES for name in names):
                return path
            if depth > tables.CHUNK_ROWS or (event.startswith("start_") and len(names) > DEEPEST):
                break
    except (ijson.JSONError, RecursionError, ValueError) as error:
        raise malformed(file, "a document that ends early" if _is_cut(error) else "text that is no JSON") from None
    raise malformed(file, "no list of records")


def malformed(file: str, found: str) -> RefusedFile:
    """The refusal of a document that can't be read."""
    return RefusedFile(
        "json_malformed",
        "the file is no JSON document of records",
        where=file,
        expected=f"an array of objects, or an object with one such array under {', '.join(LIST_NAMES)}",
        found=found,
        remedy="export the whole document again and send it again",
    )


def _is_cut(error: Exception) -> bool:
    return isinstance(error, ijson.IncompleteJSONError)


def _as_utf8(content: Iterator[bytes], feed: Feed, file: str) -> tuple[str, Iterator[bytes]]:
    """The document's encoding and its bytes as UTF-8 without a mark."""
    head = b""
    for piece in content:
        head += piece
        if len(head) >= HEAD_BYTES:
            break
    mark, encoding = mark_of(head, file)
    if not encoding:
        order = [e for e in feed.encodings if e in CANDIDATES] + list(CANDIDATES)
        readable = (e for e in order if is_known_header(KEY.findall(head[:HEAD_BYTES].decode(e, "ignore")), feed))
        encoding = next(readable, order[0])
    name = MARKED[encoding] if mark else encoding
    return name, _decoded(head[len(mark) :], content, encoding, len(mark), file)


def _decoded(head: bytes, rest: Iterator[bytes], encoding: str, offset: int, file: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1

    def decode(piece: bytes, final: bool) -> bytes:
        nonlocal offset, lines
        offset += len(piece)
        try:
            text = decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            start = offset - len(error.object) + error.start
            line = lines + error.object.count(b"\n", 0, error.start)
            raise RefusedFile(
                "undecodable_byte",
                "a byte doesn't decode",
                where=f"{file}: byte {start + 1}, line {line}",
                expected=f"text in {encoding}",
                found=f"0x{error.object[error.start]:02X}",
                remedy="export the file again as UTF-8",
            ) from None
        lines += text.count("\n")
        return text.encode()

    yield decode(head, False)
    for piece in rest:
        yield decode(piece, False)
    yield decode(b"", True)
