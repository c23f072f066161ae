"""Valid rows of any feed, made from its contract, and the file that its bureau would send them in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta

import xlsxwriter

from warehouse.areas import Area, towns, villages
from warehouse.contracts import Column, Feed

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# The four index numbers that domain.md says were checked against official pages.
CREDIT_CODES = ("115002320086902886", "11500232008690472X", "115001030092838602", "115002280086522817")
NAMES = ("张三丰", "李四", "买买提·吐尔逊", "欧阳明月", "王五")
PERIODS = {"day": "20251116", "week": "20251116", "month": "202510", "quarter": "2025Q3", "halfyear": "202510"}
Row = dict[str, str | None]


def identity_number(place: int) -> str:
    """A number with a right check digit and a county code that was withdrawn in 1994."""
    born = date(1950, 1, 1) + timedelta(days=37 * (place % 500))
    body = f"512326{born:%Y%m%d}{place % 1000:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def valid_rows(feed: Feed, count: int, first: int = 0) -> list[Row]:
    """Rows that the line accepts without a mark, by header."""
    return [
        {column.header: _cell(feed, column, place) for column in feed.columns} for place in range(first, first + count)
    ]


def file_name(feed: Feed, batch_no: int = 1, form: str | None = None, period: str | None = None) -> str:
    """The name of a delivery."""
    period = period or PERIODS[feed.due[0].period if feed.due else "day"]
    return f"{feed.feed_id}__{period}__{batch_no:03d}.{form or feed.forms[0]}"


def file_bytes(feed: Feed, rows: Sequence[Row], form: str | None = None, headers: Sequence[str] | None = None) -> bytes:
    """Rows in the feed's form and encoding."""
    headers = list(headers or [column.header for column in feed.columns])
    lines = [[row.get(header) for header in headers] for row in rows]
    return table_bytes(feed, headers, lines, form)


def table_bytes(
    feed: Feed, headers: Sequence[str], lines: Sequence[Sequence[object]], form: str | None = None, encoding: str = ""
) -> bytes:
    """A header line and rows of cells in the feed's form; lines of a CSV may be of any length."""
    form = form or feed.forms[0]
    if form == "xlsx":
        return _workbook(feed.sheet or "Sheet1", headers, lines)
    if form == "csv":
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\r\n").writerows(
            [headers, *[["" if c is None else c for c in line] for line in lines]]
        )
        return stream.getvalue().encode(encoding or feed.encodings[0], "ignore")
    records = [dict(zip(headers, line, strict=False)) for line in lines]
    if form == "jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode("utf-8", "ignore")
    return json.dumps([_nested(feed, record) for record in records], ensure_ascii=False).encode("utf-8", "ignore")


def _cell(feed: Feed, column: Column, place: int) -> str | None:
    village = villages()[place % 200]
    number = identity_number(place)
    if column.role in ("person_id", "other_id"):
        return number if column.role == "person_id" else identity_number(place + 7)
    if column.role == "certificate_no":
        return number + "43"
    if column.name in ("disability_type_code", "disability_grade_code"):
        return "4" if "type" in column.name else "3"
    if column.name == "sex_code":
        return "1" if int(number[16]) % 2 else "2"
    if column.name == "birth_date":
        return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    texts = {
        "person_name": NAMES[place % len(NAMES)],
        "account_no": f"6217{place:015d}",
        "phone_no": f"138{place:08d}",
        "document_no": f"D{place:09d}",
        "credit_code": CREDIT_CODES[place % len(CREDIT_CODES)],
        "area_code": _area(column, village),
        "village_name": village.name,
        "month": "202510",
    }
    if column.role in texts:
        return texts[column.role]
    if column.codes:
        return next(code for code in column.labels if code)
    return _plain(feed, column, place)


def _area(column: Column, village: Area) -> str:
    town = next(town for town in towns() if town.area_code == village.parent_code)
    return village.area_code if column.area_scheme == "statistical" else town.alternative_code + "000"


def _plain(feed: Feed, column: Column, place: int) -> str | None:
    if column.logical_type in ("date", "timestamp"):
        later = {name for _, name in feed.ordered}
        day = date(2026, 10, 31) if column.may_lie_ahead else date(2025, 10, 9 if column.name in later else 7)
        return f"{day} 09:30:00" if column.logical_type == "timestamp" else str(day)
    if column.logical_type == "number":
        low, high = column.typical_median or (0, 1000)
        return f"{low + (high - low) / 4 + place % 7:.2f}"
    if column.logical_type == "integer":
        return str(int(column.minimum or 0) + 1 + place % 3)
    if any(other.unit_from == column.name for other in feed.columns):
        return "万元" if place % 2 else "元"
    if column.name.endswith("_key"):
        return f"{place:032x}"
    return f"{column.name[:4].upper()}{place}"


def _nested(feed: Feed, record: dict[str, object]) -> dict[str, object]:
    if feed.rows_from is None:
        return record
    start = feed.rows_from + "."
    element = {header.removeprefix(start): cell for header, cell in record.items() if header.startswith(start)}
    return {h: c for h, c in record.items() if not h.startswith(start)} | {feed.rows_from: [element] if element else []}


def _workbook(sheet: str, headers: Sequence[str], lines: Sequence[Sequence[object]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet(sheet)
        for row, line in enumerate([headers, *lines]):
            for position, cell in enumerate(line):
                if isinstance(cell, str) and cell:
                    page.write_string(row, position, cell)
                elif cell is not None and cell != "":
                    page.write(row, position, cell)
    return stream.getvalue()
