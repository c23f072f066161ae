"""The builds of an installation: which there are, which one is shown, and whether one is what its gate judged.

In: `builds/`, `published/current`. Out: `Build`s; a build without a valid receipt raises.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.errors import GateError, MissingBuild
from warehouse.inputs import INPUTS_FILE, RECEIPT_FILE, WAREHOUSE_FILE
from warehouse.manifests import read_json
from warehouse.paths import Home

DASHBOARD_FILE = "dashboard.duckdb"
CASEWORK_FILE = "casework.duckdb"
GATE_FILE = "gate.json"
INTAKE_FILE = "intake.json"
DATABASES = (WAREHOUSE_FILE, DASHBOARD_FILE, CASEWORK_FILE)
JUDGED_FILES = (*DATABASES, INPUTS_FILE)
PASSED = "passed"
BUILD_ID = re.compile(r"b-([0-9]{8})-[0-9a-f]{8}")


@dataclass(frozen=True)
class Build:
    """A build that its gate has passed: its folder and its receipt."""

    id: str
    path: Path
    receipt: dict[str, Any]

    @property
    def as_of(self) -> date:
        """The day that the build describes."""
        return date.fromisoformat(self.receipt["as_of"])


def build_date(build_id: str) -> date:
    """The day that a build describes, from its id. Raises: MissingBuild for an id of another form."""
    found = BUILD_ID.fullmatch(build_id)
    if found is None:
        raise MissingBuild("there is no such build", expected="b-YYYYMMDD-xxxxxxxx", found=build_id)
    return date.fromisoformat(found.group(1))


def find_build(home: Home, build_id: str) -> Build:
    """The build with this id. Raises: MissingBuild without its folder, GateError without a receipt of its own."""
    path = home.builds / build_id
    if not BUILD_ID.fullmatch(build_id) or not path.is_dir():
        known = ", ".join(build.id for build in list_builds(home)) or "none"
        raise MissingBuild("there is no such build", where=str(home.builds), expected=known, found=build_id)
    receipt_path = path / RECEIPT_FILE
    if not receipt_path.is_file():
        raise GateError(
            "the build has no receipt", where=str(path), expected=RECEIPT_FILE, remedy="python -m warehouse refresh"
        )
    receipt = read_json(receipt_path)
    if receipt.get("build_id") != build_id or receipt.get("verdict") != PASSED:
        raise GateError(
            "the receipt is not this build's",
            where=str(receipt_path),
            expected=f"{build_id}, {PASSED}",
            found=f"{receipt.get('build_id')}, {receipt.get('verdict')}",
            remedy="python -m warehouse refresh",
        )
    return Build(build_id, path, receipt)


def list_builds(home: Home) -> list[Build]:
    """Every build with a receipt, the one judged last first."""
    paths = [path for path in home.builds.glob("b-*") if (path / RECEIPT_FILE).is_file()]
    paths.sort(key=lambda path: (-(path / RECEIPT_FILE).stat().st_mtime_ns, path.name))
    return [Build(path.name, path, read_json(path / RECEIPT_FILE)) for path in paths]


def current_build(home: Home) -> Build | None:
    """The build that readers see, None before the first release."""
    if not home.current.exists():
        return None
    return find_build(home, home.current.resolve().name)


def check_receipt(build: Build) -> None:
    """Compare the build's files with the hashes in its receipt. Raises: GateError naming the file that differs."""
    recorded = build.receipt.get("files", {})
    for name in JUDGED_FILES:
        path = build.path / name
        if (build.path / f"{name}.wal").exists():
            raise GateError(
                "a database of the build was not closed",
                where=f"{path}.wal",
                remedy="the file holds writes that no gate has seen; python -m warehouse refresh",
            )
        if name not in recorded or not path.is_file():
            raise GateError("a file of the build is missing", where=str(path), remedy="python -m warehouse refresh")
        found = file_hash(path)
        if found != recorded[name]:
            raise GateError(
                "a file of the build is not the one that was judged",
                where=str(path),
                expected=f"sha256 {recorded[name]}",
                found=f"sha256 {found}",
                remedy="publish another build, or python -m warehouse refresh after removing this one",
            )


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_unfinished(home: Home) -> list[str]:
    """Remove what runs that did not end have left: folders without a receipt, half-written ones. Names removed."""
    shown = home.current.resolve() if home.current.exists() else None
    left = [path for path in home.builds.glob("b-*") if path.is_dir() and not (path / RECEIPT_FILE).exists()]
    left += list(home.builds.glob(".b-*"))
    removed = [path for path in left if path.resolve() != shown]
    for path in removed:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return sorted(path.name for path in removed)
