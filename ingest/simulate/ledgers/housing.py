"""Households that housing helps: public rental flats, rent subsidies, repaired unsafe houses of the countryside.

In: persons, register, the unsafe houses of the property ledger. Out: one row a household head and kind of support.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import property as homes
from ingest.simulate.scales import DISTRICT_PERSONS
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "housing__support"
GENERATOR = 126
RENTAL, SUBSIDY, REPAIR = "1", "2", "3"
DISTRICT_HOUSEHOLDS = {RENTAL: 1_900, SUBSIDY: 600, REPAIR: 3_700}
LEAST_HOUSEHOLDS = {RENTAL: 8, SUBSIDY: 4, REPAIR: 12}
IN_LAYER_WEIGHT = 8.0
TERM_DAYS = {RENTAL: 1_095, SUBSIDY: 365}
RENEWED_SHARE = 0.93
REPAIR_DAYS = (60, 240)
UNSAFE_GRADES, UNSAFE_SHARES = ("C", "D"), (0.62, 0.38)
AREAS_M2 = {RENTAL: (34, 60), SUBSIDY: (40, 90), REPAIR: (48, 150)}


def build(world: World) -> pl.DataFrame:
    """Grain: head and kind. Columns: person, support, grade, area (m² × 100), since, until (last day, NEVER: open)."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, today = world.persons, world.today
    known = np.zeros(len(world.households.income), dtype=bool)
    known[world.register.household] = True
    urban = persons.urban()
    head = persons.present(today) & (persons.slot == 0)
    weight = np.where(known[persons.household], IN_LAYER_WEIGHT, 1.0) * head
    frames = []
    for support, district in DISTRICT_HOUSEHOLDS.items():
        wanted = max(LEAST_HOUSEHOLDS[support], round(district * len(persons) / DISTRICT_PERSONS))
        mine = weight * (~urban if support == REPAIR else np.where(urban, 1.0, 0.05))
        count = min(wanted, int((mine > 0).sum()))
        person = np.sort(rng.choice(len(persons), count, replace=False, p=mine / mine.sum()))
        since = today - rng.integers(30, 2_600, count)
        if support == REPAIR:
            until = since + rng.integers(*REPAIR_DAYS, count)
            grade = np.array(UNSAFE_GRADES)[rng.choice(2, count, p=UNSAFE_SHARES)]
        else:
            term = TERM_DAYS[support]
            until = since + term * (1 + np.maximum(0, today - since) // term) - 1
            ended = rng.random(count) >= RENEWED_SHARE
            until = np.where(ended, np.minimum(since + term - 1, until), until)
            grade = np.where(rng.random(count) < 0.7, "A", "B")
        frames.append(
            pl.DataFrame(
                {
                    "person": person.astype(np.int32),
                    "support": [support] * count,
                    "grade": grade.tolist(),
                    "area": rng.integers(AREAS_M2[support][0] * 100, AREAS_M2[support][1] * 100, count),
                    "since": since.astype(np.int32),
                    "until": np.minimum(until, NEVER).astype(np.int32),
                }
            )
        )
    frames.append(_known_unsafe(world, rng))
    return pl.concat(frames).unique(["person", "support"], keep="last", maintain_order=True).sort("support", "person")


def _known_unsafe(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """The holders of houses that don't count for the property test, each with its grade, from before the files begin."""
    unsafe = world.ledgers[homes.FEED].filter(pl.col("unsafe_grade") != "").unique("person", maintain_order=True)
    count = len(unsafe)
    since = world.weeks[0] - rng.integers(200, 900, count)
    return pl.DataFrame(
        {
            "person": unsafe["person"],
            "support": [REPAIR] * count,
            "grade": unsafe["unsafe_grade"],
            "area": unsafe["area"].cast(pl.Int64),
            "since": since.astype(np.int32),
            "until": (since + rng.integers(*REPAIR_DAYS, count)).astype(np.int32),
        },
        schema_overrides={"person": pl.Int32, "until": pl.Int32},
    )
