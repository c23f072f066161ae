"""The traffic police's answer to the request list: vehicles by their registered owner, once a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import dates, labels, money, text_of, where_known
from ingest.simulate.ledgers import request_list
from ingest.simulate.timeline import at, last_day, month_text
from ingest.simulate.world.build import World

FEED = "traffic_police__vehicles"
LISTED_AFTER_END_DAYS = 180


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole hit list on the fourth day of a month."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 4, 9, 20), "csv", "gb18030")
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on = delivery.period_end
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    held = asked.rows(world.ledgers[FEED], on).filter(
        (pl.col("registered") <= on) & (pl.col("ended") > on - LISTED_AFTER_END_DAYS)
    )
    person = held["person"].to_numpy()
    status = np.where(held["ended"].to_numpy() <= on, held["ended_code"].to_numpy(), held["status_code"].to_numpy())
    return pl.DataFrame(
        {
            "plate_no": held["plate_no"],
            "person_id_no": text_of(world.persons.id_no[person]),
            "vehicle_type_code": labels(FEED, "vehicle_type_code", held["type_code"].to_numpy().astype("<U3")),
            "use_code": labels(FEED, "use_code", held["use_code"].to_numpy().astype("<U1")),
            "first_registered_date": dates(held["registered"].to_numpy()),
            "vehicle_status_code": labels(FEED, "vehicle_status_code", status.astype("<U1")),
            "price_yuan": where_known(money(held["price"].to_numpy()), held["price_known"].to_numpy()),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
