"""What offices count in the world itself for their monthly returns: listed persons, aid, subsidies, cremations, orders.

In: the world and its ledgers. Out: numbers by town, or one for the district, with a denominator where one belongs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.ledgers.office_hours import day_of
from ingest.simulate.ledgers.work_orders import FEED as WORK_ORDERS
from ingest.simulate.timeline import day, first_day, last_day, to_date
from ingest.simulate.world.population import Ints

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

Counts = npt.NDArray[np.float64]
Measured = dict[str, tuple[float, float | None]]
WHOLE = "500156000000"
FEN_A_WAN = 1_000_000
CATEGORIES = {"db": ("DB", "DB1"), "tk": ("TK",), "dbb": ("DBB",), "gx": ("GX",), "or": ("OR",), "df": ("DF",)}
PROGRAMMES = {"nursing_paid": "0402", "living_paid": "0401", "aid_grants": "0301", "aid_amount": "0301"}


def measured(world: World, name: str, number: int) -> Measured:
    """Numerator and denominator of a measure for a month, by area code: towns, or the district alone."""
    kind = name.split("_")[0]
    if name.endswith("_persons") and kind in CATEGORIES:
        return _by_town(world, _listed(world, CATEGORIES[kind], number))
    if name == "db_households":
        return _by_town(world, _households(world, number))
    if name in PROGRAMMES:
        return _by_town(world, *_paid(world, name, number))
    return {WHOLE: _DISTRICT[name](world, number)}


def _by_town(world: World, person: Ints, weight: Counts | None = None) -> Measured:
    villages = world.persons.villages
    codes = sorted({village.parent_code for village in villages})
    place = np.array([codes.index(village.parent_code) for village in villages])
    counts = np.bincount(place[world.persons.village[person]], weights=weight, minlength=len(codes))
    return {code: (float(count), None) for code, count in zip(codes, counts, strict=True)}


def _listed(world: World, categories: tuple[str, ...], number: int) -> Ints:
    register = world.register
    return np.unique(register.person[register.on(last_day(number)) & np.isin(register.category, categories)])


def _households(world: World, number: int) -> Ints:
    """One person for each household of the month's end."""
    register = world.register
    rows = np.flatnonzero(register.on(last_day(number)) & np.isin(register.category, CATEGORIES["db"]))
    _, first = np.unique(register.household[rows], return_index=True)
    return register.person[rows[first]]


def _paid(world: World, name: str, number: int) -> tuple[Ints, Counts | None]:
    lines = world.lines.filter(
        (pl.col("file_month") == number)
        & (pl.col("month") == number)
        & (pl.col("programme") == PROGRAMMES[name])
        & (pl.col("final_status") == "00")
        & (pl.col("paid") > 0)
    )
    person = lines["person"].to_numpy()
    if name == "aid_amount":
        return person, lines["paid"].to_numpy() / FEN_A_WAN
    return (np.unique(person) if name != "aid_grants" else person), None


def _monitored_covered(world: World, number: int) -> tuple[float, float]:
    watched, on = world.monitored, last_day(number)
    open_now = np.unique(watched.person[(watched.identified <= on) & (watched.eliminated > on)])
    listed = np.concatenate([_listed(world, categories, number) for categories in CATEGORIES.values()])
    return float(np.isin(open_now, listed).sum()), float(len(open_now))


def _cremated(world: World, number: int) -> tuple[float, float]:
    persons, first, last = world.persons, first_day(number), last_day(number)
    died = (persons.death >= first) & (persons.death <= last)
    return float((died & (persons.cremated <= world.today)).sum()), float(died.sum())


def _orders_closed(world: World, number: int) -> tuple[float, float]:
    """Of the year's orders up to the month's end, those closed by then."""
    orders, on = world.ledgers[WORK_ORDERS], last_day(number)
    since = day(to_date(on).replace(month=1, day=1))
    called, closed = day_of(orders["called"].to_numpy()), day_of(orders["closed"].to_numpy())
    received = (called >= since) & (called <= on)
    return float((received & (closed >= since) & (closed <= on)).sum()), float(received.sum())


_DISTRICT: dict[str, Callable[[World, int], tuple[float, float | None]]] = {
    "monitored_covered": _monitored_covered,
    "cremated": _cremated,
    "orders_closed": _orders_closed,
}
