"""An example file of every feed, as its bureau would send it: two invented rows under the contract's headers.

In: a contract. Out: a file name and bytes, the same each time. The numbers carry a county code that was withdrawn, so
that they can be nobody's; a test sends every example through the line.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import xlsxwriter

from warehouse.areas import load_areas
from warehouse.contracts import Column, Feed

PERSONS = ("512729195503120019", "512729198807151029")
OTHERS = ("512729196204052030", "512729201809240011")
NAMES = ("测一例", "示例甲")
PERIODS = {"day": "20251116", "week": "20251116", "month": "202510", "quarter": "2025Q3", "halfyear": "202510"}
CREATED = datetime(2025, 11, 1)
VILLAGES = ("500156101201", "500156202200")
# What stands in a number stands in its columns too: the 17th place is the sex, a certificate ends in type and grade.
TOLD_BY_THE_NUMBER = {
    "sex_code": ("1", "2"),
    "disability_type_code": ("4", "4"),
    "disability_grade_code": ("3", "3"),
}
TEXTS = {"area_code": ("500156101000", "500156202000"), "credit_code": ("91512729MA5U000012",) * 2}
LONG = {
    "certificate_no": tuple(number + "43" for number in PERSONS),
    "account_no": ("6200000000000000011", "6200000000000000022"),
    "phone_no": ("13000000011", "13000000022"),
    "document_no": ("SL000000000000000001", "SL000000000000000002"),
}


def file_name(feed: Feed) -> str:
    """The example's name."""
    period = PERIODS[feed.due[0].period if feed.due else "day"]
    return f"{feed.feed_id}__{period}__001.{feed.forms[0]}"


def content(feed: Feed) -> bytes:
    """The example's bytes, in the feed's first form and encoding."""
    rows = [{column.header: _value(feed, column, n) for column in feed.columns} for n in range(2)]
    form = feed.forms[0]
    if form == "xlsx":
        return _workbook(feed, rows)
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(rows[0])
        writer.writerows([["" if value is None else value for value in row.values()] for row in rows])
        return text.getvalue().encode(feed.encodings[0])
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    return (json.dumps([_nested(feed, row) for row in rows], ensure_ascii=False, indent=1) + "\n").encode()


def _value(feed: Feed, column: Column, n: int) -> str | int | float | None:
    if column.role == "person_id":
        return PERSONS[n]
    if column.role == "other_id":
        return OTHERS[n]
    if column.role == "person_name":
        return NAMES[n]
    if column.role in LONG:
        return LONG[column.role][n]
    if column.name in TOLD_BY_THE_NUMBER:
        return TOLD_BY_THE_NUMBER[column.name][n]
    if column.role == "village_name":
        return next(area.name for area in load_areas() if area.area_code == VILLAGES[n])
    if column.role == "area_code" and feed.with_role("village_name"):
        return VILLAGES[n]
    if column.codes:
        return _code(column, n)
    if column.role == "area_code" and column.area_scheme == "alternative":
        town = next(area for area in load_areas() if area.area_code == TEXTS["area_code"][n])
        return town.alternative_code + "000"
    if column.role in TEXTS:
        return TEXTS[column.role][n]
    if column.role == "month":
        return "202510"
    if column.logical_type == "date":
        return _date(feed, column, n)
    if column.logical_type == "timestamp":
        return "2025-10-08 09:30:00"
    if column.logical_type == "number":
        low, high = column.typical_median or (column.minimum or 0, column.maximum or 1000)
        return round(low + (min(high, low + 1000) - low) / 4 * (n + 1), 2)
    if column.logical_type == "integer":
        return int((column.minimum or 0) + n + 1)
    if feed.authorisation and column.name == feed.authorisation.number:
        return f"SQ2025{n + 1:06d}"
    if feed.feed_id.startswith("data_steward__") and column.name.endswith("_key"):
        return str(n + 1) * 32
    unit = any(other.unit_from == column.name for other in feed.columns)
    return "万元" if unit else f"示例{n + 1}"


def _code(column: Column, n: int) -> str | None:
    if not column.required and n:
        return None
    codes = [code for code in column.labels if code]
    return column.labels[codes[0]] if column.logical_type == "boolean" else codes[0]


def _date(feed: Feed, column: Column, n: int) -> str | None:
    if column.name == "birth_date":
        return f"{PERSONS[n][6:10]}-{PERSONS[n][10:12]}-{PERSONS[n][12:14]}"
    is_authorisation = feed.authorisation is not None and column.name == feed.authorisation.until
    if not column.required and n and not is_authorisation:
        return None
    if column.may_lie_ahead:
        return "2026-10-31"
    return "2025-10-08" if column.name in {later for _, later in feed.ordered} else "2025-10-06"


def _nested(feed: Feed, row: dict[str, str | int | float | None]) -> dict[str, object]:
    record: dict[str, object] = {}
    for header, value in row.items():
        parent, _, child = header.partition(".")
        if child:
            elements = record.setdefault(parent, [{}])
            assert isinstance(elements, list)
            elements[0][child] = value
        else:
            record[header] = value
    return record


def _workbook(feed: Feed, rows: list[dict[str, str | int | float | None]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet(feed.sheet or "Sheet1")
    text = book.add_format({"num_format": "@"})
    for place, column in enumerate(feed.columns):
        sheet.write_string(0, place, column.header)
        for line, row in enumerate(rows, start=1):
            value = row[column.header]
            if isinstance(value, str):
                sheet.write_string(line, place, value, text)
            elif value is not None:
                sheet.write_number(line, place, value)
    book.close()
    return stream.getvalue()
