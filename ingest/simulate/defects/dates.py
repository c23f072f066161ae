"""Damage to dates: forms of the same day, days that are none, an end before its start, days that have not come yet."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.defects.ledger import Ledger, sent_on
from ingest.simulate.defects.rates import (
    DATE_FORM_RATE,
    FUTURE_RATE,
    LEAST_ROWS,
    MONTH_FORM_RATE,
    ORDER_RATE,
    SWAPPED_DATE_RATE,
    UNREADABLE_DATE_RATE,
)
from ingest.simulate.timeline import day
from warehouse.contracts import Column

EXCEL_EPOCH = 25_569  # Excel's serial number of 1970-01-01
ISO = r"^\d{4}-\d{2}-\d{2}$"
ISO_TIME = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}"
MONTH = r"^\d{4}-?\d{2}(-01)?$"
REPUBLIC_BEGAN = 1911  # 民国元年 is 1912
BAD_DATE_COLUMNS = {  # those that no rule of the truth reads, where there is a choice
    "agriculture__monitored_persons": "identified_date",
    "disabled_federation__certificates": "issue_date",
    "funeral__cremations": "death_date",
    "health__deaths": "death_date",
    "civil_affairs__register": "last_review_date",
    "traffic_police__vehicles": "first_registered_date",
    "natural_resources__property": "registered_date",
    "market_supervision__enterprises": "established_date",
    "check_centre__asset_reports": "as_of_date",
    "emergency__disasters": "disaster_date",
    "justice__custody": "start_date",
    "trade_union__hardship_workers": "registered_date",
    "housing__support": "start_date",
    "civil_affairs__marriages": "registered_date",
}
FUTURE_COLUMNS = {
    "civil_affairs__register": "last_review_date",
    "traffic_police__vehicles": "first_registered_date",
    "natural_resources__property": "registered_date",
    "market_supervision__enterprises": "established_date",
    "trade_union__hardship_workers": "registered_date",
    "civil_affairs__marriages": "registered_date",
}
# Of each pair the earlier one, or the later one, is what no rule of the truth reads.
ORDER_COLUMNS = {
    "human_resources__social_insurance": ("unemployment_from_date", "unemployment_to_date"),
    "medical_insurance__settlements": ("settlement_date", "admission_date"),
    "health__deaths": ("death_date", "reported_date"),
    "funeral__cremations": ("death_date", "cremation_date"),
    "disabled_federation__certificates": ("issue_date", "valid_to_date"),
    "check_centre__asset_reports": ("reported_date", "as_of_date"),
    "justice__custody": ("start_date", "end_date"),
    "housing__support": ("start_date", "end_date"),
    "civil_affairs__case_events": ("started_at", "ended_at"),
    "hotline__work_orders": ("called_at", "closed_at"),
}
FUTURE_LEAST_ROWS = 120  # of a weekly extract: in a shorter one the intake gate takes one such day for a wrong column
MOVED_LATER = ("medical_insurance__settlements", "check_centre__asset_reports")  # their other date is put after
SWAPPED_IN = ("traffic_police__vehicles", "first_registered_date")


def unreadable_dates(ledger: Ledger) -> None:
    """Days that are none: 1900-01-00, a year of the republic, 30 February, day and month turned round."""
    column = BAD_DATE_COLUMNS.get(ledger.delivery.feed_id)
    count = ledger.count(UNREADABLE_DATE_RATE) if len(ledger.table) >= LEAST_ROWS or not ledger.is_showcase else 0
    if column is None or count == 0:
        return
    rows = ledger.draw(count, harmful=True, where=ledger.matches(column, ISO), column=column)
    kinds = ledger.rng.integers(0, 4, len(rows))
    values = [_no_date(text, int(kind)) for text, kind in zip(ledger.texts(column, rows), kinds, strict=True)]
    ledger.write(column, rows, values, "D06", "quarantined", "date_unreadable")


def _no_date(text: str, kind: int) -> str:
    year, month, number = text.split("-")
    if kind == 0:
        return "1900-01-00"
    if kind == 1 and int(year) > REPUBLIC_BEGAN:
        return f"{int(year) - REPUBLIC_BEGAN}年{int(month)}月{int(number)}日"
    return f"{year}-02-30" if kind == 2 else f"{number}/{month}/{year}"


def date_forms(ledger: Ledger, column: Column) -> None:
    """The same day in another form: 20240301, 2024-3-1, 2024.03.01, 2024/3/1, 2024年3月1日, 45352."""
    if column.logical_type == "timestamp":
        _time_forms(ledger, column.name)
        return
    if column.role == "month":
        _month_forms(ledger, column.name)
        return
    count = ledger.count(DATE_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=ledger.matches(column.name, ISO), column=column.name)
    kinds = ledger.rng.integers(0, 7, len(rows))
    in_workbook = ledger.delivery.form == "xlsx"
    values = [
        _date_form(text, int(kind), in_workbook)
        for text, kind in zip(ledger.texts(column.name, rows), kinds, strict=True)
    ]
    ledger.write(column.name, rows, values, "D06", "normalised")


def _date_form(text: str, kind: int, in_workbook: bool) -> str:
    year, month, number = text.split("-")
    if kind == 1 and (month[0] == "0" or number[0] == "0"):
        return f"{year}-{int(month)}-{int(number)}"
    if kind == 2:
        return f"{year}.{month}.{number}"
    if kind == 3:
        return f"{year}年{int(month)}月{int(number)}日"
    if kind == 4:
        serial = str(day(date.fromisoformat(text)) + EXCEL_EPOCH)
        # A spreadsheet's serial number has five places from 1927-05-18 on; below it, it would be read as something else.
        if len(serial) == 5:
            return NUMBER_MARK + serial if in_workbook else serial
    if kind == 5:
        return f"{year}/{int(month)}/{int(number)}"
    return year + month + number


def _month_forms(ledger: Ledger, column: str) -> None:
    count = ledger.count(MONTH_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=ledger.matches(column, MONTH), column=column)
    kinds = ledger.rng.integers(0, 4, len(rows))
    values = []
    for text, kind in zip(ledger.texts(column, rows), kinds, strict=True):
        digits = text.replace("-", "")
        year, month = digits[:4], digits[4:6]
        values.append(
            (f"{year}-{month}", f"{year}年{int(month)}月", f"{year}-{int(month)}", f"{year}.{month}")[int(kind)]
        )
    changed = np.array([v != t for v, t in zip(values, ledger.texts(column, rows), strict=True)], dtype=bool)
    ledger.write(column, rows[changed], [v for v, c in zip(values, changed, strict=True) if c], "D06", "normalised")


def _time_forms(ledger: Ledger, column: str) -> None:
    count = ledger.count(DATE_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=ledger.matches(column, ISO_TIME), column=column)
    values = []
    for text, kind in zip(ledger.texts(column, rows), ledger.rng.integers(0, 3, len(rows)), strict=True):
        there, clock = text[:10], text[11:16]
        other = "T" if text[10] == " " else " "
        year, month, number = there.split("-")
        values.append(
            (
                f"{there}{other}{text[11:]}",
                f"{year}/{int(month)}/{int(number)} {text[11:]}",
                f"{year}年{int(month)}月{int(number)}日 {clock}"
                if text[17:19] in ("", "00")
                else text.replace("-", "/"),
            )[int(kind)]
        )
    ledger.write(column, rows, values, "D06", "normalised")


def swapped_dates(ledger: Ledger) -> None:
    """Day and month turned round within a proper form: nothing tells, neither here nor to anyone."""
    feed_id, column = SWAPPED_IN
    if ledger.delivery.feed_id != feed_id:
        return
    fits = ledger.matches(column, r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-2])$")
    rows = ledger.draw(ledger.count(SWAPPED_DATE_RATE), harmful=True, where=fits)
    texts = ledger.texts(column, rows)
    values = [f"{t[:4]}-{t[8:]}-{t[5:7]}" for t in texts]
    changed = np.array([v != t and v < sent_on(ledger) for v, t in zip(values, texts, strict=True)], dtype=bool)
    chosen = [v for v, c in zip(values, changed, strict=True) if c]
    ledger.write(column, rows[changed], chosen, "D06", "undetectable")


def wrong_order(ledger: Ledger) -> None:
    """An end before its start; the row stands, with a mark."""
    pair = ORDER_COLUMNS.get(ledger.delivery.feed_id)
    if pair is None:
        return
    kept, moved = pair
    count = ledger.count(ORDER_RATE)
    if count == 0:
        return
    form = ISO if ledger.feed.column(moved).logical_type == "date" else ISO_TIME
    fits = ledger.matches(kept, form) & ledger.matches(moved, form)
    rows = ledger.draw(count, harmful=True, where=fits, column=moved)
    later = ledger.delivery.feed_id in MOVED_LATER
    values = [_moved(text, 20 if later else -20) for text in ledger.texts(kept, rows)]
    if later:  # never into the future: that would be another defect
        soon = np.array([v[:10] <= sent_on(ledger) for v in values], dtype=bool)
        rows, values = rows[soon], [v for v, s in zip(values, soon, strict=True) if s]
    ledger.write(moved, rows, values, "D18", "flagged", "end_before_start")


def _moved(text: str, days: int) -> str:
    return str(date.fromisoformat(text[:10]) + timedelta(days=days)) + text[10:]


def future_dates(ledger: Ledger) -> None:
    """A day that has not come yet, mostly a year typed wrong; the row stands, with a mark."""
    column = FUTURE_COLUMNS.get(ledger.delivery.feed_id)
    is_short = len(ledger.table) < FUTURE_LEAST_ROWS and ledger.delivery.kind == "delta"
    if column is None or is_short:
        return
    count = ledger.count(FUTURE_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=True, where=ledger.matches(column, ISO), column=column)
    year = int(sent_on(ledger)[:4]) + 2
    values = [f"{year}{text[4:]}".replace("-02-29", "-02-28") for text in ledger.texts(column, rows)]
    ledger.write(column, rows, values, "D18", "flagged", "date_in_future")
