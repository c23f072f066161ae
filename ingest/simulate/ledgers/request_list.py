"""Whom the bureaus answer for: the layers' persons, those who left lately, their households, and a sample of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.timeline import NEVER
from ingest.simulate.world.population import SINGLE_ELDER, Ints

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

NAME = "request_list"
GENERATOR = 101
SAMPLE_SHARE = 0.01  # of households without any tie, asked about to compare
ALONE_SHARE = 0.05  # of the old who live alone
ASKED_BEFORE_DAYS = 20  # a household is asked about when it applies, before it is decided on
WATCHED_DAYS = 730


@dataclass
class RequestList:
    """Persons asked about and the day from which they are; nobody is taken off."""

    person: Ints
    since: Ints

    def on(self, day_number: int) -> Ints:
        """The persons asked about on a day."""
        return self.person[self.since <= day_number]

    def rows(self, ledger: pl.DataFrame, day_number: int) -> pl.DataFrame:
        """A ledger's rows (column `person`) of persons asked about on a day."""
        return ledger.filter(pl.Series(np.isin(ledger["person"].to_numpy(), self.on(day_number)), dtype=pl.Boolean))


def build(world: World) -> RequestList:
    """The list: every member of a household that was in a layer, monitored or watched since the files begin."""
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, register, watched = world.persons, world.register, world.monitored
    households = len(world.households.income)
    since = np.full(households, NEVER, dtype=np.int32)
    lately = register.stop > world.weeks[-world.scale.joined_weeks :][0] - WATCHED_DAYS
    np.minimum.at(since, persons.household[register.person[lately]], register.start[lately] - ASKED_BEFORE_DAYS)
    lately = watched.eliminated > world.weeks[-world.scale.joined_weeks :][0]
    np.minimum.at(since, persons.household[watched.person[lately]], watched.identified[lately])
    alone = np.zeros(households, dtype=bool)
    alone[persons.household[persons.household_type == SINGLE_ELDER]] = True
    sample = rng.random(households) < np.where(alone, ALONE_SHARE, SAMPLE_SHARE)
    since[sample] = np.minimum(since[sample], world.weeks[0] - 100)
    person = np.flatnonzero((since[persons.household] <= world.today) & (persons.entered <= world.today))
    return RequestList(
        person.astype(np.int32),
        np.maximum(since[persons.household[person]], persons.entered[person]).astype(np.int32),
    )
