"""A pulled extract into the inbox: written aside, given the next batch number, made visible whole or not at all.

In: records as bytes, one by one. Out: `<stem>.meta.json` and then the data under its final name. The same content as the
newest batch of the period changes nothing; order doesn't count, since a view promises none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ingest.batches import sync_folder
from ingest.file_names import parse_file_name
from ingest.pull.faults import PullFault
from ingest.pull.periods import Period
from ingest.pull.sources import Source
from ingest.tables import LARGEST_FILE
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile
from warehouse.manifests import SIDECAR_FILE, read_json, write_json
from warehouse.paths import Home

STATE_FOLDER = "pull"
DIGEST_RANGE = 2**256
LAST_BATCH = 999
BUFFER_BYTES = 1024**2


@dataclass
class Draft:
    """An extract that is being written. `rows`: rows as the contract counts them; `digest`: of its records in any order."""

    stream: BinaryIO
    path: Path
    label: str
    rows: int = 0
    size: int = 0
    digest: int = 0
    written: Any = field(default_factory=hashlib.sha256)

    def write(self, content: bytes) -> None:
        """Add bytes that are no record: a header, a bracket. Raises: PullFault beyond the largest size."""
        self.size += len(content)
        if self.size > LARGEST_FILE:
            raise PullFault(
                "too_large",
                "the extract is too large",
                where=self.label,
                expected=f"at most {LARGEST_FILE:,} bytes",
                remedy="pull a shorter period, or fewer columns",
            )
        self.written.update(content)
        with _writing(self.label, self.path):
            self.stream.write(content)

    def write_record(self, content: bytes, rows: int = 1, before: bytes = b"", after: bytes = b"\n") -> None:
        """Add one record that stands for so many rows, with what separates it from its neighbours."""
        self.digest = (self.digest + int.from_bytes(hashlib.sha256(content).digest(), "big")) % DIGEST_RANGE
        self.rows += rows
        self.write(before + content + after)


@dataclass(frozen=True)
class Batch:
    """The newest batch of a feed and period that the installation knows of."""

    number: int
    file: str
    sha256: str


@dataclass(frozen=True)
class Outcome:
    """What became of a pull: the file that holds its content, and whether it is new."""

    file: str
    rows: int
    is_new: bool


@contextmanager
def open_draft(home: Home, source: Source) -> Iterator[Draft]:
    """A draft beside the inbox's files, hidden, gone at the end unless it was delivered. Raises: PullFault."""
    path = home.inbox / f".pull-{source.name}.part"
    with _writing(source.label, path):
        home.inbox.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=BUFFER_BYTES) as stream:
            yield Draft(stream, path, source.label)
    finally:
        path.unlink(missing_ok=True)


def deliver(
    home: Home, source: Source, period: Period, draft: Draft, now: datetime, validators: Mapping[str, str]
) -> Outcome:
    """Make a finished draft visible in the inbox, unless the newest batch of its period holds the same.

    Raises: PullFault when the period has no batch number left.
    """
    with _writing(source.label, draft.path):
        draft.stream.flush()
        os.fsync(draft.stream.fileno())
    sha256, digest = draft.written.hexdigest(), f"{draft.digest:064x}"
    newest = newest_batch(home, source.feed, period.text)
    if newest is not None and _holds_the_same(read_state(home, source), newest, sha256, digest):
        _write_state(home, source, period, newest.file, newest.sha256, digest, validators)
        return Outcome(newest.file, draft.rows, False)
    number = newest.number + 1 if newest else 1
    if number > LAST_BATCH:
        raise PullFault(
            "no_batch_number", "the period has no batch number left", where=f"{source.label}: {period.text}"
        )
    stem = f"{source.feed.feed_id}__{period.text}__{number:03d}"
    file = f"{stem}.{source.form}"
    sidecar: dict[str, Any] = {
        "sent_at": now.isoformat(timespec="seconds"),
        "row_count": draft.rows,
        "source": source.label,
        "sha256": sha256,
        "size_bytes": draft.size,
    }
    if source.kind is not None:
        sidecar["kind"] = source.kind
    # The sidecar first: the data must never lie there without what says that it is whole.
    with _writing(source.label, home.inbox):
        write_json(home.inbox / f"{stem}.meta.json", sidecar)
        os.rename(draft.path, home.inbox / file)
        sync_folder(home.inbox)
    _write_state(home, source, period, file, sha256, digest, validators)
    return Outcome(file, draft.rows, True)


def newest_batch(home: Home, feed: Feed, period: str) -> Batch | None:
    """The highest batch number of a feed and period, in landing or in the inbox, refused ones included."""
    found = []
    bureau, _, name = feed.feed_id.partition("__")
    for path in (home.landing / bureau / name).glob(f"*/{SIDECAR_FILE}"):
        landed = read_json(path)
        if landed["period"] == period:
            found.append(Batch(landed["batch_no"], landed["file"], landed["sha256"]))
    for path in home.inbox.glob(f"{feed.feed_id}__{period}__*"):
        try:
            waiting = parse_file_name(path.name, {feed.feed_id: feed})
            with path.open("rb") as stream:
                found.append(Batch(waiting.batch_no, path.name, hashlib.file_digest(stream, "sha256").hexdigest()))
        except (RefusedFile, OSError):
            continue
    return max(found, key=lambda batch: batch.number, default=None)


def read_state(home: Home, source: Source) -> dict[str, Any]:
    """What the last pull of a source delivered; empty before the first one, or when the note is unreadable."""
    try:
        return read_json(_state_file(home, source))
    except (OSError, ValueError):
        return {}


def _holds_the_same(state: Mapping[str, Any], newest: Batch, sha256: str, digest: str) -> bool:
    if newest.sha256 == sha256:
        return True
    last = (state.get("file"), state.get("sha256"), state.get("digest"))
    return last == (newest.file, newest.sha256, digest)


def _write_state(
    home: Home, source: Source, period: Period, file: str, sha256: str, digest: str, validators: Mapping[str, str]
) -> None:
    path = _state_file(home, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"period": period.text, "file": file, "sha256": sha256, "digest": digest, "validators": dict(validators)}
    write_json(path, facts)


def _state_file(home: Home, source: Source) -> Path:
    return home.root / STATE_FOLDER / f"{source.name}.json"


@contextmanager
def _writing(label: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PullFault(
            "not_written",
            "the extract can't be written",
            where=f"{label}: {path}",
            found=os.strerror(error.errno or 0),
            remedy="make room on the disk, or give this user the right to write there, and pull again",
        ) from None
