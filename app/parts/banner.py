"""The quality status in front of every page: may this number be trusted today, and if not, what is shown instead."""

from __future__ import annotations

import polars
import streamlit as st

from app import fmt, queries, state
from app.context import Context
from app.release import Check
from warehouse.metrics import load_metrics


def draw(context: Context) -> None:
    """One badge and one sentence; plain muted text when everything is fine."""
    for parameter in context.dropped:
        st.markdown(f":small[:gray[{context.text('notice.dropped', parameter=parameter)}]]")
    kind, badge, sentence = status(context)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="banner"):
        if kind == "fine":
            st.markdown(f":small[:gray[{sentence}]]")
            return
        st.markdown(f":{kind}-badge[{badge}] {sentence}")
        if st.session_state.get(state.PAGE) != "quality":
            state.draw_link("quality", context.text("banner.look"))


def status(context: Context) -> tuple[str, str, str]:
    """The kind (fine, yellow, orange, red), the badge and the sentence; the gravest that applies."""
    text, lang, release = context.text, context.lang, context.release
    attempt = release.failed_attempt
    if attempt is not None:
        stage = stage_name(context, attempt.stage)
        shown = fmt.week(release.weeks[0], lang)
        day = fmt.moment(attempt.started_at, lang)
        return "red", text("banner.red", week=shown), text("banner.red_why", day=day, stage=stage, week=shown)
    names = late_names(context)
    failing = release.failing
    if names:
        sentence = text("banner.late_why", feeds=fmt.names(names, lang))
        return "orange", text("banner.late", n=len(names)), sentence + _more(context)
    if failing:
        return "yellow", text("banner.yellow", n=len(failing)), _why(context)
    return "fine", "", text("banner.fine", n=len(release.checks))


def stage_name(context: Context, stage: str) -> str:
    """A stage of the line in the reader's language."""
    return context.text(f"stage.{stage}") if context.text.has(f"stage.{stage}") else stage


def check_title(context: Context, check: Check) -> str:
    """A check's title, with the feed that it judged."""
    title = check.title(context.lang)
    feeds = queries.feeds(context.build).filter(polars.col("feed_id") == check.feed_id)
    if feeds.is_empty():
        return title
    return context.text("failing.feed", title=title, feed=feeds["name_zh" if context.lang == "zh" else "name_en"][0])


def late_names(context: Context) -> list[str]:
    """The late feeds with the day up to which they are in."""
    feeds = queries.feeds(context.build)
    return [
        context.text(
            "banner.late_feed",
            name=row["name_zh"] if context.lang == "zh" else row["name_en"],
            n=row["days_late_count"],
            day=fmt.day(row["last_period_end_date"], context.lang),
        )
        for row in feeds.filter(feeds["is_late"]).iter_rows(named=True)
    ]


def _why(context: Context) -> str:
    title = check_title(context, context.release.failing[0])
    return context.text("banner.yellow_why", title=title) + _touched(context)


def _more(context: Context) -> str:
    failing = context.release.failing
    return (context.text("banner.also", n=len(failing)) if failing else "") + _touched(context)


def touched_names(context: Context) -> list[str]:
    """The titles of the metrics that failing checks touch."""
    metrics = load_metrics()
    ids = sorted({metric for check in context.release.failing for metric in check.metrics if metric in metrics})
    return [metrics[metric_id].title.in_language(context.lang) for metric_id in ids]


def _touched(context: Context) -> str:
    names = touched_names(context)
    return context.text("banner.touched", metrics=fmt.names(names, context.lang)) if names else ""
