"""The tax bureau's answers: the band of each adult's income of last year, once a quarter; never an amount."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import labels, numbered, text_of
from ingest.simulate.ledgers import request_list
from ingest.simulate.timeline import at, quarter_ends, to_date
from ingest.simulate.world.build import World

FEED = "taxation__income_bands"
SENT_AFTER_DAYS = 18
LOOK_BACK_DAYS = 100


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole answer, well after the quarter."""
    return [
        Delivery(FEED, name, 1, "full", end, at(end + SENT_AFTER_DAYS, 16, 0), "csv", "utf-8")
        for name, end in quarter_ends(weeks[0] - LOOK_BACK_DAYS, weeks[-1])
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on, persons = delivery.period_end, world.persons
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    answered = asked.rows(world.ledgers[FEED].filter(pl.col("year") == to_date(on).year - 1), on)
    answered = answered.filter(pl.Series(persons.death[answered["person"].to_numpy()] > on, dtype=pl.Boolean))
    person = answered["person"].to_numpy()
    serial = np.arange(1, len(person) + 1)
    answered_on = to_date(on + SENT_AFTER_DAYS - 4)
    seconds = 9 * 3_600 + serial % 25_000
    times = [f"{answered_on} {s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds.tolist()]
    return pl.DataFrame(
        {
            "query_id": numbered(f"SW{delivery.period}", serial, 7),
            "person_id_no": text_of(persons.id_no[person]),
            "tax_year": answered["year"].cast(pl.String),
            "income_band_code": labels(FEED, "income_band_code", answered["band_code"].to_numpy().astype("<U1")),
            "updated_at": text_of(times),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
