"""The open alerts by rule: which rule finds most, how grave, how much of it is late."""

from __future__ import annotations

import polars

from app import facts, fmt, queries
from app.charts.bars import draw_bars
from app.context import Context
from app.parts.figure import show
from app.parts.section import note, section
from warehouse.metrics import load_rules

HEIGHT = 250


def draw(context: Context) -> None:
    """One bar per rule; the filters by place apply, those by person can't."""
    text, week = context.text, context.selection.week
    alerts = queries.alerts(context.build, context.scope, context.selection)
    counted = {
        rule_id: facts.count_alerts(alerts.filter(polars.col("rule_id") == rule_id), week)
        for rule_id in sorted(alerts["rule_id"].unique().to_list())
    }
    found = sorted((item for item in counted.items() if item[1].open), key=lambda item: (-item[1].open, item[0]))
    if not found:
        with section("alerts", text("alerts.none"), text("alerts.subtitle")):
            note(text("first.none", n=len(load_rules())))
        return
    rules = load_rules()
    names = [rules[rule_id].title.in_language(context.lang) if rule_id in rules else rule_id for rule_id, _ in found]
    total = sum(number.open for _, number in found)
    title = text("alerts.title", rule=names[0], n=fmt.count(found[0][1].open), total=fmt.count(total))
    fills = {"R": context.tokens.red, "O": context.tokens.orange, "Y": context.tokens.yellow}
    colors = [fills[next(level for level in ("R", "O", "Y") if number.by_severity[level])] for _, number in found]
    hovers = [
        text("alerts.hover", rule=name, n=fmt.count(n.open), late=fmt.count(n.overdue), unknown=fmt.count(n.unknown))
        for name, (_, n) in zip(names, found, strict=True)
    ]
    table = polars.DataFrame(
        {
            text("table.alert_rule"): names,
            text("table.alerts"): [number.open for _, number in found],
            text("table.overdue"): [number.overdue for _, number in found],
            text("table.unknown"): [number.unknown for _, number in found],
        }
    )
    with section("alerts", title, text("alerts.subtitle")):
        figure = draw_bars(names, [number.open for _, number in found], colors, hovers, context.tokens, HEIGHT)
        show(context, "alerts", figure, title, table)
