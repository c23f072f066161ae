"""What dbt needs to know of the contracts: dbt seeds of feeds, columns and corrections.

In: contracts. Out: column types and rows by seed, for `warehouse.generate`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from warehouse.contracts import Feed

STEWARD = "data_steward"
Seed = tuple[dict[str, str], list[dict[str, Any]]]
FEED_TYPES = {"feed_id": "varchar", "bureau": "varchar", "bureau_zh": "varchar", "sheet": "varchar"}
COLUMN_TYPES = {"feed_id": "varchar", "column_name": "varchar", "header": "varchar"}
CORRECTION_TYPES = {
    "correction_id": "varchar",
    "feed_id": "varchar",
    "column_name": "varchar",
    "old_value": "varchar",
    "new_value": "varchar",
    "reason": "varchar",
    "status": "varchar",
    "valid_from": "date",
    "expires": "date",
}


def tables(feeds: Mapping[str, Feed]) -> dict[str, Seed]:
    """The seeds contract_feed, contract_column and contract_correction, each with its column types and rows."""
    return {
        "contract_feed": (
            {**FEED_TYPES, "is_list": "boolean", "is_scored": "boolean"},
            [_feed(feed) for feed in feeds.values()],
        ),
        "contract_column": (
            COLUMN_TYPES,
            [
                {"feed_id": feed.feed_id, "column_name": column.name, "header": column.header}
                for feed in feeds.values()
                for column in feed.columns
            ],
        ),
        "contract_correction": (
            CORRECTION_TYPES,
            [_correction(feed, entry) for feed in feeds.values() for entry in feed.corrections],
        ),
    }


def _feed(feed: Feed) -> dict[str, Any]:
    # A list is sent again whole, so its next full delivery says what became of a record; payments or deaths of a month are
    # answered only by the same month sent again. The contract's grain tells: "× delivery".
    is_list = "full" in feed.delivery and (feed.history == "latest" or feed.grain.endswith("× delivery"))
    return {
        "feed_id": feed.feed_id,
        "bureau": feed.bureau,
        "bureau_zh": feed.bureau_zh,
        "sheet": feed.sheet,
        "is_list": is_list,
        "is_scored": feed.bureau != STEWARD,
    }


def _correction(feed: Feed, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "correction_id": entry["id"],
        "feed_id": feed.feed_id,
        "column_name": feed.column(entry["column"]).lake_name,
        "old_value": entry["from"],
        "new_value": entry["to"],
        "reason": entry["reason"],
        "status": entry["status"],
        "valid_from": entry["valid_from"],
        "expires": entry["expires"],
    }
