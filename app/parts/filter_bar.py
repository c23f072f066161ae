"""The filter bar above the analysis pages: week, town, more filters; and what is set, as chips that can be let go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from app import fmt, places, state
from app.context import Context
from app.theme import LAYERS

ALL = ""


def draw(context: Context) -> None:
    """Selects and chips; every widget shows the state and every change goes through the state."""
    text, lang, chosen = context.text, context.lang, context.state
    codes = [fmt.week_code(sunday) for sunday in context.options.weeks]
    labels = {fmt.week_code(sunday): fmt.week(sunday, lang) for sunday in context.options.weeks}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
        _remember("pick_week", chosen.week or codes[0])
        st.selectbox(
            text("filter.week"),
            codes,
            format_func=lambda code: labels[code],
            key="pick_week",
            on_change=_change("week", "pick_week"),
            width=166,
        )
        _remember("pick_town", chosen.town)
        st.selectbox(
            text("filter.town"),
            [ALL, *context.options.towns],
            format_func=lambda code: (
                places.full(code, lang) if code else text("filter.all_towns", n=len(context.options.towns))
            ),
            key="pick_town",
            on_change=_change("town", "pick_town"),
            width=166,
        )
        names = ("layers", "settlement", "sex", "ages")
        set_count = sum(1 for name in names if name in chosen.filters)
        label = text("filter.more") + (f" {set_count}" if set_count else "")
        with st.popover(label, icon=":material/tune:", key="more_filters"):
            _more(context)
        if chosen.filters:
            st.button(
                text("filter.clear"),
                icon=":material/close:",
                type="tertiary",
                key="clear_filters",
                on_click=state.clear,
            )
    if chosen.filters:
        with st.container(horizontal=True, gap="small", key="chips"):
            for name, words in chips(context).items():
                st.button(f"{words}  ✕", key=f"chip_{name}", on_click=_release(name), help=text("filter.let_go"))


def chips(context: Context) -> dict[str, str]:
    """What is set, in words, by the name of the filter."""
    text, lang = context.text, context.lang
    words = {}
    for name, value in context.state.filters.items():
        if name in ("town", "village"):
            shown = places.full(str(value), lang)
        elif name == "layers":
            shown = fmt.names([text(f"layer.{code}") for code in value], lang)
        elif name == "ages":
            shown = fmt.names([str(code).replace("-", "–") for code in value], lang)
        else:
            shown = text(f"{name}.{value}")
        words[name] = text("filter.chip", name=text(f"filter.{name}"), value=shown)
    return words


def _more(context: Context) -> None:
    text, chosen = context.text, context.state
    for name, codes, label in (
        ("layers", LAYERS, lambda code: text(f"layer.{code}")),
        ("ages", state.AGES, lambda code: code.replace("-", "–")),
    ):
        _remember(f"pick_{name}", list(getattr(chosen, name)))
        st.pills(
            text(f"filter.{name}"), codes, selection_mode="multi", format_func=label, key=f"pick_{name}",
            on_change=_change(name, f"pick_{name}"),
        )  # fmt: skip
    for name in ("settlement", "sex"):
        _remember(f"pick_{name}", getattr(chosen, name) or None)
        st.segmented_control(
            text(f"filter.{name}"),
            ["1", "2"],
            format_func=partial(_option, context, name),
            key=f"pick_{name}",
            on_change=_change(name, f"pick_{name}"),
        )
    st.markdown(f":small[:gray[{text('filter.layers_note')}]]")


def _option(context: Context, name: str, code: str) -> str:
    return context.text(f"{name}.{code}")


def _remember(key: str, value: object) -> None:
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _change(name: str, key: str) -> Callable[[], None]:
    def change() -> None:
        value = st.session_state[key]
        state.change(**{name: tuple(value) if isinstance(value, list) else value or ""})

    return change


def _release(name: str) -> Callable[[], None]:
    def release() -> None:
        state.change(**{name: () if name in state.MANY else ""})

    return release
