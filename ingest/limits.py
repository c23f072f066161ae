"""What one file may cost: memory and time of the process that reads it. A file that costs more is refused.

In: a worker's process id, a file's size. Out: what it uses, what it may use. The limits are the machine's safety, not
the first defence: the readers refuse what they can tell beforehand.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path

from warehouse.errors import RefusedFile

MIB = 1024 * 1024
# Memory in use by one worker; what it holds back after a large file counts, so a grown worker is replaced.
MOST_MEMORY = 1024 * MIB
REPLACED_ABOVE = 512 * MIB
# Addresses, of which libraries reserve far more than they use: the backstop where nobody watches.
MOST_ADDRESSES = 12 * 1024 * MIB
SHORTEST_TIME = 60.0
SECONDS_A_MIB = 2.0
# A machine with other work to do gives a process a part of the time only.
PATIENCE = 10
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


def time_allowed(size_bytes: int) -> float:
    """How long a file of this size may keep a processor busy (seconds): many times what a usual one does."""
    return SHORTEST_TIME + SECONDS_A_MIB * size_bytes / MIB


def memory_in_use(process: int) -> int:
    """Resident memory of a process (bytes); 0 where the system doesn't tell."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def time_used(process: int) -> float:
    """How long a process has kept a processor busy (seconds); 0 where the system doesn't tell."""
    try:
        # The name before the last bracket may hold anything; user and system time are the 12th and 13th field behind it.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except (OSError, IndexError, ValueError):
        return 0.0


def limit_addresses() -> None:
    """Let this process fail rather than take the machine's memory."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MOST_ADDRESSES if hard == resource.RLIM_INFINITY else min(MOST_ADDRESSES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def too_costly(file: str, found: str) -> RefusedFile:
    """The refusal of a file whose reading broke a limit, or the process that read it."""
    return RefusedFile(
        "too_costly",
        "the file can't be read within the limits for one file",
        where=file,
        expected=f"a table that is read within {MOST_MEMORY // MIB:,} MiB of memory and the time for its size",
        found=found,
        remedy="export the table again, plain and without empty rows or columns, or divide the period into batches",
    )
