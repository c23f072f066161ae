"""`python -m ingest --explain FILE`: what contract a file met, what happened to its rows, what to do; in Chinese or English.

In: a path, or the name or sha256 of a file that was landed. Out: text on the screen, and the exit code of an ingest. Nothing is
written. A file on disk is read in a process of its own, under the limits of ingest.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import polars as pl

from ingest import limits
from ingest.batches import batch_folder
from ingest.dry_runs import dry_run
from ingest.explain_text import as_lines
from ingest.explanations import Explanation, Tally, remarks_of
from ingest.file_names import printable_name
from ingest.landing import refusal_record
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.manifests import SIDECAR_FILE, read_manifests, read_sidecars
from warehouse.paths import Home

SHORTEST_HASH = 8
LOOK_SECONDS = 0.05
EXIT_FAULT = 1


def explain(home: Home, feeds: Mapping[str, Feed], what: str, language: str, workers: int = 1) -> int:
    """Tell about a file and give the exit code; without workers it is read in this process.

    Raises: WarehouseError when there is no such file.
    """
    told = find(home, feeds, what, workers)
    print("\n".join(as_lines(told, feeds, language)), flush=True)
    return EXIT_FAULT if told.fault else RefusedFile.exit_code if told.refusals else 0


def find(home: Home, feeds: Mapping[str, Feed], what: str, workers: int = 1) -> Explanation:
    """The explanation of a file on disk, in the inbox, or in landing. Raises: WarehouseError when there is none."""
    for path in (Path(what), home.inbox / what):
        try:
            if path.is_file():
                return dry_run(path, feeds, home) if workers == 0 else _within_limits(path, feeds, home)
        except OSError as error:
            raise WarehouseError(
                "the file can't be read", where=printable_name(path.name), found=os.strerror(error.errno or 0)
            ) from None
        except ValueError:
            continue
    landed = [entry for entry in read_sidecars(home) if _is_meant(what, entry[1])]
    if not landed:
        raise WarehouseError(
            "there is no such file",
            where=printable_name(what),
            expected="a path, the name of a file in inbox or landing, or the sha256 of one",
        )
    newest = max(landed, key=lambda entry: (entry[1]["received_at"], (entry[0] / SIDECAR_FILE).stat().st_mtime_ns))
    return _landed(home, feeds, newest[1], len(landed) - 1)


def _is_meant(what: str, sidecar: Mapping[str, Any]) -> bool:
    sha256 = str(sidecar["sha256"])
    is_hash = len(what) >= SHORTEST_HASH and sha256.startswith(what.lower())
    return is_hash or sidecar["file"] in (what, Path(what).name)


def _landed(home: Home, feeds: Mapping[str, Feed], sidecar: Mapping[str, Any], others: int) -> Explanation:
    """What landing and lake hold of a file."""
    told = Explanation(sidecar["file"], sidecar["size_bytes"], sidecar["sha256"], sidecar["status"], others=others)
    told.received_at = str(sidecar["received_at"])
    told.period, told.batch_no = sidecar["period"], sidecar["batch_no"]
    told.feed_id = sidecar["feed_id"] if sidecar["feed_id"] in feeds else None
    told.declared_rows, told.kind = sidecar.get("row_count"), sidecar.get("kind", "")
    told.declared_totals = [str(label) for label in sidecar.get("control_totals", {})]
    if sidecar["status"] == "refused":
        told.refusals.append(sidecar["refusal"])
    if sidecar["status"] == "ingested":
        _add_batch(home, told, sidecar["batch_id"])
    return told


def _add_batch(home: Home, told: Explanation, batch: str) -> None:
    manifest = next(found for found in read_manifests(home, told.feed_id) if found.batch_id == batch)
    told.batch_id, told.kind, told.encoding = batch, manifest.kind, manifest.encoding
    told.headers, told.extra = manifest.headers_mapped, manifest.headers_extra
    told.rows_read, told.rows_accepted = manifest.rows_read, manifest.rows_accepted
    told.rows_quarantined, told.flags = manifest.rows_quarantined, manifest.flags
    told.remarks = remarks_of(manifest.warnings)
    tally = Tally()
    for part in sorted(batch_folder(home.quarantine, manifest.feed_id, batch).glob("*.parquet")):
        columns = ["rule", "column_name", "_row_number", "masked_value"]
        tally.add(pl.read_parquet(part, columns=columns, hive_partitioning=False))
    told.findings = tally.findings()


def _within_limits(path: Path, feeds: Mapping[str, Feed], home: Home) -> Explanation:
    """The dry run in a process that is killed when the file costs too much."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, path, dict(feeds), home), daemon=True)
    process.start()
    theirs.close()
    until = time.monotonic() + limits.time_allowed(path.stat().st_size)
    try:
        while not ours.poll(LOOK_SECONDS):
            if limits.memory_in_use(process.pid or 0) > limits.MOST_MEMORY:
                return _too_costly(path, "more memory")
            if time.monotonic() > until:
                return _too_costly(path, "more time")
        outcome: Explanation | tuple[str, int] = ours.recv()
    except EOFError:
        return _too_costly(path, "the process that read it broke down")
    finally:
        process.kill()
        process.join()
    if isinstance(outcome, Explanation):
        return outcome
    error = WarehouseError(outcome[0])
    error.exit_code = outcome[1]
    raise error


def _work(pipe: Connection, path: Path, feeds: Mapping[str, Feed], home: Home) -> None:
    limits.limit_addresses()
    try:
        pipe.send(dry_run(path, feeds, home))
    except WarehouseError as error:
        pipe.send((error.message(), error.exit_code))
    except OSError as error:
        pipe.send((f"the file can't be read · found: {os.strerror(error.errno or 0)}", EXIT_FAULT))


def _too_costly(path: Path, found: str) -> Explanation:
    told = Explanation(printable_name(path.name), path.stat().st_size, "")
    told.refusals.append(refusal_record(limits.too_costly(told.file, found)))
    return told
