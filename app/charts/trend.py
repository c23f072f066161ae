"""A weekly series of this year over the same weeks of last year, with the dates of policy changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import plotly.graph_objects as go
import polars

from app import fmt
from app.charts import template
from app.text import Text
from app.theme import Tokens

ROOM_ABOVE = 0.42
SHORTEST = 8


@dataclass(frozen=True)
class Event:
    """A dated change of policy, in two short lines."""

    on: date
    first_line: str
    second_line: str


def draw_trend(
    current: polars.DataFrame, previous: polars.DataFrame, column: str, events: list[Event], text: Text, tokens: Tokens,
    height: int = 262, is_rate: bool = False,
) -> go.Figure:  # fmt: skip
    """Two lines with their names at the ends.

    Both frames: one row per week, week_end_date and `column`; those of `previous` are already moved forward by 52 weeks.
    """
    figure = template.base(tokens, height, r=64, l=44, t=8, b=36)
    marks = template.Marks()
    values = current[column].to_list() + previous[column].drop_nulls().to_list()
    low, high = (min(values), max(values)) if values else (0, 1)
    span = (high - low) or max(high * 0.02, 1)
    write = fmt.percent if is_rate else fmt.count
    first, last = current["week_end_date"][0], current["week_end_date"][-1]
    for frame, color, width, name in (
        (previous, tokens.ghost, 1.5, text("chart.last_year")),
        (current, tokens.accent, 2.4, text("chart.this_year")),
    ):
        if frame.is_empty():
            continue
        shown = [write(value) for value in frame[column].to_list()]
        figure.add_scatter(
            x=frame["week_end_date"].to_list(),
            y=frame[column].to_list(),
            mode="lines",
            line={"color": color, "width": width},
            customdata=shown,
            name=name,
            hovertemplate=f"{name} %{{customdata}}<extra></extra>",
        )
    if not current.is_empty():
        figure.add_scatter(
            x=[last],
            y=[current[column][-1]],
            mode="markers",
            marker={"size": 8, "color": tokens.accent},
            hoverinfo="skip",
        )
    ends = [(current, tokens.accent, text("chart.this_year"), True)]
    if not previous.is_empty():
        ends.append((previous, tokens.muted, text("chart.last_year"), False))
    for (frame, color, name, is_bold), shift in zip(ends, _apart(ends, column, span, height), strict=True):
        number = write(frame[column][-1])
        marks.add_label(
            **template.label(
                f"{name}<br>{f'<b>{number}</b>' if is_bold else number}",
                frame["week_end_date"][-1],
                frame[column][-1],
                color,
                xshift=8,
                yshift=shift,
                align="left",
            )
        )
    top = high + span * (ROOM_ABOVE if events else 0.12)
    _mark_events(marks, events, first, last, tokens)
    figure.update_xaxes(
        **template.category_axis(
            tokens,
            type="date",
            range=[first - timedelta(days=3), last + timedelta(days=3)],
            tickvals=_quarters(first, last),
            ticktext=[_quarter_label(day, n == 0, text.lang) for n, day in enumerate(_quarters(first, last))],
            tickfont={"size": template.AXIS, "color": tokens.muted},
            showline=True,
            linecolor=tokens.ghost,
            automargin=False,
            hoverformat="%Y-%m-%d",
        )
    )
    figure.update_yaxes(
        **template.value_axis(
            tokens,
            range=[low - span * 0.12, top],
            nticks=5,
            tickformat=".1%" if is_rate else ",.0f",
            automargin=False,
        )
    )
    figure.update_layout(hovermode="x unified")
    return marks.put_on(figure)


def _apart(ends: list, column: str, span: float, height: int) -> list[int]:
    """Pixel shifts that keep the two end labels from lying on each other."""
    if len(ends) < 2:
        return [0]
    gap = (ends[0][0][column][-1] - ends[1][0][column][-1]) / (span * 1.5) * height
    if abs(gap) >= 40:
        return [0, 0]
    push = int((40 - abs(gap)) / 2)
    return [push, -push] if gap >= 0 else [-push, push]


def _mark_events(marks: template.Marks, events: list[Event], first: date, last: date, tokens: Tokens) -> None:
    """Dotted verticals; the note stands on the side with more room, two near ones one left and one right."""
    shown = sorted((event for event in events if first < event.on < last), key=lambda event: event.on)
    for number, event in enumerate(shown):
        later = shown[number + 1] if number + 1 < len(shown) else None
        is_left = (event.on - first) > (last - first) * 0.6 or (
            later is not None and event.on - first > timedelta(days=120)
        )
        marks.add_shape(
            type="line", x0=event.on, x1=event.on, y0=0, y1=1, yref="paper",
            line={"color": tokens.muted, "width": 1, "dash": "dot"},
        )  # fmt: skip
        marks.add_label(
            **template.label(
                f"{event.first_line}<br>{event.second_line}",
                event.on,
                1,
                tokens.muted,
                yref="paper",
                yanchor="top",
                size=template.NOTE,
                xanchor="right" if is_left else "left",
                align="right" if is_left else "left",
                xshift=-5 if is_left else 5,
            )
        )


def _quarters(first: date, last: date) -> list[date]:
    days = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in (3, 6, 9, 12)]
    return [day for day in days if first <= day <= last]


def _quarter_label(day: date, is_first: bool, lang: str) -> str:
    return f"{fmt.month(day, lang)}<br>{fmt.year(day, lang)}" if is_first or day.month == 3 else fmt.month(day, lang)
