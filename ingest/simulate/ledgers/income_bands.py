"""The band of each adult's taxed income of a year, from the wages of the jobs held in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import work

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "taxation__income_bands"
GENERATOR = 107
BAND_EDGES = (1, 2_000_000, 6_000_000, 12_000_000)  # fen a year; the bands of the tax bureau's answer
CASUAL_TAXED_SHARE = 0.3
MONTHS_A_YEAR, DAYS_A_MONTH = 12, 30.4


def build(world: World) -> pl.DataFrame:
    """Taxed incomes.

    Grain: adult on the request list and year. Columns: person, year, income (fen), band_code (0 none to 4).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    lives: pl.DataFrame = world.ledgers[work.NAME]
    steady = (lives["kind"] == "steady").to_numpy()
    casual = (lives["kind"] == "casual").to_numpy() & (rng.random(len(lives)) < CASUAL_TAXED_SHARE)
    wage = lives["wage"].to_numpy()
    frames = []
    for year in range(world.as_of.year - 2, world.as_of.year + 1):
        first = (np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int)
        until = np.minimum(lives["until"].to_numpy(), first + 365)
        months = np.clip((until - np.maximum(lives["since"].to_numpy(), first)) / DAYS_A_MONTH, 0, MONTHS_A_YEAR)
        income = np.where(steady, wage * months, np.where(casual, wage * rng.integers(1, 7, len(lives)), 0)).astype(int)
        band = np.searchsorted(np.array(BAND_EDGES), income, side="right")
        frames.append(
            pl.DataFrame({"person": lives["person"], "income": income, "band_code": band.astype("<U1")}).with_columns(
                year=pl.lit(year)
            )
        )
    return pl.concat(frames)
