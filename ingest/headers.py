"""Which position holds which column: bound by header name and its synonyms, never by position.

In: the first lines of a table and the contract. Out: the binding. A mandatory header that is missing, or two headers
for one column, refuse the file; an extra one is kept out and warned of. Finds headers below a title or on two lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.contracts import Column, Feed
from warehouse.errors import RefusedFile

SEARCHED_ROWS = 10
DECORATION = re.compile(r"[\s()\[\]{}<>《》【】〔〕「」*:：、/\\_\-—·\"'\u200b-\u200f\u2060\ufeff]+")
UNIT = re.compile(r"[(（\[【](?:单位[:：])?(元|万元|分)[)）\]】]\s*$")
READABLE_SHARE = 0.5
LONGEST_EXTRA = 20
Row = Sequence[str | None]


@dataclass(frozen=True)
class Binding:
    """Where the columns of a feed stand in one file."""

    last_header_row: int
    width: int
    positions: dict[str, int]
    found: dict[str, str]
    extra: list[str]
    units: dict[str, str]


def bind_headers(rows: Sequence[Row], feed: Feed, file: str) -> Binding:
    """The binding of a file's columns, from its first rows (one header line, or two, below any title).

    Raises: RefusedFile naming the missing or doubled header.
    """
    best: Binding | None = None
    clash: RefusedFile | None = None
    for start in range(min(len(rows), SEARCHED_ROWS)):
        for lines in (1, 2):
            if start + lines > len(rows):
                continue
            try:
                binding = _bind(rows[start : start + lines], start + lines - 1, feed, file)
            except RefusedFile as doubled:
                clash = clash or doubled
                continue
            if not _missing(binding, feed):
                return binding
            if best is None or len(binding.positions) > len(best.positions):
                best = binding
    if clash is not None:
        raise clash
    missing = [column.header for column in feed.columns if best is None or column.name in _missing(best, feed)]
    known = len(best.positions) if best else 0
    raise RefusedFile(
        "header_missing",
        "a mandatory header is missing",
        where=f"{file}: the first {min(len(rows), SEARCHED_ROWS)} rows",
        expected=", ".join(column.header for column in feed.columns if column.header in missing and column.required),
        found=f"{known} of {len(feed.columns)} agreed headers",
        remedy="restore the header, or agree its new name as a synonym in the contract",
    )


def is_known_header(row: Row, feed: Feed) -> bool:
    """Whether a row looks like this feed's header: half of the mandatory columns are named in it."""
    names = _names(feed)
    found = {names[key] for key in map(header_key, row) if key in names}
    mandatory = {column.name for column in feed.columns if column.required}
    return len(found & mandatory) >= READABLE_SHARE * len(mandatory)


def header_key(text: str | None) -> str:
    """A header as it is compared: NFKC, without spaces, brackets and punctuation, in lower case."""
    return DECORATION.sub("", unicodedata.normalize("NFKC", text or "")).lower()


def _bind(rows: Sequence[Row], last: int, feed: Feed, file: str) -> Binding:
    names = _names(feed)
    width = max(len(row) for row in rows)
    positions: dict[str, int] = {}
    found: dict[str, str] = {}
    units: dict[str, str] = {}
    extra: list[str] = []
    for position in range(width):
        cells = [row[position] or "" for row in reversed(rows) if position < len(row)]
        name, header, unit = _first_known(cells, names)
        if name is None:
            label = next((cell for cell in cells if header_key(cell)), None)
            if label is not None:
                extra.append(_printable(label, position))
            continue
        if name in positions:
            raise _doubled(feed.column(name), positions[name], position, file)
        positions[name], found[header] = position, name
        if unit:
            units[name] = unit
    return Binding(last, width, positions, found, extra, units)


def _first_known(cells: Sequence[str], names: dict[str, str]) -> tuple[str | None, str, str | None]:
    for cell in cells:
        if name := names.get(header_key(cell)):
            return name, cell.strip(), None
        unit = UNIT.search(cell.strip())
        if unit and (name := names.get(header_key(UNIT.sub("", cell.strip())))):
            return name, cell.strip(), unit[1]
    return None, "", None


def _names(feed: Feed) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in feed.columns:
        for header in (column.header, *column.synonyms):
            names.setdefault(header_key(header), column.name)
    return names


def _missing(binding: Binding, feed: Feed) -> set[str]:
    return {column.name for column in feed.columns if column.required and column.name not in binding.positions}


def _printable(label: str, position: int) -> str:
    """An unknown header may be anything, a person's row included: only short words without long numbers are named."""
    text = label.strip()
    return text if len(text) <= LONGEST_EXTRA and not re.search(r"\d{5,}", text) else f"column {position + 1}"


def _doubled(column: Column, first: int, second: int, file: str) -> RefusedFile:
    return RefusedFile(
        "header_doubled",
        "two headers name the same column",
        where=f"{file}: columns {first + 1} and {second + 1}",
        expected=f"{column.header}, once",
        found="twice, by its name or a synonym",
        remedy="take one of the two out and send the file again",
    )
