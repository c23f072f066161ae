"""A JSON endpoint of a real local server becomes a file in the inbox: every page, every record once, whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator

import pytest

from ingest.landing import land_inbox
from ingest.pull import endpoint
from tests.ingest.deliveries_made import FEEDS, ingest, lake, new_home
from tests.ingest.json_server import Answer, Asked, JsonServer, running_server
from tests.ingest.work_orders import FIRST, ORDER, numbers, orders, pull, write_sources
from warehouse.keys import load_keys
from warehouse.manifests import read_sidecars


@pytest.fixture(scope="module")
def running() -> Iterator[JsonServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def server(running) -> JsonServer:
    running.asked.clear()
    running.script = lambda asked: Answer([ORDER])
    return running


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty installation; reading the contracts takes a second, and they are the same in every test."""
    monkeypatch.setattr("ingest.pull.__main__.load_feeds", lambda: FEEDS)
    return new_home(tmp_path)


def test_the_records_go_all_the_way_into_the_lake(place, server, monkeypatch) -> None:
    server.script = lambda asked: Answer({"code": 0, "data": orders(1, 2)})
    write_sources(place, server, parameters={"from": "{period_start}", "to": "{period_end}", "p": "{period}"})
    assert pull(place) == 0
    assert server.asked[0].parameters == {"from": "2025-11-09", "to": "2025-11-09", "p": "20251109"}
    content = (place.inbox / FIRST).read_bytes()
    sidecar = json.loads((place.inbox / FIRST).with_suffix(".meta.json").read_text())
    assert (sidecar["row_count"], sidecar["source"]) == (2, "http:hotline")
    assert (sidecar["sha256"], sidecar["size_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert ingest(place, monkeypatch) == 0
    [(_, landed)] = read_sidecars(place)
    assert (landed["status"], landed["source"]) == ("ingested", "http:hotline")
    assert lake(place, "hotline__work_orders").height == 2
    assert list(place.inbox.iterdir()) == []


def test_what_was_sent_is_written_as_it_was(place, server) -> None:
    record = '{"工单号": "W1", "n": 519.00, "big": 512326195503120018, "e": 1.20E+5, "工单号": "W2", "x": [1.10, {"y": null}]}'
    server.script = lambda asked: Answer(f"[{record}]".encode())
    write_sources(place, server)
    assert pull(place) == 0
    line = (place.inbox / FIRST).read_text().splitlines()[1]
    assert line == record.replace(": ", ":").replace(", ", ",")


def test_half_a_letter_stays_as_it_was_written(place, server) -> None:
    server.script = lambda asked: Answer(b'[{"a":"\\ud842","b":"\\ud842\\udfb7"}]')
    write_sources(place, server)
    assert pull(place) == 0
    assert (place.inbox / FIRST).read_text(encoding="utf-8").splitlines()[1] == '{"a":"\\ud842","b":"𠮷"}'


def test_json_lines_where_the_contract_asks_for_them(place, server) -> None:
    server.script = lambda asked: Answer([{"a": 1}, {"a": 2}])
    write_sources(place, server, feed="civil_affairs__case_events")
    assert pull(place) == 0
    [path] = place.inbox.glob("*.jsonl")
    assert path.read_text() == '{"a":1}\n{"a":2}\n'


def test_rows_are_counted_as_the_contract_counts_them(place, server) -> None:
    # Two shareholders, none, one: 2 + 1 + 1 = 4 rows.
    server.script = lambda asked: Answer([{"股东": [{}, {}]}, {"uscc": "x"}, {"股东": [{}]}])
    write_sources(place, server, feed="market_supervision__enterprises")
    assert pull(place) == 0
    [path] = place.inbox.glob("*.meta.json")
    assert json.loads(path.read_text())["row_count"] == 4


@pytest.mark.parametrize("of", ["body", "header", "page", "cursor"])
def test_every_page_is_read(place, server, of: str) -> None:
    # Seven records in pages of three: 3 + 3 + 1.
    def script(asked: Asked) -> Answer:
        place = int(asked.parameters.get("page", asked.parameters.get("at", 1)))
        records = orders(*range(1, 8))[3 * (place - 1) : 3 * place]
        following = f"{asked.path}?page={place + 1}" if place < 3 else None
        links = {"Link": f'<{following}>; rel="next"'} if following and of == "header" else {}
        return Answer(
            {"rows": records, "links": {"next": following}, "cursor": place + 1 if place < 3 else None, "total": 7},
            headers=links,
        )

    paging = {
        "body": {"next": "links.next"},
        "header": {"next": "header"},
        "page": {"page": "page"},
        "cursor": {"cursor": "at", "cursor_from": "cursor"},
    }[of]
    server.script = script
    write_sources(place, server, paging=paging, total="total")
    assert pull(place) == 0
    assert numbers(place) == [f"W{number}" for number in range(1, 8)]
    # Only an empty page tells the end of numbered pages.
    assert len(server.asked) == (4 if of == "page" else 3)


def test_a_second_pull_of_the_same_is_nothing_new(place, server, capsys) -> None:
    server.script = lambda asked: Answer(orders(1, 2) if asked.count == 0 else orders(2, 1))
    write_sources(place, server)
    assert pull(place) == 0
    assert pull(place) == 0
    assert "unchanged since" in capsys.readouterr().err
    server.script = lambda asked: Answer(orders(1, 2, 3))
    land_inbox(place, load_keys(place), FEEDS)
    assert pull(place) == 0
    assert [path.name for path in place.inbox.glob("*002.json")] == ["hotline__work_orders__20251109__002.json"]


def test_the_server_is_asked_whether_anything_has_changed(place, server, capsys) -> None:
    def script(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"' and asked.headers.get("if-modified-since"):
            return Answer(b"", status=304, content_type=None)
        return Answer([ORDER], headers={"ETag": '"v1"', "Last-Modified": "Sun, 09 Nov 2025 08:00:00 GMT"})

    server.script = script
    write_sources(place, server)
    assert pull(place) == 0
    assert pull(place) == 0
    assert [("if-none-match" in asked.headers) for asked in server.asked] == [False, True]
    assert capsys.readouterr().err.count("unchanged since") == 1
    # Somebody took the file away: nothing is held any more, so everything is asked for.
    for path in place.inbox.iterdir():
        path.unlink()
    assert pull(place) == 0
    assert "if-none-match" not in server.asked[-1].headers
    assert numbers(place) == ["W1"]


def test_a_304_that_nobody_asked_for_is_a_failure(place, server, capsys) -> None:
    server.script = lambda asked: Answer(b"", status=304, content_type=None)
    write_sources(place, server)
    assert pull(place) == 1
    assert "status 304" in capsys.readouterr().err


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_in_trouble_is_asked_again(place, server, status: int) -> None:
    server.script = lambda asked: (
        Answer(b"later", status=status, headers={"Retry-After": "0"}) if asked.count < 2 else Answer(orders(1))
    )
    write_sources(place, server)
    assert pull(place) == 0
    assert len(server.asked) == 3


def test_a_server_that_stays_in_trouble_fails_after_the_agreed_tries(place, server, capsys) -> None:
    server.script = lambda asked: Answer(b"no", status=503)
    write_sources(place, server)
    assert pull(place) == 1
    assert len(server.asked) == 3
    assert "status 503" in capsys.readouterr().err


def test_a_long_pause_that_a_server_asks_for_is_cut_short(monkeypatch, place, server) -> None:
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    server.script = lambda asked: (
        Answer(b"", status=429, headers={"Retry-After": "864000"}) if asked.count == 0 else Answer([])
    )
    write_sources(place, server)
    assert pull(place) == 0
    assert [pause for pause in slept if pause] == [endpoint.LONGEST_PAUSE_SECONDS]


BODY = json.dumps(orders(1, 2, 3), ensure_ascii=False).encode()
CUT = {
    "shorter than its length": Answer(BODY, cut=len(BODY) // 2),
    "by one byte": Answer(BODY, cut=len(BODY) - 1),
    "without a length": Answer(BODY, cut=len(BODY) // 2, length="none"),
    "in chunks": Answer(BODY, cut=len(BODY) // 2, chunked=True),
    "compressed": Answer(BODY, cut=60, gzipped=True, length="none"),
    "with a length that is wrong as well": Answer(BODY, cut=100, length=100),
}


@pytest.mark.parametrize("case", CUT)
def test_a_body_cut_in_half_is_asked_for_again(place, server, case: str) -> None:
    server.script = lambda asked: CUT[case] if asked.count == 0 else Answer(BODY)
    write_sources(place, server)
    assert pull(place) == 0
    assert numbers(place) == ["W1", "W2", "W3"]
    assert len(server.asked) == 2


@pytest.mark.parametrize("case", CUT)
def test_a_body_that_stays_cut_is_refused(place, server, case: str, capsys) -> None:
    server.script = lambda asked: CUT[case]
    write_sources(place, server)
    assert pull(place) == 1
    assert "the answer is cut off or no JSON" in capsys.readouterr().err
    assert len(server.asked) == 3
    assert list(place.inbox.iterdir()) == []


def test_without_that_guard_half_the_records_would_pass(place, server, monkeypatch) -> None:
    server.script = lambda asked: Answer(BODY[: BODY.index(b", {")] + b"]" + BODY[BODY.index(b", {") :], cut=0)
    whole = endpoint.read_page
    monkeypatch.setattr(endpoint, "_body", lambda endpoint, response: BODY[: BODY.index(b", {")])
    monkeypatch.setattr(endpoint, "read_page", lambda content, encoding: whole(content + b"]", encoding))
    write_sources(place, server)
    assert pull(place) == 0
    assert numbers(place) == ["W1"]


def test_two_pulls_at_once(place, server, capsys) -> None:
    write_sources(place, server)
    with (place.root / ".pull.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert pull(place) == 7
    assert "another pull is running" in capsys.readouterr().err


def test_nothing_half_written_is_visible_while_it_runs(place, server) -> None:
    seen: list[list[str]] = []

    def script(asked: Asked) -> Answer:
        seen.append(sorted(path.name for path in place.inbox.iterdir()))
        number = int(asked.parameters.get("page", 1))
        return Answer(orders(number) if number < 4 else [])

    server.script = script
    write_sources(place, server, paging={"page": "page"})
    started = time.perf_counter()
    assert pull(place) == 0
    assert time.perf_counter() - started < 5
    assert seen == [[".pull-hotline.part"]] * 4
    assert numbers(place) == ["W1", "W2", "W3"]
