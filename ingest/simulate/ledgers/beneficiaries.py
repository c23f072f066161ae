"""Persons with a veterans' allowance: mostly old soldiers of the countryside, some families and disabled soldiers.

In: persons. Out: one row a person; the allowance stops when the veterans' bureau learns of a death or a departure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.scales import DISTRICT_PERSONS
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "veterans__beneficiaries"
GENERATOR = 125
DISTRICT_PERSONS_LISTED, LEAST_LISTED = 4_900, 18
HARDSHIP_SHARE = 0.035
# kind: share, least age, share of men, allowance in yuan a month from and to
KINDS = {
    "1": (0.08, 22, 0.97, (900, 4_200)),
    "2": (0.05, 30, 0.35, (1_900, 3_100)),
    "3": (0.01, 86, 0.98, (2_300, 2_900)),
    "4": (0.07, 45, 0.99, (760, 980)),
    "5": (0.13, 60, 0.99, (850, 1_150)),
    "6": (0.06, 60, 0.55, (640, 760)),
    "7": (0.60, 60, 0.99, (120, 640)),
}


def build(world: World) -> pl.DataFrame:
    """Grain: one row a person. Columns: person, kind, allowance (fen a month), in_hardship, since, stopped (days)."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, today = world.persons, world.today
    age = (today - persons.birth) / DAYS_A_YEAR
    lived = persons.death > world.weeks[0]
    wanted = max(LEAST_LISTED, round(DISTRICT_PERSONS_LISTED * len(persons) / DISTRICT_PERSONS))
    free = np.ones(len(persons), dtype=bool)
    frames = []
    for kind, (share, least_age, men, allowance) in KINDS.items():
        weight = (free & lived & (age >= least_age)) * np.where(persons.sex == 1, men, 1 - men)
        count = min(max(1, round(wanted * share)), int((weight > 0).sum()))
        if count == 0:
            continue
        person = np.sort(rng.choice(len(persons), count, replace=False, p=weight / weight.sum()))
        free[person] = False
        left = np.minimum(persons.death, persons.moved_out)[person]
        stopped = np.where(left < NEVER, left + rng.integers(5, 75, count), NEVER)
        since = np.maximum(today - rng.integers(100, 5_000, count), persons.birth[person] + least_age * DAYS_A_YEAR)
        frames.append(
            pl.DataFrame(
                {
                    "person": person.astype(np.int32),
                    "kind": [kind] * count,
                    "allowance": rng.integers(*allowance, count).astype(np.int64) * 100,
                    "in_hardship": rng.random(count) < HARDSHIP_SHARE,
                    "since": np.minimum(since, today - 30).astype(np.int32),
                    "stopped": np.where(stopped > today, NEVER, stopped).astype(np.int32),
                }
            )
        )
    return pl.concat(frames).sort("kind", "person")
