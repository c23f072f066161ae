"""The veterans' bureau's beneficiaries, quarter by quarter; a stopped allowance stays listed for half a year."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.quarters import quarterly_deliveries
from ingest.simulate.bureaus.texts import labels, money, text_of, yes_no
from ingest.simulate.ledgers.beneficiaries import FEED
from ingest.simulate.world.build import World

LISTED_AFTER_STOP_DAYS = 183


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All beneficiaries once a quarter."""
    return quarterly_deliveries(FEED, weeks, days_after=10, hour=15)


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The list's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons, on = world.persons, delivery.period_end
    listed = world.ledgers[FEED].filter((pl.col("since") <= on) & (pl.col("stopped") > on - LISTED_AFTER_STOP_DAYS))
    person = listed["person"].to_numpy()
    stopped = listed["stopped"].to_numpy() <= on
    marks = pl.Series([NUMBER_MARK] * len(person), dtype=pl.String)
    return pl.DataFrame(
        {
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "veteran_code": labels(FEED, "veteran_code", np.array(listed["kind"].to_list(), dtype=str)),
            "allowance_yuan": marks + money(np.where(stopped, 0, listed["allowance"].to_numpy())),
            "is_in_hardship": yes_no(listed["in_hardship"].to_numpy()),
            "listing_status_code": labels(FEED, "listing_status_code", np.where(stopped, "2", "1")),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
