"""The inbox: a file is taken when it is whole, with what belongs to it; a sidecar is none where the contract knows json."""

from __future__ import annotations

import hashlib
import json
import threading
import time

import pytest

from ingest import inbox
from ingest.inbox import left_in_inbox, whole_files
from ingest.landing import land_inbox
from tests.ingest.deliveries_made import DEATH, FEEDS, PAYMENT, csv_bytes, new_home
from tests.ingest.test_landing import drop
from warehouse.errors import ContractError
from warehouse.keys import load_keys

F02 = "finance__payments__202510__001.csv"
GOOD = csv_bytes([PAYMENT])
QUIET = 0.4


@pytest.fixture
def place(tmp_path):
    """An empty installation."""
    return new_home(tmp_path)


def names(place, quiet: float = QUIET) -> list[str]:
    return [entry.path.name for entry in whole_files(place, FEEDS, quiet_seconds=quiet)]


def test_a_file_older_than_the_quiet_time_is_taken_without_waiting(place) -> None:
    drop(place, F02, GOOD, age=61)
    started = time.perf_counter()
    assert names(place, quiet=60) == [F02]
    assert time.perf_counter() - started < 1


def test_a_young_file_that_nobody_changes_is_waited_for_and_taken(place) -> None:
    drop(place, F02, GOOD, age=0)
    started = time.perf_counter()
    assert names(place) == [F02]
    assert QUIET / 2 < time.perf_counter() - started < 10 * QUIET


@pytest.mark.parametrize("quiet", [QUIET, 0.0])
def test_a_file_that_is_being_written_stays_whole_in_the_inbox_and_is_told(place, quiet: float) -> None:
    path = place.inbox / F02
    end = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            while not end.wait(QUIET / 20):
                stream.write(b"x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not path.exists():
            time.sleep(0.01)
        assert names(place, quiet) == []
        assert left_in_inbox(place, FEEDS) == [f"1 × still being written: {F02}"]
    finally:
        end.set()
        writer.join()
    assert names(place, quiet=0) == [F02]


def test_a_stalled_transfer_is_not_taken_while_somebody_holds_the_file_open(place) -> None:
    path = drop(place, F02, GOOD[:50])
    with path.open("ab"):
        assert names(place) == []
    assert names(place) == [F02]


def test_without_the_second_look_and_the_lease_half_a_file_would_be_taken(place, monkeypatch) -> None:
    monkeypatch.setattr(inbox, "is_open_for_writing", lambda path: False)
    monkeypatch.setattr(inbox.Dropped, "look", lambda entry: ((1, 1, 0), None))
    with drop(place, F02, GOOD[:50], age=None).open("ab"):
        assert names(place) == [F02]


def test_a_sidecar_that_is_still_being_written_holds_its_file_back(place) -> None:
    drop(place, F02, GOOD)
    beside = drop(place, "finance__payments__202510__001.meta.json", b'{"row_', age=0)
    writer = threading.Timer(QUIET / 3, lambda: beside.write_bytes(b'{"row_count": 1}'))
    writer.start()
    assert names(place) == []
    writer.join()


def test_a_done_marker_says_whole_and_goes_with_the_file(place) -> None:
    drop(place, F02, GOOD, age=0)
    drop(place, F02 + ".done", b"", age=0)
    assert names(place, quiet=3600) == [F02]
    assert len(land_inbox(place, load_keys(place), FEEDS)) == 1
    assert list(place.inbox.iterdir()) == []


def test_a_sidecar_with_the_right_hash_says_whole(place) -> None:
    drop(place, F02, GOOD, age=0)
    declared = {"sha256": hashlib.sha256(GOOD).hexdigest().upper(), "size_bytes": len(GOOD)}
    drop(place, "finance__payments__202510__001.meta.json", json.dumps(declared).encode(), age=0)
    started = time.perf_counter()
    assert names(place, quiet=3600) == [F02]
    assert time.perf_counter() - started < 5


def test_a_time_that_lies_ahead_is_waited_for_no_longer_than_the_quiet_time(place) -> None:
    drop(place, F02, GOOD, age=-86_400)
    assert names(place) == [F02]


def test_the_quiet_time_comes_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("WAREHOUSE_QUIET_SECONDS", "12.5")
    assert inbox.quiet_time() == 12.5
    monkeypatch.setenv("WAREHOUSE_QUIET_SECONDS", "")
    assert inbox.quiet_time() == inbox.QUIET_SECONDS
    for wrong in ("soon", "-1", "nan", "inf"):
        monkeypatch.setenv("WAREHOUSE_QUIET_SECONDS", wrong)
        with pytest.raises(ContractError, match="WAREHOUSE_QUIET_SECONDS"):
            inbox.quiet_time()


# Sidecar or data


def test_json_is_data_where_the_contract_says_so(place) -> None:
    data = "hotline__work_orders__20251005__001.json"
    drop(place, data, b"[]")
    drop(place, "hotline__work_orders__20251005__001.meta.json", b'{"row_count": 0}')
    [entry] = whole_files(place, FEEDS)
    assert entry.path.name == data
    assert entry.sidecar is not None
    assert entry.sidecar.name == "hotline__work_orders__20251005__001.meta.json"


def test_json_is_a_sidecar_where_the_contract_has_no_such_form(place) -> None:
    drop(place, "health__deaths__202510__001.csv", csv_bytes([DEATH]))
    drop(place, "health__deaths__202510__001.json", b'{"row_count": 1}')
    drop(place, "health__deaths__202509__001.json", b'{"row_count": 1}')
    assert names(place) == ["health__deaths__202510__001.csv"]
    land_inbox(place, load_keys(place), FEEDS)
    assert left_in_inbox(place, FEEDS) == ["1 × sidecar whose file isn't there: health__deaths__202509__001.json"]


def test_json_under_an_unknown_name_is_refused_and_not_forgotten(place) -> None:
    drop(place, "工单十月.json", b"[]")
    [entry] = land_inbox(place, load_keys(place), FEEDS)
    assert entry.sidecar["refusal"]["code"] == "file_name"
    assert entry.folder.parent.parent.name == "_unknown"
