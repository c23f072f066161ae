"""Keys and seals: wrong keys refuse, seals notice every change, an identity is opened only with a reason."""

import sqlite3

import pytest

from warehouse.errors import KeyFault
from warehouse.keys import create_keys, load_keys
from warehouse.paths import home
from warehouse.vault import (
    CHUNK_BYTES,
    open_identity,
    open_vault,
    seal_file,
    seal_identities,
    unknown_keys,
    unseal_file,
)


@pytest.fixture
def place(tmp_path):
    place = home(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    return place


def test_keys_are_made_once_and_readable_by_their_owner_only(place) -> None:
    first = load_keys(place)
    assert not create_keys(place)
    assert load_keys(place) == first
    assert {path.stat().st_mode & 0o777 for path in place.keys.iterdir()} == {0o600}


def test_other_keys_are_refused(place, tmp_path) -> None:
    load_keys(place)
    other = home(place.root, tmp_path / "other")
    with pytest.raises(KeyFault, match="missing"):
        create_keys(other)
    with pytest.raises(KeyFault, match="missing"):
        load_keys(other)
    create_keys(home(tmp_path / "elsewhere", tmp_path / "other"))
    with pytest.raises(KeyFault, match="not the keys"):
        load_keys(other)


def test_keys_inside_the_data_folder_are_refused(tmp_path) -> None:
    inside = home(tmp_path, tmp_path / "keys")
    create_keys(inside)
    with pytest.raises(KeyFault, match="inside"):
        load_keys(inside)


def test_an_identity_is_sealed_once_and_opened_with_a_reason(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as vault:
        assert seal_identities(vault, keys, [("k1", {"name": "甲"}), ("k2", {"name": "乙"})]) == 2
        assert seal_identities(vault, keys, [("k1", {"name": "丙"})]) == 0
        assert unknown_keys(vault, ["k1", "k3"]) == {"k3"}
        opened = open_identity(vault, keys, "k1", steward="s", reason="核对", at="2025-11-24T09:00:00")
        assert opened == {"name": "甲"}
        with pytest.raises(ValueError, match="reason"):
            open_identity(vault, keys, "k1", steward="s", reason=" ", at="2025-11-24T09:00:00")
        assert vault.execute("select count(*) from opened").fetchone()[0] == 1


def test_many_keys_are_looked_up_as_few_are(place, monkeypatch) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as vault:
        seal_identities(vault, keys, [("k1", {"name": "甲"})])
        vault.execute("insert into erased values ('k2', '2025-11-24', '本人申请')")
        few = unknown_keys(vault, ["k1", "k2", "k3"])
        monkeypatch.setattr("warehouse.vault.ONE_BY_ONE", 1)
        assert few == unknown_keys(vault, ["k1", "k2", "k3"]) == {"k3"}


def test_a_seal_moved_to_another_person_does_not_open(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as vault:
        seal_identities(vault, keys, [("k1", {"name": "甲"}), ("k2", {"name": "乙"})])
    with sqlite3.connect(place.vault) as raw:
        raw.execute(
            "update identity set sealed = (select sealed from identity where subject_key = 'k2') where subject_key = 'k1'"
        )
    with open_vault(place.vault) as vault, pytest.raises(KeyFault):
        open_identity(vault, keys, "k1", steward="s", reason="r", at="2025-11-24")


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_a_sealed_file_opens_to_the_same_bytes(place, tmp_path, size) -> None:
    keys = load_keys(place)
    source = tmp_path / "clear"
    source.write_bytes(b"x" * size)
    seal_file(source, tmp_path / "sealed", keys, b"name")
    assert unseal_file(tmp_path / "sealed", keys, b"name") == b"x" * size
    assert b"xxxxxxxx" not in (tmp_path / "sealed").read_bytes()


def test_a_sealed_file_that_was_cut_changed_or_renamed_does_not_open(place, tmp_path) -> None:
    keys = load_keys(place)
    (tmp_path / "clear").write_bytes(b"y" * (CHUNK_BYTES + 10))
    seal_file(tmp_path / "clear", tmp_path / "sealed", keys, b"name")
    whole = (tmp_path / "sealed").read_bytes()
    first_chunk = 4 + int.from_bytes(whole[:4], "big")
    for damaged in (whole[:first_chunk], whole[:-1], whole[:100] + bytes([whole[100] ^ 1]) + whole[101:], b""):
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(KeyFault):
            unseal_file(tmp_path / "damaged", keys, b"name")
    with pytest.raises(KeyFault):
        unseal_file(tmp_path / "sealed", keys, b"other name")
