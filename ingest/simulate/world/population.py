"""Registered persons in their households and villages, with ages, sex, nation, relations and marriages.

In: the scale, areas. Out: `Persons`, one entry a person in every column. No policy, no defects.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.simulate import identity_numbers, names
from ingest.simulate.scales import Scale
from ingest.simulate.timeline import DAYS_A_YEAR, HISTORY_MONTHS, NEVER, day
from warehouse import areas
from warehouse.areas import Area

Ints = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

SINGLE_ELDER, ELDER_COUPLE, SINGLE_ADULT, COUPLE, FAMILY, THREE_GENERATIONS, ONE_PARENT = range(7)
_TYPE_SHARES = (0.14, 0.165, 0.09, 0.07, 0.24, 0.25, 0.045)
_SLOTS = ("head", "spouse", "child", "child", "child", "parent", "parent")
_COMMUNITY_WEIGHT = 2.2  # persons in a community (社区) to persons in a village (村)
_MAX_AGE = 101
YOUNGEST = HISTORY_MONTHS / 12 + 0.1  # years on the as-of date; younger ones are born during the history


@dataclass
class Persons:
    """Every person ever registered in the 36 months; days as numbers, NEVER where nothing happened."""

    id_no: npt.NDArray[np.str_]
    name: npt.NDArray[np.str_]
    birth: Ints
    sex: npt.NDArray[np.int8]
    nation: npt.NDArray[np.str_]
    household: Ints
    slot: npt.NDArray[np.int8]
    relation: npt.NDArray[np.str_]
    marital: npt.NDArray[np.str_]
    village: Ints
    household_type: npt.NDArray[np.int8]
    entered: Ints
    death: Ints
    death_reported: Ints  # to the health commission
    cremated: Ints
    police_noted: Ints  # death cancelled in the register
    moved_out: Ints
    missing_since: Ints
    register_noted: Ints  # death or departure recorded by civil affairs
    subsidy_noted: Ints  # death or departure recorded by the subsidy clerk
    account_no: npt.NDArray[np.str_]
    phone_no: npt.NDArray[np.str_]
    villages: tuple[Area, ...]

    def __len__(self) -> int:
        return len(self.birth)

    def urban(self) -> Flags:
        """Whether a person is registered in a community (城市)."""
        return np.array([v.urban_rural_code == "1" for v in self.villages])[self.village]

    def present(self, on: int | Ints) -> Flags:
        """Registered, alive and not moved out on a day (or at each person's own day)."""
        return (self.entered <= on) & (self.death > on) & (self.moved_out > on)


def choose_villages(scale: Scale) -> tuple[Area, ...]:
    """The villages of the scale's towns; of each town the first few of each kind when it asks for few."""
    chosen: list[Area] = []
    for town in areas.towns():
        if scale.town_codes and town.area_code not in scale.town_codes:
            continue
        inside = areas.villages(town.area_code)
        if scale.villages_per_town:
            communities = [v for v in inside if v.kind == "社区"][:1]
            inside = tuple(communities) + tuple([v for v in inside if v.kind == "村"][: scale.villages_per_town - 1])
        chosen += inside
    return tuple(chosen)


def build_persons(scale: Scale, as_of: date, rng: np.random.Generator) -> Persons:
    """The persons registered when the history begins, before births, deaths and moves."""
    villages = choose_villages(scale)
    count = int(scale.persons_count / 2.85)
    kind = rng.choice(len(_TYPE_SHARES), count, p=_TYPE_SHARES).astype(np.int8)
    ages, present = _ages(kind, rng)
    sexes = _sexes(kind, rng)
    household, slot = np.nonzero(present)
    age = np.minimum(ages[household, slot], _MAX_AGE)
    birth = (day(as_of) - age * DAYS_A_YEAR).astype(np.int32)
    sex = sexes[household, slot]
    village = _villages_of_households(villages, count, rng)[household]
    total = len(birth)
    surname = _surnames(household, slot, count, rng)
    name = names.add_rare_names(rng, np.char.add(surname, names.draw_given_names(rng, sex)))
    never = np.full(total, NEVER, dtype=np.int32)
    return Persons(
        id_no=identity_numbers.draw_numbers(rng, birth, sex),
        name=name,
        birth=birth,
        sex=sex,
        nation=_nations(villages, village, rng),
        household=household.astype(np.int32),
        slot=slot.astype(np.int8),
        relation=_relations(slot, sex),
        marital=_marital(kind[household], slot, age, rng),
        village=village.astype(np.int32),
        household_type=kind[household],
        entered=np.full(total, -100_000, dtype=np.int32),
        death=never.copy(),
        death_reported=never.copy(),
        cremated=never.copy(),
        police_noted=never.copy(),
        moved_out=never.copy(),
        missing_since=never.copy(),
        register_noted=never.copy(),
        subsidy_noted=never.copy(),
        account_no=account_numbers(np.arange(total)),
        phone_no=phone_numbers(np.arange(total)),
        villages=villages,
    )


def account_numbers(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """Account numbers of 19 places under 9999, an issuer prefix that no card scheme has."""
    return np.char.add("9999", np.char.zfill((numbers * 7_919 + 100_003).astype("<U15"), 15))


def phone_numbers(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """Phone numbers of 11 places under 100, which no mobile network has."""
    return np.char.add("100", np.char.zfill((numbers % 100_000_000).astype("<U8"), 8))


def _elder_ages(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    bands = np.array([60, 65, 70, 75, 80, 85, 90, 95])
    shares = np.array([0.23, 0.215, 0.19, 0.15, 0.125, 0.06, 0.025, 0.005])
    return bands[rng.choice(len(bands), count, p=shares / shares.sum())] + rng.random(count) * 5


def _ages(kind: npt.NDArray[np.int8], rng: np.random.Generator) -> tuple[npt.NDArray[np.float64], Flags]:
    count = len(kind)
    ages = np.zeros((count, len(_SLOTS)))
    present = np.zeros((count, len(_SLOTS)), dtype=bool)
    present[:, 0] = True
    elder = np.isin(kind, (SINGLE_ELDER, ELDER_COUPLE))
    head = rng.uniform(27, 56, count)
    head = np.where(kind == SINGLE_ADULT, rng.uniform(20, 60, count), head)
    head = np.where(kind == COUPLE, rng.uniform(24, 66, count), head)
    head = np.where(elder, _elder_ages(count, rng), head)
    ages[:, 0] = head
    ages[:, 1] = np.clip(head - rng.normal(1.5, 2.5, count), 20, _MAX_AGE)
    present[:, 1] = np.isin(kind, (ELDER_COUPLE, COUPLE, FAMILY, THREE_GENERATIONS))
    with_children = np.isin(kind, (FAMILY, THREE_GENERATIONS, ONE_PARENT))
    children = rng.choice([1, 2, 3], count, p=(0.33, 0.48, 0.19))
    first_child = np.minimum(head, ages[:, 1]) - rng.uniform(21, 33, count)
    for number in range(3):
        ages[:, 2 + number] = first_child - 2.8 * number
        grown = ages[:, 2 + number] > 27
        present[:, 2 + number] = with_children & (children > number) & (ages[:, 2 + number] > YOUNGEST) & ~grown
    parent_age = head + rng.uniform(21, 31, count)
    ages[:, 5], ages[:, 6] = parent_age, np.clip(parent_age - rng.normal(1.5, 2.5, count), 45, _MAX_AGE)
    three = (kind == THREE_GENERATIONS) & (parent_age < 96)
    present[:, 5] = three
    present[:, 6] = three & (rng.random(count) < 0.55)
    return ages, present


def _sexes(kind: npt.NDArray[np.int8], rng: np.random.Generator) -> npt.NDArray[np.int8]:
    count = len(kind)
    male_head = np.where(kind == SINGLE_ELDER, 0.50, np.where(kind == SINGLE_ADULT, 0.74, 0.72))
    sexes = np.empty((count, len(_SLOTS)), dtype=np.int8)
    sexes[:, 0] = np.where(rng.random(count) < male_head, 1, 2)
    sexes[:, 1] = 3 - sexes[:, 0]
    sexes[:, 2:5] = np.where(rng.random((count, 3)) < 0.545, 1, 2)
    sexes[:, 5] = np.where(rng.random(count) < 0.5, 1, 2)
    sexes[:, 6] = 3 - sexes[:, 5]
    return sexes


def _villages_of_households(villages: tuple[Area, ...], count: int, rng: np.random.Generator) -> Ints:
    town_population = {town.area_code: town.census_2010_population or 1 for town in areas.towns()}
    weight = np.array([_COMMUNITY_WEIGHT if v.kind == "社区" else 1.0 for v in villages])
    weight *= rng.uniform(0.6, 1.4, len(villages))
    for code in {v.parent_code for v in villages}:
        inside = np.array([v.parent_code == code for v in villages])
        weight[inside] *= town_population[code] / weight[inside].sum()
    return rng.choice(len(villages), count, p=weight / weight.sum()).astype(np.int32)


def _surnames(household: Ints, slot: Ints, count: int, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    of_household = names.draw_surnames(rng, count)
    own = names.draw_surnames(rng, len(household))
    married_in = (slot == 1) | (slot == 6)
    return np.where(married_in, own, of_household[household])


def _nations(villages: tuple[Area, ...], village: Ints, rng: np.random.Generator) -> npt.NDArray[np.str_]:
    kinds = {town.area_code: town.kind for town in areas.towns()}
    minority_town = np.array(["民族" in kinds[v.parent_code] or "民族" in v.name for v in villages])[village]
    drawn = rng.random(len(village))
    minority = np.where(minority_town, drawn < 0.55, drawn < 0.09)
    nations = np.array(["15", "06", "37", "97"])[rng.choice(4, len(village), p=(0.5, 0.36, 0.12, 0.02))]
    return np.where(minority, nations, "01")


def _relations(slot: Ints, sex: npt.NDArray[np.int8]) -> npt.NDArray[np.str_]:
    child = np.where(sex == 1, "2", "3")
    by_slot = np.array(["0", "1", "2", "2", "2", "5", "5"])[slot]
    return np.where((slot >= 2) & (slot <= 4), child, by_slot)


def _marital(
    kind: npt.NDArray[np.int8], slot: Ints, age: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.str_]:
    drawn = rng.random(len(slot))
    alone = np.isin(kind, (SINGLE_ELDER, SINGLE_ADULT, ONE_PARENT)) & (slot == 0)
    status = np.where((slot >= 2) & (slot <= 4), "10", "20")
    unmarried = np.where(drawn < 0.25, "10", np.where(drawn < 0.9, "30", "40"))
    status = np.where(alone & (age >= 60), unmarried, status)
    status = np.where(alone & (age < 60), np.where(drawn < 0.6, "10", "40"), status)
    return np.where((slot == 5) & (drawn < 0.45), "30", status)
