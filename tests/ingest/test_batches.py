"""From the inbox to the lake: what a batch holds, the same again, out of order, after a fault or a kill."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from ingest import batches, lake_rows
from tests.ingest.deliveries_made import (
    CREMATION,
    EIGHT,
    FEEDS,
    NUMBER_A,
    NUMBER_B,
    PAYMENT,
    content_of,
    csv_bytes,
    ingest,
    keyed,
    lake,
    new_home,
    payments,
    put,
    quarantine,
    xlsx_bytes,
)
from warehouse.keys import create_keys
from warehouse.manifests import read_manifests, read_sidecars
from warehouse.paths import PROJECT, Home

F02 = "finance__payments"


def test_all_eight_feeds_come_through_with_the_contracts_columns(tmp_path, monkeypatch, capsys) -> None:
    place = new_home(tmp_path)
    for name, content in EIGHT.items():
        put(place, name, content())
    assert ingest(place, monkeypatch) == 0
    for feed in (FEEDS["__".join(name.split("__")[:2])] for name in EIGHT):
        rows = lake(place, feed.feed_id)
        assert rows.height == 1, feed.feed_id
        types = {name: lake_rows.TYPES[kind] for name, kind in feed.lake_columns()}
        assert dict(rows.schema) == types
        assert rows["person_key"].to_list() == [keyed(place, "id", NUMBER_A)]
        assert rows["person_birth_date"].to_list() == [date(1955, 3, 12)]
    assert list(place.inbox.iterdir()) == []
    said = capsys.readouterr().err
    assert all(name in said for name in EIGHT)
    assert "8 files, 8 rows = 8 accepted + 0 quarantined, 0 files refused" in said


def test_a_payment_line_as_the_lake_keeps_it(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(
        place,
        "finance__payments__202510__002.csv",
        csv_bytes([PAYMENT]),
        sent_at="2025-10-10T16:40:00+08:00",
        row_count=1,
    )
    assert ingest(place, monkeypatch) == 0
    [row] = lake(place, F02).to_dicts()
    content = csv_bytes([PAYMENT])
    sha256 = hashlib.sha256(content).hexdigest()
    batch = hashlib.sha256(f"{F02}202510002{sha256}".encode()).hexdigest()[:16]
    expected = {
        "payment_batch_id_finance": "202510010201",
        "programme_code": "0102",
        "benefit_month": date(2025, 10, 1),
        "name_masked": "张**",
        "person_key": keyed(place, "id", NUMBER_A),
        "payee_name_masked": "李*",
        "payee_key": keyed(place, "id", NUMBER_B),
        "account_key": keyed(place, "account", "6217000000000000001"),
        "due_yuan": Decimal("519.00"),
        "paid_yuan": Decimal("519.00"),
        "back_months_count": 0,
        "pay_date": date(2025, 10, 10),
        "pay_status_code": "00",
        "return_reason": None,
        "person_birth_date": date(1955, 3, 12),
        "person_sex_code": "1",
        "person_id_form": "18",
        "hint_head_key": keyed(place, "hint", "张三丰|" + NUMBER_A[:9]),
        "hint_tail_key": keyed(place, "hint", "张三丰|" + NUMBER_A[9:]),
        "_flags": "",
        "_feed": F02,
        "_batch_id": batch,
        "_file": "finance__payments__202510__002.csv",
        "_file_sha256": sha256,
        "_received_at": datetime(2025, 10, 10, 16, 40),
        "_row_number": 2,
        "_period_end": date(2025, 10, 31),
        "_batch_no": 2,
        "_kind": "full",
    }
    # The feed has no key of its own: the record is known by all its lake values, an empty one as nothing.
    values = ["" if value is None else str(value) for value in list(expected.values())[:14]]
    record = hashlib.sha256("\x1f".join([F02, *values]).encode()).hexdigest()[:32]
    assert row == {**expected, "_row_key": record}
    [manifest] = read_manifests(place)
    assert (manifest.batch_id, manifest.rows_read, manifest.rows_accepted, manifest.declared_row_count) == (
        batch,
        1,
        1,
        1,
    )
    assert manifest.sent_at == manifest.received_at == datetime(2025, 10, 10, 16, 40)


def test_without_a_sidecar_the_files_own_time_is_the_time_of_receipt(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    payments(place, [PAYMENT])
    # 1760085600 is 2025-10-10 08:40:00 UTC, 16:40 in Shanghai.
    os.utime(next(place.inbox.iterdir()), (1760085600, 1760085600))
    assert ingest(place, monkeypatch) == 0
    assert lake(place, F02)["_received_at"][0] == datetime(2025, 10, 10, 16, 40)


def test_the_same_file_again_changes_nothing(tmp_path, monkeypatch, capsys) -> None:
    place = new_home(tmp_path)
    for name, content in EIGHT.items():
        put(place, name, content())
    assert ingest(place, monkeypatch) == 0
    before = content_of(place)
    times = {path: path.stat().st_mtime_ns for path in place.lake.rglob("*") if path.is_file()}
    for name, content in EIGHT.items():
        put(place, name, content())
    capsys.readouterr()
    assert ingest(place, monkeypatch) == 0
    assert "0 files, 0 rows" in capsys.readouterr().err
    assert content_of(place) == before
    assert times == {path: path.stat().st_mtime_ns for path in place.lake.rglob("*") if path.is_file()}
    assert list(place.inbox.iterdir()) == []


def test_two_weeks_without_rows_are_two_batches_of_the_same_bytes(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    empty = xlsx_bytes([dict.fromkeys(CREMATION)], "火化登记")
    for day in ("20251005", "20251012", "20251019"):
        put(place, f"funeral__cremations__{day}__001.xlsx", empty, row_count=0)
    assert ingest(place, monkeypatch) == 0
    assert ingest(place, monkeypatch) == 0
    assert [manifest.period for manifest in read_manifests(place)] == ["20251005", "20251012", "20251019"]
    assert len({folder for folder, _ in read_sidecars(place)}) == 3


def test_the_order_of_files_changes_no_batch(tmp_path, monkeypatch) -> None:
    files = {
        f"finance__payments__2025{month:02d}__{number:03d}.csv": csv_bytes(
            [{**PAYMENT, "发放批次": f"{month}-{number}"}]
        )
        for month in range(1, 3)
        for number in (1, 2)
    }
    contents = []
    for seed in (1, 2):
        place = Home(tmp_path / f"data{seed}", tmp_path / "keys")
        create_keys(place)
        place.inbox.mkdir(parents=True)
        names = sorted(files)
        random.Random(seed).shuffle(names)
        for name in names:
            put(place, name, files[name], sent_at="2025-06-01T08:00:00")
            assert ingest(place, monkeypatch) == 0
        contents.append(content_of(place))
    assert contents[0] == contents[1]


def test_feed_option_leaves_the_others_in_the_inbox(tmp_path, monkeypatch) -> None:
    from ingest.__main__ import main

    place = new_home(tmp_path)
    for name, content in EIGHT.items():
        put(place, name, content())
    monkeypatch.setenv("WAREHOUSE_KEYS", str(place.keys))
    assert main(["--home", str(place.root), "--feed", F02]) == 0
    assert len(list(place.inbox.iterdir())) == 7
    assert [manifest.feed_id for manifest in read_manifests(place)] == [F02]


def test_an_unfinished_batch_is_cleared_and_made_again(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    payments(place, [PAYMENT, {**PAYMENT, "证件号码": "1"}])
    assert ingest(place, monkeypatch) == 0
    before = content_of(place)
    [manifest] = place.lake.rglob("manifest.json")
    manifest.unlink()
    (place.lake / F02 / ".part-batch=abc").mkdir()
    assert ingest(place, monkeypatch) == 0
    assert content_of(place) == before
    assert not (place.lake / F02 / ".part-batch=abc").exists()


@pytest.mark.parametrize("step", ["_Part.append", "_Part.put_in_place", "write_manifest", "sync_folder"])
def test_a_fault_while_writing_leaves_no_half_batch(step: str, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    payments(place, [PAYMENT, {**PAYMENT, "证件号码": "1"}])

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(f"ingest.batches.{step}", fail)
        assert ingest(place, broken) == 1
    assert list(read_manifests(place)) == []
    assert ingest(place, monkeypatch) == 0
    assert lake(place, F02).height == 1
    assert quarantine(place, F02).height == 1


def test_a_kill_at_any_moment_loses_nothing(tmp_path) -> None:
    rows = [{**PAYMENT, "发放批次": f"B{i}", "证件号码": NUMBER_A if i % 50 else "1"} for i in range(2000)]
    keys = tmp_path / "keys"
    calm = Home(tmp_path / "calm", keys)
    create_keys(calm)
    for place in (calm, killed := Home(tmp_path / "killed", keys)):
        place.inbox.mkdir(parents=True)
        for month in range(1, 9):
            put(place, f"finance__payments__2025{month:02d}__001.csv", csv_bytes(rows), sent_at="2025-12-01T08:00:00")
    command = [sys.executable, "-m", "ingest", "--home"]
    environment = {**os.environ, "WAREHOUSE_KEYS": str(keys), "PYTHONPATH": str(PROJECT)}
    subprocess.run([*command, str(calm.root)], env=environment, cwd=PROJECT, check=True, capture_output=True)
    kills = 0
    for delay in (0.9, 1.1, 1.3, 1.5):
        process = subprocess.Popen(
            [*command, str(killed.root)], env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        for manifest in read_manifests(killed):
            part = batches.batch_folder(killed.lake, manifest.feed_id, manifest.batch_id) / "part-0.parquet"
            assert pl.read_parquet(part, hive_partitioning=False).height == manifest.rows_accepted
    subprocess.run([*command, str(killed.root)], env=environment, cwd=PROJECT, check=True, capture_output=True)
    assert kills > 0
    assert content_of(killed) == content_of(calm)
    assert list(killed.inbox.iterdir()) == []
    assert list(killed.root.rglob("*.part")) == []


def test_a_damaged_seal_is_noticed(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    payments(place, [PAYMENT])
    assert ingest(place, monkeypatch) == 0
    shutil.rmtree(place.lake)
    [sealed] = place.landing.rglob("original.sealed")
    content = bytearray(sealed.read_bytes())
    content[-1] ^= 1
    sealed.write_bytes(bytes(content))
    assert ingest(place, monkeypatch) == 5


def test_a_lake_that_was_lost_is_made_again_from_landing(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    for name, content in EIGHT.items():
        put(place, name, content())
    assert ingest(place, monkeypatch) == 0
    before = content_of(place)
    shutil.rmtree(place.lake)
    assert ingest(place, monkeypatch) == 0
    assert content_of(place) == before


def test_what_is_not_finished_or_not_a_file_stays_in_the_inbox(tmp_path, monkeypatch, capsys) -> None:
    place = new_home(tmp_path)
    (place.inbox / "finance__payments__202510__001.csv.part").write_bytes(b"x")
    (place.inbox / "~$book.xlsx").write_bytes(b"x")
    (place.inbox / "folder").mkdir()
    (place.inbox / "finance__payments__202509__001.csv").symlink_to(tmp_path / "keys" / "person.key")
    (place.inbox / "finance__payments__202508__001.json").write_text("{}")
    assert ingest(place, monkeypatch) == 0
    assert len(list(place.inbox.iterdir())) == 5
    assert "1 × sidecar whose file isn't there" in capsys.readouterr().err
