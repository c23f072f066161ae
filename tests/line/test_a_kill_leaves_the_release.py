"""kill -9 during each stage leaves the published release readable, and the next refresh completes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.line.worlds import AS_OF, World, drop_files, environment, fresh_home, refresh, run, simulate, table_hashes
from warehouse.paths import PROJECT, Home, home

pytestmark = pytest.mark.slow
STAGES = ("ingest", "intake", "dbt", "gate", "publish")


@pytest.fixture(scope="module")
def before_last_week(hamlet: World, tmp_path_factory) -> Home:
    """An installation published without the last week's files, and the hashes of the release that all files give."""
    folder = tmp_path_factory.mktemp("kill")
    simulate("hamlet", folder / "early", folder / "truth", "--until", "2025-11-17")
    place = fresh_home(hamlet, folder)
    early = World("hamlet", folder / "early", folder / "truth", place)
    drop_files(early, place)
    refresh(place, as_of=AS_OF.replace(day=16))
    return place


@pytest.mark.district
def test_a_kill_in_each_stage_leaves_the_release_and_the_next_refresh_goes_on(
    hamlet: World, before_last_week: Home, tmp_path: Path
) -> None:
    """Each refresh passes the stage in which the one before it was killed, and is killed in the next; the last completes."""
    shutil.copytree(before_last_week.root, tmp_path / "data", symlinks=True)
    place = home(tmp_path / "data", before_last_week.keys)
    release = os.readlink(place.current)
    whole = {release: table_hashes(place), os.readlink(hamlet.home.current): table_hashes(hamlet.home)}
    drop_files(hamlet, place)

    for stage in STAGES:
        assert kill_during(stage, place), f"{stage} had ended before it could be killed"
        shown = os.readlink(place.current)
        assert shown == release or stage == "publish"
        assert table_hashes(place) == whole[shown], stage

    refresh(place)
    assert table_hashes(place) == table_hashes(hamlet.home)
    assert list(place.root.rglob("*.part")) == []


def kill_during(stage: str, place: Home) -> bool:
    """Start a refresh, kill its whole process group soon after the stage begins; True when it was still running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "warehouse", "refresh", "--as-of", AS_OF.isoformat()],
        cwd=PROJECT, env=environment(place), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if begins(stage, line):
            time.sleep({"ingest": 1.5, "intake": 4, "dbt": 5, "gate": 4, "publish": 0.0}[stage])
            break
    running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def begins(stage: str, line: str) -> bool:
    return line.startswith(f"· {stage} ") and "…" in line


def test_the_command_lines_of_the_stages_exist(hamlet: World) -> None:
    for module in ("ingest", "expectations", "warehouse"):
        run("-m", module, "--help", place=hamlet.home)
