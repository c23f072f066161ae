"""Simulate a district: `python -m ingest.simulate --scale hamlet --out data/inbox`.

Writes the bureaus' files to --out and the truth about them to --truth. Reads policy, areas and contracts only.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from ingest.simulate import truth
from ingest.simulate.bureaus.calendar import build_calendar, last_moment
from ingest.simulate.defects import with_attempts
from ingest.simulate.ledgers import alert_handling
from ingest.simulate.scales import SCALES
from ingest.simulate.world.build import build_world
from ingest.simulate.writing import write_deliveries
from warehouse.errors import ContractError, WarehouseError

DEFAULT_SEED = 20251123
DEFAULT_AS_OF = date(2025, 11, 23)
LEAST_WEEKS = 56
SUNDAY = 7
_started = time.monotonic()


def say(text: str) -> None:
    """One line of progress on stderr with the seconds since the start."""
    print(f"simulate {time.monotonic() - _started:6.1f} s  {text}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Build the world, write the files that fall between --since and --until, and the truth."""
    options = _options(arguments)
    scale = SCALES[options.scale]
    weeks = options.weeks or scale.weeks
    if weeks < LEAST_WEEKS or options.as_of.isoweekday() != SUNDAY:
        raise ContractError(
            "the world's history doesn't fit",
            expected=f"at least {LEAST_WEEKS} weeks up to a Sunday: rules look back over a year",
            found=f"{weeks} weeks to {options.as_of}",
        )
    say(f"scale {scale.name}, seed {options.seed}, {weeks} weeks to {options.as_of}")
    world = build_world(scale, options.seed, weeks, options.as_of, say)
    calendar = with_attempts(build_calendar(world.weeks, world.scale))
    until = last_moment(world.weeks)
    if options.until:
        until = min(until, datetime.combine(options.until + timedelta(days=1), datetime.min.time()))
    since = datetime.combine(options.since + timedelta(days=1), datetime.min.time()) if options.since else datetime.min
    chosen = [d for d in calendar if since <= d.sent_at < until]
    say(f"writing {len(chosen)} files to {options.out}")
    known = truth.build_known(world, until=last_moment(world.weeks))
    cases = truth.cases_table(world, known)
    world.ledgers[alert_handling.FEED] = alert_handling.build(world, cases)
    say(f"cases {len(cases.filter(~cases['is_near_miss'])):,}, near misses {cases['is_near_miss'].sum():,}")
    written, damaged = write_deliveries(world, cases, chosen, options.out, say)
    folder = options.truth or options.out.parent / "truth"
    truth.write_truth(known, cases, written, damaged, folder)
    say(f"done: {len(written)} files, {written['row_count'].sum():,} rows, {len(damaged):,} defects, truth in {folder}")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ingest.simulate", description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="hamlet", help="size of the world")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same bytes")
    parser.add_argument("--weeks", type=int, default=None, help="weeks of files up to the as-of date")
    parser.add_argument("--as-of", type=date.fromisoformat, default=DEFAULT_AS_OF, help="a Sunday")
    parser.add_argument("--out", type=Path, default=Path("data/inbox"), help="folder of the bureaus' files")
    parser.add_argument("--truth", type=Path, default=None, help="folder of the truth (default: beside --out)")
    parser.add_argument("--until", type=date.fromisoformat, default=None, help="only files sent up to that day")
    parser.add_argument("--since", type=date.fromisoformat, default=None, help="only files sent after that day")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WarehouseError as error:
        print(f"simulate: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
