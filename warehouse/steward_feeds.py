"""Delivers what stewards have decided, as the two feeds that they are: JSON lines, dropped into the inbox like any other.

In: the journal. Out: a full delivery with its sidecar, only when it says something that was not delivered before.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from warehouse import decisions
from warehouse.journal import open_journal
from warehouse.lake_rows import CLOCK
from warehouse.manifests import SIDECAR_FILE, read_json, write_json
from warehouse.paths import Home

LINKS, OVERRIDES = "data_steward__identity_links", "data_steward__overrides"


def deliver_decisions(home: Home, as_of: date) -> list[Path]:
    """Drop the steward feeds whose content is new into the inbox, for the period of the as-of date; what was dropped."""
    if not home.journal.is_file():
        return []
    with open_journal(home.journal) as connection:
        links = [
            {**vars(entry), "score": None if entry.score is None else f"{entry.score:.2f}"}
            for entry in decisions.read_decisions(connection)
        ]
        overrides = [vars(entry) for entry in decisions.read_overrides(connection)]
    dropped = [_deliver(home, feed_id, rows, as_of) for feed_id, rows in ((OVERRIDES, overrides), (LINKS, links))]
    return [path for path in dropped if path is not None]


def _deliver(home: Home, feed_id: str, rows: Sequence[dict[str, Any]], as_of: date) -> Path | None:
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    sha256 = hashlib.sha256(content).hexdigest()
    folder = home.landing.joinpath(*feed_id.split("__"))
    waiting = [path for path in home.inbox.glob(f"{feed_id}__*.jsonl") if path.is_file()]
    if not rows or (folder / sha256).is_dir() or any(path.read_bytes() == content for path in waiting):
        return None
    period = f"{as_of:%Y%m%d}"
    names = [path.name for path in waiting] + [
        str(read_json(path / SIDECAR_FILE)["file"]) for path in folder.glob("*") if (path / SIDECAR_FILE).is_file()
    ]
    stem = f"{feed_id}__{period}__"
    taken = [int(name.removeprefix(stem).partition(".")[0]) for name in names if name.startswith(stem)]
    path = home.inbox / f"{stem}{max(taken, default=0) + 1:03d}.jsonl"
    home.inbox.mkdir(parents=True, exist_ok=True)
    # The sidecar vouches for the file by its hash, so that ingest takes it without a wait.
    sent_at = datetime.now(CLOCK).replace(tzinfo=None, microsecond=0).isoformat()
    sidecar = {"sent_at": sent_at, "row_count": len(rows), "sha256": sha256, "kind": "full"}
    write_json(path.with_name(path.stem + ".meta.json"), sidecar)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
    return path
