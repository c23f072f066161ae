"""Changing any comparison in a rule's SQL, or in the SQL of its inputs, makes some case of that model fail.

All cases of a model stand in one world; a mutant that still gives the same rows has survived.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import duckdb
import pytest

from tests.dbt.mutants import mutants_of
from tests.dbt.rule_tables import RuleTables
from tests.dbt.test_intake_models import CASES
from tests.dbt.test_rule_inputs import INPUTS as RULE_INPUTS

RULES = {
    "int_alerts__a01": ("tests.dbt.test_rule_a01", "SelfPayWorld"),
    "int_alerts__a05": ("tests.dbt.test_rule_a05", "NursingWorld"),
    "int_alerts__a23": ("tests.dbt.test_rule_a23", "EntitledWorld"),
    "int_alerts__b01": ("tests.dbt.test_rule_b01", "DeadWorld"),
    "int_alerts__b02": ("tests.dbt.test_rule_b02", "CrematedWorld"),
    "int_alerts__b18": ("tests.dbt.test_rule_b18", "BenefitWorld"),
}
INPUTS = {**RULE_INPUTS, **CASES}
# Comparisons that can't change what a model says, by the mutant's name, each with the reason.
EQUIVALENT: dict[str, dict[str, str]] = {
    "int_handback__rows": {
        "when summed.first_answer_seq < summed.last_seq then 'reopened' [< -> <=]": (
            "an answer without the item and a delivery with it are never the same delivery"
        )
    },
}
# What people, areas, weeks and layers are is recounted as a whole, in test_weekly_twins.py and dbt's own tests.
RECOUNTED = {
    "int_alerts__unioned",
    "int_areas__resolved",
    "int_calendar__days",
    "int_category_spells__recorded",
    "int_entitlements__recorded",
    "int_households__matched",
    "int_memberships__weekly",
    "int_persons__unified",
    "int_policy__in_force",
    "int_residences__listed",
    "int_weeks__numbered",
}


def world_of(model: str, catalog: dict[str, list[tuple[str, str]]]) -> RuleTables:
    """Every case of a model in one world."""
    if model in INPUTS:
        return INPUTS[model](catalog)[0]
    module_name, world_name = RULES[model]
    module = importlib.import_module(module_name)
    world = getattr(module, world_name)(catalog)
    for case in module.BOOK.cases:
        case.build(world, case.name)
    return world


def survivors_of(world: RuleTables, sql: str) -> Iterator[tuple[int, str]]:
    """Line and name of every mutant that gives the rows of the statement itself."""
    expected = world.rows_of(sql)
    for mutant in mutants_of(sql):
        try:
            is_noticed = world.rows_of(mutant.sql) != expected
        except duckdb.Error:
            is_noticed = True
        if not is_noticed:
            yield mutant.line, mutant.name


@pytest.mark.parametrize("model", [*RULES, *INPUTS])
def test_every_changed_comparison_is_noticed(
    model: str, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]
) -> None:
    known = EQUIVALENT.get(model, {})
    survivors = list(survivors_of(world_of(model, catalog), compiled[model]))
    unknown = [f"line {line}: {name}" for line, name in survivors if name not in known]
    assert not unknown, "\n".join(unknown)
    assert {name for _, name in survivors} == known.keys(), "an exception is noticed now: take it off the list"


def test_every_intermediate_model_is_tried(compiled: dict[str, str]) -> None:
    tried = {*RULES, *INPUTS}
    assert {name for name in compiled if name.startswith("int_") and name not in RECOUNTED} == {
        name for name in tried if name.startswith("int_")
    }
