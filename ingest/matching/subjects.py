"""One subject: a row without a usable number, and what of it can be compared.

In: packed facts from the vault. Out: a record with the keys under which the right person can be found. Memory only.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from warehouse import vault
from warehouse.areas import load_areas, town_of

PLACES = 18
WHOLE = re.compile(r"[0-9]{17}[0-9X]")
HIDING = re.compile(r"\*+|X{3,}|#{3,}")
SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?E\+?[0-9]+")
TOWN_CODE = re.compile(r"500156[0-9]{3,6}")
HIDDEN = "_%"
# A number cell keeps 15 places and ends in 000, or in what the nearest binary number of that size ends in: multiples of 8.
KEPT_PLACES, MOST_OFF, STEP = 15, 32, 8
# A number with one wrong place keeps two of its three parts: area, birth date, order with check digit.
PARTS = {"a": ((0, 14),), "b": ((6, 12),), "c": ((0, 6), (14, 4)), "m": ((0, 4), (14, 4)), "l": ((0, 15),)}
# Beside a name: area and year of birth at the front, order and check character at the end. One wrong place keeps one.
FRONT, END = 10, 4


@dataclass(frozen=True)
class Subject:
    """What a row says. `number`: 18 places that break a rule; `pattern`: a mask as SQL's like reads it.

    `kept`: the first 15 places, where the last three look as if a spreadsheet had lost them.
    """

    unique_id: str
    number: str | None
    pattern: str | None
    open_places: int
    kept: str | None
    names: list[str]
    birth_dates: list[str]
    sex: str | None
    towns: list[str]
    keys: list[str]


def read_subject(subject_key: str, packed: str) -> Subject:
    """The subject under a key of the vault."""
    facts = {
        name: [value for value in text.split(vault.BETWEEN_VALUES) if value]
        for name, text in zip(vault.FACTS, packed.split(vault.BETWEEN_FACTS), strict=True)
    }
    written = facts["number"][0] if facts["number"] else ""
    number = written if WHOLE.fullmatch(written) else None
    pattern = None if number else _pattern(written)
    kept = _kept_places(number) if number else None
    towns = sorted({town for area in facts["area"] for town in towns_named(area)})
    sexes = [code for code in facts["sex_code"] if code in ("1", "2")]
    return Subject(
        unique_id=subject_key,
        number=number,
        pattern=pattern,
        open_places=sum(place not in HIDDEN for place in number or pattern or ""),
        kept=kept,
        names=facts["name"],
        birth_dates=facts["birth_date"],
        sex=sexes[0] if len(sexes) == 1 else None,
        towns=towns,
        keys=_keys(number or pattern or "", kept, facts["name"], facts["birth_date"], towns),
    )


def _pattern(written: str) -> str | None:
    """A masked number as a pattern: _ for each hidden place, % where the mask doesn't say how many it hides."""
    if scientific := SCIENTIFIC.match(written):
        digits = scientific[1] + (scientific[2] or "")
        # The last digit was rounded.
        return digits[:-1] + "%" if len(digits) > 1 else None
    if not HIDING.search(written) or re.search(r"[^0-9X*#]", written):
        return None
    if len(written) == PLACES:
        return HIDING.sub(lambda hidden: "_" * len(hidden[0]), written)
    return HIDING.sub("%", written)


def _kept_places(number: str) -> str | None:
    if not number.isdigit():
        return None
    off = (int(number) + MOST_OFF) % 1000 - MOST_OFF
    if off > MOST_OFF or off % STEP:
        return None
    return str(int(number) - off)[:KEPT_PLACES]


def _keys(number: str, kept: str | None, names: list[str], birth_dates: list[str], towns: list[str]) -> list[str]:
    keys = []
    if len(number) == PLACES:
        for tag, places in PARTS.items():
            part = "".join(number[start : start + length] for start, length in places)
            if (tag not in "lm" or "_" in number) and not set(part) & set(HIDDEN):
                keys.append(f"{tag}|{part}")
    if kept:
        keys.append(f"l|{kept}")
    for name in names:
        for tag, edge, length in (("f", number[:FRONT], FRONT), ("t", number[-END:], END)):
            if len(edge) == length and not set(edge) & set(HIDDEN):
                keys.append(f"{tag}|{name}|{edge}")
        keys += [f"d|{name}|{day}" for day in birth_dates]
        keys += [f"o|{name}|{town}" for town in towns]
    return keys


@functools.lru_cache(maxsize=100_000)
def towns_named(area: str) -> tuple[str, ...]:
    """The town that a code or a name lies in, by its 12-digit code; nothing when that isn't sure."""
    if TOWN_CODE.fullmatch(area):
        return (town_of(area),)
    found = [(len(name), code) for name, code in _town_names() if name in area]
    longest = max((length for length, _ in found), default=0)
    codes = {code for length, code in found if length == longest}
    return tuple(codes) if len(codes) == 1 else ()


@functools.cache
def _town_names() -> tuple[tuple[str, str], ...]:
    return tuple((area.name, area.area_code) for area in load_areas() if area.level == "town")
