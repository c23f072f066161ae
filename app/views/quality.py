"""Data quality, for the steward: was the build released, what arrived, what was refused, do the rows add up?"""

from __future__ import annotations

import polars
import streamlit as st

from app import fmt, queries
from app.charts.bars import draw_bars
from app.charts.matrix import draw_matrix
from app.context import Context, Headline
from app.parts import banner, deliveries, kpi, quality_cards
from app.parts.figure import show
from app.parts.section import note, section
from app.release import Check

MOST_REFUSALS = 5
MOST_FAILING = 6
MOST_FEEDS = 12
FEED_ROW = 52
SEVERITY_BADGES = {"critical": ("red", "✕"), "warning": ("yellow", "△")}


def headline(context: Context) -> Headline:
    """Released or not, and what readers see now."""
    text, lang, release = context.text, context.lang, context.release
    week = fmt.week(release.weeks[0], lang)
    warnings = len(release.failing)
    if release.failed_attempt is not None:
        title = text("quality.title_refused", week=week)
        attempt = release.failed_attempt
        fault = text(
            f"fault.exit_{attempt.exit_code or 0}"
            if text.has(f"fault.exit_{attempt.exit_code or 0}")
            else "fault.exit_1"
        )
        deck = text("quality.deck_refused", stage=banner.stage_name(context, attempt.stage), fault=fault, week=week)
    else:
        late = len(banner.late_names(context))
        title = text("quality.title_released", week=week, warnings=warnings, late=late)
        deck = text("quality.deck_released", week=week, build=release.build_id)
    return Headline(text("quality.kicker", build=release.build_id), title, deck)


def body(context: Context) -> None:
    """Cards; the matrix beside what failed; freshness; quarantine beside refusals; row identity."""
    kpi.row(context, quality_cards.cards(context))
    left, right = st.columns([7, 5], gap="large")
    with left:
        _draw_matrix(context)
    with right:
        _draw_failing(context)
        _draw_refusals(context)
    left, right = st.columns([7, 5], gap="large")
    with left:
        _draw_feeds(context)
    with right:
        _draw_quarantine(context)
    _draw_identity(context)


def _draw_matrix(context: Context) -> None:
    text = context.text
    matrix = deliveries.matrix(context)
    title = text("matrix.title", weeks=len(matrix.weeks), feeds=len(matrix.feeds), n=matrix.bad)
    with section("matrix", title, text("matrix.subtitle")):
        figure = draw_matrix(matrix.feeds, matrix.weeks, matrix.cells, context.tokens)
        show(context, "rows", figure, title, matrix.table(context))


def _draw_failing(context: Context) -> None:
    text, lang = context.text, context.lang
    failing = context.release.failing
    if not failing:
        with section("failing", text("failing.none"), text("failing.none_words", n=len(context.release.checks))):
            return
    shown = failing[:MOST_FAILING]
    with section("failing", text("failing.title", n=len(failing)), text("failing.subtitle")):
        st.table(
            {
                text("failing.level"): [_badge(context, check.severity) for check in shown],
                text("failing.check"): [_check_words(context, check) for check in shown],
                text("failing.owner"): [f"{check.owner(lang)} · {fmt.count(check.failing_count)}" for check in shown],
            },
            border="horizontal",
            hide_index=True,
        )
        if len(failing) > len(shown):
            note(text("failing.more", n=len(failing) - len(shown)))
        touched = banner.touched_names(context)
        note(text("failing.touched", metrics=fmt.names(touched, lang)) if touched else text("failing.untouched"))


def _check_words(context: Context, check: Check) -> str:
    words = banner.check_title(context, check)
    return f"{words} :gray[{check.dimension}]" if context.lang == "zh" else words


def _badge(context: Context, severity: str) -> str:
    color, mark = SEVERITY_BADGES.get(severity, ("gray", "·"))
    return f":{color}-badge[{mark} {context.text(f'check.{severity}')}]"


def _draw_refusals(context: Context) -> None:
    text, lang = context.text, context.lang
    refused = queries.refusals(context.build)
    if refused.is_empty():
        with section("refused", text("refused.none"), text("refused.none_words")):
            return
    names = deliveries.feed_names(context)
    with section("refused", text("refused.title", n=refused.height), text("refused.subtitle")):
        for number, row in enumerate(refused.head(MOST_REFUSALS).iter_rows(named=True)):
            name, reason = names.get(row["feed_id"], row["feed_id"]), deliveries.reason_words(context, row)
            with st.container(key=f"hair_refused_{number}", gap=None):
                st.markdown(
                    f":red-badge[✕] **{name} {row['period']}** {reason}  \n:small[:gray[{row['file_name']} · {fmt.day(row['sent_at'], lang)}]]"
                )
        if refused.height > MOST_REFUSALS:
            note(text("refused.more", n=refused.height - MOST_REFUSALS))


def _draw_feeds(context: Context) -> None:
    text, lang = context.text, context.lang
    feeds = queries.feeds(context.build)
    late = int(feeds["is_late"].sum())
    title = text("feeds.title_late", n=late, of=feeds.height) if late else text("feeds.title", n=feeds.height)
    with section("feeds", title, text("feeds.subtitle")):
        first = feeds.sort("is_late", descending=True, maintain_order=True).head(MOST_FEEDS)
        rows = list(first.iter_rows(named=True))
        st.table(
            {
                text("feeds.feed"): [deliveries.feed_words(context, row) for row in rows],
                text("feeds.last"): [
                    text(
                        "feeds.last_words",
                        end=fmt.day(row["last_period_end_date"], lang),
                        sent=fmt.day(row["last_sent_at"], lang),
                    )
                    for row in rows
                ],
                text("feeds.state"): [deliveries.state_words(context, row) for row in rows],
            },
            border="horizontal",
            hide_index=True,
        )
        if feeds.height > first.height:
            note(text("feeds.more", n=feeds.height - first.height))


def _draw_quarantine(context: Context) -> None:
    text = context.text
    found = queries.quarantine_by_rule(context.build)
    total = queries.total(found, "rows_count")
    if not total:
        with section("quarantine", text("quarantine.none"), text("quarantine.subtitle")):
            return
    rows = list(found.iter_rows(named=True))
    names = [deliveries.rule_name(context, row["rule"]) for row in rows]
    title = text("quarantine.title", n=fmt.count(total), rule=names[0], top=fmt.count(rows[0]["rows_count"]))
    tokens = context.tokens
    colors = [tokens.ghost if row["severity"] == "info" else tokens.accent for row in rows]
    hovers = [
        text("quarantine.hover", rule=name, n=fmt.count(row["rows_count"]), feeds=row["feeds_count"])
        for name, row in zip(names, rows, strict=True)
    ]
    table = found.with_columns(polars.Series(text("table.reason"), names)).select(
        text("table.reason"),
        polars.col("rule").alias(text("table.rule")),
        polars.col("rows_count").alias(text("table.rows")),
        polars.col("feeds_count").alias(text("table.feeds")),
    )
    with section("quarantine", title, text("quarantine.subtitle")):
        figure = draw_bars(
            names,
            [row["rows_count"] for row in rows],
            colors,
            hovers,
            tokens,
            FEED_ROW * min(MOST_FEEDS, queries.feeds(context.build).height),
        )
        show(context, "quarantine", figure, title, table)


def _draw_identity(context: Context) -> None:
    text = context.text
    frame = queries.rows_by_feed(context.build)
    names = deliveries.feed_names(context)
    read, residual = queries.total(frame, "rows_read_count"), int(frame["residual_count"].abs().sum())
    title = (
        text("identity.title", n=fmt.count(read)) if not residual else text("identity.title_off", n=fmt.count(residual))
    )
    table = frame.select(
        polars.col("feed_id").replace(names).alias(text("table.feed")),
        polars.col("batches_count").alias(text("table.batches")),
        polars.col("rows_read_count").alias(text("table.read")),
        polars.col("rows_accepted_count").alias(text("table.accepted")),
        polars.col("rows_quarantined_count").alias(text("table.quarantined")),
        polars.col("residual_count").alias(text("table.residual")),
    )
    with section("identity", title, text("identity.subtitle")):
        sums = table.select(
            polars.lit(f"**{text('table.total')}**").alias(table.columns[0]), polars.col(table.columns[1:]).sum()
        )
        shown = polars.concat([sums, table]).to_pandas() if table.height <= MOST_FEEDS else sums.to_pandas()
        st.table(shown.style.format(fmt.count, subset=list(table.columns[1:])), border="horizontal", hide_index=True)
        if table.height > MOST_FEEDS:
            st.dataframe(table, hide_index=True, width="stretch", alt=title)
