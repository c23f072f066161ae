"""JSON lines as a table: one object a line, its keys being the headers.

In: a file's bytes. Out: `RawTable`. A line that is no object is a ragged row; when it is the last, the file was cut and
is refused.
"""

from __future__ import annotations

import json

import polars as pl

from ingest.decoding import decode, truncated
from ingest.headers import SEARCHED_ROWS, bind_headers, is_known_header
from ingest.tables import RAGGED_SCHEMA, RawTable
from warehouse.contracts import Feed

# A number beyond 2^53 has been rounded by most programs that write JSON.
EXACT_LIMIT = 2**53


def read_json_table(content: bytes, feed: Feed, file: str, declared: int | None) -> RawTable:
    """The table in a file of JSON lines.

    Raises: RefusedFile for an undecodable byte, a last line that is cut, a missing or doubled header.
    """
    decoded = decode(content, lambda head: _is_readable(head, feed), feed.encodings, file)
    objects: list[tuple[int, dict[str, str | None], set[str]]] = []
    ragged: list[tuple[int, str, int]] = []
    counted = 0
    lines = decoded.text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        counted += 1
        parsed = _parse(line)
        if parsed is not None:
            objects.append((number, *parsed))
        elif number == len(lines):
            raise truncated(f"{file}: line {number}", "a line that is no whole JSON object")
        else:
            ragged.append((number, "", 0))
    headers = list(dict.fromkeys(header for _, record, _ in objects for header in record))
    if not headers and declared == 0:
        headers = [column.header for column in feed.columns]
    binding = bind_headers([headers], feed, file)
    names = {name: headers[position] for name, position in binding.positions.items()}
    columns = {name: [record.get(header) for _, record, _ in objects] for name, header in names.items()}
    cells = pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
    number_cells = {
        name: pl.Series([header in inexact for _, _, inexact in objects], dtype=pl.Boolean)
        for name, header in names.items()
    }
    return RawTable(
        binding,
        cells,
        pl.Series("row_number", [number for number, _, _ in objects], dtype=pl.Int32),
        cells.select(pl.coalesce(pl.all()).alias("first_cell")).to_series(),
        pl.DataFrame(ragged, schema=RAGGED_SCHEMA, orient="row"),
        counted,
        decoded.encoding,
        number_cells,
    )


def _is_readable(head: str, feed: Feed) -> bool:
    parsed = (_parse(line) for line in head.split("\n")[:SEARCHED_ROWS])
    return any(is_known_header(list(record[0]), feed) for record in parsed if record is not None)


def _parse(line: str) -> tuple[dict[str, str | None], set[str]] | None:
    """A line's cells as text, and the headers whose value was a number too long to be exact; None when it is no object."""
    try:
        pairs = json.loads(line, object_pairs_hook=lambda pairs: pairs, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not line.lstrip().startswith("{"):
        return None
    record: dict[str, str | None] = {}
    inexact: set[str] = set()
    for header, value in pairs:
        if header in record or isinstance(value, list):
            return None
        if isinstance(value, bool):
            record[header] = "true" if value else "false"
        elif isinstance(value, int):
            record[header] = str(value)
            if abs(value) > EXACT_LIMIT:
                inexact.add(header)
        else:
            record[header] = value or None
    return record, inexact
