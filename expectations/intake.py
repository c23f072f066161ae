"""The intake gate: judge the batches that have no verdict yet, and write down what a build may read.

In: the lake and the journal. Out: verdicts with what they rest on, and the candidate build's inputs. A batch
that fails a critical rule, or on which a rule could not run, is held; the last good one stays in force.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import expectations.intake_suite as suite
from expectations.references import references
from expectations.results import Row, count, describe, describe_outcome
from expectations.rules import load_document, metrics_of, suite_version
from warehouse import journal
from warehouse.builds import INTAKE_FILE
from warehouse.contracts import FEEDS, Feed
from warehouse.deliveries import due_date, period_bounds
from warehouse.inputs import Candidate, known_batches, write_inputs
from warehouse.inspection import write_intake_frame
from warehouse.journal import Finding, Verdict
from warehouse.manifests import Manifest, write_json
from warehouse.paths import Home

CODE = ("rules/intake.yml", "intake_suite.py", "references.py", "rules.py", "engine.py")
GATE = "intake"


def version() -> str:
    """The intake suite's version: the same batch has the same verdict under it."""
    contracts = [path.read_bytes() for path in sorted(FEEDS.glob("*.yaml"))]
    return suite_version(CODE, *contracts)


def judge_new_batches(home: Home, feeds: Mapping[str, Feed], as_of: date) -> dict[str, Verdict]:
    """Verdicts on every known batch, by batch id; only those without one under this suite are examined."""
    suite_id = version()
    limits = load_document("intake.yml")["limits"]
    batches = [batch for batch in known_batches(home, as_of) if batch.feed_id in feeds]
    with journal.open_journal(home.journal) as connection:
        known = journal.read_verdicts(connection)
        released = journal.released_batches(connection)
    verdicts: dict[str, Verdict] = {}
    results: list[dict[str, Any]] = []
    for feed in feeds.values():
        mine = [batch for batch in batches if batch.feed_id == feed.feed_id]
        compared = references(feed, mine, released, limits)
        fresh = []
        for batch in mine:
            verdict = known.get((batch.batch_id, suite_id, _reference_id(compared, batch)))
            if verdict is None:
                fresh.append(batch)
            else:
                verdicts[batch.batch_id] = verdict
        if fresh:
            judged, findings, told = judge_batches(home, feed, fresh, compared, suite_id)
            with journal.open_journal(home.journal) as connection:
                journal.record_verdicts(connection, judged, findings)
            verdicts.update({verdict.batch_id: verdict for verdict in judged})
            results += told
            held = sum(verdict.verdict == "held" for verdict in judged)
            print(f"intake {feed.feed_id}: {len(judged)} judged, {held} held", file=sys.stderr, flush=True)
    if results:
        with journal.open_journal(home.journal) as connection:
            journal.record_gate_run(connection, GATE, _report(results, as_of, suite_id))
    return {batch_id: _release(verdict, released) for batch_id, verdict in verdicts.items()}


def judge_batches(
    home: Home, feed: Feed, batches: Sequence[Manifest], compared: Mapping[str, Manifest], suite_id: str
) -> tuple[list[Verdict], list[Finding], list[dict[str, Any]]]:
    """Run one feed's suite over some of its batches: verdicts, what they rest on, and a result per rule."""
    from expectations import engine  # costs four seconds: a run without new batches needs none of it

    asked = suite.rules(feed)
    with tempfile.TemporaryDirectory(prefix="intake-") as folder:
        frame = Path(folder) / "frame.duckdb"
        mine = {batch.batch_id: compared[batch.batch_id] for batch in batches if batch.batch_id in compared}
        write_intake_frame(frame, home, feed, batches, mine, _due_dates(feed, batches), suite.measures(feed))
        outcomes = engine.run_rules(frame, asked)
    findings: dict[str, list[Finding]] = {batch.batch_id: [] for batch in batches}
    for outcome in outcomes:
        hit = [(f.subject, f.failing, f.examined) for f in outcome.findings]
        if outcome.status == "errored":
            hit = [(batch.batch_id, 0, 0) for batch in batches]
        for subject, failing, examined in hit:
            found = Finding(subject, outcome.rule.rule_id, outcome.severity, outcome.status, failing, examined)
            findings[subject].append(found)
    verdicts = [
        _verdict(batch, _reference_id(compared, batch), suite_id, findings[batch.batch_id]) for batch in batches
    ]
    return (
        verdicts,
        [found for batch in batches for found in findings[batch.batch_id]],
        [describe_outcome(GATE, o) for o in outcomes],
    )


def write_candidate(home: Home, feeds: Mapping[str, Feed], as_of: date) -> Candidate:
    """Judge what is new, then write the inputs of the build that follows from the verdicts, and what they rest on."""
    verdicts = judge_new_batches(home, feeds, as_of)
    candidate = write_inputs(home, feeds, as_of, verdicts)
    if not candidate.has_receipt:
        write_json(
            candidate.path / INTAKE_FILE,
            {"results": summarise(home, feeds, [verdicts[name] for name in candidate.shown])},
        )
    return candidate


def summarise(home: Home, feeds: Mapping[str, Feed], verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """What the intake gate says of the batches a build shows: one row per feed and rule, counted in batches.

    Verdicts come in the order of periods; what the newest batch of a feed breaks marks the metrics that rest on it.
    """
    with journal.open_journal(home.journal) as connection:
        found = journal.read_findings(connection, verdicts)
        applied = journal.applied_rules(connection, version())
    results = []
    for feed in feeds.values():
        mine = [verdict.batch_id for verdict in verdicts if verdict.feed_id == feed.feed_id]
        for rule in suite.rules(feed):
            broken = [finding for finding in found if finding.rule_id == rule.rule_id]
            status = "failed" if broken else "passed" if (rule.rule_id, rule.feed_id) in applied else "not_applicable"
            if any(finding.status == "errored" for finding in broken):
                status = "errored"
            severity = "critical" if status == "errored" else rule.severity
            rows = [Row(finding.batch_id, finding.failing_count, finding.examined_count) for finding in broken]
            touched = metrics_of(feed.feed_id) if mine and mine[-1] in {row.subject for row in rows} else ()
            marked = replace(rule, metrics=touched)
            results.append(describe(GATE, marked, severity, status, len(mine), len(broken), rows))
    return results


def _verdict(batch: Manifest, reference_id: str, suite_id: str, findings: Sequence[Finding]) -> Verdict:
    blocking = tuple(sorted(found.rule_id for found in findings if found.severity == "critical"))
    warned = sum(found.severity == "warning" for found in findings)
    return Verdict(
        batch.batch_id, batch.feed_id, suite_id, reference_id, "held" if blocking else "admitted", blocking, warned
    )


def _release(verdict: Verdict, released: frozenset[str]) -> Verdict:
    """A steward's release turns a hold into an admission that keeps its reasons, so that pages can tell them."""
    if verdict.verdict == "admitted" or verdict.batch_id not in released:
        return verdict
    return Verdict(
        verdict.batch_id,
        verdict.feed_id,
        verdict.suite_version,
        verdict.reference_batch_id,
        "admitted",
        verdict.reasons,
        verdict.warnings_count + len(verdict.reasons),
    )


def _reference_id(compared: Mapping[str, Manifest], batch: Manifest) -> str:
    reference = compared.get(batch.batch_id)
    return reference.batch_id if reference else ""


def _due_dates(feed: Feed, batches: Sequence[Manifest]) -> dict[str, date]:
    """The day by which a period's first delivery is due; a later one of the period corrects it and owes no day."""
    by_kind = {due.kind: due for due in feed.due}
    first = [batch for batch in batches if batch.kind in by_kind and batch.batch_no == 1]
    return {batch.batch_id: due_date(by_kind[batch.kind], *period_bounds(batch.period)) for batch in first}


def _report(results: list[dict[str, Any]], as_of: date, suite_id: str) -> dict[str, Any]:
    counts = count(results)
    return {
        "build_id": "",
        "as_of": as_of.isoformat(),
        "suite_version": suite_id,
        "verdict": "held" if counts["critical_failed"] else "admitted",
        "counts": counts,
        "results": results,
    }
