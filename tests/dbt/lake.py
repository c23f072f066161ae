"""Writes a small invented lake, the way an intake gate would leave it, and runs dbt over it.

In: rows as dictionaries, a feed at a time; what a row doesn't say is filled in. Out: a build folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse import inputs, lake_rows
from warehouse.contracts import QUARANTINE_COLUMNS, load_feeds
from warehouse.database import open_candidate
from warehouse.paths import PROJECT

AS_OF = date(2025, 11, 23)
PROJECT_FOLDER = PROJECT / "dbt_project"
Rows = Sequence[Mapping[str, Any]]
# What matching and the manifests add to the schema `lake`.
FACTS = {
    "batch_flags": "feed_id varchar, batch_id varchar, flag varchar, rows_count bigint",
    "identity_proposals": "subject_key varchar, person_key varchar, score double, match_reasons varchar, feed_id varchar,"
    " batch_id varchar, row_number integer, created_on date",
    "identity_rows": "subject_key varchar, feed_id varchar, batch_id varchar, row_number integer",
    "quarantine_counts": "feed_id varchar, batch_id varchar, period_end date, rule varchar, severity varchar,"
    " rows_count bigint",
}


def write_lake(
    folder: Path, rows: Mapping[str, Rows], quarantine: Mapping[str, Rows] | None = None, as_of: date = AS_OF
) -> Path:
    """Make `folder`/warehouse.duckdb with the schema `lake`; every batch that a row names is admitted and in force."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = open_candidate(folder / inputs.WAREHOUSE_FILE)
    connection.execute("create schema lake")
    batches: set[tuple[str, date, int, str]] = set()
    for feed_id, feed in load_feeds().items():
        filled = [_lineage(feed_id, number, row) for number, row in enumerate(rows.get(feed_id, ()), start=2)]
        batches |= {(feed_id, row["_period_end"], row["_batch_no"], row["_kind"]) for row in filled}
        insert(connection, f"lake.{feed_id}", feed.lake_columns(), filled)
        hidden = [
            _hidden(feed_id, number, row) for number, row in enumerate((quarantine or {}).get(feed_id, ()), start=900)
        ]
        insert(connection, f"lake.{feed_id}__quarantine", QUARANTINE_COLUMNS, hidden)
    tables: dict[str, list[tuple[Any, ...]]] = {
        "batches": [_batch(*batch) for batch in sorted(batches)],
        "feeds": [_feed(feed_id, feed.code) for feed_id, feed in load_feeds().items()],
        "run": [lake_rows.run_row(as_of)],
    }
    for table, kind in inputs.TABLES.items():
        inputs.create_table(connection, f"lake.{table}", kind, tables.get(table, []))
    for table, columns in FACTS.items():
        connection.execute(f"create table if not exists lake.{table}({columns})")
    _gather(connection)
    connection.close()
    return folder


def _gather(connection: duckdb.DuckDBPyConnection) -> None:
    """The quarantine of all feeds in one view, as a build has it."""
    feeds = " union all ".join(f"select * from lake.{feed_id}__quarantine" for feed_id in load_feeds())
    connection.execute(f"create view lake.every_quarantined_row as {feeds}")


def insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Make a table and append rows; a column that a row doesn't name is null.

    Raises: KeyError when a row names a column that the table hasn't.
    """
    connection.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    known = {name for name, _ in columns}
    for row in rows:
        if row.keys() - known:
            raise KeyError(f"{table} has no column {sorted(row.keys() - known)}")
    if rows:
        listed = ", ".join(f"unnest(?::{kind}[])" for _, kind in columns)
        connection.execute(
            f"insert into {table} select {listed}", [[row.get(name) for row in rows] for name, _ in columns]
        )


def run_dbt(folder: Path, *arguments: str) -> None:
    """Run a dbt command over the build folder. Raises: AssertionError with dbt's output when it fails."""
    environment = os.environ | {
        "WAREHOUSE_BUILD_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    }
    command = [sys.executable, "-m", "dbt.cli.main", *arguments, "--project-dir", str(PROJECT_FOLDER)]
    command += ["--profiles-dir", str(PROJECT_FOLDER), "--no-use-colors"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


def _lineage(feed_id: str, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    end = row.get("_period_end", AS_OF)
    number_of_batch, kind = row.get("_batch_no", 1), row.get("_kind", "full")
    return {
        "_feed": feed_id,
        "_batch_id": f"{feed_id}-{end:%Y%m%d}-{number_of_batch}-{kind}",
        "_file": f"{feed_id}__{end:%Y%m%d}__{number_of_batch:03}",
        "_received_at": datetime(end.year, end.month, end.day, 8),
        "_row_number": number,
        "_period_end": end,
        "_batch_no": number_of_batch,
        "_kind": kind,
        "_flags": "",
        **row,
    }


def _hidden(feed_id: str, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_feed": feed_id,
        "_batch_id": "q",
        "_row_number": number,
        "_period_end": AS_OF,
        "severity": "warning",
        **row,
    }


def _batch(feed_id: str, end: date, number: int, kind: str) -> lake_rows.BatchRow:
    values: dict[str, Any] = dict.fromkeys(lake_rows.BatchRow._fields, None)
    values |= {
        "batch_id": f"{feed_id}-{end:%Y%m%d}-{number}-{kind}",
        "feed_id": feed_id,
        "period": f"{end:%Y%m}" if kind == "full" else f"{end:%Y%m%d}",
        "period_end": end,
        "batch_no": number,
        "kind": kind,
        "verdict": "admitted",
        "is_in_force": True,
    }
    return lake_rows.BatchRow(**values)


def _feed(feed_id: str, code: str) -> lake_rows.FeedRow:
    values: dict[str, Any] = dict.fromkeys(lake_rows.FeedRow._fields, None)
    return lake_rows.FeedRow(
        **(values | {"feed_id": feed_id, "feed_code": code, "name_zh": feed_id, "name_en": feed_id})
    )
