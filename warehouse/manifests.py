"""What became of each delivered file: the batch manifests of the lake and the sidecars of landing.

A manifest is written last, so a batch without one doesn't exist.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from warehouse.paths import Home

MANIFEST_FILE = "manifest.json"
SIDECAR_FILE = "sidecar.json"


@dataclass(frozen=True)
class Manifest:
    """One admitted or held batch: where it came from and how its rows were divided (rows)."""

    batch_id: str
    feed_id: str
    period: str
    period_end: date
    batch_no: int
    kind: str
    file: str
    sha256: str
    size_bytes: int
    form: str
    encoding: str | None
    received_at: datetime
    sent_at: datetime | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    quarantined_by_rule: dict[str, int]
    flags: dict[str, int]
    headers_mapped: dict[str, str]
    headers_extra: list[str]
    declared_row_count: int | None
    contract_version: str
    warnings: list[str] = field(default_factory=list)


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Commit a batch: write its manifest durably under its final name."""
    write_json(folder / MANIFEST_FILE, asdict(manifest))


def read_manifests(home: Home, feed_id: str | None = None) -> Iterator[Manifest]:
    """Every batch of the lake, ordered by feed, end of period and batch number."""
    pattern = f"{feed_id or '*'}/batch=*/{MANIFEST_FILE}"
    manifests = [_manifest(read_json(path)) for path in home.lake.glob(pattern)]
    yield from sorted(manifests, key=lambda m: (m.feed_id, m.period_end, m.batch_no, m.batch_id))


def read_sidecars(home: Home) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every landed file's folder and sidecar, in the order of their paths."""
    for path in sorted(home.landing.glob(f"*/*/*/{SIDECAR_FILE}")):
        yield path.parent, read_json(path)


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON under a temporary name, flush it to the disk, then rename it into place."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8") as stream:
        json.dump(content, stream, ensure_ascii=False, indent=1, sort_keys=True, default=_text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def _text(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def _manifest(content: dict[str, Any]) -> Manifest:
    names = {entry.name for entry in fields(Manifest)}
    known = {name: value for name, value in content.items() if name in names}
    known["period_end"] = date.fromisoformat(known["period_end"])
    for name in ("received_at", "sent_at"):
        known[name] = datetime.fromisoformat(known[name]) if known[name] else None
    return Manifest(**known)
