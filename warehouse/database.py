"""The only place that opens DuckDB files, so that locking, memory and offline settings are one decision."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.errors import MissingBuild

OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
MEMORY_LIMIT = "3GB"
THREADS = "2"


def open_candidate(path: Path) -> duckdb.DuckDBPyConnection:
    """A writing connection to a database of a candidate build, made if it isn't there."""
    return duckdb.connect(str(path), config={**OFFLINE, "memory_limit": MEMORY_LIMIT, "threads": THREADS})


def open_memory() -> duckdb.DuckDBPyConnection:
    """A connection without a file, for reading Parquet."""
    return duckdb.connect(config={**OFFLINE, "memory_limit": MEMORY_LIMIT, "threads": THREADS})


def open_build(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a finished database of a build, for gates and tests; it may read Parquet."""
    _must_exist(path)
    return duckdb.connect(str(path), read_only=True, config=dict(OFFLINE))


def open_published(path: Path) -> duckdb.DuckDBPyConnection:
    """The app's connection: read-only, on the real path of a versioned file, no files, no network, settings locked."""
    real = path.resolve()
    _must_exist(real)
    locked: dict[str, str | bool | int | float | list[str]] = {
        **OFFLINE,
        "threads": THREADS,
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    return duckdb.connect(str(real), read_only=True, config=locked)


def sqlalchemy_url(path: Path) -> str:
    """The address by which Great Expectations reaches a finished database; open it with SQLALCHEMY_ARGUMENTS."""
    _must_exist(path)
    return f"duckdb:///{path.resolve()}"


SQLALCHEMY_ARGUMENTS = {"connect_args": {"read_only": True, "config": dict(OFFLINE)}}


def _must_exist(path: Path) -> None:
    if not path.is_file():
        raise MissingBuild(
            "a database of the build is missing", where=str(path), remedy="run: python -m warehouse refresh"
        )
