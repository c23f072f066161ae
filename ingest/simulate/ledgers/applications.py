"""Who applied for what, and how it ended: every new spell of the register has an application before it.

In: register, payment lines. Out: applications with their day of decision: granted (the register's starts), refused,
still open, and emergency aid; with what became of the household later (changes of members, the end).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.office_hours import workdays_before
from ingest.simulate.timeline import NEVER, pay_day
from ingest.simulate.world.population import Flags

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

EMERGENCY = "EMERGENCY"
EMERGENCY_PROGRAMME = "0301"
REFUSED_SHARE = 0.16  # of applications that are decided
REFUSED_CATEGORIES, REFUSED_SHARES = ("DB", "DBB", "GX", "TK"), (0.62, 0.2, 0.1, 0.08)
OPEN_WEEKS = 5  # applications of the last weeks wait for their decision
LONGEST_CASE_DAYS = 110
TROUBLE_WEIGHT, DEAR_FEN = 6.0, 1_000_000
ALLOWANCES = frozenset({"DB", "DB1", "TK", "OR", "DF"})


@dataclass(frozen=True)
class Application:
    """One application; days as numbers. decided is NEVER while it is open: then `accepted` is set instead.

    changes: days on which a member joined or left the assisted household; ended: the first day outside the spell.
    """

    person: int
    household: int
    category: str
    decided: int
    is_granted: bool
    accepted: int = NEVER
    changes: tuple[int, ...] = ()
    ended: int = NEVER
    end_reason: str = ""
    pay_month: int = -1

    def is_old(self, since: int) -> bool:
        """Whether it was over before the files begin: only what came later is told."""
        return self.decided < since - LONGEST_CASE_DAYS


def applications(world: World, since: int, rng: np.random.Generator) -> list[Application]:
    """Applications of which a step falls on `since` or later, in the order of household and decision."""
    granted = _granted(world, since)
    decided = [a for a in granted if a.decided >= since]
    count = max(3, round(len(decided) * REFUSED_SHARE / (1 - REFUSED_SHARE)))
    weeks = (world.today - since) / 7
    waiting = max(2, round((len(decided) + count) / weeks * OPEN_WEEKS))
    found = [*granted, *_never_granted(world, since, count, waiting, rng), *_emergencies(world)]
    return sorted(found, key=lambda a: (a.household, min(a.decided, a.accepted), a.category, a.person))


def _granted(world: World, since: int) -> list[Application]:
    """One application a group of the register and spell: members who joined later are changes of the same case."""
    register = world.register
    order = np.lexsort((register.rank, register.start, register.group))
    found: list[Application] = []
    rows: list[int] = []

    def close() -> None:
        application = _of_spell(world, rows, since)
        if not application.is_old(since) or application.ended < NEVER or application.changes:
            found.append(application)

    latest = -1
    for row in order.tolist():
        if rows and (register.group[row] != register.group[rows[0]] or register.start[row] > latest):
            close()
            rows, latest = [], -1
        rows.append(row)
        latest = max(latest, int(register.stop[row]))
    if rows:
        close()
    return found


def _of_spell(world: World, rows: list[int], since: int) -> Application:
    register = world.register
    start = int(register.start[rows[0]])
    first = [row for row in rows if register.start[row] == start]
    head = min(first, key=lambda row: (register.rank[row], register.person[row]))
    last = max(rows, key=lambda row: (register.stop[row], -row))
    ended = int(register.stop[last])
    joined = {int(register.start[row]) for row in rows} - {start}
    left = {int(register.stop[row]) for row in rows} - {ended}
    return Application(
        person=int(register.person[head]),
        household=int(register.household[head]),
        category=str(register.category[head]),
        decided=start,
        is_granted=True,
        changes=tuple(sorted(d for d in joined | left if since <= d <= world.today)),
        ended=ended if since <= ended <= world.today else NEVER,
        end_reason=str(register.reason[last]),
    )


def _never_granted(world: World, since: int, refused: int, waiting: int, rng: np.random.Generator) -> list[Application]:
    """Refused and open applications of households that the register never had, nothing being planted there."""
    persons = world.persons
    taken = world.set_aside.copy()
    taken[world.register.household] = True
    heads = np.flatnonzero(persons.present(world.today) & (persons.slot == 0) & ~taken[persons.household])
    weight = np.where(_in_trouble(world, since)[persons.household[heads]], TROUBLE_WEIGHT, 1.0)
    chosen = rng.choice(heads, min(len(heads), refused + waiting), replace=False, p=weight / weight.sum())
    category = np.array(REFUSED_CATEGORIES)[rng.choice(len(REFUSED_CATEGORIES), len(chosen), p=REFUSED_SHARES)]
    days = workdays_before(rng.integers(since, world.today + 1, len(chosen)), 0)
    lately = workdays_before(world.today - rng.integers(0, OPEN_WEEKS * 7, len(chosen)), 0)
    found = []
    for place, person in enumerate(chosen.tolist()):
        is_open = place >= refused
        found.append(
            Application(
                person=person,
                household=int(persons.household[person]),
                category=str(category[place]),
                decided=NEVER if is_open else int(days[place]),
                is_granted=False,
                accepted=int(lately[place]) if is_open else NEVER,
            )
        )
    return found


def _in_trouble(world: World, since: int) -> Flags:
    """Households with a dear illness or a newly severe disability since a day: they apply oftener."""
    persons, cards = world.persons, world.certificates
    bills = world.settlements.filter(pl.col("settled") >= since).group_by("person").agg(pl.col("self_pay").sum())
    ill = bills.filter(pl.col("self_pay") >= DEAR_FEN)["person"].to_numpy()
    severe = cards.person[(cards.issued >= since) & np.isin(cards.grade_code, ("1", "2"))]
    found = np.zeros(len(world.households.income), dtype=bool)
    found[persons.household[np.union1d(ill, severe)]] = True
    return found


def _emergencies(world: World) -> list[Application]:
    """Emergency aid: one application a first payment line."""
    lines = world.lines.filter(
        (pl.col("programme") == EMERGENCY_PROGRAMME)
        & (pl.col("month") == pl.col("file_month"))
        & (pl.col("back_months") == 0)
        & (pl.col("due") > 0)
    )
    lines = lines.unique(["person", "month"]).sort("month", "person")
    return [
        Application(
            person=person,
            household=int(world.persons.household[person]),
            category=EMERGENCY,
            decided=pay_day(month),
            is_granted=True,
            pay_month=month,
        )
        for person, month in lines.select("person", "month").iter_rows()
    ]
