"""Files: the same bytes for the same seed, parts that add up, each bureau's own form."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import polars as pl

from ingest.simulate import truth
from ingest.simulate.bureaus.calendar import build_calendar
from ingest.simulate.bureaus.files import sidecar_ending
from ingest.simulate.ledgers import alert_handling
from ingest.simulate.world.build import World
from ingest.simulate.writing import write_deliveries
from tests.ingest.simulate.conftest import Written, simulate
from warehouse.contracts import load_feeds
from warehouse.deliveries import period_bounds


def is_sidecar(name: str) -> bool:
    return name.endswith(sidecar_ending("__".join(name.split("__")[:2])))


def hashes(folder: Path) -> dict[str, tuple[str, float]]:
    return {p.name: (sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime) for p in sorted(folder.iterdir())}


def test_same_seed_same_bytes_and_the_last_week_can_follow_later(small_hamlet: Written, tmp_path: Path) -> None:
    whole = hashes(small_hamlet.inbox)
    first = simulate(tmp_path, "--until", "2025-11-17")
    until = set(hashes(first.inbox))
    simulate(tmp_path, "--since", "2025-11-17")
    assert hashes(first.inbox) == whole
    later = {
        n for n, (_, stamp) in whole.items() if stamp >= datetime.fromisoformat("2025-11-18T00:00+08:00").timestamp()
    }
    assert until == set(whole) - later
    assert "civil_affairs__register__20251123__001.xlsx" in later


def test_another_seed_is_another_world(small_hamlet: Written, tmp_path: Path) -> None:
    other = simulate(tmp_path, "--seed", "7", "--since", "2025-11-17")
    name = "police__population__20251123__001.csv"
    assert (other.inbox / name).read_bytes() != (small_hamlet.inbox / name).read_bytes()


def test_two_processes_write_what_one_does(hamlet_world: World, tmp_path: Path) -> None:
    last = hamlet_world.weeks[-1]
    calendar = build_calendar(hamlet_world.weeks, hamlet_world.scale)
    chosen = [d for d in calendar if last - 30 < d.period_end < last and d.feed_id != alert_handling.FEED]
    assert len({d.feed_id for d in chosen}) > 15
    cases = truth.cases_table(hamlet_world, truth.build_known(hamlet_world))
    for processes in (1, 2):
        world = replace(hamlet_world, scale=replace(hamlet_world.scale, processes=processes))
        write_deliveries(world, cases, chosen, tmp_path / str(processes), lambda text: None)
    assert hashes(tmp_path / "1") == hashes(tmp_path / "2")


def test_files_are_listed_with_their_rows_and_times(small_hamlet: Written) -> None:
    files = small_hamlet.table("files")
    written = {p.name for p in small_hamlet.inbox.iterdir() if not is_sidecar(p.name)}
    assert set(files["file"]) == written
    assert files["sent_at"].max() < datetime(2025, 11, 24, 8)
    feeds = load_feeds()
    for row in files.iter_rows(named=True):
        feed = feeds[row["feed_id"]]
        assert row["kind"] in feed.delivery
        assert row["sent_at"].date() > period_bounds(row["period"])[0]
        beside = small_hamlet.inbox / f"{Path(row['file']).stem}{sidecar_ending(row['feed_id'])}"
        if beside.exists():
            content = json.loads(beside.read_text(encoding="utf-8"))
            assert (content["row_count"], content["kind"]) == (row["row_count"], row["kind"])
        else:
            assert row["row_count"] > 0
    assert not (small_hamlet.inbox / "disabled_federation__certificates__202510__001.json").exists()


def test_each_bureau_writes_its_own_form(small_hamlet: Written) -> None:
    inbox = small_hamlet.inbox
    assert (inbox / "medical_insurance__settlements__20251123__001.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    payments = (inbox / "finance__payments__202511__001.csv").read_bytes()
    rows = list(csv.reader(payments.decode("gb18030").splitlines()))
    assert "证件号码" in rows[0] or "身份证号" in rows[0]
    deaths = (inbox / "health__deaths__202510__001.jsonl").read_text(encoding="utf-8").splitlines()
    assert set(json.loads(deaths[0])) >= {"证件号码", "姓名", "死亡日期", "死因大类", "填报日期"}
    assert (inbox / "health__deaths__202506__001.csv").exists()
    book = openpyxl.load_workbook(inbox / "civil_affairs__register__202510__001.xlsx")
    assert book.sheetnames == ["在册名册"]
    assert book.properties.created.date().isoformat()[:7] == "2025-11"


def test_payments_come_by_the_pay_day_and_again_with_the_returns(small_hamlet: Written) -> None:
    files = small_hamlet.table("files").filter(pl.col("feed_id") == "finance__payments")
    by_period = {(p, b): sent for p, b, sent in files.select("period", "batch_no", "sent_at").iter_rows()}
    assert by_period["202510", 1].date().isoformat() == "2025-10-10"
    assert by_period["202505", 1].date().isoformat() == "2025-05-09"  # the 10th is a Saturday
    assert by_period["202510", 2].date().isoformat() == "2025-10-30"
    assert ("202511", 2) not in by_period
    assert ("202506", 3) in by_period


def test_a_week_of_settlements_is_late(small_hamlet: Written) -> None:
    late = small_hamlet.table("defects").filter((pl.col("defect") == "D11") & (pl.col("outcome") == "late"))
    sent = dict(small_hamlet.table("files").select("file", "sent_at").iter_rows())
    named = late.filter(pl.col("feed_id") == "medical_insurance__settlements")["file"].item()
    assert (sent[named].date() - period_bounds(named.split("__")[2])[1]).days == 10
    missing = late.filter(pl.col("feed_id") == "funeral__cremations")["file"].item()
    assert missing not in sent
