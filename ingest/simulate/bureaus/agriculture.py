"""The agriculture committee's monitored persons, eliminated ones included, once a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, money, numbered, text_of, yes_no
from ingest.simulate.timeline import NEVER, at, last_day, month_text, to_date
from ingest.simulate.world.build import World

FEED = "agriculture__monitored_persons"
INCOME_GROWTH = 0.04
_MEASURES = ("产业帮扶", "就业帮扶", "兜底保障", "医疗救助", "")


def income_shown(world: World, period_end: int) -> np.ndarray:
    """Income per head (fen a year) as an extract shows it: of the newest statistical year (October to September).

    The world holds the income of the year that ended in the as-of year; older extracts show less.
    """
    shown = to_date(period_end)
    newest = world.as_of.year if world.as_of.month >= 10 else world.as_of.year - 1
    years_back = newest - (shown.year if shown.month >= 10 else shown.year - 1)
    return np.round(world.monitored.income / (1 + INCOME_GROWTH) ** years_back).astype(np.int64)


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole list once a month, with a sidecar every other month."""
    return [
        Delivery(
            FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 7, 9, 45), "xlsx", has_sidecar=m % 2 == 0
        )
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The extract's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    watched, on = world.monitored, delivery.period_end
    place = np.flatnonzero(watched.identified <= on)
    household, person = watched.household[place], watched.person[place]
    gone = watched.eliminated[place] <= on
    sizes = np.bincount(watched.household, minlength=int(watched.household.max()) + 1)
    return pl.DataFrame(
        {
            "household_id_agriculture": numbered("ZC5001", household + 1, 7),
            "member_id_agriculture": numbered("R", place + 1, 8),
            "person_id_no": text_of(world.persons.id_no[person]),
            "monitor_type_code": labels(FEED, "monitor_type_code", watched.type_code[place]),
            "identified_date": dates(watched.identified[place]),
            "main_risk_code": labels(FEED, "main_risk_code", watched.risk_code[place]),
            "income_year_yuan": pl.Series([NUMBER_MARK] * len(place), dtype=pl.String)
            + money(income_shown(world, on)[place]),
            "is_risk_eliminated": yes_no(gone),
            "eliminated_date": dates(np.where(gone, watched.eliminated[place], NEVER)),
            "household_size_count": text_of(np.maximum(1, sizes[household]).astype("<U2")),
            "measures": text_of(np.array(_MEASURES)[household % len(_MEASURES)]),
            "_person": pl.Series(person),
            "_household": pl.Series(world.persons.household[person]),
        }
    )
