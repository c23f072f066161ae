"""Periods, due days, and which batches are in force: by the end of their period, never by arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from tests.warehouse.small_lake import write_batch
from warehouse.contracts import load_feeds
from warehouse.deliveries import due_date, expected_deliveries, in_force, period_bounds
from warehouse.errors import ContractError
from warehouse.paths import home as home_at

FEEDS = load_feeds()


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("202402", date(2024, 2, 1), date(2024, 2, 29)),
        ("202512", date(2025, 12, 1), date(2025, 12, 31)),
        ("2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        ("2025Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("20251123", date(2025, 11, 17), date(2025, 11, 23)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(period: str, start: date, end: date) -> None:
    assert period_bounds(period) == (start, end)


@pytest.mark.parametrize("period", ["", "202513", "2025Q5", "2025Q0", "20250230", "later"])
def test_a_period_of_another_form_is_refused(period: str) -> None:
    with pytest.raises(ContractError):
        period_bounds(period)


def test_a_day_is_counted_from_the_start_or_from_the_end() -> None:
    payments, register = FEEDS["finance__payments"].due[0], FEEDS["civil_affairs__register"].due[0]
    assert due_date(payments, *period_bounds("202511")) == date(2025, 11, 10)  # the 10th of the month itself
    assert due_date(register, *period_bounds("202510")) == date(2025, 11, 3)  # three days after 31 October


def test_expected_deliveries_fall_due_between_both_days_included() -> None:
    found = list(expected_deliveries(FEEDS["police__population"], date(2025, 10, 10), date(2025, 10, 20)))
    assert [(e.kind, e.period, e.due) for e in found] == [
        ("full", "2025Q3", date(2025, 10, 10)),
        ("delta", "20251012", date(2025, 10, 13)),
        ("delta", "20251019", date(2025, 10, 20)),
    ]


def batches(tmp_path, feed_id: str, *places: tuple[str, int, str]):
    place = home_at(tmp_path / "data", tmp_path / "keys")
    return [
        replace(
            write_batch(place, FEEDS[feed_id], period, batch_no=no, kind=kind, rows=2), batch_id=f"{period}-{no}-{kind}"
        )
        for period, no, kind in places
    ]


REGISTER = (
    ("202509", 1, "full"),
    ("202510", 1, "full"),
    ("202510", 2, "full"),
    ("20251026", 1, "delta"),
    ("20251109", 1, "delta"),
)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ("keep", {"202509-1-full", "202510-2-full", "20251026-1-delta", "20251109-1-delta"}),
        ("latest", {"202510-2-full", "20251109-1-delta"}),
    ],
)
def test_the_newest_full_of_a_period_and_what_follows_is_in_force(tmp_path, history: str, expected: set[str]) -> None:
    made = batches(tmp_path, "civil_affairs__register", *REGISTER)
    for order in permutations(made):
        assert in_force(order, history) == expected


def test_a_delta_of_the_full_deliverys_own_last_day_follows_by_its_number(tmp_path) -> None:
    made = batches(
        tmp_path, "police__population", ("202508", 1, "full"), ("20250831", 1, "delta"), ("20250831", 2, "delta")
    )
    assert in_force(made, "latest") == {"202508-1-full", "20250831-2-delta"}


def test_deltas_without_a_full_delivery_are_all_there_is(tmp_path) -> None:
    made = batches(tmp_path, "police__population", ("20251109", 1, "delta"), ("20251116", 1, "delta"))
    assert in_force(made, "latest") == {"20251109-1-delta", "20251116-1-delta"}
