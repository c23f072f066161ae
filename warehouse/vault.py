"""Identities, sealed: the one place that holds numbers and full names, each row under AES-GCM.

In: identities from ingest, originals of landed files. Out: one identity at a time, to a steward with a reason, and the
access is recorded; all of them only as a stream to matching. What is held doesn't depend on the order in which it came.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warehouse.errors import KeyFault
from warehouse.keys import Keys

NONCE_BYTES = 12
CHUNK_BYTES = 8 * 1024 * 1024
CHUNK_ROWS = 50_000
# What is held of a person, in the order in which it is sealed. One fact may have several values (a changed name).
FACTS = ("number", "name", "birth_date", "sex_code", "area")
BETWEEN_FACTS, BETWEEN_VALUES = "\x1f", "\x1e"
KINDS = ("identity", "unnumbered")
# Two workers write by turns, and one may bring a city.
LOCK_SECONDS = 900
SCHEMA = """
create table if not exists identity (
    subject_key text primary key,
    sealed blob not null
) without rowid;
create table if not exists unnumbered (
    subject_key text primary key,
    sealed blob not null
) without rowid;
create table if not exists sighting (
    subject_key text not null,
    feed_id text not null,
    batch_id text not null,
    row_number integer not null,
    -- every column, in order: SQLite 3.40 calls a table damaged whose key leaves one out in between
    primary key (subject_key, feed_id, batch_id, row_number)
) without rowid;
create table if not exists opened (
    opened_at text not null,
    subject_key text not null,
    steward text not null,
    reason text not null
);
create table if not exists erased (
    subject_key text primary key,
    erased_at text not null,
    reason text not null
) without rowid;
"""
# Sealed already, so that a rejected file leaves nothing behind and the disk under it sees no clear value.
WAITING = """
create temp table if not exists waiting (kind text not null, subject_key text not null, sealed blob not null);
create temp table if not exists waiting_sighting
    (subject_key text not null, feed_id text not null, batch_id text not null, row_number integer not null);
create temp table if not exists wanted (subject_key text primary key) without rowid;
"""


@contextmanager
def open_vault(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the vault, committed at the end and rolled back on an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.executescript(SCHEMA)
        connection.executescript(WAITING)
        with connection:
            yield connection
    finally:
        connection.close()


def version(connection: sqlite3.Connection) -> int:
    """A number that grows whenever what the vault holds of anybody changes."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def raise_version(connection: sqlite3.Connection) -> None:
    """Note a change, within the caller's transaction."""
    connection.execute(f"pragma user_version = {version(connection) + 1}")


def pack(facts: Mapping[str, str]) -> str:
    """Facts by name as the one text that is sealed."""
    return BETWEEN_FACTS.join(facts.get(name, "") for name in FACTS)


def unpack(packed: str) -> dict[str, str]:
    """Facts by name, only those that are known; several values of one stand with 、 between them."""
    values = zip(FACTS, packed.split(BETWEEN_FACTS), strict=True)
    return {name: value.replace(BETWEEN_VALUES, "、") for name, value in values if value}


def united(packed: Iterable[str]) -> str:
    """Every value that any of the texts has, in order of value: the same whatever came first."""
    facts = zip(*(text.split(BETWEEN_FACTS) for text in packed), strict=True)
    return BETWEEN_FACTS.join(
        BETWEEN_VALUES.join(sorted({value for text in texts for value in text.split(BETWEEN_VALUES) if value}))
        for texts in facts
    )


def lacking(
    connection: sqlite3.Connection, keys: Keys, rows: Sequence[tuple[str, str]], kind: str = "identity"
) -> list[tuple[str, str]]:
    """Those rows (subject key, packed facts) that say something which the vault doesn't hold and didn't erase."""
    first = f"select 1 where exists (select 1 from {_table(kind)}) or exists (select 1 from erased)"
    if connection.execute(first).fetchone() is None:
        return list(rows)
    connection.execute("delete from wanted")
    connection.executemany("insert or ignore into wanted values (?)", ((key,) for key, _ in rows))
    cipher = AESGCM(keys.seal)
    query = f"select subject_key, sealed from wanted join {_table(kind)} using (subject_key)"
    held: dict[str, str | None] = {key: _open(sealed, cipher, key) for key, sealed in connection.execute(query)}
    erased = connection.execute("select subject_key from wanted join erased using (subject_key)")
    held.update((row[0], None) for row in erased)
    found = []
    for key, packed in rows:
        known = held.get(key, "")
        if known is not None and known != packed and (not known or united((known, packed)) != known):
            found.append((key, packed))
    return found


def lay_aside(
    connection: sqlite3.Connection,
    keys: Keys,
    rows: Sequence[tuple[str, str]],
    kind: str = "identity",
    sightings: Iterable[tuple[str, str, str, int]] = (),
) -> None:
    """Seal rows (subject key, packed facts) and places (subject key, feed, batch, row) until `take_in` or `clear_aside`."""
    sealed = ((_table(kind), key, content) for key, content in _sealed(rows, AESGCM(keys.seal)))
    connection.executemany("insert into waiting values (?, ?, ?)", sealed)
    connection.executemany("insert into waiting_sighting values (?, ?, ?, ?)", sightings)
    connection.commit()


def clear_aside(connection: sqlite3.Connection) -> None:
    """Forget what was laid aside."""
    connection.execute("delete from waiting")
    connection.execute("delete from waiting_sighting")
    connection.commit()


def take_in(connection: sqlite3.Connection, keys: Keys) -> int:
    """Put what was laid aside into the vault, in one transaction; how many subjects were new (rows).

    A subject that is there already gains what it lacks. Erased persons stay erased.
    """
    connection.commit()
    if connection.execute("select 1 from waiting union all select 1 from waiting_sighting limit 1").fetchone() is None:
        return 0
    # Two workers may write: the second waits here, and then sees what the first has written.
    connection.execute("begin immediate")
    try:
        counts = [_take_in(connection, keys, kind) for kind in KINDS]
        seen = connection.execute(
            "insert or ignore into sighting select * from waiting_sighting"
            " where subject_key not in (select subject_key from erased) order by 1, 3, 4"
        ).rowcount
        if seen or any(changed for _, changed in counts):
            raise_version(connection)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    clear_aside(connection)
    return sum(added for added, _ in counts)


def seal_identities(
    connection: sqlite3.Connection, keys: Keys, identities: Iterable[tuple[str, Mapping[str, str]]]
) -> int:
    """Seal identities (subject key, facts), or what the vault lacks of them; how many were new (rows)."""
    rows = lacking(connection, keys, [(key, pack(facts)) for key, facts in identities])
    lay_aside(connection, keys, rows)
    return take_in(connection, keys)


def open_identity(
    connection: sqlite3.Connection, keys: Keys, subject_key: str, *, steward: str, reason: str, at: str
) -> dict[str, str] | None:
    """One identity for a steward, the access recorded first; None when the vault doesn't hold it.

    Raises: ValueError without a steward or a reason; KeyFault when the seal doesn't open.
    """
    if not steward.strip() or not reason.strip():
        raise ValueError("opening an identity needs a steward and a reason")
    with connection:
        connection.execute("insert into opened values (?, ?, ?, ?)", (at, subject_key, steward, reason))
    for kind in KINDS:
        query = f"select sealed from {_table(kind)} where subject_key = ?"
        row = connection.execute(query, (subject_key,)).fetchone()
        if row is not None:
            return unpack(_open(row[0], AESGCM(keys.seal), subject_key))
    return None


def read_all(connection: sqlite3.Connection, keys: Keys, kind: str) -> Iterator[tuple[list[str], list[str]]]:
    """Every subject of a kind, some thousand at a time: subject keys, packed facts. For matching only."""
    cipher = AESGCM(keys.seal)
    cursor = connection.execute(f"select subject_key, sealed from {_table(kind)} order by subject_key")
    while rows := cursor.fetchmany(CHUNK_ROWS):
        yield [key for key, _ in rows], [_open(sealed, cipher, key) for key, sealed in rows]


def read_sightings(connection: sqlite3.Connection) -> list[tuple[str, str, str, int]]:
    """Every row in which a subject without a usable number stands: subject key, feed, batch, row number."""
    return connection.execute("select * from sighting order by subject_key, feed_id, batch_id, row_number").fetchall()


def erase(connection: sqlite3.Connection, subject_key: str, subjects: Iterable[str], *, at: str, reason: str) -> bool:
    """Delete a person and the rows taken for theirs, and keep them from coming back; whether the person was held."""
    held = False
    for key in (subject_key, *sorted(subjects)):
        for table in (*KINDS, "sighting"):
            gone = connection.execute(f"delete from {table} where subject_key = ?", (key,)).rowcount
            held |= gone > 0 and key == subject_key
        connection.execute("insert or ignore into erased values (?, ?, ?)", (key, at, reason))
    raise_version(connection)
    return held


def seal_file(source: Path, target: Path, keys: Keys, name: bytes) -> None:
    """Seal a file chunk by chunk, durably, under its final name; `name` binds the seal to its place."""
    cipher = AESGCM(keys.seal)
    temporary = target.with_name(target.name + ".part")
    with source.open("rb") as clear, temporary.open("wb") as sealed:
        index = 0
        chunk = clear.read(CHUNK_BYTES)
        while True:
            following = clear.read(CHUNK_BYTES)
            nonce = os.urandom(NONCE_BYTES)
            place = name + b"|%d|%s" % (index, b"more" if following else b"last")
            content = nonce + cipher.encrypt(nonce, chunk, place)
            sealed.write(len(content).to_bytes(4, "big") + content)
            if not following:
                break
            chunk, index = following, index + 1
        sealed.flush()
        os.fsync(sealed.fileno())
    os.replace(temporary, target)


def unseal_file(source: Path, keys: Keys, name: bytes) -> bytes:
    """The clear bytes of a sealed file. Raises: KeyFault when it was cut, changed or sealed with another key."""
    return b"".join(unseal_chunks(source, keys, name))


def unseal_chunks(source: Path, keys: Keys, name: bytes) -> Iterator[bytes]:
    """The clear bytes of a sealed file, piece by piece; every piece is checked before it is given out.

    Raises: KeyFault as soon as a piece is missing, changed or sealed with another key.
    """
    cipher, index = AESGCM(keys.seal), 0
    with source.open("rb") as sealed:
        length = sealed.read(4)
        if not length:
            raise KeyFault("a sealed file is empty", where=str(source), remedy="restore it from a backup")
        while length:
            content = sealed.read(int.from_bytes(length, "big"))
            length = sealed.read(4)
            try:
                place = name + b"|%d|%s" % (index, b"more" if length else b"last")
                clear = cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], place)
            except (InvalidTag, ValueError):
                raise KeyFault(
                    "a sealed file doesn't open",
                    where=str(source),
                    remedy="restore it from a backup, or use the right keys",
                ) from None
            yield clear
            index += 1


def _take_in(connection: sqlite3.Connection, keys: Keys, kind: str) -> tuple[int, int]:
    """How many subjects of a kind are new, and how many are new or have gained a fact."""
    table = _table(kind)
    connection.execute("delete from waiting where subject_key in (select subject_key from erased)")
    # Whom the vault holds, or who waits twice, is put together by hand; all others go in as they are sealed.
    connection.execute("delete from wanted")
    connection.execute(
        "insert into wanted select subject_key from waiting where kind = ?1 group by subject_key"
        f" having count(*) > 1 or subject_key in (select subject_key from {table})",
        (kind,),
    )
    # In the order of keys the tree grows at one end: several times faster than in the order of the file.
    added = connection.execute(
        f"insert into {table} select subject_key, sealed from waiting"
        " where kind = ?1 and subject_key not in (select subject_key from wanted) order by subject_key",
        (kind,),
    ).rowcount
    cipher = AESGCM(keys.seal)
    held = connection.execute(f"select subject_key, sealed from wanted join {table} using (subject_key)")
    before = {key: _open(sealed, cipher, key) for key, sealed in held}
    after = dict(before)
    waiting = (
        "select subject_key, sealed from waiting where kind = ?1 and subject_key in (select subject_key from wanted)"
    )
    for key, sealed in connection.execute(waiting, (kind,)):
        packed = _open(sealed, cipher, key)
        after[key] = united((after[key], packed)) if key in after else packed
    changed = [key for key, packed in after.items() if before.get(key) != packed]
    resealed = _sealed([(key, after[key]) for key in sorted(changed)], cipher)
    connection.executemany(f"insert or replace into {table} values (?, ?)", resealed)
    return added + len(after.keys() - before.keys()), added + len(changed)


def _sealed(rows: Sequence[tuple[str, str]], cipher: AESGCM) -> Iterator[tuple[str, bytes]]:
    nonces = os.urandom(NONCE_BYTES * len(rows))
    for place, (key, packed) in enumerate(rows):
        nonce = nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
        # The subject key is bound into the seal, so a sealed row can't be moved to another person.
        yield key, nonce + cipher.encrypt(nonce, packed.encode(), key.encode())


def _table(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(kind)
    return kind


def _open(sealed: bytes, cipher: AESGCM, subject_key: str) -> str:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], subject_key.encode()).decode()
    except InvalidTag:
        raise KeyFault("a sealed identity doesn't open", remedy="restore the vault, or use the right keys") from None
