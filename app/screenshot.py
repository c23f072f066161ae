"""Pictures of the running pages, and what taking them needs: the app on a free port, a browser that reaches only it.

In: the published build. Out: one .png of the first page, or a folder with every view at both widths.
Run by `python -m app.screenshot --out docs/screenshot.png`; the browser tests use the same server and browser.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse import paths

PROJECT = Path(__file__).resolve().parents[1]
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
VIEWS = {"week": "/", "explore": "/explore", "quality": "/quality", "bureaus": "/bureaus"}
WIDTHS = (1440, 390)
# Streamlit asks for these two below the path of every page but the first, and is told that they aren't there.
KNOWN_404 = ("_stcore/health", "_stcore/host-config")
SETTLED = """() => {
  const done = document.querySelector('[class*="st-key-hair_footer"]');
  const busy = document.querySelector('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]');
  const state = document.querySelector('.stApp')?.getAttribute('data-test-script-state');
  return !!done && !busy && state === 'notRunning';
}"""


@dataclass
class Visit:
    """One opened page and everything that went wrong while it was open."""

    page: Any
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """The app on a free port of this machine, over one data folder; stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"WAREHOUSE_DATA": str(data), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "streamlit", "run", "app/serve.py", "--server.port", str(port)]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_healthy(address: str, process: subprocess.Popen) -> None:
    for _ in range(120):
        if process.poll() is not None:
            raise RuntimeError("the app ended before it answered")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the app did not answer within 30 seconds")


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium under Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def visiting(
    chromium: Any, address: str, path: str, width: int, scheme: str = "light", locale: str = "zh-CN"
) -> Iterator[Visit]:
    """One page in a window of its own, network closed but for the app; yields when it has settled."""
    window = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale, device_scale_factor=1
    )
    page = window.new_page()
    visit = Visit(page)

    def judge(route: Any) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            visit.foreign.append(route.request.url)
            route.abort()

    def hear(message: Any) -> None:
        if message.type == "error" and not any(known in (message.location or {}).get("url", "") for known in KNOWN_404):
            visit.errors.append(message.text)

    page.route("**/*", judge)
    page.on("console", hear)
    page.on("pageerror", lambda error: visit.errors.append(str(error)))
    try:
        page.goto(address + path)
        settle(page)
        yield visit
    finally:
        window.close()


def settle(page: Any) -> None:
    """Waits until the script has run to its end and the charts are drawn."""
    page.wait_for_function(SETTLED, timeout=60_000)
    page.wait_for_timeout(900)


def picture(page: Any, width: int, path: Path) -> None:
    """The whole page as PNG; the page scrolls inside, so the window is made as high as its content first."""
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    page.set_viewport_size({"width": width, "height": int(height) + 20})
    page.wait_for_timeout(1200)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(path))


def main() -> None:
    """Takes pictures of the views."""
    parser = argparse.ArgumentParser(description="Takes pictures of the pages.")
    parser.add_argument(
        "--data", type=Path, default=paths.home().root, help="the installation; WAREHOUSE_DATA by default"
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder, or a .png for one picture of the first view")
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--widths", default=",".join(map(str, WIDTHS)))
    parser.add_argument("--languages", default="zh,en")
    parser.add_argument("--schemes", default="light")
    parser.add_argument("--query", default="")
    given = parser.parse_args()
    with serving(given.data) as address, browser() as chromium:
        if given.out.suffix == ".png":
            with visiting(chromium, address, VIEWS["week"], 1440) as visit:
                picture(visit.page, 1440, given.out)
            return
        for view in given.views.split(","):
            for language in given.languages.split(","):
                query = "&".join(part for part in ("lang=en" if language == "en" else "", given.query) if part)
                for scheme in given.schemes.split(","):
                    for width in map(int, given.widths.split(",")):
                        path = VIEWS[view] + (f"?{query}" if query else "")
                        with visiting(chromium, address, path, width, scheme) as visit:
                            over = visit.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                            picture(visit.page, width, given.out / f"{view}_{width}_{language}_{scheme}.png")
                            print(view, width, language, scheme, "overflow", over, visit.errors, visit.foreign)


if __name__ == "__main__":
    main()
