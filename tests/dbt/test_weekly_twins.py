"""The weekly tables against slow twins: the same counts in plain Python, a person and a Sunday at a time."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from tests.dbt.small_world import SUNDAYS, Person, World
from warehouse.database import open_build

ORDER = ("TK", "DB", "FP", "DBB", "GX", "QT")
LAYER_OF = {"DB1": "DB", "OR": "QT", "DF": "QT"}
CHILDREN = ("OR", "DF")
FLOWS = (
    "opening", "entered", "relocated_in", "shifted_in", "exited", "died", "left_district", "relocated_out",
    "shifted_out", "closing",
)  # fmt: skip


class State(NamedTuple):
    """Where a person stands on a Sunday."""

    layers: tuple[str, ...]
    village: str

    @property
    def primary(self) -> str:
        return self.layers[0]

    @property
    def town(self) -> str:
        return self.village[:9] + "000"


def state_of(world: World, person: Person, day: date) -> State | None:
    """The person's layers by precedence, and the village: the register's while listed there, else the police's."""
    if not person.is_counted(day):
        return None
    held = [spell for spell in person.spells if spell.holds(day)]
    others = [spell for spell in held if spell.category not in CHILDREN]
    layers = {LAYER_OF.get(spell.category, spell.category) for spell in (others or held)}
    if not layers:
        return None
    listed = [spell for spell in held if spell.category != "FP"]
    village = world.home(listed[0].household, day) if listed else person.village
    return State(tuple(sorted(layers, key=ORDER.index)), village)


def published(
    build: Path, table: str, measures: tuple[str, ...], dimensions: tuple[str, ...]
) -> dict[Any, tuple[int, ...]]:
    """Rows of a published table as {dimensions: measures}."""
    connection = open_build(build / "dashboard.duckdb")
    rows = connection.execute(f"select {', '.join((*dimensions, *measures))} from {table}").fetchall()
    connection.close()
    return {row[: len(dimensions)]: row[len(dimensions) :] for row in rows}


def test_the_world_is_lively_enough(small_world: World) -> None:
    """Every layer, every kind of flow and an overlap occurs, or the twins would agree on nothing."""
    states = [state_of(small_world, person, day) for person in small_world.people for day in SUNDAYS]
    assert {layer for state in states if state for layer in state.layers} == set(ORDER)
    assert any(len(state.layers) > 1 for state in states if state)
    assert {flow for _, _, layer, flow in flow_twin(small_world) if layer != "ALL"} == set(FLOWS)


def test_layers(small_world: World, small_build: Path) -> None:
    persons: Counter[tuple[Any, ...]] = Counter()
    primary: Counter[tuple[Any, ...]] = Counter()
    for day in SUNDAYS:
        for state in filter(None, (state_of(small_world, person, day) for person in small_world.people)):
            for layer in state.layers:
                persons[day, state.town, state.village, layer] += 1
                primary[day, state.town, state.village, layer] += layer == state.primary
    found = published(
        small_build,
        "pub_layers_by_week_village",
        ("persons_count", "primary_persons_count"),
        ("week_end_date", "town_code", "village_code", "layer_code"),
    )
    assert found == {place: (count, primary[place]) for place, count in persons.items()}


def test_persons_by_kind(small_world: World, small_build: Path) -> None:
    twin: Counter[tuple[Any, ...]] = Counter()
    for day in SUNDAYS:
        for person in small_world.people:
            state = state_of(small_world, person, day)
            if state:
                age = day.year - person.birth.year - ((day.month, day.day) < (person.birth.month, person.birth.day))
                band = "80+" if age >= 80 else f"{age // 10 * 10}-{age // 10 * 10 + 9}"
                is_certified = person.certified[0] <= day <= person.certified[1]
                twin[day, state.village, state.primary, person.sex, band, is_certified] += 1
    found = published(
        small_build,
        "pub_persons_by_week_village",
        ("persons_count",),
        ("week_end_date", "village_code", "layer_code", "sex_code", "age_band_code", "has_disability"),
    )
    assert found == {kind: (count,) for kind, count in twin.items()}


def flow_twin(world: World) -> Counter[tuple[Any, ...]]:
    """Counts by week, town, layer and part of the flow identity."""
    twin: Counter[tuple[Any, ...]] = Counter()
    for day in SUNDAYS:
        for person in world.people:
            before, now = state_of(world, person, day - timedelta(days=7)), state_of(world, person, day)
            for layer_before, layer_now, is_all in _views(before, now):
                if before:
                    twin[day, before.town, layer_before, "opening"] += 1
                if now:
                    twin[day, now.town, layer_now, "closing"] += 1
                for place, layer, flow in _moves(person, day, before, now, layer_before, layer_now, is_all):
                    twin[day, place, layer, flow] += 1
    return twin


def test_flows(small_world: World, small_build: Path) -> None:
    found = published(
        small_build,
        "pub_flows_by_week_town",
        tuple(f"{flow}_count" for flow in FLOWS),
        ("week_end_date", "town_code", "layer_code"),
    )
    got = {
        (*place, flow): count for place, row in found.items() for flow, count in zip(FLOWS, row, strict=True) if count
    }
    assert got == flow_twin(small_world)


def _views(before: State | None, now: State | None) -> list[tuple[str, str, bool]]:
    """The same two states seen by primary layer, and as ALL."""
    return [(before.primary if before else "", now.primary if now else "", False), ("ALL", "ALL", True)]


def _moves(
    person: Person, day: date, before: State | None, now: State | None, old: str, new: str, is_all: bool
) -> list[tuple[str, str, str]]:
    if before and now:
        if before.town != now.town:
            return [(before.town, old, "relocated_out"), (now.town, new, "relocated_in")]
        return [] if is_all or old == new else [(before.town, old, "shifted_out"), (now.town, new, "shifted_in")]
    if now:
        return [(now.town, new, "entered")]
    if before:
        reason = "died" if person.death <= day else "left_district" if person.moved <= day else "exited"
        return [(before.town, old, reason)]
    return []


def test_households(small_world: World, small_build: Path) -> None:
    """A monitoring household that shares a member with a register household is that household."""
    matched: dict[str, str] = {}
    for person in small_world.people:
        register = [spell for spell in person.spells if spell.category != "FP"]
        for watched in (spell for spell in person.spells if spell.category == "FP"):
            for spell in register:
                if watched.start < spell.stop and spell.start < watched.stop:
                    matched[watched.household] = min(spell.household, matched.get(watched.household, spell.household))
    seen: dict[tuple[Any, ...], set[str]] = {}
    for day in SUNDAYS:
        for person in small_world.people:
            state = state_of(small_world, person, day)
            for layer in state.layers if state else ():
                spells = [s for s in person.spells if s.holds(day) and LAYER_OF.get(s.category, s.category) == layer]
                home = spells[0].household
                home = matched.get(home, f"F15-{home}") if layer == "FP" else home
                assert state is not None
                seen.setdefault((day, state.village, layer), set()).add(home)
                if layer == state.primary:
                    seen.setdefault((day, state.village, "ALL"), set()).add(home)
    found = published(
        small_build,
        "pub_households_by_week_village",
        ("households_count",),
        ("week_end_date", "village_code", "layer_code"),
    )
    assert found == {place: (len(homes),) for place, homes in seen.items()}


def test_population(small_world: World, small_build: Path) -> None:
    twin = Counter((day, person.village) for day in SUNDAYS for person in small_world.people if person.is_counted(day))
    found = published(
        small_build, "pub_population_by_week_village", ("registered_persons_count",), ("week_end_date", "village_code")
    )
    assert found == {place: (count,) for place, count in twin.items()}
