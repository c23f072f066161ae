"""The working-day calendar of the State Council's holiday notices, from the `chinesecalendar` package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

FIRST_DAY = date(2022, 1, 1)
LAST_DAY = date(2026, 12, 31)


@dataclass(frozen=True)
class Day:
    """One day: whether it is worked and which holiday it belongs to (empty for none)."""

    day: date
    is_workday: bool
    holiday_name: str


def days(first: date = FIRST_DAY, last: date = LAST_DAY) -> Iterator[Day]:
    """Every day from first to last."""
    day = first
    while day <= last:
        is_holiday, name = chinese_calendar.get_holiday_detail(day)
        yield Day(day, not is_holiday, name or "")
        day += timedelta(days=1)


def last_workday_until(day: date) -> date:
    """The day itself when it is worked, else the last working day before it."""
    while not chinese_calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


def add_workdays(day: date, count: int) -> date:
    """The day that lies `count` working days after a day; the start day isn't counted (ruling R18)."""
    while count > 0:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day
