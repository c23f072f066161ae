"""Households that agriculture monitors against a return to poverty; rural only, composed differently from the register."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.simulate.scales import Scale
from ingest.simulate.timeline import NEVER, first_day
from ingest.simulate.world.population import Ints, Persons
from ingest.simulate.world.register import Register

ELIMINATED_A_MONTH = 0.008
OVERLAP_SHARE = 0.85  # of households with a member in DB or TK; leaves about 45 % of the persons in both
LEFT_OUT_SHARE = 0.08


@dataclass
class Monitored:
    """One entry a monitored person."""

    person: Ints
    household: Ints  # agriculture's own running number
    identified: Ints
    eliminated: Ints
    type_code: npt.NDArray[np.str_]
    risk_code: npt.NDArray[np.str_]
    income: npt.NDArray[np.int64]  # fen per head and year, of the household

    def __len__(self) -> int:
        return len(self.person)


def build_monitored(
    persons: Persons,
    register: Register,
    scale: Scale,
    months: range,
    last: int,
    excluded: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> Monitored:
    """Monitored households with their members over `months`, none of the `excluded` (by police household number).

    Nothing changes after `last`, the newest extract's day.
    """
    count = int(persons.household.max()) + 1
    size = np.bincount(persons.household[persons.present(last)], minlength=count)
    urban = np.zeros(count, dtype=bool)
    urban[persons.household] = persons.urban()
    assisted = np.zeros(count, dtype=bool)
    now = register.on(last) & np.isin(register.category, ("DB", "TK"))
    assisted[register.household[now]] = True
    rural = ~urban & (size >= 2) & ~excluded
    final = scale.fp_households
    extra = int(final * ELIMINATED_A_MONTH * len(months)) + 2
    chosen: list[Ints] = []
    for wanted, mask in ((OVERLAP_SHARE, rural & assisted), (1 - OVERLAP_SHARE, rural & ~assisted)):
        pool = np.flatnonzero(mask)
        chosen.append(rng.choice(pool, min(len(pool), round((final + extra) * wanted)), replace=False))
    households = rng.permutation(np.concatenate(chosen))
    start = first_day(months[0])
    newly = rng.random(len(households)) < 0.3
    identified = np.where(
        newly, rng.integers(start, last - 40, len(households)), start - rng.integers(20, 500, len(households))
    )
    gone = np.arange(len(households)) >= final
    eliminated = np.where(
        gone, np.minimum(np.maximum(identified + 60, rng.integers(start, last, len(households))), last), NEVER
    )
    income = np.round(rng.lognormal(np.log(11_500), 0.28, len(households)) * 100).astype(np.int64)
    people = np.flatnonzero(np.isin(persons.household, households) & (rng.random(len(persons)) >= LEFT_OUT_SHARE))
    place = np.full(count, -1)
    place[households] = np.arange(len(households))
    of = place[persons.household[people]]
    there = (persons.entered[people] <= identified[of]) & (
        np.minimum(persons.death, persons.moved_out)[people] > identified[of]
    )
    people, of = people[there], of[there]
    return Monitored(
        person=people.astype(np.int32),
        household=of.astype(np.int32),
        identified=identified[of].astype(np.int32),
        eliminated=eliminated[of].astype(np.int32),
        type_code=np.array(list("123"))[rng.choice(3, len(households), p=(0.35, 0.4, 0.25))][of],
        risk_code=np.array(list("1234567"))[
            rng.choice(7, len(households), p=(0.45, 0.2, 0.08, 0.07, 0.08, 0.07, 0.05))
        ][of],
        income=income[of],
    )


def with_eliminated(
    watched: Monitored, members: list[tuple[int, int, int]], identified: int, eliminated: int
) -> Monitored:
    """The same with more households whose risk is eliminated; members: person, household number, income (fen a year)."""
    if not members:
        return watched
    person, household, income = (np.array(column) for column in zip(*members, strict=True))
    count = len(members)
    return Monitored(
        person=np.concatenate([watched.person, person.astype(np.int32)]),
        household=np.concatenate([watched.household, household.astype(np.int32)]),
        identified=np.concatenate([watched.identified, np.full(count, identified, dtype=np.int32)]),
        eliminated=np.concatenate([watched.eliminated, np.full(count, eliminated, dtype=np.int32)]),
        type_code=np.concatenate([watched.type_code, np.full(count, "2")]),
        risk_code=np.concatenate([watched.risk_code, np.full(count, "1")]),
        income=np.concatenate([watched.income, income.astype(np.int64)]),
    )
