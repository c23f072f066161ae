"""The check centre's reports on households, one JSON document a week; evidence only under a living authorisation."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs import household_numbers
from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.bureaus.documents import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, numbered, where_known, yes_no
from ingest.simulate.timeline import at
from ingest.simulate.world.build import World

FEED = "check_centre__asset_reports"


def deliveries(weeks: list[int]) -> list[Delivery]:
    """A week's reports every Monday."""
    return [
        Delivery(FEED, day_period(end), 1, "append", end, at(end + 1, 6, 10), "json", "utf-8", document_root="数据")
        for end in weeks
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` (-1: a household's) and `_household`."""
    held = world.ledgers[FEED].filter(pl.col("week") == delivery.period_end)
    household = held["household"].to_numpy()
    authorisation = held["authorisation"].to_numpy()
    return pl.DataFrame(
        {
            "check_id": numbered(f"HD{delivery.period}", held["serial"].to_numpy(), 4),
            "authorisation_id": where_known(numbered("SQ", authorisation, 8), authorisation > 0),
            "authorised_until_date": where_known(
                dates(held["authorised_until"].to_numpy()), held["has_until"].to_numpy()
            ),
            "household_id_civil_affairs": household_numbers(household),
            "institutions_count": NUMBER_MARK + held["institutions"].cast(pl.String),
            "replies_count": NUMBER_MARK + held["replies"].cast(pl.String),
            "assets_band_code": labels(FEED, "assets_band_code", held["band_code"].to_numpy().astype("<U1")),
            "is_over_limit": yes_no(held["is_over"].to_numpy()),
            "as_of_date": dates(held["balances_of"].to_numpy()),
            "reported_date": dates(held["reported"].to_numpy()),
            "_person": pl.Series(np.full(len(held), -1, dtype=np.int32)),
            "_household": pl.Series(household),
        }
    )
