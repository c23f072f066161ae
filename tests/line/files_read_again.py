"""The bureaus' files read by other programs than the line's: the csv module, json, openpyxl (streaming).

Only the header's end is found by the contract's words; everything below it that holds anything is a row.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import openpyxl

from warehouse.contracts import FEEDS, Feed, load_feed

HEADER_SHARE = 0.5  # of a feed's columns: so many of them in one line make it a header
SEARCHED = 5
UNIT = re.compile(r"\((?:分|万元|亩)\)$")
ENCODINGS = ("utf-8-sig", "gb18030")
Row = tuple[int, dict[str, Any]]  # line or sheet row, cells by the contract's column


@functools.cache
def contract(feed_id: str) -> Feed:
    """One feed's contract."""
    return load_feed(FEEDS / f"{feed_id}.yaml")


def feed_of(path: Path) -> Feed:
    """The contract of a file, by its name."""
    return contract("__".join(path.name.split("__")[:2]))


def count_rows(path: Path) -> int:
    """Rows below the header, whatever they hold."""
    return sum(1 for _ in read_rows(path))


def read_rows(path: Path) -> Iterator[Row]:
    """Every row below the header that holds anything; a JSON document's rows are its records' elements."""
    feed = feed_of(path)
    words = {word: column.name for column in feed.columns for word in (column.header, *column.synonyms)}
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book[feed.sheet] if feed.sheet else book.active
        yield from _below_header(sheet.iter_rows(values_only=True), feed, words)
    elif path.suffix == ".csv":
        yield from _below_header(csv.reader(io.StringIO(decoded(path.read_bytes()))), feed, words)
    else:
        for number, record in enumerate(_records(path, feed), start=1):
            yield number, {words[header]: value for header, value in record.items() if header in words}


def decoded(content: bytes) -> str:
    """Text in one of the two encodings that the bureaus write. Raises: ValueError."""
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor GB18030")


def _below_header(rows: Iterable[Iterable[Any]], feed: Feed, words: dict[str, str]) -> Iterator[Row]:
    names: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        cells = list(row)
        if not names and number <= SEARCHED:
            known = [
                words.get(UNIT.sub("", cell)) or words.get(cell) if isinstance(cell, str) else None for cell in cells
            ]
            found = {place: name for place, name in enumerate(known) if name}
            if len(found) >= HEADER_SHARE * len(feed.columns):
                names = found
        elif any(cell not in (None, "") for cell in cells):
            yield number, {name: cells[place] for place, name in names.items() if place < len(cells)}


def _records(path: Path, feed: Feed) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".jsonl":
        yield from (json.loads(line) for line in text.splitlines() if line.strip())
        return
    document = json.loads(text)
    records = document if isinstance(document, list) else next(v for v in document.values() if isinstance(v, list))
    for record in records:
        elements = (record.pop(feed.rows_from, None) if feed.rows_from else None) or [{}]
        for element in elements:
            yield record | {f"{feed.rows_from}.{name}": value for name, value in element.items()}
