"""Damage that stays: persons whose number, name or dates stand wrong in one bureau's system, in all its deliveries.

In: the world, which persons a case rests on. Out: `Plan`. Most damage keeps away from cases; a few are hit on purpose,
so that evidence in quarantine is tried too.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from ingest.simulate import identity_numbers
from ingest.simulate.defects.rates import HIT_FEEDS, HIT_SHARE, NUMBER_RATES, OTHER_RATES, TWO_HOUSEHOLDS_SHARE
from ingest.simulate.timeline import NEVER, day
from ingest.simulate.world.build import World

PRIVATE_USE_LETTER = "\ue5f1"
OLD_FORM_BEFORE = day(date(1967, 1, 1))
OLD_FORM_SINCE = day(date(1927, 1, 1))
SETTLED_DAYS = 500
TEST_BIRTHS_FROM = day(date(1905, 1, 1))


@dataclass
class Plan:
    """Lasting damage by feed and defect: persons and, for numbers, what is written instead.

    protected: persons whose rows are not sent to quarantine. spare_numbers: valid numbers nobody holds, for test rows.
    second_listings: persons listed once more, uncovered, in another household of 低保: person and that household.
    """

    numbers: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]
    others: dict[str, dict[str, np.ndarray]]
    protected: np.ndarray
    spare_numbers: np.ndarray
    second_listings: list[tuple[int, int]]
    fractions: dict[str, np.ndarray] = field(default_factory=dict)

    def fraction(self, world: World, feed_id: str) -> np.ndarray:
        """A number in 0..1 for every person, drawn once for a feed: who falls below a rate has the defect for good."""
        if feed_id not in self.fractions:
            rng = np.random.default_rng([world.seed, 13, zlib.crc32(feed_id.encode())])
            self.fractions[feed_id] = rng.random(len(world.persons))
        return self.fractions[feed_id]

    def spare_of(self, person: int) -> str:
        """The number nobody holds that stands where this person's is mistaken for another valid one."""
        return str(self.spare_numbers[person % len(self.spare_numbers)])


def plan_defects(world: World, cases: pl.DataFrame) -> Plan:
    """Draw the lasting damage. `cases`: the truth's cases and near misses (rule_id, id_no, is_near_miss)."""
    rng = np.random.default_rng([world.seed, 7])
    place_of = {number: place for place, number in enumerate(world.persons.id_no.tolist())}
    touched = np.zeros(len(world.households.income), dtype=bool)
    touched[world.persons.household[[place_of[number] for number in cases["id_no"].unique().to_list()]]] = True
    touched |= world.set_aside
    protected = touched[world.persons.household]
    present = _persons_by_feed(world)
    hits = _hits(cases, place_of, rng)
    numbers: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {}
    for feed_id, rates in NUMBER_RATES.items():
        free = rng.permutation(present[feed_id][~protected[present[feed_id]]])
        numbers[feed_id] = {}
        for defect, rate in rates.items():
            fitting = free[_fits(world, free, defect)]
            chosen = fitting[: max(1, round(rate * len(present[feed_id])))]
            free = np.setdiff1d(free, chosen, assume_unique=True)
            free = rng.permutation(free)
            if defect == "D02":
                chosen = np.concatenate([chosen, hits.get(feed_id, np.empty(0, dtype=np.int64))]).astype(np.int64)
            numbers[feed_id][defect] = (chosen, _written(world.persons.id_no[chosen], defect, rng))
    others: dict[str, dict[str, np.ndarray]] = {}
    for feed_id, rates in OTHER_RATES.items():
        numbered = np.concatenate([people for people, _ in numbers[feed_id].values()])
        free = np.setdiff1d(present[feed_id][~protected[present[feed_id]]], numbered)
        others[feed_id] = {
            defect: rng.permutation(free)[: max(1, round(rate * len(present[feed_id])))]
            for defect, rate in rates.items()
        }
    births = (TEST_BIRTHS_FROM + np.arange(identity_numbers.SPARE_NUMBERS)).astype(np.int32)
    spare = identity_numbers.draw_numbers(rng, births, np.where(births % 2 == 0, 1, 2).astype(np.int8))
    return Plan(numbers, others, protected, spare, _second_listings(world, protected))


def _persons_by_feed(world: World) -> dict[str, np.ndarray]:
    """The persons each bureau ever writes about, leaving out those it drops before they matter."""
    persons = world.persons
    return {
        "civil_affairs__register": np.unique(world.register.person),
        "finance__payments": np.unique(world.lines["person"].to_numpy()),
        "police__population": np.arange(len(persons)),
        "medical_insurance__settlements": np.unique(world.settlements["person"].to_numpy()),
        "disabled_federation__certificates": np.unique(world.certificates.person),
        "agriculture__monitored_persons": np.unique(world.monitored.person),
        "health__deaths": np.flatnonzero(
            (persons.death_reported >= world.weeks[0]) & (persons.death_reported < world.today - 30)
        ),
        "funeral__cremations": np.flatnonzero(
            (persons.cremated >= world.weeks[0] - 6) & (persons.cremated <= world.today)
        ),
    }


def fits_old_form(world: World, people: np.ndarray) -> np.ndarray:
    """Who may still be known by a number of 15 places."""
    birth = world.persons.birth[people]
    return (birth >= OLD_FORM_SINCE) & (birth < OLD_FORM_BEFORE)


def _second_listings(world: World, protected: np.ndarray) -> list[tuple[int, int]]:
    """Persons long in 低保 with another such household of the same village, neither touched by a case."""
    rng, register = np.random.default_rng([world.seed, 17]), world.register
    village = world.persons.village[register.person]
    long_in = register.on(world.today) & (register.category == "DB") & register.covered & (register.stop >= NEVER)
    long_in &= (register.start < world.today - SETTLED_DAYS) & ~protected[register.person]
    long_in &= world.persons.present(world.today)[register.person]
    rows = rng.permutation(np.flatnonzero(long_in))
    wanted, found, taken = max(2, round(TWO_HOUSEHOLDS_SHARE * len(rows))), [], set()
    for row in rows:
        others = rows[(village[rows] == village[row]) & (register.household[rows] != register.household[row])]
        free = [int(h) for h in register.household[others] if int(h) not in taken]
        if not free or int(register.household[row]) in taken:
            continue
        taken |= {free[0], int(register.household[row])}
        found.append((int(register.person[row]), free[0]))
        if len(found) == wanted:
            break
    return found


def _fits(world: World, people: np.ndarray, defect: str) -> np.ndarray:
    if defect == "D01":
        return fits_old_form(world, people)
    if defect == "D04":
        return np.char.isdigit(world.persons.id_no[people])
    return np.ones(len(people), dtype=bool)


def _written(numbers: np.ndarray, defect: str, rng: np.random.Generator) -> np.ndarray:
    if defect == "D01":
        return identity_numbers.old_form(numbers)
    if defect == "D02":
        return identity_numbers.with_wrong_check(numbers, rng)
    if defect == "D03":
        return identity_numbers.with_disguise(numbers, rng)
    return identity_numbers.with_lost_precision(numbers)


def _hits(cases: pl.DataFrame, place_of: dict[str, int], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A few persons with a true case, by the feed in which their number is wrong."""
    found: dict[str, list[int]] = {}
    for rule_id, feed_id in HIT_FEEDS.items():
        people = (
            cases.filter((pl.col("rule_id") == rule_id) & ~pl.col("is_near_miss"))["id_no"].unique().sort().to_list()
        )
        count = max(1, round(HIT_SHARE * len(people))) if len(people) >= 4 else 0
        chosen = rng.choice(people, count, replace=False).tolist()
        found[feed_id] = sorted(set(found.get(feed_id, [])) | {place_of[number] for number in chosen})
    return {feed_id: np.array(people, dtype=np.int64) for feed_id, people in found.items()}
