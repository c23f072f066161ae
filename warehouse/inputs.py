"""What a build reads, written down: which batches are in force, and the schema `lake` over them.

In: manifests, landing sidecars, the intake gate's verdicts, the as-of date. Out: a candidate folder with
`inputs.parquet` and `warehouse.duckdb`, under an id that follows from its contents alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse import lake_rows
from warehouse.contracts import QUARANTINE_COLUMNS, Feed
from warehouse.database import open_candidate
from warehouse.deliveries import in_force, period_bounds
from warehouse.errors import GateError
from warehouse.journal import Verdict
from warehouse.manifests import Manifest, read_manifests
from warehouse.paths import PROJECT, Home

INPUTS_FILE = "inputs.parquet"
WAREHOUSE_FILE = "warehouse.duckdb"
RECEIPT_FILE = "receipt.json"
PART_FILE = "part-0.parquet"
# What decides a build's content besides its batches. The checks have a version of their own, in the receipt.
CODE = {
    "dbt_project": ("*.sql", "*.yml", "*.yaml", "*.csv"),
    "warehouse/feeds": ("*.yaml",),
    "warehouse": ("inputs.py", "lake_rows.py", "deliveries.py"),
}
NOT_CODE = {"target", "logs", "dbt_packages"}
TABLES = {
    "batches": lake_rows.BatchRow,
    "batch_flags": lake_rows.FlagRow,
    "refusals": lake_rows.RefusalRow,
    "deliveries": lake_rows.DeliveryRow,
    "feeds": lake_rows.FeedRow,
    "run": lake_rows.RunRow,
}
TYPES = {"str": "VARCHAR", "int": "BIGINT", "bool": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP"}
INTEGERS = {"batch_no", "warnings_count", "days_late_count"}

# What matching left: the person whom a record without a usable number may be, and every row in which it stands.
MATCHES = {
    "identity_proposals": (
        ("subject_key", "VARCHAR"),
        ("person_key", "VARCHAR"),
        ("score", "DOUBLE"),
        ("match_reasons", "VARCHAR"),
        ("feed_id", "VARCHAR"),
        ("batch_id", "VARCHAR"),
        ("row_number", "INTEGER"),
        ("created_on", "DATE"),
    ),
    "identity_rows": (
        ("subject_key", "VARCHAR"),
        ("feed_id", "VARCHAR"),
        ("batch_id", "VARCHAR"),
        ("row_number", "INTEGER"),
    ),
}
MATCH_FILES = {"identity_proposals": "proposals.parquet", "identity_rows": "rows.parquet"}

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True)
class Candidate:
    """A build that is being made, or that stands there already with its receipt.

    `shown` are the batches that it speaks of, in force or held, in the order of feeds and periods.
    """

    build_id: str
    path: Path
    has_receipt: bool
    shown: tuple[str, ...]


def known_batches(home: Home, as_of: date) -> list[Manifest]:
    """Every batch of the lake whose period has begun by the as-of date, judged or not."""
    return [batch for batch in read_manifests(home) if period_bounds(batch.period)[0] <= as_of]


def write_inputs(home: Home, feeds: Mapping[str, Feed], as_of: date, verdicts: Mapping[str, Verdict]) -> Candidate:
    """Write the candidate folder of the build that these batches and verdicts make; nothing when it has its receipt.

    A folder of that id without a receipt was left by a run that did not end, and is made anew.
    Raises: GateError when readers see that folder.
    """
    batches = [batch for batch in known_batches(home, as_of) if batch.batch_id in verdicts and batch.feed_id in feeds]
    forced = _forced(feeds, batches, verdicts)
    rows = _lake_rows(home, feeds, as_of, batches, verdicts, forced)
    build_id = f"b-{as_of:%Y%m%d}-{_digest(rows, match_files(home))}"
    folder = home.builds / build_id
    shown = tuple(b.batch_id for b in batches if b.batch_id in forced or verdicts[b.batch_id].verdict == "held")
    if (folder / RECEIPT_FILE).is_file():
        return Candidate(build_id, folder, True, shown)
    if home.current.exists() and home.current.resolve() == folder:
        raise GateError(
            "the build that readers see has lost its receipt",
            where=str(folder),
            remedy="publish another build, then python -m warehouse refresh",
        )
    part = home.builds / f".{build_id}.part"
    for stale in (part, folder):
        if stale.exists():
            shutil.rmtree(stale)
    part.mkdir(parents=True)
    connection = open_candidate(part / WAREHOUSE_FILE)
    try:
        _write_lake(connection, home, feeds, batches, forced, rows)
        connection.execute(f"copy (select * from lake.batches order by all) to '{part / INPUTS_FILE}' (format parquet)")
    finally:
        connection.close()
    part.rename(folder)
    return Candidate(build_id, folder, False, shown)


def rows_view(name: str, columns: Sequence[tuple[str, str]], files: Sequence[Path]) -> str:
    """The statement that makes a view over the Parquet files of some batches; without any, a view without rows."""
    if not files:
        nothing = ", ".join(f'null::{kind} as "{column}"' for column, kind in columns)
        return f"create view {name} as select {nothing} where false"
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    names = ", ".join(f'"{column}"::{kind} as "{column}"' for column, kind in columns)
    return f"create view {name} as select {names} from read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def parquet_files(root: Path, batches: Iterable[Manifest]) -> list[Path]:
    """The Parquet files that batches have below the lake or the quarantine; a batch without rows may have none."""
    paths = [root / batch.feed_id / f"batch={batch.batch_id}" / PART_FILE for batch in batches]
    return [path for path in paths if path.is_file()]


def create_table(connection: duckdb.DuckDBPyConnection, name: str, row: type, rows: Sequence[tuple[Any, ...]]) -> None:
    """Make a table from rows of a named tuple, in one statement: a row at a time costs DuckDB a millisecond each."""
    kinds = {
        column: "INTEGER" if column in INTEGERS else TYPES[kind.__forward_arg__.removesuffix(" | None")]
        for column, kind in row.__annotations__.items()
    }
    connection.execute(f"create table {name} ({', '.join(f'{column} {kind}' for column, kind in kinds.items())})")
    if rows:
        listed = ", ".join(f"unnest(?::{kind}[])" for kind in kinds.values())
        connection.execute(f"insert into {name} select {listed}", [list(column) for column in zip(*rows, strict=True)])


def code_version() -> str:
    """16 hex digits over everything that decides a build's content besides its batches."""
    digest = hashlib.sha256(duckdb.__version__.encode())
    for folder, patterns in CODE.items():
        root = PROJECT / folder
        found = {
            path for pattern in patterns for path in (root.rglob if folder == "dbt_project" else root.glob)(pattern)
        }
        for path in sorted(path for path in found if not NOT_CODE & set(path.relative_to(root).parts)):
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _forced(feeds: Mapping[str, Feed], batches: Sequence[Manifest], verdicts: Mapping[str, Verdict]) -> frozenset[str]:
    admitted = [batch for batch in batches if verdicts[batch.batch_id].verdict == "admitted"]
    by_feed = (in_force([b for b in admitted if b.feed_id == feed.feed_id], feed.history) for feed in feeds.values())
    return frozenset[str]().union(*by_feed)


def _lake_rows(
    home: Home,
    feeds: Mapping[str, Feed],
    as_of: date,
    batches: Sequence[Manifest],
    verdicts: Mapping[str, Verdict],
    forced: frozenset[str],
) -> Rows:
    rows = [lake_rows.batch_row(batch, verdicts[batch.batch_id], batch.batch_id in forced) for batch in batches]
    refusals = lake_rows.refusal_rows(home, as_of)
    deliveries = lake_rows.delivery_rows(feeds.values(), rows, refusals, as_of)
    return {
        "batches": rows,
        "batch_flags": lake_rows.flag_rows(batches),
        "refusals": refusals,
        "deliveries": deliveries,
        "feeds": [lake_rows.feed_row(feed, rows, refusals, deliveries, as_of) for feed in feeds.values()],
        "run": [lake_rows.run_row(as_of)],
    }


def match_files(home: Home) -> dict[str, Path]:
    """Where matching leaves its tables, by table; only those that are there."""
    found = {table: home.root / "matches" / name for table, name in MATCH_FILES.items()}
    return {table: path for table, path in found.items() if path.is_file()}


def _digest(rows: Rows, matches: Mapping[str, Path]) -> str:
    matched = {table: hashlib.sha256(path.read_bytes()).hexdigest() for table, path in matches.items()}
    content = json.dumps({**rows, "matches": matched, "code": code_version()}, default=str, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def _write_lake(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    feeds: Mapping[str, Feed],
    batches: Sequence[Manifest],
    forced: frozenset[str],
    rows: Rows,
) -> None:
    connection.execute("create schema lake")
    for feed in feeds.values():
        mine = [batch for batch in batches if batch.feed_id == feed.feed_id and batch.batch_id in forced]
        connection.execute(rows_view(f"lake.{feed.feed_id}", feed.lake_columns(), parquet_files(home.lake, mine)))
        files = parquet_files(home.quarantine, mine)
        connection.execute(rows_view(f"lake.{feed.feed_id}__quarantine", QUARANTINE_COLUMNS, files))
    for table, content in rows.items():
        create_table(connection, f"lake.{table}", TABLES[table], content)
    matches = match_files(home)
    for table, columns in MATCHES.items():
        # A table: the build must not change with the next run of matching.
        view = rows_view(f"lake.{table}", columns, [matches[table]] if table in matches else [])
        connection.execute(view.replace("create view", "create table", 1))
    connection.execute(
        rows_view("lake.every_quarantined_row", QUARANTINE_COLUMNS, parquet_files(home.quarantine, batches))
    )
    connection.execute(
        "create table lake.quarantine_counts as select _feed as feed_id, _batch_id as batch_id, _period_end as period_end,"
        " rule, severity, count(*) as rows_count from lake.every_quarantined_row group by all order by all"
    )
