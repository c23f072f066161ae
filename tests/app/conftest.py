"""The invented hamlet and district as published builds, made once a session."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from app import queries
from app.queries import Selection
from tests.app import world
from warehouse import areas

HAMLET_TOWNS = 6


def tree(towns: int | None = None) -> list[tuple[str, list[str]]]:
    """Towns with their villages."""
    chosen = areas.towns()[:towns]
    return [(town.area_code, [village.area_code for village in areas.villages(town.area_code)]) for town in chosen]


@pytest.fixture(scope="session")
def small_home(tmp_path_factory) -> Path:
    """An installation of six towns with about 400 low-income persons."""
    root = tmp_path_factory.mktemp("small")
    world.make_build(root, world.invented_places(tree(HAMLET_TOWNS), 9_000))
    return root


@pytest.fixture(scope="session")
def wide_home(tmp_path_factory) -> Path:
    """An installation of all 26 towns with few persons: the shape of the district."""
    root = tmp_path_factory.mktemp("wide")
    world.make_build(root, world.invented_places(tree(), 60_000))
    return root


@pytest.fixture
def build(small_home) -> str:
    """The folder of the small build, with empty caches."""
    st.cache_data.clear()
    return str((small_home / "published" / "current").resolve())


@pytest.fixture
def scope() -> tuple[str, ...]:
    """Every town."""
    return tuple(area.area_code for area in areas.towns())


@pytest.fixture
def everyone() -> Selection:
    """The newest week without any filter."""
    return Selection(week=world.AS_OF)


@pytest.fixture
def ask(build):
    """Runs a statement on the small build's dashboard, as an independent look at the same numbers."""

    def run(sql: str, **values: object):
        return queries.open_once(f"{build}/dashboard.duckdb").cursor().execute(sql, values).fetchall()

    return run
