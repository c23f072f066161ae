"""Copies what can't be made again to an empty folder, and brings it back into an empty installation.

In: landing, lake, quarantine, vault, journal, signed issues; the keys only to a folder of their own. Out: the
same, with a list of hashes that restore checks before it says a word. Builds are made again from these.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from warehouse.builds import file_hash
from warehouse.errors import WarehouseError
from warehouse.journal import now
from warehouse.keys import FINGERPRINT_FILE, PERSON_KEY_FILE, SEAL_KEY_FILE, load_keys
from warehouse.manifests import read_json, write_json
from warehouse.paths import Home
from warehouse.process_lock import hold_lock

LIST_FILE = "backup.json"
FOLDERS = ("landing", "lake", "quarantine", "issues", "inbox")
DATABASES = ("vault.sqlite", "journal.sqlite")
KEY_FILES = (PERSON_KEY_FILE, SEAL_KEY_FILE)


def back_up(home: Home, target: Path, keys_target: Path | None = None) -> int:
    """Copy an installation's state to an empty folder, under its lock; how many files.

    Raises: WarehouseError when a target isn't empty or the keys would lie beside the data.
    """
    target = target.absolute()
    _must_be_empty(target)
    if keys_target is not None:
        keys_target = keys_target.absolute()
        _must_be_empty(keys_target)
        if keys_target.is_relative_to(target) or target.is_relative_to(keys_target):
            raise WarehouseError(
                "the keys would lie beside the data they open", where=str(keys_target), expected="a folder apart"
            )
    with hold_lock(home):
        fingerprint = load_keys(home).fingerprint()
        target.mkdir(parents=True, exist_ok=True)
        for name in FOLDERS:
            if (home.root / name).is_dir():
                shutil.copytree(home.root / name, target / name)
        for name in DATABASES:
            if (home.root / name).is_file():
                _copy_database(home.root / name, target / name)
        shutil.copy2(home.root / FINGERPRINT_FILE, target / FINGERPRINT_FILE)
        if keys_target is not None:
            _copy_keys(home.keys, keys_target)
    files = {str(path.relative_to(target)): file_hash(path) for path in _files(target)}
    write_json(target / LIST_FILE, {"made_at": now(), "keys": fingerprint, "files": files})
    return len(files)


def restore(source: Path, home: Home, keys_source: Path | None = None) -> int:
    """Bring a backup back into an empty installation, checked against its list first; how many files.

    Raises: WarehouseError when the installation isn't empty, or a file of the backup is missing, changed or unlisted;
    KeyFault when the keys are not the ones that sealed it.
    """
    source = source.absolute()
    _must_be_empty(home.root)
    if not (source / LIST_FILE).is_file():
        raise WarehouseError("this is no finished backup", where=str(source), expected=LIST_FILE)
    listed = read_json(source / LIST_FILE)["files"]
    found = {str(path.relative_to(source)): file_hash(path) for path in _files(source) if path.name != LIST_FILE}
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            raise WarehouseError(
                "the backup is damaged",
                where=str(source / name),
                expected=f"sha256 {listed.get(name, 'not listed')}",
                found=f"sha256 {found.get(name, 'missing')}",
                remedy="use another backup; nothing was restored",
            )
    if keys_source is not None:
        _must_be_empty(home.keys)
        _copy_keys(keys_source, home.keys)
    part = home.root.with_name(home.root.name + ".part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(parents=True)
    for name in sorted(listed):
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / name, part / name)
    load_keys(Home(part, home.keys))
    if home.root.exists():
        home.root.rmdir()
    part.rename(home.root)
    return len(listed)


def _copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a SQLite database that others may be writing; then checked."""
    with sqlite3.connect(source, timeout=60) as reading, sqlite3.connect(target) as writing:
        reading.backup(writing)
        # A backup is one file: no write-ahead log beside it.
        writing.execute("pragma journal_mode=delete")
        answer = writing.execute("pragma integrity_check").fetchone()[0]
    reading.close()
    writing.close()
    if answer != "ok":
        raise WarehouseError("a database is damaged", where=str(source), found="integrity check failed")


def _copy_keys(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEY_FILES:
        if not (source / name).is_file():
            raise WarehouseError("a key is missing", where=str(source / name))
        shutil.copyfile(source / name, target / name)
        (target / name).chmod(0o600)


def _must_be_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WarehouseError("the folder is not empty", where=str(folder), expected="an empty or new folder")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
