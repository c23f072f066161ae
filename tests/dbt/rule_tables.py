"""Tiny tables in place of a model's inputs, so that its compiled SQL can be run on cases made for it.

In: the catalog of a build without rows (for column types) and rows as dictionaries. Out: the model's rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.database import open_build, open_memory

FAR = date(9999, 12, 31)
MODEL = re.compile(r'"(?:warehouse|dashboard|casework)"\."(?:main|lake)"\."(\w+)"')


class RuleTables:
    """The inputs of one model: `add` rows, then `rows_of` the model's SQL."""

    def __init__(self, catalog: dict[str, list[tuple[str, str]]]) -> None:
        self.catalog = catalog
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._connection: duckdb.DuckDBPyConnection | None = None

    def add(self, table: str, **values: Any) -> None:
        """One row of one input. Raises: KeyError for a column that the model's input hasn't."""
        unknown = values.keys() - {name for name, _ in self.catalog[table]}
        if unknown:
            raise KeyError(f"{table} has no column {sorted(unknown)}")
        self.rows.setdefault(table, []).append(values)

    def rows_of(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that compiled SQL gives over the tables, in a fixed order."""
        if self._connection is None:
            self._connection = self._filled(set(MODEL.findall(sql)))
        result = self._connection.execute(_local(sql)).fetchall()
        return sorted(result, key=repr)

    def columns_of(self, sql: str) -> list[str]:
        """The names of the model's columns."""
        self.rows_of(sql)
        assert self._connection is not None
        return [entry[0] for entry in self._connection.execute(_local(sql)).description or ()]

    def _filled(self, tables: Iterable[str]) -> duckdb.DuckDBPyConnection:
        connection = open_memory()
        connection.execute("set threads = 1")
        for table in sorted(tables):
            columns = self.catalog[table]
            connection.execute(f"create table {table} ({', '.join(f'{name} {kind}' for name, kind in columns)})")
            rows = self.rows.get(table, [])
            if rows:
                listed = ", ".join(f"unnest(?::{kind}[])" for _, kind in columns)
                values = [[row.get(name) for row in rows] for name, _ in columns]
                connection.execute(f"insert into {table} select {listed}", values)
        return connection


def read_catalog(build: Path) -> dict[str, list[tuple[str, str]]]:
    """Names and types of the columns of every table and view that dbt made."""
    connection = open_build(build / "warehouse.duckdb")
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'main' and not internal"
        " and database_name = 'warehouse' order by table_name, column_index"
    ).fetchall()
    connection.close()
    catalog: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        catalog.setdefault(table, []).append((column, kind))
    return catalog


def read_compiled(build: Path) -> dict[str, str]:
    """The compiled SQL of every model by its name."""
    folder = build / "target" / "compiled" / "low_income" / "models"
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.rglob("*.sql")}


def _local(sql: str) -> str:
    return MODEL.sub(r"\1", sql)
