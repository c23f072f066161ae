"""The small JSON file that a bureau may send beside its data: what it says of the file, checked.

In: `<stem>.meta.json` (or `<stem>.json` where the contract has no form json). Out: `Declared`. Anything that is not what
the agreement says makes it unreadable, and its file is refused: a total that is ignored protects nobody.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.file_names import printable_name
from warehouse.errors import RefusedFile

ZONE = ZoneInfo("Asia/Shanghai")
FACTS = ("sent_at", "sender_org", "row_count", "kind", "control_totals")
KINDS = ("full", "delta", "append")
LARGEST_SIDECAR = 1024**2
SHA256 = re.compile(r"[0-9a-f]{64}")
SLASHES = re.compile(r"^([0-9]{4})/([0-9]{2})/([0-9]{2})")
SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}")


@dataclass(frozen=True)
class Declared:
    """What a sidecar says. `facts`: what landing keeps of it; `sha256`, `size_bytes`: what the file must be."""

    facts: dict[str, Any] = field(default_factory=dict)
    sha256: str | None = None
    size_bytes: int | None = None


def read_sidecar(path: Path | None) -> Declared:
    """What a sidecar declares, nothing where there is none. Raises: ValueError when it is unreadable."""
    if path is None:
        return Declared()
    if path.lstat().st_size > LARGEST_SIDECAR:
        raise ValueError("too large")
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("no object")
    facts = {key: content[key] for key in FACTS if content.get(key) is not None}
    if "sent_at" in facts:
        facts["sent_at"] = _moment(facts["sent_at"]).isoformat()
    if "sender_org" in facts and not isinstance(facts["sender_org"], str):
        raise ValueError("a sender that is no text")
    if "sender_org" in facts:
        facts["sender_org"] = printable_name(facts["sender_org"])
    if isinstance(facts.get("control_totals"), dict):
        facts["control_totals"] = {printable_name(label): total for label, total in facts["control_totals"].items()}
    if "row_count" in facts:
        facts["row_count"] = _whole_number(facts["row_count"], "rows")
    if facts.get("kind", "full") not in KINDS or not isinstance(facts.get("control_totals", {}), dict):
        raise ValueError("an unknown kind, or totals without names")
    source = content.get("source")
    if isinstance(source, str) and SOURCE.fullmatch(source):
        facts["source"] = source
    size = content.get("size_bytes", content.get("size"))
    return Declared(facts, _sha256(content.get("sha256")), None if size is None else _whole_number(size, "bytes"))


def unreadable_sidecar(path: Path) -> RefusedFile:
    """The refusal of a file whose sidecar can't be read."""
    return RefusedFile(
        "sidecar_unreadable",
        "the sidecar beside the file is unreadable",
        where=printable_name(path.name),
        expected="a JSON object with sent_at (ISO 8601), row_count (whole number), kind, control_totals, sha256",
        found="something else",
        remedy="correct the sidecar and send both again",
    )


def _moment(written: object) -> datetime:
    """A moment in local time, without a zone. Raises: ValueError."""
    try:
        moment = datetime.fromisoformat(SLASHES.sub(r"\1-\2-\3", str(written).strip()))
        return moment.astimezone(ZONE).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise ValueError("a moment outside the calendar") from None


def _whole_number(written: object, of: str) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or written < 0:
        raise ValueError(f"no whole number of {of}")
    return written


def _sha256(written: object) -> str | None:
    if written is None:
        return None
    if not isinstance(written, str) or not SHA256.fullmatch(written.lower()):
        raise ValueError("no sha256")
    return written.lower()
