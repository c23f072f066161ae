"""Every rule of the build suite finds its mutant, a build damaged in one way, and none finds a build that agrees."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from expectations import build_suite, engine
from tests.expectations.small_build import write_build
from warehouse.contracts import load_feeds
from warehouse.database import open_candidate
from warehouse.paths import home as home_at

RULES = build_suite.rules(load_feeds())
# What can't be so in a small invented build: its values are those of the policy files, not all of them verified.
ALLOWED = {"policy_values_are_verified"}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """The folder of a build whose tables agree."""
    place = tmp_path_factory.mktemp("good")
    return write_build(home_at(place / "data", place / "keys")).path


def attached(folder: Path, previous: Path) -> dict[str, Path]:
    return {
        "dashboard": folder / "dashboard.duckdb",
        "casework": folder / "casework.duckdb",
        "previous": previous / "dashboard.duckdb",
    }


@pytest.fixture(scope="module")
def release(good: Path, tmp_path_factory) -> Path:
    """A release that readers saw before, equal to the good build."""
    return Path(shutil.copytree(good, tmp_path_factory.mktemp("release") / "build"))


def test_no_rule_finds_a_good_build(good: Path, release: Path) -> None:
    outcomes = engine.run_rules(good / "warehouse.duckdb", RULES, attached(good, release))
    assert {o.rule.rule_id: (o.status, o.findings) for o in outcomes if o.status != "passed"}.keys() == ALLOWED


@pytest.mark.parametrize("name", sorted({rule.rule_id.split(".")[0] for rule in RULES}))
def test_a_rule_finds_its_mutant(name: str, good: Path, release: Path, tmp_path) -> None:
    """A rule that is repeated over tables or feeds is tried on all of them at once; each has a mutant of its own."""
    rules = [rule for rule in RULES if rule.rule_id.split(".")[0] == name]
    for database in ("warehouse", "dashboard", "casework"):
        shutil.copyfile(good / f"{database}.duckdb", tmp_path / f"{database}.duckdb")
    connection = open_candidate(tmp_path / "warehouse.duckdb")
    connection.execute(f"attach '{tmp_path}/dashboard.duckdb' as dashboard")
    connection.execute(f"attach '{tmp_path}/casework.duckdb' as casework")
    changed = {rule.rule_id: connection.execute(rule.mutant).fetchone()[0] for rule in rules}
    connection.close()
    assert all(changed.values()), f"a mutant changes nothing: {changed}"

    outcomes = engine.run_rules(tmp_path / "warehouse.duckdb", rules, attached(tmp_path, release))

    assert {outcome.rule.rule_id: outcome.status for outcome in outcomes} == dict.fromkeys(changed, "failed")
    assert all(outcome.findings for outcome in outcomes)
