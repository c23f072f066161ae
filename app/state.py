"""The only reader and writer of the address: what the reader chose, by code and never by label.

An address holds only what differs from the default. A value that is unknown falls back to the default and is
reported, so that an old link opens with a notice and never with an error. No personal data can be chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

import streamlit as st

from app import fmt
from app.queries import Selection
from app.theme import LAYERS

AGES = ("0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+")
MEASURES = ("share", "persons", "net", "alerts", "paid", "nursing")
MAPS = ("tiles", "seats")
ORDERS = ("value", "change", "alerts", "name")
PARTS = ("moves", "towns")
TABLES = ("trend", "layers", "board", "map", "pyramid", "bridge", "alerts", "multiples", "rows", "quarantine")
NAMES = {
    "lang": "lang",
    "week": "w",
    "town": "t",
    "village": "v",
    "layers": "l",
    "settlement": "ur",
    "sex": "sex",
    "ages": "age",
    "measure": "m",
    "map": "map",
    "order": "o",
    "part": "p",
    "tables": "tb",
}
MANY = ("layers", "ages", "tables")
TOWN_DIGITS = 9
TOWN_PADDING = "000"
SESSION = "choices"
WRITTEN = "address_written"
PAGE = "page"
PAGES = "pages"


@dataclass(frozen=True)
class State:
    """Everything that the reader can choose, on any page; the empty value is the default."""

    lang: str = "zh"
    week: str = ""
    town: str = ""
    village: str = ""
    layers: tuple[str, ...] = ()
    settlement: str = ""
    sex: str = ""
    ages: tuple[str, ...] = ()
    measure: str = ""
    map: str = ""
    order: str = ""
    part: str = ""
    tables: tuple[str, ...] = ()

    @property
    def filters(self) -> dict[str, str | tuple[str, ...]]:
        """The filters that are set, for chips and for counting."""
        names = ("town", "village", "layers", "settlement", "sex", "ages")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True)
class Options:
    """What may be chosen in the published build: weeks (Sundays, newest first), town and village codes."""

    weeks: tuple[date, ...]
    towns: tuple[str, ...]
    villages: tuple[str, ...]

    def allowed(self, name: str) -> tuple[str, ...]:
        """The codes that a field may take."""
        fixed = {
            "lang": ("zh", "en"),
            "layers": LAYERS,
            "settlement": ("1", "2"),
            "sex": ("1", "2"),
            "ages": AGES,
            "measure": MEASURES,
            "map": MAPS,
            "order": ORDERS,
            "part": PARTS,
            "tables": TABLES,
        }
        if name == "week":
            return tuple(fmt.week_code(sunday) for sunday in self.weeks)
        if name == "town":
            return self.towns
        return self.villages if name == "village" else fixed[name]


def parse(address: Mapping[str, str], options: Options) -> tuple[State, list[str]]:
    """The state that an address names, and the parameters whose value was unknown and fell back."""
    found: dict[str, object] = {}
    dropped: list[str] = []
    for name, short in NAMES.items():
        raw = address.get(short)
        if raw is None or raw == "":
            continue
        allowed = options.allowed(name)
        if name in MANY:
            codes = [code.replace(" ", "+") for code in raw.split(",")]
            kept = tuple(code for code in allowed if code in codes)
            if len(kept) < len(set(codes)):
                dropped.append(short)
            found[name] = kept
            continue
        value = raw + TOWN_PADDING if name == "town" and len(raw) == TOWN_DIGITS else raw
        if value in allowed:
            found[name] = value
        else:
            dropped.append(short)
    dropped += [key for key in address if key not in NAMES.values() and not key.startswith("embed")]
    state = State(**found)  # type: ignore[arg-type]
    if state.village and state.village[:TOWN_DIGITS] + TOWN_PADDING != state.town:
        state = replace(state, town=state.village[:TOWN_DIGITS] + TOWN_PADDING)
    return normal(state, options), dropped


def normal(state: State, options: Options) -> State:
    """The same choice with every default written as the empty value."""
    newest = fmt.week_code(options.weeks[0])
    return replace(
        state,
        week="" if state.week == newest else state.week,
        measure="" if state.measure == MEASURES[0] else state.measure,
        map="" if state.map == MAPS[0] else state.map,
        order="" if state.order == ORDERS[0] else state.order,
        part="" if state.part == PARTS[0] else state.part,
    )


def to_address(state: State) -> dict[str, str]:
    """The parameters of an address; only what differs from the default."""
    address = {}
    default = State()
    for item in fields(State):
        value = getattr(state, item.name)
        if value == getattr(default, item.name):
            continue
        text = ",".join(value) if isinstance(value, tuple) else value
        address[NAMES[item.name]] = text[:TOWN_DIGITS] if item.name == "town" else text
    return address


def selection(state: State, options: Options) -> Selection:
    """The choice as the queries take it."""
    return Selection(
        week=sunday(state, options),
        town=state.town,
        village=state.village,
        layers=state.layers,
        settlement=state.settlement,
        sex=state.sex,
        ages=state.ages,
    )


def sunday(state: State, options: Options) -> date:
    """The chosen week's last day; the newest week where none is chosen."""
    by_code = {fmt.week_code(week): week for week in options.weeks}
    return by_code.get(state.week, options.weeks[0])


def language() -> str:
    """The language before anything else is known: the address, else the session, else Chinese."""
    session = st.session_state.get(SESSION, State())
    named = st.query_params.get(NAMES["lang"])
    return named if named in ("zh", "en") else session.lang


def arrive(page: str, options: Options) -> tuple[State, list[str]]:
    """The state of this run, with what had to be dropped from the address.

    Streamlit empties the address when the reader turns to another page; then the session's choice is written back.
    On the same page an address that was not written here came from the reader (a link, the back button) and counts.
    """
    address = dict(st.query_params.items())
    turned = st.session_state.get(PAGE) not in (None, page)
    st.session_state[PAGE] = page
    dropped: list[str] = []
    known = SESSION in st.session_state
    if not known or (address != st.session_state.get(WRITTEN) and not (turned and not address)):
        st.session_state[SESSION], dropped = parse(address, options)
    state = normal(st.session_state[SESSION], options)
    write(state)
    return state, dropped


def write(state: State) -> None:
    """Puts the state into the session and into the address."""
    address = to_address(state)
    st.session_state[SESSION] = state
    st.session_state[WRITTEN] = address
    if dict(st.query_params.items()) != address:
        st.query_params.from_dict(address)


def change(**choices: object) -> None:
    """Changes some choices; another town lets go of the village."""
    state: State = st.session_state.get(SESSION, State())
    if "town" in choices and "village" not in choices and choices["town"] != state.town:
        choices["village"] = ""
    write(replace(state, **choices))  # type: ignore[arg-type]


def clear() -> None:
    """Lets go of every filter; week, language and the kind of view stay."""
    change(town="", village="", layers=(), settlement="", sex="", ages=())


def toggle_table(chart: str) -> None:
    """Shows a chart as a table, or back."""
    state: State = st.session_state.get(SESSION, State())
    tables = set(state.tables) ^ {chart}
    change(tables=tuple(name for name in TABLES if name in tables))


def draw_link(page: str, label: str) -> None:
    """A link to another page that takes the reader's choice along."""
    st.page_link(st.session_state[PAGES][page], label=label, query_params=to_address(st.session_state[SESSION]))


def remember_pages(pages: dict[str, st.Page]) -> None:
    """Keeps the pages of this run by their path, for links."""
    st.session_state[PAGES] = pages
