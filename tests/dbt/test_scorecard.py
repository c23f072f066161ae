"""The scorecard, recomputed by hand: an absent delivery scores 0 and so worse than any delivery that came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from tests.dbt.delivery_cases import FEED, Deliveries
from tests.dbt.rule_tables import RuleTables

DIMENSIONS = ("timeliness", "completeness", "validity", "uniqueness", "consistency")
CHAIN = ("int_deliveries__counted", "fct_delivery", "pub_scorecard_by_month_bureau")
Catalog = dict[str, list[tuple[str, str]]]
Scores = dict[tuple[date, str], tuple[int, int]]


def absent(world: Deliveries) -> None:
    """The delivery of October never came."""
    world.promise(10, "missing", None)


def refused(world: Deliveries) -> None:
    """A file for October came in time and could not be read."""
    world.promise(10, "refused", None)
    world.refuse(10, 3)


def rotten(world: Deliveries) -> None:
    """October came late and held: 30 of 50 declared records, none of them right, ten of them twice."""
    world.promise(10, "held", 9)
    batch = world.batch(10, 30, verdict="held", declared_row_count=50)
    world.reject(batch, id_check_digit=30)
    world.reject(batch, "info", duplicate_row=10)


def late(world: Deliveries) -> None:
    """October came late: 100 records, five without a number, four masked, two repeated, three of the wrong sex."""
    world.promise(10, "late", 9)
    batch = world.batch(10, 100)
    world.reject(batch, id_missing=5, id_masked=4)
    world.reject(batch, "info", duplicate_row=2)
    world.add("stg_lake__batch_flags", batch_id=batch, flag="sex_differs", rows_count=3)


def good(world: Deliveries) -> None:
    """October came in time without a fault."""
    world.promise(10, "on_time")
    world.batch(10, 100)


BY_HAND: dict[Callable[[Deliveries], None], tuple[tuple[int, int], ...]] = {
    absent: ((0, 1), (0, 80), (0, 80), (0, 80), (0, 80)),  # September brought 80 records
    refused: ((1, 1), (0, 80), (0, 80), (0, 80), (0, 80)),
    rotten: ((0, 1), (30, 50), (0, 30), (20, 30), (0, 30)),
    late: ((0, 1), (95, 100), (96, 100), (98, 100), (97, 100)),
    good: ((1, 1), (100, 100), (100, 100), (100, 100), (100, 100)),
}


def scores_of(months: Callable[[Deliveries], None], catalog: Catalog, compiled: dict[str, str]) -> Scores:
    """Numerator and denominator by month and dimension, of a feed whose September brought 80 good records."""
    world: RuleTables = Deliveries(catalog)
    assert isinstance(world, Deliveries)
    world.promise(9, "on_time")
    world.batch(9, 80)
    months(world)
    for model in CHAIN[:-1]:
        rows, names = world.rows_of(compiled[model]), world.columns_of(compiled[model])
        world = RuleTables(catalog)
        world.add("contract_feed", feed_id=FEED, bureau="education", bureau_zh="区教委", is_scored=True)
        for row in rows:
            world.add(model, **dict(zip(names, row, strict=True)))
    rows = world.rows_of(compiled[CHAIN[-1]])
    assert {row[1:4] for row in rows} == {("education", "区教委", FEED)}
    return {(row[0], row[4]): (row[5], row[6]) for row in rows}


def score(scores: Scores, month: date) -> Fraction:
    """The mean of the five dimensions."""
    return sum((Fraction(*scores[month, name]) for name in DIMENSIONS), Fraction(0)) / len(DIMENSIONS)


@pytest.mark.parametrize("october", BY_HAND, ids=lambda fate: fate.__name__)
def test_numerators_and_denominators_are_those_counted_by_hand(
    october: Callable[[Deliveries], None], catalog: Catalog, compiled: dict[str, str]
) -> None:
    scores = scores_of(october, catalog, compiled)
    due_month = date(2025, 11, 1)  # October's delivery is due on 3 November
    assert {name: scores[due_month, name] for name in DIMENSIONS} == dict(
        zip(DIMENSIONS, BY_HAND[october], strict=True)
    )
    september = {name: scores[date(2025, 10, 1), name] for name in DIMENSIONS}
    assert september == {"timeliness": (1, 1), **dict.fromkeys(DIMENSIONS[1:], (80, 80))}


def test_an_absent_delivery_scores_worse_than_a_bad_one(catalog: Catalog, compiled: dict[str, str]) -> None:
    found = [score(scores_of(fate, catalog, compiled), date(2025, 11, 1)) for fate in BY_HAND]
    assert found[0] == 0
    assert found == sorted(found)
    assert len(set(found)) == len(found)
    # late: (0 + 0.95 + 0.96 + 0.98 + 0.97) / 5
    assert found[3] == Fraction(386, 500)


def test_in_a_month_of_weeks_an_absent_one_weighs_as_the_one_before(catalog: Catalog, compiled: dict[str, str]) -> None:
    def two_of_three(world: Deliveries) -> None:
        for week, state in (("20251102", "on_time"), ("20251109", "missing"), ("20251116", "on_time")):
            end = date(2025, 11, int(week[-2:]))
            world.add(
                "stg_lake__deliveries",
                feed_id=FEED, kind="delta", period=week, period_end_date=end, due_date=end, state=state,
            )  # fmt: skip
            if state == "on_time":
                rows = 10 if week == "20251102" else 40
                world.batch(10, rows, kind="delta", period=week)

    scores = scores_of(two_of_three, catalog, compiled)
    assert scores[date(2025, 11, 1), "timeliness"] == (2, 3)
    assert scores[date(2025, 11, 1), "validity"] == (50, 60)  # 10 + 40 good of 10 + 10 missing + 40
