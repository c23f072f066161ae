"""Which households are recognised in which assistance category, and from when to when.

In: persons, the scale's targets. Out: household spells over the 36 months (with older starts), drawn so
that stocks meet their targets on the as-of date after gradual growth, with entries and exits of about 0.9 % a month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.simulate.scales import Scale
from ingest.simulate.timeline import NEVER, first_day
from ingest.simulate.world.population import (
    ELDER_COUPLE,
    ONE_PARENT,
    SINGLE_ADULT,
    SINGLE_ELDER,
    THREE_GENERATIONS,
    Ints,
    Persons,
)

MONTHLY_EXIT_SHARE = {"DB": 0.0085, "TK": 0.002, "DBB": 0.009, "GX": 0.004, "QT": 0.008}
RECLASSES = {"DB": (("DBB", 0.14), ("TK", 0.02)), "DBB": (("DB", 0.18),), "GX": (), "TK": (), "QT": ()}
YEARLY_GROWTH = {"DB": 0.02, "TK": 0.01, "DBB": 0.10, "GX": 0.0, "QT": 0.05}
URBAN_WEIGHT = {"DB": 0.45, "TK": 0.5, "DBB": 0.9, "GX": 1.0, "QT": 0.9}
STOP_REASONS = ("INCOME", "PROPERTY", "MOVED", "VOLUNTARY", "OTHER")
_STOP_SHARES = (0.62, 0.12, 0.04, 0.16, 0.06)
_UNIT_SIZES = {
    "DB": (0.36, 0.33, 0.18, 0.13),
    "DBB": (0.04, 0.20, 0.30, 0.28, 0.18),
    "GX": (0.02, 0.16, 0.28, 0.32, 0.22),
}
GX_TERM_DAYS = 365


@dataclass
class HouseholdSpells:
    """Spells [start, stop) of households (by police household number) in a category, in order of decision."""

    household: Ints
    category: npt.NDArray[np.str_]
    start: Ints
    stop: Ints
    reason: npt.NDArray[np.str_]

    def add(self, household: int, category: str, start: int, stop: int = NEVER, reason: str = "") -> int:
        """Add one spell and return its place."""
        self.household = np.append(self.household, np.int32(household))
        self.category = np.append(self.category, category)
        self.start = np.append(self.start, np.int32(start))
        self.stop = np.append(self.stop, np.int32(stop))
        self.reason = np.append(self.reason.astype("<U10"), reason)
        return len(self.household) - 1


def unit_sizes(households: int, rng: np.random.Generator) -> dict[str, npt.NDArray[np.int8]]:
    """How many members of a household a category takes in (persons), by category."""
    sizes = {"TK": np.ones(households, dtype=np.int8), "QT": np.ones(households, dtype=np.int8)}
    drawn = rng.random(households)
    for category, shares in _UNIT_SIZES.items():
        sizes[category] = (1 + np.searchsorted(np.cumsum(shares)[:-1], drawn)).astype(np.int8)
    return sizes


def unit_ranks(persons: Persons, rng: np.random.Generator) -> Ints:
    """The order in which a household's members are taken into a category: in many large households the old first."""
    parents_first = rng.random(int(persons.household.max()) + 1) < 0.6
    first = parents_first[persons.household] & (persons.household_type == THREE_GENERATIONS) & (persons.slot >= 5)
    key = persons.slot.astype(np.int64) - 10 * first
    order = np.lexsort((np.arange(len(persons)), key, persons.household))
    household = persons.household[order]
    new = np.r_[True, household[1:] != household[:-1]]
    start = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    ranks = np.empty(len(persons), dtype=np.int32)
    ranks[order] = np.arange(len(order)) - start
    return ranks


def build_spells(
    persons: Persons, scale: Scale, months: range, last: int, gx_from: int, rng: np.random.Generator
) -> HouseholdSpells:
    """Household spells over `months` (month numbers); nothing is decided after `last` or on a day that hasn't come."""
    households = int(persons.household.max()) + 1
    weights = _weights(persons, households)
    gone = _left_on(persons, households)
    targets = {
        "DB": scale.db_households,
        "TK": scale.tk_persons,
        "DBB": scale.dbb_households,
        "GX": scale.gx_households,
        "QT": scale.qt_persons,
    }
    rows: list[list[object]] = []
    open_row = np.full(households, -1, dtype=np.int64)
    ready = np.zeros(households, dtype=np.int64)
    first = first_day(months[0])

    def enter(chosen: Ints, category: str, starts: Ints) -> None:
        for household, start in zip(chosen, starts, strict=True):
            open_row[household] = len(rows)
            rows.append([int(household), category, int(start), NEVER, ""])

    def draw(category: str, wanted: int, on: int) -> Ints:
        weight = np.where((open_row < 0) & (ready <= on) & (gone > on + 60), weights[category], 0.0)
        wanted = min(wanted, int((weight > 0).sum()))
        return (
            rng.choice(households, wanted, replace=False, p=weight / weight.sum()) if wanted > 0 else np.empty(0, int)
        )

    for category, target in targets.items():
        if category == "GX":
            continue
        stock = round(target * (1 - YEARLY_GROWTH[category] * len(months) / 12))
        chosen = draw(category, stock, first - 30)
        enter(chosen, category, first - (rng.beta(1.0, 1.6, len(chosen)) * 2900 + 1).astype(np.int32))
    in_category = np.array([r[1] for r in rows] + [""] * 0)
    for number in months:
        begin, days = first_day(number), first_day(number + 1) - first_day(number)
        usable = min(days, last - begin + 1)
        to_go = months[-1] - number
        for category, target in targets.items():
            if category == "GX" and first_day(number) < gx_from:
                continue
            in_category = np.array([r[1] for r in rows])
            mine = np.flatnonzero((open_row >= 0) & (gone > begin))
            mine = mine[in_category[open_row[mine]] == category]
            leaving = mine[rng.random(len(mine)) < MONTHLY_EXIT_SHARE[category]]
            for household in leaving:
                stop = begin + int(rng.integers(0, usable))
                row = rows[open_row[household]]
                if stop <= int(row[2]) + 40:  # type: ignore[call-overload]
                    continue
                row[3], open_row[household], ready[household] = stop, -1, stop + 300
                into = _reclass(category, rng)
                if into == "TK" and weights["TK"][household] == 0:
                    into = ""
                row[4] = "RECLASS" if into else str(rng.choice(STOP_REASONS, p=_STOP_SHARES))
                if into:
                    enter(np.array([household]), into, np.array([stop]))
            stock_now = int((np.isin(open_row[mine], [-1], invert=True)).sum()) + 0
            growing = 1 - YEARLY_GROWTH[category] * to_go / 12
            if category == "GX":
                growing = (number - months[-1] + 7) / 7
            wanted = round(target * growing) - stock_now
            chosen = draw(category, wanted, begin)
            enter(chosen, category, begin + rng.integers(0, usable, len(chosen)).astype(np.int32))
    return HouseholdSpells(
        household=np.array([r[0] for r in rows], dtype=np.int32),
        category=np.array([r[1] for r in rows]),
        start=np.array([r[2] for r in rows], dtype=np.int32),
        stop=np.array([r[3] for r in rows], dtype=np.int32),
        reason=np.array([r[4] for r in rows], dtype="<U10"),
    )


def _reclass(category: str, rng: np.random.Generator) -> str:
    drawn = rng.random()
    for into, share in RECLASSES[category]:
        if drawn < share:
            return into
        drawn -= share
    return ""


def _weights(persons: Persons, households: int) -> dict[str, npt.NDArray[np.float64]]:
    head = np.full(households, -1)
    order = np.flatnonzero(persons.slot == 0)
    head[persons.household[order]] = order
    kind, urban = persons.household_type[head], persons.urban()[head]
    size = np.bincount(persons.household, minlength=households)
    poor = np.where(np.isin(kind, (SINGLE_ELDER, ELDER_COUPLE, THREE_GENERATIONS)), 1.5, 1.0)
    poor = np.where(kind == ONE_PARENT, 3.0, poor)
    single_old = (kind == SINGLE_ELDER) & (size == 1)
    base = {
        "DB": poor,
        "TK": np.where(single_old, 1.0, np.where((kind == SINGLE_ADULT) & (size == 1), 0.25, 0.0)),
        "DBB": np.where(size >= 2, size - 1.0, 0.0),
        "GX": np.where(size >= 2, size - 1.0, 0.0),
        "QT": np.ones(households),
    }
    return {c: w * np.where(urban, URBAN_WEIGHT[c], 1.0) for c, w in base.items()}


def _left_on(persons: Persons, households: int) -> Ints:
    """The day on which the last of a household's first three members is known to have left, NEVER for most."""
    left = np.zeros(households, dtype=np.int32)
    np.maximum.at(
        left, persons.household, np.minimum(persons.register_noted, np.minimum(persons.death, persons.moved_out))
    )
    return left
