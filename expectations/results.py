"""What a gate writes down: one plain row a rule, with counts and row references, never a value.

In: outcomes. Out: the rows of `gate.json` and of the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from expectations.rules import Rule

if TYPE_CHECKING:
    from expectations.engine import Outcome

MOST_FINDINGS = 20


class Row(NamedTuple):
    """One subject that breaks a rule: a batch id, a week, an area or a table, and how many of its rows."""

    subject: str
    failing: int
    examined: int


def describe_outcome(gate: str, outcome: Outcome) -> dict[str, Any]:
    """One outcome as a row, counted in rows."""
    return describe(
        gate, outcome.rule, outcome.severity, outcome.status, outcome.examined, outcome.failing, outcome.findings
    )


def describe(
    gate: str, rule: Rule, severity: str, status: str, examined: int, failing: int, findings: Sequence[Row]
) -> dict[str, Any]:
    """A rule and what became of it as a row; the worst findings only."""
    worst = sorted(findings, key=lambda row: (-row.failing, row.subject))[:MOST_FINDINGS]
    return {
        "gate": gate,
        "rule_id": rule.rule_id,
        "feed_id": rule.feed_id,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "owner_zh": rule.owner_zh,
        "owner_en": rule.owner_en,
        "dimension": rule.dimension,
        "severity": severity,
        "table": rule.table,
        "metrics": list(rule.metrics),
        "status": status,
        "examined_count": examined,
        "failing_count": failing,
        "findings": [row._asdict() for row in worst],
    }


def count(results: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Results by what they mean (rules)."""
    counts = {"critical_failed": 0, "warning_failed": 0, "info_failed": 0, "passed": 0, "not_applicable": 0}
    for result in results:
        counts[f"{result['severity']}_failed" if is_bad(result) else result["status"]] += 1
    return counts


def is_bad(result: dict[str, Any]) -> bool:
    """Whether a rule has failed or could not run."""
    return result["status"] in ("failed", "errored")
