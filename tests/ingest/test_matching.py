"""Whom a row without a usable number is proposed for, and whom never: twins, namesakes, two who fit alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.identity_numbers import CHECK_CHARACTERS, WEIGHTS
from ingest.matching.__main__ import match
from ingest.matching.subjects import read_subject, towns_named
from ingest.matching.weights import load_weights
from warehouse import vault
from warehouse.database import open_memory
from warehouse.erasure import person_key
from warehouse.errors import ContractError
from warehouse.keys import create_keys, load_keys
from warehouse.matches import ambiguous_pairs, matches_folder, proposals
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at

FENGSHAN, FURONG = "500156001001", "500156002001"
WEIGHING = load_weights()


def number(prefix: str, birth: str, order: int) -> str:
    """A valid number: prefix, birth date, order, and the check character that GB 11643 gives."""
    body = f"{prefix}{birth}{order:03d}"
    return body + CHECK_CHARACTERS[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def with_check(whole: str, step: int = 1) -> str:
    """The same number with another check character."""
    return whole[:17] + CHECK_CHARACTERS[(CHECK_CHARACTERS.index(whole[17]) + step) % 11]


def mask(whole: str) -> str:
    return whole[:4] + "*" * 10 + whole[14:]


ZHANG = number("500232", "19880715", 102)


@pytest.fixture
def place(tmp_path) -> Home:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    return place


def key_of(place: Home, whole: str) -> str:
    return person_key(load_keys(place), whole)


def hold(
    place: Home, persons: list[tuple[str, str, str]], subjects: dict[str, dict[str, str]], others_count: int = 300
) -> None:
    """Persons (number, name, area) and subjects (facts by subject key) into the vault, among others."""
    keys = load_keys(place)
    others = [
        (number(f"51{3000 + i // 1000}", f"19{50 + i % 50}{1 + i % 12:02d}11", i % 1000), f"路{chr(0x4E00 + i)}人", "")
        for i in range(others_count)
    ]
    rows = [
        (key_of(place, whole), vault.pack({"number": whole, "name": name, "area": area}))
        for whole, name, area in (*persons, *others)
    ]
    with vault.open_vault(place.vault) as connection:
        vault.lay_aside(connection, keys, rows)
        sightings = [(subject, "finance__payments", "b" * 16, i + 2) for i, subject in enumerate(subjects)]
        packed = [(subject, vault.pack(facts)) for subject, facts in subjects.items()]
        vault.lay_aside(connection, keys, packed, "unnumbered", sightings)
        vault.take_in(connection, keys)


def proposed(place: Home) -> dict[str, str]:
    """The person proposed for each subject."""
    match(place, load_keys(place), WEIGHING)
    return {pair.subject_key: pair.person_key for pair in proposals(place)}


@pytest.mark.parametrize(
    ("written", "more", "reason"),
    [
        (with_check(ZHANG), {}, "number_one_digit_wrong"),  # D02
        (ZHANG[:8] + str((int(ZHANG[8]) + 1) % 10) + ZHANG[9:], {}, "number_one_digit_wrong"),
        (ZHANG[:11] + ZHANG[12] + ZHANG[11] + ZHANG[13:], {}, "number_two_digits_swapped"),
        (ZHANG[:15] + "000", {}, "number_last_three_lost"),  # D04
        (f"{int(float(ZHANG[:15] + '000')):d}", {}, "number_last_three_lost"),  # the nearest binary number
        (ZHANG, {}, "number_same"),  # a number cell that has kept every digit
        (mask(ZHANG), {}, "mask_leaves_eight"),  # D05
        ("5.00232E+17", {"birth_date": "1988-07-15"}, "mask_leaves_few"),  # D04 as a spreadsheet shows it
        ("", {"birth_date": "1988-07-15"}, "birth_date_same"),  # no number at all
    ],
)
def test_each_defect_finds_its_person(place: Home, written: str, more: dict[str, str], reason: str) -> None:
    hold(place, [(ZHANG, "张文静", FENGSHAN)], {"s": {"number": written, "name": "张文静", **more}})
    assert proposed(place) == {"s": key_of(place, ZHANG)}
    pair = proposals(place)[0]
    assert reason in pair.match_reasons.split(",")
    assert WEIGHING.proposal_threshold <= pair.score <= 1


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"number": with_check(ZHANG)}, "no name: the number of a neighbour may be as near"),
        ({"number": mask(ZHANG)}, "a mask alone fits many"),
        ({"name": "张文静"}, "a name alone"),
        ({"name": "张文静", "area": FENGSHAN}, "a name and a town"),
        ({"number": with_check(ZHANG), "name": "王建国"}, "another name"),
        ({"number": mask(number("512326", "19550312", 1)), "name": "张文静"}, "the mask contradicts"),
        ({"number": "", "name": "张文静", "birth_date": "1990-01-01"}, "another birth date"),
    ],
)
def test_too_little_is_not_proposed(place: Home, facts: dict[str, str], why: str) -> None:
    hold(place, [(ZHANG, "张文静", FENGSHAN)], {"s": facts})
    assert proposed(place) == {}, why


def test_twins_stay_apart(place: Home) -> None:
    """Same birth date, same town, names that share a character, orders that follow each other."""
    first, second = number("500232", "20150601", 121), number("500232", "20150601", 122)
    hold(
        place,
        [(first, "李雨晴", FENGSHAN), (second, "李雨欣", FENGSHAN)],
        {
            "first, wrong check": {"number": with_check(first), "name": "李雨晴"},
            "second, masked": {"number": mask(second), "name": "李雨欣", "area": FENGSHAN},
            "second, lost": {"number": second[:15] + "000", "name": "李雨欣"},
            "first, none": {"name": "李雨晴", "birth_date": "2015-06-01", "area": FENGSHAN},
            "no name": {"number": second[:15] + "000", "birth_date": "2015-06-01", "area": FENGSHAN},
        },
    )
    one, other = key_of(place, first), key_of(place, second)
    assert proposed(place) == {
        "first, wrong check": one,
        "second, masked": other,
        "second, lost": other,
        "first, none": one,
    }


def test_namesakes_are_ambiguous_and_neither_is_proposed(place: Home) -> None:
    """Two of one name, one birth date and one town: what fits both is nobody's; what tells them apart is proposed."""
    first, second = number("500232", "19700101", 31), number("500232", "19700101", 57)
    hold(
        place,
        [(first, "陈建华", FENGSHAN), (second, "陈建华", FENGSHAN)],
        {
            "no number": {"name": "陈建华", "birth_date": "1970-01-01", "area": FENGSHAN},
            "lost": {"number": first[:15] + "000", "name": "陈建华"},
            "masked": {"number": mask(second), "name": "陈建华"},
        },
    )
    assert first[:15] == second[:15]
    assert proposed(place) == {"masked": key_of(place, second)}
    both = {key_of(place, first), key_of(place, second)}
    found: dict[str, set[str]] = {}
    for pair in ambiguous_pairs(place):
        found.setdefault(pair.subject_key, set()).add(pair.person_key)
    assert found == {"no number": both, "lost": both}


def test_a_namesake_in_another_town_does_not_matter(place: Home) -> None:
    """Where number and name speak clearly, a namesake with another number changes nothing."""
    namesake = number("512326", "19620304", 11)
    hold(
        place,
        [(ZHANG, "张文静", FENGSHAN), (namesake, "张文静", FURONG)],
        {"s": {"number": with_check(ZHANG), "name": "张文静", "area": FURONG}},
    )
    assert proposed(place) == {"s": key_of(place, ZHANG)}


@pytest.mark.parametrize(("others", "is_told"), [(2999, True), (99, False)])
def test_a_person_known_without_a_name_is_told_where_that_is_rare(place: Home, others: int, is_told: bool) -> None:
    """One of 3,000 has no name: with the sex, 0.8 × (0.05 × 3,000) × 2 = 240 to 1. One of 100: 0.8 × 5 × 2 = 8 to 1."""
    facts = {"number": with_check(ZHANG), "name": "张文静", "sex_code": "2", "birth_date": "1988-07-15"}
    hold(place, [(ZHANG, "", "")], {"s": facts}, others)
    assert proposed(place) == ({"s": key_of(place, ZHANG)} if is_told else {})


def test_a_changed_name_is_still_the_person(place: Home) -> None:
    """A person whom two bureaus name differently is found under either name."""
    hold(place, [(ZHANG, "张文静", ""), (ZHANG, "张雯静", "")], {"s": {"number": with_check(ZHANG), "name": "张雯静"}})
    assert proposed(place) == {"s": key_of(place, ZHANG)}


def test_the_same_vault_gives_the_same_files_and_nothing_new_is_skipped(place: Home) -> None:
    hold(place, [(ZHANG, "张文静", FENGSHAN)], {"s": {"number": mask(ZHANG), "name": "张文静"}})
    keys = load_keys(place)
    assert match(place, keys, WEIGHING)
    files = {path.name: path.read_bytes() for path in matches_folder(place).iterdir()}
    assert files.keys() == {"proposals.parquet", "ambiguous.parquet", "rows.parquet", "state.json"}
    assert not match(place, keys, WEIGHING)
    (matches_folder(place) / "state.json").unlink()
    assert match(place, keys, WEIGHING)
    assert files == {path.name: path.read_bytes() for path in matches_folder(place).iterdir()}


def test_a_new_person_may_make_a_proposal_ambiguous(place: Home) -> None:
    """A later namesake withdraws an earlier proposal."""
    first, second = number("500232", "19700101", 31), number("500232", "19700101", 57)
    lost = {"s": {"number": first[:15] + "000", "name": "陈建华"}}
    hold(place, [(first, "陈建华", "")], lost)
    assert proposed(place) == {"s": key_of(place, first)}
    hold(place, [(second, "陈建华", "")], lost)
    assert proposed(place) == {}


def test_nothing_clear_lies_in_the_files_or_is_said(place: Home) -> None:
    hold(place, [(ZHANG, "张文静", FENGSHAN)], {"s": {"number": mask(ZHANG), "name": "张文静"}})
    environment = {**os.environ, "WAREHOUSE_KEYS": str(place.keys), "TMPDIR": str(place.root)}
    command = [sys.executable, "-m", "ingest.matching", "--home", str(place.root)]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 proposed, 0 ambiguous" in done.stderr
    said = done.stdout + done.stderr
    for path in (path for path in place.root.rglob("*") if path.is_file()):
        said += path.read_bytes().decode("utf-8", "replace")
        if path.suffix == ".parquet":
            said += repr(pl.read_parquet(path).to_dict(as_series=False))
    for clear in (ZHANG, ZHANG[:14], mask(ZHANG), "张文静"):
        assert clear not in said
    again = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert (again.returncode, "nothing new" in again.stderr) == (0, True)


def test_the_connection_has_no_file_and_may_not_spill(place: Home, monkeypatch) -> None:
    """Candidates are compared in clear, so nothing of them may reach the disk."""
    from ingest.matching import scores

    opened: list[Any] = []
    told: list[Any] = []

    def watched_open() -> object:
        opened.append(open_memory())
        return opened[-1]

    def watched_name(comparison: str) -> str:
        for name in ("temp_directory", "memory_limit"):
            told.append(opened[-1].execute(f"select current_setting('{name}')").fetchone()[0])
        told.append(opened[-1].execute("select count(*) from duckdb_databases() where path is not null").fetchone()[0])
        return level_name(comparison)

    level_name = scores._level_name
    monkeypatch.setattr(scores, "open_memory", watched_open)
    monkeypatch.setattr(scores, "_level_name", watched_name)
    hold(place, [(ZHANG, "张文静", FENGSHAN)], {"s": {"number": mask(ZHANG), "name": "张文静"}})
    assert proposed(place)
    assert told[:3] == ["", "953.6 MiB", 0]  # 1 GB


def test_how_many_are_compared_at_once_does_not_matter(place: Home, monkeypatch) -> None:
    first, second = number("500232", "19700101", 31), number("500232", "19700101", 57)
    subjects = {
        "a": {"number": first[:15] + "000", "name": "陈建华"},
        "b": {"number": mask(second), "name": "陈建华"},
        "c": {"number": with_check(ZHANG), "name": "张文静"},
    }
    hold(place, [(first, "陈建华", ""), (second, "陈建华", ""), (ZHANG, "张文静", "")], subjects)
    match(place, load_keys(place), WEIGHING)
    at_once = (proposals(place), ambiguous_pairs(place))
    (matches_folder(place) / "state.json").unlink()
    monkeypatch.setattr("ingest.matching.scores.SUBJECTS_AT_ONCE", 1)
    match(place, load_keys(place), WEIGHING)
    assert (proposals(place), ambiguous_pairs(place)) == at_once
    assert len(at_once[0]) == 2
    assert len(at_once[1]) == 2


def test_an_empty_vault_gives_empty_files(place: Home) -> None:
    assert proposed(place) == {}
    assert ambiguous_pairs(place) == []
    assert pl.read_parquet(matches_folder(place) / "rows.parquet").height == 0


def test_a_fault_names_kind_and_place_and_no_value(place: Home, monkeypatch, capsys) -> None:
    from ingest.matching import __main__ as command

    def fail(*_: object) -> None:
        raise ValueError(f"cannot read {ZHANG}")

    monkeypatch.setenv("WAREHOUSE_KEYS", str(place.keys))
    monkeypatch.setattr(command, "match", fail)
    assert command.main(["--home", str(place.root)]) == 1
    told = capsys.readouterr()
    assert "ValueError in test_matching.py" in told.err
    assert ZHANG not in told.err + told.out


def test_masks_that_do_not_say_how_much_they_hide_are_read(place: Home) -> None:
    assert read_subject("s", vault.pack({"number": "5002****0219"})).pattern == "5002%0219"
    assert read_subject("s", vault.pack({"number": "500232XXXXXXXX102X"})).pattern == "500232________102X"
    assert read_subject("s", vault.pack({"number": "5002%_****0219"})).pattern is None
    assert read_subject("s", vault.pack({"number": "12345"})).number is None


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        ("000", 0),
        ("008", 0),
        ("032", 0),
        ("033", None),
        ("034", None),
        ("040", None),
        ("960", None),
        ("968", 1),
        ("992", 1),
    ],
)
def test_what_a_spreadsheet_has_lost_is_told_by_the_last_three_places(tail: str, kept: int | None) -> None:
    """At 5 × 10¹⁷ binary numbers stand 64 apart, so X000 is off by 32 at most, and by multiples of 8."""
    written = "512326195503120" + tail
    expected = None if kept is None else str(512326195503120 + kept)
    assert read_subject("s", vault.pack({"number": written})).kept == expected


def test_a_town_is_told_by_code_or_by_name() -> None:
    assert towns_named("500156001001") == towns_named("重庆市武隆区凤山街道") == ("500156001000",)
    assert towns_named("外省") == ()


def test_a_weight_that_is_no_probability_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.yml"
    text = Path("ingest/matching/weights.yml").read_text(encoding="utf-8")
    path.write_text(text.replace("m: 0.97", "m: 1.97"), encoding="utf-8")
    with pytest.raises(ContractError, match="no probability"):
        load_weights(path)
