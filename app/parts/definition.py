"""What a number means, one click away: definition, parts, sources with their freshness, checks, as-of date, owner."""

from __future__ import annotations

import streamlit as st

from app import fmt, queries
from app.context import Context
from app.parts import banner
from warehouse.errors import ContractError
from warehouse.metrics import Metric, load_metrics
from warehouse.parameters import Parameter, parameter


def popover(context: Context, metric_ids: tuple[str, ...], key: str) -> None:
    """The button for definitions and the card of each metric behind it."""
    with st.popover(f":small[:gray[{context.text('definition.button')}]]", type="tertiary", key=key):
        for metric_id in metric_ids:
            card(context, load_metrics()[metric_id])


def card(context: Context, metric: Metric) -> None:
    """One metric in full."""
    text, lang = context.text, context.lang
    code = f" {metric.code}" if metric.code else ""
    st.markdown(f"**{metric.title.in_language(lang)}**{code}")
    st.markdown(metric.definition.in_language(lang))
    lines = [(text("definition.numerator"), metric.numerator.in_language(lang))]
    if metric.denominator:
        lines.append((text("definition.denominator"), metric.denominator.in_language(lang)))
    lines += [
        (text("definition.unit"), f"{metric.unit.in_language(lang)} · {text(f'kind.{metric.kind}')}"),
        (text("definition.sources"), fmt.names(_sources(context, metric), lang)),
        (text("definition.checks"), _checks(context, metric)),
        (text("definition.as_of"), fmt.full_day(context.release.as_of, lang)),
        (text("definition.build"), context.release.build_id),
        (text("definition.owner"), context.owner(metric.owner)),
    ]
    st.markdown("\n".join(f"- :gray[{label}] {words}" for label, words in lines))
    unverified = [entry for entry in _parameters(context, metric) if not entry.verified]
    if unverified:
        titles = [entry.title_zh if lang == "zh" else entry.title_en for entry in unverified]
        st.markdown(f":orange-badge[▲ {text('definition.unverified')}] {fmt.names(titles, lang)}")


def _sources(context: Context, metric: Metric) -> list[str]:
    feeds = {row["feed_id"]: row for row in queries.feeds(context.build).iter_rows(named=True)}
    words = []
    for feed_id in metric.feeds:
        row = feeds.get(feed_id)
        if row is None:
            continue
        name = row["name_zh"] if context.lang == "zh" else row["name_en"]
        late = context.text("definition.late") if row["is_late"] else ""
        words.append(
            context.text(
                "definition.source", name=name, day=fmt.day(row["last_period_end_date"], context.lang), late=late
            )
        )
    return words


def _checks(context: Context, metric: Metric) -> str:
    touching = [check for check in context.release.checks if metric.metric_id in check.metrics]
    failing = [check for check in context.release.failing if metric.metric_id in check.metrics]
    if failing:
        return context.text(
            "definition.failing",
            titles=fmt.names([banner.check_title(context, check) for check in failing], context.lang),
        )
    return context.text("definition.passed", n=len(touching) or len(context.release.checks))


def _parameters(context: Context, metric: Metric) -> list[Parameter]:
    found = []
    for parameter_id in metric.parameters:
        try:
            found.append(parameter(parameter_id, context.release.as_of))
        except ContractError:
            continue
    return found
