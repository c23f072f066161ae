"""What to look at first: alerts past their deadline, grave alerts, late feeds; at most five, worst first."""

from __future__ import annotations

from dataclasses import dataclass

import polars
import streamlit as st

from app import facts, fmt, queries
from app.context import Context
from app.parts.section import section
from warehouse.metrics import load_rules

MOST = 5
BADGES = {"R": "red", "O": "orange", "Y": "yellow"}
MARKS = {"R": "■", "O": "▲", "Y": "●"}


@dataclass(frozen=True)
class Matter:
    """One exception: level R, O or Y; how it sorts; what it is; who answers for it until when."""

    level: str
    rank: tuple[int, int, int]
    words: str
    owner: str


def matters(context: Context) -> list[Matter]:
    """Every exception, worst first: level, then overdue before not, then size."""
    alerts = queries.alerts(context.build, context.scope, context.selection)
    due = queries.alert_due_dates(context.build, context.scope, context.selection.week)
    rules = load_rules()
    found = []
    for rule_id in sorted(alerts["rule_id"].unique().to_list()):
        counted = facts.count_alerts(alerts.filter(polars.col("rule_id") == rule_id), context.selection.week)
        if not counted.open:
            continue
        level = next(level for level in ("R", "O", "Y") if counted.by_severity[level])
        rule = rules.get(rule_id)
        owner = context.owner(rule.owner) if rule else ""
        found.append(
            Matter(
                level,
                ("ROY".index(level), -int(counted.overdue > 0), -(counted.overdue or counted.open)),
                rule_words(context, rule.title.in_language(context.lang) if rule else rule_id, counted),
                _owner_words(context, owner, counted, due.get(rule_id)),
            )
        )
    return sorted([*found, *late_feeds(context)], key=lambda matter: matter.rank)


def rule_words(context: Context, title: str, counted: facts.AlertCount) -> str:
    """One rule's matter: how many, how many past the deadline, how much money, where."""
    text, lang = context.text, context.lang
    words = text("matter.rule", title=title, n=fmt.count(counted.open))
    if counted.overdue:
        words += text("matter.overdue", n=fmt.count(counted.overdue))
    if counted.amount_yuan:
        words += text("matter.amount", amount=fmt.money(counted.amount_yuan, lang))
    if counted.new:
        words += text("matter.new", n=fmt.count(counted.new))
    towns = fmt.names([context.name(code) for code in counted.towns], lang)
    return words + (text("matter.towns", towns=towns) if towns else "")


def late_feeds(context: Context) -> list[Matter]:
    """One matter for each late feed; a feed of the first priority is orange, any other yellow."""
    found = []
    feeds = queries.feeds(context.build)
    for row in feeds.filter(polars.col("is_late")).iter_rows(named=True):
        level = "O" if row["priority"] == "P0" else "Y"
        words = context.text(
            "matter.late",
            name=row["name_zh"] if context.lang == "zh" else row["name_en"],
            n=row["days_late_count"],
            day=fmt.day(row["last_period_end_date"], context.lang),
        )
        found.append(
            Matter(
                level,
                ("ROY".index(level), 0, -int(row["days_late_count"] or 0)),
                words,
                context.owner(row["bureau_zh"]),
            )
        )
    return found


def _owner_words(context: Context, owner: str, counted: facts.AlertCount, due: object) -> str:
    if counted.overdue:
        return context.text("matter.owner_overdue", owner=owner)
    return context.text("matter.owner_due", owner=owner, day=fmt.day(due, context.lang)) if due else owner  # type: ignore[arg-type]


def draw(context: Context) -> None:
    """The list of exceptions (a table would cut its columns at 25 rem), or the sentence that there are none with the number of rules looked at."""
    text = context.text
    found = matters(context)
    shown = found[:MOST]
    rules = len(load_rules())
    if not shown:
        with section("first", text("first.none_title"), text("first.none", n=rules)):
            return
    title = text("first.title", n=text(f"number.{len(shown)}"))
    subtitle = text("first.subtitle", n=rules, feeds=queries.feeds(context.build).height)
    if len(found) > len(shown):
        subtitle += text("first.more", n=len(found) - len(shown))
    if context.selection.week != context.release.weeks[0]:
        subtitle += text("first.still_open", day=fmt.day(context.release.as_of, context.lang))
    with section("first", title, subtitle), st.container(gap="xsmall"):
        for number, matter in enumerate(shown):
            with st.container(key=f"hair_matter_{number}", gap=None):
                words, owner = st.columns([8.5, 2.5], gap="xsmall")
                badge = f":{BADGES[matter.level]}-badge[{MARKS[matter.level]} {text(f'severity.{matter.level}')}]"
                words.markdown(f"{badge}\u2002{matter.words}")
                owner.markdown(f":gray[{matter.owner}]")
