"""Files of the request list's feeds without any defect, through ingest: nothing is quarantined that shouldn't be."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ingest.simulate.bureaus import check_centre, market_supervision
from ingest.simulate.world.build import World
from tests.ingest.deliveries_made import ingest, lake, new_home, quarantine, refusals
from tests.ingest.simulate.test_request_list_feeds import BUREAUS, sent, write_clean


def test_ingest_accepts_every_row(hamlet_world: World, tmp_path: Path, monkeypatch) -> None:
    """Only reports without a living authorisation are kept away, and those are the ones of the ledger."""
    place = new_home(tmp_path)
    written = {}
    for bureau in BUREAUS:
        several = bureau is check_centre
        for delivery in sent(hamlet_world, bureau.FEED)[-26 if several else -1 :]:
            written[delivery.feed_id] = written.get(delivery.feed_id, 0) + write_clean(
                hamlet_world, delivery, place.inbox
            )
    assert ingest(place, monkeypatch) == 0, refusals(place)
    checks = hamlet_world.ledgers[check_centre.FEED]
    kept_away = int((checks["is_expired"] | (checks["authorisation"] == 0) | ~checks["has_until"]).sum())
    assert kept_away > 0
    for feed_id, rows in written.items():
        refused = rows - len(lake(place, feed_id))
        assert refused == (kept_away if feed_id == check_centre.FEED else 0), feed_id
    rules = quarantine(place, check_centre.FEED)["rule"].unique().to_list()
    assert sorted(rules) == ["authorisation_expired", "authorisation_missing"]
    people = lake(place, market_supervision.FEED).filter(pl.col("person_key").is_not_null())
    assert people["subscribed_yuan"].min() >= 1_000  # 10 万元 and 100000.00 元 are the same money
