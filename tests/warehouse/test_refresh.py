"""The conductor: one writer, each stage a process whose end, time and memory are written down."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from warehouse import journal
from warehouse.errors import Busy, KeyFault
from warehouse.lake_rows import CLOCK
from warehouse.paths import PROJECT
from warehouse.paths import home as home_at
from warehouse.process_lock import HOLDER, hold_lock
from warehouse.publishing import last_attempt
from warehouse.refresh import last_sunday, refresh, run_stage

AS_OF = date(2025, 11, 23)


@pytest.mark.parametrize(
    ("moment", "sunday"),
    [
        (datetime(2025, 11, 23, 23, 59, tzinfo=CLOCK), date(2025, 11, 16)),  # this Sunday has not ended
        (datetime(2025, 11, 24, 0, 0, tzinfo=CLOCK), date(2025, 11, 23)),
        (datetime(2025, 11, 29, 12, 0, tzinfo=CLOCK), date(2025, 11, 23)),
        (datetime.fromisoformat("2025-11-23T16:30:00+00:00"), date(2025, 11, 23)),  # half past midnight in the district
    ],
)
def test_a_weekly_run_describes_the_last_sunday_that_has_ended(moment: datetime, sunday: date) -> None:
    assert last_sunday(moment) == sunday


def test_a_stage_is_timed_and_its_memory_read() -> None:
    code = "import time; held = bytearray(80 * 1024 * 1024); time.sleep(0.3); print('b-1')"
    stage = run_stage("x", [sys.executable, "-c", code], os.environ)
    assert (stage.exit_code, stage.output.split(), stage.message) == (0, ["b-1"], "")
    assert stage.seconds >= 0.3
    assert stage.peak_mib >= 80


def test_a_stage_that_fails_says_why_in_one_line(capfd) -> None:
    code = "import sys; print('reading', file=sys.stderr); print('error: no keys', file=sys.stderr); print('bye', file=sys.stderr); sys.exit(5)"
    stage = run_stage("x", [sys.executable, "-c", code], os.environ)
    assert (stage.exit_code, stage.message) == (5, "no keys")
    assert "reading" in capfd.readouterr().err


def test_a_failed_model_is_named_from_the_log(tmp_path) -> None:
    log = tmp_path / "logs" / "dbt.out"
    code = "import sys; print('12:00:00  Failure in test assert_flows (tests/x.sql)'); sys.exit(1)"
    stage = run_stage("dbt", [sys.executable, "-c", code], os.environ, log)
    assert "Failure in test assert_flows" in stage.message
    assert str(log) in stage.message
    assert "assert_flows" in log.read_text()


def test_the_first_stage_that_fails_ends_the_run_and_the_pages_can_tell(tmp_path) -> None:
    place = home_at(tmp_path / "data", tmp_path / "no keys")
    assert refresh(place, AS_OF) == KeyFault.exit_code
    attempt = last_attempt(place)
    assert attempt is not None
    assert (attempt["stage"], attempt["outcome"], attempt["exit_code"]) == ("ingest", "failed", KeyFault.exit_code)
    assert attempt["message"].startswith("ingest: a key is missing")
    assert attempt["timings"].keys() == {"ingest"}
    assert not place.current.exists()


def test_one_run_at_a_time_and_its_stages_pass(tmp_path) -> None:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    code = (
        "import sys; from pathlib import Path; from warehouse.paths import Home; from warehouse.process_lock import hold_lock\n"
        "with hold_lock(Home(Path(sys.argv[1]), Path(sys.argv[2]))): print('in')"
    )
    command = [sys.executable, "-c", code, str(place.root), str(place.keys)]
    with hold_lock(place) as environment:
        stage = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert stage.stdout == "in\n"
        stranger = {name: value for name, value in environment.items() if name != HOLDER}
        done = subprocess.run(command, cwd=PROJECT, env=stranger, capture_output=True, text=True)
        assert "another run is at work" in done.stderr
        with pytest.raises(Busy):
            refresh(place, AS_OF)
    assert subprocess.run(command, cwd=PROJECT, capture_output=True, text=True).stdout == "in\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
def test_a_stage_dies_with_its_conductor(tmp_path) -> None:
    sign = tmp_path / "pid"
    stage = f"import os, time; open({str(sign)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import os, sys; from warehouse.refresh import run_stage; run_stage('x', [sys.executable, '-c', {stage!r}], os.environ)"
    conductor = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT)
    deadline = time.monotonic() + 30
    while not (sign.exists() and sign.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child = int(sign.read_text())
    conductor.send_signal(signal.SIGKILL)
    conductor.wait()
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            break
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        os.kill(child, signal.SIGKILL)
        raise AssertionError("the stage outlived its conductor")


def test_an_attempt_that_was_killed_is_told_as_interrupted(tmp_path) -> None:
    place = home_at(tmp_path / "data", tmp_path / "no keys")
    with journal.open_journal(place.journal) as connection:
        journal.begin_attempt(connection, AS_OF.isoformat())
    refresh(place, AS_OF)
    with journal.open_journal(place.journal) as connection:
        outcomes = [row[0] for row in connection.execute("select outcome from refresh_attempts order by attempt_id")]
    assert outcomes == ["interrupted", "failed"]


def test_decisions_are_delivered_before_ingest_and_a_fault_there_ends_the_run(tmp_path, capfd) -> None:
    """Ingest without keys fails, but by then the decision lies in the inbox; the next run doesn't send it twice."""
    place = home_at(tmp_path / "data", tmp_path / "no keys")
    with journal.open_journal(place.journal) as connection:
        connection.execute(
            "insert into identity_decisions (subject_key, person_key, decision, score, reason, decided_by, decided_at)"
            " values ('s', 'p', 'link', 0.99, 'r', 'w', '2025-11-20T10:00:00')"
        )
    for _ in range(2):
        assert refresh(place, AS_OF) == KeyFault.exit_code
    name = "data_steward__identity_links__20251123__001"
    assert sorted(path.name for path in place.inbox.iterdir()) == [f"{name}.jsonl", f"{name}.meta.json"]
    assert capfd.readouterr().err.count("decisions delivered") == 1
