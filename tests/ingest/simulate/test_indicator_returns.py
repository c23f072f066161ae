"""The monthly returns cover the 41 items; numbers grow as their kind says; what the world can count is counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ingest.simulate.bureaus import civil_affairs_returns
from ingest.simulate.ledgers import indicator_returns
from ingest.simulate.ledgers.indicator_returns import load_indicators
from ingest.simulate.timeline import last_day, month
from ingest.simulate.world.build import World
from tests.ingest.simulate.conftest import AS_OF

DISTRICT_TOWNS = 26


@pytest.fixture(scope="module")
def returns(town_world: World) -> pl.DataFrame:
    return town_world.ledgers[indicator_returns.FEED]


def test_every_item_has_indicators_and_a_month_has_the_rows_asked() -> None:
    indicators = load_indicators()
    assert {i.item for i in indicators} == set(range(1, 42))
    assert len({i.code for i in indicators}) == len(indicators)
    assert all(i.code[1:3] == f"{i.item:02d}" for i in indicators)
    by_town = sum(i.level == "town" for i in indicators)
    assert 600 <= by_town * DISTRICT_TOWNS + len(indicators) - by_town <= 900


def test_an_indicator_and_area_stand_once_a_month(returns: pl.DataFrame) -> None:
    assert not returns.select(pl.struct("month", "code", "area", "org").is_duplicated().any()).item()
    assert returns.group_by("month").len()["len"].n_unique() == 1


def test_no_number_is_negative_and_no_part_exceeds_its_whole(returns: pl.DataFrame) -> None:
    assert (returns["numerator"] >= 0).all()
    with_whole = returns.filter(pl.col("denominator").is_not_null() & ~pl.col("code").is_in(["I2603"]))
    assert (with_whole["numerator"] <= with_whole["denominator"]).all()


def test_what_is_counted_through_the_year_never_falls_and_begins_anew(returns: pl.DataFrame) -> None:
    growing = {i.code for i in load_indicators() if i.kind in ("cumulative", "closed", "steps")}
    months = returns.filter(pl.col("code").is_in(list(growing))).sort("code", "area", "month")
    change = months.with_columns(step=pl.col("numerator").diff().over("code", "area"), of_year=pl.col("month") % 12)
    assert (change.filter(pl.col("of_year") > 0)["step"].drop_nulls() >= 0).all()
    meals = months.filter(pl.col("code") == "I0902").group_by("month").agg(pl.col("numerator").sum()).sort("month")
    december, january = (meals.filter(pl.col("month") == month(AS_OF) - back)["numerator"].item() for back in (11, 10))
    assert january < december / 4


def test_listed_persons_are_those_of_the_register_at_the_month_s_end(town_world: World, returns: pl.DataFrame) -> None:
    number = month(AS_OF) - 1
    register = town_world.register
    active = np.flatnonzero(register.on(last_day(number)) & np.isin(register.category, ("TK",)))
    persons = set(register.person[active].tolist())
    told = returns.filter((pl.col("month") == number) & (pl.col("code") == "I1203"))
    assert told["numerator"].sum() == len(persons)
    town = town_world.persons.villages[0].parent_code
    there = [p for p in persons if town_world.persons.villages[town_world.persons.village[p]].parent_code == town]
    assert told.filter(pl.col("area") == town)["numerator"].item() == len(there)


def test_the_subsidies_told_are_those_paid(town_world: World, returns: pl.DataFrame) -> None:
    number = month(AS_OF) - 2
    paid = town_world.lines.filter(
        (pl.col("month") == number)
        & (pl.col("file_month") == number)
        & (pl.col("programme") == "0402")
        & (pl.col("final_status") == "00")
        & (pl.col("paid") > 0)
    )
    told = returns.filter((pl.col("month") == number) & (pl.col("code") == "I1401"))
    assert told["numerator"].sum() == paid["person"].n_unique() > 20


def test_rows_say_who_reports_and_numbers_are_number_cells(hamlet_world: World) -> None:
    delivery = civil_affairs_returns.deliveries(hamlet_world.weeks)[-1]
    table = civil_affairs_returns.rows_of(hamlet_world, delivery)
    assert set(table["report_month"]) == {"2025-10"}
    assert table["numerator_quantity"].str.starts_with("\x01").all()
    assert (table["_person"] == -1).all()
    offices = table.group_by("reporting_org").agg(pl.col("reporter_name").n_unique())
    assert (offices["reporter_name"] == 1).all()
    towns = table.filter(pl.col("area_code") != "500156000000")
    assert towns["reporting_org"].str.ends_with("社会事务办公室").all()
