"""The leaderboard of towns or villages: puts the frames of the queries into the rows that the chart draws."""

from __future__ import annotations

from collections.abc import Callable

import polars

from app import fmt, queries
from app.charts.leaderboard import GREY_BELOW, Headers, Row, draw_leaderboard
from app.context import Context
from app.parts.figure import show

SORTS = {
    "value": ("value", True),
    "change": ("net_count", True),
    "alerts": ("alerts_count", True),
    "name": ("area_code", False),
}


def draw_share(
    context: Context, areas: polars.DataFrame, alerts: dict[str, tuple[int, int]], alt: str, picks: bool = False
) -> None:
    """Areas by their share of the registered population."""
    total = queries.total(areas, "registered_persons_count")
    mean = queries.total(areas, "persons_count") / total if total else None
    frame = areas.with_columns(polars.col("share").alias("value"))
    head = context.text("board.share", mean=fmt.percent(mean))
    draw(context, frame, alerts, head, mean, fmt.rate, alt, picks)


def draw(
    context: Context, areas: polars.DataFrame, alerts: dict[str, tuple[int, int]], head: str, mean: float | None, write: Callable[[float | None], str],
    alt: str, picks: bool, greys: bool = True,
) -> None:  # fmt: skip
    """Areas by `value`, written by `write`; lollipops from `mean` when there is one."""
    text = context.text
    has_alerts = not context.selection.town
    frame = areas.with_columns(
        polars.Series("alerts_count", [alerts.get(code, (0, 0))[0] for code in areas["area_code"]], dtype=polars.Int64),
        polars.Series(
            "overdue_count", [alerts.get(code, (0, 0))[1] for code in areas["area_code"]], dtype=polars.Int64
        ),
    )
    column, falling = SORTS[context.state.order or "value"]
    frame = frame.sort([column, "area_code"], descending=[falling, False], nulls_last=True)
    rows = [
        Row(
            code=row["area_code"],
            name=context.name(row["area_code"]),
            value=row["value"],
            written=write(row["value"]),
            change=row["net_count"],
            alerts=row["alerts_count"] if has_alerts else None,
            overdue=row["overdue_count"] if has_alerts else None,
            hover=text(
                "board.hover",
                name=context.name(row["area_code"]),
                persons=fmt.count(row["persons_count"]),
                registered=fmt.count(row["registered_persons_count"]),
                share=fmt.percent(row["share"]),
            ),
            is_small=greys and row["persons_count"] < GREY_BELOW,
        )
        for row in frame.iter_rows(named=True)
    ]
    headers = Headers(head, text("board.change"), text("board.alerts"), text("board.overdue"), mean)
    columns = [
        polars.col("area_code").map_elements(context.name, return_dtype=polars.String).alias(text("table.area")),
        polars.col("persons_count").alias(text("table.persons")),
        polars.col("registered_persons_count").alias(text("table.registered")),
        (polars.col("share") * 100).round(2).alias(text("table.share")),
        polars.col("net_count").alias(text("table.net")),
        (polars.col("persons_count") - polars.col("year_ago_count")).alias(text("table.year")),
    ]
    if has_alerts:
        columns += [
            polars.col("alerts_count").alias(text("table.alerts")),
            polars.col("overdue_count").alias(text("table.overdue")),
        ]
    figure = draw_leaderboard(rows, headers, context.tokens, context.state.village)
    show(context, "board", figure, alt, frame.select(columns), picks)


def sum_words(context: Context, areas: polars.DataFrame, whole: float | None) -> str:
    """Whether the villages sum to their town."""
    total = queries.total(areas, "persons_count")
    key = "board.sums" if whole is not None and total == int(whole) else "board.sums_not"
    return context.text(key, n=fmt.count(total), whole=fmt.count(whole), place=context.place(), rows=areas.height)
