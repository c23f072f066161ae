"""Feeds by weeks: pale where a delivery passed, a mark and a warm colour where it didn't."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from app.charts import template
from app.theme import Tokens

ROW = 24
PASSED, WARNED, LATE, REFUSED, NOTHING = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Cell:
    """One feed in one week: its state (PASSED … NOTHING), the mark that is printed and what the pointer says."""

    feed: int
    week: int
    state: int
    mark: str
    hover: str


def draw_matrix(feeds: list[str], weeks: list[str], cells: list[Cell], tokens: Tokens) -> go.Figure:
    """A grid of rectangles; week names on top, every second one."""
    figure = template.base(tokens, len(feeds) * ROW + 30, t=22, b=4)
    marks = template.Marks()
    fills = {
        PASSED: tokens.classes[0] if not tokens.is_dark else tokens.surface,
        WARNED: tokens.yellow,
        LATE: tokens.orange,
        REFUSED: tokens.red,
        NOTHING: tokens.page,
    }
    inks = {
        PASSED: tokens.muted,
        WARNED: tokens.on_warm,
        LATE: tokens.on_warm,
        REFUSED: tokens.on_red,
        NOTHING: tokens.muted,
    }
    for cell in cells:
        marks.add_shape(
            type="rect", x0=cell.week - 0.48, x1=cell.week + 0.48, y0=cell.feed - 0.46, y1=cell.feed + 0.46,
            fillcolor=fills[cell.state], line={"width": 0}, layer="below",
        )  # fmt: skip
        if cell.mark:
            marks.add_label(
                **template.label(cell.mark, cell.week, cell.feed, inks[cell.state], xanchor="center", size=11.5)
            )
    figure.add_trace(
        template.click_marks(
            [cell.week for cell in cells],
            [cell.feed for cell in cells],
            ["" for _ in cells],
            [cell.hover for cell in cells],
        )
    )
    figure.update_xaxes(
        **template.category_axis(
            tokens,
            side="top",
            range=[-0.5, len(weeks) - 0.5],
            tickvals=[n for n in range(len(weeks)) if (len(weeks) - 1 - n) % 2 == 0],
            ticktext=[week for n, week in enumerate(weeks) if (len(weeks) - 1 - n) % 2 == 0],
            tickfont={"size": 11, "color": tokens.muted},
            ticklabelstandoff=0,
        )
    )
    figure.update_yaxes(
        **template.category_axis(
            tokens, range=[len(feeds) - 0.5, -0.5], tickvals=list(range(len(feeds))), ticktext=feeds
        )
    )
    return marks.put_on(figure)
