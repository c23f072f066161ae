"""Writes the deliveries of a world: rows, then the bureau's defects, then the file; in one or two processes.

Out: what was written (files) and what was damaged (defects), both in the order of sending.
"""

from __future__ import annotations

import multiprocessing
import pickle
import tempfile
from pathlib import Path

import polars as pl

from ingest.simulate import defects
from ingest.simulate.bureaus import files
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.registry import ROWS
from ingest.simulate.defects.layouts import file_level_log
from ingest.simulate.world.build import Progress, World

FILE_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String,
    "feed_id": pl.String,
    "period": pl.String,
    "batch_no": pl.Int32,
    "kind": pl.String,
    "row_count": pl.Int64,
    "sent_at": pl.Datetime("us"),
}
_WORK = {  # relative cost of one file at district scale, to share the files out
    ("civil_affairs__register", "full"): 20,
    ("disabled_federation__certificates", "full"): 6,
    ("police__population", "full"): 12,
    ("agriculture__monitored_persons", "full"): 2,
    ("finance__payments", "full"): 2,
    ("human_resources__social_insurance", "full"): 4,
    ("natural_resources__property", "full"): 5,
    ("taxation__income_bands", "full"): 2,
}


def write_deliveries(
    world: World, cases: pl.DataFrame, deliveries: list[Delivery], folder: Path, say: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the files and return (files, defects) as the truth lists them; `cases` are what damage mostly keeps off."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = defects.plan_defects(world, cases)
    shares = _shared_out(deliveries, world.scale.processes)
    if len(shares) == 1:
        results = [_write_share(world, plan, shares[0], folder, say)]
    else:
        results = _write_in_processes(world, plan, shares, folder)
    written = pl.concat([result[0] for result in results]).sort("sent_at", "file")
    of_files = file_level_log(world, set(written["file"].to_list()), deliveries)
    damaged = pl.concat([of_files, *(result[1] for result in results)]).sort(
        "feed_id", "file", "row_number", "defect", "column_name"
    )
    return written, damaged


def _shared_out(deliveries: list[Delivery], processes: int) -> list[list[Delivery]]:
    shares: list[list[Delivery]] = [[] for _ in range(processes)]
    load = [0] * processes
    for delivery in sorted(deliveries, key=lambda d: -_WORK.get((d.feed_id, d.kind), 1)):
        least = load.index(min(load))
        shares[least].append(delivery)
        load[least] += _WORK.get((delivery.feed_id, delivery.kind), 1)
    return [sorted(share, key=lambda d: (d.feed_id, d.sent_at)) for share in shares]


def _write_share(
    world: World, plan: defects.Plan, deliveries: list[Delivery], folder: Path, say: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    written, damaged = [], []
    feed_id, count = "", 0
    for delivery in deliveries:
        if delivery.feed_id != feed_id and feed_id:
            say(f"{feed_id}: {count} files")
            count = 0
        feed_id, count = delivery.feed_id, count + 1
        table = ROWS[delivery.feed_id](world, delivery)
        table, layout, log = defects.damage(world, plan, delivery, table)
        rows = files.write_delivery(delivery, table, layout, folder)
        damaged.append(log)
        written.append(
            (
                delivery.file_name,
                delivery.feed_id,
                delivery.period,
                delivery.batch_no,
                delivery.kind,
                rows,
                delivery.sent_at,
            )
        )
    say(f"{feed_id}: {count} files")
    return pl.DataFrame(written, schema=FILE_COLUMNS, orient="row"), pl.concat(damaged)


def _write_in_processes(
    world: World, plan: defects.Plan, shares: list[list[Delivery]], folder: Path
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Each process reads the world from a file: it is far larger than what a pipe takes well."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / "world.pickle"
        with kept.open("wb") as stream:
            pickle.dump((world, plan), stream, protocol=5)
        with multiprocessing.get_context("spawn").Pool(len(shares)) as pool:
            return pool.starmap(_write_from_file, [(kept, share, folder, n) for n, share in enumerate(shares)])


def _write_from_file(kept: Path, share: list[Delivery], folder: Path, number: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    from ingest.simulate.__main__ import say

    with kept.open("rb") as stream:
        world, plan = pickle.load(stream)
    return _write_share(world, plan, share, folder, lambda text: say(f"[{number + 1}] {text}"))
