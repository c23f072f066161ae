"""Days, months and weeks of the simulated district as plain integers, so that whole columns can be compared.

A day is the count of days since 1970-01-01, a month the count of months since 1970-01. NEVER stands
for a day that does not come; it lies behind every other day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import parameters, workdays

Days = npt.NDArray[np.integer[Any]]

NEVER = 200_000
HISTORY_MONTHS = 36
DAYS_A_YEAR = 365.25
_EPOCH = date(1970, 1, 1)


def day(value: date) -> int:
    """The day number of a date."""
    return (value - _EPOCH).days


def to_date(number: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=int(number))


def month(value: date) -> int:
    """The month number of a date."""
    return (value.year - 1970) * 12 + value.month - 1


def first_day(month_number: int) -> int:
    """The day number of a month's first day."""
    return day(date(1970 + month_number // 12, month_number % 12 + 1, 1))


def last_day(month_number: int) -> int:
    """The day number of a month's last day."""
    return first_day(month_number + 1) - 1


def month_text(month_number: int) -> str:
    """A month as files name it: YYYYMM."""
    return f"{1970 + month_number // 12}{month_number % 12 + 1:02d}"


def months_of(days: Days) -> Days:
    """The month numbers of many days."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)


def pay_day(month_number: int) -> int:
    """The pay day of a month: the due day of policy, or the last working day before it."""
    first = to_date(first_day(month_number))
    due = int(parameters.parameter("pay_due_day", first).value)
    return day(workdays.last_workday_until(first.replace(day=due)))


def quarter_ends(first: int, last: int) -> list[tuple[str, int]]:
    """Quarters by name (YYYYQn) with their last days, those that end from `first` to `last`."""
    found = []
    for month_number in range(month(to_date(first)), month(to_date(last)) + 1):
        if month_number % 3 == 2 and first <= last_day(month_number) <= last:
            found.append((f"{1970 + month_number // 12}Q{month_number % 12 // 3 + 1}", last_day(month_number)))
    return found


def week_ends(as_of: date, weeks: int) -> list[int]:
    """The Sundays that end the last `weeks` weeks up to `as_of`, oldest first."""
    last = day(as_of) - as_of.isoweekday() % 7
    return [last - 7 * back for back in range(weeks - 1, -1, -1)]


def at(day_number: int, hour: int, minute: int = 0) -> datetime:
    """A clock time of a day, Asia/Shanghai without a zone."""
    return datetime.combine(to_date(day_number), time(hour, minute))


def iso_texts(days: Days) -> npt.NDArray[np.str_]:
    """Days as YYYY-MM-DD; empty for NEVER."""
    days = np.asarray(days)
    texts = np.datetime_as_string(np.where(days >= NEVER, 0, days).astype("datetime64[D]"), unit="D")
    return np.where(days >= NEVER, "", texts)
