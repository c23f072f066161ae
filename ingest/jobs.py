"""One file's turn in any process: what is to be read, and what came of it, in a form that can be sent to another process.

In: a landed file. Out: `Outcome`: a batch, a refusal, or a fault that is told without any value of the file.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from ingest.deliveries import Run, ingest_file
from ingest.file_names import FileName
from ingest.landing import Landed, refusal_record
from warehouse.errors import RefusedFile, WarehouseError

Place = tuple[str, str, int]


@dataclass(frozen=True)
class Job:
    """A landed file whose turn it is; `batch` is the name that its batch will have."""

    landed: Landed
    name: FileName
    batch: str

    @property
    def place(self) -> Place:
        """What only one batch can have: feed, period and batch number."""
        return self.name.feed.feed_id, self.name.period, self.name.batch_no


@dataclass(frozen=True)
class Outcome:
    """What came of a file (rows, seconds). One of `refusal`, `fault` and `error` is set, or none: then it is ingested.

    `fault`: kind and place of a fault of ours. `error`: message and exit code of what must end the whole run.
    """

    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    seconds: float = 0.0
    refusal: dict[str, str] | None = None
    fault: str | None = None
    error: tuple[str, int] | None = None


def do_job(run: Run, job: Job, taken_by: str | None) -> Outcome:
    """Ingest one file, whatever comes of it."""
    started = time.perf_counter()
    try:
        manifest = ingest_file(run, job.landed, job.name, taken_by)
    except RefusedFile as refusal:
        return Outcome(refusal=refusal_record(refusal))
    except WarehouseError as error:
        return Outcome(error=(error.message(), error.exit_code))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:
        # A library's message may quote a cell, and polars panics outside Exception: kind and place say enough.
        last = traceback.extract_tb(fault.__traceback__)[-1]
        return Outcome(fault=f"{type(fault).__name__} in {Path(last.filename).name} line {last.lineno}")
    return Outcome(manifest.rows_read, manifest.rows_accepted, manifest.rows_quarantined, time.perf_counter() - started)
