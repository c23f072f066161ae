"""How last week's end became this week's: one bar per kind of move; the axis is cut and says so."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from app import fmt
from app.charts import template
from app.text import Text
from app.theme import Tokens

CUT = 0.22


@dataclass(frozen=True)
class Step:
    """One move between the two ends: its name and its signed number of persons."""

    name: str
    change: int


def draw_bridge(
    opening: int, steps: list[Step], closing: int, text: Text, tokens: Tokens, height: int = 250
) -> go.Figure:
    """Ends in ink, rises and falls in their colours, connectors of 1 px, signed labels above (persons)."""
    levels = [opening]
    for step in steps:
        levels.append(levels[-1] + step.change)
    low, high = min([*levels, closing]), max([*levels, closing])
    span = (high - low) or 1
    floor = max(0.0, low - span * CUT - 0.5)
    names = [text("bridge.opening"), *[step.name for step in steps], text("bridge.closing")]
    places = list(range(len(names)))
    bases, heights, colors, labels, tops = [floor], [opening - floor], [tokens.ink], [fmt.count(opening)], [opening]
    for step, before in zip(steps, levels, strict=False):
        bases.append(min(before, before + step.change))
        heights.append(abs(step.change))
        colors.append(tokens.rise if step.change > 0 else tokens.fall)
        labels.append(fmt.signed(step.change))
        tops.append(max(before, before + step.change))
    bases.append(floor)
    heights.append(closing - floor)
    colors.append(tokens.ink)
    labels.append(fmt.count(closing))
    tops.append(closing)
    figure = template.base(tokens, height, t=20, b=6)
    marks = template.Marks()
    figure.add_bar(
        x=places,
        y=heights,
        base=bases,
        marker={"color": colors, "line": {"width": 0}},
        width=0.62,
        hovertext=[f"<b>{name}</b><br>{label}" for name, label in zip(names, labels, strict=True)],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for place, (level, top, label) in enumerate(zip([*levels, closing], tops, labels, strict=True)):
        marks.add_label(
            **template.label(f"<b>{label}</b>", place, top, tokens.ink, xanchor="center", yanchor="bottom", yshift=2)
        )
        if place < len(places) - 1:
            marks.add_shape(
                type="line",
                x0=place + 0.31,
                x1=place + 0.69,
                y0=level,
                y1=level,
                line={"color": tokens.muted, "width": 1},
            )
    if floor > 0:
        for place in (0, places[-1]):
            marks.add_label(
                **template.label("≈", place, floor, tokens.page, xanchor="center", yanchor="bottom", yshift=1, size=14)
            )
    figure.update_xaxes(
        **template.category_axis(
            tokens,
            tickvals=places,
            ticktext=names,
            showline=True,
            linecolor=tokens.ghost,
            range=[-0.5, len(names) - 0.5],
        )
    )
    figure.update_yaxes(**template.bare_axis(range=[floor, high + span * 0.16]))
    return marks.put_on(figure)
