"""The six figures about the data: checks, feeds on time, rows read, quarantined, refused files, unknown alerts."""

from __future__ import annotations

import polars

from app import facts, fmt, queries
from app.context import Context
from app.parts.kpi import Card
from app.queries import Selection


def cards(context: Context) -> list[Card]:
    """Each with what it is made of."""
    text, release = context.text, context.release
    failing = release.failing
    blocking = sum(check.severity == "critical" for check in failing)
    feeds = queries.feeds(context.build)
    late = int(feeds["is_late"].sum())
    rows = queries.rows_by_feed(context.build)
    read, accepted = queries.total(rows, "rows_read_count"), queries.total(rows, "rows_accepted_count")
    quarantined = queries.total(rows, "rows_quarantined_count")
    by_rule = queries.quarantine_by_rule(context.build)
    harmless = queries.total(by_rule.filter(polars.col("severity") == "info"), "rows_count")
    refused = queries.refusals(context.build)
    held = queries.batches(context.build).filter(polars.col("verdict") == "held").height
    alerts = queries.alerts(context.build, context.scope, Selection(week=release.weeks[0]))
    counted = facts.count_alerts(alerts, release.weeks[0])
    worst = feeds.sort("days_late_count", descending=True).row(0, named=True) if late else None
    return [
        Card(
            "checks",
            text("qcard.checks"),
            f"{fmt.count(len(release.checks) - len(failing))}/{fmt.count(len(release.checks))}",
            None,
            None,
            (text("qcard.checks_split", blocking=blocking, warning=len(failing) - blocking), text("qcard.checks_rule")),
        ),
        Card(
            "feeds",
            text("qcard.feeds"),
            f"{feeds.height - late}/{feeds.height}",
            None,
            None,
            (
                text("qcard.late", n=late),
                text("qcard.worst", n=worst["days_late_count"]) if worst else text("qcard.none_late"),
            ),
        ),
        Card(
            "read",
            text("qcard.read"),
            fmt.count(read),
            None,
            None,
            (
                text("qcard.split", accepted=fmt.count(accepted), quarantined=fmt.count(quarantined)),
                text("qcard.adds" if read == accepted + quarantined else "qcard.adds_not"),
            ),
        ),
        Card(
            "quarantined",
            text("qcard.quarantined"),
            fmt.count(quarantined),
            None,
            None,
            (
                text("qcard.share", share=fmt.percent(quarantined / read if read else None, 2)),
                text("qcard.harmless", n=fmt.count(harmless)),
            ),
        ),
        Card(
            "refused",
            text("qcard.refused"),
            fmt.count(refused.height),
            None,
            None,
            (text("qcard.refused_words"), text("qcard.held", n=held)),
        ),
        Card(
            "unknown",
            text("qcard.unknown"),
            fmt.count(counted.unknown),
            None,
            None,
            (text("qcard.unknown_words"), text("qcard.of_open", n=fmt.count(counted.open))),
        ),
    ]
