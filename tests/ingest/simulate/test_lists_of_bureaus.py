"""The lists that come once a term, quarter or disaster: plausible sizes, ages and dates, every key once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from ingest.simulate.bureaus import education, emergency, housing, trade_union, veterans
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.ledgers import beneficiaries, disasters, property, students
from ingest.simulate.ledgers.students import HIGHER, enrolled_on
from ingest.simulate.scales import DISTRICT_PERSONS, SCALES
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, day, last_day, month, to_date
from ingest.simulate.world.build import World, build_world
from tests.ingest.simulate.conftest import AS_OF, SEED, WEEKS

SHARE = 20_000 / DISTRICT_PERSONS


def newest(module: object, world: World) -> tuple[Delivery, pl.DataFrame]:
    sent = [d for d in module.deliveries(world.weeks) if d.sent_at.date() <= world.as_of]  # type: ignore[attr-defined]
    return sent[-1], module.rows_of(world, sent[-1])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("module", "district_rows", "tolerance"),
    [(education, 46_000, 0.15), (trade_union, 400, 0.2), (veterans, 4_700, 0.15), (housing, 6_200, 0.1)],
)
def test_lists_have_the_size_asked(town_world: World, module: object, district_rows: int, tolerance: float) -> None:
    _, table = newest(module, town_world)
    assert len(table) == pytest.approx(district_rows * SHARE, rel=tolerance)


@pytest.mark.parametrize(
    ("module", "key"),
    [
        (education, ["student_no"]),
        (trade_union, ["person_id_no"]),
        (veterans, ["person_id_no"]),
        (housing, ["person_id_no", "support_code"]),
        (emergency, ["person_id_no", "disaster_date"]),
    ],
)
def test_a_key_stands_once_in_a_file(town_world: World, module: object, key: list[str]) -> None:
    _, table = newest(module, town_world)
    assert not table.select(pl.struct(key).is_duplicated().any()).item()


def test_students_come_in_march_and_october_in_the_grade_of_their_age(town_world: World) -> None:
    """In October 2025 a first-year pupil of primary school was six on the last of August: born up to 2019-08-31."""
    sent = education.deliveries(town_world.weeks)
    assert [d.period for d in sent] == ["202410", "202503", "202510"]
    _, table = newest(education, town_world)
    births = town_world.persons.birth[table["_person"].to_numpy()]
    first = births[(table["grade"] == "一年级").to_numpy() & (table["stage_code"] == "小学").to_numpy()]
    since, until = day(to_date(0).replace(2018, 9, 1)), day(to_date(0).replace(2019, 8, 31))
    assert ((first >= since - 1) & (first <= until + 1)).all()
    assert (table["student_no"] == "G" + table["person_id_no"]).all()


def test_children_of_the_register_are_in_school_and_aided(town_world: World) -> None:
    register, persons = town_world.register, town_world.persons
    on = last_day(month(AS_OF) - 1)
    listed = enrolled_on(town_world, town_world.ledgers[students.FEED], on)
    age = (on - persons.birth) / DAYS_A_YEAR
    child = register.person[register.on(on) & (register.category == "DB")]
    child = child[(age[child] > 7) & (age[child] < 14) & persons.present(on)[child]]
    assert len(child) > 5
    assert np.isin(child, listed.person).all()
    assert set(listed.hardship[np.isin(listed.person, child)]) == {"1"}
    student = listed.person[listed.stage == HIGHER]
    assert (town_world.traits.student_until[student] > 18).all()
    assert 0.01 < (listed.hardship == "3").mean() < 0.05


def test_an_allowance_stops_some_time_after_a_death(town_world: World) -> None:
    entries = town_world.ledgers[beneficiaries.FEED]
    left = np.minimum(town_world.persons.death, town_world.persons.moved_out)[entries["person"].to_numpy()]
    stopped = entries["stopped"].to_numpy()
    assert (stopped >= left)[stopped < NEVER].all()
    assert (left[stopped >= NEVER] > town_world.today - 75).all()
    _, table = newest(veterans, town_world)
    assert set(table["listing_status_code"]) == {"在享", "停发"}


def test_a_house_under_repair_is_unsafe_and_its_dates_are_in_order(town_world: World) -> None:
    delivery, table = newest(housing, town_world)
    repaired = table.filter(pl.col("support_code") == "危房改造")
    assert set(repaired["house_grade_code"]) == {"C级", "D级"}
    assert (table["start_date"] <= table["end_date"]).all()
    assert (table["start_date"] <= str(to_date(delivery.period_end))).all()


def test_a_house_known_to_be_unsafe_has_its_grade_with_the_housing_bureau(hamlet_world: World) -> None:
    unsafe = hamlet_world.ledgers[property.FEED].filter(pl.col("unsafe_grade") != "")
    assert len(unsafe) > 0
    _, table = newest(housing, hamlet_world)
    told = dict(table.filter(pl.col("support_code") == "危房改造").select("_person", "house_grade_code").iter_rows())
    for person, grade in unsafe.select("person", "unsafe_grade").iter_rows():
        assert told[person] == f"{grade}级"


def test_a_disaster_hits_some_households_of_one_town(town_world: World) -> None:
    entries = town_world.ledgers[disasters.FEED]
    villages = town_world.persons.villages
    for (happened,), hit in entries.partition_by("happened", as_dict=True).items():
        assert 5 <= len(hit) <= 200
        towns = {villages[v].parent_code for v in town_world.persons.village[hit["person"].to_numpy()].tolist()}
        assert len(towns) == 1
        assert town_world.persons.present(happened)[hit["person"].to_numpy()].all()
    _, table = newest(emergency, town_world)
    losses = table["loss_yuan"].str.slice(1).cast(pl.Float64)  # the first character marks a number cell
    assert losses.median() < 20  # ten thousand yuan: the header's unit
    assert [d.period for d in emergency.deliveries(town_world.weeks)][-1] == "20251108"


@pytest.mark.parametrize("build", [students.build, beneficiaries.build, disasters.build])
def test_ledgers_are_drawn_from_their_own_seed(hamlet_world: World, build: Callable[[World], object]) -> None:
    again = build_world(SCALES["hamlet"], SEED, WEEKS, AS_OF, lambda text: None)
    assert str(build(again)) == str(build(hamlet_world))
