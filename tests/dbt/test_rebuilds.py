"""A build follows from its inputs alone: built again, or from rows that lie in another order, every table is equal."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.dbt.lake import run_dbt, write_lake
from tests.dbt.small_world import World, deliver
from warehouse.database import open_build

FILES = ("warehouse", "dashboard", "casework")


def content_of(build: Path) -> dict[str, str]:
    """A hash of the ordered rows of every table that dbt made, by file and name."""
    hashes = {}
    for file in FILES:
        connection = open_build(build / f"{file}.duckdb")
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'main' and database_name = ? order by 1", [file]
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select * from {table} order by all").fetchall()
            hashes[f"{file}.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
        connection.close()
    return hashes


def test_three_builds_are_equal(small_world: World, small_build: Path, tmp_path: Path) -> None:
    rows = deliver(small_world)
    turned = {feed: list(reversed(of_feed)) for feed, of_feed in rows.items()}
    first = content_of(small_build)
    assert len(first) > 40
    for name, content in (("again", rows), ("turned", turned)):
        folder = write_lake(tmp_path / name, content)
        run_dbt(folder, "build", "--exclude-resource-type", "test")
        assert content_of(folder) == first
