"""The one template of all charts: fonts, margins, axes, hover; and the direct label.

Every chart is drawn with `theme=None` on the page's own colour, so that it stays readable when the reader's system
changes its theme in mid-session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from app.theme import SANS, Tokens

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
LABEL = 12
CATEGORY = 12.5
AXIS = 11.5
NOTE = 11.5


@dataclass
class Marks:
    """The labels and shapes of one figure, set together: Plotly copies all earlier ones whenever one is added."""

    labels: list[dict[str, Any]] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)

    def add_label(self, **settings: Any) -> None:
        """One annotation."""
        self.labels.append(settings)

    def add_shape(self, **settings: Any) -> None:
        """One line or rectangle."""
        self.shapes.append(settings)

    def put_on(self, figure: go.Figure) -> go.Figure:
        """The figure with all of them on it."""
        figure.update_layout(annotations=self.labels, shapes=self.shapes)
        return figure


def base(tokens: Tokens, height: int, **margins: int) -> go.Figure:
    """An empty figure in the template; margins in pixels (l, r, t, b)."""
    figure = go.Figure()
    figure.update_layout(
        template=None,
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8, "pad": 0} | margins,
        paper_bgcolor=tokens.page,
        plot_bgcolor=tokens.page,
        font={"family": SANS, "size": CATEGORY, "color": tokens.ink},
        showlegend=False,
        dragmode=False,
        hoverlabel={
            "bgcolor": tokens.page,
            "bordercolor": tokens.rule,
            "font": {"family": SANS, "size": CATEGORY, "color": tokens.ink},
            "align": "left",
        },
        bargap=0.3,
    )
    return figure


def value_axis(tokens: Tokens, **settings: Any) -> dict[str, Any]:
    """An axis of numbers: pale grid, muted ticks, no line, no zero line."""
    return {
        "fixedrange": True,
        "showgrid": True,
        "gridcolor": tokens.grid,
        "gridwidth": 1,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": AXIS, "color": tokens.muted},
        "tickangle": 0,
        "automargin": True,
    } | settings


def category_axis(tokens: Tokens, **settings: Any) -> dict[str, Any]:
    """An axis of names: no grid, ink labels a little away from the marks."""
    return {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "ticklabelstandoff": 6,
        "tickfont": {"size": CATEGORY, "color": tokens.ink},
        "tickangle": 0,
        "automargin": True,
    } | settings


def bare_axis(**settings: Any) -> dict[str, Any]:
    """An axis that isn't drawn."""
    return {"visible": False, "fixedrange": True} | settings


def label(text: str, x: Any, y: Any, color: str, **settings: Any) -> dict[str, Any]:
    """A direct label: an annotation without an arrow, placed by pixels from its point."""
    size = settings.pop("size", LABEL)
    return {
        "text": text,
        "x": x,
        "y": y,
        "showarrow": False,
        "font": {"size": size, "color": color},
        "xanchor": "left",
        "yanchor": "middle",
    } | settings


def click_marks(x: list[Any], y: list[Any], codes: list[str], texts: list[str], **settings: Any) -> go.Scatter:
    """Marks that can't be seen but can be pointed at and clicked; `codes` come back with the click."""
    size = settings.pop("size", 20)
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"size": size, "opacity": 0, "symbol": "square"},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=codes,
        hovertext=texts,
        hovertemplate="%{hovertext}<extra></extra>",
        **settings,
    )


def stays_when_clicked(opacity: float = 1) -> dict[str, Any]:
    """Keeps a trace as it is when one of its points is clicked; Plotly would pale the others."""
    return {"selected": {"marker": {"opacity": opacity}}, "unselected": {"marker": {"opacity": opacity}}}
