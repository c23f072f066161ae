"""Calls to the hotline and petitions about assistance, with their handling and, rarely, the caller's number.

In: persons, register. Out: one row a work order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.office_hours import MINUTES_A_DAY, NO_MOMENT, workdays_after
from ingest.simulate.scales import DISTRICT_PERSONS
from ingest.simulate.timeline import DAYS_A_YEAR, to_date

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "hotline__work_orders"
GENERATOR = 127
DISTRICT_ORDERS_A_DAY, LEAST_ORDERS_A_DAY = 25.0, 0.7
WEEKEND_FACTOR = 0.45
TOPICS = tuple(str(number) for number in range(1, 11))
TOPIC_SHARES = (0.12, 0.24, 0.10, 0.13, 0.05, 0.11, 0.05, 0.08, 0.05, 0.07)
KNOWN_CALLER_SHARE = 0.35
FROM_LAYER_SHARE = 0.4
SATISFACTION_SHARES = (0.02, 0.05, 0.13, 0.42, 0.38)
RATED_SHARE = 0.7
USUAL_WORKDAYS, SLOW_WORKDAYS, SLOW_SHARE, NEVER_CLOSED_SHARE = (0, 6), (7, 20), 0.08, 0.015
HARDSHIP, WAITING_CLUES = "1", 3  # the newest calls: known people in hardship, not yet answered
FIRST_CALL, LAST_CALL = 7 * 60, 22 * 60
COLUMNS = {
    "order": pl.String,
    "called": pl.Int64,
    "closed": pl.Int64,
    "town": pl.String,
    "topic": pl.String,
    "satisfaction": pl.String,
    "person": pl.Int32,
    "has_number": pl.Boolean,
}


def build(world: World) -> pl.DataFrame:
    """Grain: one row an order. Columns: COLUMNS; called and closed in minutes since 1970, NO_MOMENT while open."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    days = np.arange(world.weeks[0] - 6, world.today + 1)
    a_day = max(LEAST_ORDERS_A_DAY, DISTRICT_ORDERS_A_DAY * len(world.persons) / DISTRICT_PERSONS)
    weekend = (days + 3) % 7 >= 5
    called_on = np.repeat(days, rng.poisson(a_day * np.where(weekend, WEEKEND_FACTOR, 1.22)))
    count = len(called_on)
    minute = np.sort(rng.integers(FIRST_CALL, LAST_CALL, count) + called_on * MINUTES_A_DAY)
    called_on = minute // MINUTES_A_DAY
    topic = np.array(TOPICS)[rng.choice(len(TOPICS), count, p=TOPIC_SHARES)]
    slow = rng.random(count) < SLOW_SHARE
    taken = np.where(slow, rng.integers(*SLOW_WORKDAYS, count), rng.integers(*USUAL_WORKDAYS, count))
    closed_on = workdays_after(called_on, taken)
    closed = np.maximum(closed_on * MINUTES_A_DAY + rng.integers(9 * 60, 18 * 60, count), minute + 25)
    is_open = (closed >= (world.today + 1) * MINUTES_A_DAY) | (rng.random(count) < NEVER_CLOSED_SHARE)
    person = _callers(world, count, rng)
    has_number = rng.random(count) < KNOWN_CALLER_SHARE
    topic[-WAITING_CLUES:], is_open[-WAITING_CLUES:], has_number[-WAITING_CLUES:] = HARDSHIP, True, True
    rated = ~is_open & (rng.random(count) < RATED_SHARE)
    towns = np.array([v.parent_code for v in world.persons.villages])[world.persons.village[person]]
    return pl.DataFrame(
        {
            "order": _numbers(called_on),
            "called": minute,
            "closed": np.where(is_open, NO_MOMENT, closed),
            "town": towns.tolist(),
            "topic": topic.tolist(),
            "satisfaction": np.where(rated, rng.choice(5, count, p=SATISFACTION_SHARES) + 1, 0).astype(str).tolist(),
            "person": person,
            "has_number": has_number,
        },
        schema=COLUMNS,
    )


def _callers(world: World, count: int, rng: np.random.Generator) -> np.ndarray:
    """Grown persons, the assisted calling far more often; nobody in whose household something is planted."""
    persons = world.persons
    age = (world.today - persons.birth) / DAYS_A_YEAR
    fit = persons.present(world.today) & (persons.entered < 0) & (age > 20) & ~world.set_aside[persons.household]
    assisted = np.zeros(len(world.households.income), dtype=bool)
    assisted[world.register.household] = True
    near = fit & assisted[persons.household]
    callers = rng.choice(np.flatnonzero(fit & ~near), count)
    close = rng.choice(np.flatnonzero(near), count)
    return np.where(rng.random(count) < FROM_LAYER_SHARE, close, callers).astype(np.int32)


def _numbers(called_on: np.ndarray) -> list[str]:
    """Numbers of orders: the day and a running number of that day."""
    serial = np.arange(len(called_on)) - np.searchsorted(called_on, called_on, side="left") + 1
    texts = {number: to_date(number).strftime("%Y%m%d") for number in np.unique(called_on).tolist()}
    return [f"WL{texts[day]}{n:04d}" for day, n in zip(called_on.tolist(), serial.tolist(), strict=True)]
