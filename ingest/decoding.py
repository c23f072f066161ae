"""Bytes into text: UTF-8 with or without its mark, UTF-16, GB18030, told by which one makes the header readable.

In: a file's bytes. Out: text and encoding. A byte that doesn't decode refuses the file and is named by offset and
line; nothing is ever replaced or skipped.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import NamedTuple

from warehouse.errors import RefusedFile

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CANDIDATES = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
HEAD_BYTES = 16 * 1024
LONGEST_CHARACTER = 4


class Decoded(NamedTuple):
    """A file's text without its byte-order mark, and the encoding it came in."""

    text: str
    encoding: str


def decode(content: bytes, is_readable: Callable[[str], bool], agreed: Sequence[str], file: str) -> Decoded:
    """A file's text. `is_readable` says whether the beginning makes sense: whether its header is a known one.

    The beginning decides the encoding and the whole file must then follow it: a UTF-8 file with one bad byte
    must not turn into a GB18030 file full of wrong characters.
    Raises: RefusedFile for a byte that doesn't decode, and for a file that ends within a character.
    """
    encoding = _encoding_of(content, is_readable, agreed)
    try:
        return Decoded(content.decode(encoding).removeprefix("\ufeff"), encoding)
    except UnicodeDecodeError as error:
        start, ends_inside = error.start, error.end == len(content) and error.start > len(content) - LONGEST_CHARACTER
    line = content.count(b"\n", 0, start) + 1
    where = f"{file}: byte {start + 1}, line {line}"
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


def _encoding_of(content: bytes, is_readable: Callable[[str], bool], agreed: Sequence[str]) -> str:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return encoding
    head = content[:HEAD_BYTES]
    order = [encoding for encoding in agreed if encoding in CANDIDATES]
    order += [encoding for encoding in CANDIDATES if encoding not in order]
    for encoding in order:
        # The head may end within a character, and a bad byte may lie in it: only what is readable counts here.
        if is_readable(head.decode(encoding, errors="ignore")):
            return encoding
    for encoding in order:
        try:
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return encoding
    return order[0]
