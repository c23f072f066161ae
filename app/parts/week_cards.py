"""The six figures of the week, each with three comparisons where they exist."""

from __future__ import annotations

import polars

from app import facts, fmt, queries
from app.context import Context
from app.parts.kpi import Card
from warehouse.errors import ContractError
from warehouse.metrics import load_metrics
from warehouse.parameters import parameter

NATIONAL_SHARE = "national_low_income_share_pct"
NURSING = "nursing_coverage"


def cards(context: Context) -> list[Card]:
    """People, share, missed, wrong, money, coverage."""
    alerts = queries.alerts(context.build, context.scope, context.selection)
    return [
        people(context),
        share(context),
        alert(context, "missed", alerts.filter(polars.col("direction") == "A")),
        alert(context, "wrong", alerts.filter(polars.col("direction") == "B")),
        money(context),
        coverage(context),
    ]


def people(context: Context) -> Card:
    """De-duplicated persons; a week, a year, households."""
    text, week = context.text, context.selection.week
    change = facts.by_week(
        queries.people_by_week(context.build, context.scope, context.selection), "persons_count", week
    )
    families = queries.households(context.build, context.scope, context.selection)
    return Card(
        "people",
        text("card.people"),
        fmt.count(change.now),
        fmt.arrow(change.step, text("unit.person")),
        text("card.than_week"),
        (year_words(context, change), text("card.households", n=fmt.count(families))),
        change.history,
        "low_income_persons",
    )


def year_words(context: Context, change: facts.Change) -> str:
    """The change over a year with its ratio."""
    if change.year_step is None or change.year_ratio is None:
        return context.text("card.no_year")
    ratio = f"{fmt.signed(change.year_ratio * 100, 1)}%"
    return context.text("card.year", change=fmt.arrow(change.year_step, context.text("unit.person")), ratio=ratio)


def share(context: Context) -> Card:
    """Persons over registered population; a week, a year, the nation."""
    text, lang, week = context.text, context.lang, context.selection.week
    series = queries.people_by_week(context.build, context.scope, context.selection)
    change = facts.by_week(series, "share", week)
    registered = facts.by_week(series, "registered_persons_count", week)
    year = fmt.arrow_points(change.year_step, lang) if change.year_step is not None else ""
    notes = [text("card.year_points", change=year) if year else text("card.no_year")]
    notes.append(text("card.registered", n=fmt.count(registered.now)) + national(context))
    return Card(
        "share",
        text("card.share"),
        fmt.rate(change.now),
        fmt.arrow_points(change.step, lang),
        text("card.than_week"),
        tuple(notes),
        change.history,
        "low_income_share",
    )


def national(context: Context) -> str:
    """The nation's share as a benchmark, when the policy files hold one."""
    try:
        value = parameter(NATIONAL_SHARE, context.release.as_of).value
    except ContractError:
        return ""
    return context.text("card.national", n=f"{value:.1f}")


def alert(context: Context, direction: str, alerts: polars.DataFrame) -> Card:
    """Open alerts of a direction; what is new this week and last, by severity, overdue, unknown."""
    text, lang = context.text, context.lang
    counted = facts.count_alerts(alerts, context.selection.week)
    levels = " · ".join(
        f"{text(f'severity.{level}')}{'' if lang == 'zh' else ' '}{fmt.count(number)}"
        for level, number in counted.by_severity.items()
        if number
    )
    late = text("card.overdue", n=fmt.count(counted.overdue))
    if direction == "missed":
        late += text("card.unknown", n=fmt.count(counted.unknown))
    else:
        late += text("card.involved", amount=fmt.money(counted.amount_yuan, lang))
    return Card(
        direction,
        text(f"card.{direction}"),
        fmt.count(counted.open),
        text("card.new", n=fmt.count(counted.new)),
        text("card.new_before", n=fmt.count(counted.new_before)),
        (levels or text("card.no_alert"), late),
        counted.history,
        f"{direction}_alerts",
    )


def money(context: Context) -> Card:
    """What was paid for the latest month; the month before, a year before, on time, returned, the year so far."""
    text, lang = context.text, context.lang
    payments = queries.payments_by_month(context.build, context.scope, context.selection)
    last = facts.last_row(payments)
    if not last:
        return Card(
            "money", text("card.money_none"), fmt.MISSING, None, None, (text("card.no_payments"),), (), "paid_amount"
        )
    paid = facts.by_month(payments, "paid_yuan")
    year = f"{fmt.signed(paid.year_ratio * 100, 1)}%" if paid.year_ratio is not None else fmt.MISSING
    return Card(
        "money",
        text("card.money", month=fmt.month(last["benefit_month"], lang)),
        fmt.money_value(paid.now, lang),
        fmt.arrow_money(paid.step, lang),
        text("card.than_month"),
        (
            text("card.on_time", rate=fmt.percent(last["on_time_rate"]), n=fmt.count(last["returned_lines_count"])),
            text("card.money_year", ratio=year, total=fmt.money_value(facts.paid_in_year(payments), lang)),
        ),
        paid.history,
        "paid_amount",
    )


def coverage(context: Context) -> Card:
    """The nursing subsidy's coverage; the month before, a year before, numerator and denominator."""
    text, lang = context.text, context.lang
    months = queries.coverage_by_month(context.build, context.scope, context.selection, names_of(NURSING))
    last = facts.last_row(months)
    if not last:
        return Card(
            "coverage", text("card.coverage"), fmt.MISSING, None, None, (text("card.no_coverage"),), (), NURSING
        )
    change = facts.by_month(months, "coverage")
    notes = [text("card.fraction", a=fmt.count(last["numerator"]), b=fmt.count(last["denominator"]))]
    month = fmt.month(last["benefit_month"], lang)
    if change.year_step is None:
        notes.append(text("card.of_month", month=month))
    else:
        notes.append(text("card.of_month_year", month=month, change=fmt.arrow_points(change.year_step, lang)))
    return Card(
        "coverage",
        text("card.coverage"),
        fmt.rate(change.now),
        fmt.arrow_points(change.step, lang) if change.step is not None else None,
        text("card.than_month"),
        tuple(notes),
        change.history,
        NURSING,
    )


def names_of(metric_id: str) -> tuple[str, ...]:
    """The names by which a metric may stand in the published coverage table: its id and its code."""
    return tuple(name for name in (metric_id, load_metrics()[metric_id].code) if name)
