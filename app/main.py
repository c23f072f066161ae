"""The entry: page configuration, navigation, head with banner, filter bar, the page, footer.

Run by `streamlit run app/main.py`. Everything that a page needs is gathered here once, so that none can leave it out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

if str(Path(__file__).resolve().parent.parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app import state, theme
from app.context import Context
from app.parts import banner, filter_bar, footer, head
from app.release import published
from app.text import Text
from app.views import REGISTRY, View
from warehouse import areas
from warehouse.errors import WarehouseError


def main(first: str = REGISTRY[0].path) -> None:
    """One run of the script; `first` is the page that answers at the bare address."""
    text = Text(state.language())
    st.set_page_config(page_title=text("app.title"), layout="wide", initial_sidebar_state="collapsed")
    st.html(theme.STYLE)
    pages: dict[str, st.Page] = {}
    for view in REGISTRY:
        page = st.Page(_drawer(view), title=text(f"nav.{view.path}"), url_path=view.path, default=view.path == first)
        pages[view.path] = page
    state.remember_pages(pages)
    st.navigation(list(pages.values()), position="top").run()


def _drawer(view: View) -> Callable[[], None]:
    def draw() -> None:
        draw_view(view)

    draw.__name__ = view.path
    return draw


def draw_view(view: View) -> None:
    """One page in the frame that all share."""
    try:
        release = published()
    except WarehouseError as fault:
        text = Text(state.language())
        st.title(text("fault.no_build"), anchor=False)
        st.markdown(text("fault.no_build_words", remedy=fault.remedy))
        return
    options = state.Options(release.weeks, release.town_codes, tuple(v.area_code for v in areas.villages()))
    chosen, dropped = state.arrive(view.path, options)
    context = Context(
        chosen,
        options,
        state.selection(chosen, options),
        Text(chosen.lang),
        theme.tokens(st.context.theme.type),
        release,
        tuple(dropped),
    )
    if view.has_filters:
        filter_bar.draw(context)
    head.draw(context, view.headline(context))
    banner.draw(context)
    view.body(context)
    footer.draw(context)


if __name__ == "__main__":
    main()
