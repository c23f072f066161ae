"""What became of one file, as facts: its contract, headers, rows, findings, refusals. No value of a person in clear.

In: quarantine frames, manifests, bindings. Out: `Explanation`, which explain.py puts into words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from warehouse.contracts import Feed

ROWS_NAMED = 5
VALUES_SHOWN = 2
# How a manifest's warnings begin, and the code of the text that explains them.
REMARKS = {
    "extra column kept out": "extra_column",
    "encoding not agreed": "encoding_not_agreed",
    "merged cells filled": "merged_cells",
    "unit_corrected": "unit_corrected",
    "footer_total_differs": "footer_total_differs",
}


@dataclass
class Finding:
    """Rows of one file that break one rule in one column: how many, the first row numbers, values as quarantine masks them."""

    rule: str
    column_name: str
    count: int = 0
    rows: list[int] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Near:
    """A contract that a file without a telling name may mean: mandatory headers found and missing."""

    feed_id: str
    found: int
    required: int
    missing: str


@dataclass
class Explanation:
    """Everything to be told about one file. `state`: dry, ingested, refused or landed. `fault`: kind and place of ours."""

    file: str
    size_bytes: int
    sha256: str
    state: str = "dry"
    batch_id: str = ""
    received_at: str = ""
    others: int = 0
    feed_id: str | None = None
    is_assumed: bool = False
    near: list[Near] = field(default_factory=list)
    period: str = ""
    batch_no: int = 0
    kind: str = ""
    encoding: str | None = None
    headers: dict[str, str] | None = None
    extra: list[str] = field(default_factory=list)
    rows_read: int | None = None
    rows_accepted: int = 0
    rows_quarantined: int = 0
    findings: list[Finding] = field(default_factory=list)
    flags: dict[str, int] = field(default_factory=dict)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    declared_rows: int | None = None
    declared_totals: list[str] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    fault: str | None = None


class Tally:
    """Findings and flags of a file, gathered chunk by chunk."""

    def __init__(self) -> None:
        self._findings: dict[tuple[str, str], Finding] = {}
        self.flags: Counter[str] = Counter()

    def add(self, quarantined: pl.DataFrame) -> None:
        """Take in refused rows (rule, column_name, _row_number, masked_value)."""
        groups = quarantined.group_by("rule", "column_name", maintain_order=True).agg(
            pl.len().alias("count"),
            pl.col("_row_number").head(ROWS_NAMED).alias("rows"),
            pl.col("masked_value").drop_nulls().unique(maintain_order=True).head(VALUES_SHOWN).alias("shown"),
        )
        for rule, column, count, rows, shown in groups.iter_rows():
            finding = self._findings.setdefault((rule, column or ""), Finding(rule, column or ""))
            finding.count += count
            finding.rows = (finding.rows + rows)[:ROWS_NAMED]
            finding.shown = list(dict.fromkeys(finding.shown + shown))[:VALUES_SHOWN]

    def add_flags(self, flags: pl.Series) -> None:
        """Take in the comma-joined marks of accepted rows."""
        marks = flags.filter(flags != "").str.split(",").explode()
        self.flags.update(marks.drop_nulls().to_list())

    def findings(self) -> list[Finding]:
        """All findings, the most frequent first."""
        return sorted(self._findings.values(), key=lambda finding: (-finding.count, finding.rule, finding.column_name))


def remarks_of(warnings: Iterable[str]) -> list[tuple[str, str]]:
    """A manifest's warnings as (code of the text, detail)."""
    found = []
    for warning in warnings:
        start, _, detail = warning.partition(": ")
        found.append((REMARKS.get(start, start), detail))
    return found


def absent_headers(feed: Feed, bound: Mapping[str, Any]) -> list[str]:
    """Headers of agreed columns that a file doesn't have; `bound`: header as written to column name."""
    names = set(bound.values())
    return [column.header for column in feed.columns if column.name not in names]


def renamed_headers(feed: Feed, bound: Mapping[str, str]) -> list[tuple[str, str]]:
    """Headers that were found under another name, as (written, agreed)."""
    return [
        (written, feed.column(name).header) for written, name in bound.items() if written != feed.column(name).header
    ]
