"""Landing: a file goes under its hash only, sealed whole or not at all, and what stays in the inbox is told with the reason."""

from __future__ import annotations

import hashlib
import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from ingest import landing
from ingest.landing import land_inbox
from tests.ingest.deliveries_made import FEEDS, PAYMENT, csv_bytes, ingest, lake, new_home, refusals
from warehouse.errors import WarehouseError
from warehouse.keys import load_keys
from warehouse.manifests import read_manifests, read_sidecars
from warehouse.vault import unseal_file

F02 = "finance__payments__202510__001.csv"
GOOD = csv_bytes([PAYMENT])


@pytest.fixture
def place(tmp_path):
    """An empty installation."""
    return new_home(tmp_path)


def drop(place, name: str, content: bytes, age: float | None = 60) -> Path:
    """Put a file into the inbox that was last changed `age` seconds ago."""
    path = place.inbox / name
    path.write_bytes(content)
    if age is not None:
        os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_a_file_that_changes_while_it_is_sealed_stays_and_leaves_nothing_in_landing(place, monkeypatch) -> None:
    path = drop(place, F02, GOOD)
    seal = landing.seal_file

    def seal_and_change(source, target, keys, name) -> None:
        seal(source, target, keys, name)
        path.write_bytes(GOOD + GOOD)

    monkeypatch.setattr(landing, "seal_file", seal_and_change)
    assert land_inbox(place, load_keys(place), FEEDS) == []
    assert path.exists()
    assert not list(place.landing.rglob("*.sealed"))


# What the sidecar says of the bytes


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ({"sha256": hashlib.sha256(GOOD).hexdigest(), "size_bytes": len(GOOD)}, None),
        ({"sha256": hashlib.sha256(GOOD + b"x").hexdigest()}, "transfer_incomplete"),
        ({"size_bytes": len(GOOD) - 1}, "transfer_incomplete"),
        ({"size_bytes": len(GOOD)}, None),
        ({"size": len(GOOD) + 1}, "transfer_incomplete"),
        ({"sha256": "abc"}, "sidecar_unreadable"),
        ({"size_bytes": "many"}, "sidecar_unreadable"),
    ],
)
@pytest.mark.parametrize("beside", ["finance__payments__202510__001.json", "finance__payments__202510__001.meta.json"])
def test_a_file_is_refused_when_it_is_not_what_its_sidecar_names(
    place, declared: dict, code: str | None, beside: str, monkeypatch
) -> None:
    drop(place, F02, GOOD)
    drop(place, beside, json.dumps(declared).encode())
    assert ingest(place, monkeypatch) == (3 if code else 0)
    assert [refusal["code"] for refusal in refusals(place)] == ([code] if code else [])
    assert list(place.inbox.iterdir()) == []


@pytest.mark.parametrize(
    "sidecar",
    [
        b"[" * 200_000,
        b'{"x": "' + b"x" * 1024**2 + b'"}',
        b'{"row_count": -1}',
        b'{"sent_at": "0001-01-01T00:00:00+14:00"}',
        b'{"kind": ["full"]}',
        b'{"sender_org": ["x"]}',
        b"\xff\xfe\xfd",
    ],
)
def test_a_hostile_sidecar_refuses_its_file_and_nothing_else(place, sidecar: bytes, monkeypatch) -> None:
    drop(place, F02, GOOD)
    drop(place, "finance__payments__202510__001.meta.json", sidecar)
    drop(place, "finance__payments__202509__001.csv", csv_bytes([PAYMENT, {**PAYMENT, "姓名": "李四"}]))
    assert ingest(place, monkeypatch) == 3
    assert [refusal["code"] for refusal in refusals(place)] == ["sidecar_unreadable"]
    assert lake(place, "finance__payments").height == 2


def test_after_a_kill_between_sidecar_and_file_what_was_declared_still_counts(place, monkeypatch) -> None:
    drop(place, F02, GOOD)
    drop(place, "finance__payments__202510__001.meta.json", b'{"row_count": 7}')
    unlink = Path.unlink

    def killed(path, missing_ok=False) -> None:
        if path.name == F02:
            raise KeyboardInterrupt
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            land_inbox(place, load_keys(place), FEEDS)
    assert [path.name for path in place.inbox.iterdir()] == [F02]
    assert ingest(place, monkeypatch) == 3
    assert [refusal["code"] for refusal in refusals(place)] == ["row_count_differs"]


def test_the_source_of_a_pulled_file_is_kept_and_nothing_that_is_no_word(place) -> None:
    for month, source in (("202510", "postgresql:hr_view"), ("202509", "张三 500232198807151026")):
        drop(place, f"finance__payments__{month}__001.csv", month.encode())
        drop(place, f"finance__payments__{month}__001.meta.json", json.dumps({"source": source}).encode())
    landed = land_inbox(place, load_keys(place), FEEDS)
    assert [entry.sidecar["source"] for entry in landed] == ["inbox", "postgresql:hr_view"]


# What is no file, and hostile names


def test_what_is_no_data_stays_and_is_told(place, monkeypatch, capsys) -> None:
    (place.inbox / "finance__payments__202509__001.csv").symlink_to(place.keys / "person.key")
    (place.inbox / "folder").mkdir()
    os.mkfifo(place.inbox / "finance__payments__202508__001.csv")
    for name in (".DS_Store", "..finance__payments__202507__001.csv", "~$book.xlsx", "x.csv.part", "gone.csv.done"):
        drop(place, name, b"x")
    assert ingest(place, monkeypatch) == 0
    told = capsys.readouterr().err
    for line in (
        "1 × link, which is not followed: finance__payments__202509__001.csv",
        "1 × folder, which is not opened: folder",
        "1 × no regular file: finance__payments__202508__001.csv",
        "3 × hidden file: ..finance__payments__202507__001.csv, .DS_Store, ~$book.xlsx",
        "1 × still under the name of an unfinished transfer: x.csv.part",
        "1 × done-marker whose file isn't there: gone.csv.done",
    ):
        assert f"left in the inbox: {line}" in told
    assert len(list(place.inbox.iterdir())) == 8
    assert not list(read_sidecars(place))


@pytest.mark.parametrize(
    "name",
    [
        "finance__payments__202510__001.csv:Zone.Identifier",
        "a.exe:$s.csv",
        "x\\..\\..\\x.csv",
        "finance__payments__202510__001.CSV",
        "finance__payments__２０２５10__001.csv",
        "finance__payments__202510__001.csv ",
        "-rf.csv",
        "$(reboot).csv",
        "a\nb\x1b[31m.csv",
        "x\u202evsc.exe",
    ],
)
def test_a_hostile_name_never_becomes_a_path(place, name: str, monkeypatch, capsys) -> None:
    drop(place, name, GOOD)
    assert ingest(place, monkeypatch) == 3
    [(folder, landed)] = read_sidecars(place)
    assert folder == place.landing / "_unknown" / "_unknown" / hashlib.sha256(GOOD).hexdigest()
    assert landed["refusal"]["code"] == "file_name"
    assert "\x1b" not in landed["refusal"]["message"] + capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["original.sealed", "sidecar.json"]
    assert sorted(path.name for path in place.root.iterdir()) == sorted(
        {"inbox", "landing", "keys.fingerprint", ".ingest.lock", "vault.sqlite"}
        & {p.name for p in place.root.iterdir()}
    )


def test_a_name_in_another_encoding_is_refused_and_the_others_go_on(place, monkeypatch, capsys) -> None:
    wrong = os.fsdecode("发放明细.csv".encode("gb18030"))
    drop(place, wrong, b"x")
    drop(place, F02, GOOD)
    assert ingest(place, monkeypatch) == 3
    assert lake(place, "finance__payments").height == 1
    assert [refusal["code"] for refusal in refusals(place)] == ["file_name"]


def test_names_that_differ_by_case_only_are_told(place, monkeypatch) -> None:
    drop(place, F02, GOOD)
    drop(place, F02.replace("csv", "CSV"), b"another")
    assert ingest(place, monkeypatch) == 3
    [refusal] = refusals(place)
    assert "but for upper and lower case" in refusal["found"]
    assert lake(place, "finance__payments").height == 1


# Size


def test_a_file_of_2_gb_is_refused_in_seconds_where_it_lies(place, monkeypatch, capsys) -> None:
    with (place.inbox / F02).open("wb") as stream:
        stream.truncate(2 * 1024**3)
    drop(place, "finance__payments__202509__001.csv", GOOD)
    started = time.perf_counter()
    assert ingest(place, monkeypatch) == 3
    assert time.perf_counter() - started < 5
    [refusal] = refusals(place)
    assert refusal["code"] == "too_large"
    assert "2,147,483,648 bytes" in refusal["found"]
    assert lake(place, "finance__payments").height == 1
    assert [path.name for path in place.inbox.iterdir()] == [F02]
    assert not list(place.landing.glob("**/too-large-*/original.sealed"))
    # It is refused once; after that it is only told, until somebody takes it away.
    assert ingest(place, monkeypatch) == 0
    assert f"1 × too large, refused where it lies: {F02}" in capsys.readouterr().err


@pytest.mark.parametrize(("size", "refused"), [(99, False), (100, False), (101, True)])
def test_the_largest_size(place, size: int, refused: bool, monkeypatch) -> None:
    monkeypatch.setattr(landing, "LARGEST_FILE", 100)
    drop(place, F02, b"x" * size)
    [entry] = land_inbox(place, load_keys(place), FEEDS)
    assert (entry.sidecar["status"] == "refused") == refused


def test_landing_holds_a_large_file_in_pieces(place) -> None:
    # 96 MB are hashed and sealed; a piece is 8 MB, and sealing holds a few of them.
    size = 96 * 1024**2
    with (place.inbox / F02).open("wb") as stream:
        stream.truncate(size)
    tracemalloc.start()
    [entry] = land_inbox(place, load_keys(place), FEEDS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < size / 2
    assert entry.sidecar["size_bytes"] == size


def test_a_full_disk_stops_with_what_to_do_and_the_file_stays(place, monkeypatch) -> None:
    drop(place, F02, GOOD)

    def full(source, target, keys, name) -> None:
        target.with_name(target.name + ".part").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(landing, "seal_file", full)
    with pytest.raises(WarehouseError, match=r"No space left.*make room"):
        land_inbox(place, load_keys(place), FEEDS)
    assert (place.inbox / F02).exists()
    assert not list(place.landing.rglob("*.part"))


def test_an_insane_time_of_a_file_is_no_fault(place, monkeypatch) -> None:
    path = drop(place, F02, GOOD)
    os.utime(path, (2**35, 2**35))
    assert ingest(place, monkeypatch) == 0
    assert len(list(read_manifests(place))) == 1


def test_the_sealed_original_is_the_file(place, monkeypatch) -> None:
    drop(place, F02, GOOD)
    assert ingest(place, monkeypatch) == 0
    [(folder, landed)] = read_sidecars(place)
    assert folder.name == hashlib.sha256(GOOD).hexdigest()
    assert unseal_file(folder / "original.sealed", load_keys(place), landed["sha256"].encode()) == GOOD
