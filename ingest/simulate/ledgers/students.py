"""Who is registered as a student with the district, in which stage and grade, with which aid and fees.

In: persons, register, monitored households. Out: `Students`, one entry a person who may be listed; the stage follows
from the age at the beginning of the school year. Students elsewhere are missing, as in a real list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.simulate.timeline import DAYS_A_YEAR, day, to_date
from ingest.simulate.world.population import Flags, Ints

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "education__students"
GENERATOR = 122
FIRST_AGE, LAST_AGE = 3, 21
PRESCHOOL, PRIMARY, MIDDLE, HIGH, VOCATIONAL, HIGHER = "1", "2", "3", "4", "5", "6"
AWAY_SHARE = 0.35  # of households that no layer knows: their children learn elsewhere
LISTED_SHARE = {PRESCHOOL: 0.6, PRIMARY: 1.0, MIDDLE: 1.0, HIGH: 0.92, VOCATIONAL: 0.92, HIGHER: 0.35}
LISTED_SHARE_IN_LAYER = {PRESCHOOL: 0.85, PRIMARY: 1.0, MIDDLE: 1.0, HIGH: 0.96, VOCATIONAL: 0.96, HIGHER: 1.0}
VOCATIONAL_SHARE = 0.38
BOARDING_SHARE = {PRESCHOOL: 0.0, PRIMARY: 0.12, MIDDLE: 0.55, HIGH: 0.8, VOCATIONAL: 0.85, HIGHER: 1.0}
AIDED_OUTSIDE_SHARE = 0.03  # recognised as in hardship though in no layer
FEES = {  # yuan a term the family pays, from and to
    PRESCHOOL: (1_800, 5_200),
    PRIMARY: (0, 450),
    MIDDLE: (0, 600),
    HIGH: (700, 1_600),
    VOCATIONAL: (0, 400),
    HIGHER: (2_400, 7_600),
}
AID_PART = 0.4  # of the fee that an aided student still pays


@dataclass
class Students:
    """Persons of school age with what was drawn for each; `drawn` decides listing, stage, boarding, fee, hardship."""

    person: Ints
    in_view: Flags  # of a household that was in a layer or monitored
    is_away: Flags
    drawn: npt.NDArray[np.float64]  # five columns


@dataclass
class Enrolment:
    """The list of a day, aligned: stage, grade (year within the stage from 1), hardship ('' for none), fee in fen."""

    person: Ints
    stage: npt.NDArray[np.str_]
    grade: Ints
    is_boarder: Flags
    hardship: npt.NDArray[np.str_]
    fee: npt.NDArray[np.int64]


def build(world: World) -> Students:
    """Everyone who is of school age at some time in the weeks of files."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons = world.persons
    youngest = world.today - int(FIRST_AGE * DAYS_A_YEAR)
    oldest = world.weeks[0] - int((LAST_AGE + 2) * DAYS_A_YEAR)
    person = np.flatnonzero((persons.birth <= youngest) & (persons.birth >= oldest)).astype(np.int32)
    households = len(world.households.income)
    in_view = np.zeros(households, dtype=bool)
    in_view[world.register.household] = True
    in_view[persons.household[world.monitored.person]] = True
    away = ~in_view & (rng.random(households) < AWAY_SHARE)
    of = persons.household[person]
    return Students(person, in_view[of], away[of], rng.random((len(person), 5)))


def enrolled_on(world: World, students: Students, on: int) -> Enrolment:
    """Who is listed on a day."""
    persons = world.persons
    year = to_date(on).year - (to_date(on).month < 9)
    age = ((day(date(year, 8, 31)) - persons.birth[students.person]) / DAYS_A_YEAR).astype(np.int64)
    stage = _stages(age, students.drawn[:, 1])
    outside = np.select([stage == s for s in LISTED_SHARE], list(LISTED_SHARE.values()), 0.0)
    inside = np.select([stage == s for s in LISTED_SHARE], list(LISTED_SHARE_IN_LAYER.values()), 0.0)
    listed = students.drawn[:, 0] < np.where(students.in_view, inside, outside)
    listed &= ~students.is_away & persons.present(on)[students.person]
    listed &= (stage != HIGHER) | (world.traits.student_until[students.person] > age)
    place = np.flatnonzero(listed)
    person, stage = students.person[place], stage[place]
    first_age = np.select([stage == s for s in LISTED_SHARE], [3, 6, 12, 15, 15, 18])
    boarding = np.select([stage == s for s in LISTED_SHARE], list(BOARDING_SHARE.values()))
    hardship = _hardship(world, person, on, students.drawn[place, 4])
    low, high = (np.select([stage == s for s in FEES], [span[n] for span in FEES.values()]) for n in (0, 1))
    fee = low + (high - low) * students.drawn[place, 3]
    fee = np.where(hardship != "", fee * AID_PART, fee)
    return Enrolment(
        person=person,
        stage=stage,
        grade=(age[place] - first_age + 1).astype(np.int32),
        is_boarder=students.drawn[place, 2] < boarding,
        hardship=hardship,
        fee=(np.round(fee) * 100).astype(np.int64),
    )


def _stages(age: Ints, drawn: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    upper = np.where(drawn < VOCATIONAL_SHARE, VOCATIONAL, HIGH)
    bounds = [(age >= 18) & (age <= LAST_AGE), (age >= 15) & (age < 18), (age >= 12) & (age < 15)]
    bounds += [(age >= 6) & (age < 12), (age >= FIRST_AGE) & (age < 6)]
    return np.select(bounds, [np.full(len(age), HIGHER), upper, MIDDLE, PRIMARY, PRESCHOOL], "")


def _hardship(world: World, person: Ints, on: int, drawn: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    """1 for who is in or beside 低保, 特困, orphans; 2 for 低边, rigid expenditure, monitored; 3 for a few others."""
    register, watched, persons = world.register, world.monitored, world.persons
    households = len(world.households.income)
    levels = np.full(households, 9)
    now = register.on(on)
    monitored = (watched.identified <= on) & (watched.eliminated > on)
    levels[persons.household[watched.person[monitored]]] = 2
    for categories, level in ((("DBB", "GX", "QT"), 2), (("DB", "DB1", "TK", "OR", "DF"), 1)):
        levels[register.household[now & np.isin(register.category, categories)]] = level
    found = levels[persons.household[person]]
    found = np.where((found == 9) & (drawn < AIDED_OUTSIDE_SHARE), 3, found)
    return np.where(found < 9, found.astype("<U1"), "")
