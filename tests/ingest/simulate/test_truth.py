"""The truth: enough cases of every rule, near misses beside them, and sums that a slow count agrees with."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import polars as pl
import pytest

from ingest.simulate.bureaus.calendar import last_moment
from ingest.simulate.timeline import day, first_day
from ingest.simulate.truth.knowledge import build_known
from ingest.simulate.truth.missed import high_self_pay
from ingest.simulate.truth.tables import cases_table
from ingest.simulate.truth.wrong import paid_to_the_dead
from ingest.simulate.world.build import World
from tests.ingest.simulate.conftest import Written

RULES = ("A01", "A05", "A23", "B01", "B02", "B18")
EXCLUSIONS = ("X1", "X2", "X4", "X5", "X6", "X11", "X12", "X15")


@pytest.fixture(scope="module")
def cases(small_hamlet: Written) -> pl.DataFrame:
    return small_hamlet.table("cases")


@pytest.mark.parametrize("rule_id", RULES)
def test_every_rule_has_cases_and_near_misses(cases: pl.DataFrame, rule_id: str) -> None:
    mine = cases.filter(pl.col("rule_id") == rule_id)
    assert (~mine["is_near_miss"]).sum() >= 6
    assert mine["is_near_miss"].sum() >= 5


@pytest.mark.parametrize("exclusion", EXCLUSIONS)
def test_every_exclusion_has_a_case_and_a_near_miss(cases: pl.DataFrame, exclusion: str) -> None:
    mine = cases.filter((pl.col("rule_id") == "B18") & (pl.col("detail") == exclusion))
    assert set(mine["is_near_miss"]) == {True, False}


def test_a_case_stands_once_and_is_never_its_own_near_miss(cases: pl.DataFrame) -> None:
    key = ["rule_id", "id_no", "evidence_month", "detail"]
    assert cases.select(pl.struct(key).is_duplicated().any()).item() is False
    assert cases.filter(pl.col("is_near_miss"))["reason"].str.len_chars().min() > 0


def test_planting_is_refused_when_the_world_contradicts_it(hamlet_world: World) -> None:
    known = build_known(hamlet_world, last_moment(hamlet_world.weeks))
    wrong = hamlet_world.planted.with_columns(is_near_miss=~pl.col("is_near_miss"))
    kept, hamlet_world.planted = hamlet_world.planted, wrong
    try:
        with pytest.raises(AssertionError, match="near miss"):
            cases_table(hamlet_world, known)
    finally:
        hamlet_world.planted = kept


def test_self_pay_is_the_sum_of_a_year_s_bills_once_each(hamlet_world: World) -> None:
    known = build_known(hamlet_world, last_moment(hamlet_world.weeks))
    sums: dict[int, int] = defaultdict(int)
    for bill in known.bills.iter_rows(named=True):
        if day(date(2024, 11, 23)) < bill["settled"] <= day(date(2025, 11, 23)):
            sums[bill["person"]] += bill["self_pay"]
    found = {case[1] for case in high_self_pay(known)}
    assert found
    assert all(sums[person] >= 1_000_000 for person in found)
    register = hamlet_world.register
    paid = set(register.person[register.on(hamlet_world.today) & (register.category == "DB")].tolist())
    assert not found & paid


def test_money_reached_the_dead_in_every_case_of_b01(hamlet_world: World) -> None:
    known = build_known(hamlet_world, last_moment(hamlet_world.weeks))
    found = paid_to_the_dead(known)
    assert len(found) >= 6
    own: dict[tuple[int, int], int] = defaultdict(int)
    households: dict[tuple[int, int], int] = defaultdict(int)
    for line in known.lines.filter(pl.col("status") == "00").iter_rows(named=True):
        own[line["person"], line["month"]] += line["paid"]
        if line["programme"] in ("0101", "0102"):
            households[int(hamlet_world.persons.household[line["person"]]), line["month"]] += line["paid"]
    for _, person, number, _, _ in found:
        assert known.death[person] < first_day(number)
        household = int(hamlet_world.persons.household[person])
        assert own[person, number] > 0 or households[household, number] > 0


def test_weekly_counts_add_up(small_hamlet: Written) -> None:
    weekly = small_hamlet.table("weekly")
    layers = (
        weekly.filter(pl.col("layer_code") != "ALL")
        .group_by("week_end_date")
        .agg(pl.col("primary_persons_count").sum())
    )
    whole = weekly.filter(pl.col("layer_code") == "ALL").group_by("week_end_date").agg(pl.col("persons_count").sum())
    both = layers.join(whole, on="week_end_date")
    assert len(both) == 60
    assert (both["primary_persons_count"] == both["persons_count"]).all()


def test_recorded_deaths_never_lie_before_the_true_ones(small_hamlet: Written) -> None:
    persons = small_hamlet.table("persons").filter(pl.col("recorded_death_date").is_not_null())
    assert (persons["recorded_death_date"] >= persons["death_date"]).all()
    assert persons["id_no"].is_unique().all()
