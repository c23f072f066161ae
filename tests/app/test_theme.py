"""The colours: one set of tokens for Streamlit and for the charts, readable in both themes."""

from __future__ import annotations

import tomllib

import pytest

from app.theme import DARK, LIGHT, SANS, STYLE, Tokens
from warehouse.paths import PROJECT

CONFIG = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_right() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)


@pytest.mark.parametrize(("tokens", "section"), [(LIGHT, "light"), (DARK, "dark")])
def test_streamlit_and_the_charts_use_the_same_colours(tokens: Tokens, section: str) -> None:
    theme = CONFIG["theme"][section]
    assert theme["backgroundColor"] == tokens.page
    assert theme["secondaryBackgroundColor"] == tokens.surface
    assert theme["textColor"] == tokens.ink
    assert theme["grayTextColor"] == tokens.muted
    assert theme["borderColor"] == tokens.rule
    assert theme["linkColor"] == tokens.accent
    assert theme["redTextColor"] == tokens.red_text
    assert (theme["redColor"], theme["orangeColor"], theme["yellowColor"]) == (tokens.red, tokens.orange, tokens.yellow)


@pytest.mark.parametrize("tokens", [LIGHT, DARK])
def test_words_can_be_read(tokens: Tokens) -> None:
    for color in (tokens.ink, tokens.muted, tokens.accent, tokens.red_text, tokens.rise, tokens.fall):
        assert contrast(color, tokens.page) >= 4.5, color
    for fill, words in zip(tokens.classes, tokens.class_texts, strict=True):
        assert contrast(fill, words) >= 4.5, (fill, words)
    for fill in (tokens.orange, tokens.yellow):
        assert contrast(fill, tokens.on_warm) >= 4.5, fill
    assert contrast(tokens.red, tokens.on_red) >= 4.5


@pytest.mark.parametrize("section", ["light", "dark"])
def test_badges_can_be_read(section: str) -> None:
    theme = CONFIG["theme"][section]
    for name in ("red", "orange", "yellow", "green", "gray"):
        assert contrast(theme[f"{name}TextColor"], theme[f"{name}BackgroundColor"]) >= 4.5, name
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 4.5


def test_the_fonts_are_the_same_and_come_from_the_machine() -> None:
    assert SANS.replace(" ", "").replace("'", "") == CONFIG["theme"]["font"].replace(" ", "").replace("'", "")
    assert "http" not in CONFIG["theme"]["font"] + CONFIG["theme"]["headingFont"]


def test_the_style_holds_seven_rules_and_no_colour() -> None:
    assert STYLE.count("{") == 7
    assert "#" not in STYLE
    assert "!important" not in STYLE
    assert "url(" not in STYLE


def test_the_server_stays_on_this_host_and_reports_nothing() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableAgentApi"] is False
