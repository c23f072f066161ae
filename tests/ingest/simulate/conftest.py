"""A hamlet simulated once for these tests, with fewer weeks than the demo's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from ingest.simulate.__main__ import main
from ingest.simulate.scales import SCALES
from ingest.simulate.world.build import World, build_world

AS_OF = date(2025, 11, 23)
SEED = 20251123
WEEKS = 60


@dataclass(frozen=True)
class Written:
    """A simulated inbox and the truth about it."""

    inbox: Path
    truth: Path

    def table(self, name: str) -> pl.DataFrame:
        """One table of the truth."""
        return pl.read_parquet(self.truth / f"{name}.parquet")


def simulate(folder: Path, *more: str) -> Written:
    """Run the command into a folder."""
    assert main(["--weeks", str(WEEKS), "--out", str(folder / "inbox"), *more]) == 0
    return Written(folder / "inbox", folder / "truth")


@pytest.fixture(scope="session")
def small_hamlet(tmp_path_factory) -> Written:
    return simulate(tmp_path_factory.mktemp("small_hamlet"))


@pytest.fixture(scope="session")
def hamlet_world() -> World:
    return build_world(SCALES["hamlet"], SEED, WEEKS, AS_OF, lambda text: None)


@pytest.fixture(scope="session")
def town_world() -> World:
    return build_world(SCALES["town"], SEED, WEEKS, AS_OF, lambda text: None)
