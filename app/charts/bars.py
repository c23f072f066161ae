"""Plain horizontal bars with the number beside each."""

from __future__ import annotations

import plotly.graph_objects as go

from app import fmt
from app.charts import template
from app.theme import Tokens

ROW = 27
WIDEST_ROW = 46


def draw_bars(
    names: list[str], values: list[int], colors: list[str], hovers: list[str], tokens: Tokens, height: int = 0
) -> go.Figure:
    """One bar per name, largest first as given; `height` lets the chart end with its neighbour."""
    least, most = len(names) * ROW + 12, len(names) * WIDEST_ROW + 12
    figure = template.base(tokens, max(least, min(height, most)), r=58, t=4, b=4)
    marks = template.Marks()
    figure.add_bar(
        y=names,
        x=values,
        orientation="h",
        marker={"color": colors, "line": {"width": 0}},
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for name, value in zip(names, values, strict=True):
        marks.add_label(**template.label(f"<b>{fmt.count(value)}</b>", value, name, tokens.ink, xshift=6))
    figure.update_layout(bargap=0.36)
    figure.update_yaxes(**template.category_axis(tokens, autorange="reversed"))
    figure.update_xaxes(**template.bare_axis(rangemode="tozero"))
    return marks.put_on(figure)
