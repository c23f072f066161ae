"""When each feed's deliveries are due, and which batches of a feed are in force.

In: contracts and manifests. Out: periods with their due dates, and the batch ids that a build reads.
Pure: the clock is an argument, and the order in which files arrived plays no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.contracts import Due, Feed
from warehouse.errors import ContractError
from warehouse.manifests import Manifest

WEEK_DAYS = 7
MONTH_OF_QUARTER = 3
# Schools send after the enrolment of each term.
TERM_MONTHS = (3, 10)


@dataclass(frozen=True)
class Expected:
    """One delivery that a contract promises."""

    feed_id: str
    kind: str
    period: str
    period_end: date
    due: date


def period_bounds(period: str) -> tuple[date, date]:
    """First and last day of a period as files name it: YYYYMM, YYYYQn, or YYYYMMDD for the week that ends there.

    Raises: ContractError for any other form.
    """
    try:
        if len(period) == 6 and period[4] == "Q":
            first_month = MONTH_OF_QUARTER * (int(period[5]) - 1) + 1
            start = date(int(period[:4]), first_month, 1)
            return start, _next_month(date(start.year, first_month + MONTH_OF_QUARTER - 1, 1)) - timedelta(days=1)
        if len(period) == 6:
            start = date(int(period[:4]), int(period[4:]), 1)
            return start, _next_month(start) - timedelta(days=1)
        end = date(int(period[:4]), int(period[4:6]), int(period[6:]))
        return end - timedelta(days=WEEK_DAYS - 1), end
    except ValueError:
        raise ContractError("a period is unreadable", expected="YYYYMM, YYYYQn or YYYYMMDD", found=period) from None


def expected_deliveries(feed: Feed, since: date, until: date) -> Iterator[Expected]:
    """The deliveries of a feed that fall due from `since` to `until`, both included, in the order of their due dates."""
    found = [
        Expected(feed.feed_id, due.kind, name, end, due_date(due, start, end))
        for due in feed.due
        for name, start, end in _periods(due.period, since - timedelta(days=130), until + timedelta(days=130))
    ]
    yield from sorted((e for e in found if since <= e.due <= until), key=lambda e: (e.due, e.kind, e.period))


def due_date(due: Due, start: date, end: date) -> date:
    """The last day on which a delivery is in time: day n of the period, or n days after its end."""
    return start + timedelta(days=due.day - 1) if due.counted_from == "start" else end + timedelta(days=due.day)


def in_force(batches: Iterable[Manifest], history: str) -> frozenset[str]:
    """Ids of the batches that a build reads, of one feed's admitted ones.

    keep: the newest full of every period, and every delta and append. latest: the newest full, and the
    deltas after it. Newest means (end of period, batch number), never arrival.
    """
    ordered = sorted(batches, key=_order)
    fulls = [batch for batch in ordered if batch.kind == "full"]
    parts = [batch for batch in ordered if batch.kind != "full"]
    if history == "keep":
        return frozenset({batch.period: batch.batch_id for batch in fulls}.values()) | {b.batch_id for b in parts}
    if not fulls:
        return frozenset(batch.batch_id for batch in parts)
    newest = fulls[-1]
    after = {b.batch_id for b in parts if (b.period_end, b.batch_no) > (newest.period_end, newest.batch_no)}
    return frozenset({newest.batch_id}) | after


def _order(batch: Manifest) -> tuple[date, int, str]:
    return batch.period_end, batch.batch_no, batch.batch_id


def _periods(unit: str, since: date, until: date) -> Iterator[tuple[str, date, date]]:
    if unit == "week":
        end = since + timedelta(days=(WEEK_DAYS - since.isoweekday()))
        while end <= until:
            yield end.strftime("%Y%m%d"), end - timedelta(days=WEEK_DAYS - 1), end
            end += timedelta(days=WEEK_DAYS)
        return
    if unit == "day":
        for day in range((until - since).days + 1):
            end = since + timedelta(days=day)
            yield end.strftime("%Y%m%d"), end, end
        return
    start = date(since.year, since.month, 1)
    while start <= until:
        if unit == "month" or (unit == "halfyear" and start.month in TERM_MONTHS):
            name = start.strftime("%Y%m")
            yield name, *period_bounds(name)
        elif unit == "quarter" and start.month % MONTH_OF_QUARTER == 1:
            name = f"{start.year}Q{start.month // MONTH_OF_QUARTER + 1}"
            yield name, *period_bounds(name)
        start = _next_month(start)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
