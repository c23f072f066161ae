"""Days, months and moments in every form the bureaus write: 20240301, 2024-3-1, 2024年3月1日, Excel's serial number 45352.

In: cleaned text. Out: dates and moments, null where the text is none. Day-first and month-first forms, years of the republic
and spelled-out numerals are not guessed at: they are unreadable.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl

DASH = r"[-/.年、\u2010-\u2015\u2212]"
DAY = rf"([0-9]{{4}})\s?{DASH}\s?([0-9]{{1,2}})\s?[-/.月、\u2010-\u2015\u2212]\s?([0-9]{{1,2}})\s?[日号]?"
CLOCK = r"([0-9]{1,2})\s?[:时点]\s?([0-9]{2})\s?(?:[:分]\s?(?:([0-9]{2})(?:\.([0-9]{1,9}))?秒?)?)?"
ZONE = r"\s?(Z|(?:UTC|GMT)?[+-][0-9]{1,2}:?(?:[0-9]{2})?)"
PARTS = rf"^{DAY}(?:[T ][0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?(?:\+08:?00)?)?$"
DIGITS = r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:[0-9]{6})?$"
MONTH_PARTS = r"^([0-9]{4})\s?[-/.年]\s?([0-9]{1,2})月?(?:份)?$"
MONTH_DIGITS = r"^([0-9]{4})([0-9]{2})$"
DAY_DIGITS = r"^[0-9]{8}$"
SERIAL = r"^([1-7][0-9]{4})(?:\.[0-9]+)?$"
SERIAL_MOMENT = r"^([1-7][0-9]{4}(?:\.[0-9]+)?)$"
MOMENT = rf"^{DAY}(?:\s?T?\s?{CLOCK}(?:{ZONE})?)?$"
MOMENT_DIGITS = r"^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$"
# Milliseconds since 1970 that lie between 2001 and 2128.
EPOCH_MILLISECONDS = r"^([1-4][0-9]{12})$"
SPAN = r"^(.{4,11}?[0-9日月号])\s?(?:至|到|[-~\u2010-\u2015\u2212]{1,2}|/)\s?([0-9]{4}.{0,12})$"
# Excel counts from 1900 and believes in 29 February 1900: from March 1900 on, day 0 is this.
SERIAL_EPOCH = date(1899, 12, 30)
DAY_SECONDS = 86_400
EARLIEST, LATEST = date(1850, 1, 1), date(2150, 12, 31)
FOR_EVER = ("9999-12-31", "99991231", "9999/12/31", "9999.12.31", "9999年12月31日", "9999-12-31 00:00:00")
# Moments are kept as the clock in Wulong shows them; a text without a zone means that clock.
LOCAL_ZONE = "Asia/Shanghai"


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


def read_span(text: pl.Expr, end: bool) -> pl.Expr:
    """The first or, with `end`, the last day of a span like 2024-01-01至2024-06-30; a single day is read as such."""
    part = text.str.extract(SPAN, 2 if end else 1)
    month = read_month(part)
    return pl.coalesce(read_date(text), read_date(part), month.dt.month_end() if end else month)


def is_span(text: pl.Expr) -> pl.Expr:
    """Whether a text looks like two days with something between."""
    return text.str.contains(SPAN)


def read_moment(text: pl.Expr) -> pl.Expr:
    """The moment that a text means by the clock of Wulong, null where it means none; a day alone is its midnight."""
    part = [text.str.extract(MOMENT, place) for place in range(1, 9)]
    micros = part[6].str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64).fill_null(0)
    written = _moment(part[0], part[1], part[2], *(clock.fill_null("0") for clock in part[3:6]))
    written = (written + pl.duration(microseconds=micros)).cast(pl.Datetime("us"))
    digits = _moment(*(text.str.extract(MOMENT_DIGITS, place) for place in range(1, 7)))
    serial = text.str.extract(SERIAL_MOMENT).cast(pl.Float64)
    seconds = (serial * DAY_SECONDS).round().cast(pl.Int64)
    from_serial = (pl.lit(datetime.combine(SERIAL_EPOCH, datetime.min.time())) + pl.duration(seconds=seconds)).cast(
        pl.Datetime("us")
    )
    epoch = text.str.extract(EPOCH_MILLISECONDS).cast(pl.Int64).cast(pl.Datetime("ms")).cast(pl.Datetime("us"))
    whole_day = read_date(text.str.extract(DAY_DIGITS, 0)).cast(pl.Datetime("us"))
    zoned = _to_local(written, _zone_seconds(part[7]))
    moment = pl.coalesce(zoned, digits, whole_day, from_serial, _to_local(epoch, pl.lit(0)))
    return pl.when(moment.dt.date().is_between(EARLIEST, LATEST)).then(moment)


def is_open_ended(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """Whether a text is one of the agreed words for "without end": an empty date, not a fault."""
    return text.is_in([*words, *FOR_EVER] if words else [])


def _moment(year: pl.Expr, month: pl.Expr, day: pl.Expr, hour: pl.Expr, minute: pl.Expr, second: pl.Expr) -> pl.Expr:
    parts = [year, *(part.str.zfill(2) for part in (month, day, hour, minute, second))]
    return pl.concat_str(parts).str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="us")


def _zone_seconds(zone: pl.Expr) -> pl.Expr:
    """The distance of a written zone from UTC (seconds), null where none is written."""
    sign = pl.when(zone.str.contains("-", literal=True)).then(-1).otherwise(1)
    digits = zone.str.replace_all(r"[^0-9]", "").str.replace(r"^([0-9])$", "0$1").str.pad_end(4, "0")
    seconds = digits.str.slice(0, 2).cast(pl.Int64) * 3600 + digits.str.slice(2, 2).cast(pl.Int64) * 60
    return pl.when(zone.is_not_null()).then(sign * seconds)


def _to_local(moment: pl.Expr, zone_seconds: pl.Expr) -> pl.Expr:
    """A moment written in a zone, by the clock of Wulong; one without a zone as it stands."""
    utc = (moment - pl.duration(seconds=zone_seconds)).cast(pl.Datetime("us"))
    local = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(LOCAL_ZONE).dt.replace_time_zone(None)
    return pl.when(zone_seconds.is_null()).then(moment).otherwise(local)


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
