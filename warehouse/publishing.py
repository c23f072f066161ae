"""What readers see: one link, moved in one step to a build whose files are the ones that were judged.

In: a build with its receipt. Out: `published/current`, and for the app the gate's results, their history and
the last attempt to refresh. Copies nothing; going back is publishing an older build.
"""

from __future__ import annotations

import os
import shutil
from typing import Any

from warehouse import journal
from warehouse.builds import GATE_FILE, JUDGED_FILES, Build, check_receipt, current_build, find_build, list_builds
from warehouse.errors import MissingBuild
from warehouse.manifests import read_json
from warehouse.paths import Home

KEPT_BUILDS = 5

__all__ = ["Build", "current_build", "gate_history", "gate_results", "last_attempt", "publish", "remove_old_builds"]


def publish(home: Home, build_id: str | None = None, keep: int = KEPT_BUILDS) -> Build:
    """Show a build, by default the one judged last, then remove all but the last few.

    Raises: MissingBuild when there is none, GateError when its receipt is missing or its files differ from it.
    """
    if build_id is None:
        builds = list_builds(home)
        if not builds:
            raise MissingBuild(
                "no build has passed its gate", where=str(home.builds), remedy="python -m warehouse refresh"
            )
        build_id = builds[0].id
    build = find_build(home, build_id)
    check_receipt(build)
    shown = os.readlink(home.current) if home.current.is_symlink() else ""
    target = os.path.join("..", home.builds.name, build.id)
    if shown != target:
        for name in JUDGED_FILES:
            _flush(build.path / name)
        _flush(build.path)
        home.published.mkdir(parents=True, exist_ok=True)
        link = home.published / f".current-{os.getpid()}"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        os.replace(link, home.current)
        _flush(home.published)
        with journal.open_journal(home.journal) as connection:
            journal.record_release(connection, build.id, os.path.basename(shown))
    remove_old_builds(home, keep)
    return build


def remove_old_builds(home: Home, keep: int) -> list[str]:
    """Remove all but the builds judged last, never the one that is shown. Ids removed."""
    shown = current_build(home)
    builds = [build for build in list_builds(home) if shown is None or build.id != shown.id]
    removed = builds[max(keep - (shown is not None), 0) :]
    for build in removed:
        shutil.rmtree(build.path)
    return [build.id for build in removed]


def gate_results(home: Home, build_id: str) -> list[dict[str, Any]]:
    """What both gates said of a build: one row per rule, and per feed for the intake rules; counts, never values."""
    path = home.builds / build_id / GATE_FILE
    return list(read_json(path)["results"]) if path.is_file() else []


def gate_history(home: Home, limit: int = 200) -> list[dict[str, Any]]:
    """The newest runs of both gates, newest first, with their verdicts and counts (rules)."""
    if not home.journal.is_file():
        return []
    with journal.open_journal(home.journal) as connection:
        return journal.read_gate_runs(connection, limit)


def last_attempt(home: Home) -> dict[str, Any] | None:
    """The newest attempt to refresh and what came of it, None before the first."""
    if not home.journal.is_file():
        return None
    with journal.open_journal(home.journal) as connection:
        return journal.last_attempt(connection)


def _flush(path: os.PathLike[str]) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
