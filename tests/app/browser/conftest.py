"""One running app over the hamlet that the whole line has made, one over the invented district, one browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from app import screenshot


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


@pytest.fixture(scope="session")
def hamlet_app(hamlet, chromium) -> Iterator[str]:
    """The address of the app over the hamlet."""
    with screenshot.serving(hamlet.home.root) as address:
        yield address


@pytest.fixture(scope="session")
def district_app(wide_home, chromium) -> Iterator[str]:
    """The address of the app over the invented district."""
    with screenshot.serving(wide_home) as address:
        yield address
