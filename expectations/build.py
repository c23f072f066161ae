"""The build gate: judge the very files that will be shown, and seal the verdict to their hashes.

In: a candidate's databases, the release that readers see now, the intake's findings. Out: `gate.json`, history in
the journal and, when nothing blocks, `receipt.json`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from expectations import build_suite
from expectations.results import count, describe_outcome
from expectations.rules import suite_version
from warehouse import journal
from warehouse.builds import (
    DASHBOARD_FILE,
    DATABASES,
    GATE_FILE,
    INTAKE_FILE,
    JUDGED_FILES,
    PASSED,
    build_date,
    check_receipt,
    current_build,
    file_hash,
    find_build,
)
from warehouse.contracts import FEEDS, load_feeds
from warehouse.errors import GateError, MissingBuild
from warehouse.inputs import RECEIPT_FILE, WAREHOUSE_FILE
from warehouse.manifests import read_json, write_json
from warehouse.paths import Home

CODE = ("rules/build.yml", "build_suite.py", "build.py", "rules.py", "engine.py", "results.py")
GATE = "build"


def version() -> str:
    """The build suite's version: a receipt under another one has to be earned again."""
    return suite_version(CODE, *(path.name.encode() for path in sorted(FEEDS.glob("*.yaml"))))


def judge_build(home: Home, build_id: str) -> dict[str, Any]:
    """Judge a build and write down the verdict; the report. A receipt under this suite stands, its files unchanged.

    Raises: MissingBuild without the build's databases; GateError when one was not closed, or a receipt doesn't fit.
    """
    folder = home.builds / build_id
    suite_id = version()
    if (folder / RECEIPT_FILE).is_file():
        build = find_build(home, build_id)
        if build.receipt["suite_version"] == suite_id:
            check_receipt(build)
            return read_json(folder / GATE_FILE)
    _check_files(folder)
    report = _judge(home, folder, suite_id)
    with journal.open_journal(home.journal) as connection:
        journal.record_gate_run(connection, GATE, report)
    report["results"] = [*report["results"], *_intake_results(folder)]
    if report["verdict"] != PASSED and (folder / RECEIPT_FILE).is_file():
        return report  # it was shown under an older suite: what readers were shown stays on record as it was
    write_json(folder / GATE_FILE, report)
    if report["verdict"] == PASSED:
        receipt = {key: report[key] for key in ("build_id", "as_of", "suite_version", "verdict", "counts")}
        receipt["files"] = {name: file_hash(folder / name) for name in JUDGED_FILES}
        write_json(folder / RECEIPT_FILE, receipt)
    return report


def _judge(home: Home, folder: Path, suite_id: str) -> dict[str, Any]:
    from expectations import engine  # costs four seconds: a judged build needs none of it

    attached = {Path(name).stem: folder / name for name in DATABASES if name != WAREHOUSE_FILE}
    shown = current_build(home)
    if shown is not None and shown.id != folder.name:
        attached[build_suite.PREVIOUS] = shown.path / DASHBOARD_FILE
    outcomes = engine.run_rules(folder / WAREHOUSE_FILE, build_suite.rules(load_feeds()), attached)
    results = [describe_outcome(GATE, outcome) for outcome in outcomes]
    return {
        "build_id": folder.name,
        "as_of": build_date(folder.name).isoformat(),
        "suite_version": suite_id,
        "verdict": "failed" if any(outcome.blocks for outcome in outcomes) else PASSED,
        "counts": count(results),
        "results": results,
    }


def _check_files(folder: Path) -> None:
    for name in JUDGED_FILES:
        if not (folder / name).is_file():
            raise MissingBuild(
                "a file of the build is missing", where=str(folder / name), remedy="python -m warehouse refresh"
            )
        if (folder / f"{name}.wal").exists():
            raise GateError(
                "a database of the build was not closed",
                where=str(folder / f"{name}.wal"),
                remedy="another process is writing it, or was stopped; python -m warehouse refresh",
            )


def _intake_results(folder: Path) -> list[dict[str, Any]]:
    path = folder / INTAKE_FILE
    return list(read_json(path)["results"]) if path.is_file() else []
