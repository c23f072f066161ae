"""Two honest maps: circles at the seats within the outline, and one equal square per town. Neither claims a boundary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import cos, radians, sqrt

import plotly.graph_objects as go

from app.charts import template
from app.theme import Tokens

MIDDLE_LATITUDE = 29.35
LARGEST = 32
LONGEST_ON_A_TILE = 7
SYLLABLE = re.compile(r"[^aeiouü]*[aeiouü]+(?:ng|n(?![aeiouü]))?", re.IGNORECASE)
TILE_COLUMNS, TILE_ROWS = 8, 6
SHORT_ROOM, LINE = 36, 18
LONG_LEGEND = 30
ABOVE, BELOW, LEFT, RIGHT = "above", "below", "left", "right"
# Which side of its circle a town's name stands on, chosen by hand so that no two names touch.
SIDES = {
    "500156001000": LEFT, "500156002000": RIGHT, "500156003000": ABOVE, "500156004000": ABOVE, "500156101000": LEFT,
    "500156102000": RIGHT, "500156104000": RIGHT, "500156105000": RIGHT, "500156107000": RIGHT, "500156108000": BELOW,
    "500156109000": RIGHT, "500156111000": LEFT, "500156112000": BELOW, "500156113000": LEFT, "500156201000": ABOVE,
    "500156202000": LEFT, "500156203000": BELOW, "500156204000": RIGHT, "500156205000": RIGHT, "500156206000": RIGHT,
    "500156207000": BELOW, "500156208000": ABOVE, "500156209000": BELOW, "500156210000": LEFT, "500156211000": BELOW,
    "500156212000": BELOW,
}  # fmt: skip
# Two subdistricts share the county town; their circles are moved apart (degrees of longitude) and the note says so.
APART = {"500156001000": -0.016, "500156002000": 0.016}


@dataclass(frozen=True)
class Spot:
    """One town on a map: place, size (persons), class 0–4 of its value (None without data), words."""

    code: str
    name: str
    longitude: float
    latitude: float
    column: int
    row: int
    persons: int
    level: int | None
    written: str
    hover: str


@dataclass(frozen=True)
class Legend:
    """What the colours mean: a heading and the five class labels, lowest first."""

    heading: str
    classes: tuple[str, ...]


def draw_seats(
    spots: list[Spot], outline: tuple, legend: Legend, tokens: Tokens, chosen: str = "", height: int = 352
) -> go.Figure:
    """The outline with a circle at each seat: area is persons, colour is the class of the value."""
    figure = template.base(tokens, height, l=2, r=2, t=2, b=SHORT_ROOM + LINE * is_long(legend))
    marks = template.Marks()
    for ring in outline:
        figure.add_scatter(
            x=[point[0] for point in ring],
            y=[point[1] for point in ring],
            mode="lines",
            fill="toself",
            fillcolor=tokens.land,
            line={"color": tokens.outline, "width": 1.2},
            hoverinfo="skip",
        )
    largest = max((spot.persons for spot in spots), default=1) or 1
    spots = sorted(spots, key=lambda spot: -spot.persons)
    x = [spot.longitude + APART.get(spot.code, 0) for spot in spots]
    sizes = [max(LARGEST * sqrt(spot.persons / largest), 5) for spot in spots]
    figure.add_scatter(
        x=x,
        y=[spot.latitude for spot in spots],
        mode="markers",
        marker={
            "size": sizes,
            "sizemode": "diameter",
            "color": [fill(spot.level, tokens) for spot in spots],
            "opacity": 1,
            "line": {
                "color": [tokens.ink if spot.code == chosen else tokens.page for spot in spots],
                "width": [2 if spot.code == chosen else 0.8 for spot in spots],
            },
        },
        customdata=[spot.code for spot in spots],
        hovertext=[spot.hover for spot in spots],
        hovertemplate="%{hovertext}<extra></extra>",
        **template.stays_when_clicked(),
    )
    for spot, longitude, size in zip(spots, x, sizes, strict=True):
        marks.add_label(**_beside(spot, longitude, size / 2 + 3, tokens, spot.code == chosen))
    _draw_legend(marks, legend, tokens)
    ring = outline[0]
    figure.update_xaxes(
        **template.bare_axis(
            range=[min(p[0] for p in ring) - 0.02, max(p[0] for p in ring) + 0.035],
            scaleanchor="y",
            scaleratio=cos(radians(MIDDLE_LATITUDE)),
            constrain="domain",
        )
    )
    figure.update_yaxes(
        **template.bare_axis(range=[min(p[1] for p in ring) - 0.01, max(p[1] for p in ring) + 0.01], constrain="domain")
    )
    return marks.put_on(figure)


def draw_tiles(spots: list[Spot], tokens: Tokens, chosen: str = "", height: int = 330) -> go.Figure:
    """One equal square per town with its name and value; the accent frame is the chosen town."""
    figure = template.base(tokens, height, l=0, r=0, t=2, b=2)
    marks = template.Marks()
    for spot in spots:
        is_chosen = spot.code == chosen
        marks.add_shape(
            type="rect",
            x0=spot.column - 0.48,
            x1=spot.column + 0.48,
            y0=spot.row - 0.47,
            y1=spot.row + 0.47,
            fillcolor=fill(spot.level, tokens),
            line={"width": 2.4 if is_chosen else 0, "color": tokens.ink},
            layer="below",
        )
        ink = tokens.muted if spot.level is None else tokens.class_texts[spot.level]
        marks.add_label(
            **template.label(
                f"{broken(spot.name)}<br><b>{spot.written}</b>",
                spot.column,
                spot.row,
                ink,
                xanchor="center",
                align="center",
                size=11.5,
            )
        )
    figure.add_trace(
        template.click_marks(
            [spot.column for spot in spots],
            [spot.row for spot in spots],
            [spot.code for spot in spots],
            [spot.hover for spot in spots],
            size=38,
        )
    )
    figure.update_xaxes(**template.bare_axis(range=[-0.5, TILE_COLUMNS - 0.5]))
    figure.update_yaxes(**template.bare_axis(range=[TILE_ROWS - 0.5, -0.5]))
    return marks.put_on(figure)


def broken(name: str) -> str:
    """A name that fits a tile on a phone: a long romanised one is broken between syllables."""
    if len(name) <= LONGEST_ON_A_TILE:
        return name
    syllables = SYLLABLE.findall(name)
    cut = "".join(syllables[: (len(syllables) + 1) // 2])
    return f"{cut}-<br>{name[len(cut) :]}" if 0 < len(cut) < len(name) else name


def fill(level: int | None, tokens: Tokens) -> str:
    """The colour of a class; the neutral of missing data without one."""
    return tokens.no_data if level is None else tokens.classes[level]


def _beside(spot: Spot, longitude: float, away: float, tokens: Tokens, is_chosen: bool) -> dict:
    side = SIDES.get(spot.code, RIGHT)
    place = {
        ABOVE: {"xanchor": "center", "yanchor": "bottom", "yshift": away - 2},
        BELOW: {"xanchor": "center", "yanchor": "top", "yshift": -away + 2},
        LEFT: {"xanchor": "right", "xshift": -away},
        RIGHT: {"xanchor": "left", "xshift": away},
    }[side]
    words = f"<b>{spot.name}</b>" if is_chosen else spot.name
    return template.label(words, longitude, spot.latitude, tokens.ink, size=11.5, **place)


def is_long(legend: Legend) -> bool:
    """Whether the five classes need two lines on a phone."""
    return sum(len(words) for words in legend.classes) > LONG_LEGEND


def _draw_legend(marks: template.Marks, legend: Legend, tokens: Tokens) -> None:
    """Below the map, so that it lies on no town at any width; five long classes take two lines."""
    dots = [
        f"<span style='color:{color};font-size:17px'>●</span> {words}"
        for color, words in zip(tokens.classes, legend.classes, strict=True)
    ]
    lines = ["  ".join(dots[:3]), "  ".join(dots[3:])] if is_long(legend) else ["  ".join(dots)]
    marks.add_label(
        **template.label(
            "<br>".join([legend.heading, *lines]), 0, 0, tokens.muted,
            xref="paper", yref="paper", yanchor="top", yshift=-2, size=11, align="left",
        )
    )  # fmt: skip
