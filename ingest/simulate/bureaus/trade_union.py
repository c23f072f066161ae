"""The trade union's workers in hardship, quarter by quarter; who left is listed with 脱困."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.quarters import quarterly_deliveries
from ingest.simulate.bureaus.texts import dates, labels, money, text_of
from ingest.simulate.ledgers.hardship_workers import FEED
from ingest.simulate.world.build import World

_EMPLOYERS = ("武隆某环卫公司", "武隆某水泥厂", "武隆某旅游公司", "武隆某客运公司", "武隆某建筑公司", "武隆某商贸公司")


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All workers once a quarter."""
    return quarterly_deliveries(FEED, weeks, days_after=12, hour=10)


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The list's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons, on = world.persons, delivery.period_end
    workers = world.ledgers[FEED].filter(pl.col("registered") <= on)
    person = workers["person"].to_numpy()
    gone = workers["left"].to_numpy() <= on
    marks = pl.Series([NUMBER_MARK] * len(person), dtype=pl.String)
    return pl.DataFrame(
        {
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "employer_name": text_of(np.array(_EMPLOYERS)[person % len(_EMPLOYERS)]),
            "worker_hardship_code": labels(
                FEED, "worker_hardship_code", np.array(workers["kind"].to_list(), dtype=str)
            ),
            "household_size_count": marks + workers["size"].cast(pl.String),
            "income_per_head_yuan": marks + money(workers["income"].to_numpy()),
            "registered_date": dates(workers["registered"].to_numpy()),
            "listing_status_code": labels(FEED, "listing_status_code", np.where(gone, "2", "1")),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
