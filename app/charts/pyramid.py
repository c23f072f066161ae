"""Men to the left, women to the right, the age between them, the youngest at the bottom."""

from __future__ import annotations

import plotly.graph_objects as go
import polars
from plotly.subplots import make_subplots

from app import fmt
from app.charts import template
from app.text import Text
from app.theme import Tokens

ROOM_FOR_LABELS = 1.42
BANDS = ("0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+")


def draw_pyramid(people: polars.DataFrame, text: Text, tokens: Tokens, height: int = 290) -> go.Figure:
    """Two sets of bars with a value at each and the totals above.

    Frame: one row per age_band_code and sex_code ('1' men, '2' women): persons_count.
    """
    counts = {(row["age_band_code"], row["sex_code"]): row["persons_count"] for row in people.iter_rows(named=True)}
    figure = make_subplots(1, 2, horizontal_spacing=0.13, shared_yaxes=True)
    marks = template.Marks()
    figure.update_layout(template.base(tokens, height, t=26, b=4, l=4, r=4).layout)
    figure.update_layout(bargap=0.18)
    widest = max(counts.values(), default=1) * ROOM_FOR_LABELS
    for column, (sex, color) in enumerate((("1", tokens.male), ("2", tokens.female)), start=1):
        values = [counts.get((band, sex), 0) for band in BANDS]
        name = text(f"sex.{sex}")
        figure.add_bar(
            y=list(BANDS),
            x=values,
            orientation="h",
            marker={"color": color, "line": {"width": 0}},
            hovertext=[
                f"<b>{name} {band}</b><br>{fmt.count(value)}" for band, value in zip(BANDS, values, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            row=1,
            col=column,
        )
        for band, value in zip(BANDS, values, strict=True):
            marks.add_label(
                **template.label(
                    fmt.count(value), value, band, tokens.muted,
                    xanchor="right" if column == 1 else "left", xshift=-5 if column == 1 else 5, size=11.5,
                    xref="x" if column == 1 else "x2", yref="y" if column == 1 else "y2",
                )
            )  # fmt: skip
        marks.add_label(
            **template.label(
                f"<b>{name}</b> {fmt.count(sum(values))}", 0, 1, color, yref="paper", yanchor="bottom", yshift=6,
                xref="x" if column == 1 else "x2", xanchor="right" if column == 1 else "left",
            )
        )  # fmt: skip
    figure.update_xaxes(**template.bare_axis(range=[widest, 0]), row=1, col=1)
    figure.update_xaxes(**template.bare_axis(range=[0, widest]), row=1, col=2)
    figure.update_yaxes(visible=False, fixedrange=True)
    for band in BANDS:
        marks.add_label(
            **template.label(band.replace("-", "–"), 0.5, band, tokens.ink, xref="paper", xanchor="center", yref="y")
        )
    return marks.put_on(figure)
