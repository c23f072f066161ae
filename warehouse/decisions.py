"""What a steward decides of identities and of single values: recorded, never changed, undone only by a later entry.

In: decisions from the command or a page. Out: rows of the journal, and what stands now; `steward_feeds.py` delivers them.
Never holds a clear number or name: subjects, persons and rows go by their keys.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from warehouse.errors import WarehouseError
from warehouse.journal import open_journal
from warehouse.lake_rows import CLOCK
from warehouse.matches import Pair, ambiguous_pairs, proposals
from warehouse.overrides import checked_override
from warehouse.paths import Home

LONG_NUMBER = re.compile(r"[0-9]{9,}")


@dataclass(frozen=True)
class Decision:
    """One entry on a pair, newest last; `decided_at` is the district's time."""

    decision_id: str
    subject_key: str
    person_key: str
    decision: str
    score: float | None
    reason: str
    decided_by: str
    decided_at: str


@dataclass(frozen=True)
class Override:
    """One correction of a value as it stands now; it applies while the bureau sends `old_value`, to `expires_on` at most."""

    override_id: str
    feed_id: str
    row_key: str
    column_name: str
    old_value: str | None
    new_value: str | None
    reason: str
    decided_by: str
    decided_at: str
    expires_on: str
    status: str


@dataclass(frozen=True)
class Proposal:
    """A pair that waits for a steward, or what was decided of it; `is_ambiguous`: the subject fits several persons alike."""

    pair: Pair
    is_ambiguous: bool
    decision: Decision | None


def list_proposals(home: Home) -> list[Proposal]:
    """Every pair that matching has found or a steward has decided, the surest first."""
    with open_journal(home.journal) as connection:
        newest = {(d.subject_key, d.person_key): d for d in read_decisions(connection)}
    found = [Proposal(pair, False, newest.pop(pair[:2], None)) for pair in proposals(home)]
    found += [Proposal(pair, True, newest.pop(pair[:2], None)) for pair in ambiguous_pairs(home)]
    for (subject_key, person_key), decision in newest.items():
        # The row isn't sent any more, or fits another now; the decision stands until it is undone.
        pair = Pair(subject_key, person_key, decision.score or 0.0, "", None, None, None, None)
        found.append(Proposal(pair, False, decision))
    return sorted(found, key=lambda p: (p.is_ambiguous, -p.pair.score, p.pair.subject_key, p.pair.person_key))


def decide(
    home: Home, subject_key: str, person_key: str, decision: str, *, reason: str, steward: str, at: str | None = None
) -> str:
    """Record that a subject is a person (link), isn't (distinct), or that the last word on them is taken back (undo).

    `at`: the district's time (default: now). Returns the decision's number. Raises: WarehouseError without reason or
    steward, for a pair that matching hasn't found, an undo of nothing, or a second link of a subject.
    """
    check_words(reason, steward)
    with open_journal(home.journal) as connection:
        connection.execute("begin immediate")
        newest = {(d.subject_key, d.person_key): d for d in read_decisions(connection)}
        standing = newest.get((subject_key, person_key))
        pairs = {pair[:2]: pair for pair in (*proposals(home), *ambiguous_pairs(home))}
        if decision == "undo" and (standing is None or standing.decision == "undo"):
            raise WarehouseError("there is nothing to undo", where=subject_key, remedy="python -m warehouse links list")
        if decision != "undo" and (subject_key, person_key) not in pairs and standing is None:
            raise WarehouseError(
                "matching hasn't found this pair", where=subject_key, remedy="python -m warehouse links list"
            )
        linked = [d for d in newest.values() if d.subject_key == subject_key and d.decision == "link"]
        if decision == "link" and any(d.person_key != person_key for d in linked):
            raise WarehouseError(
                "the subject is linked to another person", where=subject_key, remedy="undo that link first"
            )
        pair = pairs.get((subject_key, person_key))
        score = pair.score if pair else standing.score if standing else None
        entry = connection.execute(
            "insert into identity_decisions (subject_key, person_key, decision, score, reason, decided_by, decided_at)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (subject_key, person_key, decision, score, reason.strip(), steward.strip(), at or now()),
        ).lastrowid
    return _number("L", entry)


def add_override(
    home: Home,
    feed_id: str,
    row_key: str,
    column_name: str,
    new_value: str | None,
    *,
    expires_on: date,
    reason: str,
    steward: str,
    at: str | None = None,
) -> str:
    """Record that another value stands in place of what a bureau sends; the override's number.

    The value that it replaces is read from the lake. Raises: WarehouseError for a row or column that isn't there, an
    identity column, a value of another form, an end in the past, or without reason or steward.
    """
    check_words(reason, steward)
    moment = at or now()
    if expires_on.isoformat() < moment[:10]:
        raise WarehouseError("an override ends in the past", expected="a day ahead", found=expires_on.isoformat())
    old_value, written = checked_override(home, feed_id, row_key, column_name, new_value)
    with open_journal(home.journal) as connection:
        connection.execute("begin immediate")
        taken = connection.execute("select count(distinct override_id) from override_entries").fetchone()[0]
        override_id = _number("O", taken + 1)
        _write_override(
            connection,
            Override(
                override_id,
                feed_id,
                row_key,
                column_name,
                old_value,
                written,
                reason.strip(),
                steward.strip(),
                moment,
                expires_on.isoformat(),
                "active",
            ),
        )
    return override_id


def withdraw_override(home: Home, override_id: str, *, reason: str, steward: str, at: str | None = None) -> None:
    """Take an override back. Raises: WarehouseError when there is none or it is withdrawn already."""
    check_words(reason, steward)
    with open_journal(home.journal) as connection:
        connection.execute("begin immediate")
        standing = {o.override_id: o for o in read_overrides(connection)}.get(override_id)
        if standing is None or standing.status == "withdrawn":
            raise WarehouseError(
                "there is no such override in force", found=override_id, remedy="python -m warehouse override list"
            )
        words = {"reason": reason.strip(), "decided_by": steward.strip(), "decided_at": at or now()}
        _write_override(connection, Override(**{**vars(standing), **words, "status": "withdrawn"}))


def list_overrides(home: Home) -> list[Override]:
    """Every override as it stands now, in order of number."""
    with open_journal(home.journal) as connection:
        return read_overrides(connection)


def read_decisions(connection: sqlite3.Connection) -> list[Decision]:
    """Every decision on identities, in the order in which they were made."""
    rows = connection.execute("select * from identity_decisions order by entry")
    return [Decision(_number("L", row["entry"]), *tuple(row)[1:]) for row in rows]


def read_overrides(connection: sqlite3.Connection) -> list[Override]:
    """The newest entry of every override."""
    query = (
        "select * from override_entries where entry in (select max(entry) from override_entries group by override_id)"
    )
    return [Override(*tuple(row)[1:]) for row in connection.execute(query + " order by override_id")]


def linked_subjects(connection: sqlite3.Connection, person_key: str) -> set[str]:
    """The subjects that stewards have linked to a person, the links not undone."""
    newest = {(d.subject_key, d.person_key): d for d in read_decisions(connection)}
    return {d.subject_key for d in newest.values() if d.person_key == person_key and d.decision == "link"}


def check_words(reason: str, steward: str) -> None:
    """Raises: WarehouseError without a reason or a steward, or where a long number stands in them."""
    if not reason.strip() or not steward.strip():
        raise WarehouseError("a decision needs a steward and a reason", remedy="--steward … --reason …")
    if LONG_NUMBER.search(reason + " " + steward):
        raise WarehouseError(
            "a reason holds a long number", expected="no identity, account or phone number", remedy="say it without"
        )


def now() -> str:
    """The district's time, to the second."""
    return datetime.now(CLOCK).strftime("%Y-%m-%dT%H:%M:%S")


def _write_override(connection: sqlite3.Connection, override: Override) -> None:
    connection.execute(
        "insert into override_entries (override_id, feed_id, row_key, column_name, old_value, new_value, reason,"
        " decided_by, decided_at, expires_on, status) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        tuple(vars(override).values()),
    )


def _number(letter: str, place: int | None) -> str:
    return f"{letter}{place or 0:06d}"
