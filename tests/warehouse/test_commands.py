"""The keeper's commands answer in one line and an exit code, and never with a traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.warehouse.small_lake import write_batch
from warehouse import journal
from warehouse.contracts import load_feeds
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at


@pytest.fixture
def place(tmp_path) -> Home:
    return home_at(tmp_path / "data", tmp_path / "keys")


def command(place: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "warehouse", *arguments, "--home", str(place.root)]
    environment = {"WAREHOUSE_KEYS": str(place.keys), "PATH": ""}
    return subprocess.run(whole, cwd=PROJECT, env=environment, capture_output=True, text=True)


def test_keys_are_made_once(place: Home) -> None:
    first, second = command(place, "keys"), command(place, "keys")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "made" in first.stdout
    assert "stand" in second.stdout
    assert first.stdout.split()[-1] == second.stdout.split()[-1]


def test_status_tells_of_an_empty_installation(place: Home) -> None:
    done = command(place, "status")
    assert done.returncode == 0
    assert "shown     nothing" in done.stdout


def test_a_batch_is_let_in_by_its_id_only(place: Home) -> None:
    batch = write_batch(place, load_feeds()["health__deaths"], "202510", rows=2)
    wrong = command(place, "release-batch", "--batch", "0" * 16, "--reason", "checked with the bureau")
    assert (wrong.returncode, "no such batch" in wrong.stderr, "Traceback" in wrong.stderr) == (1, True, False)
    assert (
        command(place, "release-batch", "--batch", batch.batch_id, "--reason", "checked with the bureau").returncode
        == 0
    )
    with journal.open_journal(place.journal) as connection:
        assert journal.released_batches(connection) == {batch.batch_id}


def test_every_command_explains_itself(place: Home) -> None:
    for name in ("keys", "refresh", "publish", "status", "backup", "restore", "release-batch", "erase-person"):
        assert "usage" in command(place, name, "--help").stdout, name
