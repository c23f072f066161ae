"""A planted number, name and account are found in clear nowhere behind the inbox. The test searches bytes."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from app import screenshot
from tests.line.worlds import World, copy_home, refresh
from warehouse.keys import load_keys
from warehouse.manifests import read_sidecars
from warehouse.vault import unseal_file

CANARY_NUMBER = "500156190001010012"
CANARY_NAME = "欧阳金丝雀"
CANARY_ACCOUNT = "6217009990001234567"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted(hamlet: World, tmp_path_factory) -> World:
    """A copy of the installation that has taken in one more payment file with the canary in good and in bad rows."""
    place = copy_home(hamlet, tmp_path_factory.mktemp("canary"))
    latest = sorted(hamlet.sent.glob("finance__payments__2025*.csv"))[-1].read_bytes().decode("gb18030").splitlines()
    header, sample = latest[0].split(","), latest[1].split(",")
    place_of = {
        name: header.index(name) for name in ("姓名", "证件号码", "收款人", "收款人证件号", "账号", "实发金额", "状态")
    }

    def row(**changes: str) -> str:
        cells = list(sample)
        for name, value in {
            "姓名": CANARY_NAME,
            "证件号码": CANARY_NUMBER,
            "收款人": CANARY_NAME,
            "收款人证件号": CANARY_NUMBER,
            "账号": CANARY_ACCOUNT,
            **changes,
        }.items():
            cells[place_of[name]] = value
        return ",".join(cells)

    bad = [
        row(实发金额=CANARY_NUMBER + "元整"),
        row(状态=CANARY_NAME),
        row(证件号码=CANARY_NUMBER[:-1] + "9"),
        row() + "," + CANARY_NUMBER,
    ]
    place.inbox.mkdir(exist_ok=True)
    (place.inbox / "finance__payments__202511__003.csv").write_bytes(
        "\n".join([*latest, row(), *bad, ""]).encode("gb18030")
    )
    (place.inbox / "health__deaths__202511__001.csv").write_bytes(f"{CANARY_NAME},{CANARY_NUMBER}\n".encode())
    refresh(place)
    return World(hamlet.scale, hamlet.sent, hamlet.truth, place)


def needles() -> dict[str, list[bytes]]:
    """Each canary in the encodings in which it might lie about."""
    texts = {"number": CANARY_NUMBER, "name": CANARY_NAME, "account": CANARY_ACCOUNT}
    encodings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "unicode_escape")
    return {kind: sorted({text.encode(e) for e in encodings}) for kind, text in texts.items()}


def found_in(content: bytes) -> set[str]:
    return {kind for kind, forms in needles().items() if any(form in content for form in forms)}


def opened(path: Path) -> bytes:
    """A file's bytes and, where it is packed, what they unpack to: Parquet and DuckDB compress text."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        content += repr(pl.read_parquet(path).to_dict(as_series=False)).encode()
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            for schema, table in tables:
                content += repr(connection.execute(f'select * from "{schema}"."{table}"').fetchall()).encode()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            content += b"".join(archive.read(name) for name in archive.namelist())
    elif content[:2] == b"\x1f\x8b":
        content += gzip.decompress(content)
    return content


def test_no_canary_lies_behind_the_inbox(planted: World) -> None:
    searched, leaks = 0, {}
    for path in sorted(planted.home.root.rglob("*")):
        if path.is_symlink() or not path.is_file() or planted.home.inbox in path.parents:
            continue
        searched += 1
        found = found_in(opened(path))
        if found:
            leaks[str(path.relative_to(planted.home.root))] = found
    assert searched > 100
    assert leaks == {}


def test_the_canary_was_taken_in(planted: World) -> None:
    """The search would prove nothing if the rows had not passed through: they are sealed in landing, and keyed in the lake."""
    keys = load_keys(planted.home)
    folder, sidecar = next(
        (f, s) for f, s in read_sidecars(planted.home) if s["file"] == "finance__payments__202511__003.csv"
    )
    assert sidecar["status"] == "ingested"
    assert found_in(unseal_file(folder / "original.sealed", keys, sidecar["sha256"].encode())) == {
        "number",
        "name",
        "account",
    }
    key = planted.person_keys([CANARY_NUMBER])[CANARY_NUMBER]
    lake = pl.scan_parquet(planted.home.lake / "finance__payments" / "**" / "*.parquet")
    assert lake.filter(pl.col("person_key") == key).collect().height == 1


@pytest.mark.browser
def test_no_canary_is_sent_to_a_browser(planted: World, chromium: Any) -> None:
    """Every response body and every message of the page's socket, of every view."""
    heard: list[bytes] = []

    def keep(content: str | bytes) -> None:
        heard.append(content.encode() if isinstance(content, str) else content)

    with screenshot.serving(planted.home.root) as address:
        page = chromium.new_page()
        page.on("websocket", lambda socket: socket.on("framereceived", keep))
        page.on("response", lambda answer: heard.append(answer.url.encode()))
        for path in screenshot.VIEWS.values():
            page.goto(address + path)
            page.wait_for_selector("h1")
            screenshot.settle(page)
            keep(page.content())
        page.close()
    payload = b"".join(heard)
    assert "低收入人口".encode() in payload, "nothing of the pages was heard"
    assert found_in(payload) == set()


def test_the_search_finds_what_it_looks_for(tmp_path) -> None:
    """The guard, shown to fail: a canary in each kind of file is found."""
    pl.DataFrame({"a": [CANARY_NUMBER] * 1000}).write_parquet(tmp_path / "a.parquet")
    with duckdb.connect(str(tmp_path / "b.duckdb")) as connection:
        connection.execute("create table t as select ? as a from range(5000)", [CANARY_NAME])
    (tmp_path / "c.log").write_bytes(CANARY_ACCOUNT.encode("utf-16-le"))
    (tmp_path / "d.gz").write_bytes(gzip.compress(CANARY_NAME.encode("gb18030")))
    assert [found_in(opened(path)) for path in sorted(tmp_path.iterdir())] == [
        {"number"},
        {"name"},
        {"account"},
        {"name"},
    ]
