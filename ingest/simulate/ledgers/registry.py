"""Every later ledger by name, in the order of building: each is drawn from its own generator, so none changes another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ingest.simulate.ledgers import (
    asset_checks,
    beneficiaries,
    case_events,
    custody,
    disasters,
    employers,
    enterprises,
    hardship_workers,
    housing,
    housing_fund,
    income_bands,
    indicator_returns,
    marriages,
    mental_registry,
    property,
    request_list,
    social_insurance,
    students,
    vehicles,
    work,
    work_orders,
)

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

# A ledger stands under its feed's id; what many feeds share, under a name of its own.
BUILDERS: dict[str, Callable[[World], Any]] = {
    request_list.NAME: request_list.build,
    employers.NAME: employers.build,
    work.NAME: work.build,
    vehicles.FEED: vehicles.build,
    social_insurance.FEED: social_insurance.build,
    property.FEED: property.build,
    enterprises.FEED: enterprises.build,
    income_bands.FEED: income_bands.build,
    housing_fund.FEED: housing_fund.build,
    asset_checks.FEED: asset_checks.build,
    mental_registry.FEED: mental_registry.build,
    custody.FEED: custody.build,
    marriages.FEED: marriages.build,
    case_events.FEED: case_events.build,
    students.FEED: students.build,
    disasters.FEED: disasters.build,
    hardship_workers.FEED: hardship_workers.build,
    beneficiaries.FEED: beneficiaries.build,
    housing.FEED: housing.build,
    work_orders.FEED: work_orders.build,
    indicator_returns.FEED: indicator_returns.build,
}


def build_ledgers(world: World) -> None:
    """Fill `world.ledgers`; a builder may read the base world and the ledgers before it."""
    for name, build in BUILDERS.items():
        world.ledgers[name] = build(world)
