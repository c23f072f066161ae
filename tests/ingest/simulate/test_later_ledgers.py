"""What the later ledgers hold: every kind of evidence that a rule looks for, in a hamlet too, and beside it what only looks so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ingest.simulate.bureaus import human_resources, justice
from ingest.simulate.ledgers import (
    asset_checks,
    custody,
    employers,
    enterprises,
    housing_fund,
    income_bands,
    marriages,
    mental_registry,
    property,
    request_list,
    social_insurance,
    vehicles,
    work,
)
from ingest.simulate.ledgers.layers import layer_of
from ingest.simulate.scales import DISTRICT_PERSONS, SCALES
from ingest.simulate.timeline import NEVER
from ingest.simulate.world.build import World, build_world
from ingest.simulate.world.register import state_on
from tests.ingest.simulate.conftest import AS_OF, SEED, WEEKS

ASSISTED = ("DB", "DB1", "TK")


@pytest.fixture(scope="module", params=["hamlet_world", "town_world"])
def world(request) -> World:
    return request.getfixturevalue(request.param)


def test_sizes_are_those_of_a_district(town_world: World) -> None:
    """A town of 20,000 holds 1/20.2 of the district's 404,000; few cases make the small counts wide."""
    share = len(town_world.persons) / DISTRICT_PERSONS
    ledgers = town_world.ledgers
    for count, low, high in (
        (len(ledgers[request_list.NAME].person), 30_000, 55_000),
        (len(ledgers[vehicles.FEED]), 4_000, 7_000),
        (len(ledgers[social_insurance.FEED]), 55_000, 85_000),
        (len(ledgers[property.FEED]), 18_000, 32_000),
        (ledgers[enterprises.FEED]["credit_code"].n_unique(), 2_000, 4_000),
        (len(ledgers[mental_registry.FEED]), 1_200, 2_000),
        (len(ledgers[asset_checks.FEED]) / 60, 240, 360),
        (len(ledgers[marriages.FEED]) / 60, 45, 75),
    ):
        assert low * share <= count <= high * share, (low, high, count / share)


def test_everyone_asked_about_is_known_to_the_register_or_beside_it(world: World) -> None:
    asked = world.ledgers[request_list.NAME]
    assert len(np.unique(asked.person)) == len(asked.person)
    listed = np.unique(world.register.person[world.register.on(world.today)])
    assert np.isin(listed, asked.on(world.today)).all()
    assert len(asked.on(world.today - 200)) < len(asked.on(world.today)) < len(world.persons)


def test_cars_of_value_and_cars_that_only_look_so_stand_in_assisted_households(world: World) -> None:
    held = world.ledgers[vehicles.FEED]
    layers = layer_of(world)
    assert held["plate_no"].is_unique().all()
    dear, sold = held.filter("is_dear"), held.filter("is_sold")
    assert len(dear) >= 5
    assert len(sold) >= 3
    assert (dear["price"] > 3_000_000).all()  # 30,000 yuan in fen
    assert np.isin(layers[dear["person"].to_numpy()], ASSISTED).all()
    assert dear["price_known"].any()
    assert {"M", "T", "K33"} <= set(held.filter(pl.Series(np.isin(layers[held["person"]], ASSISTED)))["type_code"])
    assert {"B", "E"} & set(held.filter(pl.col("ended") < NEVER)["ended_code"])


def test_wages_pensions_and_claims_of_every_kind(world: World) -> None:
    lives, rows = world.ledgers[work.NAME], world.ledgers[social_insurance.FEED]
    above = lives.filter(
        (pl.col("kind") == "steady") & pl.col("layer").is_in(["DB", "DB1"]) & (pl.col("wage") > 450_000)
    )
    assert len(above) >= 4
    assert (above["until"] == NEVER).all()
    assert world.ledgers[employers.NAME].public[above["employer"].to_numpy()].any()  # one is on the public payroll
    lost = lives.filter(pl.col("layer").is_in(["DBB", "GX", "FP"]) & (pl.col("until") < world.today - 92))
    assert len(lost) >= 3
    assert len(lives.filter((pl.col("kind") == "worker_pension") & (pl.col("layer") == "DB"))) >= 3
    resident = rows.filter((pl.col("insurance") == "170") & (pl.col("benefit") > 0))
    assert (resident["basic_part"] > 0).all()
    assert (resident["benefit"] >= resident["basic_part"]).all()
    workers = rows.filter((pl.col("insurance") == "110") & (pl.col("benefit") > 0))
    assert (workers["basic_part"] == 0).all()
    claims = rows.filter(pl.col("claim_from") < NEVER)
    assert (claims["claim_to"] < world.today).any()
    assert (claims["insurance"] == "210").all()
    assert rows["is_second"].sum() >= 2
    twice = rows.join(rows.filter("is_second").select("person", "insurance"), on=["person", "insurance"], how="semi")
    assert len(twice) > rows["is_second"].sum()


def test_some_holders_of_a_subsidy_draw_the_injury_care_allowance(world: World) -> None:
    rows = world.ledgers[social_insurance.FEED].filter("injury_care")
    paid = world.lines.filter(pl.col("programme").is_in(["0401", "0402"]) & (pl.col("month") >= world.pay_months[-2]))
    assert rows["person"].is_in(paid["person"].unique().implode()).sum() >= 2


def test_an_insurance_ends_in_the_month_in_which_the_job_did(hamlet_world: World) -> None:
    rows = hamlet_world.ledgers[social_insurance.FEED]
    ended = rows.filter(
        (pl.col("paid_until") < hamlet_world.today - 40) & ~pl.col("is_terminated") & ~pl.col("yearly")
    ).head(1)
    person, until = ended["person"].item(), ended["paid_until"].item()
    deliveries = [d for d in human_resources.deliveries(hamlet_world.weeks) if d.period_end > until]
    told = human_resources.rows_of(hamlet_world, deliveries[0])
    mine = told.filter((pl.col("_person") == person) & (pl.col("payment_status_code") == "暂停缴费"))
    month = np.datetime_as_string(np.datetime64(int(until), "D"), unit="M").replace("-", "")
    assert set(mine["last_paid_month"]) == {month}


def test_second_homes_small_ones_unsafe_ones_and_shares(world: World) -> None:
    held = world.ledgers[property.FEED]
    second = held.filter("is_second")
    assert second["unit_no"].n_unique() >= 8
    of_household = second.with_columns(household=pl.Series(world.persons.household[second["person"].to_numpy()]))
    assert (of_household.group_by("household").agg(pl.col("unit_no").n_unique())["unit_no"] >= 2).sum() >= 4
    assert (second["area"] > 9_000).all()  # 90 m² in hundredths
    assert {"C", "D"} <= set(held["unsafe_grade"])
    inherited = held.filter("is_inherited")
    assert inherited.group_by("unit_no").len()["len"].max() >= 2
    assert "" in inherited["share"].to_list()
    assert (inherited["share"] != "").any()
    rural = ~world.persons.urban()[held["person"].to_numpy()]
    assert 0.1 < (held["use_code"] == "72").to_numpy()[rural].mean() < 0.95


def test_enterprises_alive_dead_and_in_name_only(world: World) -> None:
    held = world.ledgers[enterprises.FEED]
    layers = layer_of(world)
    assert held.filter("is_dead")["ended"].min() == NEVER
    nominal = held.filter("is_nominal")
    assert (nominal["paid_in"] == 0).all()
    assert np.isin(layers[nominal["shareholder"].to_numpy()], ASSISTED).any()
    mine = held.filter((pl.col("shareholder") >= 0) & (pl.col("paid_in") >= 3_000_000))  # 30,000 yuan
    assert np.isin(layers[mine["shareholder"].to_numpy()], ("DB", "DB1", "TK")).sum() >= 3
    assert held.group_by("credit_code").agg(pl.col("name").n_unique())["name"].max() == 1
    assert held["in_ten_thousands"].n_unique() == 2


def test_reports_whole_partial_old_and_without_consent(world: World) -> None:
    held = world.ledgers[asset_checks.FEED]
    partial = held.filter("is_partial")
    assert (partial["replies"] < partial["institutions"]).all()
    assert held.filter(~pl.col("is_partial")).select((pl.col("replies") == pl.col("institutions")).all()).item()
    assert (held.filter("is_old").select(pl.col("reported") - pl.col("balances_of")).to_series() > 92).all()
    assert (held.filter("is_expired").select(pl.col("authorised_until") < pl.col("reported")).to_series()).all()
    assert (held["authorised_until"] == held["reported"]).any()  # the last valid day
    assert (held["balances_of"] <= held["reported"]).all()


def test_custody_of_parents_and_of_the_assisted(world: World) -> None:
    held = world.ledgers[custody.FEED]
    assert held["parent_of_minor"].sum() >= 4
    assert held["in_layer"].sum() >= 3
    parents = held.filter("parent_of_minor")["person"].to_numpy()
    assert np.unique(world.persons.household[parents], return_counts=True)[1].max() == 2  # both, in one household
    assert (held["end"] > held["start"]).all()
    told = pl.concat([justice.rows_of(world, d) for d in justice.deliveries(world.weeks[-26:])])
    assert {"服刑", "释放"} <= set(told["custody_code"])


def test_marriages_after_the_review_and_of_nobody_twice_at_once(world: World) -> None:
    held = world.ledgers[marriages.FEED]
    assert set(held["code"]) == {"1", "2", "3", "4"}
    lately = held.filter("in_layer")
    assert len(lately) >= 4
    state = state_on(world.register, world.households, world.today)
    reviewed = dict(zip(world.register.person[state.row].tolist(), state.last_review.tolist(), strict=True))
    assert all(day > reviewed[man] for man, day in lately.select("man", "registered").iter_rows())
    weddings = held.filter((pl.col("code") == "1") & (pl.col("man") >= 0) & (pl.col("woman") >= 0))
    assert weddings["man"].is_unique().all()
    assert weddings["woman"].is_unique().all()
    assert (world.persons.sex[weddings["man"].to_numpy()] == 1).all()
    assert (world.persons.sex[weddings["woman"].to_numpy()] == 2).all()
    weekday = (held["registered"].to_numpy() + 3) % 7  # 0 is a Monday
    assert weekday.max() <= 4


def test_funds_and_bands_follow_the_jobs(world: World) -> None:
    lives = world.ledgers[work.NAME].filter(pl.col("kind") == "steady")
    funds = world.ledgers[housing_fund.FEED]
    assert funds["person"].is_in(lives["person"].implode()).all()
    assert (funds["deposit"] < funds["base"]).all()
    bands = world.ledgers[income_bands.FEED]
    assert set(bands["band_code"]) >= {"0", "1", "2", "3"}
    edges = {"0": (0, 0), "1": (1, 2_000_000), "2": (2_000_000, 6_000_000), "3": (6_000_000, 12_000_000)}
    for band, (low, high) in edges.items():
        inside = bands.filter(pl.col("band_code") == band)["income"]
        assert inside.min() >= low
        assert inside.max() <= high


def test_the_mental_registry_holds_those_who_left(world: World) -> None:
    held = world.ledgers[mental_registry.FEED]
    assert held["person"].is_unique().all()
    assert (held["lost_from"] < NEVER).any()
    assert held["services"].is_between(0, 4).all()


def test_the_later_ledgers_leave_the_base_world_as_it_is(hamlet_world: World, monkeypatch) -> None:
    monkeypatch.setattr("ingest.simulate.ledgers.registry.BUILDERS", {})
    base = build_world(SCALES["hamlet"], SEED, WEEKS, AS_OF, lambda text: None)
    assert base.ledgers == {}
    assert base.lines.equals(hamlet_world.lines)
    assert base.settlements.equals(hamlet_world.settlements)
    for name in ("persons", "households", "register", "certificates", "traits", "monitored"):
        one, two = getattr(base, name), getattr(hamlet_world, name)
        for field in one.__dataclass_fields__:
            assert np.array_equal(getattr(one, field), getattr(two, field)), (name, field)
