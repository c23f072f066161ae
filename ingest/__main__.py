"""`python -m ingest`: land what lies in the inbox, then make a batch of every landed file that has none yet.

Exit code 0: all is well; 3: a file was refused and the others are done; 1: a fault of ours or of the machine.
"""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.batches import batch_id, clear_unfinished, is_committed
from ingest.deliveries import Run, ingest_file, open_run
from ingest.file_names import parse_file_name
from ingest.landing import Landed, land_inbox, orphans, refusal_record, waiting
from warehouse.contracts import Feed, load_feeds
from warehouse.errors import Busy, RefusedFile, WarehouseError
from warehouse.keys import Keys, load_keys
from warehouse.paths import Home, home

EXIT_FAULT = 1
EXIT_REFUSED = RefusedFile.exit_code
LOCK_FILE = ".ingest.lock"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--home", help="data folder (default: WAREHOUSE_DATA, else ./data)")
    parser.add_argument("--feed", help="only this feed, e.g. finance__payments")
    options = parser.parse_args(arguments)
    try:
        feeds = load_feeds()
        if options.feed is not None and options.feed not in feeds:
            parser.error(f"--feed must be one of {', '.join(feeds)}")
        place = home(options.home)
        keys = load_keys(place)
        with _only_one(place):
            return ingest_all(place, keys, feeds, options.feed)
    except WarehouseError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return error.exit_code


def ingest_all(place: Home, keys: Keys, feeds: dict[str, Feed], only_feed: str | None = None) -> int:
    """Land and ingest everything; the exit code."""
    started = time.perf_counter()
    cleared = clear_unfinished(place)
    if cleared:
        _say(f"cleared what an interrupted run left: {cleared} folders")
    landed = land_inbox(place, keys, feeds, only_feed)
    refused = [entry for entry in landed if entry.sidecar["status"] == "refused"]
    for entry in refused:
        _say(f"REFUSED {entry.sidecar['refusal']['message']}")
    counts = {"files": 0, "rows": 0, "accepted": 0, "quarantined": 0, "refused": len(refused), "faults": 0}
    with open_run(place, keys) as run:
        for entry in _in_order(waiting(place, only_feed), feeds):
            _ingest_one(run, entry, feeds, counts)
    if stray := orphans(place):
        _say(f"left in the inbox: {stray} sidecars whose file isn't there")
    seconds = time.perf_counter() - started
    _say(
        f"{counts['files']} files, {counts['rows']:,} rows = {counts['accepted']:,} accepted "
        f"+ {counts['quarantined']:,} quarantined, {counts['refused']} files refused, {seconds:.1f} s"
    )
    return EXIT_FAULT if counts["faults"] else EXIT_REFUSED if counts["refused"] else 0


def _ingest_one(run: Run, entry: Landed, feeds: dict[str, Feed], counts: dict[str, int]) -> None:
    name = parse_file_name(entry.sidecar["file"], feeds)
    batch = batch_id(name.feed.feed_id, name.period, name.batch_no, entry.sidecar["sha256"])
    if is_committed(run.home, name.feed.feed_id, batch):
        if entry.sidecar["status"] != "ingested":
            entry.update(status="ingested", batch_id=batch)
        return
    started = time.perf_counter()
    try:
        manifest = ingest_file(run, entry, name)
    except RefusedFile as refusal:
        entry.update(status="refused", refusal=refusal_record(refusal))
        counts["refused"] += 1
        _say(f"REFUSED {refusal}")
        return
    except (KeyboardInterrupt, SystemExit, WarehouseError):
        raise
    except BaseException as fault:
        # A library's message may quote a cell, and polars panics outside Exception: kind and place say enough.
        last = traceback.extract_tb(fault.__traceback__)[-1]
        counts["faults"] += 1
        _say(
            f"FAULT {name.text}: {type(fault).__name__} in {Path(last.filename).name} line {last.lineno}; the file stays in landing"
        )
        return
    entry.update(status="ingested", batch_id=batch)
    counts["files"] += 1
    counts["rows"] += manifest.rows_read
    counts["accepted"] += manifest.rows_accepted
    counts["quarantined"] += manifest.rows_quarantined
    seconds = time.perf_counter() - started
    _say(
        f"{name.text}: {manifest.rows_read:,} rows, {manifest.rows_accepted:,} accepted, "
        f"{manifest.rows_quarantined:,} quarantined, {seconds:.2f} s"
    )


def _in_order(entries: list[Landed], feeds: dict[str, Feed]) -> Iterator[Landed]:
    """Feeds with names first: the vault takes a person's name from the first batch that knows it."""

    def place(entry: Landed) -> tuple[bool, str, str]:
        feed = feeds.get(entry.sidecar["feed_id"])
        return (feed is None or feed.name_column is None, entry.sidecar["received_at"], entry.sidecar["file"])

    return iter(sorted(entries, key=place))


@contextmanager
def _only_one(place: Home) -> Iterator[None]:
    place.root.mkdir(parents=True, exist_ok=True)
    with (place.root / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy("another ingest is running", where=str(place.root), remedy="wait until it has ended") from None
        yield


def _say(line: str) -> None:
    print(f"ingest  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
