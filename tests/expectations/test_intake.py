"""The intake gate: a damaged batch is held and the last good one stays, whatever the order of arrival."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest

from expectations import intake
from expectations.references import references
from expectations.rules import load_document
from tests.warehouse.small_lake import write_batch
from warehouse import journal
from warehouse.contracts import load_feeds
from warehouse.database import open_build
from warehouse.manifests import read_json
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at

FEEDS = load_feeds()
REGISTER = FEEDS["civil_affairs__register"]
ONLY = {REGISTER.feed_id: REGISTER}
LIMITS = load_document("intake.yml")["limits"]
AS_OF = date(2025, 11, 23)


@pytest.fixture
def place(tmp_path) -> Home:
    return home_at(tmp_path / "data", tmp_path / "keys")


def judged(place: Home) -> dict[str, str]:
    verdicts = intake.judge_new_batches(place, ONLY, AS_OF)
    return {batch.period: verdicts[batch.batch_id].verdict for batch in intake.known_batches(place, AS_OF)}


@pytest.mark.parametrize(
    ("before", "now", "is_off"),
    [(100, 80, False), (100, 79, True), (100, 120, False), (100, 121, True), (20, 10, False), (20, 9, True)],
)
def test_a_volume_is_off_beyond_a_fifth_or_ten_rows(place: Home, before: int, now: int, is_off: bool) -> None:
    """20 % of 100 rows is 20 rows; of 20 rows it would be 4, but fewer than ten rows say nothing."""
    batches = [
        write_batch(place, REGISTER, "202508", rows=before),
        write_batch(place, REGISTER, "202509", rows=now),
        write_batch(place, REGISTER, "202510", rows=before),
    ]
    compared = references(REGISTER, batches, frozenset(), LIMITS)
    assert batches[0].batch_id not in compared
    assert compared[batches[1].batch_id] == batches[0]
    assert compared[batches[2].batch_id] == (batches[0] if is_off else batches[1])


def test_a_batch_of_odd_volume_is_held_and_nobody_is_compared_with_it(place: Home) -> None:
    for period, rows in (("202507", 100), ("202508", 40), ("202509", 102), ("202510", 104)):
        write_batch(place, REGISTER, period, rows=rows)
    assert judged(place) == {"202507": "admitted", "202508": "held", "202509": "admitted", "202510": "admitted"}


def test_verdicts_do_not_depend_on_the_order_of_arrival(place: Home, tmp_path) -> None:
    sizes = {"202507": 100, "202508": 40, "202509": 44, "202510": 103}
    for period in reversed(sizes):
        write_batch(place, REGISTER, period, rows=sizes[period])
        piecemeal = judged(place)
    at_once = home_at(tmp_path / "other", tmp_path / "keys")
    for period, rows in sizes.items():
        write_batch(at_once, REGISTER, period, rows=rows)
    assert piecemeal == judged(at_once)
    assert piecemeal == {"202507": "admitted", "202508": "held", "202509": "held", "202510": "admitted"}


def test_only_new_batches_are_examined(place: Home, monkeypatch) -> None:
    write_batch(place, REGISTER, "202509")
    judged(place)
    seen: list[str] = []
    original = intake.judge_batches
    monkeypatch.setattr(
        intake,
        "judge_batches",
        lambda h, f, batches, *a: (seen.extend(b.period for b in batches), original(h, f, batches, *a))[1],
    )
    judged(place)
    assert seen == []
    write_batch(place, REGISTER, "202510")
    judged(place)
    assert seen == ["202510"]


def test_a_steward_lets_a_held_batch_in_and_it_says_so(place: Home) -> None:
    write_batch(place, REGISTER, "202509", rows=100)
    odd = write_batch(place, REGISTER, "202510", rows=40)
    assert judged(place)["202510"] == "held"
    with journal.open_journal(place.journal) as connection:
        journal.record_batch_release(connection, odd.batch_id, steward="数据管理岗", reason="merged with another list")
    verdict = intake.judge_new_batches(place, ONLY, AS_OF)[odd.batch_id]
    assert (verdict.verdict, verdict.reasons) == ("admitted", ("F01.volume_change",))
    assert verdict.warnings_count == 1


def test_a_release_needs_a_steward_and_a_reason(place: Home) -> None:
    with journal.open_journal(place.journal) as connection, pytest.raises(ValueError):
        journal.record_batch_release(connection, "b", steward=" ", reason="x")


@pytest.mark.parametrize("spoil", ["garbage", "cut", "missing"])
def test_a_damaged_parquet_holds_its_batch_only(place: Home, spoil: str) -> None:
    write_batch(place, REGISTER, "202509", rows=100)
    bad = write_batch(place, REGISTER, "202510", rows=100)
    path = place.lake / REGISTER.feed_id / f"batch={bad.batch_id}" / "part-0.parquet"
    content = path.read_bytes()
    if spoil == "missing":
        path.unlink()
    else:
        path.write_bytes(b"PAR1" + b"\0" * 500 if spoil == "garbage" else content[: len(content) // 2])
    assert judged(place) == {"202509": "admitted", "202510": "held"}


def test_a_column_that_is_missing_or_of_another_type_holds_the_batch(place: Home) -> None:
    write_batch(place, REGISTER, "202508", damage='alter table rows drop column "stop_date"')
    write_batch(place, REGISTER, "202509", damage='alter table rows alter "household_amount_yuan" type double')
    write_batch(place, REGISTER, "202510")
    assert judged(place) == {"202508": "held", "202509": "held", "202510": "admitted"}


def test_a_warning_admits_with_a_mark(place: Home) -> None:
    batch = write_batch(place, REGISTER, "202510", rows=40, quarantined=3)  # 3 of 43 rows is over 5 %
    verdict = intake.judge_new_batches(place, ONLY, AS_OF)[batch.batch_id]
    assert (verdict.verdict, verdict.warnings_count) == ("admitted", 1)


def test_an_empty_batch_is_held_unless_its_sender_declared_none(place: Home) -> None:
    deaths = FEEDS["health__deaths"]
    said = write_batch(place, deaths, "202509", rows=0)
    silent = write_batch(place, deaths, "202510", rows=0, declared_row_count=None)
    verdicts = intake.judge_new_batches(place, {deaths.feed_id: deaths}, AS_OF)
    assert (verdicts[said.batch_id].verdict, verdicts[silent.batch_id].verdict) == ("admitted", "held")


@pytest.mark.parametrize(("rows", "verdict"), [(1, "admitted"), (19, "admitted"), (20, "held")])
def test_a_week_whose_few_rows_are_all_in_quarantine_enters_so_that_its_quarantine_counts(
    place: Home, rows: int, verdict: str
) -> None:
    cremations = FEEDS["funeral__cremations"]
    batch = write_batch(place, cremations, "20251123", rows=0, quarantined=rows)
    judged = intake.judge_new_batches(place, {cremations.feed_id: cremations}, AS_OF)[batch.batch_id]
    assert (judged.verdict, judged.warnings_count) == (verdict, 1)


def test_a_rule_that_raises_holds_every_batch_it_should_have_judged(place: Home, monkeypatch) -> None:
    from expectations import intake_suite

    monkeypatch.setitem(intake_suite.BATCH_QUERIES, "row_identity", "select * from missing")
    write_batch(place, REGISTER, "202510")
    assert judged(place) == {"202510": "held"}


def test_back_pay_does_not_count_as_volume(place: Home) -> None:
    """100 lines of the month, and 60 of the months before it after a rise of the standards: no jump."""
    payments = FEEDS["finance__payments"]
    for period, rows in (("202507", 100), ("202508", 160)):
        damage = "update rows set benefit_month = benefit_month - interval 1 month where _row_number > 101"
        write_batch(place, payments, period, rows=rows, damage=damage)
    verdicts = intake.judge_new_batches(place, {payments.feed_id: payments}, AS_OF)
    assert {verdict.verdict for verdict in verdicts.values()} == {"admitted"}


def test_results_hold_batches_and_counts_never_a_value(place: Home) -> None:
    canary = "500156201809240014"
    write_batch(place, REGISTER, "202509")
    write_batch(place, REGISTER, "202510", damage=f"update rows set village_name = '{canary}' where _row_number = 2")
    candidate = intake.write_candidate(place, ONLY, AS_OF)
    assert candidate.path.is_dir()
    for path in [place.journal, *candidate.path.iterdir()]:
        assert canary.encode() not in path.read_bytes(), path.name
    results = read_json(candidate.path / "intake.json")["results"]
    found = next(result for result in results if result["rule_id"] == "F01.no_identity")
    assert (found["status"], found["failing_count"], found["examined_count"]) == ("failed", 1, 2)
    assert [set(finding) for finding in found["findings"]] == [{"subject", "failing", "examined"}]


def test_the_command_writes_the_candidate_and_prints_its_id_last(place: Home) -> None:
    periods = {"day": "20251123", "week": "20251123", "month": "202510", "quarter": "2025Q3", "halfyear": "202510"}
    for feed in FEEDS.values():
        due = feed.due[0] if feed.due else None
        write_batch(place, feed, periods[due.period if due else "day"], kind=due.kind if due else feed.delivery[0])
    command = [sys.executable, "-m", "expectations", "intake", "--as-of", AS_OF.isoformat(), "--home", str(place.root)]
    first = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    build_id = first.stdout.split()[-1]
    again = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert again.stdout.split()[-1] == build_id
    with open_build(place.builds / build_id / "warehouse.duckdb") as connection:
        assert connection.execute("select count(*) from lake.batches where is_in_force").fetchone() == (len(FEEDS),)
        assert connection.execute("select count(*) from lake.finance__payments").fetchone() == (40,)
