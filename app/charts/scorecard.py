"""Bureaus by dimensions of quality: the number in every cell, warm colours only below the limits."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from app import fmt
from app.charts import template
from app.theme import Tokens

ROW = 26
# Where a cell turns warm; the limits judge nothing, they lead the eye.
WARNED_BELOW, BAD_BELOW = 0.95, 0.8


def draw_scorecard(
    names: list[str],
    heads: list[str],
    ratios: Sequence[Sequence[float | None]],
    hovers: list[list[str]],
    tokens: Tokens,
) -> go.Figure:
    """A row per bureau as given, a column per dimension; the last column is the score, in bold."""
    figure = template.base(tokens, len(names) * ROW + 34, t=26, b=4)
    marks = template.Marks()
    for row, values in enumerate(ratios):
        for column, value in enumerate(values):
            fill, ink = _colors(value, tokens)
            marks.add_shape(
                type="rect", x0=column - 0.48, x1=column + 0.48, y0=row - 0.45, y1=row + 0.45,
                fillcolor=fill, line={"width": 0}, layer="below",
            )  # fmt: skip
            words = fmt.rate(value)
            is_score = column == len(heads) - 1
            marks.add_label(
                **template.label(
                    f"<b>{words}</b>" if is_score else words, column, row, ink, xanchor="center", size=11.5
                )
            )
    places = [(row, column) for row in range(len(names)) for column in range(len(heads))]
    figure.add_trace(
        template.click_marks(
            [column for _, column in places],
            [row for row, _ in places],
            ["" for _ in places],
            [hovers[row][column] for row, column in places],
        )
    )
    figure.update_xaxes(
        **template.category_axis(
            tokens,
            side="top",
            range=[-0.5, len(heads) - 0.5],
            tickvals=list(range(len(heads))),
            ticktext=heads,
            tickfont={"size": 11.5, "color": tokens.muted},
            ticklabelstandoff=0,
        )
    )
    figure.update_yaxes(
        **template.category_axis(
            tokens, range=[len(names) - 0.5, -0.5], tickvals=list(range(len(names))), ticktext=names
        )
    )
    return marks.put_on(figure)


def _colors(value: float | None, tokens: Tokens) -> tuple[str, str]:
    if value is None:
        return tokens.page, tokens.muted
    if value < BAD_BELOW:
        return tokens.orange, tokens.on_warm
    if value < WARNED_BELOW:
        return tokens.yellow, tokens.on_warm
    return (tokens.surface if tokens.is_dark else tokens.classes[0]), tokens.ink
