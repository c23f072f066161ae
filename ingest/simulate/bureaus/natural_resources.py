"""The natural resources bureau's registered units with their holders, once a month, as a workbook."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, money, text_of
from ingest.simulate.ledgers import request_list
from ingest.simulate.timeline import at, last_day, month_text
from ingest.simulate.world.build import World

FEED = "natural_resources__property"


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole answer on the seventh day of a month."""
    return [
        Delivery(
            FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 7, 15, 10), "xlsx", has_sidecar=m % 3 != 0
        )
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on = delivery.period_end
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    held = asked.rows(world.ledgers[FEED], on).filter(pl.col("registered") <= on)
    person = held["person"].to_numpy()
    current = np.where(held["cancelled"].to_numpy() <= on, "0", "1")
    marks = pl.Series([NUMBER_MARK] * len(held), dtype=pl.String)
    return pl.DataFrame(
        {
            "property_unit_no": held["unit_no"],
            "person_name": text_of(world.persons.name[person]),
            "person_id_no": text_of(world.persons.id_no[person]),
            "share_form_code": labels(FEED, "share_form_code", held["share_form_code"].to_numpy().astype("<U1")),
            "share": held["share"],
            "use_code": labels(FEED, "use_code", held["use_code"].to_numpy().astype("<U2")),
            "floor_area_m2": marks + money(held["area"].to_numpy()),
            "registered_date": dates(held["registered"].to_numpy()),
            "property_status_code": labels(FEED, "property_status_code", current),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
