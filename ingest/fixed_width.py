"""Columns that are plain as they come, read in bulk: 18-place numbers, dates of eight or ten places, names in Han only.

In: a column of text as it stands in the file. Out: which cells are plain, and their parts; the others take the long way.
Only what the long way would read the same is called plain.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

ZERO, NINE = 48, 57
BEYOND_ASCII = 0x80
SEPARATORS = b"-./"
FIRST_YEAR, LAST_YEAR = 1850, 2150
NO_DAY = -(2**31)
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int32]
Places = list[npt.NDArray[np.uint8]]
# Han characters from U+4000 to U+9FFF in UTF-8: no other character has these bytes, and cleaning changes none of them.
_IS_HAN_BYTE = np.zeros(256, dtype=bool)
_IS_HAN_BYTE[0x80:0xC0] = True
_IS_HAN_BYTE[0xE4:0xEA] = True


class PlainDates(NamedTuple):
    """Which cells hold a plain date, and the dates (null elsewhere)."""

    is_plain: Mask
    dates: pl.Series


def places_of(texts: pl.Series, width: int) -> tuple[Mask, Places]:
    """Which cells have so many bytes, and those cells' bytes place by place."""
    fits = (texts.str.len_bytes() == width).fill_null(False)
    chosen = texts if fits.all() else texts.filter(fits)
    data = chosen.to_arrow().buffers()[2]
    if data is None or chosen.len() == 0:
        return fits.to_numpy(), [np.empty(0, dtype=np.uint8)] * width
    matrix = np.frombuffer(data, dtype=np.uint8, count=chosen.len() * width).reshape(-1, width)
    return fits.to_numpy(), list(np.ascontiguousarray(matrix.T))


def are_digits(places: Places) -> Mask:
    """Whether all these places of a cell are digits."""
    found = np.ones(places[0].size, dtype=bool)
    for place in places:
        found &= (place >= ZERO) & (place <= NINE)
    return found


def number_in(places: Places) -> Numbers:
    """The number that these places spell, where they are digits."""
    total = np.zeros(places[0].size, dtype=np.int32)
    for place in places:
        total = total * 10 + (place.astype(np.int32) - ZERO)
    return total


def days_of(year: Numbers, month: Numbers, day: Numbers) -> tuple[Mask, Numbers]:
    """Which of these are days from 1850 to 2150, and their distance from 1970 (days)."""
    within = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month <= 12) & (day <= 31)
    days = _calendar()[np.where(within, ((year - FIRST_YEAR) * 13 + month) * 32 + day, 0)]
    return days != NO_DAY, days


@functools.cache
def _calendar() -> Numbers:
    """The distance from 1970 of every day by year, month (0 to 12) and day (0 to 31)."""
    every = np.arange(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR + 1}-01-01", dtype="datetime64[D]")
    months = every.astype("datetime64[M]")
    year, month, day = months.astype(int) // 12 + 1970, months.astype(int) % 12 + 1, (every - months).astype(int) + 1
    days = np.full((LAST_YEAR - FIRST_YEAR + 1, 13, 32), NO_DAY, dtype=np.int32)
    days[year - FIRST_YEAR, month, day] = every.astype(int)
    return days.reshape(-1)


def plain_dates(texts: pl.Series) -> PlainDates:
    """The cells like 20240301, 2024-03-01, 2024/03/01 and 2024.03.01 that are days from 1850 to 2150."""
    is_plain = np.zeros(texts.len(), dtype=bool)
    found = np.zeros(texts.len(), dtype=np.int32)
    for width in (8, 10):
        fits, places = places_of(texts, width)
        if places[0].size == 0:
            continue
        digits = places if width == 8 else [*places[:4], *places[5:7], *places[8:]]
        good = are_digits(digits)
        if width == 10:
            good &= (places[4] == places[7]) & np.isin(places[4], np.frombuffer(SEPARATORS, dtype=np.uint8))
        is_day, days = days_of(number_in(digits[:4]), number_in(digits[4:6]), number_in(digits[6:]))
        is_plain[fits], found[fits] = good & is_day, days
    dates = pl.Series(texts.name, found).cast(pl.Date)
    if not is_plain.all():
        dates = dates.to_frame().select(pl.when(pl.Series(is_plain)).then(pl.first())).to_series()
    return PlainDates(is_plain, dates)


def plain_names(texts: pl.Series) -> Mask:
    """The cells that hold Han characters only, or nothing."""
    array = texts.to_arrow()
    is_plain = np.ones(texts.len(), dtype=bool)
    data, offsets = array.buffers()[2], array.buffers()[1]
    if data is None or offsets is None:
        return is_plain
    ends = np.frombuffer(offsets, dtype=np.int64, count=texts.len() + 1)
    odd = np.flatnonzero(~_IS_HAN_BYTE[np.frombuffer(data, dtype=np.uint8, count=ends[-1])])
    is_plain[np.searchsorted(ends, odd, side="right") - 1] = False
    is_plain[(texts == "").fill_null(False).to_numpy()] = False
    return is_plain


def rows_beyond_ascii(texts: pl.Series) -> pl.Series:
    """Places of the cells that hold any character beyond ASCII."""
    array = texts.to_arrow()
    data, offsets = array.buffers()[2], array.buffers()[1]
    if data is None or offsets is None:
        return pl.Series([], dtype=pl.UInt32)
    ends = np.frombuffer(offsets, dtype=np.int64, count=texts.len() + 1)
    odd = np.flatnonzero(np.frombuffer(data, dtype=np.uint8, count=ends[-1]) >= BEYOND_ASCII)
    rows = np.searchsorted(ends, odd, side="right") - 1
    return pl.Series(rows[np.r_[True, rows[1:] != rows[:-1]]] if rows.size else rows).cast(pl.UInt32)
