"""One chart with its controls: shown as a chart or as a table, its rows to be taken along as CSV."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import polars
import streamlit as st

from app import state
from app.charts.template import CONFIG
from app.context import Context
from app.download import to_csv


def show(
    context: Context, name: str, figure: go.Figure, alt: str, table: polars.DataFrame, picks: bool = False
) -> None:
    """Draws a chart, or its table when the reader has asked for it.

    `alt` is the finding in one sentence. `picks` makes a click on a mark choose the town or village that it stands for.
    """
    if name in context.state.tables:
        st.dataframe(table, hide_index=True, width="stretch", height="auto", alt=alt, key=f"table_{name}")
    elif picks:
        key = f"pick_{name}_{context.state.town}_{context.state.village}_{context.tokens.is_dark}"
        st.plotly_chart(
            figure, theme=None, config=CONFIG, alt=alt, key=key, on_select=_picker(key), selection_mode="points"
        )
    else:
        st.plotly_chart(figure, theme=None, config=CONFIG, alt=alt, key=f"chart_{name}")
    _controls(context, name, table)


def _controls(context: Context, name: str, table: polars.DataFrame) -> None:
    is_table = name in context.state.tables
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="medium"):
        st.button(
            f":small[:gray[{context.text('figure.as_chart' if is_table else 'figure.as_table')}]]",
            key=f"toggle_{name}",
            type="tertiary",
            on_click=state.toggle_table,
            args=(name,),
        )
        st.download_button(
            f":small[:gray[{context.text('figure.csv')}]]",
            data=to_csv(table),
            file_name=f"{name}_{context.release.build_id}.csv",
            mime="text/csv",
            key=f"csv_{name}",
            type="tertiary",
            on_click="ignore",
            help=context.text("figure.csv_help"),
        )


def _picker(key: str) -> Callable[[], None]:
    def pick() -> None:
        points = st.session_state[key].selection.points
        codes = [point.get("customdata") for point in points]
        code = codes[0] if codes else None
        code = code[0] if isinstance(code, list) else code
        if code:
            choose_area(str(code))

    return pick


def choose_area(code: str) -> None:
    """Chooses a town or a village by its code; choosing it again lets go of it."""
    current = st.session_state.get(state.SESSION, state.State())
    if code.endswith(state.TOWN_PADDING):
        state.change(town="" if code == current.town else code)
    else:
        state.change(village="" if code == current.village else code)
