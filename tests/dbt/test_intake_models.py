"""The models behind corrections, links, hand-back and scorecard give exactly the rows that their cases expect."""

from __future__ import annotations

import pytest

from tests.dbt import delivery_cases, handback_cases, household_cases, steward_cases

CASES = {**steward_cases.CASES, **household_cases.CASES, **handback_cases.CASES, **delivery_cases.CASES}


@pytest.mark.parametrize("model", CASES)
def test_the_model_gives_exactly_these_rows(
    model: str, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]
) -> None:
    world, (columns, expected) = CASES[model](catalog)
    places = [world.columns_of(compiled[model]).index(name) for name in columns]
    rows = [tuple(row[place] for place in places) for row in world.rows_of(compiled[model])]
    assert set(rows) == expected
    assert len(rows) == len(expected)
