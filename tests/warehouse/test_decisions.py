"""What stewards decide: recorded with reason and time, never changed, and delivered once as a feed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import date

import polars as pl
import pytest

from tests.warehouse.small_lake import write_batch
from warehouse import decisions
from warehouse.contracts import load_feeds
from warehouse.erasure import erase_person, person_key
from warehouse.errors import WarehouseError
from warehouse.journal import open_journal
from warehouse.keys import create_keys, load_keys
from warehouse.manifests import read_manifests, write_json
from warehouse.matches import ambiguous_pairs, matches_folder, proposals
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at
from warehouse.steward_feeds import LINKS, OVERRIDES, deliver_decisions

AS_OF = date(2025, 11, 23)
EARLY = "2025-11-20T10:00:00"
WHO = {"reason": "户口簿与申请书一致", "steward": "数据管理岗"}
SUBJECT, OTHER_SUBJECT, TWO_FIT = "a" * 32, "b" * 32, "c" * 32
NUMBER = "500156201809240014"


@pytest.fixture
def place(tmp_path) -> Home:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    create_keys(place)
    person, neighbour = person_key(load_keys(place), NUMBER), "e" * 32
    day = date(2025, 11, 10)
    folder = matches_folder(place)
    folder.mkdir(parents=True)
    names = ("subject_key", "person_key", "score", "match_reasons", "feed_id", "batch_id", "row_number", "created_on")
    found = [
        (SUBJECT, person, 0.998, "number_one_digit_wrong,name_same", "finance__payments", "1" * 16, 7, day),
        (OTHER_SUBJECT, neighbour, 0.995, "mask_leaves_eight,rare_name_same", "health__deaths", "2" * 16, 3, day),
    ]
    fitting = [
        (TWO_FIT, key, 0.5, "birth_date_same,name_same", "health__deaths", "2" * 16, 4, day)
        for key in (person, neighbour)
    ]
    pl.DataFrame(found, schema=names, orient="row").write_parquet(folder / "proposals.parquet")
    pl.DataFrame(fitting, schema=names, orient="row").write_parquet(folder / "ambiguous.parquet")
    return place


def pair_of(place: Home, subject: str = SUBJECT) -> tuple[str, str]:
    return next(pair[:2] for pair in proposals(place) if pair.subject_key == subject)


def delivered(place: Home, feed_id: str, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (place.inbox / f"{feed_id}__{name}.jsonl").read_text("utf-8").splitlines()]


def test_proposals_are_listed_the_surest_first_with_their_decision(place: Home) -> None:
    decisions.decide(place, *pair_of(place), "link", **WHO, at=EARLY)
    listed = decisions.list_proposals(place)
    assert [(p.pair.subject_key, p.is_ambiguous, p.decision and p.decision.decision) for p in listed] == [
        (SUBJECT, False, "link"),
        (OTHER_SUBJECT, False, None),
        (TWO_FIT, True, None),
        (TWO_FIT, True, None),
    ]


def test_a_decision_outlives_its_proposal(place: Home) -> None:
    pair = pair_of(place)
    decisions.decide(place, *pair, "link", **WHO)
    (matches_folder(place) / "proposals.parquet").unlink()
    standing = [p for p in decisions.list_proposals(place) if p.decision]
    assert [(p.pair[:3], p.decision.decision) for p in standing if p.decision] == [((*pair, 0.998), "link")]
    decisions.decide(place, *pair, "undo", **WHO)


def test_the_newest_word_on_a_pair_counts_and_every_word_is_kept(place: Home) -> None:
    pair = pair_of(place)
    numbers = [decisions.decide(place, *pair, word, **WHO, at=EARLY) for word in ("link", "undo", "distinct", "link")]
    assert numbers == ["L000001", "L000002", "L000003", "L000004"]
    with open_journal(place.journal) as connection:
        kept = decisions.read_decisions(connection)
        assert decisions.linked_subjects(connection, pair[1]) == {SUBJECT}
    assert [(d.decision, d.score, d.decided_by, d.decided_at) for d in kept] == [
        (word, 0.998, "数据管理岗", EARLY) for word in ("link", "undo", "distinct", "link")
    ]


@pytest.mark.parametrize(
    ("subject", "word", "words", "message"),
    [
        (SUBJECT, "undo", WHO, "nothing to undo"),
        ("d" * 32, "link", WHO, "hasn't found this pair"),
        (SUBJECT, "link", {**WHO, "reason": "  "}, "needs a steward and a reason"),
        (SUBJECT, "link", {**WHO, "steward": ""}, "needs a steward and a reason"),
        (SUBJECT, "link", {**WHO, "reason": f"是{NUMBER}"}, "long number"),
    ],
)
def test_a_decision_that_does_not_hold_is_refused(place: Home, subject, word, words, message) -> None:
    with pytest.raises(WarehouseError, match=message) as error:
        decisions.decide(place, subject, pair_of(place)[1], word, **words)
    assert NUMBER not in str(error.value)
    with open_journal(place.journal) as connection:
        assert decisions.read_decisions(connection) == []


def test_a_subject_is_linked_to_one_person_at_a_time(place: Home) -> None:
    first, second = (pair[:2] for pair in ambiguous_pairs(place))
    decisions.decide(place, *first, "link", **WHO)
    with pytest.raises(WarehouseError, match="linked to another"):
        decisions.decide(place, *second, "link", **WHO)
    decisions.decide(place, *first, "undo", **WHO)
    decisions.decide(place, *second, "link", **WHO)


def test_an_unknown_word_is_refused_by_the_journal(place: Home) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        decisions.decide(place, *pair_of(place), "perhaps", **WHO)


@pytest.fixture
def row(place: Home) -> tuple[str, str]:
    """A payment in the lake: feed and row key."""
    write_batch(place, load_feeds()["finance__payments"], "202510", rows=3, damage="update rows set paid_yuan = 120")
    feed = "finance__payments"
    batch = next(read_manifests(place, feed)).batch_id
    return feed, pl.read_parquet(place.lake / feed / f"batch={batch}" / "part-0.parquet")["_row_key"][1]


def test_an_override_keeps_the_value_that_it_replaces(place: Home, row) -> None:
    number = decisions.add_override(place, *row, "paid_yuan", "12.5", expires_on=AS_OF, **WHO, at=EARLY)
    entry = decisions.list_overrides(place)[0]
    assert (number, entry.old_value, entry.new_value, entry.status) == ("O000001", "120.00", "12.50", "active")
    decisions.withdraw_override(place, number, **WHO, at="2025-11-21T09:00:00")
    assert [(o.status, o.decided_at) for o in decisions.list_overrides(place)] == [("withdrawn", "2025-11-21T09:00:00")]
    with pytest.raises(WarehouseError, match="no such override in force"):
        decisions.withdraw_override(place, number, **WHO)
    with open_journal(place.journal) as connection:
        assert connection.execute("select count(*) from override_entries").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("paid_yuan", "viel", "can't hold"),
        ("paid_yuan", "120", "changes nothing"),
        ("pay_date", "2025-13-01", "can't hold"),
        ("pay_status_code", "77", "can't hold"),
        ("person_id_no", NUMBER, "can't be overridden"),
        ("name_masked", "张*", "can't be overridden"),
        ("person_name", "张三", "can't be overridden"),
        ("nothing", "1", "can't be overridden"),
        ("return_reason", "6217009990001234567", "can't hold"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_not_repeated(place: Home, row, column, value, message) -> None:
    with pytest.raises(WarehouseError, match=message) as error:
        decisions.add_override(place, *row, column, value, expires_on=AS_OF, **WHO, at=EARLY)
    assert len(value) < 4 or value not in str(error.value)


def test_an_override_needs_a_row_that_is_there_and_an_end_ahead(place: Home, row) -> None:
    with pytest.raises(WarehouseError, match="no batch has this row"):
        decisions.add_override(place, row[0], "0" * 32, "paid_yuan", "1", expires_on=AS_OF, **WHO, at=EARLY)
    with pytest.raises(WarehouseError, match="no such feed"):
        decisions.add_override(place, "nobody__nothing", row[1], "paid_yuan", "1", expires_on=AS_OF, **WHO, at=EARLY)
    with pytest.raises(WarehouseError, match="in the past"):
        decisions.add_override(place, *row, "paid_yuan", "1", expires_on=date(2025, 11, 19), **WHO, at=EARLY)


def test_decisions_are_delivered_once_as_a_feed(place: Home, row) -> None:
    assert deliver_decisions(place, AS_OF) == []
    decisions.decide(place, *pair_of(place), "link", **WHO, at=EARLY)
    assert [path.name for path in deliver_decisions(place, AS_OF)] == [f"{LINKS}__20251123__001.jsonl"]
    assert deliver_decisions(place, AS_OF) == [], "it waits in the inbox"
    assert delivered(place, LINKS, "20251123__001") == [
        {
            "decision_id": "L000001",
            "subject_key": SUBJECT,
            "person_key": pair_of(place)[1],
            "decision": "link",
            "score": "1.00",
            "reason": WHO["reason"],
            "decided_by": WHO["steward"],
            "decided_at": EARLY,
        }
    ]
    feeds = load_feeds()
    for feed_id in (LINKS, OVERRIDES):
        assert feeds[feed_id].forms == ("jsonl",)
    assert list(delivered(place, LINKS, "20251123__001")[0]) == [column.header for column in feeds[LINKS].columns]
    decisions.add_override(place, *row, "paid_yuan", "1", expires_on=AS_OF, **WHO, at=EARLY)
    assert [path.name for path in deliver_decisions(place, AS_OF)] == [f"{OVERRIDES}__20251123__001.jsonl"]
    assert list(delivered(place, OVERRIDES, "20251123__001")[0]) == [
        column.header for column in feeds[OVERRIDES].columns
    ]


def test_a_delivery_that_has_landed_is_not_sent_again_and_a_new_one_takes_the_next_number(place: Home) -> None:
    decisions.decide(place, *pair_of(place), "link", **WHO, at=EARLY)
    (path,) = deliver_decisions(place, AS_OF)
    sha256 = json.loads(path.with_name(path.stem + ".meta.json").read_text())["sha256"]
    folder = place.landing / "data_steward" / "identity_links" / sha256
    folder.mkdir(parents=True)
    write_json(folder / "sidecar.json", {"file": path.name, "sha256": sha256, "status": "landed"})
    path.unlink()
    assert deliver_decisions(place, AS_OF) == []
    assert deliver_decisions(place, date(2025, 11, 30)) == [], "an older delivery still says it"
    decisions.decide(place, *pair_of(place), "undo", **WHO, at=EARLY)
    assert [p.name for p in deliver_decisions(place, AS_OF)] == [f"{LINKS}__20251123__002.jsonl"]


def test_ingest_takes_the_deliveries_whole(place: Home, row) -> None:
    from ingest.__main__ import main

    decisions.decide(place, *pair_of(place), "link", **WHO, at=EARLY)
    decisions.add_override(place, *row, "paid_yuan", "1", expires_on=AS_OF, **WHO, at=EARLY)
    deliver_decisions(place, AS_OF)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WAREHOUSE_KEYS", str(place.keys))
        assert main(["--home", str(place.root), "--workers", "0"]) == 0
    for feed_id in (LINKS, OVERRIDES):
        manifest = next(read_manifests(place, feed_id))
        assert (manifest.rows_accepted, manifest.rows_quarantined, manifest.flags) == (1, 0, {})
    lake = pl.read_parquet(place.lake / LINKS / "batch=*" / "*.parquet", hive_partitioning=False)
    assert lake.select("subject_key", "link_decision_code", "decided_by").row(0) == (SUBJECT, "link", WHO["steward"])
    corrected = pl.read_parquet(place.lake / OVERRIDES / "batch=*" / "*.parquet", hive_partitioning=False)
    assert corrected.select("row_key", "old_value", "new_value").row(0) == (row[1], "120.00", "1.00")
    assert deliver_decisions(place, AS_OF) == []


def test_an_erasure_takes_proposed_and_linked_rows_along(place: Home) -> None:
    from warehouse import vault

    keys, pair = load_keys(place), pair_of(place)
    with vault.open_vault(place.vault) as connection:
        vault.seal_identities(connection, keys, [(pair[1], {"number": NUMBER, "name": "甲"})])
        facts = vault.pack({"number": NUMBER[:17] + "5", "name": "甲"})
        vault.lay_aside(connection, keys, [(SUBJECT, facts), (OTHER_SUBJECT, facts)], "unnumbered")
        vault.take_in(connection, keys)
    decisions.decide(place, *pair, "link", **WHO)
    assert erase_person(place, NUMBER, **WHO)
    with vault.open_vault(place.vault) as connection:
        left = [key for chunk, _ in vault.read_all(connection, keys, "unnumbered") for key in chunk]
        assert left == [OTHER_SUBJECT]
    assert pair[1] not in {p.person_key for p in (*proposals(place), *ambiguous_pairs(place))}
    assert [p.subject_key for p in proposals(place)] == [OTHER_SUBJECT]


def test_the_commands_say_what_they_did(place: Home, row) -> None:
    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", "warehouse", *arguments, "--home", str(place.root)]
        environment = {"WAREHOUSE_KEYS": str(place.keys), "PATH": ""}
        return subprocess.run(whole, cwd=PROJECT, env=environment, capture_output=True, text=True)

    subject, person = pair_of(place)
    answer = ("--steward", "数据管理岗", "--reason", "核对")
    assert (
        command("links", "list").stdout.splitlines()[0].startswith(f"{subject} {person} 0.9980 finance__payments open")
    )
    link = ("--subject", subject, "--person", person)
    assert "L000001" in command("links", "decide", *link, "--decision", "link", *answer).stdout
    assert subject not in command("links", "list").stdout
    assert "link" in command("links", "list", "--all").stdout
    assert "L000002" in command("links", "undo", *link, *answer).stdout
    assert command("links", "undo", *link, *answer).returncode == 1
    place_of = ("--feed", row[0], "--row", row[1], "--column", "paid_yuan")
    added = command("override", "add", *place_of, "--value", "1", "--expires", "2099-01-01", *answer)
    assert "O000001" in added.stdout, added.stderr
    assert "120.00 → 1.00" in command("override", "list").stdout
    assert command("override", "withdraw", "--override", "O000001", *answer).returncode == 0
    assert "withdrawn" in command("override", "list").stdout
