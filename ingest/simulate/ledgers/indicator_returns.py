"""The offices' monthly returns on the 41 items of the work plan: what each says it did, never a target.

In: the list of indicators beside this module (indicators.csv), the world's own counts. Out: one row an indicator, area
and month. A cumulative number grows through the year and begins again in January; a share moves from `start` to
`amount` percent; `closed` counts what was found and dealt with; `steps` are the months in which something was done.
"""

from __future__ import annotations

import csv
import functools
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate import names
from ingest.simulate.ledgers.measures import WHOLE, measured
from ingest.simulate.timeline import month, month_text, to_date
from warehouse import areas

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "civil_affairs__indicator_returns"
GENERATOR = 129
LIST = Path(__file__).with_name("indicators.csv")
MONTHS = 12
EARLIER_YEARS = 0.93  # of this year's activity, for each year back
UNEVEN = 0.18  # spread of the months of a year
TOWN_OFFICE = "社会事务办公室"
BUREAU = "区民政局"
COLUMNS = {
    "month": pl.Int32,
    "item": pl.Int32,
    "code": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "unit": pl.String,
    "area": pl.String,
    "org": pl.String,
    "reporter": pl.String,
    "evidence": pl.String,
}


@dataclass(frozen=True)
class Indicator:
    """One line of the list. amount, base and start as the list writes them; their meaning depends on `kind`."""

    item: int
    code: str
    unit: str
    office: str
    level: str
    kind: str
    amount: str
    base: str
    start: str


@dataclass(frozen=True)
class Place:
    """An area that reports, with its share of the district's people and its villages."""

    area: str
    org: str
    share: float
    villages: int
    communities: int


@functools.cache
def load_indicators() -> tuple[Indicator, ...]:
    """The list, in its order."""
    with LIST.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return tuple(
        Indicator(
            item=int(row["item_no"]),
            code=row["indicator_code"],
            unit=row["unit"],
            office=row["office"],
            level=row["level"],
            kind=row["kind"],
            amount=row["amount"],
            base=row["base"],
            start=row["start"],
        )
        for row in rows
    )


def build(world: World) -> pl.DataFrame:
    """Grain: indicator, area, month. Columns: COLUMNS; denominator null where an indicator has none."""
    first, last = month(to_date(world.weeks[0])) - 1, month(world.as_of) - 1
    towns = _towns(world)
    reporters = _reporters(world, towns)
    rows: list[tuple[object, ...]] = []
    for indicator in load_indicators():
        district = Place(WHOLE, BUREAU + indicator.office, 1.0, *_all_villages(towns))
        places = towns if indicator.level == "town" else [district]
        counted = _counted(indicator, world, first, last)
        for place in places:
            rng = np.random.default_rng([world.seed, GENERATOR, zlib.crc32((indicator.code + place.area).encode())])
            values = counted.get(place.area) or _series(indicator, place, world.as_of.year, first, last, rng)
            for number, (numerator, denominator) in zip(range(first, last + 1), values, strict=True):
                rows.append(
                    (
                        number,
                        indicator.item,
                        indicator.code,
                        numerator,
                        denominator,
                        indicator.unit,
                        place.area,
                        place.org,
                        reporters[place.org],
                        f"{indicator.code}_{month_text(number)}.pdf",
                    )
                )
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").sort("month", "item", "code", "area")


def _towns(world: World) -> list[Place]:
    persons = world.persons
    codes = sorted({village.parent_code for village in persons.villages})
    of_town = np.array([codes.index(village.parent_code) for village in persons.villages])
    counts = np.bincount(of_town[persons.village], minlength=len(codes))
    town_names = {town.area_code: town.name for town in areas.towns()}
    return [
        Place(
            area=code,
            org=town_names[code] + TOWN_OFFICE,
            share=float(counts[place] / counts.sum()),
            villages=sum(v.parent_code == code for v in persons.villages),
            communities=sum(v.parent_code == code and v.kind == "社区" for v in persons.villages),
        )
        for place, code in enumerate(codes)
    ]


def _all_villages(towns: list[Place]) -> tuple[int, int]:
    return sum(town.villages for town in towns), sum(town.communities for town in towns)


def _reporters(world: World, towns: list[Place]) -> dict[str, str]:
    """One officer's name for each office; officers are no persons of the register."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    offices = sorted({BUREAU + indicator.office for indicator in load_indicators()}) + [town.org for town in towns]
    sex = rng.integers(1, 3, len(offices)).astype(np.int8)
    found = np.char.add(names.draw_surnames(rng, len(offices)), names.draw_given_names(rng, sex))
    return dict(zip(offices, found.tolist(), strict=True))


def _counted(indicator: Indicator, world: World, first: int, last: int) -> dict[str, list[tuple[float, float | None]]]:
    """What the world itself counts in each month, by area; nothing for what only the offices know."""
    if indicator.kind != "world":
        return {}
    months = [measured(world, indicator.amount, number) for number in range(first, last + 1)]
    return {area: [values[area] for values in months] for area in months[0]}


def _series(
    indicator: Indicator, place: Place, this_year: int, first: int, last: int, rng: np.random.Generator
) -> list[tuple[float, float | None]]:
    """Numerator and denominator of each month from first to last."""
    years = range(1970 + first // MONTHS, 1970 + last // MONTHS + 1)
    lean = float(rng.random())
    by_year = {year: _year(indicator, place, this_year - year, lean, rng) for year in years}
    return [by_year[1970 + number // MONTHS][number % MONTHS] for number in range(first, last + 1)]


def _year(
    indicator: Indicator, place: Place, years_back: int, lean: float, rng: np.random.Generator
) -> list[tuple[float, float | None]]:
    """The twelve months of a year. `lean` in [0, 1) rounds a place's part up or down, always the same way."""
    factor = EARLIER_YEARS**years_back
    progress = np.cumsum(rng.lognormal(0, UNEVEN, MONTHS))
    progress = progress / progress[-1]
    if indicator.kind == "zero":
        return [(0.0, None)] * MONTHS
    if indicator.kind == "steps":
        due = sorted(int(text) for text in indicator.amount.split())
        return [(float(sum(step <= number for step in due)), float(len(due))) for number in range(1, MONTHS + 1)]
    if indicator.kind == "month":
        drawn = rng.poisson(float(indicator.amount) * factor, MONTHS)
        return [(float(value), None) for value in drawn]
    if indicator.kind == "closed":
        found = np.floor(_part(indicator.base, place) * factor * progress + lean)
        return list(zip(np.floor(found * float(indicator.amount) / 100 + lean * 0.5), found, strict=True))
    if indicator.kind == "share":
        base = np.floor(_part(indicator.base, place) + lean)
        return [
            (min(float(base), float(n)), float(base)) for n in np.floor(base * _shares(indicator, years_back) + lean)
        ]
    exact = 1 if "." not in indicator.amount else 100
    if indicator.kind == "stock":
        begin, end = float(indicator.start), float(indicator.amount)
        level = (begin + (end - begin) * progress) if years_back == 0 else np.full(MONTHS, begin)
        return [(float(n), None) for n in np.floor(level * place.share * exact + lean) / exact]
    grown = np.floor(float(indicator.amount) * factor * place.share * progress * exact + lean) / exact
    base = float(indicator.base) if indicator.base else None
    return [(float(n) if base is None else min(float(n), base), base) for n in grown]


def _shares(indicator: Indicator, years_back: int) -> npt.NDArray[np.float64]:
    """Shares of the months: from start to amount this year; a year back, up to where this year starts."""
    begin, end = float(indicator.start) / 100, float(indicator.amount) / 100
    passed = np.arange(1, MONTHS + 1) / MONTHS
    if begin == 0.0 or years_back == 0:  # counted anew each year
        return begin + (end - begin) * passed
    return np.maximum(0.0, begin - (end - begin) * (1 - passed) * 0.8)


def _part(base: str, place: Place) -> float:
    """A place's part of the base: its own villages, its share of a number, or one whole for one of each."""
    if base in ("villages", "all_villages"):
        return float(place.villages)
    if base == "communities":
        return float(place.communities)
    number = float(base)
    return number if number == 1 else number * place.share
