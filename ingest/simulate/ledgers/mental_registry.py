"""Persons under community management for a severe mental disorder, most of them with a certificate of that type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.draws import some
from ingest.simulate.ledgers.layers import age_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "health__mental_registry"
GENERATOR = 110
MENTAL_TYPE = "6"
CERTIFIED_SHARE, OTHERS_SHARE = 0.85, 0.0011
LOST_SHARE, REHAB_SHARE = 0.03, 0.55


def build(world: World) -> pl.DataFrame:
    """The registry.

    Grain: person. Columns: person, since, lost_from, left, dead_from (days as the commission notes them, NEVER), in_rehab,
    services (regular services in a usual quarter).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, cards = world.persons, world.certificates
    start = world.weeks[-world.scale.joined_weeks :][0]
    certified = np.unique(cards.person[cards.type_code == MENTAL_TYPE])
    certified = certified[persons.death[certified] > start]
    grown = np.flatnonzero((age_of(world) > 18) & persons.present(start))
    person = np.union1d(some(rng, certified, CERTIFIED_SHARE, 4), some(rng, grown, OTHERS_SHARE))
    count = len(person)
    since = np.maximum(world.today - rng.integers(20, 4_500, count), persons.birth[person] + 2_000)
    lost = np.full(count, NEVER)
    chosen = some(rng, np.arange(count), LOST_SHARE, 1)
    lost[chosen] = np.maximum(since[chosen] + 90, world.today - rng.integers(0, 700, len(chosen)))
    death = np.minimum(
        persons.death_reported[person], np.where(persons.death[person] < NEVER, persons.police_noted[person], NEVER)
    )
    return pl.DataFrame(
        {
            "person": person.astype(np.int32),
            "since": since.astype(np.int32),
            "lost_from": lost.astype(np.int32),
            "left": persons.moved_out[person].astype(np.int32),
            "dead_from": death.astype(np.int32),
            "in_rehab": rng.random(count) < REHAB_SHARE,
            "services": rng.choice(5, count, p=(0.08, 0.14, 0.2, 0.4, 0.18)).astype(np.int32),
        }
    )
