"""The week on one page, for the district's leadership: what to look at first, six figures, reasons, towns."""

from __future__ import annotations

from dataclasses import replace

import polars
import streamlit as st

from app import facts, fmt, queries
from app.context import Context, Headline
from app.parts import board, exceptions, kpi, people, week_cards
from app.parts.section import note, section
from app.queries import Selection

# With so few rows the bridge stands under the leaderboard, so that both columns end together.
FEW_TOWNS = 12


def of_district(context: Context) -> Context:
    """The same page for the whole district: this page shows a week, never a part of the district."""
    return replace(context, selection=Selection(week=context.selection.week))


def headline(context: Context) -> Headline:
    """The finding of the week with its numbers, and where the change comes from."""
    context = of_district(context)
    text, lang, week = context.text, context.lang, context.selection.week
    series = queries.people_by_week(context.build, context.scope, context.selection)
    change = facts.by_week(series, "persons_count", week)
    alerts = facts.count_alerts(queries.alerts(context.build, context.scope, context.selection), week)
    step = change.step or 0
    direction = "up" if step > 0 else ("down" if step < 0 else "same")
    ending = "overdue" if alerts.overdue else ("open" if alerts.open else "none")
    title = text(f"week.title_{direction}", n=fmt.count(change.now), change=fmt.count(abs(step)))
    title += text(f"week.title_{ending}", overdue=fmt.count(alerts.overdue), open=fmt.count(alerts.open))
    return Headline(
        text("week.kicker", n=week.isocalendar()[1], year=week.year, span=fmt.week_span(week, lang)),
        title,
        deck(context, alerts),
    )


def deck(context: Context, alerts: facts.AlertCount) -> str:
    """Two or three sentences: where the change comes from, where the alerts are, how the money went."""
    text, lang = context.text, context.lang
    moves = queries.flows(context.build, context.scope, context.selection)
    sentences = [
        text(
            "week.deck_moves",
            entered=fmt.count(moves["entered_count"]),
            exited=fmt.count(moves["exited_count"]),
            died=fmt.count(moves["died_count"]),
        )
    ]
    if alerts.open:
        towns = fmt.names([context.name(code) for code in alerts.towns], lang)
        sentences.append(
            text("week.deck_alerts", towns=towns, open=fmt.count(alerts.open), red=fmt.count(alerts.by_severity["R"]))
        )
    payments = queries.payments_by_month(context.build, context.scope, context.selection)
    last = facts.last_row(payments)
    if last:
        sentences.append(
            text(
                "week.deck_money",
                month=fmt.month(last["benefit_month"], lang),
                amount=fmt.money(last["paid_yuan"], lang),
                rate=fmt.percent(last["on_time_rate"]),
            )
        )
    return "".join(sentences) if lang == "zh" else " ".join(sentences)


def body(context: Context) -> None:
    """Exceptions, cards, then two columns of reasons and towns."""
    context = of_district(context)
    exceptions.draw(context)
    st.space("xsmall")
    kpi.row(context, week_cards.cards(context))
    towns = queries.people_by_area(context.build, context.scope, context.selection)
    left, right = st.columns([7, 5], gap="large")
    with left:
        people.draw_trend_section(context)
    with right:
        people.draw_layers_section(context)
    left, right = st.columns([7, 5], gap="large")
    with left:
        draw_board(context, towns)
        if towns.height <= FEW_TOWNS:
            people.draw_bridge_section(context)
    with right:
        people.draw_seats_section(context, towns)
        if towns.height > FEW_TOWNS:
            people.draw_bridge_section(context)


def draw_board(context: Context, towns: polars.DataFrame) -> None:
    """Every town by its share, with its net change and its alerts."""
    text = context.text
    alerts = queries.alerts(context.build, context.scope, context.selection)
    ranked = facts.ranked(towns, "share")
    if not ranked:
        with section("board", text("board.none"), text("board.subtitle")):
            note(text("empty.rows"))
        return
    title = text(
        "board.title",
        top=context.name(ranked[0]["area_code"]),
        high=fmt.percent(ranked[0]["share"]),
        bottom=context.name(ranked[-1]["area_code"]),
        low=fmt.percent(ranked[-1]["share"]),
    )
    with section("board", title, text("board.subtitle", n=len(ranked))):
        board.draw_share(context, towns, facts.alerts_by_town(alerts), title)
