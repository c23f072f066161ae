"""The world is the size and shape that the specification asks for, here on a town of 20,000."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ingest.simulate.scales import DISTRICT_PERSONS, SCALES
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, day, first_day, month
from ingest.simulate.truth.knowledge import build_known
from ingest.simulate.truth.weekly import LAYERS, layers_on
from ingest.simulate.world.build import GX_FROM, World
from warehouse import areas

SHARE = 20_000 / DISTRICT_PERSONS


def test_population_is_as_old_and_as_large_as_asked(town_world: World) -> None:
    persons, today = town_world.persons, town_world.today
    here = persons.present(today)
    age = (today - persons.birth[here]) / DAYS_A_YEAR
    assert here.sum() == pytest.approx(20_000, rel=0.04)
    assert (age >= 60).mean() == pytest.approx(0.24, abs=0.02)
    assert (age >= 80).mean() == pytest.approx(0.036, abs=0.008)
    males, females = (persons.sex[here] == 1).sum(), (persons.sex[here] == 2).sum()
    assert males / females == pytest.approx(1.09, abs=0.05)
    deaths_a_year = (persons.death < NEVER).sum() / 3 / len(persons)
    assert deaths_a_year == pytest.approx(0.009, abs=0.0025)


@pytest.mark.parametrize(
    ("category", "district_persons", "tolerance"),
    [("DB", 12_600, 0.15), ("TK", 2_400, 0.15), ("DBB", 2_000, 0.25), ("GX", 900, 0.3), ("QT", 2_500, 0.15)],
)
def test_layers_have_the_size_asked(town_world: World, category: str, district_persons: int, tolerance: float) -> None:
    register = town_world.register
    now = register.on(town_world.today) & (register.category == category)
    now &= town_world.persons.present(town_world.today)[register.person]
    assert len(np.unique(register.person[now])) == pytest.approx(district_persons * SHARE, rel=tolerance)


def test_monitored_households_overlap_with_the_assisted(town_world: World) -> None:
    watched, register, today = town_world.monitored, town_world.register, town_world.today
    open_now = (watched.eliminated > today) & town_world.persons.present(today)[watched.person]
    benefit = register.person[register.on(today) & np.isin(register.category, ("DB", "TK"))]
    assert open_now.sum() == pytest.approx(3_200 * SHARE, rel=0.2)
    assert np.isin(watched.person[open_now], benefit).mean() == pytest.approx(0.45, abs=0.12)


def test_nobody_is_in_rigid_expenditure_hardship_before_the_rule(town_world: World) -> None:
    register = town_world.register
    assert register.start[register.category == "GX"].min() >= day(GX_FROM)


def test_entries_and_exits_are_about_nine_in_a_thousand_a_month(town_world: World) -> None:
    register, today = town_world.register, town_world.today
    in_db = register.category == "DB"
    stock = (register.on(today) & in_db).sum()
    exits = (in_db & (register.stop <= today) & (register.stop > today - 730)).sum() / 24 / stock
    entries = (in_db & (register.start <= today) & (register.start > today - 730)).sum() / 24 / stock
    assert exits == pytest.approx(0.009, abs=0.004)
    assert entries == pytest.approx(0.010, abs=0.005)


def test_a_household_is_paid_the_standard_less_its_income(town_world: World) -> None:
    """Rural, November 2025: 630 yuan × covered members − income, rounded up to the yuan."""
    number = month(town_world.as_of)
    first = first_day(number)
    register, families = town_world.register, town_world.households
    lines = town_world.lines.filter(
        (town_world.lines["month"] == number)
        & (town_world.lines["programme"] == "0102")
        & (town_world.lines["back_months"] == 0)
    )
    checked = 0
    for person, due in lines.select("person", "due").iter_rows():
        household = town_world.persons.household[person]
        if families.listed_urban[household] or household in np.flatnonzero(town_world.set_aside):
            continue
        rows = register.on(first) & (register.household == household) & register.covered & (register.start < first)
        covered = (rows & (register.category == "DB")).sum()
        if (rows & (register.category == "DB1") & (register.person == person)).any() or not covered:
            continue
        income = int(families.income_on(np.array([household]), first)[0])
        assert due == -(-max(0, 63_000 * covered - income) // 100) * 100
        checked += 1
    assert checked > 100


def test_four_in_a_hundred_pay_ten_thousand_themselves(town_world: World) -> None:
    bills = town_world.settlements.filter(town_world.settlements["settled"] > town_world.today - 365)
    high = bills.group_by("person").agg(pl.col("self_pay").sum())
    share = (high["self_pay"] >= 1_000_000).sum() / town_world.persons.present(town_world.today).sum()
    assert share == pytest.approx(0.04, abs=0.008)


def test_district_covers_every_village() -> None:
    assert len(areas.towns()) == 26
    assert len(areas.villages()) == 214
    assert SCALES["district"].persons_count == DISTRICT_PERSONS


def test_first_layers_add_up_to_distinct_persons(hamlet_world: World) -> None:
    member = layers_on(build_known(hamlet_world), hamlet_world.today)
    primary = np.bincount(member.argmax(axis=1)[member.any(axis=1)], minlength=len(LAYERS))
    assert primary.sum() == member.any(axis=1).sum()
