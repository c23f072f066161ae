"""Working days and office hours as whole columns: day numbers to day numbers, days to moments.

A moment is a count of minutes since 1970-01-01 00:00, Asia/Shanghai; NO_MOMENT stands for none.
"""

from __future__ import annotations

import functools
from bisect import bisect_right
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.timeline import Days, day
from warehouse import workdays

Moments = npt.NDArray[np.int64]
MINUTES_A_DAY = 1_440
NO_MOMENT = -1
OPENS = 9 * 60
HOURS = 8 * 60  # from opening to closing


@functools.cache
def _worked() -> npt.NDArray[np.int64]:
    """The days of the calendar that are worked."""
    return np.array([day(known.day) for known in workdays.days() if known.is_workday])


@functools.cache
def _worked_list() -> list[int]:
    return [int(number) for number in _worked()]


def workdays_after(days: Days, count: Days | int) -> npt.NDArray[np.int64]:
    """The days that lie `count` working days after days, the start not counted (ruling R18); 0: the day itself."""
    worked = _worked()
    days, count = np.asarray(days, dtype=np.int64), np.asarray(count, dtype=np.int64)
    place = np.searchsorted(worked, days, side="right") - 1 + count
    return np.where(count == 0, days, worked[place])


def workdays_before(days: Days, count: Days | int) -> npt.NDArray[np.int64]:
    """The working days from which days lie `count` working days on; 0: the day itself, or the last worked before it."""
    worked = _worked()
    place = np.searchsorted(worked, np.asarray(days, dtype=np.int64), side="right") - 1
    return np.asarray(worked[place - np.asarray(count, dtype=np.int64)])


def workday_after(day_number: int, count: int) -> int:
    """The day that lies `count` working days after a day; 0: the day itself."""
    worked = _worked_list()
    return worked[bisect_right(worked, day_number) - 1 + count] if count else day_number


def workday_before(day_number: int, count: int) -> int:
    """The working day from which a day lies `count` working days on; 0: the day itself, or the last worked before it."""
    worked = _worked_list()
    return worked[bisect_right(worked, day_number) - 1 - count]


def workdays_from(earlier: int, later: int) -> int:
    """How many working days lie after a day, up to and including a later one."""
    worked = _worked_list()
    return bisect_right(worked, later) - bisect_right(worked, earlier)


def day_of(moments: Moments) -> npt.NDArray[np.int64]:
    """The days of moments."""
    return np.asarray(moments) // MINUTES_A_DAY


def moment_texts(moments: Moments) -> pl.Series:
    """Moments as `YYYY-MM-DD HH:MM:SS`; empty for NO_MOMENT."""
    start = datetime(1970, 1, 1)
    return pl.Series(
        [
            "" if moment < 0 else str(start + timedelta(minutes=moment))
            for moment in np.asarray(moments, dtype=np.int64).tolist()
        ],
        dtype=pl.String,
    )
