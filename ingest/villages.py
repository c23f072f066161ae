"""Places from what bureaus write for them: codes of today, of before, of the other scheme, and names old and new.

In: the text of an area column and, where a feed has one, the village's name beside it. Out: the twelve-digit code of today
and a mark where code and name don't go together. A name decides only within the town that the row is in.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from ingest.distinct_texts import DistinctTexts
from warehouse.areas import DISTRICT_CODE, Area, former_county_codes, load_area_aliases, load_areas, town_of

AREA = re.compile(r"[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?")
DIGITS = 12
COUNTY = DISTRICT_CODE[:6]
DISTRICT_PREFIX = re.compile(r"^(?:重庆市?)?武隆(?:区|县)?")
OFFICES = {
    "社区": ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区"),
    "村": ("村村民委员会", "村民委员会", "村委会", "村"),
}
STATISTICAL = "statistical"
UNRESOLVED, OTHER_SCHEME, DIFFERS = "village_unresolved", "area_other_scheme", "area_code_differs"


class Place(NamedTuple):
    """An area's code of today, None where nothing tells it, and the mark that the row carries for it."""

    code: str | None
    mark: str | None = None


class _Named(NamedTuple):
    """What a name says: the towns it may mean (none: it names no town), and the village's part of it."""

    towns: frozenset[str]
    village: str


class Gazetteer:
    """The district's places by code and by name."""

    def __init__(self, areas: Iterable[Area]) -> None:
        self._kind: dict[str, str] = {}
        self._town_names: dict[str, set[str]] = defaultdict(set)
        self._short_towns: dict[str, set[str]] = defaultdict(set)
        self._villages: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._short_villages: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._other: dict[str, set[str]] = defaultdict(set)
        self._former: dict[str, set[str]] = defaultdict(set)
        for area in areas:
            self._kind[area.area_code] = area.level
            if area.level == "town":
                self._town_names[area.name].add(area.area_code)
                self._short_towns[area.name_short].add(area.area_code)
                self._other[area.alternative_code].add(area.area_code)
            elif area.level == "village":
                for office in OFFICES[area.kind]:
                    self._villages[area.parent_code][area.name_short + office].add(area.area_code)
                self._villages[area.parent_code][area.name].add(area.area_code)
                self._short_villages[area.parent_code][area.name_short].add(area.area_code)
        for entry in load_area_aliases():
            if entry.alias_kind == "former_code":
                self._former[entry.alias].add(entry.area_code)
            elif self._kind[entry.area_code] == "town":
                self._town_names[entry.alias].add(entry.area_code)
            else:
                self._villages[town_of(entry.area_code)][entry.alias].add(entry.area_code)

    def is_known(self, code: str) -> bool:
        """Whether this is the code of the district, a town or a village of today."""
        return code in self._kind

    def place(self, text: str | None, name: str | None, scheme: str = STATISTICAL) -> Place:
        """The place that a code and a name mean together; both are cleaned text, either may be empty.

        `scheme` is the one that the contract says the codes of towns are from.
        """
        code = read_code(text)
        if scheme != STATISTICAL and code is not None and code != DISTRICT_CODE:
            return self._from_other_scheme(code, name)
        if text is not None and code is None:
            return Place(self._by_name(text).code) if name is None else self._by_name(text)
        if code is None:
            return self._by_name(name) if name is not None else Place(None)
        if code == DISTRICT_CODE and name is not None:
            found = self._by_name(name)
            return found if found.code is not None else Place(code, UNRESOLVED)
        if code in self._kind:
            return self._check(code, name)
        return self._translate(code, name)

    def _from_other_scheme(self, code: str, name: str | None) -> Place:
        """A code agreed to be of the other scheme; one that this scheme lacks is from ours, and the row says so."""
        towns = self._other.get(code[:9], set())
        if len(towns) != 1:
            found = self.place(code, name)
            return found if found.mark is not None or found.code not in self._kind else Place(found.code, OTHER_SCHEME)
        [town] = towns
        same_place = town[:9] + code[9:]
        return self._check(same_place if same_place in self._kind else town, name)

    def _check(self, code: str, name: str | None) -> Place:
        """A code of today, against the name beside it."""
        if name is None or code == DISTRICT_CODE:
            return Place(code)
        town, named = town_of(code), self._parse(name)
        if town not in named.towns and not named.village:
            # A town's short name may be the name of a village in another town.
            named = named if not self._find(name, [town]) else _Named(frozenset(), name)
        is_village = self._kind[code] == "village"
        if not named.towns or town in named.towns:
            villages = self._find(named.village, [town])
            if code in villages or (not named.village and named.towns):
                return Place(code)
            if len(villages) == 1:
                return Place(villages.pop(), DIFFERS if is_village else None)
            if villages:
                return Place(code, None if is_village else UNRESOLVED)
        other = self._other.get(code[:9], set()) - {town}
        if other and (not named.towns or other & named.towns):
            villages = self._find(named.village, other)
            if len(villages) == 1:
                return Place(villages.pop(), OTHER_SCHEME)
            if named.towns and not villages:
                return Place(min(other & named.towns), OTHER_SCHEME if not named.village else UNRESOLVED)
        elsewhere = named.towns or self._find(named.village, self._villages)
        return Place(code, UNRESOLVED if elsewhere or not is_village else None)

    def _translate(self, code: str, name: str | None) -> Place:
        """A code that isn't one of today's: of a former town, or of the other scheme."""
        former, other = self._former.get(code[:9], set()), self._other.get(code[:9], set())
        towns = former | other
        if not towns:
            return Place(code, UNRESOLVED if code.startswith(COUNTY) and name is not None else None)
        named = self._parse(name) if name is not None else _Named(frozenset(), "")
        if named.towns & towns:
            towns = towns & named.towns
        villages = self._find(named.village, towns) if named.village else set()
        if len(villages) == 1:
            code_found = villages.pop()
            return Place(code_found, None if town_of(code_found) in former else OTHER_SCHEME)
        if len(towns) > 1 or named.towns - towns:
            return Place(code, UNRESOLVED)
        [town] = towns
        same_place = town[:9] + code[9:]
        found = same_place if same_place in self._kind and not named.village else town
        if named.village:
            return Place(found, UNRESOLVED)
        return Place(found, None if town in former else OTHER_SCHEME)

    @functools.lru_cache(maxsize=10_000)  # noqa: B019 (one gazetteer lives as long as the process)
    def _by_name(self, name: str) -> Place:
        named = self._parse(name)
        if named.village:
            villages = self._find(named.village, named.towns or self._villages)
            if len(villages) == 1:
                return Place(villages.pop())
        if len(named.towns) == 1:
            [town] = named.towns
            return Place(town, UNRESOLVED if named.village else None)
        if named.towns or named.village:
            return Place(None, UNRESOLVED)
        return Place(DISTRICT_CODE)

    @functools.lru_cache(maxsize=10_000)  # noqa: B019
    def _parse(self, name: str) -> _Named:
        text = DISTRICT_PREFIX.sub("", name.replace(" ", ""), count=1)
        if text in self._short_towns:
            return _Named(frozenset(self._short_towns[text]), "")
        starts = [town for town in self._town_names if text.startswith(town)]
        if not starts:
            return _Named(frozenset(), text)
        longest = max(starts, key=len)
        return _Named(frozenset(self._town_names[longest]), text[len(longest) :])

    def _find(self, text: str, towns: Iterable[str]) -> set[str]:
        """The villages of these towns that the longest name within a text means."""
        found: dict[int, set[str]] = defaultdict(set)
        if not text:
            return set()
        for town in towns:
            for alias, codes in self._villages.get(town, {}).items():
                if alias in text:
                    found[len(alias)] |= codes
        if found:
            return found[max(found)]
        short = re.sub(r"[0-9一二三四五六七八九十]+[组社队].*$|[村居]$|社区$", "", text)
        return {code for town in towns for code in self._short_villages.get(town, {}).get(short, ())}


class PlaceMarks(NamedTuple):
    """The places of a chunk's rows, and by mark which rows carry it."""

    codes: pl.Series
    marks: dict[str, pl.Series]


def place_marks(
    code: tuple[DistinctTexts, pl.Series], name: tuple[DistinctTexts, pl.Series] | None, scheme: str = STATISTICAL
) -> PlaceMarks:
    """The place of every row, from its cleaned code and the village's name beside it."""
    codes, code_texts = code
    if name is None:
        places, pairs = codes.places, [(text, None) for text in code_texts.to_list()]
    else:
        both = pl.DataFrame({"code": codes.spread(code_texts), "name": name[0].spread(name[1])})
        different = both.unique(maintain_order=True).with_row_index("place")
        places = both.join(different, on=["code", "name"], how="left", nulls_equal=True, maintain_order="left")["place"]
        pairs = list(different.select("code", "name").iter_rows())
    found = [gazetteer().place(text, village, scheme) for text, village in pairs]
    spread = DistinctTexts(code_texts, places).spread
    marks = {place.mark for place in found if place.mark is not None}
    return PlaceMarks(
        spread(pl.Series([place.code for place in found], dtype=pl.String)),
        {mark: spread(pl.Series([place.mark == mark for place in found], dtype=pl.Boolean)) for mark in sorted(marks)},
    )


def read_code(text: str | None) -> str | None:
    """The twelve digits of a code, with today's county in it; None where a text is no code."""
    if text is None or not AREA.fullmatch(text):
        return None
    for former in former_county_codes():
        if text.startswith(former):
            text = COUNTY + text[len(former) :]
    return text.ljust(DIGITS, "0")


@functools.cache
def gazetteer() -> Gazetteer:
    """The gazetteer of the district."""
    return Gazetteer(load_areas())
