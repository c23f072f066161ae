"""The justice bureau's list of persons in custody, treatment or correction, and those released lately, once a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import dates, labels, text_of
from ingest.simulate.ledgers.custody import RELEASED
from ingest.simulate.timeline import at, last_day, month_text
from ingest.simulate.world.build import World

FEED = "justice__custody"
LISTED_AFTER_RELEASE_DAYS = 365


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole list on the ninth day of a month."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 9, 10, 30), "csv", "gb18030")
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on = delivery.period_end
    held = world.ledgers[FEED].filter((pl.col("start") <= on) & (pl.col("end") > on - LISTED_AFTER_RELEASE_DAYS))
    person = held["person"].to_numpy()
    status = np.where(held["end"].to_numpy() <= on, RELEASED, held["status_code"].to_numpy())
    return pl.DataFrame(
        {
            "person_id_no": text_of(world.persons.id_no[person]),
            "custody_code": labels(FEED, "custody_code", status.astype("<U1")),
            "start_date": dates(held["start"].to_numpy()),
            "end_date": dates(held["end"].to_numpy()),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
