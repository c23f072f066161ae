"""A section: a rule of 2 px, a bold finding, a muted line on what is measured and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def section(key: str, title: str, subtitle: str) -> Iterator[None]:
    """Opens a section; what is drawn inside stands under its title."""
    with st.container(key=f"rule_{key}", gap="small"):
        with st.container(gap=None):
            st.markdown(f"**{title}**")
            st.markdown(f":small[:gray[{subtitle}]]")
        yield


def note(words: str) -> None:
    """A muted line of small print."""
    st.markdown(f":small[:gray[{words}]]")
