"""The two keys of an installation: one hashes identities, one seals originals and the vault.

They lie outside the data folder. The data folder holds only their fingerprint, so that a wrong
key is refused before it can split one person into two.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import KeyFault
from warehouse.paths import Home

KEY_BYTES = 32
PERSON_KEY_FILE = "person.key"
SEAL_KEY_FILE = "seal.key"
FINGERPRINT_FILE = "keys.fingerprint"


@dataclass(frozen=True, repr=False)
class Keys:
    """The key that hashes identities and the key that seals (32 bytes each)."""

    person: bytes
    seal: bytes

    def fingerprint(self) -> str:
        """16 hex digits that tell these keys from others and give nothing of them away."""
        return hmac.new(self.person + self.seal, b"wulong-monitor", hashlib.sha256).hexdigest()[:16]


def create_keys(home: Home) -> bool:
    """Make both keys if there are none; True when they were made.

    Raises: KeyFault when the data folder was sealed with keys that are gone.
    """
    if (home.keys / PERSON_KEY_FILE).exists() and (home.keys / SEAL_KEY_FILE).exists():
        return False
    if (home.root / FINGERPRINT_FILE).exists():
        raise KeyFault(
            "the keys of this installation are missing",
            where=str(home.keys),
            expected=f"{PERSON_KEY_FILE} and {SEAL_KEY_FILE}",
            remedy="restore the keys from their backup; new keys can't open what the old ones sealed",
        )
    home.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (PERSON_KEY_FILE, SEAL_KEY_FILE):
        _write_private(home.keys / name, secrets.token_bytes(KEY_BYTES).hex().encode())
    return True


def load_keys(home: Home) -> Keys:
    """The keys of the installation, checked against the fingerprint of its data.

    Raises: KeyFault when a key is missing, malformed, inside the data folder, or not the one in use here.
    """
    if home.keys.is_relative_to(home.root):
        raise KeyFault(
            "the keys lie inside the data folder",
            where=str(home.keys),
            expected="a folder outside the data folder",
            remedy="move them and set WAREHOUSE_KEYS",
        )
    keys = Keys(_read_key(home.keys / PERSON_KEY_FILE), _read_key(home.keys / SEAL_KEY_FILE))
    recorded = home.root / FINGERPRINT_FILE
    if recorded.exists():
        if not hmac.compare_digest(recorded.read_text().strip(), keys.fingerprint()):
            raise KeyFault(
                "these are not the keys of this installation",
                where=str(home.keys),
                expected=f"the keys with fingerprint {recorded.read_text().strip()}",
                found=keys.fingerprint(),
                remedy="point WAREHOUSE_KEYS at the right folder",
            )
    else:
        home.root.mkdir(parents=True, exist_ok=True)
        _write_private(recorded, keys.fingerprint().encode())
    return keys


def _read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise KeyFault(
            "a key is missing", where=str(path), remedy="python -m warehouse keys, or set WAREHOUSE_KEYS"
        ) from None
    except ValueError:
        raise KeyFault("a key is unreadable", where=str(path), expected=f"{KEY_BYTES * 2} hex digits") from None
    if len(key) != KEY_BYTES:
        raise KeyFault(
            "a key has the wrong length", where=str(path), expected=f"{KEY_BYTES} bytes", found=f"{len(key)} bytes"
        )
    return key


def _write_private(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)
