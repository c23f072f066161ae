"""Damage to places: the county's old code, codes of a town only, renamed towns, the second scheme of town codes."""

from __future__ import annotations

import functools

import numpy as np

from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.rates import AREA_CODE_RATE, VILLAGE_RATE
from warehouse import areas
from warehouse.areas import Area
from warehouse.contracts import Column

OLD_COUNTY, COUNTY = "500232", "500156"
FORMER_NAMES = {  # towns that became another kind in 2020, or split before
    "500156001000": "巷口镇",
    "500156002000": "巷口镇",
    "500156003000": "仙女山镇",
    "500156004000": "土坎镇",
    "500156113000": "凤来乡",
}
FORMER_CODES = {"500156003": "500156103", "500156004": "500156106", "500156113": "500156200"}
# Feeds that tell a town by its code alone. In returns a town mistaken for another would stand there twice.
TOWNS_ALONE = ("civil_affairs__case_events", "civil_affairs__indicator_returns")
MISTAKEN_IN = ("civil_affairs__case_events",)
NO_VILLAGE = "易地搬迁安置点"
WITH_OLD_TOWN, TOWN_ONLY, OTHER_SCHEME, NO_SUCH = range(4)


def old_county_codes(ledger: Ledger, column: Column) -> None:
    """The code that the county had until 2016."""
    count = ledger.count(AREA_CODE_RATE)
    if count == 0:
        return
    current = ledger.matches(column.name, f"^{COUNTY}")
    rows = ledger.draw(count, harmful=False, where=current, column=column.name)
    values = [OLD_COUNTY + text[len(COUNTY) :] for text in ledger.texts(column.name, rows)]
    ledger.write(column.name, rows, values, "D25", "mapped")


def places(ledger: Ledger, column: Column) -> None:
    """Old names and codes of towns, and codes of the second scheme; before the county's old code comes into it."""
    villages = next((c.name for c in ledger.feed.columns if c.name == "village_name"), "")
    if villages in ledger.table.columns:
        _with_village_names(ledger, column.name, villages)
    elif ledger.delivery.feed_id in TOWNS_ALONE:
        _without_names(ledger, column.name)


def _with_village_names(ledger: Ledger, code: str, village: str) -> None:
    counts = {kind: ledger.count(VILLAGE_RATE / 4) for kind in (WITH_OLD_TOWN, TOWN_ONLY, OTHER_SCHEME, NO_SUCH)}
    if not any(counts.values()):
        return
    known = ledger.matches(code, f"^{COUNTY}") & ledger.filled(village) & ~ledger.touched
    for kind, count in counts.items():
        fits = known & _has_other_code(ledger, code) if kind == OTHER_SCHEME else known
        rows = ledger.draw(count, harmful=False, where=fits)
        if len(rows) == 0:
            continue
        known[rows] = False
        right, names = ledger.texts(code, rows), ledger.texts(village, rows)
        towns = [_towns()[text[:9] + "000"] for text in right]
        codes, texts, outcome, rule = right, names, "mapped", ""
        if kind == WITH_OLD_TOWN:
            texts = [FORMER_NAMES.get(t.area_code, t.name) + name for t, name in zip(towns, names, strict=True)]
        elif kind == TOWN_ONLY:
            codes = [town.area_code for town in towns]
        elif kind == OTHER_SCHEME:
            codes = [f"{town.alternative_code}000" for town in towns]
            texts = [town.name + name for town, name in zip(towns, names, strict=True)]
            outcome, rule = "corrected", "area_other_scheme"
        else:
            codes, texts = [town.area_code for town in towns], [NO_VILLAGE] * len(rows)
            outcome, rule = "unresolved", "village_unresolved"
        ledger.put(code, rows, codes)
        ledger.put(village, rows, texts)
        ledger.note(rows, code, "D08", outcome, rule, codes, right)
        ledger.note(rows, village, "D08", "aside", "", texts, names)


def _without_names(ledger: Ledger, code: str) -> None:
    """Places told by a name, by a former code or by the second scheme, of which nine codes mean another town today."""
    count = ledger.count(VILLAGE_RATE)
    if count == 0:
        return
    known = ledger.is_one_of(code, _places()) & ~ledger.touched
    rows = ledger.draw(count, harmful=False, where=known, column=code)
    kinds = ledger.rng.integers(0, 3, len(rows))
    for kind, make in enumerate((_name, _former_code, _other_code)):
        mine = rows[kinds == kind]
        texts = [make(text) for text in ledger.texts(code, mine)]
        outcome, rule = ("corrected", "area_other_scheme") if make is _other_code else ("mapped", "")
        told = [text if text and text not in _places() and text[:9] not in _ambiguous() else None for text in texts]
        _write_each(ledger, code, mine, told, outcome, rule)
        either = [text if text and text not in _places() and text[:9] in _ambiguous() else None for text in texts]
        _write_each(ledger, code, mine, either, "unresolved", "village_unresolved")
        if ledger.delivery.feed_id in MISTAKEN_IN:
            untold = [text if text in _places() else None for text in texts]
            _write_each(ledger, code, mine, untold, "undetectable")


def _name(code: str) -> str | None:
    place, town = _places()[code], _towns()[f"{code[:9]}000"]
    return place.name if place is town else town.name + place.name


def _former_code(code: str) -> str | None:
    former = FORMER_CODES.get(code[:9])
    return former + code[9:] if former else None


def _other_code(code: str) -> str | None:
    other = _towns()[f"{code[:9]}000"].alternative_code
    return other + code[9:] if other != code[:9] else None


def _write_each(
    ledger: Ledger, column: str, rows: np.ndarray, values: list[str | None], outcome: str, rule: str = ""
) -> None:
    there = np.array([value is not None for value in values], dtype=bool)
    ledger.write(column, rows[there], [value for value in values if value], "D08", outcome, rule)


def _has_other_code(ledger: Ledger, code: str) -> np.ndarray:
    """Which rows' town has another code in the second scheme."""
    same = {c[:9] for c, town in _towns().items() if town.alternative_code == c[:9]}
    return (~ledger.table[code].str.slice(0, 9).is_in(list(same))).to_numpy()


@functools.cache
def _ambiguous() -> frozenset[str]:
    """Former codes of towns that the second scheme gives to another one: without a name nobody can choose."""
    return frozenset({town.alternative_code for town in areas.towns()} & set(FORMER_CODES.values()))


@functools.cache
def _places() -> dict[str, Area]:
    """Towns and villages of today by code."""
    return {place.area_code: place for place in (*areas.towns(), *areas.villages())}


@functools.cache
def _towns() -> dict[str, Area]:
    return {town.area_code: town for town in areas.towns()}
