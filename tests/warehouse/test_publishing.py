"""Publishing: only what was judged is shown, by one atomic step, and readers see one release or the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta

import pytest

from expectations.build import judge_build
from tests.expectations.small_build import AS_OF, write_build
from warehouse import journal
from warehouse.builds import current_build, find_build, list_builds, remove_unfinished
from warehouse.errors import GateError, MissingBuild
from warehouse.paths import PROJECT, Home
from warehouse.paths import home as home_at
from warehouse.publishing import gate_history, gate_results, last_attempt, publish


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Home:
    """An installation with three builds that have passed their gate, none published."""
    folder = tmp_path_factory.mktemp("judged")
    place = home_at(folder / "data", folder / "keys")
    for weeks in (2, 1, 0):
        candidate = write_build(place, AS_OF - timedelta(weeks=weeks))
        report = judge_build(place, candidate.build_id)
        assert report["verdict"] == "passed", [r for r in report["results"] if r["status"] != "passed"]
    return place


@pytest.fixture
def place(judged: Home, tmp_path) -> Home:
    shutil.copytree(judged.root, tmp_path / "data", symlinks=True)
    return home_at(tmp_path / "data", tmp_path / "keys")


def build_id(place: Home, weeks: int = 0) -> str:
    return next(b.id for b in list_builds(place) if b.as_of == AS_OF - timedelta(weeks=weeks))


def test_the_build_judged_last_is_shown_and_an_older_one_can_be_again(place: Home) -> None:
    assert current_build(place) is None
    publish(place)
    assert current_build(place).id == build_id(place)
    assert os.readlink(place.current) == f"../builds/{build_id(place)}"
    publish(place, build_id(place, weeks=2))
    assert current_build(place).as_of == date(2025, 11, 9)
    with journal.open_journal(place.journal) as connection:
        rows = [tuple(row) for row in connection.execute("select build_id, replaced_build_id from releases")]
    assert rows == [(build_id(place), ""), (build_id(place, weeks=2), build_id(place))]
    assert sorted(path.name for path in place.published.iterdir()) == ["current"]


@pytest.mark.parametrize("name", ["warehouse.duckdb", "dashboard.duckdb", "casework.duckdb", "inputs.parquet"])
def test_a_file_that_is_not_the_one_judged_is_named_and_not_shown(place: Home, name: str) -> None:
    publish(place, build_id(place, weeks=1))
    path = place.builds / build_id(place) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(GateError, match=name):
        publish(place, build_id(place))
    assert current_build(place).id == build_id(place, weeks=1)
    path.unlink()
    with pytest.raises(GateError, match=name):
        publish(place, build_id(place))


def test_a_database_that_was_not_closed_is_not_shown(place: Home) -> None:
    (place.builds / build_id(place) / "dashboard.duckdb.wal").write_bytes(b"x")
    with pytest.raises(GateError, match=r"dashboard\.duckdb\.wal"):
        publish(place)


def test_without_its_own_receipt_a_build_is_not_shown(place: Home) -> None:
    newest, older = build_id(place), build_id(place, weeks=1)
    shutil.copyfile(place.builds / older / "receipt.json", place.builds / newest / "receipt.json")
    with pytest.raises(GateError, match="not this build's"):
        find_build(place, newest)
    (place.builds / newest / "receipt.json").unlink()
    with pytest.raises(GateError, match="no receipt"):
        publish(place, newest)


@pytest.mark.parametrize("name", ["b-20200101-00000000", "", "..", "../builds"])
def test_a_build_that_is_not_there_is_not_shown(place: Home, name: str) -> None:
    with pytest.raises(MissingBuild):
        publish(place, name)


def test_the_last_few_are_kept_and_never_the_one_shown_removed(place: Home) -> None:
    oldest, middle, newest = (build_id(place, weeks) for weeks in (2, 1, 0))
    publish(place, oldest, keep=2)
    assert {build.id for build in list_builds(place)} == {oldest, newest}
    publish(place, newest, keep=1)
    assert {build.id for build in list_builds(place)} == {newest}
    assert middle != newest


def test_what_did_not_end_is_cleared_away_but_never_what_is_shown(place: Home) -> None:
    newest, older = build_id(place), build_id(place, weeks=1)
    publish(place, newest)
    for name in (newest, older):
        (place.builds / name / "receipt.json").unlink()
    (place.builds / ".b-x.part").mkdir()
    assert remove_unfinished(place) == sorted([".b-x.part", older])
    assert (place.builds / newest).is_dir()


def test_the_gate_tells_the_pages_what_it_found(place: Home) -> None:
    results = gate_results(place, build_id(place))
    assert {result["gate"] for result in results} == {"build"}  # these candidates were not made by the intake gate
    assert {"rule_id", "title_zh", "title_en", "dimension", "severity", "status", "findings"} <= results[0].keys()
    history = gate_history(place)
    assert [run["verdict"] for run in history] == ["passed"] * 3
    assert history[0]["as_of"] == AS_OF.isoformat()
    assert gate_results(place, "b-20200101-00000000") == []


def test_a_build_that_fails_its_gate_gets_no_receipt(place: Home) -> None:
    alter = "update pub_flows_by_week_town set closing_count = closing_count + 1"
    candidate = write_build(place, AS_OF + timedelta(days=1), alter)
    report = judge_build(place, candidate.build_id)
    assert report["verdict"] == "failed"
    assert not (candidate.path / "receipt.json").exists()
    assert (candidate.path / "gate.json").is_file()
    with pytest.raises(GateError):
        publish(place, candidate.build_id)
    assert [run["verdict"] for run in gate_history(place)] == ["failed", "passed", "passed", "passed"]


def test_a_table_that_is_missing_fails_the_gate(place: Home) -> None:
    candidate = write_build(place, AS_OF + timedelta(days=1), "drop table pub_flows_by_week_town")
    report = judge_build(place, candidate.build_id)
    found = {r["rule_id"]: (r["severity"], r["status"]) for r in report["results"] if "flow" in r["rule_id"]}
    assert set(found.values()) == {("critical", "errored")}
    assert report["verdict"] == "failed"


def test_a_judged_build_is_not_judged_again_and_must_still_be_what_it_was(place: Home) -> None:
    before = len(gate_history(place))
    assert judge_build(place, build_id(place))["verdict"] == "passed"
    assert len(gate_history(place)) == before
    path = place.builds / build_id(place) / "casework.duckdb"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(GateError, match="casework"):
        judge_build(place, build_id(place))


def test_the_next_release_is_compared_with_the_one_shown(place: Home) -> None:
    publish(place, build_id(place, weeks=1))
    candidate = write_build(
        place,
        AS_OF + timedelta(days=1),
        alter="update pub_layers_by_week_village set primary_persons_count = 40, persons_count = 40",
    )
    report = judge_build(place, candidate.build_id)
    found = {r["rule_id"]: r["status"] for r in report["results"]}
    assert found["volume_beside_last_release"] == "failed"
    assert found["population_beside_last_release"] == "passed"


def test_the_command_refuses_with_its_exit_code(place: Home) -> None:
    command = [sys.executable, "-m", "warehouse", "publish", "--home", str(place.root)]
    done = subprocess.run([*command, "--build", build_id(place)], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, build_id(place))
    done = subprocess.run([*command, "--build", "b-20200101-00000000"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == MissingBuild.exit_code
    assert "there is no such build" in done.stderr
    assert "Traceback" not in done.stderr


def test_before_the_first_run_there_is_nothing_to_tell(tmp_path) -> None:
    place = home_at(tmp_path / "data", tmp_path / "keys")
    assert (current_build(place), last_attempt(place), gate_history(place)) == (None, None, [])
    with pytest.raises(MissingBuild):
        publish(place)
