"""What a JSON document's brackets alone tell, without parsing any value: how deep it goes, how many rows it holds.

In: the document's bytes as UTF-8, piece by piece. Out: a guard before the parser, and a count to check it by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np

OPENING, CLOSING, COLON, COMMA = b"[{", b"]}", b":", b","
OTHERS = bytes(byte for byte in range(256) if byte not in b"[]{}:,")
BRACE = ord("{")
LONG_NUMBER = re.compile(rb"[0-9.eE+-]{300}")


def checked_structure(
    pieces: Iterable[bytes], deepest: int, longest: int, refuse: Callable[[str], Exception]
) -> Iterator[bytes]:
    """The pieces as they come, none before it was looked at: a parser needs room for every level, and for every value.

    Raises: what `refuse` makes of "what was found" for more than `deepest` brackets within each other, or a piece of more
    than `longest` bytes in which no value ends.
    """
    depth = 0
    for piece, outside, _ in _outside_texts(pieces):
        structure = outside.translate(None, OTHERS)
        marks = np.frombuffer(structure, dtype=np.uint8)
        if len(marks):
            depths = depth + np.cumsum(np.isin(marks, list(OPENING)).astype(np.int64) - np.isin(marks, list(CLOSING)))
            depth = int(depths[-1])
            if depths.max() > deepest:
                raise refuse(f"more than {deepest} brackets within each other")
        elif len(piece) > longest and b'"' not in piece:
            raise refuse("a value without end")
        if LONG_NUMBER.search(outside):
            # Parsers written in C have been seen to break down at one.
            raise refuse("a number without end")
        yield piece


def count_objects(pieces: Iterable[bytes], level: int, inner: int | None = None) -> int:
    """Rows in the list that lies `level` brackets deep: its objects, and instead of an object those that lie in its
    own list `inner` brackets deep, where there are any."""
    total, depth, before = 0, 0, 0
    is_open, waiting = False, 0
    for _, outside, in_text in _outside_texts(pieces):
        is_open = in_text
        marks = np.frombuffer(outside.translate(None, OTHERS), dtype=np.uint8)
        if len(marks) == 0:
            continue
        is_up, is_down = np.isin(marks, list(OPENING)), np.isin(marks, list(CLOSING))
        depths = depth + np.cumsum(is_up.astype(np.int64) - is_down)
        previous = np.concatenate(([before], marks[:-1]))
        # An object after a colon is a value; one after a bracket or a comma is an element of a list.
        is_element = (marks == BRACE) & np.isin(previous, (ord("["), ord(",")))
        records = np.flatnonzero(is_element & (depths == level + 1))
        nested = np.flatnonzero(is_element & (depths == inner + 1)) if inner is not None else records[:0]
        owners = np.searchsorted(records, nested)
        # Those before the piece's first record belong to the one that the piece before left open.
        total += max(0, int((owners == 0).sum()) - waiting) if len(nested) else 0
        waiting = max(0, waiting - int((owners == 0).sum()))
        in_each = np.bincount(owners, minlength=len(records) + 1)[1:]
        total += int(np.maximum(in_each, 1).sum())
        if len(records):
            waiting = 1 if in_each[-1] == 0 else 0
        depth, before = int(depths[-1]), int(marks[-1])
    return -1 if is_open or depth else total


def _outside_texts(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
    """Each piece, what of it stands outside texts, and whether it ends within a text."""
    in_text, rest = False, b""
    for piece in pieces:
        content = rest + piece
        # A backslash at the end of a piece says nothing without what follows.
        tail = len(content) - len(content.rstrip(b"\\"))
        content, rest = (content[:-tail], content[-tail:]) if tail else (content, b"")
        parts = content.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = b"".join(parts[1::2] if in_text else parts[::2])
        in_text ^= len(parts) % 2 == 0
        yield piece, outside, in_text
