"""The health commission's deaths, those reported within the month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.texts import dates, labels, text_of
from ingest.simulate.timeline import at, first_day, last_day, month, month_text, to_date
from ingest.simulate.world.build import World

FEED = "health__deaths"
JSON_LINES_FROM = "202507"  # JSON lines from this period on, CSV before


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A month's reports on the fifth day after it, with and without a byte order mark."""
    found = []
    for number in months_ended(weeks):
        period, end = month_text(number), last_day(number)
        as_lines = period >= JSON_LINES_FROM
        form, encoding = "jsonl" if as_lines else "csv", "utf-8" if as_lines or number % 2 else "utf-8-sig"
        found.append(Delivery(FEED, period, 1, "full", end, at(end + 5, 14, 0), form, encoding))
    return found


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    persons, on = world.persons, delivery.period_end
    since = first_day(month(to_date(on)))
    person = np.flatnonzero((persons.death_reported >= since) & (persons.death_reported <= on)).astype(np.int32)
    cause = np.array(list("11233455"))[person % 8]
    return pl.DataFrame(
        {
            "person_id_no": text_of(persons.id_no[person]),
            "person_name": text_of(persons.name[person]),
            "death_date": dates(persons.death[person]),
            "death_cause_code": labels(FEED, "death_cause_code", cause),
            "reported_date": dates(persons.death_reported[person]),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
