"""Medical settlements: bills of insured persons with their shares, reversals, and bills settled far away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ingest.simulate.timeline import DAYS_A_YEAR, NEVER
from ingest.simulate.world.disability import Traits
from ingest.simulate.world.population import Persons

BILLS_A_YEAR = 1.15
OFFSITE_SHARE = 0.08
LATE_SHARE_OF_OFFSITE = 0.35
REVERSED_SHARE = 0.004
TWICE_SHARE = 0.003
DAYS_A_WEEK = 7
# yearly hospital stays and median self-pay (yuan) of the seriously ill and of others
STAYS = {True: (2.0, 7_000.0), False: (0.11, 1_500.0)}


@dataclass(frozen=True)
class Window:
    """The days whose bills are simulated, [first, last]; weeks end on Sundays from first + 6."""

    first: int
    last: int

    def week_end(self, days: np.ndarray) -> np.ndarray:
        """The Sunday that ends the week of each day."""
        return self.first + 6 + (np.asarray(days) - self.first) // DAYS_A_WEEK * DAYS_A_WEEK


def build_settlements(persons: Persons, traits: Traits, window: Window, rng: np.random.Generator) -> pl.DataFrame:
    """Settlements by the week in which they are delivered.

    Grain: one row a settlement. Columns: settlement (number), person, visit_type, admission, settled, week
    (Sunday of the delivery), again_week (Sunday of a second delivery, else NEVER), total, pooled, major, aid,
    self_pay, self_funded (fen), offsite, reversal, reverses (settlement, -1), icd (place in the list).
    """
    first = window.first - 95
    years = (window.last - first) / DAYS_A_YEAR
    ill = traits.seriously_ill
    people, kinds = [], []
    for serious, (stays, _) in STAYS.items():
        mine = np.flatnonzero(ill == serious)
        people.append(rng.choice(mine, rng.poisson(len(mine) * stays * years)))
        kinds.append(np.full(len(people[-1]), "21"))
    visits = rng.choice(len(persons), rng.poisson(len(persons) * (BILLS_A_YEAR - 0.15) * years))
    chronic = rng.random(len(visits)) < np.where(ill[visits], 0.6, 0.15)
    people.append(visits)
    kinds.append(np.where(chronic, "14", "11"))
    person, kind = np.concatenate(people), np.concatenate(kinds)
    settled = rng.integers(first, window.last + 1, len(person))
    alive = (
        (persons.death[person] >= settled)
        & (persons.moved_out[person] > settled)
        & (persons.entered[person] <= settled)
    )
    person, kind, settled = person[alive], kind[alive], settled[alive]
    count = len(person)
    stay = kind == "21"
    median = np.where(stay, np.where(ill[person], STAYS[True][1], STAYS[False][1]), np.where(kind == "14", 130.0, 45.0))
    self_pay = np.round(median * rng.lognormal(0, np.where(stay, 0.9, 0.7), count) * 100).astype(np.int64)
    pooled = (self_pay * rng.uniform(0.9, 2.2, count)).astype(np.int64)
    major = np.where(self_pay > 1_500_000, (self_pay * rng.uniform(0.1, 0.5, count)).astype(np.int64), 0)
    aid = np.where(rng.random(count) < 0.06, (self_pay * 0.3).astype(np.int64), 0)
    funded = (self_pay * rng.uniform(0.0, 0.25, count)).astype(np.int64)
    offsite = stay & (rng.random(count) < OFFSITE_SHARE * 2.2)
    late = offsite & (rng.random(count) < LATE_SHARE_OF_OFFSITE)
    delivered = settled + np.where(late, rng.integers(60, 93, count), 0)
    week = window.week_end(delivered)
    twice = rng.random(count) < TWICE_SHARE
    bills = pl.DataFrame(
        {
            "person": person.astype(np.int32),
            "visit_type": kind.tolist(),
            "admission": np.where(stay, settled - rng.integers(2, 25, count), NEVER).astype(np.int32),
            "settled": settled.astype(np.int32),
            "week": week.astype(np.int32),
            "again_week": np.where(twice, week + DAYS_A_WEEK, NEVER).astype(np.int32),
            "total": self_pay + pooled + major + aid + funded,
            "pooled": pooled,
            "major": major,
            "aid": aid,
            "self_pay": self_pay,
            "self_funded": funded,
            "offsite": offsite,
            "icd": rng.integers(0, 12, count).astype(np.int32) + np.where(ill[person] & stay, 100, 0).astype(np.int32),
        }
    ).filter(pl.col("week") >= window.first + 6)
    bills = bills.with_columns(
        reversal=pl.lit(False), reverses=pl.lit(-1, dtype=pl.Int64), settlement=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    chosen = bills.filter(pl.Series(rng.random(len(bills)) < REVERSED_SHARE) & (pl.col("again_week") == NEVER))
    return pl.concat([bills, reversals_of(chosen, len(bills), window)])


def reversals_of(bills: pl.DataFrame, next_number: int, window: Window, after_days: int = 9) -> pl.DataFrame:
    """Negative twins of some bills, settled `after_days` later, where that day has come."""
    money = ("total", "pooled", "major", "aid", "self_pay", "self_funded")
    twins = bills.with_columns(
        settled=pl.col("settled") + after_days,
        week=pl.col("week") + 14,
        again_week=pl.lit(NEVER, dtype=pl.Int32),
        reversal=pl.lit(True),
        reverses=pl.col("settlement"),
        **{name: -pl.col(name) for name in money},
    ).filter((pl.col("settled") <= window.last) & (pl.col("settled") <= pl.col("week")))
    return twins.with_columns(settlement=pl.int_range(pl.len(), dtype=pl.Int64) + next_number).select(bills.columns)
