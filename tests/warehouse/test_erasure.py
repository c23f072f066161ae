"""A person can be taken out of the vault, for good, and the record says that it was done, not to whom."""

from __future__ import annotations

import subprocess
import sys

import pytest

from warehouse import journal, vault
from warehouse.erasure import erase_person, person_key
from warehouse.errors import WarehouseError
from warehouse.keys import create_keys, load_keys
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at

NUMBER = "500156201809240014"
OTHER = "512326195503120018"


@pytest.fixture
def place(tmp_path) -> Home:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    keys = load_keys(place)
    with vault.open_vault(place.vault) as connection:
        rows = [(person_key(keys, number), {"number": number, "name": "甲"}) for number in (NUMBER, OTHER)]
        vault.seal_identities(connection, keys, rows)
    return place


def test_an_erased_person_is_gone_and_is_not_sealed_again(place: Home) -> None:
    keys = load_keys(place)
    key, other = person_key(keys, NUMBER), person_key(keys, OTHER)
    with vault.open_vault(place.vault) as connection:
        sealed = connection.execute("select sealed from identity where subject_key = ?", (key,)).fetchone()[0]
    assert erase_person(place, NUMBER, steward="数据管理岗", reason="request of 24 November")
    with vault.open_vault(place.vault) as connection:
        rows = [(held, vault.pack({"name": "乙"})) for held in (key, other)]
        assert vault.lacking(connection, keys, rows) == [rows[1]], "the erased person is asked for again"
        assert [row[0] for row in connection.execute("select subject_key from identity")] == [other]
    for path in place.root.glob("vault.sqlite*"):
        assert sealed not in path.read_bytes(), f"the sealed row lingers in {path.name}"


def test_the_record_names_who_and_why_not_whom(place: Home) -> None:
    erase_person(place, NUMBER, steward="数据管理岗", reason="request")
    with journal.open_journal(place.journal) as connection:
        row = connection.execute("select steward, reason, was_held from erasures").fetchone()
    assert tuple(row) == ("数据管理岗", "request", 1)
    assert NUMBER.encode() not in place.journal.read_bytes()
    assert person_key(load_keys(place), NUMBER).encode() not in place.journal.read_bytes()


def test_a_number_that_nobody_holds_is_recorded_all_the_same(place: Home) -> None:
    assert not erase_person(place, "500232198807151026", steward="s", reason="r")
    with journal.open_journal(place.journal) as connection:
        assert connection.execute("select was_held from erasures").fetchone()[0] == 0


def test_full_width_digits_and_a_small_x_name_the_same_person(place: Home) -> None:
    assert erase_person(place, "５００１５６２０１８０９２４００１４ ", steward="s", reason="r")


@pytest.mark.parametrize("number", ["", "5001562018092400", "50015620180924001Y", NUMBER + "0"])
def test_a_malformed_number_is_refused_and_not_repeated(place: Home, number: str) -> None:
    with pytest.raises(WarehouseError) as error:
        erase_person(place, number, steward="s", reason="r")
    assert not number or number not in str(error.value)


@pytest.mark.parametrize(("steward", "reason"), [(" ", "r"), ("s", "")])
def test_an_erasure_needs_a_steward_and_a_reason(place: Home, steward: str, reason: str) -> None:
    with pytest.raises(WarehouseError):
        erase_person(place, NUMBER, steward=steward, reason=reason)


def test_the_command_takes_the_number_from_standard_input_only(place: Home) -> None:
    command = [
        sys.executable,
        "-m",
        "warehouse",
        "erase-person",
        "--home",
        str(place.root),
        "--steward",
        "s",
        "--reason",
        "r",
    ]
    environment = {"WAREHOUSE_KEYS": str(place.keys), "PATH": ""}
    done = subprocess.run(command, cwd=PROJECT, env=environment, input=NUMBER + "\n", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "· erased from the vault\n")
    assert NUMBER not in done.stdout + done.stderr
    assert subprocess.run([*command, NUMBER], cwd=PROJECT, env=environment, capture_output=True).returncode == 2
