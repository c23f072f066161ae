"""The project's own rules, read from dbt's manifest: names, layers, grain first, keys tested, nothing unordered."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_"),
    "published": ("pub_", "case_"),
}
# Which layers a layer may read. Seeds stand beside staging; the tables about deliveries are published as they are. What
# stewards decided is worked out first (three small tables), so that staging can correct every feed by it.
READS = {
    "staging": {"source", "int_corrections__in_force", "int_identities__linked", "int_identities__rows"},
    "intermediate": {"staging", "intermediate", "seed"},
    "marts": {"staging", "intermediate", "marts", "seed"},
    "published": {"marts"},
}
DELIVERY_TABLES = re.compile(r"stg_lake__(batches|feeds|refusals|quarantine_counts|runs)$")
# A policy value is a number of two digits or more, outside macros' own arithmetic, dates and column widths.
NUMBER = re.compile(r"(?<![\w.'-])\d{2,}(?:\.\d+)?(?![\w'-])")
ALLOWED_NUMBERS = {"14", "16", "200"}  # decimal(14, 2); digits of an alert id; the longest history in weeks


@pytest.fixture(scope="module")
def manifest(empty_build: Path) -> dict[str, Any]:
    return dict(json.loads((empty_build / "target" / "manifest.json").read_text(encoding="utf-8")))


def models_of(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Models by name, each with its layer."""
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return {node["name"]: node | {"layer": node["fqn"][1]} for node in models}


def test_the_folder_decides_the_prefix(manifest: dict[str, Any]) -> None:
    wrong = [name for name, node in models_of(manifest).items() if not name.startswith(PREFIXES[node["layer"]])]
    assert wrong == []


def test_every_layer_reads_only_what_it_may(manifest: dict[str, Any]) -> None:
    models = models_of(manifest)
    wrong = []
    for name, node in models.items():
        for parent in node["depends_on"]["nodes"]:
            kind, parent_name = parent.split(".")[0], parent.split(".")[-1]
            layer = models[parent_name]["layer"] if kind == "model" else kind
            is_delivery_table = node["layer"] == "published" and DELIVERY_TABLES.match(parent_name)
            may = {layer, parent_name} & READS[node["layer"]] or is_delivery_table
            if not may:
                wrong.append(f"{name} reads {parent_name}")
    assert wrong == []


def test_every_description_says_the_grain_first(manifest: dict[str, Any]) -> None:
    wrong = [name for name, node in models_of(manifest).items() if not node["description"].startswith("One row")]
    assert wrong == []


def test_every_table_has_a_tested_key(manifest: dict[str, Any]) -> None:
    """Views repeat what they read; a table that is a plain copy or union of keyed tables may do without."""
    keyed = {
        node["attached_node"].split(".")[-1]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "is_key"
    }
    tables = {name for name, node in models_of(manifest).items() if node["config"]["materialized"] == "table"}
    copies = {"int_alerts__unioned", "pub_flows_by_week_town", "pub_refusals"}
    assert tables - keyed - copies == set()


def test_nothing_depends_on_the_order_of_rows(compiled: dict[str, str]) -> None:
    """No first() or any_value(), and every row_number, lag and lead says its order."""
    loose = []
    for name, sql in compiled.items():
        if re.search(r"\b(first|last|any_value|arbitrary)\s*\(", sql):
            loose.append(name)
        for window in re.finditer(
            r"\b(?:row_number|lag|lead|rank)\([^)]*\)[^()]*\bover\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", sql
        ):
            if "order by" not in window.group(1):
                loose.append(name)
    assert loose == []


def test_no_policy_number_stands_in_a_model() -> None:
    folder = Path(__file__).resolve().parents[2] / "dbt_project" / "models"
    found = []
    for path in sorted(folder.rglob("*.sql")):
        sql = re.sub(r"--[^\n]*|'[^']*'|date '[\d-]+'", "", path.read_text(encoding="utf-8"))
        sql = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", sql, flags=re.S)
        found += [f"{path.name}: {number}" for number in NUMBER.findall(sql) if number not in ALLOWED_NUMBERS]
    assert found == []
