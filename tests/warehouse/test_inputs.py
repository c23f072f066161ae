"""The inputs of a build: its id follows from its contents, its views read the batches in force and no others."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.warehouse.small_lake import write_batch, write_refusal
from warehouse.contracts import QUARANTINE_COLUMNS, load_feeds
from warehouse.database import open_build
from warehouse.inputs import INPUTS_FILE, WAREHOUSE_FILE, known_batches, write_inputs
from warehouse.journal import Verdict
from warehouse.paths import Home
from warehouse.paths import home as home_at

FEEDS = load_feeds()
REGISTER, DEATHS = FEEDS["civil_affairs__register"], FEEDS["health__deaths"]
AS_OF = date(2025, 11, 23)


@pytest.fixture
def place(tmp_path) -> Home:
    return home_at(tmp_path / "data", tmp_path / "keys")


def build(place: Home, held: tuple[str, ...] = (), as_of: date = AS_OF):
    verdicts = {
        b.batch_id: Verdict(b.batch_id, b.feed_id, "s", "", "held" if b.period in held else "admitted", (), 0)
        for b in known_batches(place, as_of)
    }
    return write_inputs(place, FEEDS, as_of, verdicts)


def ask(candidate, query: str) -> list[tuple]:
    with open_build(candidate.path / WAREHOUSE_FILE) as connection:
        return connection.execute(query).fetchall()


def test_a_held_batch_is_listed_and_not_read(place: Home) -> None:
    write_batch(place, REGISTER, "202509", kind="full", rows=5, quarantined=1)
    write_batch(place, REGISTER, "202510", kind="full", rows=7, quarantined=2)
    candidate = build(place, held=("202510",))
    assert ask(candidate, "select period, verdict, is_in_force from lake.batches order by 1") == [
        ("202509", "admitted", True),
        ("202510", "held", False),
    ]
    assert ask(candidate, f"select count(*) from lake.{REGISTER.feed_id}") == [(5,)]
    assert ask(candidate, f"select count(*) from lake.{REGISTER.feed_id}__quarantine") == [(1,)]
    assert ask(candidate, "select period_end, rows_count from lake.quarantine_counts order by 1") == [
        (date(2025, 9, 30), 1),
        (date(2025, 10, 31), 2),
    ]


def test_views_have_the_contracts_columns_even_without_a_batch(place: Home) -> None:
    write_batch(place, REGISTER, "202510", kind="full", rows=3)
    candidate = build(place)
    for feed in FEEDS.values():
        assert (
            tuple(ask(candidate, f"select column_name, column_type from (describe lake.{feed.feed_id})"))
            == feed.lake_columns()
        )
        found = ask(candidate, f"select column_name, column_type from (describe lake.{feed.feed_id}__quarantine)")
        assert tuple(found) == QUARANTINE_COLUMNS
    assert ask(candidate, "select count(*) from lake.finance__payments") == [(0,)]


def test_a_period_that_begins_after_the_day_is_left_out(place: Home) -> None:
    for period in ("20251123", "20251130"):
        write_batch(place, REGISTER, period, kind="delta", rows=2)
    write_batch(place, FEEDS["finance__payments"], "202511", rows=2)
    assert [b.period for b in known_batches(place, AS_OF)] == ["20251123", "202511"]
    assert [b.period for b in known_batches(place, date(2025, 11, 24))] == ["20251123", "20251130", "202511"]


def test_the_id_follows_from_the_contents_alone(place: Home, tmp_path) -> None:
    other = home_at(tmp_path / "elsewhere", tmp_path / "keys")
    periods = ("202508", "202509", "202510")
    for period in periods:
        write_batch(place, REGISTER, period, kind="full")
    for period in reversed(periods):
        write_batch(other, REGISTER, period, kind="full")
    first = build(place)
    assert build(other).build_id == first.build_id
    assert build(place, held=("202510",)).build_id != first.build_id
    assert build(place, as_of=date(2025, 11, 22)).build_id != first.build_id
    write_refusal(place, DEATHS, "202510")
    assert build(place).build_id != first.build_id
    assert first.build_id.startswith("b-20251123-")


def test_a_candidate_without_a_receipt_is_made_anew_and_one_with_it_stands(place: Home) -> None:
    write_batch(place, REGISTER, "202510", kind="full")
    candidate = build(place)
    (candidate.path / "left over").touch()
    again = build(place)
    assert (again.build_id, again.has_receipt, (again.path / "left over").exists()) == (
        candidate.build_id,
        False,
        False,
    )
    (candidate.path / "receipt.json").write_text("{}")
    (candidate.path / "kept").touch()
    assert build(place).has_receipt
    assert (candidate.path / "kept").exists()
    assert (candidate.path / INPUTS_FILE).is_file()
    assert [path.name for path in place.builds.iterdir()] == [candidate.build_id]


def test_a_feed_owes_the_oldest_delivery_absent_up_to_today(place: Home) -> None:
    for period in ("202507", "202508"):
        write_batch(place, DEATHS, period, rows=3)
    write_refusal(place, DEATHS, "202510")
    candidate = build(place)
    states = ask(candidate, "select period, state from lake.deliveries where feed_id = 'health__deaths' order by 1")
    assert states == [("202507", "on_time"), ("202508", "on_time"), ("202509", "missing"), ("202510", "refused")]
    query = (
        "select last_period, due_period, due_date, is_late, days_late_count, batches_count, refused_count"
        " from lake.feeds where feed_id = 'health__deaths'"
    )
    # due on 5 October and looked at on the evening of Monday 24 November: 26 + 24 days, and the day itself
    assert ask(candidate, query) == [("202508", "202509", date(2025, 10, 5), True, 51, 2, 1)]


def test_a_gap_that_was_followed_is_missing_but_the_feed_is_not_late(place: Home) -> None:
    for period in ("202508", "202510"):
        write_batch(place, DEATHS, period, rows=3)
    write_batch(place, DEATHS, "202507", rows=3, received_at=datetime(2025, 8, 6, 9))
    candidate = build(place)
    states = ask(candidate, "select period, state from lake.deliveries where feed_id = 'health__deaths' order by 1")
    assert states == [("202507", "late"), ("202508", "on_time"), ("202509", "missing"), ("202510", "on_time")]
    assert ask(candidate, "select is_late, days_late_count from lake.feeds where feed_id = 'health__deaths'") == [
        (False, 0)
    ]


def test_the_week_ends_on_the_sunday_on_or_before_the_day(place: Home) -> None:
    write_batch(place, REGISTER, "202510", kind="full")
    for day, sunday in ((23, 23), (24, 23), (29, 23), (22, 16)):
        candidate = build(place, as_of=date(2025, 11, day))
        assert ask(candidate, "select as_of_date, week_end_date from lake.run") == [
            (date(2025, 11, day), date(2025, 11, sunday))
        ]
