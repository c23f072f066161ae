"""Policy values by date of effect: thresholds, deadlines, benefit standards, exclusions.

In: `warehouse/policy/*.yml`. Out: typed facts that say whether they are verified. No number of
policy stands anywhere else.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from warehouse.errors import ContractError
from warehouse.paths import AGREEMENTS
from warehouse.yaml_files import read_yaml

POLICY = AGREEMENTS / "policy"
OPEN_END = date(9999, 12, 31)


@dataclass(frozen=True)
class Parameter:
    """One value of a policy parameter over [valid_from, valid_to]."""

    parameter_id: str
    valid_from: date
    valid_to: date
    value: Decimal
    unit: str
    title_zh: str
    title_en: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Standard:
    """A benefit amount (yuan per person per month) over [valid_from, valid_to].

    class_code is the care level (0202), the grade (0402), the supplement kind (0103), or 1 institution
    and 2 scattered (0501); empty where the programme has one amount.
    """

    programme_code: str
    urban_rural_code: str
    class_code: str
    valid_from: date
    valid_to: date
    amount_yuan: Decimal
    document_no: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Exclusion:
    """Two programmes that may not be held in one month; empty where the rule is not a pair of programmes."""

    exclusion_id: str
    programme_a: str
    programme_b: str
    title_zh: str
    title_en: str
    source: str
    verified: bool


@functools.cache
def load_parameters(folder: Path = POLICY) -> tuple[Parameter, ...]:
    """Every dated parameter value. Raises: ContractError when a parameter's dates overlap or fall backwards."""
    loaded: list[Parameter] = []
    for entry in _read(folder / "parameters.yml")["parameters"]:
        for value, (start, end) in zip(entry["values"], _spans(entry["values"], entry["id"]), strict=True):
            loaded.append(
                Parameter(
                    entry["id"],
                    start,
                    end,
                    Decimal(str(value["value"])),
                    entry["unit"],
                    entry["title_zh"],
                    entry["title_en"],
                    value["source"],
                    value["verified"],
                )
            )
    return tuple(loaded)


@functools.cache
def load_standards(folder: Path = POLICY) -> tuple[Standard, ...]:
    """Every dated benefit amount. Raises: ContractError when dates overlap."""
    loaded: list[Standard] = []
    for entry in _read(folder / "benefit_standard.yml")["standards"]:
        name = f"{entry['programme_code']}/{entry['urban_rural_code']}/{entry['class_code']}"
        for value, (start, end) in zip(entry["values"], _spans(entry["values"], name), strict=True):
            loaded.append(
                Standard(
                    entry["programme_code"],
                    entry["urban_rural_code"],
                    entry["class_code"],
                    start,
                    end,
                    Decimal(str(value["amount"])),
                    value["document"],
                    value["source"],
                    value["verified"],
                )
            )
    return tuple(loaded)


@functools.cache
def load_exclusions(folder: Path = POLICY) -> tuple[Exclusion, ...]:
    """Every pair of benefits that may not be held together."""
    return tuple(
        Exclusion(e["id"], e["a"], e["b"], e["title_zh"], e["title_en"], e["source"], e["verified"])
        for e in _read(folder / "benefit_exclusion.yml")["exclusions"]
    )


def parameter(parameter_id: str, on: date) -> Parameter:
    """The value of a parameter on a day. Raises: ContractError when none is in effect."""
    for entry in load_parameters():
        if entry.parameter_id == parameter_id and entry.valid_from <= on <= entry.valid_to:
            return entry
    raise ContractError(
        "a policy parameter has no value on that day",
        where=parameter_id,
        found=on.isoformat(),
        remedy="add it to warehouse/policy/parameters.yml",
    )


def standard(programme_code: str, on: date, urban_rural_code: str = "", class_code: str = "") -> Standard:
    """The benefit amount in effect on a day. Raises: ContractError when none is."""
    for entry in load_standards():
        same = (entry.programme_code, entry.urban_rural_code, entry.class_code) == (
            programme_code,
            urban_rural_code,
            class_code,
        )
        if same and entry.valid_from <= on <= entry.valid_to:
            return entry
    raise ContractError(
        "a benefit has no standard on that day",
        where=f"{programme_code}/{urban_rural_code}/{class_code}",
        found=on.isoformat(),
    )


def _spans(values: list[dict[str, Any]], name: str) -> list[tuple[date, date]]:
    starts = [value["from"] for value in values]
    if starts != sorted(set(starts)):
        raise ContractError("dates of effect overlap or fall backwards", where=name, found=", ".join(map(str, starts)))
    ends = [start - timedelta(days=1) for start in starts[1:]] + [OPEN_END]
    return list(zip(starts, ends, strict=True))


def _read(path: Path) -> dict[str, Any]:
    return dict(read_yaml(path))
