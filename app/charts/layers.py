"""The six layers in their fixed order: solid is the primary layer, hatched is also in an earlier one."""

from __future__ import annotations

import plotly.graph_objects as go
import polars

from app import fmt
from app.charts import template
from app.text import Text
from app.theme import LAYERS, Tokens


def draw_layers(layers: polars.DataFrame, text: Text, tokens: Tokens, height: int = 262) -> go.Figure:
    """Horizontal bars with the total at the end of each.

    Frame: one row per layer: layer_code, persons_count, primary_persons_count, overlap_count (persons).
    """
    by_code = {row["layer_code"]: row for row in layers.iter_rows(named=True)}
    rows = [by_code.get(code, EMPTY | {"layer_code": code}) for code in LAYERS]
    names = [text(f"layer.{code}") for code in LAYERS]
    edges = [tokens.muted if code == "DBB" else tokens.layer(code) for code in LAYERS]
    hovers = [
        f"<b>{name}</b><br>{text('chart.members', n=fmt.count(row['persons_count']))}<br>"
        f"{text('chart.primary', n=fmt.count(row['primary_persons_count']))}"
        for name, row in zip(names, rows, strict=True)
    ]
    figure = template.base(tokens, height, r=58, b=4, t=4)
    marks = template.Marks()
    figure.add_bar(
        y=names,
        x=[row["primary_persons_count"] for row in rows],
        orientation="h",
        marker={
            "color": [tokens.layer(code) for code in LAYERS],
            "line": {"color": edges, "width": [1 if row["primary_persons_count"] else 0 for row in rows]},
        },
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_bar(
        y=names,
        x=[row["overlap_count"] for row in rows],
        orientation="h",
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"color": edges, "width": [1 if row["overlap_count"] else 0 for row in rows]},
            "pattern": {"shape": "/", "size": 5, "solidity": 0.25, "fgcolor": edges, "bgcolor": "rgba(0,0,0,0)"},
        },
        hovertext=hovers,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    for name, row in zip(names, rows, strict=True):
        marks.add_label(
            **template.label(
                f"<b>{fmt.count(row['persons_count'])}</b>", row["persons_count"], name, tokens.ink, xshift=6
            )
        )
    figure.update_layout(barmode="stack", bargap=0.34)
    figure.update_yaxes(**template.category_axis(tokens, autorange="reversed"))
    figure.update_xaxes(**template.bare_axis(rangemode="tozero"))
    return marks.put_on(figure)


EMPTY = {"persons_count": 0, "primary_persons_count": 0, "overlap_count": 0}
