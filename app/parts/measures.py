"""What the explorer can compare towns by: each measure with its frame of areas, its value for the whole and its classes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars

from app import facts, fmt, queries
from app.charts.maps import Legend
from app.context import Context
from app.parts.week_cards import NURSING, names_of
from app.theme import SHARE_BREAKS

BY_TOWN_ONLY = ("alerts", "paid", "nursing")
METRICS = {
    "share": ("low_income_share",),
    "persons": ("low_income_persons",),
    "net": ("net_change",),
    "alerts": ("missed_alerts", "wrong_alerts"),
    "paid": ("paid_amount",),
    "nursing": ("nursing_coverage",),
}


@dataclass(frozen=True)
class Measure:
    """One measure over some areas. `areas` has a column `value`; `mean` is what the lollipops start from, if any."""

    code: str
    areas: polars.DataFrame
    whole: float | None
    mean: float | None
    write: Callable[[float | None], str]
    breaks: tuple[float, ...]
    month: date | None = None

    def legend(self, context: Context) -> Legend:
        """The five classes in words."""
        limits = [self.write(limit) for limit in self.breaks]
        middle = [f"{a}–{b}" for a, b in itertools.pairwise(limits)]
        heading = context.text("measure.legend", measure=context.text(f"measure.{self.code}"))
        return Legend(heading, (f"<{limits[0]}", *middle, f"≥{limits[-1]}"))


def measure(context: Context, selection: queries.Selection) -> Measure:
    """The chosen measure over the towns, or over the villages of `selection.town`."""
    code = context.state.measure or "share"
    people = queries.people_by_area(context.build, context.scope, selection)
    maker = {"share": _share, "persons": _persons, "net": _net, "alerts": _alerts, "paid": _paid, "nursing": _nursing}[
        code
    ]
    return maker(context, people, selection)


def _share(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    registered = queries.total(people, "registered_persons_count")
    whole = queries.total(people, "persons_count") / registered if registered else None
    frame = people.with_columns(polars.col("share").alias("value"))
    is_whole = not (selection.layers or selection.is_by_person)
    breaks = SHARE_BREAKS if is_whole else facts.even_breaks(frame["value"].drop_nulls().to_list())
    return Measure("share", frame, whole, whole, fmt.rate, breaks)


def _persons(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    frame = people.with_columns(polars.col("persons_count").cast(polars.Float64).alias("value"))
    return Measure(
        "persons", frame, float(frame["value"].sum()), None, fmt.count, facts.even_breaks(frame["value"].to_list(), 10)
    )


def _net(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    frame = people.with_columns(polars.col("net_count").cast(polars.Float64).alias("value"))
    return Measure(
        "net", frame, float(frame["value"].sum()), 0.0, fmt.signed, facts.even_breaks(frame["value"].to_list(), 1)
    )


def _alerts(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    found = facts.alerts_by_town(queries.alerts(context.build, context.scope, replace(selection, town="")))
    values = [float(found.get(code, (0, 0))[0]) for code in people["area_code"]]
    frame = people.with_columns(polars.Series("value", values, dtype=polars.Float64))
    return Measure("alerts", frame, sum(values), None, fmt.count, facts.even_breaks(values, 1))


def _paid(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    month = facts.last_month(queries.payments_by_month(context.build, context.scope, selection.of_towns_only()))
    towns = queries.payments_by_town(context.build, context.scope, month) if month else None
    frame = _joined(people, towns, "paid_yuan")

    def write(yuan: float | None) -> str:
        return fmt.money_value(yuan, context.lang)

    breaks = facts.even_breaks(frame["value"].drop_nulls().to_list(), 10_000)
    return Measure("paid", frame, float(frame["value"].sum()), None, write, breaks, month)


def _nursing(context: Context, people: polars.DataFrame, selection: queries.Selection) -> Measure:
    names = names_of(NURSING)
    months = queries.coverage_by_month(context.build, context.scope, selection.of_towns_only(), names)
    month = facts.last_month(months)
    towns = queries.coverage_by_town(context.build, context.scope, month, names) if month else None
    whole = facts.last_row(months).get("coverage")
    frame = _joined(people, towns, "coverage")
    breaks = facts.even_breaks(frame["value"].drop_nulls().to_list())
    return Measure("nursing", frame, whole, whole, fmt.rate, breaks, month)


def _joined(people: polars.DataFrame, towns: polars.DataFrame | None, column: str) -> polars.DataFrame:
    if towns is None:
        return people.with_columns(polars.lit(None, dtype=polars.Float64).alias("value"))
    return people.join(towns.select("area_code", polars.col(column).alias("value")), on="area_code", how="left")
