"""Small panels of towns on one scale: 100 is a year ago, the district's line behind."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import fmt
from app.charts import template
from app.theme import Tokens

COLUMNS = 4


@dataclass(frozen=True)
class Panel:
    """One town: its name, its weekly index (100 at the first week) and its change over the year as a ratio."""

    code: str
    name: str
    index: list[float]
    change: float


def draw_multiples(
    panels: list[Panel], district: list[float], weeks: list, tokens: Tokens, height: int = 330
) -> go.Figure:
    """A grid of four columns; name at the left and change at the right above each panel."""
    rows = -(-len(panels) // COLUMNS)
    figure = make_subplots(rows, COLUMNS, horizontal_spacing=0.035, vertical_spacing=0.13, shared_yaxes="all")
    marks = template.Marks()
    figure.update_layout(template.base(tokens, height, t=24, b=4, l=32, r=4).layout)
    values = [value for panel in panels for value in panel.index] + district
    low, high = min(values), max(values)
    room = (high - low) * 0.1 or 1
    for place, panel in enumerate(panels):
        row, column = place // COLUMNS + 1, place % COLUMNS + 1
        figure.add_scatter(
            x=weeks,
            y=district,
            mode="lines",
            line={"color": tokens.ghost, "width": 1.2},
            hoverinfo="skip",
            row=row,
            col=column,
        )
        figure.add_scatter(
            x=weeks,
            y=panel.index,
            mode="lines",
            line={"color": tokens.accent, "width": 1.8},
            hovertemplate=f"<b>{panel.name}</b> %{{x|%Y-%m-%d}}<br>%{{y:.1f}}<extra></extra>",
            row=row,
            col=column,
        )
        axis = "" if place == 0 else str(place + 1)
        for words, x, anchor, color in (
            (f"<b>{panel.name}</b>", 0, "left", tokens.ink),
            (f"{fmt.signed(panel.change * 100, 1)}%", 1, "right", tokens.muted),
        ):
            marks.add_label(
                **template.label(
                    words, x, 1, color, xref=f"x{axis} domain", yref=f"y{axis} domain", xanchor=anchor,
                    yanchor="bottom", yshift=3,
                )
            )  # fmt: skip
    figure.update_xaxes(**template.bare_axis())
    figure.update_yaxes(
        **template.value_axis(tokens, range=[low - room, high + room], nticks=4, showticklabels=False, automargin=False)
    )
    for row in range(rows):
        figure.update_yaxes(showticklabels=True, row=row + 1, col=1)
    return marks.put_on(figure)
