"""A view of a real PostgreSQL server becomes a batch in the lake; what goes wrong there is told, and leaves nothing."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import yaml

from ingest.pull import postgres
from ingest.pull.__main__ import main
from tests.ingest import postgres_server
from tests.ingest.deliveries_made import FEEDS, NUMBER_A, NUMBER_B, ingest, lake, new_home, quarantine, refusals
from tests.ingest.postgres_server import PASSWORD, READER, Server
from warehouse.manifests import read_manifests, read_sidecars

DEATHS, INSURED, FIRST = "health__deaths", "human_resources__social_insurance", "health__deaths__202510__001.csv"
VIEW = """
create table share.deaths_{0} (证件号码 char(20), 姓名 text, 死亡日期 date, 死因大类 text, 填报日期 timestamp, phone text);
insert into share.deaths_{0} values
  ('{1}', '张三', '2025-10-01', '肿瘤', '2025-10-03 08:30:00', '13800000001'),
  ('{2}', '李,"四"
', '2025-10-02', null, '2025-10-04', null);
create view share.{0} as select * from share.deaths_{0};
grant select on share.{0} to {3};
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A real server; without one the tests are skipped, or fail under REQUIRE_POSTGRES=1."""
    programs = postgres_server.binaries()
    if programs is None:
        reason = f"no PostgreSQL server below {postgres_server.BINARIES}: apt-get install postgresql"
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with postgres_server.running_server(programs) as running:
        yield running


@pytest.fixture
def view(server: Server, request) -> str:
    """A view of deaths with two rows, for one test."""
    name = "v" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:10]
    server.run(*VIEW.format(name, NUMBER_A, NUMBER_B, READER).split(";\n"))
    return name


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty installation; the password is in the environment."""
    monkeypatch.setenv("BUREAU_PASSWORD", PASSWORD)
    # Reading the contracts takes a second, and they are the same in every test.
    monkeypatch.setattr("ingest.pull.__main__.load_feeds", lambda: FEEDS)
    return new_home(tmp_path)


def write_sources(place, server: Server, *views: str, feed: str = DEATHS, **settings: object) -> None:
    """A sources.yml with one source for each view, named after it."""
    entries = {}
    for view in views:
        way: dict[str, object] = {
            "host": str(server.folder),
            "database": "bureau",
            "user": READER,
            "password_from": {"env": "BUREAU_PASSWORD"},
            "view": f"share.{view}",
            **settings,
        }
        if "query" in settings:
            del way["view"]
        entries[view] = {"feed": feed, "period": "last_month", "postgresql": way}
    (place.root / "sources.yml").write_text(yaml.safe_dump({"sources": entries}, allow_unicode=True))


def pull(place, *more: str) -> int:
    return main(["--home", str(place.root), "--as-of", "2025-11-10", *more])


def test_the_view_goes_all_the_way_into_the_lake(place, server, view, monkeypatch, capsys) -> None:
    write_sources(place, server, view)
    assert pull(place) == 0
    sidecar = json.loads((place.inbox / FIRST).with_suffix(".meta.json").read_text())
    content = (place.inbox / FIRST).read_bytes()
    assert sidecar["row_count"] == 2
    assert sidecar["sha256"] == hashlib.sha256(content).hexdigest()
    assert (sidecar["size_bytes"], sidecar["source"]) == (len(content), f"postgresql:{view}")
    rows = list(csv.reader(content.decode("utf-8").splitlines(keepends=True)))
    assert rows[0] == ["证件号码", "姓名", "死亡日期", "死因大类", "填报日期"]
    assert [row[2] for row in rows[1:]] == ["2025-10-01", "2025-10-02"]
    # The phone is not in the contract: it never leaves the bureau.
    assert b"13800000001" not in content
    assert ingest(place, monkeypatch) == 0
    assert lake(place, DEATHS).height == 2
    [(_, landed)] = read_sidecars(place)
    assert landed["source"] == f"postgresql:{view}"
    assert list(place.inbox.iterdir()) == []
    assert PASSWORD not in capsys.readouterr().err


def test_a_second_pull_of_the_same_is_nothing_new_in_any_order(place, server, view, monkeypatch, capsys) -> None:
    write_sources(place, server, view)
    assert pull(place) == 0
    assert pull(place) == 0
    assert ingest(place, monkeypatch) == 0
    server.run(f"create or replace view share.{view} as select * from share.deaths_{view} order by 证件号码 desc")
    assert pull(place) == 0
    assert capsys.readouterr().err.count("unchanged") == 2
    assert list(place.inbox.iterdir()) == []
    assert len(list(read_manifests(place))) == 1


def test_other_content_comes_under_the_next_batch_number(place, server, view, monkeypatch) -> None:
    write_sources(place, server, view)
    assert pull(place) == 0
    assert ingest(place, monkeypatch) == 0
    server.run(f"delete from share.deaths_{view} where 证件号码 = '{NUMBER_B}'")
    assert pull(place) == 0
    assert sorted(path.name for path in place.inbox.iterdir()) == [
        "health__deaths__202510__002.csv",
        "health__deaths__202510__002.meta.json",
    ]
    assert ingest(place, monkeypatch) == 0
    assert [(m.batch_no, m.rows_read) for m in read_manifests(place)] == [(1, 2), (2, 1)]
    # What was delivered first comes back: it is not what the newest batch holds.
    server.run(f"insert into share.deaths_{view} values ('{NUMBER_B}', '李四', '2025-10-02', null, '2025-10-04')")
    assert pull(place) == 0
    assert (place.inbox / "health__deaths__202510__003.csv").exists()


def test_no_rows_are_a_delivery_that_says_so(place, server, view, monkeypatch) -> None:
    server.run(f"delete from share.deaths_{view}")
    write_sources(place, server, view)
    assert pull(place) == 0
    assert ingest(place, monkeypatch) == 0
    assert [(m.rows_read, m.declared_row_count) for m in read_manifests(place)] == [(0, 0)]


def test_values_come_as_the_contract_writes_them(place, server) -> None:
    header = {column.header: column for column in FEEDS["finance__payments"].columns}
    source_row = {
        name: "'x'" for name in header
    } | {"证件号码": f"{NUMBER_A}::numeric", "应发金额": "1234567.80::numeric(12,2)", "实发金额": "1e-7::float8", "发放日期": "'infinity'::date", "补发月数": "0::smallint", "姓名": "'张三'::varchar(9)"}  # fmt: skip
    selected = ", ".join(f'{value} as "{name}"' for name, value in source_row.items())
    server.run(f"create view share.paid as select {selected}", f"grant select on share.paid to {READER}")
    write_sources(place, server, "paid", feed="finance__payments")
    assert pull(place) == 0
    [path] = place.inbox.glob("*.csv")
    [headers, row] = list(csv.reader(path.read_text(encoding="gb18030").splitlines()))
    cells = dict(zip(headers, row, strict=True))
    assert cells["证件号码"] == NUMBER_A
    assert (cells["应发金额"], cells["实发金额"]) == ("1234567.80", "0.0000001")
    assert cells["发放日期"] == "infinity"
    assert (cells["补发月数"], cells["姓名"]) == ("0", "张三")


def test_moments_are_those_of_the_district_and_days_stay_days(place, server, view, monkeypatch) -> None:
    # 23:30:00.5 in Greenwich on the 9th is 07:30:00.5 in Shanghai on the 10th.
    server.run(
        f"create view share.z{view} as select 证件号码, 姓名, 死因大类, '2025-10-09 23:30:00.5+00'::timestamptz as 死亡日期, "
        f"'2025-10-10 08:00:00.25'::timestamp as 填报日期 from share.{view}",
        f"grant select on share.z{view} to {READER}",
    )
    write_sources(place, server, "z" + view)
    assert pull(place) == 0
    first = next(csv.DictReader((place.inbox / FIRST).read_text().splitlines()))
    assert (first["死亡日期"], first["填报日期"]) == ("2025-10-10 07:30:00", "2025-10-10 08:00:00")
    assert ingest(place, monkeypatch) == 0
    assert set(lake(place, DEATHS)["death_date"].to_list()) == {date(2025, 10, 10)}


def test_a_query_gets_the_period_and_columns_are_renamed(place, server, view) -> None:
    write_sources(
        place,
        server,
        view,
        query=f"select 证件号码 as id, 姓名 || '%%' as 姓名, 死亡日期 as death_date, 填报日期 from share.{view} "
        "where 死亡日期 between %(period_start)s and %(period_end)s and 死亡日期 < date '2025-10-02';",
        columns={"证件号码": "id"},
    )
    assert pull(place) == 0
    [path] = place.inbox.glob("*.csv")
    lines = path.read_text().splitlines()
    assert lines[0] == "证件号码,姓名,死亡日期,填报日期"
    assert [line.split(",")[1] for line in lines[1:]] == ["张三%"]


def test_a_unit_in_the_header_is_read_by_ingest(place, server, monkeypatch) -> None:
    # 512345 分 / 100 = 5123.45 元
    values = {column.header: "null" for column in FEEDS[INSURED].columns}
    values |= {"证件号码": f"'{NUMBER_A}'", "险种": "'110'", "缴费状态": "'1'"}
    del values["缴费基数"]
    selected = ", ".join(f'{value} as "{header}"' for header, value in values.items())
    server.run(
        f"create view share.fen as select {selected}, 512345 as base_fen", f"grant select on share.fen to {READER}"
    )
    write_sources(place, server, "fen", feed=INSURED, columns={"缴费基数(分)": "base_fen"})
    assert pull(place) == 0
    assert ingest(place, monkeypatch) == 0
    assert lake(place, INSURED)["base_yuan"].to_list() == [Decimal("5123.45")]


def test_the_named_period_is_pulled(place, server, view) -> None:
    write_sources(place, server, view)
    assert pull(place, "--source", view, "--period", "202504") == 0
    assert (place.inbox / "health__deaths__202504__001.csv").exists()


# What goes wrong


@pytest.mark.parametrize(
    ("case", "code", "named"),
    [
        ("view_missing", "the view isn't there", "was renamed or removed"),
        ("column_missing", "lacks a column of the contract", "死亡日期"),
        ("permission_denied", "may not read this view", f"SELECT for {READER}"),
        ("timeout", "took too long", "0.3 s"),
        ("floating", "can't hold its values", "rounds the last digits"),
        ("broken", "refuses the query", "SQLSTATE 22P02"),
        ("writes", "wants to write", "may only read"),
        ("absent", "lacks a column", "columns named in sources.yml: nowhere"),
    ],
)  # fmt: skip
def test_a_source_that_fails_is_told_and_the_others_go_on(
    place, server, view, case: str, code: str, named: str, capsys
) -> None:
    other = "x" + view
    settings: dict[str, object] = {}
    person = "张三丰"
    if case == "column_missing":
        server.run(f"create view share.{other} as select 证件号码, 姓名 from share.{view}")
    elif case == "timeout":
        server.run(f"create view share.{other} as select d.*, pg_sleep(5)::text as 死因 from share.deaths_{view} d")
        settings["statement_timeout_seconds"] = 0.3
    elif case == "floating":
        server.run(f"create view share.{other} as select 证件号码::float8, 姓名, 死亡日期, 填报日期 from share.{view}")
    elif case == "broken":
        server.run(
            f"create view share.{other} as select 证件号码, 姓名, 死亡日期, 填报日期, "
            f"('{person}' || 姓名)::int::text as 死因大类 from share.{view}"
        )
    elif case == "writes":
        server.run(
            f"create function share.f{view}() returns text language sql as $$ delete from share.deaths_{view} returning '' $$",
            f"create view share.{other} as select v.*, share.f{view}() as 死因大类2 from share.{view} v",
        )
        settings = {"query": f"select *, share.f{view}() as cause_group from share.{other}"}
    elif case == "absent":
        server.run(f"create view share.{other} as select * from share.{view}")
        settings = {"columns": {"姓名": "nowhere"}}
    elif case == "permission_denied":
        server.run(f"create view share.{other} as select * from share.{view}")
    if case not in ("permission_denied", "view_missing"):
        server.run(f"grant select on share.{other} to {READER}", f"grant all on share.deaths_{view} to {READER}")
    write_sources(place, server, other, **settings)
    failing = yaml.safe_load((place.root / "sources.yml").read_text())["sources"]
    failing[other]["period"] = "this_month"
    write_sources(place, server, view)
    good = yaml.safe_load((place.root / "sources.yml").read_text())["sources"]
    (place.root / "sources.yml").write_text(yaml.safe_dump({"sources": {**failing, **good}}, allow_unicode=True))
    assert pull(place) == 1
    told = capsys.readouterr().err
    [line] = [line for line in told.splitlines() if "FAILED" in line]
    assert code in line
    assert named in line
    assert f"postgresql:{other}" in line
    assert person not in told
    assert PASSWORD not in told
    assert sorted(path.name for path in place.inbox.iterdir()) == [FIRST, FIRST.replace("csv", "meta.json")]


def test_a_connection_lost_halfway_leaves_nothing(place, server, view, monkeypatch, capsys) -> None:
    server.run(
        f"insert into share.deaths_{view} select '{NUMBER_A}', repeat('长', 200), '2025-10-01', '', '2025-10-03' "
        "from generate_series(1, 20000)"
    )
    write_sources(place, server, view)
    seen: list[str] = []
    cell_text = postgres.cell_text

    def cut(value, column) -> str:
        if not seen:
            seen.extend(path.name for path in place.inbox.iterdir())
            ended = server.ask(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wulong-monitor'"
            )
            assert ended == [(True,)]
        return cell_text(value, column)

    monkeypatch.setattr(postgres, "cell_text", cut)
    assert pull(place) == 1
    assert "the connection was lost before the last row" in capsys.readouterr().err
    assert seen == [f".pull-{view}.part"]
    assert list(place.inbox.iterdir()) == []


def test_a_server_that_is_not_there_and_a_wrong_password(place, server, view, monkeypatch, capsys) -> None:
    write_sources(place, server, view, port=5999)
    assert pull(place) == 1
    assert "the database can't be reached" in capsys.readouterr().err
    monkeypatch.setenv("BUREAU_PASSWORD", "falsch")
    write_sources(place, server, view)
    assert pull(place) == 1
    told = capsys.readouterr().err
    assert "the database refuses the login" in told
    assert "falsch" not in told
    monkeypatch.setenv("BUREAU_PASSWORD", PASSWORD)
    write_sources(place, server, view, database="nowhere")
    assert pull(place) == 1
    assert "there is no such database" in capsys.readouterr().err
    assert list(place.inbox.iterdir()) == []


def test_the_password_may_lie_in_a_file_and_a_missing_one_is_told(place, server, view, tmp_path, capsys) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    write_sources(place, server, view, password_from={"file": str(secret)})
    assert pull(place) == 0
    secret.unlink()
    assert pull(place) == 2
    assert "a password or token is missing" in capsys.readouterr().err


def test_the_rows_are_read_in_one_snapshot_with_the_count(place, server, view, monkeypatch) -> None:
    write_sources(place, server, view)
    cell_text, done = postgres.cell_text, threading.Event()

    def meddle(value, column) -> str:
        if not done.is_set():
            done.set()
            server.run(f"insert into share.deaths_{view} select * from share.deaths_{view}")
        return cell_text(value, column)

    monkeypatch.setattr(postgres, "cell_text", meddle)
    assert pull(place) == 0
    assert json.loads((place.inbox / FIRST).with_suffix(".meta.json").read_text())["row_count"] == 2


def test_rows_come_in_pieces_and_memory_stays_small(place, server, view) -> None:
    server.run(
        f"insert into share.deaths_{view} select '{NUMBER_A}', repeat('长', 100), '2025-10-01', '', '2025-10-03' "
        "from generate_series(1, 40000)"
    )
    write_sources(place, server, view)
    started = time.perf_counter()
    assert pull(place) == 0
    assert time.perf_counter() - started < 20
    content = (place.inbox / FIRST).read_bytes()
    assert content.count(NUMBER_A.encode()) == 40_001


def test_the_guard_of_the_reading_transaction_is_what_stops_a_write(place, server, view, monkeypatch) -> None:
    server.run(
        f"create table share.log_{view} (entry text)",
        f"create function share.w{view}() returns text language sql as "
        f"$$ insert into share.log_{view} values ('x') returning '' $$",
        f"grant all on share.log_{view} to {READER}",
    )
    query = f"select v.*, share.w{view}() as cause_group from share.{view} v"
    write_sources(place, server, view, query=query)
    assert pull(place) == 1
    assert server.ask(f"select count(*) from share.log_{view}") == [(0,)]
    connect = psycopg.connect

    def unguarded(**settings):
        return connect(**{**settings, "options": "-c default_transaction_read_only=off"})

    monkeypatch.setattr(postgres.psycopg, "connect", unguarded)
    no_mode = property(lambda connection: None, lambda connection, value: None)
    monkeypatch.setattr(psycopg.Connection, "read_only", no_mode)
    assert pull(place) == 0
    assert server.ask(f"select count(*) > 0 from share.log_{view}") == [(True,)]


def test_the_sources_file_may_lie_elsewhere(place, server, view, tmp_path, monkeypatch) -> None:
    write_sources(place, server, view)
    elsewhere = tmp_path / "elsewhere.yml"
    (place.root / "sources.yml").rename(elsewhere)
    monkeypatch.setenv("WAREHOUSE_SOURCES", str(elsewhere))
    assert pull(place) == 0


def test_nothing_is_refused_that_was_pulled(place, server, view, monkeypatch) -> None:
    write_sources(place, server, view)
    assert pull(place) == 0
    assert ingest(place, monkeypatch) == 0
    assert refusals(place) == []
    assert not Path(place.quarantine / DEATHS).exists() or quarantine(place, DEATHS).height == 0
