"""The rows of the tables about deliveries in the schema `lake`: batches, refusals, expected deliveries, feeds.

In: contracts, manifests, verdicts, sidecars. Out: plain rows, so that a build's id can be taken from them
before any database is opened. All times are the district's wall clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from warehouse.contracts import Feed
from warehouse.deliveries import expected_deliveries, period_bounds
from warehouse.errors import ContractError
from warehouse.journal import Verdict
from warehouse.manifests import Manifest, read_sidecars
from warehouse.paths import Home

CLOCK = ZoneInfo("Asia/Shanghai")
WINDOW_DAYS = 371  # 53 weeks: the matrix of deliveries shows a year and the week that closes it
PERIOD_UNITS = ("day", "week", "month", "quarter", "halfyear", "event")
ARRIVED = ("on_time", "late")


class BatchRow(NamedTuple):
    """One row per batch whose period has begun (rows, bytes)."""

    batch_id: str
    feed_id: str
    period: str
    period_end: date
    batch_no: int
    kind: str
    file: str
    sha256: str
    size_bytes: int
    form: str
    encoding: str | None
    received_at: datetime
    sent_at: datetime | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    declared_row_count: int | None
    contract_version: str
    headers_extra: str
    file_warnings: str
    verdict: str
    verdict_reasons: str
    warnings_count: int
    is_in_force: bool


class FlagRow(NamedTuple):
    """One row per batch and mark that rows of it carry (rows)."""

    feed_id: str
    batch_id: str
    flag: str
    rows_count: int


class RefusalRow(NamedTuple):
    """One row per refused file."""

    feed_id: str
    file: str
    period: str
    reason: str
    message: str
    remedy: str
    received_at: datetime | None
    sent_at: datetime | None


class DeliveryRow(NamedTuple):
    """One row per delivery that a contract promised in the last 53 weeks."""

    feed_id: str
    kind: str
    period: str
    period_end_date: date
    due_date: date
    state: str
    delivered_at: datetime | None


class FeedRow(NamedTuple):
    """One row per feed under contract: what it has, what it owes."""

    feed_id: str
    feed_code: str
    name_zh: str
    name_en: str
    bureau_zh: str
    steward_zh: str
    priority: str
    history: str
    frequency: str
    last_period: str | None
    last_period_end_date: date | None
    last_sent_at: datetime | None
    due_period: str | None
    due_period_end_date: date | None
    due_date: date | None
    days_late_count: int
    is_late: bool
    batches_count: int
    held_count: int
    refused_count: int


class RunRow(NamedTuple):
    """One row: the as-of date and the Sunday on or before it."""

    as_of_date: date
    week_end_date: date


def batch_row(batch: Manifest, verdict: Verdict, is_in_force: bool) -> BatchRow:
    """What the lake's tables say of one batch."""
    return BatchRow(
        batch_id=batch.batch_id,
        feed_id=batch.feed_id,
        period=batch.period,
        period_end=batch.period_end,
        batch_no=batch.batch_no,
        kind=batch.kind,
        file=batch.file,
        sha256=batch.sha256,
        size_bytes=batch.size_bytes,
        form=batch.form,
        encoding=batch.encoding,
        received_at=wall_clock(batch.received_at),
        sent_at=wall_clock(batch.sent_at) if batch.sent_at else None,
        rows_read=batch.rows_read,
        rows_accepted=batch.rows_accepted,
        rows_quarantined=batch.rows_quarantined,
        declared_row_count=batch.declared_row_count,
        contract_version=batch.contract_version,
        headers_extra=",".join(batch.headers_extra),
        file_warnings=",".join(batch.warnings),
        verdict=verdict.verdict,
        verdict_reasons=",".join(verdict.reasons),
        warnings_count=verdict.warnings_count,
        is_in_force=is_in_force,
    )


def flag_rows(batches: Iterable[Manifest]) -> list[FlagRow]:
    """The marks of the accepted rows of some batches, from their manifests."""
    return sorted(
        FlagRow(batch.feed_id, batch.batch_id, flag, count) for batch in batches for flag, count in batch.flags.items()
    )


def refusal_rows(home: Home, as_of: date) -> list[RefusalRow]:
    """Every refused file of landing whose period has begun, or whose name tells no period."""
    found = []
    for folder, sidecar in read_sidecars(home):
        refusal = sidecar.get("refusal")
        if sidecar.get("status") != "refused" or not refusal:
            continue
        parts = str(sidecar["file"]).rsplit(".", 1)[0].split("__")
        period = parts[2] if len(parts) == 4 else ""
        if _has_begun(period, as_of):
            found.append(
                RefusalRow(
                    feed_id=f"{folder.parent.parent.name}__{folder.parent.name}",
                    file=sidecar["file"],
                    period=period,
                    reason=refusal.get("code", ""),
                    message=refusal.get("message", ""),
                    remedy=refusal.get("remedy", ""),
                    received_at=_moment(sidecar.get("received_at")),
                    sent_at=_moment(sidecar.get("sent_at")),
                )
            )
    return sorted(found, key=str)


def delivery_rows(
    feeds: Iterable[Feed], batches: Sequence[BatchRow], refusals: Sequence[RefusalRow], as_of: date
) -> list[DeliveryRow]:
    """Each delivery that fell due in the window up to the day after the as-of date, and what became of it.

    A kind of delivery is expected from the first one that ever came.
    """
    arrived: dict[tuple[str, str, str], list[BatchRow]] = {}
    first: dict[tuple[str, str], date] = {}
    for batch in batches:
        arrived.setdefault((batch.feed_id, batch.kind, batch.period), []).append(batch)
        place = (batch.feed_id, batch.kind)
        first[place] = min(batch.period_end, first.get(place, batch.period_end))
    refused = {(row.feed_id, row.period) for row in refusals}
    since = as_of - timedelta(days=WINDOW_DAYS)
    rows = []
    for feed in feeds:
        for promised in expected_deliveries(feed, since, as_of + timedelta(days=1)):
            if promised.period_end < first.get((feed.feed_id, promised.kind), since):
                continue
            here = arrived.get((feed.feed_id, promised.kind, promised.period), [])
            state, at = _state(here, promised.due, (feed.feed_id, promised.period) in refused)
            rows.append(
                DeliveryRow(feed.feed_id, promised.kind, promised.period, promised.period_end, promised.due, state, at)
            )
    return rows


def feed_row(
    feed: Feed,
    batches: Sequence[BatchRow],
    refusals: Sequence[RefusalRow],
    deliveries: Sequence[DeliveryRow],
    as_of: date,
) -> FeedRow:
    """A feed's newest batch in force, and the delivery it owes: the oldest of those absent up to today.

    A gap that a later delivery of the kind has followed doesn't make the feed late. Looked at after the day
    on which the week's deliveries are due, so a delivery due that day and absent is one day late.
    """
    mine = [batch for batch in batches if batch.feed_id == feed.feed_id]
    newest = max((b for b in mine if b.is_in_force), key=lambda b: (b.period_end, b.batch_no, b.batch_id), default=None)
    absent: list[DeliveryRow] = []
    latest: list[DeliveryRow] = []
    for kind in sorted({due.kind for due in feed.due}):
        due = [row for row in deliveries if row.feed_id == feed.feed_id and row.kind == kind]
        trailing = next((place for place, row in enumerate(reversed(due)) if row.state in ARRIVED), len(due))
        absent += due[len(due) - trailing :][:1]
        latest += due[-1:]
    owed = min(absent, key=_due) if absent else max(latest, key=_due, default=None)
    return FeedRow(
        feed_id=feed.feed_id,
        feed_code=feed.code,
        name_zh=feed.name_zh,
        name_en=feed.name_en,
        bureau_zh=feed.bureau_zh,
        steward_zh=feed.steward,
        priority=feed.priority,
        history=feed.history,
        frequency=min((due.period for due in feed.due), key=PERIOD_UNITS.index, default="event"),
        last_period=newest.period if newest else None,
        last_period_end_date=newest.period_end if newest else None,
        last_sent_at=(newest.sent_at or newest.received_at) if newest else None,
        due_period=owed.period if owed else None,
        due_period_end_date=owed.period_end_date if owed else None,
        due_date=owed.due_date if owed else None,
        days_late_count=(as_of + timedelta(days=2) - owed.due_date).days if absent and owed else 0,
        is_late=bool(absent),
        batches_count=len(mine),
        held_count=Counter(batch.verdict for batch in mine)["held"],
        refused_count=sum(row.feed_id == feed.feed_id for row in refusals),
    )


def run_row(as_of: date) -> RunRow:
    """The dates of a build."""
    return RunRow(as_of, as_of - timedelta(days=as_of.isoweekday() % 7))


def wall_clock(moment: datetime) -> datetime:
    """A moment as the clock in the district showed it, to the second, without a zone."""
    local = moment.astimezone(CLOCK).replace(tzinfo=None) if moment.tzinfo else moment
    return local.replace(microsecond=0)


def _due(row: DeliveryRow) -> tuple[date, str]:
    return row.due_date, row.kind


def _state(batches: Sequence[BatchRow], due: date, is_refused: bool) -> tuple[str, datetime | None]:
    admitted = [batch.received_at for batch in batches if batch.verdict == "admitted"]
    if admitted:
        return ("on_time" if min(admitted).date() <= due else "late"), min(admitted)
    if batches:
        return "held", min(batch.received_at for batch in batches)
    return ("refused" if is_refused else "missing"), None


def _has_begun(period: str, as_of: date) -> bool:
    try:
        return period_bounds(period)[0] <= as_of
    except ContractError:
        return True  # a refused file may carry any name; then every build tells of it


def _moment(text: str | None) -> datetime | None:
    return wall_clock(datetime.fromisoformat(text)) if text else None
