"""The housing committee's households, quarter by quarter: rental flats, rent subsidies, unsafe houses repaired."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.quarters import quarterly_deliveries
from ingest.simulate.bureaus.texts import dates, labels, money, text_of
from ingest.simulate.ledgers.housing import FEED
from ingest.simulate.world.build import World


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All households once a quarter."""
    return quarterly_deliveries(FEED, weeks, days_after=14, hour=9)


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The list's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons, on = world.persons, delivery.period_end
    helped = world.ledgers[FEED].filter(pl.col("since") <= on)
    person = helped["person"].to_numpy()
    over = helped["until"].to_numpy() < on
    marks = pl.Series([NUMBER_MARK] * len(person), dtype=pl.String)
    return pl.DataFrame(
        {
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "support_code": labels(FEED, "support_code", np.array(helped["support"].to_list(), dtype=str)),
            "house_grade_code": labels(FEED, "house_grade_code", np.array(helped["grade"].to_list(), dtype=str)),
            "floor_area_m2": marks + money(helped["area"].to_numpy()),
            "start_date": dates(helped["since"].to_numpy()),
            "end_date": dates(helped["until"].to_numpy()),
            "listing_status_code": labels(FEED, "listing_status_code", np.where(over, "2", "1")),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
