"""Files read by worker processes, two at a time, each under limits: a file that breaks its worker breaks nothing else.

In: jobs in their order. Out: every job with what came of it. A worker stays for many files, is watched from outside, and
is killed when its file costs too much. Workers end with their parent, however it ends.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from ingest import limits
from ingest.batches import clear_batch
from ingest.deliveries import open_run
from ingest.jobs import Job, Outcome, Place, do_job
from ingest.landing import refusal_record
from warehouse.keys import Keys
from warehouse.paths import Home

DEFAULT_WORKERS = 2
LOOKS_A_SECOND = 20
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
TakenBy = Callable[[Place], str | None]


class Finished(NamedTuple):
    """A job with what came of it."""

    job: Job
    outcome: Outcome


def run_jobs(
    home: Home, keys: Keys, jobs: Sequence[Job], taken: Mapping[Place, str], workers: int
) -> Iterator[Finished]:
    """Do all jobs; without workers in this process and without limits.

    `taken` says which batch has a place; whoever takes the results adds to it. Two files for one place are read one
    after the other, in the order of the jobs, so what becomes of them doesn't hang on chance.
    """
    if workers == 0:
        with open_run(home, keys) as run:
            for job in jobs:
                yield Finished(job, do_job(run, job, taken.get(job.place)))
        return
    pool: list[_Worker] = []
    waiting = list(jobs)
    try:
        while waiting or any(worker.job for worker in pool):
            _give_out(home, keys, pool, waiting, taken, workers)
            busy = [worker for worker in pool if worker.job]
            wait([worker.pipe for worker in busy], timeout=1 / LOOKS_A_SECOND)
            for worker in busy:
                done, outcome = worker.job, worker.look()
                if done is None or outcome is None:
                    continue
                if worker.is_over:
                    pool.remove(worker)
                if outcome.fault == _WORN:
                    waiting.insert(0, done)
                else:
                    yield Finished(done, outcome)
    finally:
        for worker in pool:
            worker.end()


def _give_out(
    home: Home, keys: Keys, pool: list[_Worker], waiting: list[Job], taken: Mapping[Place, str], workers: int
) -> None:
    """Give every idle worker the next job whose place nobody is at; a worker is started when there is one for it."""
    while waiting:
        busy = {worker.job.place for worker in pool if worker.job}
        job = next((job for job in waiting if job.place not in busy), None)
        if job is None or len(busy) >= workers:
            return
        worker = next((worker for worker in pool if not worker.job), None)
        if worker is None:
            worker = _Worker(home, keys)
            pool.append(worker)
        waiting.remove(job)
        worker.begin(job, taken.get(job.place))


# The worker had done other work when it broke: what that left may be to blame, so the file is tried once more.
_WORN = "worn worker"


class _Worker:
    """One process that reads files, as its parent sees it."""

    def __init__(self, home: Home, keys: Keys) -> None:
        context = multiprocessing.get_context("spawn")
        self._home = home
        self.pipe, other = context.Pipe()
        self._process = context.Process(target=_work, args=(other, home, keys, os.getpid()), daemon=True)
        self._process.start()
        other.close()
        self.job: Job | None = None
        self.is_over = False
        self._done = 0
        self._used_until = self._until = 0.0

    def begin(self, job: Job, taken_by: str | None) -> None:
        """Hand a file over."""
        self.job = job
        allowed = limits.time_allowed(job.landed.sidecar["size_bytes"])
        self._used_until = limits.time_used(self._process.pid or 0) + allowed
        self._until = time.monotonic() + limits.PATIENCE * allowed
        self.pipe.send((job, taken_by))

    def look(self) -> Outcome | None:
        """What came of the file at hand, None while it is being read."""
        process = self._process.pid or 0
        if self.pipe.poll():
            try:
                outcome: Outcome = self.pipe.recv()
            except EOFError:
                return self._broken("the process that read it broke down")
            self.job, self._done = None, self._done + 1
            if limits.memory_in_use(process) > limits.REPLACED_ABOVE:
                self.end()
            return outcome
        if limits.memory_in_use(process) > limits.MOST_MEMORY:
            return self._broken("more memory")
        if limits.time_used(process) > self._used_until or time.monotonic() > self._until:
            return self._broken("more time")
        return None

    def end(self) -> None:
        """End the process at once."""
        self.is_over = True
        self._process.kill()
        self._process.join()
        self.pipe.close()

    def _broken(self, found: str) -> Outcome:
        job, self.job = self.job, None
        self.end()
        if job is None or self._done:
            return Outcome(fault=_WORN)
        clear_batch(self._home, job.name.feed.feed_id, job.batch)
        return Outcome(refusal=refusal_record(limits.too_costly(job.name.text, found)))


def _work(pipe: Connection, home: Home, keys: Keys, parent: int) -> None:
    """A worker's life: a file at a time until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(parent)
    limits.limit_addresses()
    with open_run(home, keys) as run:
        while True:
            try:
                job, taken_by = pipe.recv()
            except EOFError:
                return
            pipe.send(do_job(run, job, taken_by))


def _end_with(parent: int) -> None:
    """Die with the parent, even a killed one: a worker without one could write while the next run clears away."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:
        os._exit(1)
