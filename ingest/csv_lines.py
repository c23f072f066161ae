"""Delimited text divided into lines by hand: how many fields each holds, which can be parsed as they stand.

In: whole lines as UTF-8 with line feeds. Out: `Lines`, and a count of rows that is made apart from it. Nothing is
guessed at by a sniffer, and no line is left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

TAB, NEWLINE, RETURN, SPACE, QUOTE, COMMA = 9, 10, 13, 32, 34, 44
SPACES = " \t\r\n"
SEPARATORS = b" \t\r,"
# A quoted field of as many lines as a record may take, no more.
QUOTED = re.compile(rb'(?:\A|(?<=[,\n]))"(?:[^"\n]++|"")*+(?:\n(?:[^"\n]++|"")*+){0,19}"(?=[,\n]|\Z)')
BLANK_LINE = re.compile(rb'\n[ \t\r,"]*(?=\n)')


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


def divide(content: bytes) -> Lines:
    """The lines of a text."""
    content = _without_empty_quotes(content)
    data = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    if not content.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    commas = np.flatnonzero(data == COMMA)
    is_blank = _blank_lines(data, starts, ends)
    nowhere = np.zeros(len(starts), dtype=bool)
    if b'"' not in content:
        return Lines(content, starts, ends, _within(commas, ends), ~nowhere, nowhere, is_blank)
    quotes = np.flatnonzero(data == QUOTE)
    count = _within(quotes, ends)
    before = np.cumsum(count) - count
    line_of_quote = np.repeat(np.arange(len(starts)), count)
    opens = (np.arange(len(quotes)) - before[line_of_quote]) % 2 == 0
    padded = np.concatenate(([NEWLINE], data, [NEWLINE]))
    neighbour = np.where(opens, padded[quotes], padded[quotes + 2])
    is_stray = (neighbour != COMMA) & (neighbour != NEWLINE) & (neighbour != QUOTE)
    stray = np.bincount(line_of_quote[is_stray], minlength=len(starts))
    line_of_comma = np.repeat(np.arange(len(starts)), _within(commas, ends))
    is_outside = (np.searchsorted(quotes, commas) - before[line_of_comma]) % 2 == 0
    outside = np.bincount(line_of_comma[is_outside], minlength=len(starts))
    is_open = count % 2 == 1
    return Lines(content, starts, ends, outside, ~is_open & (stray == 0), is_open, is_blank)


def count_rows(body: bytes, unclosed: Sequence[int] = ()) -> int:
    """Rows of some lines, counted without dividing them into fields: lines that hold more than separators.

    `unclosed`: lines (from 0) with a quotation mark that closes nowhere near; each is a row of its own, and no mark
    before it makes a pair with one behind it.
    """
    if unclosed:
        lines = body.split(b"\n")
        ends = [*unclosed, len(lines)]
        starts = [0, *(line + 1 for line in unclosed)]
        parts = (b"\n".join(lines[start:end]) for start, end in zip(starts, ends, strict=True))
        return len(unclosed) + sum(count_rows(part) for part in parts)
    if b'"' in body and _any_open_line(body):
        body = QUOTED.sub(lambda match: b"q" if match[0][1:-1].strip(SPACES.encode()) else b"", body)
        return sum(1 for line in body.split(b"\n") if line.strip(SEPARATORS))
    text = b"\n" + body if body.endswith(b"\n") or not body else b"\n" + body + b"\n"
    blank = sum(1 for line in BLANK_LINE.findall(text) if not _holds_anything(line.decode()))
    return text.count(b"\n") - 1 - blank


def fields_of(lines: list[str]) -> list[str]:
    """The fields of the first record that some lines hold; empty where they hold none."""
    try:
        return next(csv.reader(lines), [])
    except csv.Error:
        return []


def _without_empty_quotes(content: bytes) -> bytes:
    """The text with every quoted empty field bare, where that leaves no quotation mark: it is then parsed in one go.

    Quotation marks that only ever stand as a pair between two separators can't be anything else.
    """
    if b'"' not in content:
        return content
    bare = content
    for _ in range(2):
        bare = bare.replace(b',"",', b",,")
    bare = bare.replace(b',""\n', b",\n").replace(b'\n"",', b"\n,").replace(b'\n""\n', b"\n\n")
    return content if b'"' in bare else bare


def _within(places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many of the places lie in each line."""
    return np.diff(np.searchsorted(places, ends), prepend=0)


def _blank_lines(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Lines of separators only; just those that begin with one are looked at."""
    is_blank = starts == ends
    begins = data[np.minimum(starts, len(data) - 1)] if len(data) else data
    for line in np.flatnonzero(np.isin(begins, (SPACE, TAB, RETURN, COMMA)) & ~is_blank):
        is_blank[line] = not bytes(data[starts[line] : ends[line]]).strip(SEPARATORS)
    return is_blank


def _any_open_line(body: bytes) -> bool:
    """Whether any line has an odd number of quotation marks: then at every line end before it the sum was even."""
    data = np.frombuffer(body, dtype=np.uint8)
    ends = np.append(np.flatnonzero(data == NEWLINE), len(data))
    return bool((np.searchsorted(np.flatnonzero(data == QUOTE), ends) % 2).any())


def _holds_anything(line: str) -> bool:
    """Whether a line of separators and quotation marks says anything: a quoted comma does."""
    return '"' in line and any(field.strip(SPACES) for field in fields_of([line.removeprefix("\n")]))
