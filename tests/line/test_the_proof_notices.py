"""The proof of the defects fails when it should: a row in the wrong place, a wrong value, a missing flag, a clean row harmed."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import polars as pl
import pytest

from tests.line.placed import Expected, Place, Placed, value_of
from tests.line.test_defects_are_caught import ended_well, harmed_rows
from tests.line.worlds import World
from warehouse.contracts import load_feeds
from warehouse.keys import create_keys, load_keys
from warehouse.paths import home

FILE = "trade_union__hardship_workers__2025Q3__001.xlsx"
PLACE: Place = (FILE, 7)
NUMBER = "512729197302182052"
ENTRY = {
    "defect": "D06", "feed_id": "trade_union__hardship_workers", "file": FILE, "row_number": 7, "id_no": NUMBER,
    "column_name": "registered_date", "outcome": "normalised", "expected_rule": "", "written": "2024年3月1日",
    "correct": "2024-03-01", "household_no": "",
}  # fmt: skip


@pytest.fixture
def world(tmp_path) -> World:
    place = home(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    return World("none", tmp_path / "sent", tmp_path / "truth", place)


def placed_with(world: World, entry: dict[str, Any], row: dict[str, Any] | None, rule: str | None = None) -> Placed:
    """An installation of which one row is known: in the lake, in quarantine, or nowhere."""
    placed = Placed(world, load_feeds())
    vars(placed).update(
        defects=pl.DataFrame([entry]),
        quarantined={} if rule is None else {PLACE: rule},
        accepted={} if row is None else {PLACE: row},
        flagged={PLACE: frozenset(row["_flags"].split(","))} if row and row["_flags"] else {},
    )
    return placed


def judged(world: World, entry: dict[str, Any], row: dict[str, Any] | None, rule: str | None = None) -> bool:
    lost = {PLACE} if entry["outcome"] == "quarantined" else set()
    return ended_well(entry, placed_with(world, entry, row, rule), Expected(world), lost)


def lake_row(world: World, **changes: Any) -> dict[str, Any]:
    secret = load_keys(world.home).person
    key = hmac.new(secret, f"id|{NUMBER}".encode(), hashlib.sha256).hexdigest()[:32]
    feed = load_feeds()["trade_union__hardship_workers"]
    right = value_of(feed.column("registered_date"), "2024-03-01")
    return {"_row_number": 7, "_flags": "", "person_key": key, "registered_date": right, **changes}


def test_a_right_value_is_caught_and_a_wrong_one_is_not(world: World) -> None:
    assert judged(world, ENTRY, lake_row(world))
    assert not judged(world, ENTRY, lake_row(world, registered_date=None))
    assert not judged(world, ENTRY, None)
    assert not judged(world, ENTRY, None, rule="date_unreadable")


def test_a_quarantined_row_must_bear_its_rule(world: World) -> None:
    entry = ENTRY | {"defect": "D05", "outcome": "quarantined", "expected_rule": "id_masked"}
    assert judged(world, entry, None, rule="id_masked")
    assert not judged(world, entry, None, rule="id_check_digit")
    assert not judged(world, entry, lake_row(world))


def test_a_mark_must_be_there(world: World) -> None:
    entry = ENTRY | {"defect": "D18", "outcome": "flagged", "expected_rule": "date_in_future"}
    assert judged(world, entry, lake_row(world, _flags="date_in_future,name_odd_character"))
    assert not judged(world, entry, lake_row(world, _flags="name_odd_character"))


def test_another_persons_key_is_noticed(world: World) -> None:
    entry = ENTRY | {"defect": "D03", "column_name": "person_id_no", "correct": NUMBER}
    assert judged(world, entry, lake_row(world))
    assert not judged(world, entry, lake_row(world, person_key="0" * 32))


def test_a_clean_row_that_is_caught_is_harmed(world: World) -> None:
    in_order = ENTRY | {"defect": "NEAR_NAME", "outcome": "in_order"}
    assert harmed_rows(placed_with(world, in_order, lake_row(world))) == []
    assert harmed_rows(placed_with(world, in_order, None, rule="test_row")) == [
        ("trade_union__hardship_workers", PLACE, "test_row")
    ]
    assert harmed_rows(placed_with(world, in_order, lake_row(world, _flags="date_in_future"))) == [
        ("trade_union__hardship_workers", PLACE, "date_in_future")
    ]
