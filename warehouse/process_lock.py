"""One writer at a time: a file lock on an installation, shared by the conductor with the stages it starts.

In: the installation. Out: a context in which no other run writes; `Busy` when another one does. The lock
is the kernel's, so a killed run leaves nothing to clear away.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.errors import Busy
from warehouse.paths import Home

LOCK_FILE = "run.lock"
HOLDER = "WAREHOUSE_LOCK_HOLDER"


@contextmanager
def hold_lock(home: Home) -> Iterator[dict[str, str]]:
    """Hold the installation's lock; yields the environment that lets child stages run under it.

    A stage started by the holder finds itself named in its environment and passes. Raises: Busy.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    path = home.root / LOCK_FILE
    inherited = os.environ.get(HOLDER, "")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 64, 0).decode(errors="replace").strip()
            if inherited and inherited == holder:
                yield dict(os.environ)
                return
            raise Busy(
                "another run is at work on this installation",
                where=str(path),
                found=f"process {holder}",
                remedy="wait until it ends, then run again",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield {**os.environ, HOLDER: str(os.getpid())}
    finally:
        os.close(descriptor)


@contextmanager
def hold_alone(home: Home, command: str) -> Iterator[None]:
    """Hold a command's own lock: two of it never run at once, whoever started them. Raises: Busy."""
    home.root.mkdir(parents=True, exist_ok=True)
    with (home.root / f".{command}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"another {command} is running", where=str(home.root), remedy="wait until it has ended") from None
        yield
