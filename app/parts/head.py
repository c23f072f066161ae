"""The head of a page: kicker with the language switch, the title as the finding, the deck."""

from __future__ import annotations

import streamlit as st

from app import state
from app.context import Context, Headline

OTHER = {"zh": "en", "en": "zh"}


def draw(context: Context, headline: Headline) -> None:
    """Kicker, title in the serif of the gazette, deck."""
    other = OTHER[context.lang]
    with st.container(gap="small", key="head"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":small[:gray[{headline.kicker}]]")
            st.button(
                context.text("head.other_language"),
                type="tertiary",
                key="language",
                on_click=state.change,
                kwargs={"lang": other},
            )
        st.title(headline.title, anchor=False)
        if headline.deck:
            st.markdown(headline.deck)
