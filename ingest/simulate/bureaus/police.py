"""The police's household registration: everyone once a quarter, changed persons every week."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.texts import dates, labels, numbered, text_of
from ingest.simulate.timeline import NEVER, at, quarter_ends
from ingest.simulate.world.build import World

FEED = "police__population"
CORRECTED_A_WEEK = 0.0002
LEAST_CORRECTED = 3


def deliveries(weeks: list[int]) -> list[Delivery]:
    """Everyone once a quarter, from the last one before the weeks; what changed every Monday."""
    quarters = [
        Delivery(FEED, name, 1, "full", end, at(end + 6, 15, 20), "csv", "gb18030")
        for name, end in quarter_ends(weeks[0] - 100, weeks[-1])
    ]
    return quarters + [
        Delivery(FEED, day_period(end), 1, "delta", end, at(end + 1, 7, 5), "csv", "gb18030") for end in weeks
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The extract's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons, on = world.persons, delivery.period_end
    listed = persons.entered <= on
    if delivery.kind == "delta":
        since = on - 7
        changed = np.zeros(len(persons), dtype=bool)
        for days in (persons.entered, persons.police_noted, persons.moved_out, persons.missing_since):
            changed |= (days > since) & (days <= on)
        rng = np.random.default_rng([world.seed, on])
        known = np.flatnonzero(listed)
        corrected = rng.choice(known, LEAST_CORRECTED + int(len(known) * CORRECTED_A_WEEK), replace=False)
        changed[corrected] = True
        listed &= changed
    person = np.flatnonzero(listed).astype(np.int32)
    dead = persons.police_noted[person] <= on
    moved = ~dead & (persons.moved_out[person] <= on)
    missing = ~dead & ~moved & (persons.missing_since[person] <= on)
    status = np.select([dead, moved, missing], ["3", "2", "4"], "1")
    entered = np.where(persons.entered[person] > 0, persons.entered[person], NEVER)
    changed_on = np.select(
        [dead, moved, missing],
        [persons.police_noted[person], persons.moved_out[person], persons.missing_since[person]],
        entered,
    )
    static = _static(world)
    table = static if len(person) == len(static) else static[person]
    return table.with_columns(
        person_status_code=labels(FEED, "person_status_code", status),
        change_date=dates(changed_on),
        _person=pl.Series(person),
        _household=pl.Series(persons.household[person]),
    )


def household_numbers(world: World) -> pl.Series:
    """Household numbers of the police register, one a person."""
    persons = world.persons
    town = np.array([v.area_code[:9] for v in persons.villages])[persons.village]
    return text_of(town) + numbered("", persons.household + 1, 9)


_kept: dict[int, pl.DataFrame] = {}


def _static(world: World) -> pl.DataFrame:
    """The columns that don't change, one row a person; made once a process."""
    if id(world) not in _kept:
        _kept[id(world)] = _build_static(world)
    return _kept[id(world)]


def _build_static(world: World) -> pl.DataFrame:
    persons = world.persons
    villages = persons.villages
    codes = np.array([v.area_code for v in villages])
    places = np.array([f"重庆市武隆区{v.name}" for v in villages])
    urban = np.where(persons.urban(), "1", "2")
    door = np.char.add(((persons.household % 399) + 1).astype("<U3"), "号")
    return pl.DataFrame(
        {
            "household_id_police": household_numbers(world),
            "person_name": text_of(persons.name),
            "person_id_no": text_of(persons.id_no),
            "sex_code": labels(FEED, "sex_code", persons.sex.astype("<U1")),
            "nation_code": labels(FEED, "nation_code", persons.nation),
            "birth_date": dates(persons.birth),
            "relation_code": labels(FEED, "relation_code", persons.relation),
            "address": text_of(np.char.add(places[persons.village], door)),
            "area_code": text_of(codes[persons.village]),
            "urban_rural_code": labels(FEED, "urban_rural_code", urban),
            "marital_status_code": labels(FEED, "marital_status_code", persons.marital),
        }
    )
