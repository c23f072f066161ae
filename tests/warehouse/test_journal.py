"""The journal keeps verdicts, runs, attempts and releases, and no value of a person."""

from __future__ import annotations

import sqlite3

import pytest

from warehouse import journal
from warehouse.journal import Finding, Verdict


@pytest.fixture
def connection(tmp_path):
    with journal.open_journal(tmp_path / "data" / "journal.sqlite") as opened:
        yield opened


def verdict(batch_id: str, reference: str = "", verdict: str = "held") -> Verdict:
    return Verdict(batch_id, "f", "suite", reference, verdict, ("F01.required.x",) if verdict == "held" else (), 0)


def test_a_verdict_stands_beside_its_suite_and_reference(connection) -> None:
    first, second = verdict("b", "r1"), verdict("b", "r2", "admitted")
    found = [Finding("b", "F01.required.x", "critical", "failed", 1, 40)]
    journal.record_verdicts(connection, [first], found)
    journal.record_verdicts(connection, [second], [])
    assert journal.read_verdicts(connection) == {("b", "suite", "r1"): first, ("b", "suite", "r2"): second}
    assert journal.read_findings(connection, [first]) == found
    assert journal.read_findings(connection, [second]) == []


def test_a_batch_judged_again_replaces_what_it_rested_on(connection) -> None:
    journal.record_verdicts(connection, [verdict("b")], [Finding("b", "x", "critical", "failed", 1, 40)])
    journal.record_verdicts(connection, [verdict("b")], [Finding("b", "y", "critical", "failed", 2, 40)])
    assert [finding.rule_id for finding in journal.read_findings(connection, [verdict("b")])] == ["y"]


def test_an_attempt_left_open_was_interrupted(connection) -> None:
    first = journal.begin_attempt(connection, "2025-11-23")
    journal.update_attempt(connection, first, "dbt")
    second = journal.begin_attempt(connection, "2025-11-23")
    rows = connection.execute("select attempt_id, outcome, message from refresh_attempts order by 1").fetchall()
    assert [tuple(row) for row in rows] == [
        (first, "interrupted", "stopped in the middle of dbt"),
        (second, "running", ""),
    ]
    journal.end_attempt(
        connection, second, "failed", exit_code=4, build_id="b-1", message="gate: no", timings={"dbt": {"seconds": 1.5}}
    )
    last = journal.last_attempt(connection)
    assert last is not None
    assert (last["outcome"], last["exit_code"], last["message"], last["timings"]["dbt"]["seconds"]) == (
        "failed",
        4,
        "gate: no",
        1.5,
    )


def test_an_error_rolls_everything_back(tmp_path) -> None:
    path = tmp_path / "journal.sqlite"

    def fail() -> None:
        with journal.open_journal(path) as connection:
            journal.record_release(connection, "b-1", "")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with journal.open_journal(path) as connection:
        assert connection.execute("select count(*) from releases").fetchone()[0] == 0


def test_a_verdict_of_another_kind_is_refused(connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        journal.record_verdicts(connection, [verdict("b", verdict="perhaps")], [])
