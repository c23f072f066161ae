"""Two builds for the whole session: over an empty lake, for compiled SQL and columns, and over a small invented world."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dbt.lake import run_dbt, write_lake
from tests.dbt.rule_tables import read_catalog, read_compiled
from tests.dbt.small_world import World, deliver, draw_world


@pytest.fixture(scope="session")
def empty_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder with every model made over no rows at all."""
    folder = write_lake(tmp_path_factory.mktemp("dbt") / "empty", {})
    run_dbt(folder, "build", "--exclude-resource-type", "test")
    return folder


@pytest.fixture(scope="session")
def catalog(empty_build: Path) -> dict[str, list[tuple[str, str]]]:
    """Columns and types of every model and seed."""
    return read_catalog(empty_build)


@pytest.fixture(scope="session")
def compiled(empty_build: Path) -> dict[str, str]:
    """Compiled SQL of every model."""
    return read_compiled(empty_build)


@pytest.fixture(scope="session")
def small_world() -> World:
    """The small invented world."""
    return draw_world(1)


@pytest.fixture(scope="session")
def small_build(small_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the small world, with dbt's own tests run over it."""
    folder = write_lake(tmp_path_factory.mktemp("dbt") / "small", deliver(small_world))
    run_dbt(folder, "build")
    return folder
