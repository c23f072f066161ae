"""A backup brings back every byte that can't be made again, or says what is wrong and restores nothing."""

from __future__ import annotations

import sqlite3

import pytest

from tests.expectations.small_build import AS_OF
from tests.line.worlds import World, refresh, run, table_hashes
from tests.warehouse.small_lake import write_batch, write_refusal
from warehouse import journal, vault
from warehouse.backup import LIST_FILE, back_up, restore
from warehouse.contracts import load_feeds
from warehouse.errors import KeyFault, WarehouseError
from warehouse.inputs import known_batches, write_inputs
from warehouse.journal import Verdict
from warehouse.keys import create_keys, load_keys
from warehouse.paths import Home
from warehouse.paths import home as home_at

FEEDS = load_feeds()
KEY = "0" * 32


@pytest.fixture
def place(tmp_path) -> Home:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    keys = load_keys(place)
    write_batch(place, FEEDS["finance__payments"], "202510", quarantined=2)
    write_refusal(place, FEEDS["health__deaths"], "202510")
    place.issues.mkdir()
    (place.issues / "2025-W46.pdf").write_bytes(b"signed")
    with vault.open_vault(place.vault) as connection:
        vault.seal_identities(connection, keys, [(KEY, {"name": "甲"})])
    with journal.open_journal(place.journal) as connection:
        journal.record_release(connection, "b-1", "")
    return place


def build_id(place: Home) -> str:
    verdicts = {
        b.batch_id: Verdict(b.batch_id, b.feed_id, "", "", "admitted", (), 0) for b in known_batches(place, AS_OF)
    }
    return write_inputs(place, FEEDS, AS_OF, verdicts).build_id


def test_a_restored_installation_makes_the_same_build(place: Home, tmp_path) -> None:
    first = build_id(place)
    back_up(place, tmp_path / "backup", tmp_path / "keys backup")
    fresh = home_at(tmp_path / "fresh" / "data", tmp_path / "fresh" / "keys")
    restore(tmp_path / "backup", fresh, tmp_path / "keys backup")

    assert build_id(fresh) == first
    assert (fresh.issues / "2025-W46.pdf").read_bytes() == b"signed"
    with vault.open_vault(fresh.vault) as connection:
        found = vault.open_identity(connection, load_keys(fresh), KEY, steward="s", reason="r", at="t")
    assert found == {"name": "甲"}
    with journal.open_journal(fresh.journal) as connection:
        assert connection.execute("select build_id from releases").fetchone()[0] == "b-1"
    assert not (fresh.root / "builds" / first).joinpath("receipt.json").exists()


def test_builds_and_the_keys_stay_out_of_the_backup(place: Home, tmp_path) -> None:
    build_id(place)
    back_up(place, tmp_path / "backup")
    names = {path.name for path in (tmp_path / "backup").rglob("*")}
    assert "builds" not in names
    assert not {"person.key", "seal.key"} & names


def test_the_keys_never_lie_beside_the_data(place: Home, tmp_path) -> None:
    with pytest.raises(WarehouseError, match="beside the data"):
        back_up(place, tmp_path / "backup", tmp_path / "backup" / "keys")


def test_a_backup_is_consistent_while_another_writes(place: Home, tmp_path) -> None:
    writer = sqlite3.connect(place.journal)
    writer.execute("begin immediate")
    writer.execute("insert into releases values ('t', 'unfinished', '')")
    back_up(place, tmp_path / "backup")
    writer.rollback()
    with sqlite3.connect(tmp_path / "backup" / "journal.sqlite") as copy:
        assert [row[0] for row in copy.execute("select build_id from releases")] == ["b-1"]


@pytest.mark.parametrize("spoil", ["change", "remove", "add", "list"])
def test_a_damaged_backup_is_named_and_nothing_restored(place: Home, tmp_path, spoil: str) -> None:
    back_up(place, tmp_path / "backup")
    path = next((tmp_path / "backup").rglob("*.parquet"))
    if spoil == "change":
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    elif spoil == "remove":
        path.unlink()
    elif spoil == "add":
        (path.parent / "more.parquet").touch()
    else:
        (tmp_path / "backup" / LIST_FILE).unlink()
    fresh = home_at(tmp_path / "fresh", tmp_path / "keys")
    with pytest.raises(WarehouseError):
        restore(tmp_path / "backup", fresh)
    assert not fresh.root.exists()


def test_neither_side_overwrites_anything(place: Home, tmp_path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(WarehouseError, match="not empty"):
        back_up(place, tmp_path / "full")
    back_up(place, tmp_path / "backup")
    with pytest.raises(WarehouseError, match="not empty"):
        restore(tmp_path / "backup", place)


def test_other_keys_do_not_open_a_backup(place: Home, tmp_path) -> None:
    back_up(place, tmp_path / "backup")
    other = home_at(tmp_path / "other", tmp_path / "other keys")
    create_keys(other)
    with pytest.raises(KeyFault):
        restore(tmp_path / "backup", other)
    assert not other.root.exists()


@pytest.mark.slow
@pytest.mark.district
def test_a_restored_installation_refreshes_to_equal_tables(hamlet: World, tmp_path) -> None:
    copy = home_at(tmp_path / "restored", tmp_path / "restored keys")
    run("-m", "warehouse", "backup", "--to", str(tmp_path / "b"), "--keys-to", str(tmp_path / "k"), place=hamlet.home)
    run("-m", "warehouse", "restore", "--from", str(tmp_path / "b"), "--keys-from", str(tmp_path / "k"), place=copy)
    refresh(copy)
    assert copy.current.resolve().name == hamlet.home.current.resolve().name
    assert table_hashes(copy) == table_hashes(hamlet.home)
