"""Colour tokens and fonts of the pages, light and dark; the contrasts that they were chosen for stand beside them.

The same values stand in `.streamlit/config.toml` for Streamlit's own elements; a test keeps the two equal.
Colour judges in three families only: alert levels, quality status, done. Counts have no good direction.
"""

from __future__ import annotations

from dataclasses import dataclass

SANS = (
    "'Source Sans','Source Han Sans SC','Noto Sans CJK SC','Noto Sans SC','PingFang SC','HarmonyOS Sans SC',"
    "'Microsoft YaHei UI','Microsoft YaHei',sans-serif"
)
LAYERS = ("TK", "DB", "FP", "DBB", "GX", "QT")
SHARE_BREAKS = (0.04, 0.05, 0.06, 0.07)


@dataclass(frozen=True)
class Tokens:
    """One theme's colours by role. Contrast on the page: ink ≥ 14.6, muted ≥ 6.0, accent ≥ 7.4."""

    is_dark: bool
    page: str
    surface: str
    ink: str
    muted: str
    rule: str
    grid: str
    accent: str
    ghost: str
    red: str
    red_text: str
    orange: str
    yellow: str
    neutral: str
    on_warm: str
    on_red: str
    rise: str
    fall: str
    land: str
    outline: str
    no_data: str
    male: str
    female: str
    layers: tuple[str, ...]
    layer_texts: tuple[str, ...]
    classes: tuple[str, ...]
    class_texts: tuple[str, ...]

    def layer(self, code: str) -> str:
        """Fill of one of the six layers."""
        return self.layers[LAYERS.index(code)]


LIGHT = Tokens(
    is_dark=False,
    page="#FFFFFF",
    surface="#F5F6F4",
    ink="#1A1F26",
    muted="#5B6470",
    rule="#D9DDE1",
    grid="#E9ECEE",
    accent="#1D5B79",
    ghost="#A9B1B9",
    red="#B42318",
    red_text="#B42318",
    orange="#E07B16",
    yellow="#E8C33A",
    neutral="#EFECE6",
    on_warm="#1A1F26",
    on_red="#FFFFFF",
    rise="#8C3B1B",
    fall="#1F5A8C",
    land="#F1F2EE",
    outline="#9AA3AB",
    no_data="#E2E4E2",
    male="#2F6FA7",
    female="#C2741F",
    layers=("#1B3A5F", "#2F6FA7", "#4FA08C", "#9CC3E0", "#C2741F", "#5A5A56"),
    layer_texts=("#FFFFFF", "#FFFFFF", "#1A1F26", "#1A1F26", "#1A1F26", "#FFFFFF"),
    classes=("#CFE0E8", "#9FC2D2", "#6BA0B8", "#3A7C9A", "#1D5B79"),
    class_texts=("#1A1F26", "#1A1F26", "#1A1F26", "#FFFFFF", "#FFFFFF"),
)
DARK = Tokens(
    is_dark=True,
    page="#14181D",
    surface="#1C2127",
    ink="#E6E9EC",
    muted="#9BA5AF",
    rule="#333A42",
    grid="#262C33",
    accent="#7FB6D6",
    ghost="#5F6973",
    red="#FF6F5E",
    red_text="#FF8A7A",
    orange="#F0A04B",
    yellow="#F1DA7A",
    neutral="#2B3036",
    on_warm="#14181D",
    on_red="#14181D",
    rise="#E58A5A",
    fall="#7DB4DC",
    land="#1C2127",
    outline="#5F6973",
    no_data="#2A2F35",
    male="#4C8CC8",
    female="#D98E32",
    layers=("#B9D3F0", "#4C8CC8", "#57BBA3", "#2F5F92", "#D98E32", "#7C7A75"),
    layer_texts=("#14181D", "#14181D", "#14181D", "#FFFFFF", "#14181D", "#14181D"),
    classes=("#23404F", "#2C5A70", "#3C7895", "#5A9ABA", "#8ABFDA"),
    class_texts=("#FFFFFF", "#FFFFFF", "#FFFFFF", "#14181D", "#14181D"),
)


def tokens(kind: str | None) -> Tokens:
    """The theme that Streamlit reports as "light" or "dark"; light where it reports nothing."""
    return DARK if kind == "dark" else LIGHT


# Rules 3 and 4 hang on container keys; 5 to 7 on test ids, which a browser test watches.
STYLE = """<style>
.stApp{font-variant-numeric:tabular-nums;text-autospace:normal}
.stMainBlockContainer{max-width:1360px}
[class*="st-key-rule"]{border-top:2px solid currentColor;padding-top:6px}
[class*="st-key-hair"]{border-top:1px solid color-mix(in srgb,currentColor 20%,transparent);padding-top:8px}
[data-testid="stMetricLabel"]{line-height:1.5;opacity:.75}
[data-testid="stMetricValue"]{line-height:1.25}
[data-testid="stMetricDelta"]{line-height:1.4}
</style>"""
