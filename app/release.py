"""What is being shown: the published build, its gate results and what became of the last refresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app import queries
from warehouse import areas, paths, publishing
from warehouse.errors import MissingBuild
from warehouse.inputs import RECEIPT_FILE

UNMATCHED_TOWN = ""
FAILED = ("failed", "interrupted")


@dataclass(frozen=True)
class Check:
    """One rule of the build gate and how it ended: passed, failed or errored."""

    rule_id: str
    title_zh: str
    title_en: str
    dimension: str
    severity: str
    owner_zh: str
    owner_en: str
    metrics: tuple[str, ...]
    feed_id: str
    status: str
    failing_count: int

    @property
    def has_passed(self) -> bool:
        """Passed, or with nothing to judge in this build; an error counts as a failure."""
        return self.status in ("passed", "not_applicable")

    def title(self, lang: str) -> str:
        """The rule's title in 'zh' or 'en'."""
        return self.title_zh if lang == "zh" else self.title_en

    def owner(self, lang: str) -> str:
        """Who answers for the rule."""
        return self.owner_zh if lang == "zh" else self.owner_en


@dataclass(frozen=True)
class Attempt:
    """The last refresh, when it did not end in a published build."""

    started_at: datetime
    stage: str
    exit_code: int | None
    message: str


@dataclass(frozen=True)
class Release:
    """The build that every page shows, and the scope of towns that the reader may see."""

    build_id: str
    path: str
    as_of: date
    weeks: tuple[date, ...]
    made_at: datetime
    scope: tuple[str, ...]
    towns: tuple[str, ...]
    checks: tuple[Check, ...]
    failed_attempt: Attempt | None = None

    @property
    def failing(self) -> tuple[Check, ...]:
        """The checks that did not pass, blocking ones first; information is only recorded and doesn't count."""
        order = {"critical": 0, "warning": 1}
        found = [check for check in self.checks if not check.has_passed and check.severity in order]
        return tuple(sorted(found, key=lambda check: order[check.severity]))

    @property
    def town_codes(self) -> tuple[str, ...]:
        """The towns in scope that have data."""
        return tuple(code for code in self.scope if code in self.towns)

    def is_touched(self, metric_id: str) -> bool:
        """Whether a failing check touches the metric, so that its number carries the mark ※."""
        return any(metric_id in check.metrics for check in self.failing)


def published() -> Release:
    """The published build as the pages need it.

    Raises: MissingBuild when nothing has been published yet.
    """
    home = paths.home()
    build = publishing.current_build(home)
    if build is None:
        raise MissingBuild("nothing has been published yet", where=str(home.published), remedy="make demo")
    folder = str(build.path.resolve())
    run = queries.run(folder)
    return Release(
        build_id=build.id,
        path=folder,
        as_of=run["as_of"],
        weeks=run["weeks"],
        made_at=made_at(build),
        scope=(*(area.area_code for area in areas.towns()), UNMATCHED_TOWN),
        towns=run["towns"],
        checks=tuple(check(entry) for entry in publishing.gate_results(home, build.id)),
        failed_attempt=failed_attempt(publishing.last_attempt(home)),
    )


def check(entry: dict[str, Any]) -> Check:
    """One entry of a gate's results as a fact."""
    return Check(
        rule_id=entry["rule_id"],
        title_zh=entry["title_zh"],
        title_en=entry["title_en"],
        dimension=entry["dimension"],
        severity=entry["severity"],
        owner_zh=entry["owner_zh"],
        owner_en=entry["owner_en"],
        metrics=tuple(entry["metrics"]),
        feed_id=entry["feed_id"],
        status=entry["status"],
        failing_count=int(entry["failing_count"]),
    )


def made_at(build: publishing.Build) -> datetime:
    """When the receipt was written, in the district's time."""
    return datetime.fromtimestamp((build.path / RECEIPT_FILE).stat().st_mtime, ZoneInfo("Asia/Shanghai"))


def failed_attempt(attempt: dict[str, Any] | None) -> Attempt | None:
    """The last refresh if it failed or was interrupted; none when it published or found nothing new, or still runs."""
    if attempt is None or attempt["outcome"] not in FAILED:
        return None
    started = datetime.fromisoformat(attempt["started_at"]).astimezone(ZoneInfo("Asia/Shanghai"))
    return Attempt(started, attempt["stage"], attempt["exit_code"], attempt["message"])
