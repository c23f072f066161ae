"""Worlds for the tests: a simulated place, its inbox and truth, and an installation that the line has run on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app import screenshot
from tests.line.worlds import World, make_world

os.environ.setdefault("DO_NOT_TRACK", "1")
# Files that a test has just written are whole; tests of the waiting set a time of their own.
os.environ.setdefault("WAREHOUSE_QUIET_SECONDS", "0")


@pytest.fixture(scope="session")
def hamlet(tmp_path_factory, worker_id) -> World:
    """The hamlet, refreshed once for all processes of a test run; tests that change it copy it first."""
    if worker_id == "master":
        return make_world("hamlet", tmp_path_factory.mktemp("hamlet"))
    shared = tmp_path_factory.getbasetemp().parent / "hamlet"
    with FileLock(f"{shared}.lock"):
        return make_world("hamlet", shared)


@pytest.fixture(scope="session")
def district(tmp_path_factory) -> World:
    """The district, refreshed once. VERIFY_WORLD names a folder to keep it in between runs."""
    kept = os.environ.get("VERIFY_WORLD")
    return make_world("district", Path(kept) if kept else tmp_path_factory.mktemp("district"))


@pytest.fixture(scope="session", params=["hamlet", pytest.param("district", marks=pytest.mark.district)])
def world(request) -> World:
    """The hamlet in `make test`, the district in `make verify`."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium; without it the test is skipped, or fails under REQUIRE_BROWSER=1."""
    if not screenshot.CHROMIUM.exists():
        reason = f"no Chromium at {screenshot.CHROMIUM}; set CHROMIUM to its path"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with screenshot.browser() as driver:
        yield driver
