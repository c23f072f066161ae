"""Towns (or villages) in one figure with shared rows: the measure, the week's net change, the alerts to be checked."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app import fmt
from app.charts import template
from app.theme import Tokens

ROW = 27
TOP = 44
WIDTHS = (0.50, 0.28, 0.22)
WIDTHS_WITHOUT_ALERTS = (0.62, 0.38)
GREY_BELOW = 30


@dataclass(frozen=True)
class Row:
    """One area: its measure (None when unknown), how it is written, net change, alerts, overdue; greyed if small."""

    code: str
    name: str
    value: float | None
    written: str
    change: int | None
    alerts: int | None
    overdue: int | None
    hover: str
    is_small: bool = False


@dataclass(frozen=True)
class Headers:
    """The column headings, two lines each, and the district's value that the lollipops start from."""

    measure: str
    change: str
    alerts: str
    overdue: str
    mean: float | None


def draw_leaderboard(rows: list[Row], headers: Headers, tokens: Tokens, chosen: str = "") -> go.Figure:
    """Lollipops from the district's value when there is one, else bars from zero; `chosen` is printed bold."""
    height = TOP + 2 + ROW * max(len(rows), 1) + 6
    has_alerts = any(row.alerts is not None for row in rows)
    widths = WIDTHS if has_alerts else WIDTHS_WITHOUT_ALERTS
    figure = make_subplots(1, len(widths), shared_yaxes=True, column_widths=list(widths), horizontal_spacing=0.02)
    marks = template.Marks()
    figure.update_layout(template.base(tokens, height, t=TOP, b=4, l=4, r=4).layout)
    places = list(range(len(rows)))
    _draw_measure(figure, marks, rows, headers, tokens, places)
    _draw_change(figure, marks, rows, tokens, places)
    heads: list = [("x", headers.measure, None), ("x2", headers.change, 0)]
    if has_alerts:
        _draw_alerts(figure, marks, rows, tokens, places)
        heads += [("x3", headers.alerts, 0.3), ("x3", headers.overdue, 0.8)]
    for column, words, x in heads:
        at = x if x is not None else (headers.mean if headers.mean is not None else 0)
        marks.add_label(
            **template.label(
                words, at, 1, tokens.muted, xref=column, yref="paper", xanchor="center", yanchor="bottom", yshift=4,
                size=template.NOTE,
            )
        )  # fmt: skip
    names = [
        f"<b>{row.name}</b>" if row.code == chosen else (grey(row.name, tokens) if row.is_small else row.name)
        for row in rows
    ]
    figure.update_yaxes(fixedrange=True, range=[len(rows) - 0.5, -0.5], visible=False)
    figure.update_yaxes(
        **template.category_axis(tokens, range=[len(rows) - 0.5, -0.5], tickvals=places, ticktext=names, visible=True),
        row=1,
        col=1,
    )
    return marks.put_on(figure)


def grey(words: str, tokens: Tokens) -> str:
    """Words in the muted colour, for a base too small to read much into."""
    return f"<span style='color:{tokens.muted}'>{words}</span>"


def _draw_measure(
    figure: go.Figure, marks: template.Marks, rows: list[Row], headers: Headers, tokens: Tokens, places: list[int]
) -> None:
    known = [row.value for row in rows if row.value is not None] or [0.0]
    origin = headers.mean if headers.mean is not None else 0.0
    low, high = min([*known, origin]), max([*known, origin])
    room = (high - low or abs(high) or 1) * 0.26
    if headers.mean is None:
        figure.add_bar(
            y=places,
            x=[row.value for row in rows],
            orientation="h",
            width=0.5,
            marker={"color": tokens.accent, "line": {"width": 0}},
            hoverinfo="skip",
            row=1,
            col=1,
            **template.stays_when_clicked(),
        )
    else:
        x: list[float | None] = []
        y: list[int | None] = []
        for place, row in zip(places, rows, strict=True):
            if row.value is not None:
                x += [origin, row.value, None]
                y += [place, place, None]
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": tokens.ghost, "width": 1.6}, hoverinfo="skip", row=1, col=1
        )
        figure.add_scatter(
            x=[row.value for row in rows],
            y=places,
            mode="markers",
            marker={"size": 9, "color": [tokens.ghost if row.is_small else tokens.accent for row in rows]},
            hoverinfo="skip",
            row=1,
            col=1,
            **template.stays_when_clicked(),
        )
        marks.add_shape(
            type="line",
            x0=origin,
            x1=origin,
            y0=0,
            y1=1,
            yref="paper",
            xref="x",
            line={"color": tokens.muted, "width": 1},
        )
    for place, row in zip(places, rows, strict=True):
        is_left = row.value is not None and row.value < origin
        marks.add_label(
            **template.label(
                row.written, row.value if row.value is not None else origin, place,
                tokens.muted if row.is_small else tokens.ink,
                xref="x", yref="y", xanchor="right" if is_left else "left", xshift=-8 if is_left else 8,
            )
        )  # fmt: skip
    span = [low - room if headers.mean is not None or low < 0 else 0, high + room]
    figure.update_xaxes(**template.bare_axis(range=span), row=1, col=1)
    figure.add_trace(
        template.click_marks(
            [span[0] + (span[1] - span[0]) * 0.5] * len(rows), places, [r.code for r in rows], [r.hover for r in rows]
        ),
        row=1,
        col=1,
    )
    for step in (0.08, 0.29, 0.71, 0.92):
        figure.add_trace(
            template.click_marks(
                [span[0] + (span[1] - span[0]) * step] * len(rows),
                places,
                [r.code for r in rows],
                [r.hover for r in rows],
            ),
            row=1,
            col=1,
        )


def _draw_change(figure: go.Figure, marks: template.Marks, rows: list[Row], tokens: Tokens, places: list[int]) -> None:
    changes = [row.change or 0 for row in rows]
    widest = max((abs(change) for change in changes), default=1) or 1
    figure.add_bar(
        y=places,
        x=changes,
        orientation="h",
        width=0.5,
        marker={"color": [tokens.rise if change > 0 else tokens.fall for change in changes], "line": {"width": 0}},
        hovertext=[row.hover for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
        customdata=[row.code for row in rows],
        row=1,
        col=2,
        **template.stays_when_clicked(),
    )
    marks.add_shape(
        type="line", x0=0, x1=0, y0=0, y1=1, xref="x2", yref="paper", line={"color": tokens.ghost, "width": 1}
    )
    for place, row in zip(places, rows, strict=True):
        is_left = (row.change or 0) < 0
        marks.add_label(
            **template.label(
                fmt.signed(row.change), row.change or 0, place, tokens.ink if row.change else tokens.muted,
                xref="x2", yref="y2", xanchor="right" if is_left else "left", xshift=-5 if is_left else 5,
            )
        )  # fmt: skip
    figure.update_xaxes(**template.bare_axis(range=[-widest * 1.75, widest * 1.75]), row=1, col=2)


def _draw_alerts(figure: go.Figure, marks: template.Marks, rows: list[Row], tokens: Tokens, places: list[int]) -> None:
    for place, row in zip(places, rows, strict=True):
        for x, number, is_alarm in ((0.3, row.alerts, False), (0.8, row.overdue, True)):
            words = "—" if number is None else (fmt.count(number) if number else "·")
            color = tokens.red_text if is_alarm and number else tokens.muted
            marks.add_label(
                **template.label(
                    f"<b>{words}</b>" if is_alarm and number else words,
                    x,
                    place,
                    color,
                    xref="x3",
                    yref="y3",
                    xanchor="center",
                )
            )
    figure.add_trace(
        template.click_marks([0.5] * len(rows), places, [r.code for r in rows], [r.hover for r in rows], size=24),
        row=1,
        col=3,
    )
    figure.update_xaxes(**template.bare_axis(range=[0, 1]), row=1, col=3)
