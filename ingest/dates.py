"""Dates in every form the bureaus write: 20240301, 2024-3-1, 2024.03.01, 2024年3月1日, Excel's serial number 45352.

In: cleaned text. Out: dates, null where the text is none. Day-first and month-first forms are not guessed at: they
are unreadable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

PARTS = (
    r"^([0-9]{4})\s?[-/.年]\s?([0-9]{1,2})\s?[-/.月]\s?([0-9]{1,2})\s?日?"
    r"(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:\+08:?00)?)?$"
)
DIGITS = r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{6})?$"
MONTH_PARTS = r"^([0-9]{4})\s?[-/.年]\s?([0-9]{1,2})月?$"
MONTH_DIGITS = r"^([0-9]{4})([0-9]{2})$"
SERIAL = r"^([1-7][0-9]{4})(?:\.[0-9]+)?$"
# Excel counts from 1900 and believes in 29 February 1900: from March 1900 on, day 0 is this.
SERIAL_EPOCH = date(1899, 12, 30)
EARLIEST, LATEST = date(1850, 1, 1), date(2150, 12, 31)
FOR_EVER = ("9999-12-31", "99991231", "9999/12/31", "9999.12.31", "9999年12月31日", "9999-12-31 00:00:00")


def read_date(text: pl.Expr) -> pl.Expr:
    """The date that a text means, null where it means none."""
    days = text.str.extract(SERIAL).cast(pl.Int32)
    serial = (pl.lit(SERIAL_EPOCH) + pl.duration(days=days)).cast(pl.Date)
    return _within_range(pl.coalesce(*_readings(text, (PARTS, DIGITS)), serial))


def read_month(text: pl.Expr) -> pl.Expr:
    """The first day of the month that a text means; a full date stands for its month.

    No serial number: 20243 is a careless March 2024 and must not become a day of 1955.
    """
    readings = _readings(text, (MONTH_PARTS, MONTH_DIGITS, PARTS, DIGITS))
    return _within_range(pl.coalesce(readings)).dt.month_start()


def is_open_ended(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of the agreed words for "without end": an empty date, not a fault."""
    return text.is_in([*words, *FOR_EVER] if words else [])


def _readings(text: pl.Expr, forms: Sequence[str]) -> list[pl.Expr]:
    return [
        pl.concat_str(
            text.str.extract(form, 1),
            text.str.extract(form, 2).str.zfill(2),
            text.str.extract(form, 3).str.zfill(2) if form in (PARTS, DIGITS) else pl.lit("01"),
        ).str.to_date("%Y%m%d", strict=False)
        for form in forms
    ]


def _within_range(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_between(EARLIEST, LATEST)).then(value)
