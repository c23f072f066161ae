"""Every rule of every feed's intake suite finds its mutant, a batch damaged in one way, and none finds a clean batch."""

from __future__ import annotations

from datetime import datetime

import pytest

from expectations import intake_suite
from expectations.intake import judge_batches
from tests.warehouse.small_lake import write_batch
from warehouse.contracts import Feed, load_feeds
from warehouse.paths import home as home_at

FEEDS = load_feeds()
ROWS = 40
PERIODS = {
    "month": ("202509", "202510"),
    "quarter": ("2025Q2", "2025Q3"),
    "week": ("20251109", "20251116"),
    "day": ("20251115", "20251116"),
    "halfyear": ("202503", "202510"),
}


def damage(feed: Feed, rule_id: str) -> dict[str, object]:
    """How to spoil a batch so that one rule, and at least that one, must find it."""
    _, name, *rest = rule_id.split(".")
    column = rest[0] if rest else ""
    _, high = feed.rows_between
    minimum = next((c.minimum for c in feed.columns if c.lake_name == column and c.minimum is not None), None)
    maximum = next((c.maximum for c in feed.columns if c.lake_name == column and c.maximum is not None), None)
    outside = minimum - 1 if minimum is not None else (maximum or 0) + 1
    texts = [
        c.lake_name
        for c in feed.columns
        if c.keep and c.physical_type == "VARCHAR" and not c.codes and not c.encrypted_name
    ]
    hashes = [c.lake_name for c in feed.columns if c.encrypted_name and c.role != "person_name"]
    hashes += [name for name, _ in feed.lake_columns() if name == "person_key"]
    names = [c.lake_name for c in feed.columns if c.encrypted_name and c.role == "person_name"]
    first = "where _row_number = 2"
    ways: dict[str, dict[str, object]] = {
        "readable": {"damage": 'alter table rows alter "_flags" type integer using 0'},
        "row_identity": {"rows_read": ROWS + 1},
        "not_empty": {"damage": "delete from rows", "declared_row_count": None},
        "row_count": {"rows_accepted": high + 1},
        # 40 + 10 rows are let pass, 40 + 11 not; of events, whose counts vary by chance, 4 × √(2 × 40) = 35.8
        "volume_change": {"rows": ROWS + (36 if feed.feed_id == "health__deaths" else 11)},
        "control_total": {"declared_row_count": ROWS + 1},
        "key_unique": {"damage": "insert into rows select * from rows limit 1"},
        "required": {"damage": f'update rows set "{column}" = null {first}'},
        "code_list": {"damage": f"update rows set \"{column}\" = '??' {first}"},
        "date_range": {"damage": f"update rows set \"{column}\" = date '1899-12-31' {first}"},
        "date_ahead": {"damage": f'update rows set "{column}" = cast(_received_at as date) + 1 {first}'},
        "amount_range": {"damage": f'update rows set "{column}" = {outside} {first}'},
        "amount_unit": {"damage": f'update rows set "{column}" = "{column}" * 100'},
        "amount_typical": {"damage": f'update rows set "{column}" = "{column}" / 100'},
        "went_blank": {"damage": f'update rows set "{column}" = null'},
        "key_form": {"damage": f"update rows set \"{hashes[0]}\" = 'not a hash' {first}" if hashes else ""},
        "name_masked": {"damage": f"update rows set \"{names[0]}\" = '张三丰' {first}" if names else ""},
        "no_identity": {"damage": f"update rows set \"{(texts or ['_file'])[0]}\" = '号500156201809240014' {first}"},
        "lineage": {"damage": f"update rows set _file = null {first}"},
        "quarantine_share": {"quarantined": 3},  # 3 of 43 is over 5 %
        "on_time": {"received_at": datetime(2026, 6, 1)},
    }
    assert name in ways, f"rule {rule_id} has no mutant"
    return ways[name]


@pytest.mark.parametrize("feed_id", FEEDS)
def test_every_rule_finds_its_mutant_and_passes_a_clean_batch(feed_id: str, tmp_path) -> None:
    feed, place = FEEDS[feed_id], home_at(tmp_path / "data", tmp_path / "keys")
    kind, unit = (feed.due[0].kind, feed.due[0].period) if feed.due else (feed.delivery[0], "day")
    before, period = PERIODS[unit]
    reference = write_batch(place, feed, before, kind=kind, rows=ROWS)
    clean = write_batch(place, feed, period, kind=kind, rows=ROWS)
    rules = [rule.rule_id for rule in intake_suite.rules(feed)]
    mutants = {
        rule: write_batch(place, feed, period, kind=kind, **{"rows": ROWS, **damage(feed, rule)}) for rule in rules
    }
    batches = [clean, *{mutant.batch_id: mutant for mutant in mutants.values()}.values()]
    compared = {batch.batch_id: reference for batch in batches} if kind == "full" else {}

    verdicts, findings, results = judge_batches(place, feed, batches, compared, "test")

    unfailed = [(result["rule_id"], result["status"]) for result in results if result["status"] != "failed"]
    assert unfailed == [], "a rule stayed green, could not run, or had nothing to examine"
    found = {(finding.rule_id, finding.batch_id) for finding in findings}
    green = [rule for rule, mutant in mutants.items() if (rule, mutant.batch_id) not in found]
    assert green == []
    assert [rule for rule, batch_id in found if batch_id == clean.batch_id] == []
    assert next(v for v in verdicts if v.batch_id == clean.batch_id).verdict == "admitted"
    held = {verdict.batch_id for verdict in verdicts if verdict.verdict == "held"}
    critical = {rule.rule_id for rule in intake_suite.rules(feed) if rule.severity == "critical"}
    assert held >= {mutants[rule].batch_id for rule in critical}
