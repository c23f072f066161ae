"""The funeral office's cremations, week by week; an unnamed body has no number."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.texts import dates, money, text_of
from ingest.simulate.timeline import at, to_date
from ingest.simulate.world.build import World

FEED = "funeral__cremations"
MISSING_WEEK_FROM_END = 36  # the cremations of this week never come
UNNAMED_EVERY_WEEKS = 9
_HANDLERS = ("经办甲", "经办乙", "经办丙")


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A week's cremations every Monday, but for one week."""
    return [
        Delivery(FEED, day_period(end), 1, "append", end, at(end + 1, 7, 40), "xlsx")
        for number, end in enumerate(weeks)
        if len(weeks) - number != MISSING_WEEK_FROM_END
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row (-1: unnamed)."""
    persons, on = world.persons, delivery.period_end
    person = np.flatnonzero((persons.cremated > on - 7) & (persons.cremated <= on)).astype(np.int32)
    unnamed = 1 if (on // 7) % UNNAMED_EVERY_WEEKS == 0 else 0
    count = len(person) + unnamed
    serial = np.arange(1, count + 1)
    year_week = to_date(on).strftime("%G%V")
    pad = [""] * unnamed
    found = np.full(unnamed, on - 3, dtype=np.int32)
    places = np.array([f"武隆区{v.name_short}{v.kind}" for v in persons.villages])
    return pl.DataFrame(
        {
            "cremation_id_funeral": text_of([f"HH{year_week}{n:03d}" for n in serial]),
            "person_name": text_of([*persons.name[person].tolist(), *(["无名氏"] * unnamed)]),
            "person_id_no": text_of([*persons.id_no[person].tolist(), *pad]),
            "death_date": dates(np.concatenate([persons.death[person], found])),
            "cremation_date": dates(np.concatenate([persons.cremated[person], found + 2])),
            "handler_name": text_of(np.array(_HANDLERS)[serial % len(_HANDLERS)]),
            "relief_item": text_of(np.where(serial % 3 == 0, "基本殡葬服务费", "")),
            "relief_yuan": money(np.where(serial % 3 == 0, 98_000, 0).astype(np.int64)),
            "origin_area_name": text_of([*places[persons.village[person]].tolist(), *pad]),
            "_person": pl.Series([*person.tolist(), *([-1] * unnamed)], dtype=pl.Int32),
            "_household": pl.Series([*persons.household[person].tolist(), *([-1] * unnamed)], dtype=pl.Int32),
        }
    )
