"""Files as bureaus write them: GB18030 and UTF-8 CSV, workbooks, JSON lines and documents, and the small JSON beside.

The same table gives the same bytes: dates inside workbooks are the day of sending. The file's time is that day too.
"""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import polars as pl
import xlsxwriter

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.documents import NUMBER_MARK, json_value, write_document
from ingest.simulate.bureaus.texts import feed

CHINA = timezone(timedelta(hours=8))


@dataclass
class Layout:
    """How a file looks: rows above the header, renamed headers, columns added or moved, rows below, and what beside it.

    control_totals: header and amount, for the sidecar. merged: of a column, first and last place (from 0) of rows whose
    cells are merged. cut_bytes: missing at the end of the file.
    """

    title: str = ""
    group_headers: bool = False
    renamed: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)
    order: list[str] | None = None
    footers: list[list[str]] = field(default_factory=list)
    control_totals: dict[str, str] = field(default_factory=dict)
    merged: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    cut_bytes: int = 0

    @property
    def first_row(self) -> int:
        """The line or sheet row of the first record."""
        return 3 if self.title or self.group_headers else 2


def write_delivery(delivery: Delivery, table: pl.DataFrame, layout: Layout, folder: Path) -> int:
    """Write one file and its sidecar; `table` has the contract's columns as texts. Returns the rows written."""
    path = folder / delivery.file_name
    columns = layout.order or table.columns
    table = table.select(columns).with_columns(pl.lit(text).alias(name) for name, text in layout.added.items())
    headers = [layout.renamed.get(name) or _header(delivery.feed_id, name) for name in table.columns]
    if delivery.form == "xlsx":
        _write_workbook(path, delivery, headers, table, layout)
    elif delivery.form == "jsonl":
        _write_json_lines(path, headers, table)
    elif delivery.form == "json":
        write_document(path, delivery, headers, table)
    else:
        _write_csv(path, delivery.encoding, headers, table, layout.footers)
    if layout.cut_bytes:
        path.write_bytes(path.read_bytes()[: -layout.cut_bytes])
    rows = len(table) + len(layout.footers)
    stamp = delivery.sent_at.replace(tzinfo=CHINA).timestamp()
    os.utime(path, (stamp, stamp))
    if delivery.has_sidecar or layout.control_totals or rows == 0:
        beside = folder / f"{delivery.stem}{sidecar_ending(delivery.feed_id)}"
        content: dict[str, object] = {
            "sent_at": delivery.sent_at.replace(tzinfo=CHINA).isoformat(),
            "sender_org": feed(delivery.feed_id).bureau_zh,
            "row_count": rows,
            "kind": delivery.kind,
        }
        if layout.control_totals:
            content["control_totals"] = layout.control_totals
        beside.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        os.utime(beside, (stamp, stamp))
    return rows


def sidecar_ending(feed_id: str) -> str:
    """How the small file beside a delivery ends: `.meta.json` where the feed itself may come as json."""
    return ".meta.json" if "json" in feed(feed_id).forms else ".json"


def _header(feed_id: str, name: str) -> str:
    known = {column.name: column.header for column in feed(feed_id).columns}
    return known.get(name, name)


def _write_csv(path: Path, encoding: str, headers: list[str], table: pl.DataFrame, footers: list[list[str]]) -> None:
    text = table.rename(dict(zip(table.columns, headers, strict=True))).write_csv(
        quote_style="necessary", null_value=""
    )
    if footers:
        tail = io.StringIO()
        writer = csv.writer(tail, lineterminator="\n")
        writer.writerows([row + [""] * (len(headers) - len(row)) for row in footers])
        text += tail.getvalue()
    path.write_bytes(text.encode(encoding))


def _write_json_lines(path: Path, headers: list[str], table: pl.DataFrame) -> None:
    rows = (
        json.dumps(dict(zip(headers, map(json_value, row), strict=True)), ensure_ascii=False)
        for row in table.iter_rows()
    )
    path.write_text("".join(row + "\n" for row in rows), encoding="utf-8")


def _write_workbook(path: Path, delivery: Delivery, headers: list[str], table: pl.DataFrame, layout: Layout) -> None:
    book = xlsxwriter.Workbook(path, {"in_memory": True})
    sent = delivery.sent_at
    book.set_properties(
        {"created": datetime(sent.year, sent.month, sent.day), "author": feed(delivery.feed_id).bureau_zh}
    )
    sheet = book.add_worksheet(feed(delivery.feed_id).sheet)
    if layout.title:
        sheet.merge_range(0, 0, 0, len(headers) - 1, layout.title)
    if layout.group_headers:
        for number, (first, last, name) in enumerate(_groups(len(headers))):
            sheet.merge_range(0, first, 0, last, f"{name}{number + 1}")
    top = layout.first_row - 2
    for place, header in enumerate(headers):
        sheet.write_string(top, place, header)
    write_text, write_number = sheet._write_string, sheet._write_number
    hidden = _merge_cells(sheet, table, layout, top + 1)
    for number, row in enumerate(table.iter_rows(), start=top + 1):
        for place, value in enumerate(row):
            if not value or (hidden and (number, place) in hidden):
                continue
            if value[0] == NUMBER_MARK:
                write_number(number, place, float(value[1:]))
            else:
                write_text(number, place, value)
    for number, footer in enumerate(layout.footers, start=top + 1 + len(table)):
        for place, value in enumerate(footer):
            if value:
                write_text(number, place, value)
    book.close()


def _merge_cells(
    sheet: xlsxwriter.worksheet.Worksheet, table: pl.DataFrame, layout: Layout, first_row: int
) -> set[tuple[int, int]]:
    """Merge the layout's cells downwards with the first one's value; returns every cell (row, column) that is taken."""
    taken: set[tuple[int, int]] = set()
    for name, ranges in layout.merged.items():
        place = table.columns.index(name)
        for first, last in ranges:
            sheet.merge_range(first_row + first, place, first_row + last, place, table[name][first])
            taken |= {(first_row + row, place) for row in range(first, last + 1)}
    return taken


def _groups(count: int) -> list[tuple[int, int, str]]:
    third = count // 3
    return [(0, third - 1, "家庭信息"), (third, 2 * third - 1, "成员信息"), (2 * third, count - 1, "保障信息")]
