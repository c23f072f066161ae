"""`python -m ingest`: land what lies in the inbox, then make a batch of every landed file that has none yet.

Exit code 0: all is well; 3: a file was refused and the others are done; 1: a fault of ours or of the machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from ingest.batches import batch_id, clear_unfinished, is_committed
from ingest.explain import explain
from ingest.file_names import parse_file_name
from ingest.inbox import left_in_inbox
from ingest.jobs import Job, Outcome
from ingest.landing import land_inbox, waiting
from ingest.workers import DEFAULT_WORKERS, run_jobs
from warehouse.contracts import Feed, load_feeds
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.keys import Keys, load_keys
from warehouse.manifests import read_manifests
from warehouse.paths import Home, home
from warehouse.process_lock import hold_alone

EXIT_FAULT = 1
EXIT_REFUSED = RefusedFile.exit_code


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--home", help="data folder (default: WAREHOUSE_DATA, else ./data)")
    parser.add_argument("--feed", help="only this feed, e.g. finance__payments")
    parser.add_argument(
        "--workers", type=int, choices=range(17), default=DEFAULT_WORKERS, metavar="N",
        help="processes that read files under limits (default 2); 0: read them in this one, without limits",
    )  # fmt: skip
    parser.add_argument(
        "--explain", metavar="FILE", help="tell what becomes of one file (a path, name or sha256), and write nothing"
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="the language of --explain (default zh)")
    options = parser.parse_args(arguments)
    try:
        feeds = load_feeds()
        if options.explain is not None:
            return explain(home(options.home), feeds, options.explain, options.lang, options.workers)
        if options.feed is not None and options.feed not in feeds:
            parser.error(f"--feed must be one of {', '.join(feeds)}")
        place = home(options.home)
        keys = load_keys(place)
        with hold_alone(place, "ingest"):
            return ingest_all(place, keys, feeds, options.feed, options.workers)
    except WarehouseError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return error.exit_code


def ingest_all(
    place: Home, keys: Keys, feeds: dict[str, Feed], only_feed: str | None = None, workers: int = DEFAULT_WORKERS
) -> int:
    """Land and ingest everything with some worker processes, or none; the exit code."""
    started = time.perf_counter()
    cleared = clear_unfinished(place)
    if cleared:
        _say(f"cleared what an interrupted run left: {cleared} folders")
    landed = land_inbox(place, keys, feeds, only_feed)
    refused = [entry for entry in landed if entry.sidecar["status"] == "refused"]
    for entry in refused:
        _say(f"REFUSED {entry.sidecar['refusal']['message']}")
    counts: Counter[str] = Counter(refused=len(refused))
    taken = {(m.feed_id, m.period, m.batch_no): m.batch_id for m in read_manifests(place)}
    for job, outcome in run_jobs(place, keys, _jobs(place, feeds, only_feed), taken, workers):
        _record(job, outcome, counts)
        if outcome.refusal is None and outcome.fault is None:
            taken[job.place] = job.batch
    for line in left_in_inbox(place, feeds, only_feed):
        _say(f"left in the inbox: {line}")
    seconds = time.perf_counter() - started
    _say(
        f"{counts['files']} files, {counts['rows']:,} rows = {counts['accepted']:,} accepted "
        f"+ {counts['quarantined']:,} quarantined, {counts['refused']} files refused, {seconds:.1f} s"
    )
    return EXIT_FAULT if counts["faults"] else EXIT_REFUSED if counts["refused"] else 0


def _jobs(place: Home, feeds: dict[str, Feed], only_feed: str | None) -> list[Job]:
    """The landed files that have no batch yet, in the order of their arrival."""
    jobs = []
    for entry in sorted(waiting(place, only_feed), key=lambda e: (e.sidecar["received_at"], e.sidecar["file"])):
        name = parse_file_name(entry.sidecar["file"], feeds)
        batch = batch_id(name.feed.feed_id, name.period, name.batch_no, entry.sidecar["sha256"])
        if not is_committed(place, name.feed.feed_id, batch):
            jobs.append(Job(entry, name, batch))
        elif entry.sidecar["status"] != "ingested":
            entry.update(status="ingested", batch_id=batch)
    return jobs


def _record(job: Job, outcome: Outcome, counts: Counter[str]) -> None:
    """Write down what became of a file, and say it. Raises: WarehouseError for what must end the run."""
    if outcome.error is not None:
        error = WarehouseError(outcome.error[0])
        error.exit_code = outcome.error[1]
        raise error
    if outcome.refusal is not None:
        job.landed.update(status="refused", refusal=outcome.refusal)
        counts["refused"] += 1
        _say(f"REFUSED {outcome.refusal['message']}")
        return
    if outcome.fault is not None:
        counts["faults"] += 1
        _say(f"FAULT {job.name.text}: {outcome.fault}; the file stays in landing")
        return
    job.landed.update(status="ingested", batch_id=job.batch)
    counts.update(files=1, rows=outcome.rows_read, accepted=outcome.rows_accepted, quarantined=outcome.rows_quarantined)
    _say(
        f"{job.name.text}: {outcome.rows_read:,} rows, {outcome.rows_accepted:,} accepted, "
        f"{outcome.rows_quarantined:,} quarantined, {outcome.seconds:.2f} s"
    )


def _say(line: str) -> None:
    print(f"ingest  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
