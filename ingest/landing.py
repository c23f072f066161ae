"""The inbox into landing: every file's bytes, sealed, with a sidecar that says where they came from.

In: whole files of the inbox (`inbox.py`), some with a sidecar. Out: `landing/<bureau>/<feed>/<sha256>/`. A file leaves
the inbox only after its sealed copy is on the disk; one whose name says nothing goes to landing/_unknown.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.batches import sync_folder
from ingest.file_names import FileName, parse_file_name, printable_name
from ingest.inbox import Dropped, whole_files
from ingest.sidecars import ZONE, Declared, read_sidecar, unreadable_sidecar
from ingest.tables import LARGEST_FILE
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.keys import Keys
from warehouse.manifests import SIDECAR_FILE, read_json, read_sidecars, write_json
from warehouse.paths import Home
from warehouse.vault import seal_file

SEALED_FILE = "original.sealed"
UNKNOWN = "_unknown"


@dataclass(frozen=True)
class Landed:
    """One file in landing: its folder and what its sidecar says."""

    folder: Path
    sidecar: dict[str, Any]

    def update(self, **changes: Any) -> None:
        """Write changed entries of the sidecar, durably."""
        self.sidecar.update(changes)
        write_json(self.folder / SIDECAR_FILE, self.sidecar)


def land_inbox(home: Home, keys: Keys, feeds: Mapping[str, Feed], only_feed: str | None = None) -> list[Landed]:
    """Move every whole file of the inbox into landing; what was landed now, in the order of file names.

    Leaves alone what `inbox.left_in_inbox` names, and a file above the largest size: that one is refused where it lies,
    because sealing it would cost what the limit saves.
    """
    landed: list[Landed] = []
    taken: list[Dropped] = []
    for dropped in whole_files(home, feeds, only_feed):
        entry, is_sealed = _land(dropped, home, keys, feeds)
        if entry is not None:
            landed.append(entry)
        if is_sealed:
            taken.append(dropped)
    for folder in {entry.folder.parent for entry in landed}:
        sync_folder(folder)
    for dropped in taken:
        # The data goes last: what belongs to it would otherwise be taken for another file's.
        for path in (dropped.sidecar, dropped.marker, dropped.path):
            if path is not None:
                path.unlink(missing_ok=True)
    return landed


def _land(dropped: Dropped, home: Home, keys: Keys, feeds: Mapping[str, Feed]) -> tuple[Landed | None, bool]:
    """What landing holds of a file now, None when there is nothing new to tell; and whether the file may go."""
    before = dropped.look()
    try:
        name, refusal = parse_file_name(dropped.path.name, feeds), None
    except RefusedFile as error:
        name, refusal = None, _named_twin(error) if dropped.twin else error
    try:
        size = dropped.path.lstat().st_size
        if size > LARGEST_FILE:
            return _refuse_in_place(dropped, home, name, size), False
        with dropped.path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except (FileNotFoundError, PermissionError):
        return None, False
    facts = _facts(dropped, name, sha256, size)
    declared = Declared()
    try:
        declared = read_sidecar(dropped.sidecar)
    except (OSError, ValueError):
        refusal = refusal or unreadable_sidecar(dropped.sidecar or dropped.path)
    facts.update(declared.facts)
    if facts.get("sent_at"):
        facts["received_at"] = facts["sent_at"]
    refusal = refusal or another_content(declared, printable_name(dropped.path.name), sha256, size)
    if refusal is not None:
        facts.update(status="refused", refusal=refusal_record(refusal))
    folder = _folder(home, name, facts)
    earlier = read_json(folder / SIDECAR_FILE) if (folder / SIDECAR_FILE).exists() else {}
    if earlier.get("status") == "landed" and dropped.sidecar is None and refusal is None:
        # A run was killed between taking the sidecar away and the file: what the sidecar said is known already.
        return Landed(folder, earlier), True
    if earlier.get("status") != "ingested" and not _keep(dropped, folder, keys, facts, before):
        return None, False
    return Landed(folder, read_json(folder / SIDECAR_FILE)), True


def _keep(dropped: Dropped, folder: Path, keys: Keys, facts: dict[str, Any], before: object) -> bool:
    """Seal a file into its folder, then write what is known of it; False when it changed meanwhile and must wait."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        seal_file(dropped.path, folder / SEALED_FILE, keys, facts["sha256"].encode())
        if dropped.look() != before:
            if not (folder / SIDECAR_FILE).exists():
                (folder / SEALED_FILE).unlink()
                folder.rmdir()
            return False
        write_json(folder / SIDECAR_FILE, facts)
        sync_folder(folder)
    except OSError as error:
        (folder / (SEALED_FILE + ".part")).unlink(missing_ok=True)
        raise WarehouseError(
            "a file of the inbox can't be sealed",
            where=printable_name(dropped.path.name),
            found=os.strerror(error.errno or 0),
            remedy="make room on the disk of the data folder; the file is still in the inbox",
        ) from None
    return True


def _refuse_in_place(dropped: Dropped, home: Home, name: FileName | None, size: int) -> Landed | None:
    """Record the refusal of a file that is too large; None when the record is there already."""
    refusal = too_large(printable_name(dropped.path.name), size)
    facts = _facts(dropped, name, "", size)
    facts.update(status="refused", refusal=refusal_record(refusal))
    identity = hashlib.sha256(repr((dropped.path.name, dropped.look()[0])).encode()).hexdigest()
    folder = _folder(home, name, {**facts, "sha256": f"too-large-{identity[:32]}"})
    if (folder / SIDECAR_FILE).exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / SIDECAR_FILE, facts)
    return Landed(folder, facts)


def _facts(dropped: Dropped, name: FileName | None, sha256: str, size: int) -> dict[str, Any]:
    return {
        "file": printable_name(dropped.path.name),
        "sha256": sha256,
        "size_bytes": size,
        "source": "inbox",
        "status": "landed",
        "feed_id": name.feed.feed_id if name else UNKNOWN,
        "period": name.period if name else "",
        "batch_no": name.batch_no if name else 0,
        "received_at": changed_at(dropped.path),
    }


def changed_at(path: Path) -> datetime:
    """When the file was last changed, in local time to the second; now where its time is no date."""
    try:
        return datetime.fromtimestamp(int(path.lstat().st_mtime), ZONE).replace(tzinfo=None)
    except (OSError, OverflowError, ValueError):
        return datetime.now(ZONE).replace(tzinfo=None, microsecond=0)


def another_content(declared: Declared, file: str, sha256: str, size: int) -> RefusedFile | None:
    """The refusal of a file that is not the one its sidecar names; None when it is, or nothing is said."""
    if declared.sha256 in (None, sha256) and declared.size_bytes in (None, size):
        return None
    return RefusedFile(
        "transfer_incomplete",
        "the file is not the one that its sidecar names",
        where=file,
        expected=f"{size if declared.size_bytes is None else declared.size_bytes:,} bytes, "
        f"sha256 {(declared.sha256 or 'any')[:12]}",
        found=f"{size:,} bytes, sha256 {sha256[:12]}",
        remedy="send the whole file again, with its sidecar",
    )


def too_large(file: str, size: int) -> RefusedFile:
    """The refusal of a file that nobody reads, because reading it would cost what the limit saves."""
    return RefusedFile(
        "too_large",
        "the file is too large",
        where=file,
        expected=f"at most {LARGEST_FILE:,} bytes",
        found=f"{size:,} bytes; it was not read and stays where it is",
        remedy="take it out of the inbox and send the period in several batches",
    )


def _named_twin(refusal: RefusedFile) -> RefusedFile:
    found = f"{refusal.found}; another file in the inbox has this name but for upper and lower case"
    places = {"where": refusal.where, "expected": refusal.expected, "found": found, "remedy": refusal.remedy}
    return RefusedFile(refusal.code, refusal.what, **places)


def waiting(home: Home, only_feed: str | None = None) -> list[Landed]:
    """Every landed file that is not refused, of all runs: those of feeds that know names come first.

    The vault takes a person's name from the first batch that has it.
    """
    entries = [Landed(folder, sidecar) for folder, sidecar in read_sidecars(home)]
    return [
        entry
        for entry in entries
        if entry.sidecar["status"] != "refused" and only_feed in (None, entry.sidecar["feed_id"])
    ]


def refusal_record(refusal: RefusedFile) -> dict[str, str]:
    """A refusal as the sidecar keeps it."""
    return {
        "code": refusal.code,
        "message": refusal.message(),
        "what": refusal.what,
        "where": refusal.where,
        "expected": refusal.expected,
        "found": refusal.found,
        "remedy": refusal.remedy,
    }


def _folder(home: Home, name: FileName | None, facts: dict[str, Any]) -> Path:
    if name is None:
        return home.landing / UNKNOWN / UNKNOWN / facts["sha256"]
    bureau, _, feed = name.feed.feed_id.partition("__")
    folder = home.landing / bureau / feed / facts["sha256"]
    sidecar = folder / SIDECAR_FILE
    if sidecar.exists() and read_json(sidecar)["file"] != name.text:
        # Two weeks without rows are the same bytes: the second gets a folder of its own beside the first.
        return folder.with_name(f"{facts['sha256']}-{name.period}-{name.batch_no:03d}")
    return folder
