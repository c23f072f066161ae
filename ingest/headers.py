"""Which position holds which column: bound by header name and its synonyms, never by position.

In: the first lines of a table and the contract. Out: the binding. A mandatory header that is missing, or two headers
for one column, refuse the file; an extra one is kept out and warned of. Finds headers below a title or on two lines, and
the units they name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from warehouse.contracts import Column, Feed
from warehouse.errors import RefusedFile

SEARCHED_ROWS = 10
DECORATION = re.compile(r"[\s()\[\]{}<>《》【】〔〕「」*:：、,/\\_\-—·\"'\u200b-\u200f\u2060\ufeff]+")
_UNITS = "亿元|百万元|万元|万|千元|元|分|平方米|平米|m2|㎡|亩"
_MONEY = "(?:人民币)?"
UNIT = re.compile(rf"[(（\[【]?(?:单位[:：])?{_MONEY}({_UNITS})[)）\]】]?\s*$")
BRACKETED_UNIT = re.compile(rf"[(（\[【]\s*(?:单位[:：]\s*)?{_MONEY}({_UNITS})\s*[)）\]】]\s*$")
# Above a table the unit stands among other words: 单位：人、万元, or 单位：万元 and a date behind it.
TABLE_UNIT = re.compile(
    rf"单位\s*[:：(（]\s*(?:[人户名个次件]\s*[、,，/]\s*)*{_MONEY}({_UNITS})(?=$|[\s)）\]】、,，;；])"
)
UNIT_ALONE = re.compile(rf"[(（\[【]?\s*{_MONEY}({_UNITS})\s*[)）\]】]?")
BRACKETED = re.compile(r"\s*[(（\[【][^(（\[【]*[)）\]】]\s*$")
READABLE_SHARE = 0.5
LONGEST_EXTRA = 20
MANY_DIGITS = 5
Row = Sequence[str | None]


@dataclass(frozen=True)
class Binding:
    """Where the columns of a feed stand in one file.

    `units`: the unit that a column's header names, or a line above the headers for all of them.
    """

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
    names = _names(feed)
    best: Binding | None = None
    whole: Binding | None = None
    clash: RefusedFile | None = None
    for start in range(min(len(rows), SEARCHED_ROWS)):
        if whole is not None and start > whole.last_header_row:
            break
        for lines in (1, 2):
            taken = rows[start : start + lines]
            if len(taken) < lines or (whole is not None and not _goes_on(taken, names)):
                continue
            try:
                binding = _bind(rows, start, lines, feed, names, file)
            except RefusedFile as doubled:
                clash = clash or doubled
                continue
            if not _missing(binding, feed) and (whole is None or len(binding.positions) > len(whole.positions)):
                whole = binding
            if best is None or len(binding.positions) > len(best.positions):
                best = binding
    if whole is not None:
        return _with_unit_row(whole, rows, feed)
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


def _goes_on(lines: Sequence[Row], names: dict[str, str]) -> bool:
    """Whether a line below a whole header belongs to it: it adds names, and puts no value under a column that has one.

    The first row of the table must never pass for a second line of its header.
    """
    if len(lines) == 1:
        return False
    upper, lower = lines
    for position, (_, cells) in enumerate(_header_cells(lines, len(upper))):
        under = lower[position] if position < len(lower) else None
        if header_key(under) and header_key(upper[position]) in names and _first_known(cells[:-1], names)[0] is None:
            return False
    return True


def _bind(all_rows: Sequence[Row], start: int, lines: int, feed: Feed, names: dict[str, str], file: str) -> Binding:
    rows = all_rows[start : start + lines]
    last = start + lines - 1
    width = max(len(row) for row in rows)
    positions: dict[str, int] = {}
    found: dict[str, str] = {}
    units = _table_units(all_rows[:last], all_rows[:start], feed)
    extra: list[str] = []
    unclear: dict[str, str] = {}
    for position, (group, cells) in enumerate(_header_cells(rows, width)):
        name, header, unit = _first_known(cells, names)
        if name is None:
            label = next((cell for cell in cells if header_key(cell)), None)
            if label is not None:
                extra.append(_printable(label, position))
            amount = next((names[key] for cell in cells if (key := header_key(BRACKETED.sub("", cell))) in names), None)
            if amount is not None and feed.column(amount).logical_type == "number":
                unclear[amount] = extra[-1]
            continue
        if name in positions:
            raise _doubled(feed.column(name), positions[name], position, file)
        positions[name], found[header] = position, name
        if unit is None and (stated := BRACKETED_UNIT.search(group)) and _measures(feed.column(name), stated[1]):
            unit = unicodedata.normalize("NFKC", stated[1])
        if unit:
            units[name] = unit
    for name, header in unclear.items():
        if name not in positions:
            raise _unclear_unit(feed.column(name), header, file)
    return Binding(last, width, positions, found, extra, units)


def _with_unit_row(binding: Binding, rows: Sequence[Row], feed: Feed) -> Binding:
    """A line below the headers in which nothing stands but units, （万元）, belongs to the headers."""
    below = binding.last_header_row + 1
    cells = {
        place: cell.strip()
        for place, cell in enumerate(rows[below] if below < len(rows) else ())
        if cell and cell.strip()
    }
    stated = {place: unit for place, cell in cells.items() if (unit := UNIT_ALONE.fullmatch(cell))}
    if not stated or len(stated) < len(cells):
        return binding
    own = {
        name: unicodedata.normalize("NFKC", stated[place][1])
        for name, place in binding.positions.items()
        if place in stated
    }
    units = binding.units | {name: unit for name, unit in own.items() if feed.column(name).logical_type == "number"}
    return replace(binding, last_header_row=below, units=units)


def _header_cells(rows: Sequence[Row], width: int) -> list[tuple[str, list[str]]]:
    """By column the group above it, and what may be its header, the likeliest first: of two lines the two together,
    the lower, the upper.

    A cell merged over several columns gives its text to the first of them only.
    """
    lines = [[(row[position] if position < len(row) else None) or "" for position in range(width)] for row in rows]
    if len(lines) == 1:
        return [("", [cell]) for cell in lines[0]]
    upper, lower = lines
    columns, group = [], ""
    for over, under in zip(upper, lower, strict=True):
        group = over if header_key(over) else group
        together = [group + under, f"{group}.{under}"] if header_key(group) and header_key(under) else []
        columns.append((group, [*together, under, over]))
    return columns


def _table_units(above: Sequence[Row], titles: Sequence[Row], feed: Feed) -> dict[str, str]:
    """A line like 单位：万元 above the headers, or （万元） behind a title, holds for every amount whose own header names
    no unit.
    """
    stated = [unit[1] for row in above for cell in row if cell and (unit := TABLE_UNIT.search(cell.strip()))]
    stated = stated or [unit[1] for row in titles for cell in row if cell and (unit := BRACKETED_UNIT.search(cell))]
    if not stated:
        return {}
    return {column.name: stated[-1] for column in feed.columns if _measures(column, stated[-1])}


def _measures(column: Column, unit: str) -> bool:
    """Whether a unit that stands above several columns is meant for this one, whose own header names none."""
    role = "yuan" if unit.endswith(("元", "分", "万")) else "square_metres"
    return column.role == role and unit_in(column.header) is None


def unit_in(header: str) -> str | None:
    """The unit that a header names at its end, as the tables of units write it."""
    unit = UNIT.search(header.strip())
    return unicodedata.normalize("NFKC", unit[1]) if unit else None


def _first_known(cells: Sequence[str], names: dict[str, str]) -> tuple[str | None, str, str | None]:
    for cell in cells:
        if name := names.get(header_key(cell)):
            return name, cell.strip(), None
        unit = unit_in(cell)
        if unit and (name := names.get(header_key(UNIT.sub("", cell.strip())))):
            return name, cell.strip(), unit
    return None, "", None


def _names(feed: Feed) -> dict[str, str]:
    names: dict[str, str] = {}
    for column in feed.columns:
        for header in (column.header, *column.synonyms):
            names.setdefault(header_key(header), column.name)
    for column in feed.columns:
        if column.logical_type == "number" and unit_in(column.header):
            names.setdefault(header_key(UNIT.sub("", column.header)), column.name)
    return names


def _missing(binding: Binding, feed: Feed) -> set[str]:
    return {column.name for column in feed.columns if column.required and column.name not in binding.positions}


def _printable(label: str, position: int) -> str:
    """An unknown header may be anything, a person's row included: only short words with few digits are named."""
    text = " ".join(label.split())
    digits = sum(character.isdigit() for character in text)
    return text if len(text) <= LONGEST_EXTRA and digits < MANY_DIGITS else f"column {position + 1}"


def _unclear_unit(column: Column, header: str, file: str) -> RefusedFile:
    return RefusedFile(
        "header_missing",
        "an amount stands under a header whose unit is not known",
        where=f"{file}: {header}",
        expected=f"{column.header}, alone or with 元, 万元, 千元 or 分 in brackets",
        found="something else in the brackets",
        remedy="name the unit in brackets behind the agreed header",
    )


def _doubled(column: Column, first: int, second: int, file: str) -> RefusedFile:
    return RefusedFile(
        "header_doubled",
        "two headers name the same column",
        where=f"{file}: columns {first + 1} and {second + 1}",
        expected=f"{column.header}, once",
        found="twice, by its name or a synonym",
        remedy="take one of the two out and send the file again",
    )
