"""Bytes into text: UTF-8 with or without its mark, UTF-16, GB18030, told by which one makes the header readable.

In: a file's bytes, piece by piece. Out: whole lines as UTF-8, and the encoding. A byte that doesn't decode refuses the
file and is named by offset and line; nothing is ever replaced or skipped.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from ingest import tables
from warehouse.errors import RefusedFile

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CANDIDATES = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
# What a mark at the beginning adds to the encoding's name.
MARKED = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
LINE_ENDS = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}
BOM = "\ufeff".encode()
HEAD_BYTES = 16 * 1024
LONGEST_CHARACTER = 4


class Lines(NamedTuple):
    """A file's lines as UTF-8 without its byte-order mark, in pieces that end with a line break; the last may not."""

    encoding: str
    pieces: Iterator[bytes]


def decode_lines(
    content: Iterator[bytes], is_readable: Callable[[str], bool], agreed: Sequence[str], file: str
) -> Lines:
    """A file's lines. `is_readable` says whether the beginning makes sense: whether its header is a known one.

    The beginning decides the encoding and the whole file must then follow it: a UTF-8 file with one bad byte
    must not turn into a GB18030 file full of wrong characters. Every line ends with a line feed, whatever the file has.
    Raises: RefusedFile for a byte that doesn't decode, a file that ends within a character, a line without end.
    """
    head = b""
    for piece in content:
        head += piece
        if len(head) >= HEAD_BYTES:
            break
    mark, encoding = _encoding_of(head, is_readable, agreed, file)
    body = _from(head[len(mark) :], content)
    name = MARKED[encoding] if mark else encoding
    return Lines(name, _with_line_feeds(_decoded(body, encoding, len(mark), file)))


def truncated(where: str, found: str) -> RefusedFile:
    """The refusal of a file whose end is missing."""
    return RefusedFile(
        "truncated",
        "the file ends in the middle of a line",
        where=where,
        expected="a last line that is whole and ends with a line break",
        found=found,
        remedy="send the whole file again; the transfer or the export was cut off",
    )


def mark_of(head: bytes, file: str) -> tuple[bytes, str]:
    """The byte-order mark that a file begins with and the encoding that it tells; both empty where there is none.

    Raises: RefusedFile for UTF-32.
    """
    for mark, encoding in MARKS:
        if head.startswith(mark):
            if encoding == "utf-32":
                raise _encoding_refusal(file, "UTF-32")
            return mark, encoding
    return b"", ""


def _from(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _decoded(content: Iterator[bytes], encoding: str, offset: int, file: str) -> Iterator[bytes]:
    """Pieces of whole lines as UTF-8. No byte of a line feed is part of another character in any encoding read here."""
    line_end = LINE_ENDS.get(encoding, b"\n")
    lines, rest = 0, b""
    for piece in content:
        rest += piece
        if len(rest) < tables.CHUNK_BYTES:
            continue
        # A carriage return at the very end may be half of a line break.
        cut = _last_line_end(rest, line_end) or _last_line_end(rest[:-2], line_end.replace(b"\n", b"\r"))
        if cut == 0:
            if len(rest) > tables.LONGEST_LINE * LONGEST_CHARACTER:
                raise tables.line_too_long(f"{file}: line {lines + 1}")
            continue
        ready, rest = rest[:cut], rest[cut:]
        yield _as_utf8(ready, encoding, offset, lines, False, file)
        offset, lines = offset + cut, lines + ready.count(b"\n")
    if rest:
        yield _as_utf8(rest, encoding, offset, lines, True, file)


def _last_line_end(content: bytes, line_end: bytes) -> int:
    """Where the last line ends (bytes), 0 when none does; in UTF-16 only at an even place."""
    place = content.rfind(line_end)
    while place >= 0 and place % len(line_end):
        place = content.rfind(line_end, 0, place + len(line_end) - 1)
    return place + len(line_end) if place >= 0 else 0


def _as_utf8(content: bytes, encoding: str, offset: int, lines: int, is_last: bool, file: str) -> bytes:
    if encoding == "utf-8" and _is_utf8(content):
        return content
    try:
        return content.decode(encoding).encode()
    except UnicodeDecodeError as error:
        start = error.start
        ends_inside = is_last and error.end == len(content) and start > len(content) - LONGEST_CHARACTER
    line = lines + content.count(b"\n", 0, start) + 1
    where = f"{file}: byte {offset + start + 1}, line {line}"
    if ends_inside and not content.endswith((b"\n", b"\r")):
        raise truncated(where, f"the file ends within a character of {encoding}")
    raise RefusedFile(
        "undecodable_byte",
        "a byte doesn't decode",
        where=where,
        expected=f"text in {encoding}",
        found=f"0x{content[start]:02X}",
        remedy="export the file again and send it again; don't save it from a program that uses another encoding",
    )


def _is_utf8(content: bytes) -> bool:
    """Whether bytes are valid UTF-8: polars tells it ten times faster than decoding does."""
    try:
        pl.Series([content]).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _with_line_feeds(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces with one kind of line break: a file without any line feed has carriage returns alone."""
    only_returns: bool | None = None
    for piece in pieces:
        if only_returns is None:
            only_returns = b"\n" not in piece[:-1] and b"\r" in piece
        if b"\r" in piece:
            piece = piece.replace(b"\r\n", b"\n")
            if only_returns:
                piece = piece.replace(b"\r", b"\n")
        yield piece


def _encoding_of(
    content: bytes, is_readable: Callable[[str], bool], agreed: Sequence[str], file: str
) -> tuple[bytes, str]:
    mark, encoding = mark_of(content, file)
    if encoding:
        return mark, encoding
    head = content[:HEAD_BYTES]
    order = [encoding for encoding in agreed if encoding in CANDIDATES]
    order += [encoding for encoding in CANDIDATES if encoding not in order]
    for encoding in order:
        # The head may end within a character, and a bad byte may lie in it: only what is readable counts here.
        if is_readable(head.decode(encoding, errors="ignore")):
            return b"", encoding
    for encoding in order:
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return b"", encoding
    return b"", order[0]


def _encoding_refusal(file: str, found: str) -> RefusedFile:
    return RefusedFile(
        "encoding_unknown",
        "the file is in an encoding that is not read",
        where=file,
        expected="UTF-8, UTF-16 or GB18030",
        found=found,
        remedy="export the file again as UTF-8",
    )
