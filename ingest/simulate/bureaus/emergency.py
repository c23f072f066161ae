"""The emergency bureau's households hit by a disaster, some days after each event."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, money, text_of
from ingest.simulate.ledgers.disasters import FEED, days_of
from ingest.simulate.timeline import at
from ingest.simulate.world.build import World

SENT_AFTER_DAYS = 4
FEN_A_WAN = 1_000_000  # 1 万元


def deliveries(weeks: list[int]) -> list[Delivery]:
    """One workbook a disaster."""
    return [
        Delivery(FEED, day_period(on), 1, "append", on, at(on + SENT_AFTER_DAYS, 17, 30), "xlsx")
        for _, on, _ in days_of(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The list's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons = world.persons
    hit = world.ledgers[FEED].filter(pl.col("happened") == delivery.period_end)
    person = hit["person"].to_numpy()
    marks = pl.Series([NUMBER_MARK] * len(person), dtype=pl.String)
    return pl.DataFrame(
        {
            "disaster_code": labels(FEED, "disaster_code", np.array(hit["kind"].to_list(), dtype=str)),
            "disaster_date": dates(hit["happened"].to_numpy()),
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "affected_count": marks + hit["affected"].cast(pl.String),
            "damaged_rooms_count": marks + hit["rooms"].cast(pl.String),
            "loss_yuan": marks + money(hit["loss"].to_numpy() * 100 // FEN_A_WAN),
            "aid_note": text_of(hit["aid"].to_list()),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
