"""What dbt is told of the contracts: corrections under the lake's names, and which feeds are lists sent again whole."""

from dataclasses import replace
from datetime import date

import pytest

from warehouse.contract_seeds import tables
from warehouse.contracts import load_feeds

FEEDS = load_feeds()
CORRECTION = {
    "id": "k1",
    "column": "category_code",
    "from": "QT",
    "to": "DB",
    "reason": "agreed on the phone",
    "status": "active",
    "valid_from": date(2025, 1, 1),
    "expires": date(2025, 12, 31),
}


def _corrections(**changes: object) -> list[dict[str, object]]:
    feed = replace(FEEDS["civil_affairs__register"], corrections=({**CORRECTION, **changes},))
    types, rows = tables({feed.feed_id: feed})["contract_correction"]
    assert all(row.keys() == types.keys() for row in rows)
    return rows


def test_a_correction_names_the_column_as_the_lake_does() -> None:
    [row] = _corrections()
    assert (row["feed_id"], row["column_name"], row["old_value"], row["new_value"]) == (
        "civil_affairs__register", "category_code", "QT", "DB",
    )  # fmt: skip
    [row] = _corrections(column="person_name")
    assert row["column_name"] == "name_masked"


def test_a_correction_of_a_column_that_the_contract_lacks_is_refused() -> None:
    with pytest.raises(KeyError):
        _corrections(column="no_such_column")


def test_a_list_is_sent_again_whole_and_a_month_is_not() -> None:
    _, rows = tables(FEEDS)["contract_feed"]
    lists = {str(row["feed_id"]): row["is_list"] for row in rows}
    assert lists["civil_affairs__register"]  # kept, but each full delivery lists everybody
    assert lists["housing__support"]  # only the newest counts
    assert not lists["finance__payments"]  # each month stands by itself
    assert not lists["hotline__work_orders"]  # never sent whole
    assert [row["feed_id"] for row in rows if not row["is_scored"]] == [
        "data_steward__overrides", "data_steward__identity_links",
    ]  # fmt: skip
