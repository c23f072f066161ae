"""The same models as one plain DuckDB script: their compiled SQL in order, without dbt around it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from warehouse.database import open_candidate


def run_plain(build: Path, folder: Path) -> float:
    """Seconds that DuckDB needs for every model of a build, on a copy of its inputs and seeds."""
    folder.mkdir(parents=True)
    manifest = json.loads((build / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    for database in ("warehouse", "dashboard", "casework"):
        shutil.copy2(build / f"{database}.duckdb", folder / f"{database}.duckdb")
    with open_candidate(folder / "warehouse.duckdb") as connection:
        for name in ("dashboard", "casework"):
            connection.execute(f"attach '{folder / f'{name}.duckdb'}' as {name}")
        order = in_order(models)
        for name in reversed(order):
            kind = "view" if models[name]["config"]["materialized"] == "view" else "table"
            connection.execute(f"drop {kind} if exists {models[name]['relation_name']} cascade")
        started = time.perf_counter()
        for name in order:
            node = models[name]
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            connection.execute(f"create {kind} {node['relation_name']} as {node['compiled_code']}")
        return time.perf_counter() - started


def in_order(models: dict[str, dict]) -> list[str]:
    """Names of the models, each after those it reads."""
    done: list[str] = []

    def visit(name: str) -> None:
        if name in models and name not in done:
            for parent in models[name]["depends_on"]["nodes"]:
                visit(parent)
            done.append(name)

    for name in sorted(models):
        visit(name)
    return done
