"""Keys and seals: wrong keys refuse, seals notice every change, an identity is opened only with a reason."""

import itertools
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import vault
from warehouse.errors import KeyFault
from warehouse.keys import create_keys, load_keys
from warehouse.paths import PROJECT, home
from warehouse.vault import CHUNK_BYTES, open_vault, seal_file, unseal_chunks, unseal_file


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


def test_an_identity_gains_what_it_lacks_and_is_opened_with_a_reason(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as connection:
        assert vault.seal_identities(connection, keys, [("k1", {"number": "1"}), ("k2", {"name": "乙"})]) == 2
        assert vault.seal_identities(connection, keys, [("k1", {"name": "甲", "area": "500156001001"})]) == 0
        opened = vault.open_identity(connection, keys, "k1", steward="s", reason="核对", at="2025-11-24T09:00:00")
        assert opened == {"number": "1", "name": "甲", "area": "500156001001"}
        with pytest.raises(ValueError, match="reason"):
            vault.open_identity(connection, keys, "k1", steward="s", reason=" ", at="2025-11-24T09:00:00")
        assert connection.execute("select count(*) from opened").fetchone()[0] == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_what_is_held_does_not_depend_on_the_order(place, order) -> None:
    """Four bureaus know a person by number, by two names and by area: all of it is held, whoever was first."""
    deliveries = [{"number": "1"}, {"number": "1", "name": "乙"}, {"number": "1", "name": "甲"}, {"area": "a"}]
    keys = load_keys(place)
    for index in order:
        with open_vault(place.vault) as connection:
            vault.seal_identities(connection, keys, [("k", deliveries[index])])
    with open_vault(place.vault) as connection:
        opened = vault.open_identity(connection, keys, "k", steward="s", reason="r", at="t")
    assert opened == {"number": "1", "name": "乙、甲", "area": "a"}


def test_nothing_is_written_when_nothing_is_new(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as connection:
        vault.seal_identities(connection, keys, [("k", {"number": "1", "name": "甲"})])
        before, sealed = vault.version(connection), connection.execute("select sealed from identity").fetchone()
        assert vault.lacking(connection, keys, [("k", vault.pack({"name": "甲"}))]) == []
        vault.seal_identities(connection, keys, [("k", {"name": "甲"})])
        assert vault.version(connection) == before
        assert connection.execute("select sealed from identity").fetchone() == sealed
        vault.seal_identities(connection, keys, [("k", {"name": "乙"})])
        assert vault.version(connection) == before + 1


def test_what_is_laid_aside_is_sealed_and_can_be_cleared(place, tmp_path, monkeypatch) -> None:
    """A file that is refused leaves nothing; meanwhile no clear value lies in a file, not even a temporary one."""
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    keys = load_keys(place)
    with open_vault(place.vault) as connection:
        connection.execute("pragma temp.cache_size = 1")
        rows = [(f"k{i}", vault.pack({"name": "金丝雀", "number": "500156190001010012"})) for i in range(20_000)]
        vault.lay_aside(connection, keys, rows)
        lying = b"".join(
            Path(f"/proc/self/fd/{fd}").read_bytes() for fd in os.listdir("/proc/self/fd") if _is_temporary(fd)
        )
        assert len(lying) > 100_000
        assert "金丝雀".encode() not in lying
        assert b"500156190001010012" not in lying
        vault.clear_aside(connection)
        assert vault.take_in(connection, keys) == 0
        assert connection.execute("select count(*) from identity").fetchone()[0] == 0
        assert vault.version(connection) == 0


def _is_temporary(descriptor: str) -> bool:
    try:
        return "etilqs" in os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return False


def test_two_workers_write_at_once(place) -> None:
    """Both know the same persons by other names, and some only one of them knows: everything is held in the end."""
    load_keys(place)
    code = (
        "import sys; from warehouse import vault; from warehouse.keys import load_keys; from warehouse.paths import home\n"
        "place, name = home(sys.argv[1], sys.argv[2]), sys.argv[3]; keys = load_keys(place)\n"
        "for turn in range(10):\n"
        "    with vault.open_vault(place.vault) as connection:\n"
        "        rows = [(f'k{i}', {'number': str(i), 'name': name}) for i in range(turn * 50, turn * 50 + 60)]\n"
        "        vault.seal_identities(connection, keys, [*rows, (name, {'number': '0', 'name': name})])\n"
    )
    command = [sys.executable, "-c", code, str(place.root), str(place.keys)]
    workers = [subprocess.Popen([*command, name], cwd=PROJECT) for name in ("甲", "乙")]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    with open_vault(place.vault) as connection:
        held = {}
        for subject_keys, packed in vault.read_all(connection, load_keys(place), "identity"):
            held |= dict(zip(subject_keys, map(vault.unpack, packed), strict=True))
    # 10 turns of 50 new numbers, ten more in the last turn, and one of its own for each worker.
    assert len(held) == 10 * 50 + 10 + 2
    assert {facts["name"] for key, facts in held.items() if key.startswith("k")} == {"乙、甲"}
    assert held["甲"]["name"] == "甲"


def test_the_erased_stay_erased(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as connection:
        vault.seal_identities(connection, keys, [("k", {"number": "1"})])
        vault.lay_aside(connection, keys, [("s", vault.pack({"name": "甲"}))], "unnumbered", [("s", "f", "b", 2)])
        vault.take_in(connection, keys)
        assert vault.erase(connection, "k", ["s"], at="t", reason="r")
        assert vault.seal_identities(connection, keys, [("k", {"number": "1"})]) == 0
        vault.lay_aside(connection, keys, [("s", vault.pack({"name": "甲"}))], "unnumbered", [("s", "f", "c", 3)])
        assert vault.take_in(connection, keys) == 0
        assert not vault.erase(connection, "nobody", [], at="t", reason="r")
        assert list(vault.read_all(connection, keys, "identity")) == []
        assert list(vault.read_all(connection, keys, "unnumbered")) == []
        assert vault.read_sightings(connection) == []


def test_a_seal_moved_to_another_person_does_not_open(place) -> None:
    keys = load_keys(place)
    with open_vault(place.vault) as connection:
        vault.seal_identities(connection, keys, [("k1", {"name": "甲"}), ("k2", {"name": "乙"})])
    with sqlite3.connect(place.vault) as raw:
        raw.execute(
            "update identity set sealed = (select sealed from identity where subject_key = 'k2') where subject_key = 'k1'"
        )
    with open_vault(place.vault) as connection, pytest.raises(KeyFault):
        vault.open_identity(connection, keys, "k1", steward="s", reason="r", at="2025-11-24")


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
            list(unseal_chunks(tmp_path / "damaged", keys, b"name"))
    with pytest.raises(KeyFault):
        unseal_file(tmp_path / "sealed", keys, b"other name")
