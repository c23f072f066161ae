"""Checks of households with banks and insurers: under an authorisation, some of them partial, old or out of consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.draws import some

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "check_centre__asset_reports"
GENERATOR = 109
A_WEEK_A_PERSON = 300 / 404_000
LEAST_A_WEEK = 3
BANKS, BANKS_AND_INSURERS = 34, 94
PARTIAL_SHARE, OLD_SHARE, EXPIRED_SHARE, MISSING_SHARE, LAST_DAY_SHARE = 0.10, 0.03, 0.02, 0.01, 0.03
BAND_SHARES = (0.31, 0.53, 0.13, 0.03)
EXEMPT_SHARE = 0.2  # of those above the band's limit: a recognised illness lifts it
TERM_DAYS = 365


def build(world: World) -> pl.DataFrame:
    """Check reports.

    Grain: report. Columns: serial (within the week), week (Sunday), household (police number), institutions, replies,
    band_code, is_over, balances_of, reported, authorised_until (days), authorisation (number; 0 none), has_until,
    is_partial, is_old, is_expired.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    weeks = world.weeks[-world.scale.joined_weeks :]
    a_week = max(LEAST_A_WEEK, round(A_WEEK_A_PERSON * len(world.persons)))
    register = world.register
    checked = np.isin(register.category, ("DB", "DBB", "GX", "TK"))
    week = np.repeat(np.array(weeks), a_week)
    serial = np.tile(np.arange(1, a_week + 1), len(weeks))
    household = np.concatenate(
        [_of_week(np.unique(register.household[checked & register.on(w)]), a_week, rng) for w in weeks]
    )
    count = len(week)
    every = np.arange(count)
    reported = week - rng.integers(0, 7, count)
    partial, old = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    partial[some(rng, every, PARTIAL_SHARE)], old[some(rng, every, OLD_SHARE)] = True, True
    institutions = np.where(rng.random(count) < 0.7, BANKS, BANKS_AND_INSURERS)
    replies = institutions - np.where(partial, rng.integers(1, 7, count), 0)
    until = reported - rng.integers(3, 60, count) + TERM_DAYS
    last_day = some(rng, every, LAST_DAY_SHARE, 1)
    until[last_day] = reported[last_day]
    rest = np.setdiff1d(every, last_day)
    expired = some(rng, rest, EXPIRED_SHARE)
    until[expired] = reported[expired] - rng.integers(1, 200, len(expired))
    missing = some(rng, np.setdiff1d(rest, expired), MISSING_SHARE)
    band = rng.choice(4, count, p=BAND_SHARES)
    return pl.DataFrame(
        {
            "serial": serial,
            "week": week,
            "household": household.astype(np.int32),
            "institutions": institutions,
            "replies": replies,
            "band_code": band.astype("<U1"),
            "is_over": (band == 3) & (rng.random(count) >= EXEMPT_SHARE),
            "balances_of": reported - np.where(old, rng.integers(95, 200, count), rng.integers(2, 40, count)),
            "reported": reported,
            "authorised_until": until,
            "authorisation": np.where(np.isin(every, missing[::2]), 0, every + 1),
            "has_until": ~np.isin(every, missing[1::2]),
            "is_partial": partial,
            "is_old": old,
            "is_expired": np.isin(every, expired),
        }
    )


def _of_week(households: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(households, count, replace=count > len(households))
