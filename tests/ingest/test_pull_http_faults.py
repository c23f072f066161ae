"""Every way in which an endpoint fails, or tries to lead us astray, is told with what to do, and leaves nothing behind."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.ingest.deliveries_made import FEEDS, NUMBER_A, new_home
from tests.ingest.json_server import Answer, JsonServer, running_server
from tests.ingest.work_orders import ORDER, TOKEN, numbers, orders, own_certificate, pull, write_sources


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


def redirect(to: str):
    return lambda asked: (
        Answer(b"", status=302, headers={"Location": to}) if asked.path == "/v1/orders" else Answer(orders(7))
    )


def test_a_redirect_within_the_host_is_followed(place, server) -> None:
    server.script = redirect("/v2/orders")
    write_sources(place, server)
    assert pull(place) == 0
    assert numbers(place) == ["W7"]


@pytest.mark.parametrize(
    "to",
    [
        "http://localhost:{port}/v2/orders",
        "http://127.0.0.1:1/v2/orders",
        "https://127.0.0.1:{port}/v2",
        "//evil.example/v2",
        "file:///etc/passwd",
        "http://user@127.0.0.1:{port}/v2",
        "http://[::1/",
    ],
)
def test_a_redirect_to_another_host_is_refused_before_it_is_asked(place, server, to: str, capsys, monkeypatch) -> None:
    monkeypatch.setenv("HOTLINE_TOKEN", TOKEN)
    server.script = redirect(to.format(port=server.port))
    write_sources(place, server, token_from={"env": "HOTLINE_TOKEN"})
    assert pull(place) == 1
    assert "another host" in capsys.readouterr().err
    assert len(server.asked) == 1
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_next_link_to_another_host_is_refused(place, server, capsys) -> None:
    server.script = lambda asked: Answer(
        {"data": orders(1), "next": f"http://localhost:{server.port}/v1/orders?page=2"}
    )
    write_sources(place, server, paging={"next": "next"})
    assert pull(place) == 1
    assert "another host" in capsys.readouterr().err


def test_redirects_without_end(place, server, capsys) -> None:
    server.script = lambda asked: Answer(b"", status=302, headers={"Location": asked.path})
    write_sources(place, server)
    assert pull(place) == 1
    assert "again and again" in capsys.readouterr().err


FAULTS = {
    "a login page": (Answer(b"<html>", content_type="text/html"), {}, "the answer is no JSON"),
    "no content type": (Answer([ORDER], content_type=None), {}, "the answer is no JSON"),
    "another encoding than it says": (Answer('["工"]'.encode("gb18030")), {}, "cut off or no JSON"),
    "an unknown encoding": (Answer([], content_type="application/json; charset=klingon"), {}, "cut off or no JSON"),
    "NaN": (Answer(b"[NaN]"), {}, "cut off or no JSON"),
    "nested without end": (Answer(b"[" * 100_000), {}, "cut off or no JSON"),
    "no list": (Answer({"data": 1}), {}, "no list of records"),
    "two lists": (Answer({"data": [], "rows": []}), {}, "no list of records"),
    "no login": (Answer(b"", status=401), {}, "refuses the login"),
    "gone": (Answer(b"", status=404), {}, "status 404"),
    "the same page for ever": (Answer(orders(1)), {"paging": {"page": "page"}}, "goes in circles"),
    "the same next link": (Answer({"data": orders(1), "next": "/v1/orders"}), {"paging": {"next": "next"}}, "goes in circles"),
    "the same cursor": (Answer({"data": [], "c": "x"}), {"paging": {"cursor": "at", "cursor_from": "c"}}, "goes in circles"),
    "more pages than one": (Answer(orders(1), headers={"Link": '</v1/orders?page=2>; rel="next"'}), {}, "has more pages"),
    "an address that is none": (Answer({"data": [], "next": "http://[::1/"}), {"paging": {"next": "next"}}, "another host"),
    "fewer than announced": (Answer({"data": orders(1), "n": 2}), {"total": "n"}, "2 records"),
    "a total that is none": (Answer({"data": orders(1), "n": "x"}), {"total": "n"}, "names no total"),
    "too much": (Answer(orders(*range(5000))), {"largest_mb": 0.1}, "sends too much"),
    "a bomb": (Answer(b"[" + b" " * 50_000_000 + b"]", gzipped=True), {"largest_mb": 1}, "sends too much"),
    "no answer in time": (Answer([], delay=1.0), {"timeout_seconds": 0.2, "retries": 0}, "didn't answer in time"),
    "too slow in all": (Answer(orders(1)), {"most_seconds": 1e-9}, "takes too long"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_it_is_told_and_leaves_nothing(place, server, case: str, capsys) -> None:
    answer, settings, told = FAULTS[case]
    server.script = lambda asked: answer
    write_sources(place, server, **settings)
    assert pull(place) == 1
    err = capsys.readouterr().err
    assert told in err
    assert "http:hotline: http://127.0.0.1/v1/orders" in err
    assert "do: " in err
    assert NUMBER_A not in err
    assert list(place.inbox.iterdir()) == []


def test_pages_without_end(place, server, capsys) -> None:
    server.script = lambda asked: Answer({"data": orders(asked.count), "c": asked.count})
    write_sources(place, server, paging={"cursor": "at", "cursor_from": "c"}, most_pages=5)
    assert pull(place) == 1
    assert "at most 5" in capsys.readouterr().err
    assert len(server.asked) == 5


def test_a_server_that_is_not_there(place, server, capsys) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_sources(place, server, url=f"http://127.0.0.1:{port}/x?token={TOKEN}")
    assert pull(place) == 1
    told = capsys.readouterr().err
    assert "can't be reached" in told
    assert TOKEN not in told


def test_a_certificate_that_nobody_signed_is_not_trusted(place, server, tmp_path, capsys) -> None:
    certificate = own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running_server(context) as tls:
        tls.script = lambda asked: Answer(orders(1))
        write_sources(place, server, url=f"https://localhost:{tls.port}/v1/orders", retries=0)
        assert pull(place) == 1
        assert "certificate is not trusted" in capsys.readouterr().err
        write_sources(place, server, url=f"https://localhost:{tls.port}/v1/orders", ca_file=str(certificate))
        assert pull(place) == 0
    assert numbers(place) == ["W1"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "http://10.0.0.1/orders"}, "has no TLS"),
        ({"url": f"https://user:{TOKEN}@host/x"}, "not usable"),
        ({"url": "ftp://host/x"}, "not usable"),
        ({"headers": {"Authorization": f"Bearer {TOKEN}"}}, "may not be set"),
        ({"token": TOKEN}, "only backoff_seconds"),
        ({"token_from": {"env": "NO_SUCH_VARIABLE"}}, "is missing"),
        ({"ca_file": "/nowhere"}, "isn't there"),
        ({"paging": {"next": "a", "page": "b"}}, "exactly one of"),
    ],
)
def test_a_source_that_is_written_wrong(place, server, settings: dict, told: str, capsys) -> None:
    write_sources(place, server, **settings)
    assert pull(place) == 2
    err = capsys.readouterr().err
    assert told in err
    assert TOKEN not in err
    assert server.asked == []


def test_proxies_and_passwords_of_the_surroundings_play_no_part(place, server, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    write_sources(place, server)
    assert pull(place) == 0
