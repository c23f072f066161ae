"""One JSON record as rows of text: nested objects under dotted headers, lists of plain values joined with a comma.

In: a parsed record, its objects being sequences of pairs, so that a key given twice is seen. Out: `Row`s, one for each
element of the list that the contract makes rows from; none for a record that is not what was agreed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from ingest.headers import Binding
from ingest.tables import RAGGED_SCHEMA, RawTable, first_filled

# A number beyond 2^53 has been rounded by most programs that write JSON.
EXACT_LIMIT = 2**53
DEEPEST = 8
LONGEST_LIST = 1000
# Half of a letter beyond the first 65,536, written as an escape: JSON allows it, no text can hold it.
HALF_LETTER = re.compile("[\ud800-\udfff]")


class Pairs(tuple):
    """A JSON object: its keys and values in their order."""


class Row(NamedTuple):
    """Cells by header, and the headers whose value was a number too long to be exact."""

    cells: dict[str, str | None]
    inexact: set[str]


def rows_of(record: object, rows_from: str | None) -> list[Row]:
    """The rows of one record; empty when it is none: no object, a key twice, a list of anything but plain values."""
    if not isinstance(record, Pairs):
        return []
    own = Row({}, set())
    elements: Sequence[object] = ()
    for key, value in record:
        if key == rows_from and isinstance(value, list) and not elements:
            elements = value
        elif key == rows_from and (value is None or value == ""):
            continue
        elif (key == rows_from and not isinstance(value, Pairs)) or not _add(own, key, value, 1):
            return []
    if not elements:
        return [own]
    rows = []
    for element in elements:
        row = Row(dict(own.cells), set(own.inexact))
        if not isinstance(element, Pairs) or not _add(row, rows_from or "", element, 1):
            return []
        rows.append(row)
    return rows


def headers_in(rows: Iterable[Row], known: dict[str, None]) -> None:
    """Add the rows' headers to those known, in the order in which they come."""
    for row in rows:
        known.update(dict.fromkeys(row.cells))


def as_table(
    rows: Sequence[tuple[int, Row]],
    ragged: Sequence[tuple[int, str, int]],
    binding: Binding,
    headers: Sequence[str],
    counted: int,
    encoding: str,
) -> RawTable:
    """Numbered rows and ragged ones as a table; `headers` are those that were bound, in their order."""
    names = {name: headers[position] for name, position in binding.positions.items()}
    columns = {name: [row.cells.get(header) for _, row in rows] for name, header in names.items()}
    cells = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    number_cells = {
        name: pl.Series([header in row.inexact for _, row in rows], dtype=pl.Boolean) for name, header in names.items()
    }
    numbers = pl.Series("row_number", [number for number, _ in rows], dtype=pl.Int32)
    frame = pl.DataFrame(ragged, schema=RAGGED_SCHEMA, orient="row")
    return RawTable(binding, cells, numbers, first_filled(cells), frame, counted, encoding, number_cells)


def _add(row: Row, header: str, value: object, depth: int) -> bool:
    """Put a value under its header; False when it can't stand in a table."""
    if isinstance(value, Pairs):
        return depth < DEEPEST and all(_add(row, f"{header}.{key}", inner, depth + 1) for key, inner in value)
    inner_values = value if isinstance(value, list) else [value]
    if header in row.cells or any(
        HALF_LETTER.search(text) for text in (header, *inner_values) if isinstance(text, str)
    ):
        return False
    if isinstance(value, list):
        if len(value) > LONGEST_LIST or any(isinstance(inner, list | Pairs) for inner in value):
            return False
        row.cells[header] = ",".join(text for inner in value if (text := _text(inner))) or None
        return True
    row.cells[header] = _text(value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and not -EXACT_LIMIT <= value <= EXACT_LIMIT:
        row.inexact.add(header)
    return True


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value) or None
