"""The district's areas: towns and villages with names, parents, seats and tiles, and the outline."""

from __future__ import annotations

import csv
import functools
import json
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import ContractError
from warehouse.paths import AGREEMENTS

REFERENCE = AGREEMENTS / "reference"
DISTRICT_CODE = "500156000000"


@dataclass(frozen=True)
class Area:
    """One area by its 12-digit statistical code; seat in degrees (WGS84), tile in grid steps; None for villages."""

    area_code: str
    level: str
    name: str
    name_short: str
    name_en: str
    kind: str
    parent_code: str
    urban_rural_code: str
    alternative_code: str
    longitude: float | None
    latitude: float | None
    tile_column: int | None
    tile_row: int | None
    census_2010_population: int | None


@functools.cache
def load_areas(path: Path = REFERENCE / "areas.csv") -> tuple[Area, ...]:
    """The district, its towns and its villages, in the order of their codes."""
    areas = []
    for row in read_table(path):
        areas.append(
            Area(
                area_code=row["area_code"],
                level=row["level"],
                name=row["name"],
                name_short=row["name_short"],
                name_en=row["name_en"],
                kind=row["kind"],
                parent_code=row["parent_code"],
                urban_rural_code=row["urban_rural_code"],
                alternative_code=row["alternative_code"],
                longitude=float(row["longitude"]) if row["longitude"] else None,
                latitude=float(row["latitude"]) if row["latitude"] else None,
                tile_column=int(row["tile_column"]) if row["tile_column"] else None,
                tile_row=int(row["tile_row"]) if row["tile_row"] else None,
                census_2010_population=int(row["census_2010_population"]) if row["census_2010_population"] else None,
            )
        )
    return tuple(sorted(areas, key=lambda area: area.area_code))


@dataclass(frozen=True)
class AreaAlias:
    """Another name or code of a town, as bureaus still write it; a town that was split has one row for each successor."""

    alias: str
    alias_kind: str
    area_code: str


@functools.cache
def load_area_aliases(path: Path = REFERENCE / "area_aliases.csv") -> tuple[AreaAlias, ...]:
    """Former names and codes and short names of towns and villages, in the order of the table.

    Raises: ContractError for an alias of an area that isn't in areas.csv.
    """
    known = {area.area_code for area in load_areas()}
    aliases = tuple(AreaAlias(row["alias"], row["alias_kind"], row["area_code"]) for row in read_table(path))
    for entry in aliases:
        if entry.area_code not in known:
            raise ContractError(
                "an alias is of no known area", where=path.name, found=f"{entry.alias} {entry.area_code}"
            )
    return aliases


@functools.cache
def former_county_codes(path: Path = REFERENCE / "county_codes.csv") -> tuple[str, ...]:
    """The six-digit codes that the district had before today's."""
    codes = (row["county_code"] for row in read_table(path))
    return tuple(code for code in codes if code != DISTRICT_CODE[:6])


def towns() -> tuple[Area, ...]:
    """The 26 towns and subdistricts."""
    return tuple(area for area in load_areas() if area.level == "town")


def villages(town_code: str | None = None) -> tuple[Area, ...]:
    """The villages and communities, of one town or of all."""
    return tuple(area for area in load_areas() if area.level == "village" and town_code in (None, area.parent_code))


def town_of(area_code: str) -> str:
    """The 12-digit code of the town that a village or town code lies in."""
    return area_code[:9] + "000"


@functools.cache
def district_outline() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Rings of the district's outline as (longitude, latitude) in degrees."""
    shape = json.loads((REFERENCE / "district_outline.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    return tuple(tuple((x, y) for x, y in ring) for polygon in polygons for ring in polygon)


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of one reference table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
