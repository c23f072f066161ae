"""The foot of every page: sources, as-of, made, version, checks, owner, and that the data are invented."""

from __future__ import annotations

import streamlit as st

from app import fmt, queries
from app.context import Context


def draw(context: Context) -> None:
    """Two or three muted lines under a hairline."""
    text, lang, release = context.text, context.lang, context.release
    feeds = queries.feeds(context.build)
    names = feeds["name_zh" if lang == "zh" else "name_en"].to_list()
    bureaus = list(dict.fromkeys(feeds["bureau_zh"].to_list()))
    sources = text("footer.sources_words", feeds=fmt.names(names, lang), n=len(names), bureaus=len(bureaus))
    failing = len(release.failing)
    parts = [
        (text("footer.sources"), sources),
        (text("footer.as_of"), text("footer.as_of_words", day=fmt.full_day(release.as_of, lang))),
        (text("footer.made"), fmt.moment(release.made_at, lang)),
        (text("footer.build"), release.build_id),
        (
            text("footer.quality"),
            text("footer.quality_words", n=len(release.checks), passed=len(release.checks) - failing, failing=failing),
        ),
        (text("footer.owner"), text("footer.owner_words")),
    ]
    with st.container(key="hair_footer", gap=None):
        st.markdown(":small[:gray[" + " · ".join(f"**{label}** {words}" for label, words in parts) + "]]")
        st.markdown(f":small[:gray[{text('footer.demonstration')}]]")
