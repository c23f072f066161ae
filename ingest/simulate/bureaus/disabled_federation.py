"""The disabled persons' federation's certificates, all of them once a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import dates, labels, text_of
from ingest.simulate.timeline import NEVER, at, last_day, month_text
from ingest.simulate.world.build import World
from warehouse import areas

FEED = "disabled_federation__certificates"
CANCELLED_LISTED_DAYS = 400


def certificate_numbers(world: World, place: np.ndarray) -> np.ndarray:
    """Certificate numbers: identity number, type, grade, letter of re-issue."""
    cards = world.certificates
    number = np.char.add(world.persons.id_no[cards.person[place]], cards.type_code[place])
    return np.char.add(np.char.add(number, cards.grade_code[place]), cards.reissue[place])


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All certificates once a month, never with anything beside the file."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 4, 11, 30), "xlsx", has_sidecar=False)
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The extract's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    cards, persons, on = world.certificates, world.persons, delivery.period_end
    place = np.flatnonzero((cards.issued <= on) & (cards.cancelled > on - CANCELLED_LISTED_DAYS))
    person = cards.person[place]
    town_name = {town.area_code: town.name for town in areas.towns()}
    towns = np.array([town_name[v.parent_code] for v in persons.villages])
    head = np.full(int(persons.household.max()) + 1, 0)
    heads = np.flatnonzero(persons.slot == 0)
    head[persons.household[heads]] = heads
    guarded = np.isin(cards.type_code[place], ("5", "6")) & (persons.slot[person] != 0)
    until = pl.Series(np.where(cards.valid_to[place] >= NEVER, "长期", "")).cast(pl.String)
    return pl.DataFrame(
        {
            "certificate_no": text_of(certificate_numbers(world, place)),
            "person_name": text_of(persons.name[person]),
            "disability_type_code": labels(FEED, "disability_type_code", cards.type_code[place]),
            "disability_grade_code": labels(FEED, "disability_grade_code", cards.grade_code[place]),
            "issue_date": dates(cards.issued[place]),
            "valid_to_date": until + dates(cards.valid_to[place]),
            "certificate_status_code": labels(FEED, "certificate_status_code", cards.status_on(on)[place]),
            "guardian_name": text_of(np.where(guarded, persons.name[head[persons.household[person]]], "")),
            "phone_no": text_of(persons.phone_no[person]),
            "area_name": text_of(towns[persons.village[person]]),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
