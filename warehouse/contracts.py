"""What the bureaus send: the Open Data Contract Standard documents in `warehouse/feeds/`, as typed facts.

In: one YAML a feed. Out: `Feed` with its `Column`s. A document that breaks the standard's JSON
schema, or misspells one of our custom properties, is refused.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from warehouse.errors import ContractError
from warehouse.paths import AGREEMENTS
from warehouse.yaml_files import read_yaml

FEEDS = AGREEMENTS / "feeds"
ROLES = (
    "person_id",
    "other_id",
    "person_name",
    "account_no",
    "phone_no",
    "certificate_no",
    "area_code",
    "month",
    "yuan",
    "document_no",
    "credit_code",
    "square_metres",
    "quantity",
    "village_name",
)
COLUMN_PROPERTIES = {"role", "keep", "openEnded", "unitFrom", "typicalMedian", "mayLieAhead", "areaScheme"}
TABLE_PROPERTIES = {
    "skipRows",
    "headerRows",
    "quarantineContext",
    "sheet",
    "rowsFrom",
    "testColumns",
    "ordered",
    "authorisation",
}
FEED_PROPERTIES = {
    "feedCode",
    "englishName",
    "bureauName",
    "priority",
    "legalBasis",
    "delivery",
    "history",
    "forms",
    "encodings",
    "deletion",
    "knownFaults",
    "corrections",
    "chinese",
}


@dataclass(frozen=True)
class Column:
    """One column of a feed, as the bureau sends it and as the lake keeps it."""

    name: str
    header: str
    label: str
    synonyms: tuple[str, ...]
    logical_type: str
    physical_type: str
    required: bool
    classification: str
    description: str
    role: str | None
    encrypted_name: str | None
    keep: bool
    key_position: int | None
    codes: dict[str, str]
    labels: dict[str, str]
    minimum: float | None
    maximum: float | None
    open_ended: tuple[str, ...]
    unit_from: str | None
    typical_median: tuple[float, float] | None
    may_lie_ahead: bool
    area_scheme: str

    @property
    def lake_name(self) -> str:
        """The column's name in the lake: the encrypted name where its value never gets there."""
        return self.encrypted_name or self.name


@dataclass(frozen=True)
class Due:
    """When a kind of delivery is due: `day` days after the period's start or end."""

    kind: str
    period: str
    day: int
    counted_from: str


@dataclass(frozen=True)
class Rule:
    """One quality rule of the contract."""

    name: str
    dimension: str
    severity: str
    business_impact: str
    description: str
    metric: str | None
    at_most: float | None
    between: tuple[float, float] | None


@dataclass(frozen=True)
class Authorisation:
    """Which columns hold a row's authorisation: its number, its last valid day, and the day it had to be valid on."""

    number: str
    until: str
    at: str


@dataclass(frozen=True)
class Feed:
    """One bureau's extract under contract."""

    feed_id: str
    code: str
    version: str
    name_zh: str
    name_en: str
    bureau: str
    bureau_zh: str
    steward: str
    priority: str
    legal_basis: str
    purpose: str
    usage: str
    known_faults: str
    deletion: str
    grain: str
    delivery: tuple[str, ...]
    history: str
    forms: tuple[str, ...]
    encodings: tuple[str, ...]
    sheet: str | None
    skip_rows: tuple[str, ...]
    quarantine_context: tuple[str, ...]
    rows_from: str | None
    test_columns: tuple[str, ...]
    ordered: tuple[tuple[str, str], ...]
    authorisation: Authorisation | None
    due: tuple[Due, ...]
    rules: tuple[Rule, ...]
    chinese: dict[str, str]
    corrections: tuple[dict[str, Any], ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column with this contract name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_role(self, role: str) -> Column | None:
        """The first column that plays a role, None where there is none."""
        return next((column for column in self.columns if column.role == role), None)

    @property
    def person_column(self) -> Column | None:
        """The column whose number is the row's person: an identity number or a certificate number."""
        return self.with_role("person_id") or self.with_role("certificate_no")

    @property
    def name_column(self) -> Column | None:
        """The name of the row's person (the one whose masked form is `name_masked`)."""
        return next((c for c in self.columns if c.role == "person_name" and c.encrypted_name == "name_masked"), None)

    @property
    def keys(self) -> tuple[Column, ...]:
        """Key columns in their order; empty where the bureau numbers nothing."""
        return tuple(sorted((c for c in self.columns if c.key_position), key=lambda c: c.key_position or 0))

    @property
    def rows_between(self) -> tuple[int, int]:
        """Fewest and most rows of a full delivery (rows)."""
        rule = next(rule for rule in self.rules if rule.metric == "rowCount" and rule.between)
        low, high = rule.between or (0, 0)
        return int(low), int(high)

    def lake_columns(self) -> tuple[tuple[str, str], ...]:
        """Name and DuckDB type of every column of the feed's Parquet, in order."""
        kept = [(c.lake_name, "VARCHAR" if c.encrypted_name else c.physical_type) for c in self.columns if c.keep]
        return tuple(kept + self._derived_columns() + list(LINEAGE_COLUMNS))

    def _derived_columns(self) -> list[tuple[str, str]]:
        derived: list[tuple[str, str]] = []
        person = self.person_column
        if person is not None:
            if person.role == "certificate_no":
                derived += [("person_key", "VARCHAR")]
            derived += [("person_birth_date", "DATE"), ("person_sex_code", "VARCHAR"), ("person_id_form", "VARCHAR")]
            if self.name_column is not None:
                derived += [("hint_head_key", "VARCHAR"), ("hint_tail_key", "VARCHAR")]
            if person.role == "certificate_no":
                derived += [("certificate_type_code", "VARCHAR"), ("certificate_grade_code", "VARCHAR")]
        return [*derived, ("_flags", "VARCHAR")]


LINEAGE_COLUMNS = (
    ("_feed", "VARCHAR"),
    ("_batch_id", "VARCHAR"),
    ("_file", "VARCHAR"),
    ("_file_sha256", "VARCHAR"),
    ("_received_at", "TIMESTAMP"),
    ("_row_number", "INTEGER"),
    ("_period_end", "DATE"),
    ("_batch_no", "INTEGER"),
    ("_kind", "VARCHAR"),
    ("_row_key", "VARCHAR"),
)
QUARANTINE_COLUMNS = (
    ("_feed", "VARCHAR"),
    ("_batch_id", "VARCHAR"),
    ("_file", "VARCHAR"),
    ("_row_number", "INTEGER"),
    ("_received_at", "TIMESTAMP"),
    ("_period_end", "DATE"),
    ("rule", "VARCHAR"),
    ("severity", "VARCHAR"),
    ("column_name", "VARCHAR"),
    ("masked_value", "VARCHAR"),
    ("also", "VARCHAR"),
    ("hint_head_key", "VARCHAR"),
    ("hint_tail_key", "VARCHAR"),
    ("written_key", "VARCHAR"),
    ("context", "VARCHAR"),
)


def load_feeds(folder: Path = FEEDS) -> dict[str, Feed]:
    """Every feed under contract by its id, in the order of feed codes.

    Raises: ContractError for a document that breaks the standard or names a property we don't know.
    """
    feeds = [load_feed(path) for path in sorted(folder.glob("*.yaml"))]
    return {feed.feed_id: feed for feed in sorted(feeds, key=lambda feed: feed.code)}


def load_feed(path: Path) -> Feed:
    """One feed from its contract. Raises: ContractError, naming file and place."""
    document = read_yaml(path)
    for error in _validator().iter_errors(document):
        place = "/".join(str(part) for part in error.instance_path)
        raise ContractError("a contract breaks the standard", where=f"{path.name}: {place}", found=error.message[:300])
    table = document["schema"][0]
    own = _custom(document, FEED_PROPERTIES, path.name)
    table_own = _custom(table, TABLE_PROPERTIES, f"{path.name}: schema")
    if document["id"] != path.stem:
        raise ContractError(
            "a contract's id is not its file name", where=path.name, expected=path.stem, found=document["id"]
        )
    return Feed(
        feed_id=document["id"],
        code=own["feedCode"],
        version=document["version"],
        name_zh=document["name"],
        name_en=own["englishName"],
        bureau=document["domain"],
        bureau_zh=own["bureauName"],
        steward=document["team"]["name"],
        priority=own["priority"],
        legal_basis=own["legalBasis"],
        purpose=document["description"]["purpose"],
        usage=document["description"]["usage"],
        known_faults=own["knownFaults"],
        deletion=own["deletion"],
        grain=table["dataGranularityDescription"],
        delivery=tuple(own["delivery"]),
        history=own["history"],
        forms=tuple(own["forms"]),
        encodings=tuple(own["encodings"]),
        sheet=table_own.get("sheet"),
        skip_rows=tuple(table_own["skipRows"]),
        quarantine_context=tuple(table_own["quarantineContext"]),
        rows_from=table_own.get("rowsFrom"),
        test_columns=tuple(table_own.get("testColumns", ())),
        ordered=tuple((earlier, later) for earlier, later in table_own.get("ordered", ())),
        authorisation=_authorisation(table_own.get("authorisation")),
        due=tuple(_due(sla) for sla in document.get("slaProperties", ())),
        rules=tuple(_rule(rule) for rule in table["quality"]),
        chinese=own["chinese"],
        corrections=tuple(own["corrections"]),
        columns=tuple(_column(prop, path.name) for prop in table["properties"]),
    )


@functools.cache
def _validator() -> jsonschema_rs.Draft201909Validator:
    schema = (
        importlib.resources.files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8")
    )
    return jsonschema_rs.Draft201909Validator(json.loads(schema))


def _custom(holder: dict[str, Any], known: set[str], where: str) -> dict[str, Any]:
    found = {entry["property"]: entry["value"] for entry in holder.get("customProperties", [])}
    for name in found.keys() - known:
        raise ContractError(
            "a contract has a custom property nobody reads", where=where, expected=", ".join(sorted(known)), found=name
        )
    return found


def _column(prop: dict[str, Any], file: str) -> Column:
    own = _custom(prop, COLUMN_PROPERTIES, f"{file}: {prop['name']}")
    if own.get("role") not in (None, *ROLES):
        raise ContractError(
            "a column has an unknown role",
            where=f"{file}: {prop['name']}",
            expected=", ".join(ROLES),
            found=own["role"],
        )
    codes: dict[str, str] = {}
    labels: dict[str, str] = {}
    for entry in prop.get("enum", []):
        labels[entry["value"]] = entry["label"]
        accepted = [entry["value"], entry["label"]]
        for extra in entry.get("customProperties", []):
            accepted += extra["value"]
        for form in accepted:
            if codes.setdefault(form, entry["value"]) != entry["value"]:
                raise ContractError("a code list is ambiguous", where=f"{file}: {prop['name']}", found=form)
    options = prop.get("logicalTypeOptions", {})
    return Column(
        name=prop["name"],
        header=prop["physicalName"],
        label=prop["businessName"],
        synonyms=tuple(entry["synonym"] for entry in prop.get("synonyms", [])),
        logical_type=prop["logicalType"],
        physical_type=prop["physicalType"],
        required=prop["required"],
        classification=prop["classification"],
        description=prop["description"],
        role=own.get("role"),
        encrypted_name=prop.get("encryptedName"),
        keep=own.get("keep", True),
        key_position=prop.get("primaryKeyPosition"),
        codes=codes,
        labels=labels,
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        open_ended=tuple(own.get("openEnded", ())),
        unit_from=own.get("unitFrom"),
        typical_median=tuple(own["typicalMedian"]) if "typicalMedian" in own else None,
        may_lie_ahead=own.get("mayLieAhead", False),
        area_scheme=own.get("areaScheme", "statistical"),
    )


def _authorisation(names: dict[str, str] | None) -> Authorisation | None:
    return Authorisation(names["id"], names["until"], names["at"]) if names else None


def _due(sla: dict[str, Any]) -> Due:
    own = {entry["property"]: entry["value"] for entry in sla["customProperties"]}
    return Due(own["kind"], own["period"], own["dueDay"], own["dueFrom"])


def _rule(rule: dict[str, Any]) -> Rule:
    between = rule.get("mustBeBetween")
    return Rule(
        name=rule["name"],
        dimension=rule["dimension"],
        severity=rule["severity"],
        business_impact=rule["businessImpact"],
        description=rule["description"],
        metric=rule.get("metric"),
        at_most=rule.get("mustBeLessOrEqualTo"),
        between=(between[0], between[1]) if between else None,
    )
