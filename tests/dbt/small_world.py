"""A small invented world for the weekly tables: seventy people, three villages, twelve weeks, told by four bureaus.

The people and their spells are drawn first; what the bureaus deliver follows from them, list by list, as in life.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

AS_OF = date(2025, 11, 23)
FIRST_LIST = date(2025, 8, 31)  # a Sunday, so the first week shown
SUNDAYS = [FIRST_LIST + timedelta(days=7 * n) for n in range(13)]
VILLAGES = ("500156001001", "500156001200", "500156101201")
LISTS = [date(2025, 8, 31), date(2025, 9, 30), date(2025, 10, 31)]
FAR = date(9999, 12, 31)
LISTED_AFTER_STOP_DAYS = 75


@dataclass
class Spell:
    """A person's stay [start, stop) in a category of a household; FP belongs to a monitoring household."""

    category: str
    household: str
    start: date
    stop: date = FAR
    is_covered: bool = True

    def holds(self, day: date) -> bool:
        """Whether the day lies in the spell."""
        return self.start <= day < self.stop


@dataclass
class Person:
    """One person; `leaves` is the first day without them, by death or by moving out."""

    key: str
    birth: date
    sex: str
    household: int
    village: str
    death: date = FAR
    moved: date = FAR
    certified: tuple[date, date] = (FAR, FAR)
    spells: list[Spell] = field(default_factory=list)

    @property
    def leaves(self) -> date:
        return min(self.death, self.moved)

    def is_counted(self, day: date) -> bool:
        """Born, not dead, not moved out."""
        return self.birth <= day < self.leaves


@dataclass
class World:
    """The people, and where each register household lives from which day on."""

    people: list[Person]
    homes: dict[str, list[tuple[date, str]]]

    def home(self, household: str, day: date) -> str:
        """The household's village on a day."""
        return [village for since, village in self.homes[household] if since <= day][-1]


def draw_world(seed: int) -> World:
    """Seventy people in thirty households; most change something within the twelve weeks."""
    dice = random.Random(seed)
    people: list[Person] = []
    homes: dict[str, list[tuple[date, str]]] = {}
    while len(people) < 70:
        number = len(homes)
        village = dice.choice(VILLAGES)
        moves = [(date(2020, 1, 1), village)]
        if dice.random() < 0.25:
            moves.append((_day(dice, 5, 75), dice.choice(VILLAGES)))
        homes[f"H{number:02}"] = moves
        size = dice.choice((1, 1, 2, 3, 4))
        kinds = [dice.choice(("DB", "DB", "TK", "DBB", "GX", "QT", "OR", "DF", None)) for _ in range(2)]
        change = _day(dice, -20, 80)
        for _ in range(size):
            person = Person(
                key=f"p{len(people):02}",
                birth=date(dice.randint(1936, 2024), dice.randint(1, 12), dice.randint(1, 28)),
                sex=dice.choice("12"),
                household=number,
                village=village,
            )
            _live(dice, person, f"H{number:02}", kinds, change)
            people.append(person)
    people[0].birth = date(1965, 10, 15)  # turns 60 within the weeks
    people[1].birth = date(2025, 9, 20)  # born within them
    people[1].spells = [Spell("DB", "H00", date(2025, 3, 1))]
    homes["H00"] = homes["H00"][:1]
    for person in people[::9]:
        if person.certified[0] == FAR:
            # sent with its end before its start
            person.certified = (FIRST_LIST + timedelta(days=50), FIRST_LIST + timedelta(days=20))
    return World(people, homes)


def _live(dice: random.Random, person: Person, household: str, kinds: list[str | None], change: date) -> None:
    start = date(2019, 5, 1) + timedelta(days=dice.randint(0, 2000))
    first, second = kinds
    if first:
        stop = change if dice.random() < 0.6 else FAR
        person.spells.append(Spell(first, household, start, stop, is_covered=dice.random() < 0.9))
    if second and second != first and change <= AS_OF:
        person.spells.append(Spell(second, household, change))
    if dice.random() < 0.3:
        eliminated = _day(dice, 0, 60) if dice.random() < 0.5 else FAR
        person.spells.append(Spell("FP", f"A{person.household:02}", _day(dice, -400, 55), eliminated))
    if dice.random() < 0.12:
        person.death = _day(dice, 2, 60)
    elif dice.random() < 0.1:
        person.moved = _day(dice, 2, 80)
    if dice.random() < 0.3:
        person.certified = (_day(dice, -300, 70), _day(dice, 20, 200) if dice.random() < 0.4 else FAR)


def _day(dice: random.Random, first: int, last: int) -> date:
    return FIRST_LIST + timedelta(days=dice.randint(first, last))


def deliver(world: World) -> dict[str, list[dict[str, Any]]]:
    """The rows of the lake that the bureaus' deliveries would make of the world."""
    told = {
        "civil_affairs__register": _register(world),
        "agriculture__monitored_persons": _monitored(world),
        "police__population": _population(world),
        "health__deaths": _deaths(world),
        "disabled_federation__certificates": _certificates(world),
    }
    return {
        feed: [row | {"_row_number": place} for place, row in enumerate(rows, start=2)] for feed, rows in told.items()
    }


def _register(world: World) -> Iterator[dict[str, Any]]:
    for day in LISTS:
        yield from (_register_row(world, p, s, day, "full") for p, s in _register_spells(world) if _is_listed(s, day))
    for day in SUNDAYS:
        week_ago = day - timedelta(days=7)
        for person, spell in _register_spells(world):
            told = [spell.start, spell.stop, *(since for since, _ in world.homes[spell.household])]
            if _is_listed(spell, day) and any(week_ago < moment <= day for moment in told):
                yield _register_row(world, person, spell, day, "delta")


def _register_spells(world: World) -> Iterator[tuple[Person, Spell]]:
    for person in world.people:
        yield from ((person, spell) for spell in person.spells if spell.category != "FP")


def _is_listed(spell: Spell, day: date) -> bool:
    return (
        spell.start <= day < (spell.stop if spell.stop == FAR else spell.stop + timedelta(days=LISTED_AFTER_STOP_DAYS))
    )


def _register_row(world: World, person: Person, spell: Spell, day: date, kind: str) -> dict[str, Any]:
    return {
        "person_key": person.key,
        "household_id_civil_affairs": spell.household,
        "category_code": spell.category,
        "start_date": spell.start,
        "stop_date": spell.stop if spell.stop <= day else None,
        "is_covered": spell.is_covered,
        "covered_count": 1,
        "household_amount_yuan": 100,
        "area_code": world.home(spell.household, min(day, spell.stop)),
        "urban_rural_code": "2",
        "person_birth_date": person.birth,
        "person_sex_code": person.sex,
        "_period_end": day,
        "_kind": kind,
    }


def _monitored(world: World) -> Iterator[dict[str, Any]]:
    for person in world.people:
        for spell in person.spells:
            if spell.category == "FP" and spell.start <= LISTS[-1]:
                is_eliminated = spell.stop <= LISTS[-1]
                yield {
                    "member_id_agriculture": f"M-{person.key}",
                    "household_id_agriculture": spell.household,
                    "person_key": person.key,
                    "identified_date": spell.start,
                    "is_risk_eliminated": is_eliminated,
                    "eliminated_date": spell.stop if is_eliminated else None,
                    "_period_end": LISTS[-1],
                }


def _population(world: World) -> Iterator[dict[str, Any]]:
    full = date(2025, 9, 30)
    for day, kind in ((full, "full"), *((sunday, "delta") for sunday in SUNDAYS if sunday > full)):
        week_ago = day - timedelta(days=7)
        for person in world.people:
            if kind == "delta" and not any(week_ago < moment <= day for moment in (person.moved, person.birth)):
                continue
            if person.birth > day:
                continue
            has_moved = person.moved <= day
            yield {
                "person_key": person.key,
                "household_id_police": f"P{person.household}",
                "sex_code": person.sex,
                "birth_date": person.birth,
                "person_birth_date": person.birth,
                "person_sex_code": person.sex,
                "area_code": person.village,
                "urban_rural_code": "2",
                "person_status_code": "2" if has_moved else "1",
                "change_date": person.moved if has_moved else None,
                "_period_end": day,
                "_kind": kind,
            }


def _deaths(world: World) -> Iterator[dict[str, Any]]:
    for person in world.people:
        if person.death < FAR:
            end = next(day for day in (*LISTS, date(2025, 11, 30)) if person.death <= day)
            yield {"person_key": person.key, "death_date": person.death, "reported_date": end, "_period_end": end}


def _certificates(world: World) -> Iterator[dict[str, Any]]:
    for person in world.people:
        issued, valid_to = person.certified
        if issued < FAR:
            yield {
                "certificate_key": f"C-{person.key}",
                "person_key": person.key,
                "disability_grade_code": "2",
                "certificate_status_code": "1",
                "issue_date": issued,
                "valid_to_date": None if valid_to == FAR else valid_to,
                "_period_end": LISTS[-1],
            }
