"""The address: what it says is what is shown, by code; what it can't say falls back and is reported."""

from __future__ import annotations

from datetime import date

import pytest

from app.state import AGES, Options, State, normal, parse, selection, to_address

OPTIONS = Options(
    weeks=(date(2025, 11, 23), date(2025, 11, 16), date(2024, 12, 29)),
    towns=("500156101000", "500156102000"),
    villages=("500156101001", "500156102001"),
)


def test_an_address_holds_only_what_differs_from_the_default() -> None:
    assert to_address(State()) == {}
    assert to_address(normal(State(week="2025-W47", measure="share", map="tiles"), OPTIONS)) == {}
    assert to_address(State(lang="en", town="500156101000", layers=("TK", "DB"))) == {
        "lang": "en",
        "t": "500156101",
        "l": "TK,DB",
    }


@pytest.mark.parametrize(
    "chosen",
    [
        State(),
        State(lang="en", week="2025-W46"),
        State(
            town="500156101000", village="500156101001", measure="persons", map="seats", order="change", part="towns"
        ),
        State(layers=("TK", "GX"), settlement="2", sex="1", ages=("0-9", "80+"), tables=("trend", "map")),
    ],
)
def test_an_address_brings_the_same_state_back(chosen: State) -> None:
    assert parse(to_address(chosen), OPTIONS) == (chosen, [])


def test_a_plus_that_a_browser_turned_into_a_space_is_understood() -> None:
    assert parse({"age": "80 "}, OPTIONS) == (State(ages=("80+",)), [])


@pytest.mark.parametrize(
    ("address", "kept", "dropped"),
    [
        ({"t": "999999999"}, State(), ["t"]),
        ({"w": "2025-W99"}, State(), ["w"]),
        ({"l": "TK,XX"}, State(layers=("TK",)), ["l"]),
        ({"lang": "fr", "m": "share"}, State(), ["lang"]),
        ({"township": "500156101"}, State(), ["township"]),
        ({"embed": "true"}, State(), []),
        ({"sex": ""}, State(), []),
    ],
)
def test_unknown_values_and_names_fall_back_and_are_reported(address, kept, dropped) -> None:
    assert parse(address, OPTIONS) == (kept, dropped)


def test_a_village_brings_its_own_town() -> None:
    state, dropped = parse({"v": "500156102001", "t": "500156101"}, OPTIONS)
    assert (state.town, state.village, dropped) == ("500156102000", "500156102001", [])


def test_the_week_is_the_iso_week_of_its_sunday() -> None:
    # Sunday 29 December 2024 ends ISO week 52 of 2024.
    assert selection(State(week="2024-W52"), OPTIONS).week == date(2024, 12, 29)
    assert selection(State(), OPTIONS).week == date(2025, 11, 23)


def test_ages_cover_the_bands_in_order() -> None:
    assert AGES[0] == "0-9"
    assert AGES[-1] == "80+"
    assert len(AGES) == 9
