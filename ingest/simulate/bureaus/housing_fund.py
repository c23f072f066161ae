"""The housing fund's accounts of the persons asked about, once a quarter."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import labels, money, text_of
from ingest.simulate.ledgers import employers, request_list
from ingest.simulate.timeline import at, month_text, months_of, quarter_ends
from ingest.simulate.world.build import World

FEED = "housing_fund__deposits"
LOOK_BACK_DAYS = 100


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All accounts two weeks after a quarter."""
    return [
        Delivery(FEED, name, 1, "full", end, at(end + 13, 11, 5), "csv", "utf-8")
        for name, end in quarter_ends(weeks[0] - LOOK_BACK_DAYS, weeks[-1])
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on = delivery.period_end
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    known: employers.Employers = world.ledgers[employers.NAME]
    held = asked.rows(world.ledgers[FEED], on).filter(pl.col("opened") <= on)
    person, stopped = held["person"].to_numpy(), held["stopped"].to_numpy()
    status = np.where(stopped <= on, held["stopped_code"].to_numpy(), "1")
    paid = [month_text(int(m)) for m in months_of(np.minimum(stopped, on))]
    return pl.DataFrame(
        {
            "person_id_no": text_of(world.persons.id_no[person]),
            "employer_name": text_of(known.name[held["employer"].to_numpy()]),
            "base_yuan": money(held["base"].to_numpy()),
            "monthly_deposit_yuan": money(np.where(stopped <= on, 0, held["deposit"].to_numpy())),
            "account_status_code": labels(FEED, "account_status_code", status.astype("<U1")),
            "last_paid_month": text_of(paid),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
