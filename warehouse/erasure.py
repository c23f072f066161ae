"""Takes a person out of the vault.

What goes: the sealed number and name, those of rows that were linked to the person or proposed for them, and the
proposals; tombstones of the keys keep ingest from sealing them again. What remains: rows under the keyed hash in lake and
builds, which name nobody; the sealed originals in landing, which are the bureau's record; older backups.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from warehouse import decisions, journal, matches, vault
from warehouse.errors import WarehouseError
from warehouse.keys import Keys, load_keys
from warehouse.paths import Home

KEY_HEX_DIGITS = 32
NUMBER = re.compile(r"[0-9]{17}[0-9X]")


def erase_person(home: Home, number: str, *, steward: str, reason: str) -> bool:
    """Erase the identity of one number from the vault and record who did it and why; True when it was held.

    Raises: WarehouseError for a number of another form (it is not repeated), or without a steward or a reason.
    """
    normalised = unicodedata.normalize("NFKC", number).strip().upper()
    if not NUMBER.fullmatch(normalised):
        raise WarehouseError("the number is malformed", expected="18 places on standard input", remedy="try again")
    if not steward.strip() or not reason.strip():
        raise WarehouseError("an erasure needs a steward and a reason", remedy="--steward … --reason …")
    key = person_key(load_keys(home), normalised)
    with journal.open_journal(home.journal) as connection:
        subjects = decisions.linked_subjects(connection, key) | matches.subjects_of(home, key)
    with vault.open_vault(home.vault) as connection:
        held = vault.erase(connection, key, subjects, at=journal.now(), reason=reason)
    matches.forget_person(home, key)
    with vault.open_vault(home.vault) as connection:
        # The deleted row lingers in free pages and in the write-ahead log until both are rewritten.
        connection.execute("pragma wal_checkpoint(truncate)")
    _compact(home)
    with journal.open_journal(home.journal) as connection:
        journal.record_erasure(connection, steward=steward, reason=reason, was_held=held)
    return held


def person_key(keys: Keys, number: str) -> str:
    """The keyed hash under which a person of this normalised number stands in the lake."""
    return hmac.new(keys.person, f"id|{number}".encode(), hashlib.sha256).hexdigest()[:KEY_HEX_DIGITS]


def _compact(home: Home) -> None:
    with vault.open_vault(home.vault) as connection:
        connection.commit()
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")
