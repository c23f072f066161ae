"""Every bureau's module by feed. A module offers FEED, `deliveries(weeks)` and `rows_of(world, delivery)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import polars as pl

from ingest.simulate.bureaus import (
    agriculture,
    check_centre,
    civil_affairs,
    civil_affairs_alerts,
    civil_affairs_cases,
    civil_affairs_returns,
    disabled_federation,
    education,
    emergency,
    finance,
    funeral,
    health,
    hotline,
    housing,
    housing_fund,
    human_resources,
    justice,
    market_supervision,
    marriage_registry,
    medical_insurance,
    mental_registry,
    natural_resources,
    police,
    taxation,
    trade_union,
    traffic_police,
    veterans,
)
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.world.build import World


class Bureau(Protocol):
    """What a feed's module offers."""

    FEED: str

    def deliveries(self, weeks: list[int]) -> list[Delivery]:
        """The files sent for the weeks that end on these Sundays (day numbers), in any order."""

    def rows_of(self, world: World, delivery: Delivery) -> pl.DataFrame:
        """One file's rows: the contract's columns as texts, and `_person` and `_household` of each row (-1: none)."""


FIRST: tuple[Bureau, ...] = (
    agriculture,
    civil_affairs,
    disabled_federation,
    finance,
    funeral,
    health,
    medical_insurance,
    police,
)
# Joined the exchange later: they send for the last weeks only.
LATER: tuple[Bureau, ...] = (
    civil_affairs_returns,
    check_centre,
    education,
    emergency,
    housing,
    housing_fund,
    human_resources,
    justice,
    market_supervision,
    marriage_registry,
    mental_registry,
    natural_resources,
    taxation,
    trade_union,
    traffic_police,
    veterans,
)
# Send every day, for fewer weeks still.
DAILY: tuple[Bureau, ...] = (
    civil_affairs_alerts,
    civil_affairs_cases,
    hotline,
)

ROWS: dict[str, Callable[[World, Delivery], pl.DataFrame]] = {
    bureau.FEED: bureau.rows_of for bureau in (*FIRST, *LATER, *DAILY)
}
