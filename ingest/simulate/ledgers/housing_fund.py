"""Housing fund accounts: public institutions pay for everyone, companies for some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import employers, work
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "housing_fund__deposits"
GENERATOR = 108
COMPANY_SHARE = 0.45
RATES = (0.10, 0.14, 0.16, 0.24)  # of the base, both sides together
CLOSED_SHARE = 0.2  # of accounts whose job ended; the others are sealed


def build(world: World) -> pl.DataFrame:
    """Accounts.

    Grain: person × employer. Columns: person, employer, base, deposit (fen a month), opened, stopped (day, NEVER),
    stopped_code (2 sealed, 3 closed).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    lives: pl.DataFrame = world.ledgers[work.NAME]
    known: employers.Employers = world.ledgers[employers.NAME]
    jobs = lives.filter(pl.col("kind") == "steady")
    public = known.public[jobs["employer"].to_numpy()]
    held = jobs.filter(pl.Series(public | (rng.random(len(jobs)) < COMPANY_SHARE)))
    base = held["wage"].to_numpy()
    deposit = (base * np.array(RATES)[rng.integers(0, len(RATES), len(held))]).astype(np.int64) // 100 * 100
    return pl.DataFrame(
        {
            "person": held["person"],
            "employer": held["employer"],
            "base": base,
            "deposit": deposit,
            "opened": held["since"] + 60,
            "stopped": held["until"].clip(upper_bound=NEVER),
            "stopped_code": np.where(rng.random(len(held)) < CLOSED_SHARE, "3", "2"),
        }
    )
