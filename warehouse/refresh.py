"""The conductor: ingest, matching, intake, dbt, gate, publish, hand-back, each a process, in order, under one lock.

In: what lies in the inbox, what stewards decided, the as-of date. Out: a published build, or the exit code and message of the first
stage that failed; the attempt and its timings in the journal. Does no stage's work itself.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from warehouse import journal
from warehouse.builds import remove_unfinished
from warehouse.inputs import RECEIPT_FILE
from warehouse.lake_rows import CLOCK
from warehouse.manifests import write_json
from warehouse.paths import PROJECT, Home
from warehouse.process_lock import hold_lock
from warehouse.steward_feeds import deliver_decisions

SOME_REFUSED = 3
HANDBACK = "handback"
WELL_ENDED = ("published", "unchanged")
TAIL_LINES = 30
MOST_FAULTS = 3
FAULT = re.compile(r"Failure in (?:test|model|seed|unit_test) .*|Encountered an error:\n.*\n.*")
TIMINGS_FILE = "timings.json"
CANDIDATE_LINK = ".candidate"
PARSED_FILE = "partial_parse.msgpack"
DBT_FOLDER = PROJECT / "dbt_project"
QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_VERSION_CHECK": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Stage:
    """How one stage ended: wall time (seconds) and the peak of its memory (MiB)."""

    name: str
    seconds: float
    peak_mib: int
    exit_code: int
    output: str
    message: str


class _Failed(Exception):
    """A stage has ended the run."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        super().__init__(stage.message)


def last_sunday(moment: datetime | None = None) -> date:
    """The last Sunday that has ended in the district: the as-of date of a weekly run."""
    today = (moment or datetime.now(CLOCK)).astimezone(CLOCK).date()
    return today - timedelta(days=today.isoweekday())


def refresh(home: Home, as_of: date) -> int:
    """Bring in what lies in the inbox and publish it; the exit code of the first stage that failed, else 0."""
    with hold_lock(home) as environment:
        environment = {**environment, **QUIET, "WAREHOUSE_DATA": str(home.root), "WAREHOUSE_KEYS": str(home.keys)}
        remove_unfinished(home)
        with journal.open_journal(home.journal) as connection:
            last = journal.last_attempt(connection)
            attempt = journal.begin_attempt(connection, as_of.isoformat())
        after_failure = last is not None and last["outcome"] not in WELL_ENDED
        return _Run(home, as_of, environment, attempt, after_failure).conduct()


class _Run:
    """One attempt: its stages so far, and the build they make."""

    def __init__(
        self, home: Home, as_of: date, environment: Mapping[str, str], attempt: int, after_failure: bool
    ) -> None:
        self.home, self.as_of, self.environment, self.attempt = home, as_of, environment, attempt
        self.after_failure = after_failure
        self.stages: list[Stage] = []
        self.build_id = ""

    def conduct(self) -> int:
        started = time.monotonic()
        try:
            outcome = self._stages()
        except _Failed as failed:
            self._end("failed", failed.stage.exit_code, f"{failed.stage.name}: {failed.stage.message}")
            _say(f"· stopped at {failed.stage.name}: {failed.stage.message}")
            _say(f"· readers still see {_shown(self.home)}")
            return failed.stage.exit_code
        except KeyboardInterrupt:
            self._end("interrupted", 130, "stopped by hand")
            return 130
        self._end(outcome, 0, "")
        _say(f"· {outcome} {self.build_id} in {time.monotonic() - started:.1f} s")
        return 0

    def _stages(self) -> str:
        module = [sys.executable, "-m"]
        place = ["--home", str(self.home.root)]
        for dropped in deliver_decisions(self.home, self.as_of):
            _say(f"· decisions delivered: {dropped.name}")
        self._run("ingest", [*module, "ingest", *place], may_end=(0, SOME_REFUSED))
        self._run("matching", [*module, "ingest.matching", *place])
        judged = self._run("intake", [*module, "expectations", "intake", "--as-of", self.as_of.isoformat(), *place])
        self.build_id = judged.output.split()[-1] if judged.output.split() else ""
        folder = self.home.builds / self.build_id
        if not (folder / RECEIPT_FILE).is_file():
            link = link_candidate(self.home, folder)
            more = {"WAREHOUSE_BUILD_DIR": str(link)}
            self._run("dbt", dbt_command(link), log=folder / "logs" / "dbt.out", more=more)
        self._run("gate", [*module, "expectations", "build", "--build", self.build_id, *place])
        is_shown = _shown(self.home) == self.build_id
        if not is_shown:
            self._run("publish", [*module, "warehouse", "publish", "--build", self.build_id, *place])
        # After a run that ended badly too: it may have been killed between publishing and this.
        if not is_shown or self.after_failure or not (self.home.root / HANDBACK).is_dir():
            self._run("handback", [*module, "warehouse", "handback", *place])
        return "unchanged" if is_shown else "published"

    def _run(
        self,
        name: str,
        command: Sequence[str],
        *,
        may_end: tuple[int, ...] = (0,),
        log: Path | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Stage:
        with journal.open_journal(self.home.journal) as connection:
            journal.update_attempt(connection, self.attempt, name)
        _say(f"· {name} …")
        stage = run_stage(name, command, {**self.environment, **(more or {})}, log)
        self.stages.append(stage)
        _say(f"· {name} {stage.seconds:.1f} s · {stage.peak_mib} MiB")
        if stage.exit_code not in may_end:
            raise _Failed(stage)
        return stage

    def _end(self, outcome: str, exit_code: int, message: str) -> None:
        timings = {
            stage.name: {
                key: value for key, value in asdict(stage).items() if key in ("seconds", "peak_mib", "exit_code")
            }
            for stage in self.stages
        }
        folder = self.home.builds / self.build_id
        if self.build_id and folder.is_dir() and outcome != "unchanged":
            write_json(folder / TIMINGS_FILE, {"build_id": self.build_id, "outcome": outcome, "stages": timings})
        with journal.open_journal(self.home.journal) as connection:
            journal.end_attempt(
                connection,
                self.attempt,
                outcome,
                exit_code=exit_code,
                build_id=self.build_id,
                message=message,
                timings=timings,
            )


def link_candidate(home: Home, folder: Path) -> Path:
    """The one path under which dbt sees every candidate, with what the build that is shown has parsed.

    dbt parses anew whenever a path in its environment has changed: three seconds, at every refresh, for nothing.
    """
    parsed = home.current / "target" / PARSED_FILE
    if parsed.is_file():
        (folder / "target").mkdir(exist_ok=True)
        shutil.copyfile(parsed, folder / "target" / PARSED_FILE)
    link = home.builds / CANDIDATE_LINK
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    return link


def dbt_command(folder: Path) -> list[str]:
    """The command that builds every model of a candidate, its artifacts beside it."""
    return [
        *(sys.executable, "-W", "ignore::RuntimeWarning", "-m", "dbt.cli.main", "--no-use-colors", "build"),
        *("--project-dir", str(DBT_FOLDER), "--profiles-dir", str(DBT_FOLDER)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
    ]


def run_stage(name: str, command: Sequence[str], environment: Mapping[str, str], log: Path | None = None) -> Stage:
    """Run one stage to its end, its progress passed on; a stage that writes its output to a log stays quiet.

    The stage dies with its conductor, so that no orphan writes while the next run is at work.
    """
    started = time.monotonic()
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w+b") if log is not None else tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_parent,
        )
        told = _pass_on(process)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        written = output.read().decode(errors="replace")
    message = ""
    if process.returncode:
        message = next((line for line in reversed(told) if line.startswith("error:")), told[-1] if told else "")
        message = (
            message.removeprefix("error:").removeprefix(f"{name}:").strip() or f"ended with code {process.returncode}"
        )
        if log is not None:
            faults = [" ".join(fault.split()) for fault in FAULT.findall(written)]
            message = "; ".join([*faults[:MOST_FAULTS], f"see {log}"])
            _say("\n".join(written.splitlines()[-TAIL_LINES:]))
    return Stage(
        name, round(time.monotonic() - started, 2), usage.ru_maxrss // 1024, process.returncode, written, message
    )


def _pass_on(process: subprocess.Popen[str]) -> list[str]:
    told: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        sys.stderr.write(line)
        sys.stderr.flush()
        if line.strip():
            told = [*told[-TAIL_LINES:], line.strip()]
    process.stderr.close()
    return told


def _die_with_parent() -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _shown(home: Home) -> str:
    return home.current.resolve().name if home.current.exists() else "nothing"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
