"""Identities, sealed: the one place that holds numbers and full names, each row under AES-GCM.

In: identities from ingest, originals of landed files. Out: one identity at a time, to a steward with
a reason, and the access is recorded. Never gives out more than one row, except to matching as a batch.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from warehouse.errors import KeyFault
from warehouse.keys import Keys

NONCE_BYTES = 12
CHUNK_BYTES = 8 * 1024 * 1024
# Beyond this many keys, reading every key of the vault is faster than looking each one up (rows).
ONE_BY_ONE = 50_000
SCHEMA = """
create table if not exists identity (
    subject_key text primary key,
    sealed blob not null
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


@contextmanager
def open_vault(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the vault, committed at the end and rolled back on an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=60)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.executescript(SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()


def unknown_keys(connection: sqlite3.Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys that the vault neither holds nor has erased."""
    wanted = set(keys)
    if len(wanted) > ONE_BY_ONE:
        for table in ("identity", "erased"):
            wanted.difference_update(row[0] for row in connection.execute(f"select subject_key from {table}"))
        return wanted
    connection.execute("create temp table if not exists wanted (subject_key text primary key) without rowid")
    connection.execute("delete from wanted")
    connection.executemany("insert into wanted values (?)", ((key,) for key in wanted))
    query = """
        select subject_key from wanted
        where subject_key not in (select subject_key from identity)
          and subject_key not in (select subject_key from erased)
    """
    return {row[0] for row in connection.execute(query)}


def seal_identities(
    connection: sqlite3.Connection, keys: Keys, identities: Iterable[tuple[str, dict[str, str]]]
) -> int:
    """Seal identities (subject key, fields) that the vault doesn't hold yet; how many were added (rows).

    The subject key is bound into the seal, so a sealed row can't be moved to another person.
    """
    cipher = AESGCM(keys.seal)
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode

    def rows() -> Iterator[tuple[str, bytes]]:
        for subject_key, fields in identities:
            nonce = os.urandom(NONCE_BYTES)
            yield subject_key, nonce + cipher.encrypt(nonce, encode(fields).encode(), subject_key.encode())

    before = connection.total_changes
    connection.executemany("insert or ignore into identity values (?, ?)", rows())
    return connection.total_changes - before


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
    row = connection.execute("select sealed from identity where subject_key = ?", (subject_key,)).fetchone()
    if row is None:
        return None
    return dict(json.loads(_open(row[0], keys, subject_key.encode())))


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
    cipher = AESGCM(keys.seal)
    clear, index, sealed = [], 0, source.read_bytes()
    position, ended = 0, False
    while position < len(sealed):
        length = int.from_bytes(sealed[position : position + 4], "big")
        content = sealed[position + 4 : position + 4 + length]
        position += 4 + length
        last = position >= len(sealed)
        try:
            place = name + b"|%d|%s" % (index, b"last" if last else b"more")
            clear.append(cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], place))
        except (InvalidTag, ValueError):
            raise KeyFault(
                "a sealed file doesn't open",
                where=str(source),
                remedy="restore it from a backup, or use the right keys",
            ) from None
        index, ended = index + 1, last
    if not ended:
        raise KeyFault("a sealed file is empty", where=str(source), remedy="restore it from a backup")
    return b"".join(clear)


def _open(sealed: bytes, keys: Keys, place: bytes) -> bytes:
    try:
        return AESGCM(keys.seal).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except InvalidTag:
        raise KeyFault("a sealed identity doesn't open", remedy="restore the vault, or use the right keys") from None
