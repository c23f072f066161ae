"""What was decided and what came of it: verdicts on batches, gate runs with history, attempts to refresh, releases.

In: records of the gates and of the conductor. Out: the same, for the pages and for the next run.
SQLite, because these rows are small, must survive every build, and are written while readers read.
Never holds a value of a person: subjects are batch ids, weeks, areas and table names.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists intake_verdicts (
    batch_id text not null,
    suite_version text not null,
    reference_batch_id text not null,
    feed_id text not null,
    verdict text not null check (verdict in ('admitted', 'held')),
    reasons text not null,
    warnings_count integer not null,
    judged_at text not null,
    primary key (batch_id, suite_version, reference_batch_id)
) without rowid;
create table if not exists intake_findings (
    batch_id text not null,
    suite_version text not null,
    reference_batch_id text not null,
    rule_id text not null,
    severity text not null,
    status text not null,
    failing_count integer not null,
    examined_count integer not null,
    primary key (batch_id, suite_version, reference_batch_id, rule_id)
) without rowid;
create table if not exists batch_releases (
    batch_id text primary key,
    steward text not null,
    reason text not null,
    released_at text not null
) without rowid;
create table if not exists gate_runs (
    run_id integer primary key,
    gate text not null check (gate in ('intake', 'build')),
    build_id text not null,
    as_of text not null,
    suite_version text not null,
    verdict text not null,
    critical_failed integer not null,
    warning_failed integer not null,
    info_failed integer not null,
    passed integer not null,
    judged_at text not null
);
create table if not exists gate_results (
    run_id integer not null references gate_runs (run_id),
    rule_id text not null,
    feed_id text not null,
    dimension text not null,
    severity text not null,
    table_name text not null,
    status text not null check (status in ('passed', 'failed', 'errored', 'not_applicable')),
    failing_count integer not null,
    examined_count integer not null,
    findings text not null,
    primary key (run_id, rule_id, feed_id)
) without rowid;
create table if not exists refresh_attempts (
    attempt_id integer primary key,
    started_at text not null,
    finished_at text,
    stage text not null,
    outcome text not null,
    exit_code integer,
    build_id text not null,
    as_of text not null,
    message text not null,
    timings text not null
);
create table if not exists releases (
    released_at text not null,
    build_id text not null,
    replaced_build_id text not null
);
create table if not exists erasures (
    erased_at text not null,
    steward text not null,
    reason text not null,
    was_held integer not null
);
create table if not exists identity_decisions (
    entry integer primary key,
    subject_key text not null,
    person_key text not null,
    decision text not null check (decision in ('link', 'distinct', 'undo')),
    score real,
    reason text not null,
    decided_by text not null,
    decided_at text not null
);
create table if not exists override_entries (
    entry integer primary key,
    override_id text not null,
    feed_id text not null,
    row_key text not null,
    column_name text not null,
    old_value text,
    new_value text,
    reason text not null,
    decided_by text not null,
    decided_at text not null,
    expires_on text not null,
    status text not null check (status in ('active', 'withdrawn'))
);
"""


@dataclass(frozen=True)
class Verdict:
    """What the intake gate said of one batch, under one suite version and beside one reference batch."""

    batch_id: str
    feed_id: str
    suite_version: str
    reference_batch_id: str
    verdict: str
    reasons: tuple[str, ...]
    warnings_count: int


@dataclass(frozen=True)
class Finding:
    """One rule that a batch did not pass (rows)."""

    batch_id: str
    rule_id: str
    severity: str
    status: str
    failing_count: int
    examined_count: int


@contextmanager
def open_journal(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the journal, committed at the end and rolled back on an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=60)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.executescript(SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()


def read_verdicts(connection: sqlite3.Connection) -> dict[tuple[str, str, str], Verdict]:
    """Every verdict by batch, suite version and reference batch."""
    query = "select * from intake_verdicts"
    return {
        (row["batch_id"], row["suite_version"], row["reference_batch_id"]): Verdict(
            row["batch_id"],
            row["feed_id"],
            row["suite_version"],
            row["reference_batch_id"],
            row["verdict"],
            tuple(filter(None, row["reasons"].split(","))),
            row["warnings_count"],
        )
        for row in connection.execute(query)
    }


def record_verdicts(connection: sqlite3.Connection, verdicts: Sequence[Verdict], findings: Iterable[Finding]) -> None:
    """Write verdicts and what they rest on; a batch judged again under the same suite replaces its rows."""
    at = now()
    places = {verdict.batch_id: (verdict.suite_version, verdict.reference_batch_id) for verdict in verdicts}
    connection.executemany(
        "insert or replace into intake_verdicts values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                v.batch_id,
                v.suite_version,
                v.reference_batch_id,
                v.feed_id,
                v.verdict,
                ",".join(v.reasons),
                v.warnings_count,
                at,
            )
            for v in verdicts
        ],
    )
    connection.executemany(
        "delete from intake_findings where batch_id = ? and suite_version = ? and reference_batch_id = ?",
        [(batch_id, *place) for batch_id, place in places.items()],
    )
    connection.executemany(
        "insert into intake_findings values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (f.batch_id, *places[f.batch_id], f.rule_id, f.severity, f.status, f.failing_count, f.examined_count)
            for f in findings
        ],
    )


def read_findings(connection: sqlite3.Connection, verdicts: Iterable[Verdict]) -> list[Finding]:
    """What the given verdicts rest on."""
    wanted = {(v.batch_id, v.suite_version, v.reference_batch_id) for v in verdicts}
    rows = connection.execute("select * from intake_findings order by rule_id, batch_id")
    return [
        Finding(r["batch_id"], r["rule_id"], r["severity"], r["status"], r["failing_count"], r["examined_count"])
        for r in rows
        if (r["batch_id"], r["suite_version"], r["reference_batch_id"]) in wanted
    ]


def record_batch_release(connection: sqlite3.Connection, batch_id: str, *, steward: str, reason: str) -> None:
    """A steward lets a held batch in. Raises: ValueError without a steward or a reason."""
    if not steward.strip() or not reason.strip():
        raise ValueError("releasing a held batch needs a steward and a reason")
    connection.execute("insert or replace into batch_releases values (?, ?, ?, ?)", (batch_id, steward, reason, now()))


def released_batches(connection: sqlite3.Connection) -> frozenset[str]:
    """Ids of the held batches that a steward has let in."""
    return frozenset(row[0] for row in connection.execute("select batch_id from batch_releases"))


def record_gate_run(connection: sqlite3.Connection, gate: str, report: dict[str, Any]) -> int:
    """Write one run of a gate with its results; the id of the run."""
    counts = report["counts"]
    run_id = connection.execute(
        "insert into gate_runs (gate, build_id, as_of, suite_version, verdict, critical_failed, warning_failed,"
        " info_failed, passed, judged_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            gate,
            report["build_id"],
            report["as_of"],
            report["suite_version"],
            report["verdict"],
            counts["critical_failed"],
            counts["warning_failed"],
            counts["info_failed"],
            counts["passed"],
            now(),
        ),
    ).lastrowid
    connection.executemany(
        "insert into gate_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                run_id,
                result["rule_id"],
                result["feed_id"],
                result["dimension"],
                result["severity"],
                result["table"],
                result["status"],
                result["failing_count"],
                result["examined_count"],
                json.dumps(result["findings"], ensure_ascii=False),
            )
            for result in report["results"]
        ],
    )
    return int(run_id or 0)


def read_gate_runs(connection: sqlite3.Connection, limit: int) -> list[dict[str, Any]]:
    """The newest runs of both gates, newest first."""
    return [dict(row) for row in connection.execute("select * from gate_runs order by run_id desc limit ?", (limit,))]


def applied_rules(connection: sqlite3.Connection, suite_version: str) -> set[tuple[str, str]]:
    """Rule and feed of every rule that has had something to examine under this suite version."""
    query = (
        "select distinct r.rule_id, r.feed_id from gate_results as r join gate_runs as g on g.run_id = r.run_id"
        " where g.suite_version = ? and r.status <> 'not_applicable'"
    )
    return {(row[0], row[1]) for row in connection.execute(query, (suite_version,))}


def begin_attempt(connection: sqlite3.Connection, as_of: str) -> int:
    """Open an attempt to refresh; an earlier one still open was interrupted. The attempt's id."""
    connection.execute(
        "update refresh_attempts set outcome = 'interrupted', finished_at = ?,"
        " message = 'stopped in the middle of ' || stage where outcome = 'running'",
        (now(),),
    )
    query = (
        "insert into refresh_attempts (started_at, stage, outcome, build_id, as_of, message, timings)"
        " values (?, 'start', 'running', '', ?, '', '{}')"
    )
    return int(connection.execute(query, (now(), as_of)).lastrowid or 0)


def update_attempt(connection: sqlite3.Connection, attempt_id: int, stage: str) -> None:
    """Note the stage that an attempt has reached."""
    connection.execute("update refresh_attempts set stage = ? where attempt_id = ?", (stage, attempt_id))


def end_attempt(
    connection: sqlite3.Connection,
    attempt_id: int,
    outcome: str,
    *,
    exit_code: int,
    build_id: str,
    message: str,
    timings: dict[str, Any],
) -> None:
    """Close an attempt: published, unchanged or failed."""
    connection.execute(
        "update refresh_attempts set finished_at = ?, outcome = ?, exit_code = ?, build_id = ?, message = ?, timings = ?"
        " where attempt_id = ?",
        (now(), outcome, exit_code, build_id, message, json.dumps(timings, ensure_ascii=False), attempt_id),
    )


def last_attempt(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """The newest attempt to refresh, None before the first."""
    row = connection.execute("select * from refresh_attempts order by attempt_id desc limit 1").fetchone()
    if row is None:
        return None
    return {**dict(row), "timings": json.loads(row["timings"])}


def record_release(connection: sqlite3.Connection, build_id: str, replaced: str) -> None:
    """Note that readers now see another build."""
    connection.execute("insert into releases values (?, ?, ?)", (now(), build_id, replaced))


def record_erasure(connection: sqlite3.Connection, *, steward: str, reason: str, was_held: bool) -> None:
    """Note that a person was taken out of the vault; not who it was."""
    connection.execute("insert into erasures values (?, ?, ?, ?)", (now(), steward, reason, int(was_held)))


def now() -> str:
    """The moment, in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
