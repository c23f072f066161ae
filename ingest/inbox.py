"""What lies in the inbox: which files are whole and may be taken, and why the rest stays.

In: the folder where bureaus drop files, and the contracts. Out: `Dropped` files, each with its sidecar and done-marker.
Nothing is opened here but a fresh file that its sidecar vouches for; links are never followed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import stat
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.file_names import printable_name
from ingest.sidecars import read_sidecar
from ingest.tables import LARGEST_FILE
from warehouse.contracts import Feed
from warehouse.errors import ContractError
from warehouse.paths import Home

MARKER = ".done"
SIDECAR = ".meta.json"
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
QUIET_VARIABLE = "WAREHOUSE_QUIET_SECONDS"
QUIET_SECONDS = 3.0
# Beyond this a fresh file's hash isn't worth the wait: the quiet time tells as well (bytes).
LARGEST_VOUCHED = 256 * 1024**2
LONGEST_LIST = 5
Look = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True)
class Dropped:
    """A file in the inbox with what belongs to it; `twin`: another file has its name but for upper and lower case."""

    path: Path
    sidecar: Path | None
    marker: Path | None
    twin: bool = False

    def look(self) -> Look:
        """Inode, size and time of last change of the file and its sidecar; None for what isn't there."""
        return _identity(self.path), _identity(self.sidecar) if self.sidecar else None


def whole_files(
    home: Home, feeds: Mapping[str, Feed], only_feed: str | None = None, quiet_seconds: float | None = None
) -> list[Dropped]:
    """The files that are there whole, in the order of their names.

    Whole is what has a done-marker, what its sidecar names by sha256, and what nobody has changed for the quiet time
    and nobody holds open for writing. A younger file is waited for, once, and looked at again.
    """
    quiet = quiet_time() if quiet_seconds is None else quiet_seconds
    entries = [entry for entry in _sorted_out(home, feeds)[0] if _wanted(entry.path.name, only_feed)]
    whole, young = [], []
    for entry in entries:
        is_left_alone = _age(entry) >= quiet and not is_open_for_writing(entry.path)
        if entry.marker is not None or is_left_alone or _is_vouched(entry):
            whole.append(entry)
        else:
            young.append((entry, entry.look()))
    if young:
        time.sleep(max(0.0, quiet - min(_age(entry) for entry, _ in young)))
        whole += [entry for entry, before in young if entry.look() == before and not is_open_for_writing(entry.path)]
    return sorted(whole, key=lambda entry: entry.path.name)


def left_in_inbox(home: Home, feeds: Mapping[str, Feed], only_feed: str | None = None) -> list[str]:
    """One line for each reason for which something stays in the inbox, with the first names."""
    entries, left = _sorted_out(home, feeds)
    for entry in entries:
        if _wanted(entry.path.name, only_feed):
            left.append((entry.path.name, _why_it_stays(entry.path)))
    by_reason: dict[str, list[str]] = {}
    for name, reason in left:
        by_reason.setdefault(reason, []).append(printable_name(name))
    return [f"{len(names)} × {reason}: {_listed(names)}" for reason, names in by_reason.items()]


def quiet_time() -> float:
    """How long a file without a done-marker must have been left alone (seconds). Raises: ContractError."""
    written = os.environ.get(QUIET_VARIABLE, "")
    try:
        seconds = float(written) if written else QUIET_SECONDS
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ContractError("the quiet time is no number", where=QUIET_VARIABLE, expected="seconds, 0 or more")
    return seconds


def is_open_for_writing(path: Path) -> bool:
    """Whether a process of this machine holds the file open for writing; False where the system can't tell.

    A read lease is given only on a file that nobody writes. It is given back at once; its signal would be ignored.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):
        return False
    finally:
        os.close(descriptor)
    return False


def _sorted_out(home: Home, feeds: Mapping[str, Feed]) -> tuple[list[Dropped], list[tuple[str, str]]]:
    """The data files with what belongs to them, and (name, reason) of everything else."""
    if not home.inbox.is_dir():
        return [], []
    data: list[Path] = []
    beside: dict[str, Path] = {}
    left: list[tuple[str, str]] = []
    entries = sorted(home.inbox.iterdir())
    stems = {_stem(path.name) for path in entries if not path.name.endswith((".json", MARKER))}
    for path in entries:
        if reason := _no_file(path):
            left.append((path.name, reason))
        elif path.name.endswith((SIDECAR, MARKER)) or _is_plain_sidecar(path, feeds, stems):
            beside[path.name] = path
        else:
            data.append(path)
    names = Counter(_folded(path.name) for path in data)
    dropped = []
    for path in data:
        marker = beside.pop(path.name + MARKER, None)
        sidecar = beside.get(_stem(path.name) + SIDECAR) or beside.get(_stem(path.name) + ".json")
        dropped.append(Dropped(path, sidecar, marker, names[_folded(path.name)] > 1))
    taken = {entry.sidecar.name for entry in dropped if entry.sidecar}
    for name in beside.keys() - taken:
        left.append((name, f"{'done-marker' if name.endswith(MARKER) else 'sidecar'} whose file isn't there"))
    return dropped, sorted(left)


def _no_file(path: Path) -> str | None:
    """Why an entry of the inbox is no file that could be taken; None when it is one."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return "gone"
    if path.name.startswith((".", "~$")):
        return "hidden file"
    if stat.S_ISLNK(mode):
        return "link, which is not followed"
    if stat.S_ISDIR(mode):
        return "folder, which is not opened"
    if not stat.S_ISREG(mode):
        return "no regular file"
    if path.suffix in UNFINISHED:
        return "still under the name of an unfinished transfer"
    return None


def _is_plain_sidecar(path: Path, feeds: Mapping[str, Feed], stems: Iterable[str]) -> bool:
    """Whether `<stem>.json` speaks of another file; it is data where the contract knows the form json."""
    if path.suffix != ".json":
        return False
    feed = feeds.get("__".join(path.name.split("__")[:2]))
    return "json" not in feed.forms if feed is not None else path.stem in stems


def _why_it_stays(path: Path) -> str:
    """Why a file that landing could have taken is still there."""
    try:
        if path.lstat().st_size > LARGEST_FILE:
            return "too large, refused where it lies"
    except FileNotFoundError:
        return "gone"
    return "still being written" if os.access(path, os.R_OK) else "not readable for this user"


def _wanted(name: str, only_feed: str | None) -> bool:
    return only_feed is None or name.startswith(only_feed + "__")


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _age(entry: Dropped) -> float:
    """Seconds since the file or its sidecar was last changed; 0 for a time that lies ahead."""
    changed = [seen[2] for seen in entry.look() if seen is not None]
    return max(0.0, time.time() - max(changed, default=0) / 1e9)


def _is_vouched(entry: Dropped) -> bool:
    """Whether the sidecar names the hash of exactly what is there now."""
    if entry.sidecar is None:
        return False
    try:
        expected = read_sidecar(entry.sidecar).sha256
        if expected is None or entry.path.lstat().st_size > LARGEST_VOUCHED:
            return False
        with entry.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == expected
    except (OSError, ValueError):
        return False


def _listed(names: list[str]) -> str:
    more = len(names) - LONGEST_LIST
    return ", ".join(names[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")
