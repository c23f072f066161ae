"""A KPI card: rule, label with unit, value, change as a grey pill, a line without axes, two lines of comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.context import Context
from app.parts import definition

CARD_WIDTH = 150


@dataclass(frozen=True)
class Card:
    """What one card says. `metric_id` leads to its definition; empty for figures about the data itself."""

    key: str
    label: str
    value: str
    delta: str | None
    delta_words: str | None
    notes: tuple[str, ...]
    history: tuple[float, ...] = ()
    metric_id: str = ""


def row(context: Context, cards: Sequence[Card]) -> None:
    """Six cards beside each other, two by two on a phone."""
    grid = st.grid(len(cards), min_column_width=CARD_WIDTH, gap="medium")
    for card in cards:
        with grid.cell() if hasattr(grid, "cell") else grid:
            draw(context, card)


def draw(context: Context, card: Card) -> None:
    """One card."""
    with st.container(key=f"rule_kpi_{card.key}", gap=None):
        st.metric(
            card.label + (context.mark(card.metric_id) if card.metric_id else ""),
            card.value,
            delta=card.delta,
            delta_color="gray",
            delta_arrow="off",
            delta_description=card.delta_words,
            chart_data=list(card.history) if len(card.history) > 2 else None,
        )
        st.markdown("  \n".join(f":small[:gray[{words}]]" for words in card.notes))
        if card.metric_id:
            definition.popover(context, (card.metric_id,), key=f"define_{card.key}")
