"""The app with the reader's language on the page itself, for screen readers and for the choice of Chinese glyphs.

Streamlit writes `<html lang="en">` whatever is shown. Run by `streamlit run app/serve.py`; `app/main.py` works alone too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from starlette.middleware import Middleware

WRITTEN = b'lang="en"'
TAGS = {"zh": b'lang="zh-CN"', "en": b'lang="en"'}


class LanguageOfPage:
    """Puts the language of the address into the page's first tag; everything that isn't a page passes untouched."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answers one request."""
        headers = dict(scope.get("headers") or [])
        if scope["type"] != "http" or b"text/html" not in headers.get(b"accept", b""):
            await self.app(scope, receive, send)
            return
        named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", ["zh"])[0]
        # Without the header the page comes uncompressed, so that its tag can be found.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: dict[str, Any] = {}
        body = bytearray()

        async def rewrite(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(WRITTEN, TAGS.get(named, TAGS["zh"]), 1)
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            await send(start | {"headers": [*kept, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope | {"headers": plain}, receive, rewrite)


app = st.App(str(Path(__file__).with_name("main.py")), middleware=[Middleware(LanguageOfPage)])
