"""Births, deaths, moves and disappearances over the 36 months, and who learns of them when.

Changes `Persons` in place; births and arrivals are appended. A death is known to the health commission,
the funeral office, the police and civil affairs each on its own day, or never.
"""

from __future__ import annotations

import numpy as np

from ingest.simulate import identity_numbers, names
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, first_day, months_of
from ingest.simulate.world.population import (
    COUPLE,
    FAMILY,
    THREE_GENERATIONS,
    Ints,
    Persons,
    account_numbers,
    phone_numbers,
)

BIRTHS_A_YEAR = 0.0088
ARRIVALS_A_YEAR = 0.004
MOVES_A_YEAR = 0.004
MISSING_SHARE = 0.0004
HEALTH_REPORT_SHARE = 0.95
CREMATED_SHARE = 0.55
_HAZARD_AT_ZERO = 0.000082  # Gompertz: yearly deaths at age 0 and growth with age, fitted to 9 per mille
_HAZARD_GROWTH = 0.0815


def add_births_and_arrivals(persons: Persons, start: int, end: int, rng: np.random.Generator) -> Persons:
    """The persons with those born or moved in from `start` to `end`."""
    years = (end - start) / DAYS_A_YEAR
    total = len(persons)
    age = (start - persons.birth) / DAYS_A_YEAR
    mothers = np.flatnonzero(
        (persons.sex == 2)
        & (age > 19)
        & (age < 40)
        & np.isin(persons.household_type, (COUPLE, FAMILY, THREE_GENERATIONS))
        & (persons.slot <= 1)
    )
    births = min(len(mothers), max(6, int(total * BIRTHS_A_YEAR * years)))
    mothers = rng.choice(mothers, births, replace=False)
    born = rng.integers(start, end, births).astype(np.int32)
    registered = np.minimum(born + rng.integers(3, 40, births), end - 1).astype(np.int32)
    partners = np.flatnonzero((persons.slot == 0) & (persons.marital == "10") & (age > 22) & (age < 50))
    arrivals = min(len(partners), max(3, int(total * ARRIVALS_A_YEAR * years)))
    partners = rng.choice(partners, arrivals, replace=False)
    came = rng.integers(start, end, arrivals).astype(np.int32)
    came_birth = persons.birth[partners] + rng.integers(-1500, 1500, arrivals).astype(np.int32)
    came_sex = (3 - persons.sex[partners]).astype(np.int8)
    anchor = np.concatenate([mothers, partners])
    sex = np.concatenate([np.where(rng.random(births) < 0.52, 1, 2).astype(np.int8), came_sex])
    birth = np.concatenate([born, came_birth]).astype(np.int32)
    is_child = np.arange(len(anchor)) < births
    head_names = np.array([name[:1] for name in persons.name[_heads_of(persons, anchor)]])
    surname = np.where(is_child, head_names, names.draw_surnames(rng, len(anchor)))
    return _append(
        persons,
        anchor=anchor,
        name=np.char.add(surname, names.draw_given_names(rng, sex)),
        sex=sex,
        birth=birth,
        entered=np.concatenate([registered, came]),
        slot=np.where(is_child, 4, 1).astype(np.int8),
        relation=np.where(is_child, np.where(sex == 1, "2", "3"), "1"),
        marital=np.where(is_child, "10", "20"),
        rng=rng,
    )


def add_deaths_and_moves(persons: Persons, start: int, end: int, factor: float, rng: np.random.Generator) -> None:
    """Fill in deaths, moves and disappearances, and the days on which each office notes them."""
    total = len(persons)
    age = np.maximum(0, (start - persons.birth) / DAYS_A_YEAR + 1.5)
    hazard = _HAZARD_AT_ZERO * np.exp(_HAZARD_GROWTH * age) * factor
    died = start + (rng.exponential(1.0, total) / hazard * DAYS_A_YEAR)
    dies = (died <= end) & (died > np.maximum(persons.birth + 2, persons.entered + 2))
    persons.death[dies] = died[dies].astype(np.int32)
    age_now = (end - persons.birth) / DAYS_A_YEAR
    moves = ~dies & (rng.random(total) < MOVES_A_YEAR * (end - start) / DAYS_A_YEAR) & (age_now > 16) & (age_now < 60)
    moves &= persons.entered < start
    persons.moved_out[moves] = rng.integers(start, end, moves.sum())
    vanish = ~dies & ~moves & (rng.random(total) < MISSING_SHARE) & (age_now > 18)
    persons.missing_since[vanish] = rng.integers(start, end, vanish.sum())
    note_deaths(persons, np.flatnonzero(dies), end, rng)
    left = np.flatnonzero(moves)
    persons.register_noted[left] = persons.moved_out[left] + rng.integers(1, 40, len(left))
    persons.subsidy_noted[left] = persons.moved_out[left] + rng.integers(1, 40, len(left))
    fill_empty_report_months(persons, start, end)


def note_deaths(persons: Persons, dead: Ints, end: int, rng: np.random.Generator) -> None:
    """Draw when each office learns of the deaths of `dead`."""
    death, count = persons.death[dead], len(dead)
    slow = rng.random(count) < 0.12
    report_lag = np.where(slow, rng.integers(31, 90, count), rng.integers(2, 30, count))
    persons.death_reported[dead] = np.where(rng.random(count) < HEALTH_REPORT_SHARE, death + report_lag, NEVER)
    cremated = rng.random(count) < CREMATED_SHARE
    persons.cremated[dead] = np.where(cremated, death + rng.integers(1, 5, count), NEVER)
    police_lag = np.where(rng.random(count) < 0.2, rng.integers(60, 300, count), rng.integers(3, 60, count))
    persons.police_noted[dead] = death + police_lag
    for noted, prompt in ((persons.register_noted, 0.8), (persons.subsidy_noted, 0.85)):
        lag = np.where(rng.random(count) < prompt, rng.integers(2, 16, count), rng.integers(16, 75, count))
        noted[dead] = death + lag


def fill_empty_report_months(persons: Persons, start: int, end: int) -> None:
    """Hold back one report for every month in which a small world would have none: an empty file proves nothing."""
    reported = persons.death_reported
    dead = np.flatnonzero(reported < NEVER)
    for number in range(int(months_of(np.array([start]))[0]), int(months_of(np.array([end]))[0])):
        first, following = first_day(number), first_day(number + 1)
        inside = dead[(reported[dead] >= first) & (reported[dead] < following)]
        if len(inside):
            continue
        before = dead[(reported[dead] < first) & (persons.death[dead] > first - 85)]
        counts = {m: 0 for m in months_of(reported[before])}
        for m in months_of(reported[before]):
            counts[m] += 1
        spare = [p for p in before if counts[months_of(reported[[p]])[0]] > 1]
        if spare:
            reported[spare[0]] = first + 3


def _heads_of(persons: Persons, anchor: Ints) -> Ints:
    first = np.full(int(persons.household.max()) + 1, -1)
    heads = np.flatnonzero(persons.slot == 0)
    first[persons.household[heads]] = heads
    return first[persons.household[anchor]]


def _append(persons: Persons, anchor: Ints, *, name, sex, birth, entered, slot, relation, marital, rng) -> Persons:  # type: ignore[no-untyped-def]
    count, total = len(anchor), len(persons)
    never = np.full(count, NEVER, dtype=np.int32)
    new_numbers = np.arange(total, total + count)
    added = {
        "name": name,
        "birth": birth.astype(np.int32),
        "sex": sex,
        "nation": persons.nation[anchor],
        "household": persons.household[anchor],
        "slot": slot,
        "relation": relation,
        "marital": marital,
        "village": persons.village[anchor],
        "household_type": persons.household_type[anchor],
        "entered": entered.astype(np.int32),
        "account_no": account_numbers(new_numbers),
        "phone_no": phone_numbers(new_numbers),
    }
    columns = {}
    for field in persons.__dataclass_fields__:
        if field in ("villages", "id_no"):
            continue
        columns[field] = np.concatenate([getattr(persons, field), added.get(field, never)])
    id_no = identity_numbers.draw_numbers(rng, columns["birth"], columns["sex"])
    return Persons(id_no=id_no, villages=persons.villages, **columns)
