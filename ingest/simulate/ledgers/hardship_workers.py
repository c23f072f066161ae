"""Workers on the trade union's hardship list: of working age, most of them in no layer.

In: persons. Out: one row a worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.scales import DISTRICT_PERSONS
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "trade_union__hardship_workers"
GENERATOR = 124
DISTRICT_WORKERS, LEAST_WORKERS = 420, 9  # ever listed: about 300 of them now
URBAN_WEIGHT = 6.0
LEFT_SHARE = 0.3
KIND_SHARES = (0.35, 0.4, 0.25)


def build(world: World) -> pl.DataFrame:
    """Grain: one row a worker. Columns: person, kind, size (persons), income (fen per head and month), registered, left."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, today = world.persons, world.today
    age = (today - persons.birth) / DAYS_A_YEAR
    fit = persons.present(today) & (age > 24) & (age < 58)
    weight = np.where(persons.urban(), URBAN_WEIGHT, 1.0) * fit
    count = max(LEAST_WORKERS, round(DISTRICT_WORKERS * len(persons) / DISTRICT_PERSONS))
    person = np.sort(rng.choice(len(persons), count, replace=False, p=weight / weight.sum()))
    sizes = np.bincount(persons.household[persons.present(today)], minlength=len(world.households.income))
    registered = today - rng.integers(20, 1_400, count)
    left = np.where(rng.random(count) < LEFT_SHARE, registered + rng.integers(180, 900, count), NEVER)
    return pl.DataFrame(
        {
            "person": person.astype(np.int32),
            "kind": np.array(list("123"))[rng.choice(3, count, p=KIND_SHARES)].tolist(),
            "size": np.maximum(1, sizes[persons.household[person]]).astype(np.int32),
            "income": np.round(rng.lognormal(np.log(1_150), 0.35, count)).astype(np.int64) * 100,
            "registered": registered.astype(np.int32),
            "left": np.where(left > today, NEVER, left).astype(np.int32),
        }
    )
