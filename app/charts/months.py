"""A monthly ratio as a line with a dot for each month; the first and the last are labelled."""

from __future__ import annotations

import plotly.graph_objects as go
import polars

from app import fmt
from app.charts import template
from app.text import Text
from app.theme import Tokens

HEIGHT = 190
LEAST_SPAN = 0.02


def draw_months(frame: polars.DataFrame, column: str, text: Text, tokens: Tokens) -> go.Figure:
    """`frame`: one row per month (`month`, first day) with a ratio in `column`."""
    figure = template.base(tokens, HEIGHT, l=44, r=52, t=10, b=30)
    marks = template.Marks()
    months, values = frame["month"].to_list(), frame[column].to_list()
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    room = max(high - low, LEAST_SPAN) * 0.3
    figure.add_scatter(
        x=months,
        y=values,
        mode="lines+markers",
        line={"color": tokens.accent, "width": 2},
        marker={"size": 6, "color": tokens.accent},
        customdata=[
            f"{fmt.month(month, text.lang)} {fmt.percent(value)}" for month, value in zip(months, values, strict=True)
        ],
        hovertemplate="%{customdata}<extra></extra>",
    )
    if known:
        marks.add_label(
            **template.label(f"<b>{fmt.percent(values[-1])}</b>", months[-1], values[-1], tokens.accent, xshift=8)
        )
    figure.update_xaxes(
        **template.category_axis(
            tokens,
            type="date",
            tickvals=months[:: max(1, len(months) // 5)],
            ticktext=[fmt.month(month, text.lang) for month in months[:: max(1, len(months) // 5)]],
            tickfont={"size": template.AXIS, "color": tokens.muted},
            showline=True,
            linecolor=tokens.ghost,
            automargin=False,
        )
    )
    figure.update_yaxes(
        **template.value_axis(tokens, range=[low - room, high + room], nticks=4, tickformat=".0%", automargin=False)
    )
    return marks.put_on(figure)
