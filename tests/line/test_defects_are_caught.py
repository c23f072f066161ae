"""Every injected defect is caught by the stage meant to catch it, and no clean row is quarantined."""

from __future__ import annotations

import polars as pl
import pytest

from tests.line.worlds import World, print_table, read_table
from warehouse.contracts import load_feeds
from warehouse.manifests import read_manifests, read_sidecars

Place = tuple[str, str, int]


@pytest.fixture(scope="module")
def placed(world: World) -> tuple[dict[Place, str], set[Place]]:
    """Where each row of each file ended: quarantined places with their rule, and accepted places."""
    quarantined: dict[Place, str] = {}
    accepted: set[Place] = set()
    for feed_id in load_feeds():
        for folder in (world.home.quarantine / feed_id).glob("batch=*"):
            rows = pl.read_parquet(folder / "part-0.parquet", columns=["_feed", "_file", "_row_number", "rule"])
            quarantined |= {(feed, file, row): rule for feed, file, row, rule in rows.iter_rows()}
    wanted = world.read_truth("defects").filter(pl.col("outcome").is_in(["normalised", "flagged", "mapped"]))
    batches = {manifest.file: manifest.batch_id for manifest in read_manifests(world.home)}
    for feed_id, file in set(wanted.select("feed_id", "file").iter_rows()):
        rows = wanted.filter((pl.col("feed_id") == feed_id) & (pl.col("file") == file))["row_number"].to_list()
        part = world.home.lake / feed_id / f"batch={batches[file]}" / "part-0.parquet"
        found = pl.scan_parquet(part).filter(pl.col("_row_number").is_in(rows)).select("_row_number").collect()
        accepted |= {(feed_id, file, row) for row in found["_row_number"].to_list()}
    return quarantined, accepted


def test_every_defect_of_a_row_is_caught_where_it_should_be(world: World, placed) -> None:
    quarantined, accepted = placed
    rows, wrong = [], []
    defects = world.read_truth("defects").filter(pl.col("row_number").is_not_null())
    worse = defects.filter(pl.col("outcome").is_in(["quarantined", "duplicate_quarantined"]))
    spoiled = set(worse.select("feed_id", "file", "row_number").iter_rows())
    for (defect, feed_id, outcome), group in sorted(
        defects.group_by("defect", "feed_id", "outcome"), key=lambda g: g[0]
    ):
        caught = 0
        for entry in group.iter_rows(named=True):
            place = (feed_id, entry["file"], entry["row_number"])
            if outcome in ("quarantined", "duplicate_quarantined"):
                good = quarantined.get(place) == (entry["expected_rule"] or "duplicate_row")
            elif place in spoiled:
                # A second, worse defect of the same row decides where it ends.
                good = place in quarantined
            else:
                good = place in accepted and place not in quarantined
            caught += good
            if not good:
                wrong.append((defect, *place, outcome, entry["expected_rule"], quarantined.get(place)))
        rows.append((defect, feed_id, outcome, group.height, caught))
    print_table(f"defects on the {world.scale}", ("defect", "feed", "outcome", "injected", "caught"), rows)
    assert wrong[:10] == []


def test_every_defect_of_a_file_is_dealt_with(world: World) -> None:
    """Superseded deliveries are out of force, odd headers and encodings are read, late and missing ones are told."""
    batches = read_table(world.home, "dashboard", "select file_name, is_in_force from pub_batches")
    in_force = dict(batches.select("file_name", "is_in_force").iter_rows())
    told = read_table(world.home, "warehouse", "select feed_id, period, state from lake.deliveries")
    states = {(feed_id, period): state for feed_id, period, state in told.iter_rows()}
    defects = world.read_truth("defects").filter(pl.col("row_number").is_null())
    assert set(defects["outcome"].to_list()) == {"superseded", "mapped", "late"}
    for defect, feed_id, file, outcome in defects.select("defect", "feed_id", "file", "outcome").iter_rows():
        if outcome == "superseded":
            assert in_force[file] is False, (defect, file)
        elif outcome == "mapped":
            assert file in in_force, (defect, file)
        else:
            assert states[feed_id, file.split("__")[2]] in ("late", "missing"), (defect, file)


def test_no_clean_row_is_quarantined(world: World, placed) -> None:
    quarantined, _ = placed
    listed = world.read_truth("defects").filter(pl.col("outcome").is_in(["quarantined", "duplicate_quarantined"]))
    known = set(listed.select("feed_id", "file", "row_number").iter_rows())
    harmed = {place: rule for place, rule in quarantined.items() if place not in known}
    assert dict(list(harmed.items())[:10]) == {}


def test_rows_read_are_accepted_or_quarantined_in_every_batch(world: World) -> None:
    files = world.read_truth("files")
    manifests = list(read_manifests(world.home))
    assert len(manifests) == files.height - len(refused(world))
    for manifest in manifests:
        assert manifest.rows_read == manifest.rows_accepted + manifest.rows_quarantined, manifest.file


def test_nothing_sent_is_lost(world: World) -> None:
    landed = {sidecar["file"] for _, sidecar in read_sidecars(world.home)}
    assert set(world.read_truth("files")["file"].to_list()) - landed == set()


def refused(world: World) -> set[str]:
    return {sidecar["file"] for _, sidecar in read_sidecars(world.home) if sidecar["status"] == "refused"}
