"""What a column of the warehouse means, once for the whole project: `warehouse/columns.yml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from warehouse.paths import AGREEMENTS
from warehouse.yaml_files import read_yaml


@dataclass(frozen=True)
class WarehouseColumn:
    """One column name: description, unit (empty for none) and sensitivity."""

    name: str
    description: str
    unit: str
    sensitivity: str


@functools.cache
def load_columns(path: Path = AGREEMENTS / "columns.yml") -> dict[str, WarehouseColumn]:
    """Every column by name."""
    entries = read_yaml(path)
    return {
        name: WarehouseColumn(name, entry["description"], entry.get("unit", ""), entry.get("sensitivity", "internal"))
        for name, entry in entries.items()
    }
