"""`python -m ingest.matching`: propose persons for rows without a usable number, when the vault has changed.

Reads the vault as a batch; writes pairs of keys with scores to `data/matches`. Exit code 0: done, or nothing was new;
1: a fault of ours; 5: keys; 7: another run is at work.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from ingest.matching.weights import Weights, load_weights
from warehouse import vault
from warehouse.errors import WarehouseError
from warehouse.keys import Keys, load_keys
from warehouse.manifests import read_json, write_json
from warehouse.matches import STATE_FILE, matches_folder
from warehouse.paths import Home, home
from warehouse.process_lock import hold_lock

EXIT_FAULT = 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ingest.matching", description=__doc__)
    parser.add_argument("--home", help="data folder (default: WAREHOUSE_DATA, else ./data)")
    options = parser.parse_args(arguments)
    try:
        place = home(options.home)
        keys = load_keys(place)
        with hold_lock(place):
            match(place, keys, load_weights())
        return 0
    except WarehouseError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:
        # A library's message may quote a name or a number, and polars panics outside Exception: kind and place say enough.
        last = traceback.extract_tb(fault.__traceback__)[-1]
        print(f"error: {type(fault).__name__} in {Path(last.filename).name} line {last.lineno}", file=sys.stderr)
        return EXIT_FAULT


def match(place: Home, keys: Keys, weights: Weights) -> bool:
    """Write proposals anew when the vault or the weights have changed since the last time; whether they were."""
    started = time.perf_counter()
    folder = matches_folder(place)
    with vault.open_vault(place.vault) as connection:
        state = {
            "vault": vault.version(connection),
            "weights": weights.version,
            "splink": importlib.metadata.version("splink"),
        }
        if _known_state(folder / STATE_FILE) == state:
            _say("nothing new")
            return False
        # Only now: loading what reads and scores takes longer than most runs.
        from ingest.matching.records import read_records
        from ingest.matching.results import write_results
        from ingest.matching.scores import score_pairs
        from ingest.matching.verdicts import judge_pairs

        records = read_records(connection, keys)
        sightings = vault.read_sightings(connection)
    pairs = score_pairs(records, weights)
    proposals, ambiguous = judge_pairs(pairs, weights)
    write_results(place, proposals, ambiguous, sightings)
    write_json(folder / STATE_FILE, state)
    _say(
        f"{records.subjects.height:,} subjects, {records.candidates.height:,} of {records.persons_count:,} persons, "
        f"{pairs.height:,} pairs; {proposals.height:,} proposed, {ambiguous['subject_key'].n_unique():,} ambiguous, "
        f"{time.perf_counter() - started:.1f} s"
    )
    return True


def _known_state(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _say(line: str) -> None:
    print(f"matching  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
