"""Work orders and the handling of alerts: clocks, codes of the second scheme, findings that agree with the truth."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.simulate.bureaus import civil_affairs_alerts, hotline
from ingest.simulate.bureaus.calendar import last_moment
from ingest.simulate.ledgers import alert_handling, work_orders
from ingest.simulate.ledgers.office_hours import MINUTES_A_DAY, NO_MOMENT
from ingest.simulate.timeline import day, to_date
from ingest.simulate.truth import build_known, cases_table
from ingest.simulate.world.build import World
from warehouse import areas

ORDER = ("DISPATCH", "SIGN", "VISIT", "VERIFY", "FOLLOWUP", "CLOSE")


@pytest.fixture(scope="module")
def orders(town_world: World) -> pl.DataFrame:
    return town_world.ledgers[work_orders.FEED]


@pytest.fixture(scope="module")
def cases(town_world: World) -> pl.DataFrame:
    return cases_table(town_world, build_known(town_world, last_moment(town_world.weeks)))


@pytest.fixture(scope="module")
def events(town_world: World, cases: pl.DataFrame) -> pl.DataFrame:
    town_world.ledgers[alert_handling.FEED] = alert_handling.build(town_world, cases)
    return town_world.ledgers[alert_handling.FEED]


def test_an_order_is_closed_after_the_call_or_still_open(orders: pl.DataFrame, town_world: World) -> None:
    closed = orders.filter(pl.col("closed") != NO_MOMENT)
    assert (closed["closed"] > closed["called"]).all()
    assert closed["closed"].max() < (town_world.today + 1) * MINUTES_A_DAY
    assert 0.9 < len(closed) / len(orders) < 1
    assert (orders.filter(pl.col("closed") == NO_MOMENT)["satisfaction"] == "0").all()
    assert orders["order"].is_unique().all()


def test_the_town_of_an_order_is_written_in_the_second_scheme(town_world: World) -> None:
    """白马镇 is 500156101 in the first scheme and 500156107 in the second, where 500156107 means 长坝镇 in the first."""
    sent = hotline.deliveries(town_world.weeks[-town_world.scale.daily_weeks :])
    table = hotline.rows_of(town_world, sent[0])
    first_of = {f"{town.alternative_code}000": town.area_code for town in areas.towns()}
    ledger = {order: town for order, town in town_world.ledgers[work_orders.FEED].select("order", "town").iter_rows()}
    assert set(table["area_code"]) >= {"500156107000"}
    for order, code in table.select("order_id", "area_code").iter_rows():
        assert first_of[code] == ledger[order]


def test_an_order_comes_again_when_it_is_closed_and_then_tells_all(town_world: World) -> None:
    sent = hotline.deliveries(town_world.weeks[-town_world.scale.daily_weeks :])
    tables = [hotline.rows_of(town_world, delivery).with_columns(n=pl.lit(n)) for n, delivery in enumerate(sent)]
    every = pl.concat(tables).sort("order_id", "n")
    assert not every.select(pl.struct("order_id", "n").is_duplicated().any()).item()
    again = every.filter(pl.len().over("order_id") > 1)
    assert (again.group_by("order_id").agg(pl.col("closed_at").first())["closed_at"] == "").all()
    last = every.group_by("order_id").last()
    ledger = town_world.ledgers[work_orders.FEED]
    assert len(last) == len(ledger)
    assert (last["closed_at"] == "").sum() == (ledger["closed"] == NO_MOMENT).sum()


def test_nobody_with_something_planted_calls(town_world: World, orders: pl.DataFrame) -> None:
    assert not town_world.set_aside[town_world.persons.household[orders["person"].to_numpy()]].any()


def test_alerts_are_the_true_cases_known_and_never_a_near_miss(
    town_world: World, cases: pl.DataFrame, events: pl.DataFrame
) -> None:
    ids = pl.Series("id_no", town_world.persons.id_no.tolist())
    told = events.with_columns(id_no=ids.gather(events["person"]))
    key = ["rule_id", "id_no", "evidence_month"]
    alerted = set(told.select("rule", "id_no", "month").iter_rows())
    known = cases.filter(pl.col("knowable_on") < town_world.as_of)
    true = set(known.filter(~pl.col("is_near_miss")).select(key).iter_rows())
    false = set(cases.filter(pl.col("is_near_miss")).select(key).iter_rows()) - set(
        cases.filter(~pl.col("is_near_miss")).select(key).iter_rows()
    )
    assert len(alerted) > 30
    assert alerted <= true
    assert not alerted & false
    handed_out = {rule for rule, _, _ in alerted}
    assert handed_out == set(true_rule for true_rule, _, _ in true)


def test_events_of_an_alert_come_in_their_order(events: pl.DataFrame) -> None:
    rank = {name: place for place, name in enumerate(ORDER)}
    for _, alert in events.sort("at").partition_by("alert", as_dict=True).items():
        places = [rank[name] for name in alert["event"].to_list()]
        assert places == sorted(places)
        assert places[0] == 0
        assert alert["event"].is_unique().all()


def test_findings_are_mostly_true_and_the_untrue_have_a_reason(events: pl.DataFrame, town_world: World) -> None:
    verified = events.filter(pl.col("event") == "VERIFY")
    assert (verified["result"] == "1").mean() > 0.75
    assert ((verified["reason"] != "") == (verified["result"] == "2")).all()
    confirmed = verified.filter(pl.col("result") == "1")
    assert (confirmed.filter(pl.col("rule").str.starts_with("B"))["benefit"] == "").all()
    assert events["at"].max() < (town_world.today + 1) * MINUTES_A_DAY


def test_recent_alerts_are_unfinished_and_some_are_overdue(events: pl.DataFrame, town_world: World) -> None:
    """A red alert is to be verified within three working days."""
    verified = set(events.filter(pl.col("event") == "VERIFY")["alert"])
    handed_out = events.filter(pl.col("event") == "DISPATCH")
    waiting = handed_out.filter(~pl.col("alert").is_in(list(verified)))
    assert len(waiting) > 0
    three_weeks = (town_world.today - 21) * MINUTES_A_DAY
    assert (waiting["at"] < three_weeks).any()
    assert all(to_date(int(at) // MINUTES_A_DAY).isoweekday() <= 5 for at in handed_out["at"].to_list())


def test_files_hold_every_event_once(events: pl.DataFrame, town_world: World) -> None:
    sent = civil_affairs_alerts.deliveries(town_world.weeks[-town_world.scale.daily_weeks :])
    tables = [civil_affairs_alerts.rows_of(town_world, delivery) for delivery in sent]
    assert sum(len(table) for table in tables) == len(events)
    months = pl.concat(tables)["evidence_month"].unique().to_list()
    assert all(text == "" or day(to_date(0).fromisoformat(f"{text}-01")) for text in months)
