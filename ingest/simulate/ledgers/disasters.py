"""Disasters and the households that each one hit: a flood, a slide, hail or a fire in some villages of one town.

In: persons, villages. Out: one row a household and disaster.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.scales import DISTRICT_PERSONS
from ingest.simulate.timeline import day, to_date
from ingest.simulate.world.population import Flags, Ints

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "emergency__disasters"
GENERATOR = 123
# kind, month and day it happens on, households hit at the district's size from and to
SEASON = (
    ("5", 4, 13, (40, 120)),
    ("1", 6, 22, (60, 200)),
    ("2", 7, 9, (10, 40)),
    ("1", 7, 28, (50, 160)),
    ("3", 8, 17, (5, 9)),
    ("4", 9, 3, (80, 200)),
    ("3", 11, 8, (5, 12)),
    ("3", 1, 21, (5, 12)),
)
SMALL_SPREAD = (5, 9)
COLLAPSE_KINDS = ("1", "2", "3")
LOSS_MEDIAN_WAN = {"1": 1.6, "2": 3.2, "3": 2.4, "4": 0.5, "5": 0.7}


def build(world: World) -> pl.DataFrame:
    """Grain: household and disaster. Columns: kind, happened (day), person (head), affected, rooms, loss (fen), aid."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons = world.persons
    villages = np.array([v.area_code for v in persons.villages])
    towns = np.array([code[:9] for code in villages])
    small = len(persons) < DISTRICT_PERSONS / 4
    poor = np.zeros(len(world.households.income), dtype=bool)
    poor[world.register.household[world.register.on(world.today)]] = True
    frames = []
    for kind, happened, spread in days_of(world.weeks):
        wanted = int(rng.integers(*(SMALL_SPREAD if small else spread)))
        town = str(rng.choice(np.unique(towns)))
        here = persons.present(happened)
        heads = np.flatnonzero(here & (persons.slot == 0) & (towns[persons.village] == town))
        person = np.sort(_hit(heads, min(wanted, len(heads)), poor[persons.household[heads]], rng))
        sizes = np.bincount(persons.household[here], minlength=len(world.households.income))
        count = len(person)
        rooms = np.where(rng.random(count) < 0.45, rng.integers(1, 5, count), 0) * (kind in COLLAPSE_KINDS)
        loss = LOSS_MEDIAN_WAN[kind] * rng.lognormal(0, 0.7, count) * (1 + rooms)
        frames.append(
            pl.DataFrame(
                {
                    "kind": [kind] * count,
                    "happened": np.full(count, happened, dtype=np.int32),
                    "person": person.astype(np.int32),
                    "affected": np.minimum(sizes[persons.household[person]], 50).astype(np.int32),
                    "rooms": rooms.astype(np.int32),
                    "loss": np.maximum(1, np.round(loss * 100)).astype(np.int64) * 10_000,
                    "aid": np.array(("已发放应急生活补助", "已转移安置", "物资救助", ""))[
                        rng.choice(4, count, p=(0.3, 0.15, 0.35, 0.2))
                    ].tolist(),
                }
            )
        )
    return pl.concat(frames)


def _hit(heads: Ints, wanted: int, poor: Flags, rng: np.random.Generator) -> Ints:
    """Households of the town, one of the register's among them where there is one."""
    first = rng.permutation(heads[poor])[:1]
    others = np.setdiff1d(heads, first)
    return np.concatenate([first, rng.choice(others, wanted - len(first), replace=False)])


def days_of(weeks: list[int]) -> list[tuple[str, int, tuple[int, int]]]:
    """The disasters (kind, day, households hit from and to) of the weeks that end on these Sundays, in order."""
    first, last = weeks[0] - 6, weeks[-1]
    years = range(to_date(first).year, to_date(last).year + 1)
    found = [(kind, day(date(year, month, number)), hit) for year in years for kind, month, number, hit in SEASON]
    return sorted((f for f in found if first <= f[1] <= last), key=lambda f: f[1])
