"""A bureau's file without a defect is read under its contract: every row accepted, none quarantined, none flagged."""

from __future__ import annotations

import copy
from datetime import datetime

import polars as pl
import pytest

from ingest.simulate.bureaus import (
    civil_affairs_alerts,
    civil_affairs_cases,
    civil_affairs_returns,
    education,
    emergency,
    hotline,
    housing,
    trade_union,
    veterans,
)
from ingest.simulate.bureaus.calendar import last_moment
from ingest.simulate.bureaus.files import Layout, write_delivery
from ingest.simulate.bureaus.registry import DAILY
from ingest.simulate.ledgers import alert_handling, work_orders
from ingest.simulate.truth import build_known, cases_table
from ingest.simulate.world.build import World
from tests.ingest.deliveries_made import ingest, lake, new_home, refusals
from warehouse import areas
from warehouse.manifests import read_manifests
from warehouse.paths import Home

MODULES = (
    civil_affairs_alerts,
    civil_affairs_cases,
    civil_affairs_returns,
    education,
    emergency,
    hotline,
    housing,
    trade_union,
    veterans,
)


@pytest.fixture(scope="module")
def read(hamlet_world: World, tmp_path_factory) -> tuple[Home, dict[str, int]]:
    """An installation that read the newest filled file of each feed, and the rows written of each."""
    world = copy.copy(hamlet_world)
    cases = cases_table(world, build_known(world, last_moment(world.weeks)))
    world.ledgers = {**world.ledgers, alert_handling.FEED: alert_handling.build(world, cases)}
    place = new_home(tmp_path_factory.mktemp("clean"))
    written = {}
    for module in MODULES:
        weeks = world.scale.daily_weeks if module in DAILY else world.scale.joined_weeks
        sent = [d for d in module.deliveries(world.weeks[-weeks:]) if d.sent_at < last_moment(world.weeks)]
        delivery = sent[0] if module in DAILY else sent[-1]
        table = module.rows_of(world, delivery).drop("_person", "_household")
        layout = Layout(group_headers=module is education)
        written[module.FEED] = write_delivery(delivery, table, layout, place.inbox)
    with pytest.MonkeyPatch.context() as patch:
        ingest(place, patch)
    return place, written


@pytest.mark.parametrize("feed_id", [module.FEED for module in MODULES])
def test_every_row_is_accepted_and_none_is_flagged(read: tuple[Home, dict[str, int]], feed_id: str) -> None:
    place, written = read
    batch = next((m for m in read_manifests(place) if m.feed_id == feed_id), None)
    assert batch is not None, refusals(place)
    assert written[feed_id] > 0
    assert (batch.rows_read, batch.rows_accepted, batch.rows_quarantined) == (written[feed_id], written[feed_id], 0)
    assert not batch.warnings
    translated = {"area_other_scheme"} if feed_id == hotline.FEED else set()
    assert set(lake(place, feed_id)["_flags"]) - translated <= {""}


def test_times_and_amounts_arrive_as_they_were_meant(read: tuple[Home, dict[str, int]], hamlet_world: World) -> None:
    place, _ = read
    steps = lake(place, civil_affairs_cases.FEED)
    assert (steps["ended_at"] >= steps["started_at"]).all()
    assert steps["ended_at"].dtype == pl.Datetime("us")
    assert steps["ended_at"].max() < datetime(2025, 11, 24)
    losses = lake(place, emergency.FEED)["loss_yuan"]
    assert losses.min() >= 100  # written as 0.01 万元 and more
    assert losses.max() > 1_000


def test_orders_lie_in_the_towns_that_called(read: tuple[Home, dict[str, int]], hamlet_world: World) -> None:
    place, _ = read
    towns = dict(hamlet_world.ledgers[work_orders.FEED].select("order", "town").iter_rows())
    known = {town.area_code for town in areas.towns()}
    for order, code in lake(place, hotline.FEED).select("order_id", "area_code").iter_rows():
        assert code == towns[order]
        assert code in known
