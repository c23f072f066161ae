"""Who a month's payments reach: household lines spread over the covered members, by the recorded register."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.timeline import first_day, last_day
from ingest.simulate.truth.knowledge import Known, net_paid
from ingest.simulate.world.register import state_on

HOUSEHOLD_PROGRAMMES = ("0101", "0102")


class Month:
    """The register and the payments of one benefit month, as the rules look at them."""

    def __init__(self, known: Known, number: int, net: pl.DataFrame) -> None:
        world = known.world
        self.known, self.number, self.first = known, number, first_day(number)
        self.register, self.persons = world.register, world.persons
        self.row = np.flatnonzero(self.register.on(self.first))
        mine = net.filter((pl.col("month") == number) & (pl.col("net_count") >= 1) & (pl.col("net_fen") > 0))
        self.net = {
            programme: dict(zip(frame["person"].to_list(), frame["net_fen"].to_list(), strict=True))
            for (programme,), frame in mine.partition_by("programme", as_dict=True).items()
        }
        self.told = int(known.lines.filter(pl.col("month") == number)["told_on"].max() or self.first)  # type: ignore[arg-type]
        self.covering = {programme: self._covered_by(programme) for programme in HOUSEHOLD_PROGRAMMES}

    def paid(self, programme: str) -> np.ndarray:
        """Persons with a net-paid line of their own."""
        return np.array(sorted(self.net.get(programme, {})), dtype=np.int64)

    def rows_of(self, *categories: str) -> np.ndarray:
        """Rows in one of the categories on the 1st."""
        return self.row[np.isin(self.register.category[self.row], categories)]

    def covered(self) -> np.ndarray:
        """Persons whom a net-paid household line pays."""
        return np.union1d(self.covering["0101"], self.covering["0102"])

    def _covered_by(self, programme: str) -> np.ndarray:
        payees = self.paid(programme)
        register = self.register
        alone = np.unique(register.person[self.rows_of("DB1")])
        own = np.intersect1d(payees, alone)
        listed = np.setdiff1d(payees, alone)
        households = np.unique(self.persons.household[listed])
        members = self.rows_of("DB", "DB1")
        members = members[register.covered[members] & np.isin(register.household[members], households)]
        return np.union1d(own, register.person[members])


def months_in_view(known: Known, numbers: list[int]) -> list[Month]:
    """The months with these numbers."""
    net = net_paid(known.lines)
    return [Month(known, number, net) for number in numbers]


def amounts_at(known: Known, number: int) -> dict[int, tuple[int, int]]:
    """Amount (fen) and covered members of each register row at the end of a month or at the as-of date, by row."""
    world = known.world
    state = state_on(world.register, world.households, min(last_day(number), world.today))
    return dict(
        zip(state.row.tolist(), zip(state.amount.tolist(), state.covered_count.tolist(), strict=True), strict=True)
    )
