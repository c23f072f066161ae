"""Each rule finds exactly the world's true cases, less those whose evidence a listed defect put in quarantine."""

from __future__ import annotations

import polars as pl
import pytest

from tests.line.worlds import KNOWN_BY, World, print_table, read_table
from warehouse.metrics import load_rules

RULES = ("A01", "A05", "A23", "B01", "B02", "B18")
Case = tuple[str, str, str]


def true_cases(world: World, rule_id: str, *, near_misses: bool = False) -> pl.DataFrame:
    """The world's cases of a rule that could be known when the week is published, one row per alert it should raise."""
    cases = world.read_truth("cases").filter((pl.col("rule_id") == rule_id) & (pl.col("is_near_miss") == near_misses))
    return cases if near_misses else cases.filter(pl.col("knowable_on") <= KNOWN_BY)


def as_cases(world: World, cases: pl.DataFrame) -> dict[Case, str]:
    """(person key, month, detail) of each case, with the identity number that stands behind it."""
    keys = world.person_keys(cases["id_no"].to_list())
    return {
        (keys[row["id_no"]], str(row["evidence_month"] or ""), row["detail"] or ""): row["id_no"]
        for row in cases.iter_rows(named=True)
    }


def alerts(world: World, rule_id: str, status: str) -> set[Case]:
    """(person key, month, detail) of each alert of a rule in the published build."""
    found = read_table(
        world.home,
        "casework",
        f"""
        select person_key, coalesce(evidence_month::varchar, '') as month, coalesce(detail, '') as detail
        from case_alerts where rule_id = '{rule_id}' and status = '{status}'
        """,
    )
    return set(found.iter_rows())


def spoiled_people(world: World, rule_id: str) -> set[str]:
    """People, by key, of whom a listed defect put a record of one of the rule's feeds in quarantine, and their households."""
    feeds = load_rules()[rule_id].feeds
    defects = world.read_truth("defects").filter(
        (pl.col("outcome") == "quarantined") & pl.col("feed_id").is_in(feeds) & pl.col("id_no").is_not_null()
    )
    persons = world.read_truth("persons")
    numbers = set(defects["id_no"].to_list())
    households = set(persons.filter(pl.col("id_no").is_in(list(numbers)))["household_no"].to_list())
    households |= set(defects["household_no"].drop_nulls().to_list())
    spells = world.read_truth("spells")
    families = set(spells.filter(pl.col("id_no").is_in(list(numbers)))["household_no"].to_list()) | households
    numbers |= set(persons.filter(pl.col("household_no").is_in(list(families)))["id_no"].to_list())
    numbers |= set(spells.filter(pl.col("household_no").is_in(list(families)))["id_no"].to_list())
    return set(world.person_keys(list(numbers)).values())


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_finds_exactly_its_true_cases(world: World, rule_id: str) -> None:
    truth = true_cases(world, rule_id)
    expected = as_cases(world, truth)
    near = set(as_cases(world, true_cases(world, rule_id, near_misses=True)))
    open_alerts, unknown = alerts(world, rule_id, "open"), alerts(world, rule_id, "unknown")
    spoiled = spoiled_people(world, rule_id)

    missed = set(expected) - open_alerts
    excused = {case for case in missed if case[0] in spoiled}
    extra = open_alerts - set(expected)
    kinds = dict(truth.group_by("case_kind").len().iter_rows())
    print_table(
        f"{rule_id} on the {world.scale}",
        ("true", "natural", "planted", "found", "excused", "of them unknown", "missed", "extra", "unknown", "near misses"),
        [(len(expected), kinds.get("natural", 0), kinds.get("planted", 0), len(open_alerts & set(expected)), len(excused),
          len(excused & unknown), len(missed - excused), len(extra), len(unknown), len(near))],
    )  # fmt: skip
    assert len(expected) >= 6, "the world holds too few cases to prove the rule"
    assert missed - excused == set()
    assert extra == set()
    assert len(excused) <= max(3, len(expected) // 4), "quarantine hides too many cases to call the rule proven"
    assert open_alerts & near - set(expected) == set()


@pytest.mark.parametrize("rule_id", RULES)
def test_an_unknown_alert_has_a_quarantined_record_behind_it(world: World, rule_id: str) -> None:
    spoiled = spoiled_people(world, rule_id)
    assert {case[0] for case in alerts(world, rule_id, "unknown")} - spoiled == set()


@pytest.mark.parametrize("rule_id", RULES)
def test_near_misses_stand_beside_the_planted_cases(world: World, rule_id: str) -> None:
    planted = true_cases(world, rule_id).filter(pl.col("case_kind") == "planted")
    assert true_cases(world, rule_id, near_misses=True).height >= min(planted.height, 3)
