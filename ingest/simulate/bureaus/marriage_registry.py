"""The marriage registry's week: marriages, divorces, re-issued and revoked certificates."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.texts import dates, labels, text_of, where_known, yes_no
from ingest.simulate.timeline import at, iso_texts
from ingest.simulate.world.build import World

FEED = "civil_affairs__marriages"
LETTERS = {"1": "J", "2": "L", "3": "B", "4": "C"}
# The registry's number stands under a county code that was never given out.
REGISTRY = "509900"
REGISTRY_NAME = "武隆区民政局婚姻登记处"


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A week's registrations every Monday."""
    return [Delivery(FEED, day_period(end), 1, "append", end, at(end + 1, 7, 50), "csv", "gb18030") for end in weeks]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts; `_person` is the man (-1: without a number), `_household` his."""
    on, persons = delivery.period_end, world.persons
    held = world.ledgers[FEED].filter((pl.col("registered") > on - 7) & (pl.col("registered") <= on))
    man, woman = held["man"].to_numpy(), held["woman"].to_numpy()
    years = [text[:4] for text in iso_texts(held["registered"].to_numpy()).tolist()]
    numbers = [
        f"{LETTERS[code]}{REGISTRY}-{year}-{serial:06d}"
        for code, year, serial in zip(held["code"].to_list(), years, held["serial"].to_list(), strict=True)
    ]
    return pl.DataFrame(
        {
            "registration_no": text_of(numbers),
            "registration_code": labels(FEED, "registration_code", held["code"].to_numpy().astype("<U1")),
            "person_id_no": where_known(text_of(persons.id_no[np.maximum(man, 0)]), man >= 0),
            "spouse_id_no": where_known(text_of(persons.id_no[np.maximum(woman, 0)]), woman >= 0),
            "registered_date": dates(held["registered"].to_numpy()),
            "registry_org": text_of([REGISTRY_NAME] * len(held)),
            "is_cross_province": yes_no(held["is_cross_province"].to_numpy()),
            "is_counselled": yes_no(held["is_counselled"].to_numpy()),
            "_person": pl.Series(man),
            "_household": pl.Series(np.where(man >= 0, persons.household[np.maximum(man, 0)], -1)),
        }
    )
