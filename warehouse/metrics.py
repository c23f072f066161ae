"""What a metric and an alert rule mean: the YAML in `warehouse/metrics/` and `warehouse/rules/`, as typed facts."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.errors import ContractError
from warehouse.paths import AGREEMENTS
from warehouse.yaml_files import read_yaml

KINDS = ("stock", "flow", "ratio")


@dataclass(frozen=True)
class Bilingual:
    """One text in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The text in 'zh' or 'en'."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Metric:
    """One metric: what it counts over what, in which unit, from which feeds. A stock is never summed over time."""

    metric_id: str
    code: str
    title: Bilingual
    definition: Bilingual
    kind: str
    unit: Bilingual
    decimals: int
    numerator: Bilingual
    denominator: Bilingual | None
    feeds: tuple[str, ...]
    parameters: tuple[str, ...]
    owner: str
    polarity: str


@dataclass(frozen=True)
class AlertRule:
    """One alert rule: its direction ('missed' or 'wrong'), severity (R, O, Y), condition and next step."""

    rule_id: str
    title: Bilingual
    direction: str
    severity: str
    condition: Bilingual
    next_step: Bilingual
    feeds: tuple[str, ...]
    parameters: tuple[str, ...]
    owner: str
    legal_basis: str


@functools.cache
def load_metrics(folder: Path = AGREEMENTS / "metrics") -> dict[str, Metric]:
    """Every metric by id. Raises: ContractError for an unknown kind or a ratio without a denominator."""
    metrics = {}
    for path, entry in _entries(folder):
        if entry["kind"] not in KINDS or (entry["kind"] == "ratio") != (entry["denominator"] is not None):
            raise ContractError(
                "a metric's kind and denominator disagree",
                where=path.name,
                expected=f"one of {KINDS}; a ratio has a denominator",
            )
        metrics[entry["id"]] = Metric(
            metric_id=entry["id"],
            code=entry["code"],
            title=Bilingual(**entry["title"]),
            definition=Bilingual(**entry["definition"]),
            kind=entry["kind"],
            unit=Bilingual(**entry["unit"]),
            decimals=entry["decimals"],
            numerator=Bilingual(**entry["numerator"]),
            denominator=Bilingual(**entry["denominator"]) if entry["denominator"] else None,
            feeds=tuple(entry["feeds"]),
            parameters=tuple(entry["parameters"]),
            owner=entry["owner"],
            polarity=entry["polarity"],
        )
    return metrics


@functools.cache
def load_rules(folder: Path = AGREEMENTS / "rules") -> dict[str, AlertRule]:
    """Every alert rule by id."""
    return {
        entry["id"]: AlertRule(
            rule_id=entry["id"],
            title=Bilingual(**entry["title"]),
            direction=entry["direction"],
            severity=entry["severity"],
            condition=Bilingual(**entry["condition"]),
            next_step=Bilingual(**entry["next_step"]),
            feeds=tuple(entry["feeds"]),
            parameters=tuple(entry["parameters"]),
            owner=entry["owner"],
            legal_basis=entry["legal_basis"],
        )
        for _, entry in _entries(folder)
    }


def _entries(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    entries = [(path, dict(read_yaml(path))) for path in sorted(folder.glob("*.yml"))]
    for path, entry in entries:
        if entry["id"] != path.stem:
            raise ContractError("an id is not its file's name", where=path.name, expected=path.stem, found=entry["id"])
    return entries
