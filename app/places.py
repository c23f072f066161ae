"""Names of towns and villages for a reader: short in charts, full in titles."""

from __future__ import annotations

import functools

from warehouse import areas

DISTRICT = areas.DISTRICT_CODE
SUBDISTRICT_KIND = "街道"


@functools.cache
def by_code() -> dict[str, areas.Area]:
    """Every area by its 12-digit code."""
    return {area.area_code: area for area in areas.load_areas()}


def short(code: str, lang: str) -> str:
    """The name as it stands in a chart: 白马, Baima; the code itself for an unknown area."""
    area = by_code().get(code)
    if area is None:
        return code
    return area.name_short if lang == "zh" else english(area)


def full(code: str, lang: str) -> str:
    """The official name: 白马镇, Baima Town."""
    area = by_code().get(code)
    if area is None:
        return code
    return area.name if lang == "zh" else area.name_en


def english(area: areas.Area) -> str:
    """The English name without the kind of settlement."""
    words = area.name_en.split()
    kinds = {
        "Subdistrict",
        "Town",
        "Township",
        "Village",
        "Community",
        "District",
        "Miao",
        "Tujia",
        "Gelao",
        "and",
        "Ethnic",
    }
    return " ".join(word for word in words if word not in kinds) or area.name_en


def is_subdistrict(code: str) -> bool:
    """Whether a town is an urban subdistrict (街道)."""
    area = by_code().get(code)
    return area is not None and area.kind == SUBDISTRICT_KIND
