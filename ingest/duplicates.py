"""Exact copies of rows, found over all chunks of a file.

In: the cells of one chunk after the other. Out: which rows were there before. A row is known by two hashes of 64 bits; what
is kept is 16 bytes a row, and a small map that rules nearly every new row out before those are searched.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

FIRST, SECOND = 0, 1
# 32 MiB of bits: at ten million rows one new row in 27 has to be looked up, the others are new for certain.
MAP_BITS = 28
Hashes = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]


class SeenRows:
    """The rows of one file that were judged already."""

    def __init__(self) -> None:
        self._map: npt.NDArray[np.uint8] | None = None
        self._mapped = 0
        self._runs: list[tuple[Hashes, Hashes]] = []

    def add(self, cells: pl.DataFrame) -> pl.Series:
        """True for every exact copy of an earlier row of the file, in this chunk or before; remembers the chunk."""
        copies = pl.repeat(False, cells.height, dtype=pl.Boolean, eager=True)
        if cells.height == 0 or cells.width == 0:
            return copies
        first, second = cells.hash_rows(FIRST).to_numpy(), cells.hash_rows(SECOND).to_numpy()
        run = np.sort(first)
        if (run[1:] == run[:-1]).any():
            # Equal hashes are only a suspicion: the few rows concerned are compared themselves.
            places = pl.Series(first).is_duplicated().arg_true()
            again = cells[places].select(~pl.struct(cells.columns).is_first_distinct()).to_series()
            copies = copies.scatter(places.filter(again), True)
        if self._runs:
            earlier = self._find(first, second)
            if earlier.any():
                copies |= pl.Series(earlier)
        self._runs.append((run, np.sort(second)))
        return copies

    def _find(self, first: Hashes, second: Hashes) -> Mask:
        """Which of the rows stand in an earlier chunk: both hashes do."""
        slots, bits = _slots_of(first)
        suspects = np.flatnonzero(self._filled_map()[slots] & bits)
        found = np.zeros(first.size, dtype=bool)
        for run_first, run_second in self._runs:
            found[suspects] |= _holds(run_first, first[suspects]) & _holds(run_second, second[suspects])
        return found

    def _filled_map(self) -> npt.NDArray[np.uint8]:
        """The map with the bits of every earlier chunk in it."""
        if self._map is None:
            self._map = np.zeros(1 << (MAP_BITS - 3), dtype=np.uint8)
        for run, _ in self._runs[self._mapped :]:
            slots, bits = _slots_of(run)
            starts = np.flatnonzero(np.r_[True, slots[1:] != slots[:-1]])
            self._map[slots[starts]] |= np.bitwise_or.reduceat(bits, starts)
        self._mapped = len(self._runs)
        return self._map


def _slots_of(hashes: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The byte of the map and the bit in it, by the first places of a hash: in the order of hashes, slots ascend."""
    places = (hashes >> np.uint64(64 - MAP_BITS)).astype(np.int64)
    return places >> 3, np.left_shift(np.uint8(1), (places & 7).astype(np.uint8))


def _holds(run: Hashes, wanted: Hashes) -> Mask:
    """Which hashes stand in a sorted run."""
    places = np.searchsorted(run, wanted)
    places[places == run.size] = 0
    return run[places] == wanted
