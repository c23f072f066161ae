"""The small databases that the intake gate looks at: new batches measured once, and nothing of a person's in them.

In: batches of one feed, and named aggregates over their rows. Out: a scratch DuckDB file with the tables
`judged`, `columns`, `measured` and `quarantined`, one row a batch or finer, counts and medians only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.contracts import Feed
from warehouse.database import open_candidate
from warehouse.inputs import create_table, parquet_files
from warehouse.lake_rows import wall_clock
from warehouse.manifests import Manifest
from warehouse.paths import Home


class JudgedRow(NamedTuple):
    """One row per batch under judgement, with what its manifest says (rows)."""

    batch_id: str
    kind: str
    period_end: date
    received_at: datetime
    due_date: date | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    declared_row_count: int | None
    reference_batch_id: str | None
    is_readable: bool


class ColumnRow(NamedTuple):
    """One row per column that a batch's Parquet really has."""

    batch_id: str
    column_name: str
    column_type: str


class ContractColumnRow(NamedTuple):
    """One row per column that the contract promises."""

    column_name: str
    column_type: str


def write_intake_frame(
    path: Path,
    home: Home,
    feed: Feed,
    batches: Sequence[Manifest],
    references: Mapping[str, Manifest],
    due_dates: Mapping[str, date],
    measures: Mapping[str, str],
) -> None:
    """Measure batches of one feed in one scan, for the rules to judge.

    `references` names, for a batch, the earlier delivery that it is compared with; it is measured too.
    A Parquet that can't be read leaves its batch without measures, and no rule passes without them.
    """
    connection = open_candidate(path)
    try:
        measured = {batch.batch_id: batch for batch in [*batches, *references.values()]}
        described = {key: _describe(connection, home, batch) for key, batch in measured.items()}
        judged = [_judged_row(b, references.get(b.batch_id), due_dates, bool(described[b.batch_id])) for b in batches]
        create_table(connection, "judged", JudgedRow, judged)
        columns = [ColumnRow(key, name, kind) for key, found in described.items() for name, kind in found]
        create_table(connection, "columns", ColumnRow, columns)
        create_table(connection, "contract_columns", ContractColumnRow, feed.lake_columns())
        _measure(
            connection, home, feed, [measured[key] for key, found in described.items() if found], described, measures
        )
        files = parquet_files(home.quarantine, batches)
        source = "select null as _batch_id, null as severity where false"
        if files:
            listed = ", ".join(_quoted(str(file)) for file in files)
            source = f"select _batch_id, severity from read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
        connection.execute(
            "create table quarantined as select _batch_id::varchar as batch_id, severity::varchar as severity, count(*) as rows_count"
            f" from ({source}) group by all order by all"
        )
    finally:
        connection.close()


def _judged_row(batch: Manifest, reference: Manifest | None, due: Mapping[str, date], readable: bool) -> JudgedRow:
    return JudgedRow(
        batch_id=batch.batch_id,
        kind=batch.kind,
        period_end=batch.period_end,
        received_at=wall_clock(batch.received_at),
        due_date=due.get(batch.batch_id),
        rows_read=batch.rows_read,
        rows_accepted=batch.rows_accepted,
        rows_quarantined=batch.rows_quarantined,
        declared_row_count=batch.declared_row_count,
        reference_batch_id=reference.batch_id if reference else None,
        is_readable=readable,
    )


def _describe(connection: duckdb.DuckDBPyConnection, home: Home, batch: Manifest) -> list[tuple[str, str]]:
    files = parquet_files(home.lake, [batch])
    if not files:
        return []
    query = f"describe select * from read_parquet({_quoted(str(files[0]))}, hive_partitioning = false)"
    try:
        return [(str(row[0]), str(row[1])) for row in connection.execute(query).fetchall()]
    except duckdb.Error:
        return []


def _measure(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    feed: Feed,
    batches: Sequence[Manifest],
    described: Mapping[str, Sequence[tuple[str, str]]],
    measures: Mapping[str, str],
) -> None:
    present = {name for batch in batches for name, _ in described[batch.batch_id]}
    listed = ", ".join(f'{expression} as "{name}"' for name, expression in measures.items())
    nothing = ", ".join(f'null::{kind} as "{name}"' for name, kind in feed.lake_columns())

    def query(files: Sequence[Path]) -> str:
        rows = f"select {nothing} where false"
        if files:
            names = ", ".join(
                f'try_cast("{name}" as {kind}) as "{name}"' if name in present else f'null::{kind} as "{name}"'
                for name, kind in feed.lake_columns()
            )
            paths = ", ".join(_quoted(str(file)) for file in files)
            rows = f"select {names} from read_parquet([{paths}], hive_partitioning = false, union_by_name = true)"
        return f"select _batch_id as batch_id, {listed} from ({rows}) group by _batch_id"

    try:
        connection.execute(f"create table measured as {query(parquet_files(home.lake, batches))}")
    except duckdb.Error:
        # One damaged file must not take the others' verdicts with it: measure each by itself.
        connection.execute(f"create or replace table measured as {query([])}")
        for batch in batches:
            try:
                connection.execute(f"insert into measured {query(parquet_files(home.lake, [batch]))}")
            except duckdb.Error:
                continue


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
