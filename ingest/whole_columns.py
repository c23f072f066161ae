"""Measures of a whole column that need little memory: an excess of 000 endings, and on which side its median lies.

In: one chunk of a column after the other. Out: yes or no, and a factor. Nothing depends on the order or size of chunks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import polars as pl

from ingest.identity_numbers import EIGHTEEN, check_fails
from warehouse.contracts import Column

# One valid number in a thousand ends in 000, and a spreadsheet's zeros fit the check digit in one of twelve. So a
# column in which this many different numbers end in 000 and don't fit came out of a spreadsheet; the few that do
# fit by chance are then no better than the others.
TRAILING_ZEROS_SHARE = 0.01
TRAILING_ZEROS_LEAST = 6
# Different values are counted exactly up to here, and estimated within a few in a hundred beyond.
SMALLEST_KEPT = 4_096
# A median of fewer amounts tells nothing about their unit.
AMOUNTS_LEAST = 10
YUAN_FACTORS = (Decimal("0.01"), Decimal("10000"))
AREA_FACTORS = (Decimal("666.67"),)


class DistinctCount:
    """How many different values were seen: the smallest hashes are kept, and their density tells the rest."""

    def __init__(self) -> None:
        self._smallest = np.empty(0, dtype=np.uint64)

    def add(self, values: pl.Series) -> None:
        """Take values in; none may be null."""
        hashes = values.hash().to_numpy()
        if self._smallest.size == SMALLEST_KEPT:
            hashes = hashes[hashes < self._smallest[-1]]
        if hashes.size:
            every = np.sort(np.concatenate([self._smallest, hashes]))
            self._smallest = every[np.r_[True, every[1:] != every[:-1]]][:SMALLEST_KEPT]

    def estimate(self) -> float:
        """Different values seen (count)."""
        if self._smallest.size < SMALLEST_KEPT:
            return float(self._smallest.size)
        return (SMALLEST_KEPT - 1) / (float(self._smallest[-1]) / 2**64)


class SpreadsheetZeros:
    """Whether a column's long numbers went through a spreadsheet, which makes their last places zeros."""

    def __init__(self) -> None:
        self._all, self._made = DistinctCount(), DistinctCount()

    def add(self, written: pl.Series) -> None:
        """Take a chunk of cleaned identity numbers in."""
        whole = written.filter(written.str.len_bytes() == 18)
        self._all.add(whole)
        zeros = whole.filter(whole.str.ends_with("000"))
        if zeros.len():
            zeros = zeros.filter(zeros.str.contains(EIGHTEEN))
            self._made.add(zeros.filter(check_fails(zeros)))

    def are_made(self) -> bool:
        """Whether so many different numbers end in zeros against their check digit that the column is spoilt."""
        made = self._made.estimate()
        return made >= TRAILING_ZEROS_LEAST and made > self._all.estimate() * TRAILING_ZEROS_SHARE


@dataclass
class MedianSide:
    """On which side of a band a column's median lies, as written and under every other unit."""

    factors: tuple[Decimal, ...]
    band: tuple[Decimal, Decimal]
    amounts: int = 0
    below: dict[Decimal, int] = field(default_factory=dict)
    within: dict[Decimal, int] = field(default_factory=dict)

    @classmethod
    def of(cls, column: Column) -> MedianSide:
        """For a column with a typical median."""
        assert column.typical_median is not None
        low, high = column.typical_median
        factors = AREA_FACTORS if column.role == "square_metres" else YUAN_FACTORS
        return cls((Decimal(1), *factors), (Decimal(str(low)), Decimal(str(high))))

    def add(self, values: pl.Series) -> None:
        """Take a chunk of amounts in; empty ones and zeros say nothing of the unit."""
        positive = values.filter(values > 0)
        self.amounts += positive.len()
        low, high = self.band
        for factor in self.factors:
            scaled = positive.cast(pl.Float64) * float(factor)
            self.below[factor] = self.below.get(factor, 0) + int((scaled < float(low)).sum())
            self.within[factor] = self.within.get(factor, 0) + int(scaled.is_between(float(low), float(high)).sum())

    def factor(self) -> Decimal | None:
        """The one factor that brings the median into the band; None where it lies there, or none or several do."""
        if self.amounts < AMOUNTS_LEAST:
            return None
        fitting = [factor for factor in self.factors if self._holds(factor)]
        return fitting[0] if len(fitting) == 1 and fitting[0] != 1 else None

    def _holds(self, factor: Decimal) -> bool:
        """Whether the lower median, multiplied, lies in the band."""
        rank = (self.amounts - 1) // 2
        below = self.below[factor]
        return below <= rank < below + self.within[factor]
