"""Rows in = rows accepted + rows quarantined for every file of every feed, counted by other programs than the line's.

And what is right in a file stands in the lake as it was sent: clean rows are compared cell by cell.
"""

from __future__ import annotations

import multiprocessing
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.line.files_read_again import count_rows, feed_of, read_rows
from tests.line.placed import SECOND_SCHEME, TEN_THOUSAND, Placed, value_of
from tests.line.worlds import World, print_table
from warehouse.contracts import Column, Feed

PROCESSES = 2
# Text of these is kept as it was written, without anything that could be a person's number.
NOT_COMPARED = ("document_no", "credit_code", "village_name")


@pytest.fixture(scope="module")
def placed(world: World) -> Placed:
    return Placed(world)


def test_rows_in_are_rows_accepted_and_quarantined_in_every_file(placed: Placed) -> None:
    started = time.monotonic()
    paths = sent_and_taken_in(placed)
    if placed.world.scale == "hamlet":
        counts = [count_rows(path) for path in paths]
    else:
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            counts = pool.map(count_rows, paths, chunksize=4)
    by_feed: dict[str, list[int]] = {}
    wrong = []
    for path, counted in zip(paths, counts, strict=True):
        manifest = placed.manifests[path.name]
        accepted, quarantined = placed.rows_kept(path.name)
        totals = by_feed.setdefault(manifest.feed_id, [0, 0, 0, 0])
        for place, number in enumerate((1, counted, accepted, quarantined)):
            totals[place] += number
        if counted != accepted + quarantined or (manifest.rows_read, manifest.rows_accepted) != (counted, accepted):
            wrong.append((path.name, counted, accepted, quarantined, manifest.rows_read))
    print_table(
        f"rows in and out on the {placed.world.scale}, counted in {time.monotonic() - started:.0f} s",
        ("feed", "files", "rows counted", "accepted", "quarantined"),
        [(feed_id, *totals) for feed_id, totals in sorted(by_feed.items())],
    )
    assert wrong[:10] == []
    assert set(by_feed) == set(placed.world.read_truth("files")["feed_id"].unique().to_list())


def test_a_refused_file_leaves_nothing_behind(placed: Placed) -> None:
    refused = {name for name, sidecar in placed.sidecars.items() if sidecar["status"] == "refused"}
    assert refused
    assert refused & set(placed.manifests) == set()
    assert refused & {file for file, _ in placed.quarantined} == set()


def test_clean_rows_stand_in_the_lake_as_they_were_sent(hamlet: World) -> None:
    """Codes, dates, amounts and counts of every row that has no damage, column by column."""
    placed = Placed(hamlet)
    damaged = set(placed.defects.select("file", "row_number").iter_rows())
    compared, wrong = 0, []
    for path in sent_and_taken_in(placed):
        feed = feed_of(path)
        columns = [c for c in feed.columns if c.keep and is_plain(c)]
        kept = placed.rows(path.name, [c.lake_name for c in columns])
        for number, cells in read_rows(path):
            if (path.name, number) in damaged or (path.name, number) in placed.quarantined:
                continue
            for column in columns:
                compared += 1
                if meant(cells, column, feed) != kept[number][column.lake_name]:
                    wrong.append((path.name, number, column.name))
    print(f"\n{compared:,} clean cells compared")
    assert wrong[:10] == []
    assert compared > 100_000


def sent_and_taken_in(placed: Placed) -> list[Path]:
    return [placed.world.sent / name for name in sorted(placed.manifests) if (placed.world.sent / name).exists()]


def is_plain(column: Column) -> bool:
    typed = column.codes or column.role == "area_code" or column.logical_type != "string"
    return bool(typed) and column.encrypted_name is None and column.role not in NOT_COMPARED


def meant(cells: dict[str, Any], column: Column, feed: Feed) -> object:
    """What a clean cell means, typed as in the lake; its unit may stand in another column."""
    cell = cells.get(column.name)
    if cell in (None, ""):
        return column.codes.get("") if column.codes and column.logical_type != "boolean" else None
    if isinstance(cell, datetime | date):
        return cell
    if column.logical_type == "integer" and not column.codes:
        return int(cell)
    if isinstance(cell, float | int):
        cell = f"{Decimal(str(cell)):f}"
    if cell in column.open_ended:
        return None
    if column.unit_from and cells.get(column.unit_from) == "万元":
        return value_of(column, f"{Decimal(cell) * TEN_THOUSAND:f}")
    return value_of(column, cell, feed.feed_id == SECOND_SCHEME)
