"""`python -m ingest.pull`: fetch every source of sources.yml into the inbox; `python -m ingest` takes it from there.

Exit code 0: every source was pulled; 1: one or more failed and the others are done; 2: sources.yml is wrong;
7: another pull is running.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from datetime import date, datetime
from pathlib import Path

from ingest.pull.delivery import Outcome, deliver, newest_batch, open_draft, read_state
from ingest.pull.pages import write_pages
from ingest.pull.periods import Period, period_of
from ingest.pull.postgres import write_rows
from ingest.pull.sources import Source, read_sources, sources_file
from ingest.sidecars import ZONE
from warehouse.contracts import load_feeds
from warehouse.errors import WarehouseError
from warehouse.paths import Home, home
from warehouse.process_lock import hold_alone


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ingest.pull", description=__doc__)
    parser.add_argument("--home", help="data folder (default: WAREHOUSE_DATA, else ./data)")
    parser.add_argument("--source", help="only this source of sources.yml")
    parser.add_argument("--period", help="this period (YYYYMM, YYYYQn, YYYYMMDD) instead of the due one; with --source")
    parser.add_argument("--as-of", type=date.fromisoformat, help="the day that counts as today (YYYY-MM-DD)")
    options = parser.parse_args(arguments)
    if options.period and not options.source:
        parser.error("--period needs --source: each source has a period of its own")
    place = home(options.home)
    try:
        sources = read_sources(sources_file(place), load_feeds())
        if options.source is not None:
            names = [source.name for source in sources]
            sources = [source for source in sources if source.name == options.source]
            if not sources:
                parser.error(f"--source must be one of {', '.join(names)}")
        with hold_alone(place, "pull"):
            return pull_all(place, sources, datetime.now(ZONE), options.as_of, options.period)
    except WarehouseError as error:
        print(f"pull: {error}", file=sys.stderr)
        return error.exit_code


def pull_all(
    place: Home, sources: list[Source], now: datetime, as_of: date | None = None, named: str | None = None
) -> int:
    """Pull every source; the exit code. One that fails is told and leaves nothing behind; the others go on."""
    codes = {0}
    for source in sources:
        started = time.perf_counter()
        try:
            period = period_of(source, as_of or now.date(), named)
            outcome = pull(place, source, period, now)
        except WarehouseError as error:
            codes.add(error.exit_code)
            _say(f"FAILED {error}")
            continue
        except Exception as fault:
            # A library's message may quote a row or a password: kind and place say enough.
            last = traceback.extract_tb(fault.__traceback__)[-1]
            codes.add(1)
            _say(f"FAULT {source.label}: {type(fault).__name__} in {Path(last.filename).name} line {last.lineno}")
            continue
        what = f"{outcome.rows:,} rows" if outcome.is_new else "unchanged since"
        _say(f"{source.label}: {what}  {outcome.file}, {time.perf_counter() - started:.1f} s")
    return 1 if 1 in codes else max(codes)


def pull(place: Home, source: Source, period: Period, now: datetime) -> Outcome:
    """One source's extract into the inbox. Raises: PullFault, ContractError."""
    with open_draft(place, source) as draft:
        if source.way == "postgresql":
            write_rows(source, period, draft)
            return deliver(place, source, period, draft, now, {})
        state = read_state(place, source)
        newest = newest_batch(place, source.feed, period.text)
        is_held = newest is not None and (newest.file, newest.sha256) == (state.get("file"), state.get("sha256"))
        validators = write_pages(source, period, draft, state.get("validators", {}) if is_held else {})
        if validators is None and newest is not None:
            return Outcome(newest.file, 0, False)
        return deliver(place, source, period, draft, now, validators or {})


def _say(line: str) -> None:
    print(f"pull  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
