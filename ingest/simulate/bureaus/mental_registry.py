"""The health commission's registry of severe mental disorders, once a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import labels, text_of, yes_no
from ingest.simulate.timeline import at, last_day, month, month_text, to_date
from ingest.simulate.world.build import World

FEED = "health__mental_registry"
LISTED_AFTER_LEAVING_DAYS = 370
MOST_SERVICES = 6


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole registry on the eighth day of a month."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 8, 14, 45), "csv", "utf-8-sig")
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    on = delivery.period_end
    held = world.ledgers[FEED].filter(
        (pl.col("since") <= on) & (pl.min_horizontal("dead_from", "left") > on - LISTED_AFTER_LEAVING_DAYS)
    )
    person = held["person"].to_numpy()
    dead, left, lost = (held[name].to_numpy() <= on for name in ("dead_from", "left", "lost_from"))
    status = np.select([dead, left, lost], ["3", "4", "2"], "1")
    managed = ~(dead | left | lost)
    quarter = month(to_date(on)) // 3
    services = np.clip(held["services"].to_numpy() + (person + quarter) % 3 - 1, 0, MOST_SERVICES)
    return pl.DataFrame(
        {
            "person_id_no": text_of(world.persons.id_no[person]),
            "management_status_code": labels(FEED, "management_status_code", status),
            "is_in_rehab": yes_no(held["in_rehab"].to_numpy() & managed),
            "services_count": text_of(np.where(managed, services, 0).astype("<U2")),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
