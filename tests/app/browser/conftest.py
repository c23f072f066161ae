"""One running app over the hamlet that the whole line has made, one over the invented district, one browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import screenshot


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
