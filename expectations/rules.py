"""A rule as data: what it asks, of whom, how badly it matters, and the query that finds what breaks it.

In: `rules/intake.yml` and `rules/build.yml`. Out: `Rule`s. A rule's query returns (subject, examined, failing),
one row per subject; subjects are batch ids, weeks, areas or table names, never a value of a person.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from warehouse.contracts import Feed
from warehouse.errors import ContractError
from warehouse.metrics import load_metrics

FOLDER = Path(__file__).resolve().parent
DIMENSIONS = ("规范性", "完整性", "准确性", "一致性", "时效性", "可访问性")  # GB/T 36344
SEVERITIES = ("critical", "warning", "info")


@dataclass(frozen=True)
class Rule:
    """One check. `subjects` is the query for what must be examined; without it at least one row must be.

    `needs` names a database that may not be there yet (the release before the first); then the rule says so.
    """

    rule_id: str
    title_zh: str
    title_en: str
    owner_zh: str
    owner_en: str
    dimension: str
    severity: str
    table: str
    sql: str
    feed_id: str = ""
    subjects: str | None = None
    metrics: tuple[str, ...] = ()
    needs: str | None = None
    mutant: str = ""

    def __post_init__(self) -> None:
        for label, value, known in (("dimension", self.dimension, DIMENSIONS), ("severity", self.severity, SEVERITIES)):
            if value not in known:
                raise ContractError(
                    f"a rule has an unknown {label}", where=self.rule_id, expected=", ".join(known), found=value
                )


@functools.cache
def load_document(name: str) -> dict[str, Any]:
    """One file of rules; not to be changed by its reader."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one reads ten times as fast
    return dict(yaml.load((FOLDER / "rules" / name).read_text(encoding="utf-8"), Loader=loader))


def metrics_of(feed_id: str) -> tuple[str, ...]:
    """Ids of the metrics that rest on a feed: a warning about it marks them."""
    return tuple(metric.metric_id for metric in load_metrics().values() if feed_id in metric.feeds)


def quarantine_percent(feed: Feed) -> float:
    """The largest share of a delivery's rows that may be in quarantine, as its contract says (percent)."""
    return next(rule.at_most for rule in feed.rules if rule.metric == "invalidValues" and rule.at_most is not None)


def suite_version(parts: Iterable[str], *more: bytes) -> str:
    """12 hex digits over everything that decides a verdict: rule files, the code that runs them, contracts, GX."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() + b"\0" + (FOLDER / part).read_bytes() + b"\0")
    for content in more:
        digest.update(content + b"\0")
    return digest.hexdigest()[:12]
