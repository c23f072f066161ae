"""The two gates as commands: `intake` judges new batches and writes a build's inputs, `build` judges a build.

The last line on standard output is the build's id. Exit code 4: the build may not be shown.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date

from warehouse import paths
from warehouse.builds import PASSED
from warehouse.contracts import load_feeds
from warehouse.errors import GateError, WarehouseError

MOST_NAMED = 5


def main(arguments: list[str] | None = None) -> int:
    """Run one gate; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    intake = commands.add_parser("intake", help="judge new batches, write the inputs of the build")
    intake.add_argument(
        "--as-of", type=date.fromisoformat, required=True, help="the day the build describes, YYYY-MM-DD"
    )
    build = commands.add_parser("build", help="judge a build and write its receipt")
    build.add_argument("--build", required=True, help="the build's id")
    for command in (intake, build):
        command.add_argument("--home", help="the data folder (default: WAREHOUSE_DATA, else ./data)")
    options = parser.parse_args(arguments)
    home = paths.home(options.home)
    try:
        if options.command == "intake":
            return _intake(home, options.as_of)
        return _build(home, options.build)
    except WarehouseError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code


def _intake(home: paths.Home, as_of: date) -> int:
    from expectations.intake import write_candidate  # each gate loads only what it runs

    candidate = write_candidate(home, load_feeds(), as_of)
    if candidate.has_receipt:
        print("this build stands already and has its receipt", file=sys.stderr)
    print(candidate.build_id)
    return 0


def _build(home: paths.Home, build_id: str) -> int:
    from expectations.build import judge_build
    from expectations.results import is_bad

    report = judge_build(home, build_id)
    counts = report["counts"]
    print(
        f"build gate {report['verdict']}: {counts['passed']} passed, {counts['critical_failed']} critical,"
        f" {counts['warning_failed']} warnings, {counts['info_failed']} notes",
        file=sys.stderr,
    )
    blocking = [r for r in report["results"] if r["gate"] == "build" and r["severity"] == "critical" and is_bad(r)]
    for result in blocking:
        print(f"  {result['rule_id']} {result['status']}: {result['title_en']} · {result['table']}", file=sys.stderr)
    if report["verdict"] != PASSED:
        names = ", ".join(result["rule_id"] for result in blocking[:MOST_NAMED])
        print(f"error: the build may not be shown · {len(blocking)} critical: {names}", file=sys.stderr)
    print(build_id)
    return 0 if report["verdict"] == PASSED else GateError.exit_code


if __name__ == "__main__":
    sys.exit(main())
