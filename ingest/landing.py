"""The inbox into landing: every file's bytes, sealed, with a sidecar that says where they came from.

In: files as the bureaus drop them, some with a small .json beside them. Out: `landing/<bureau>/<feed>/<sha256>/`. A file
leaves the inbox only after its sealed copy is on the disk; one whose name says nothing goes to landing/_unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.batches import sync_folder
from ingest.file_names import FileName, parse_file_name, printable_name
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile
from warehouse.keys import Keys
from warehouse.manifests import SIDECAR_FILE, read_json, read_sidecars, write_json
from warehouse.paths import Home
from warehouse.vault import seal_file

SEALED_FILE = "original.sealed"
UNKNOWN = "_unknown"
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
ZONE = ZoneInfo("Asia/Shanghai")
DECLARED = ("sent_at", "sender_org", "row_count", "kind", "control_totals")
KINDS = ("full", "delta", "append")


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
    """Move every file of the inbox into landing; what was landed now, in the order of file names.

    Leaves alone: folders, links, hidden files, files that are still being written, sidecars whose file isn't there.
    """
    landed: list[Landed] = []
    taken: list[Path] = []
    if not home.inbox.is_dir():
        return landed
    for path in sorted(home.inbox.iterdir()):
        if path.is_symlink() or not path.is_file() or path.name.startswith((".", "~$")) or path.suffix in UNFINISHED:
            continue
        if path.suffix == ".json":
            continue
        if only_feed is not None and not path.name.startswith(only_feed + "__"):
            continue
        entry = _land(path, home, keys, feeds)
        if entry is not None:
            landed.append(entry)
            taken.append(path)
    for folder in {entry.folder.parent for entry in landed}:
        sync_folder(folder)
    for path in taken:
        # The sidecar goes first: a file without it is landed again as it was, a sidecar without its file would stay.
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink()
    return landed


def _land(path: Path, home: Home, keys: Keys, feeds: Mapping[str, Feed]) -> Landed | None:
    before = path.stat()
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        name, refusal = parse_file_name(path.name, feeds), None
    except RefusedFile as error:
        name, refusal = None, error
    beside = path.with_suffix(".json")
    facts: dict[str, Any] = {
        "file": printable_name(path.name),
        "sha256": sha256,
        "size_bytes": len(content),
        "source": "inbox",
        "status": "landed",
        "feed_id": name.feed.feed_id if name else UNKNOWN,
        "period": name.period if name else "",
        "batch_no": name.batch_no if name else 0,
        "received_at": datetime.fromtimestamp(int(before.st_mtime), ZONE).replace(tzinfo=None),
    }
    del content
    try:
        facts.update(_declared(beside))
    except ValueError:
        refusal = refusal or _unreadable_sidecar(beside)
    if facts.get("sent_at"):
        facts["received_at"] = facts["sent_at"]
    if refusal is not None:
        facts.update(status="refused", refusal=refusal_record(refusal))
    folder = _folder(home, name, facts)
    if not (folder / SIDECAR_FILE).exists() or read_json(folder / SIDECAR_FILE)["status"] != "ingested":
        folder.mkdir(parents=True, exist_ok=True)
        seal_file(path, folder / SEALED_FILE, keys, sha256.encode())
        after = path.stat()
        if (after.st_size, after.st_mtime_ns, after.st_ino) != (before.st_size, before.st_mtime_ns, before.st_ino):
            # Still being written: what was sealed is not what the name of the folder says. The next run takes it.
            return None
        write_json(folder / SIDECAR_FILE, facts)
        sync_folder(folder)
    return Landed(folder, read_json(folder / SIDECAR_FILE))


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


def orphans(home: Home) -> int:
    """Sidecars in the inbox whose file isn't there (count)."""
    if not home.inbox.is_dir():
        return 0
    stems = {path.stem for path in home.inbox.iterdir() if path.suffix != ".json"}
    return sum(1 for path in home.inbox.glob("*.json") if path.stem not in stems)


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


def _declared(path: Path) -> dict[str, Any]:
    """What the bureau's sidecar says. Raises: ValueError when it is unreadable."""
    if not path.is_file() or path.is_symlink():
        return {}
    content = json.loads(path.read_bytes().decode("utf-8-sig"))
    if not isinstance(content, dict):
        raise ValueError("no object")
    facts = {key: content[key] for key in DECLARED if content.get(key) is not None}
    if "sent_at" in facts:
        sent_at = datetime.fromisoformat(str(facts["sent_at"]))
        facts["sent_at"] = (sent_at.astimezone(ZONE).replace(tzinfo=None) if sent_at.tzinfo else sent_at).isoformat()
    if "row_count" in facts and (isinstance(facts["row_count"], bool) or not isinstance(facts["row_count"], int)):
        raise ValueError("no whole number of rows")
    if facts.get("kind", "full") not in KINDS or not isinstance(facts.get("control_totals", {}), dict):
        raise ValueError("an unknown kind, or totals without names")
    return facts


def _unreadable_sidecar(path: Path) -> RefusedFile:
    return RefusedFile(
        "sidecar_unreadable",
        "the sidecar beside the file is unreadable",
        where=printable_name(path.name),
        expected="a JSON object with sent_at (ISO 8601), row_count (whole number), kind, control_totals",
        found="something else",
        remedy="correct the sidecar and send both again",
    )
