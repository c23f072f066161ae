"""Runs the line's commands on a simulated world, and reads what they leave, for the tests.

Everything goes through the command line, as a user would: each stage is a process.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from warehouse.database import open_build
from warehouse.keys import load_keys
from warehouse.paths import PROJECT, Home, home

AS_OF = date(2025, 11, 23)
# What was sent by Monday morning, when the week is published, counts as known.
KNOWN_BY = date(2025, 11, 24)
SEED = 20251123
DATABASES = ("warehouse", "dashboard", "casework")


@dataclass(frozen=True)
class World:
    """A simulated place: files as sent, the truth about it, and an installation."""

    scale: str
    sent: Path
    truth: Path
    home: Home

    def read_truth(self, name: str) -> pl.DataFrame:
        """One table of the truth."""
        return pl.read_parquet(self.truth / f"{name}.parquet")

    def person_keys(self, numbers: list[str]) -> dict[str, str]:
        """The keyed hash of each identity number, computed apart from the line."""
        secret = load_keys(self.home).person
        return {
            number: hmac.new(secret, f"id|{number}".encode(), hashlib.sha256).hexdigest()[:32]
            for number in set(numbers)
        }


def run(*arguments: str, place: Home, expect: int | None = 0, timeout: int = 1800) -> subprocess.CompletedProcess[str]:
    """Run a command of the project on an installation; fails the test when the exit code is another."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(place),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    if expect is not None and done.returncode != expect:
        raise AssertionError(
            f"{' '.join(arguments)}: exit code {done.returncode}, expected {expect}\n"
            f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        )
    return done


def environment(place: Home) -> dict[str, str]:
    """The environment of a command on an installation."""
    return {
        **os.environ,
        "WAREHOUSE_DATA": str(place.root),
        "WAREHOUSE_KEYS": str(place.keys),
        "PYTHONPATH": str(PROJECT),
    }


def simulate(scale: str, out: Path, truth: Path, *more: str) -> None:
    """Let the bureaus write their files."""
    run(
        "-m", "ingest.simulate", "--scale", scale, "--seed", str(SEED), "--as-of", AS_OF.isoformat(),
        "--out", str(out), "--truth", str(truth), *more, place=home(out.parent / "unused", out.parent / "unused-keys"),
    )  # fmt: skip


def refresh(place: Home, *, expect: int | None = 0, as_of: date = AS_OF) -> subprocess.CompletedProcess[str]:
    """Run the whole line once."""
    return run("-m", "warehouse", "refresh", "--as-of", as_of.isoformat(), place=place, expect=expect)


def make_world(scale: str, folder: Path) -> World:
    """Simulate a place and run the line on it; a folder that holds it already is used as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    world = World(scale, folder / "sent", folder / "truth", home(folder / "data", folder / "keys"))
    if not (folder / ".made").exists():
        simulate(scale, world.sent, world.truth)
        run("-m", "warehouse", "keys", place=world.home)
        drop_files(world, world.home)
        refresh(world.home)
        (folder / ".made").touch()
    return world


def drop_files(world: World, place: Home, names: list[str] | None = None) -> None:
    """Put files as sent into an inbox, with their times; all of them unless named."""
    place.inbox.mkdir(parents=True, exist_ok=True)
    for path in sorted(world.sent.iterdir()):
        if names is None or path.name in names:
            shutil.copy2(path, place.inbox / path.name)


def fresh_home(world: World, folder: Path) -> Home:
    """An empty installation with the world's keys."""
    return home(folder / "data", world.home.keys)


def copy_home(world: World, folder: Path) -> Home:
    """A copy of the world's installation that a test may change."""
    shutil.copytree(world.home.root, folder / "data", symlinks=True)
    return home(folder / "data", world.home.keys)


def table_hashes(place: Home, build: Path | None = None) -> dict[str, tuple[int, str]]:
    """Rows and content hash of every table of a build; equal exactly when the ordered rows are equal."""
    folder = (build or place.current).resolve()
    hashes: dict[str, tuple[int, str]] = {}
    for database in DATABASES:
        with open_build(folder / f"{database}.duckdb") as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' order by 1, 2"
            ).fetchall()
            for schema, table in tables:
                rows, content = connection.execute(
                    f'select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from "{schema}"."{table}" as t'
                ).fetchone()
                hashes[f"{database}.{schema}.{table}"] = (rows, content)
    return hashes


def read_table(place: Home, database: str, query: str) -> pl.DataFrame:
    """The result of a query on the published build."""
    with open_build(place.current.resolve() / f"{database}.duckdb") as connection:
        return connection.execute(query).pl()


def print_table(title: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a small table into the test's output."""
    cells = [tuple(str(cell) for cell in row) for row in [heads, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
