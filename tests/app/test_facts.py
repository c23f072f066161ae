"""What the pages say in words, on tables small enough to count by hand."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import polars
import pytest

from app import facts

WEEK = date(2025, 11, 23)


def weeks(values: list[int]) -> polars.DataFrame:
    """A weekly series that ends at WEEK."""
    days = [WEEK - timedelta(weeks=len(values) - 1 - n) for n in range(len(values))]
    return polars.DataFrame({"week_end_date": days, "persons_count": values})


def test_a_stock_is_compared_with_a_week_and_52_weeks_ago() -> None:
    change = facts.by_week(weeks([100, *[0] * 50, 118, 120]), "persons_count", WEEK)
    assert (change.now, change.before, change.year_ago) == (120, 118, 100)
    assert (change.step, change.year_step, change.year_ratio) == (2, 20, pytest.approx(0.2))
    assert len(change.history) == 26


def test_what_has_no_history_is_not_compared() -> None:
    change = facts.by_week(weeks([120]), "persons_count", WEEK)
    assert (change.step, change.year_step, change.year_ratio) == (None, None, None)
    # From nothing there is no ratio, but there is a difference.
    grown = facts.by_week(weeks([0, *[1] * 51, 5]), "persons_count", WEEK)
    assert (grown.year_step, grown.year_ratio) == (5, None)


def test_last_year_lies_over_this_year_by_iso_week() -> None:
    series = weeks(list(range(105)))
    current, previous = facts.two_years(series, "persons_count", WEEK)
    assert (current.height, previous.height) == (53, 53)
    assert current["week_end_date"].to_list() == previous["week_end_date"].to_list()
    # Index 104 is this week, 52 the same week a year ago.
    assert (current["persons_count"][-1], previous["persons_count"][-1]) == (104, 52)


def test_four_weeks_are_four_weeks() -> None:
    assert facts.recent_change(weeks([1, 7, 8, 9, 10, 12]), "persons_count", WEEK) == 12 - 7
    assert facts.recent_change(weeks([9, 10]), "persons_count", WEEK) is None


def alerts(rows: list[tuple]) -> polars.DataFrame:
    names = ["fired_week_end_date", "town_code", "severity", "status", "is_overdue", "alerts_count", "amount_yuan"]
    return polars.DataFrame(rows, schema=names, orient="row")


def test_alerts_are_counted_by_what_holds() -> None:
    before = WEEK - timedelta(weeks=1)
    counted = facts.count_alerts(
        alerts(
            [
                (WEEK, "A", "R", "open", False, 2, 100.0),
                (before, "B", "Y", "open", True, 3, 0.0),
                (before, "A", "R", "unknown", True, 5, 900.0),
                (before, "", "O", "open", False, 1, 50.0),
            ]
        ),
        WEEK,
    )
    # open: 2 + 3 + 1; the five that can't be judged stand apart and touch no other number.
    assert (counted.open, counted.unknown, counted.overdue) == (6, 5, 3)
    assert (counted.new, counted.new_before) == (2, 4)
    assert counted.by_severity == {"R": 2, "O": 1, "Y": 3}
    assert counted.amount_yuan == 150
    assert counted.towns == ("B", "A"), "most first, the unmatched place left out"
    assert counted.history[-2:] == (4, 2)


def test_towns_have_their_open_and_overdue_alerts() -> None:
    found = facts.alerts_by_town(
        alerts(
            [
                (WEEK, "A", "R", "open", True, 2, 0.0),
                (WEEK, "A", "R", "open", False, 1, 0.0),
                (WEEK, "B", "R", "unknown", True, 4, 0.0),
            ]
        )
    )
    assert found == {"A": (3, 2)}


def test_a_month_is_compared_with_the_month_before_across_the_year() -> None:
    frame = polars.DataFrame(
        {"benefit_month": [date(2024, 1, 1), date(2024, 12, 1), date(2025, 1, 1)], "paid_yuan": [80.0, 95.0, 100.0]}
    )
    change = facts.by_month(frame, "paid_yuan")
    assert (change.step, change.year_step) == (5.0, 20.0)
    assert facts.paid_in_year(frame) == 100.0


@pytest.mark.parametrize(("share", "level"), [(0.0399, 0), (0.04, 1), (0.0499, 1), (0.07, 4), (0.2, 4), (None, None)])
def test_a_class_begins_at_its_limit(share, level) -> None:
    assert facts.level_of(share, (0.04, 0.05, 0.06, 0.07)) == level


@pytest.mark.parametrize("values", [[], [5.0], [3.0, 3.0], [-8.0, 4.0], [0.931, 0.985], [1e6, 9.7e6]])
def test_classes_are_round_and_rise(values) -> None:
    breaks = facts.even_breaks(values)
    assert list(breaks) == sorted(set(breaks))
    assert len(breaks) == 4
    steps = {round(b - a, 6) for a, b in itertools.pairwise(breaks)}
    assert len(steps) == 1
    assert f"{steps.pop():.0e}"[0] in "125"


def test_an_index_starts_at_a_hundred() -> None:
    assert facts.index_to_first([50, 55]) == [100, pytest.approx(110)]
    assert facts.index_to_first([0, 5]) == []


def test_old_people_are_those_of_sixty_and_more() -> None:
    people = polars.DataFrame({"age_band_code": ["50-59", "60-69", "80+"], "persons_count": [5, 3, 2]})
    assert facts.old_share(people) == pytest.approx(0.5)
    assert facts.old_share(people.head(0)) is None
