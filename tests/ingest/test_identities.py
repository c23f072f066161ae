"""What the vault holds after ingest: the same whatever the order of files, their splitting, repetition and workers."""

from __future__ import annotations

import itertools

import pytest

from tests.ingest.deliveries_made import (
    CREMATION,
    EIGHT,
    NUMBER_A,
    NUMBER_B,
    PAYMENT,
    POPULATION,
    SETTLEMENT,
    csv_bytes,
    ingest,
    keyed,
    new_home,
    payments,
    put,
    xlsx_bytes,
)
from warehouse import vault
from warehouse.keys import load_keys
from warehouse.paths import Home

WRONG = NUMBER_A[:17] + "0"
MASKED = "5123**********0018"
FILES = {
    "police__population__2025Q3__001.csv": lambda: csv_bytes(
        [POPULATION, {**POPULATION, "公民身份号码": MASKED, "姓名": "王五"}]
    ),
    "medical_insurance__settlements__20251005__001.csv": lambda: csv_bytes(
        [SETTLEMENT, {**SETTLEMENT, "结算ID": "S2", "证件号码": NUMBER_B}], "utf-8-sig"
    ),
    "finance__payments__202510__001.csv": lambda: csv_bytes(
        [{**PAYMENT, "姓名": "张三豐"}, {**PAYMENT, "发放批次": "B2", "证件号码": WRONG}]
    ),
}


def held(place: Home) -> dict[str, object]:
    """Everything the vault holds, opened, and where unusable numbers stand."""
    keys = load_keys(place)
    with vault.open_vault(place.vault) as connection:
        found: dict[str, object] = {"sightings": vault.read_sightings(connection)}
        for kind in vault.KINDS:
            for subject_keys, packed in vault.read_all(connection, keys, kind):
                found |= {f"{kind} {key}": facts for key, facts in zip(subject_keys, packed, strict=True)}
    return found


def persons(place: Home) -> dict[str, dict[str, str]]:
    """The facts of each person with a number, by number."""
    facts = [vault.unpack(str(text)) for key, text in held(place).items() if key.startswith("identity")]
    return {entry["number"]: entry for entry in facts}


def subjects(place: Home) -> list[dict[str, str]]:
    """The facts of each subject without a usable number."""
    return [vault.unpack(str(text)) for key, text in held(place).items() if key.startswith("unnumbered")]


def test_the_order_of_files_does_not_matter(tmp_path, monkeypatch) -> None:
    """One run a file, in every order, and all files at once: the vault ends the same."""
    ends = []
    for place_of, order in enumerate(itertools.permutations(FILES)):
        place = new_home(tmp_path / str(place_of))
        for name in order:
            put(place, name, FILES[name]())
            assert ingest(place, monkeypatch) == 0
        ends.append(place)
    at_once = new_home(tmp_path / "at once")
    for name, content in FILES.items():
        put(at_once, name, content())
    assert ingest(at_once, monkeypatch) == 0
    told = [persons(place) for place in (*ends, at_once)]
    assert told[0].keys() == {NUMBER_A, NUMBER_B}
    # Both names stay: the police's and the bank's.
    assert told[0][NUMBER_A]["name"] == "张三丰、张三豐"
    assert told[0][NUMBER_A]["area"] == "500156101201"
    assert told[0][NUMBER_B] == {"number": NUMBER_B}
    assert all(entry == told[0] for entry in told)
    unusable = [sorted(subjects(place), key=str) for place in (*ends, at_once)]
    assert all(entry == unusable[0] for entry in unusable)
    assert [entry["number"] for entry in unusable[0]] == [MASKED, WRONG]


def test_a_person_first_seen_without_a_name_gains_it_later(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, "medical_insurance__settlements__20251005__001.csv", csv_bytes([SETTLEMENT], "utf-8-sig"))
    assert ingest(place, monkeypatch) == 0
    assert persons(place) == {NUMBER_A: {"number": NUMBER_A}}
    put(place, "police__population__2025Q3__001.csv", csv_bytes([POPULATION]))
    assert ingest(place, monkeypatch) == 0
    assert persons(place)[NUMBER_A] == {
        "number": NUMBER_A,
        "name": "张三丰",
        "birth_date": "1955-03-12",
        "sex_code": "1",
        "area": "500156101201",
    }


def test_two_workers_hold_the_same_as_none(tmp_path, monkeypatch) -> None:
    places = [new_home(tmp_path / name) for name in ("none", "two")]
    (tmp_path / "two" / "keys").joinpath("person.key").write_bytes(
        (tmp_path / "none" / "keys" / "person.key").read_bytes()
    )
    for place, workers in zip(places, (0, 2), strict=True):
        for name, content in EIGHT.items():
            put(place, name, content())
        assert ingest(place, monkeypatch, workers) == 0
    assert held(places[0]) == held(places[1])


def test_what_a_bureau_keeps_sending_is_one_subject(tmp_path, monkeypatch) -> None:
    """The same wrong number in two months is one subject in two places; another name beside it makes it another."""
    place = new_home(tmp_path)
    line = {**PAYMENT, "证件号码": WRONG}
    payments(place, [line], "finance__payments__202509__001.csv")
    payments(place, [line, {**line, "发放批次": "B2", "姓名": "李四"}], "finance__payments__202510__001.csv")
    assert ingest(place, monkeypatch) == 0
    assert sorted(subject["name"] for subject in subjects(place)) == ["张三丰", "李四"]
    places = [(key, row) for key, _, _, row in held(place)["sightings"]]  # type: ignore[attr-defined]
    assert len({key for key, _ in places}) == 2
    assert sorted(row for _, row in places) == [2, 2, 3]


def test_namesakes_without_any_number_stay_two(tmp_path, monkeypatch) -> None:
    """Two certificates of cremation, one name, no number: two subjects, each the same in a later delivery."""
    place = new_home(tmp_path)
    dead = [{**CREMATION, "证件号码": None, "火化证号": number} for number in ("C0001", "C0002")]
    put(place, "funeral__cremations__20251005__001.xlsx", xlsx_bytes(dead, "火化登记"))
    put(place, "funeral__cremations__20251012__001.xlsx", xlsx_bytes(dead[:1], "火化登记"))
    assert ingest(place, monkeypatch) == 0
    sightings = held(place)["sightings"]
    keys = [key for key, *_ in sightings]  # type: ignore[attr-defined]
    assert len(keys) == 3
    assert len(set(keys)) == 2


def test_test_rows_footers_and_copies_are_nobody(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    line = {**PAYMENT, "证件号码": WRONG}
    payments(place, [{**line, "姓名": "测试"}, line, line])
    assert ingest(place, monkeypatch) == 0
    assert [subject["name"] for subject in subjects(place)] == ["张三丰"]


def test_a_refused_file_leaves_nothing_in_the_vault(tmp_path, monkeypatch) -> None:
    """The last check of a file refuses it: its persons, laid aside by then, are forgotten."""
    place = new_home(tmp_path)
    put(place, "finance__payments__202510__001.csv", csv_bytes([PAYMENT, {**PAYMENT, "证件号码": WRONG}]),
        control_totals={"应发金额": "1.00"})  # fmt: skip
    assert ingest(place, monkeypatch) == 3
    assert held(place) == {"sightings": []}


@pytest.mark.parametrize("limit", [1, 50_000])
def test_the_memory_of_a_run_does_not_change_what_is_held(tmp_path, monkeypatch, limit) -> None:
    monkeypatch.setattr("ingest.identities.MOST_RECENT", limit)
    place = new_home(tmp_path)
    for name, content in {**EIGHT, **FILES}.items():
        put(place, name, content())
    assert ingest(place, monkeypatch) == 0
    assert persons(place)[NUMBER_A]["name"] == "张三丰、张三豐"
    assert keyed(place, "id", NUMBER_A) in {key.removeprefix("identity ") for key in held(place)}
