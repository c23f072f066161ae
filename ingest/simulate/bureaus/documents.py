"""JSON documents: one array of objects, nested where the contract's headers say so, each record on a line of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import feed

NUMBER_MARK = "\x01"  # a text that begins with it is written as a number, in workbooks and JSON


def write_document(path: Path, delivery: Delivery, headers: list[str], table: pl.DataFrame) -> None:
    """Write the rows as a document. Rows that follow each other and differ in the list's fields only are one record.

    A header `股东.证件号` is a field of an element of the list `股东` where the contract makes rows from that list; a row
    whose list fields are all empty gives a record without elements.
    """
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in _records(delivery, headers, table))
    text = f"[\n{lines}\n]\n" if lines else "[]\n"
    if delivery.document_root:
        text = f'{{"{delivery.document_root}": {text.rstrip()}}}\n'
    path.write_text(text, encoding="utf-8")


def _records(delivery: Delivery, headers: list[str], table: pl.DataFrame) -> list[dict[str, Any]]:
    name = feed(delivery.feed_id).rows_from or ""
    listed = [place for place, header in enumerate(headers) if name and header.startswith(f"{name}.")]
    plain = [place for place in range(len(headers)) if place not in listed]
    found: list[dict[str, Any]] = []
    before: tuple[str, ...] | None = None
    for row in table.iter_rows():
        own = tuple(row[place] or "" for place in plain)
        if not listed or own != before:
            record: dict[str, Any] = {headers[place]: json_value(row[place]) for place in plain}
            if listed:
                record[name] = []
            found.append(record)
            before = own
        if any(row[place] for place in listed):
            found[-1][name].append({headers[place][len(name) + 1 :]: json_value(row[place]) for place in listed})
    return found


def json_value(text: str | None) -> str | int | float | None:
    """A cell as JSON: a number where the text is marked as one, else the text."""
    if not text or text[0] != NUMBER_MARK:
        return text
    return float(text[1:]) if "." in text else int(text[1:])
