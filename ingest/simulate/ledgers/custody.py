"""Who serves a sentence, is in compulsory treatment or under correction: parents of minors and assisted persons among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.draws import Places, some
from ingest.simulate.ledgers.layers import age_of, layer_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "justice__custody"
GENERATOR = 111
SHARE_OF_MEN, SHARE_OF_WOMEN, LEAST = 0.0006, 0.0001, 4
PARENTS_SHARE, PARENTS_LEAST = 0.0006, 2  # of households with a minor child: one parent
BOTH_LEAST = 1  # households with a minor child: both parents
ASSISTED_SHARE, ASSISTED_LEAST = 0.0012, 3
SENTENCE, TREATMENT, CORRECTION, RELEASED = "1", "2", "3", "9"
STATUS_SHARES = (0.5, 0.15, 0.35)
RELEASED_SHARE = 0.25


def build(world: World) -> pl.DataFrame:
    """Spells of custody.

    Grain: person and start. Columns: person, status_code (while it lasts), start, end (last day, known from the start but
    for some; NEVER), parent_of_minor, in_layer.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, ages, layers = world.persons, age_of(world), layer_of(world)
    free = persons.present(world.today) & (ages > 19) & (ages < 65) & ~world.set_aside[persons.household]
    minors = np.zeros(len(world.households.income), dtype=bool)
    minors[persons.household[persons.present(world.today) & (ages < 17) & np.isin(persons.slot, (2, 3, 4))]] = True
    parents = free & np.isin(persons.slot, (0, 1)) & minors[persons.household]
    men, women = np.flatnonzero(free & (persons.sex == 1)), np.flatnonzero(free & (persons.sex == 2))
    picked = [
        some(rng, men, SHARE_OF_MEN, LEAST),
        some(rng, women, SHARE_OF_WOMEN, 1),
        some(rng, np.flatnonzero(parents), PARENTS_SHARE, PARENTS_LEAST),
        _couples(world, parents, rng),
        some(rng, np.flatnonzero(free & np.isin(layers, ("DB", "DB1", "TK"))), ASSISTED_SHARE, ASSISTED_LEAST),
    ]
    person = np.unique(np.concatenate(picked)).astype(np.int32)
    count = len(person)
    status = np.array([SENTENCE, TREATMENT, CORRECTION])[rng.choice(3, count, p=STATUS_SHARES)]
    certain = np.isin(person, np.concatenate(picked[2:]))
    status = np.where(certain & (status == CORRECTION), SENTENCE, status)
    start = world.today - rng.integers(30, 900, count)
    length = np.where(status == TREATMENT, rng.integers(365, 731, count), rng.integers(180, 3_000, count))
    released = ~certain & (rng.random(count) < RELEASED_SHARE)
    end = np.where(released, np.maximum(start + 90, world.today - rng.integers(0, 300, count)), start + length)
    end = np.where(certain, np.maximum(end, world.today + 60), end)
    end = np.where(~released & (rng.random(count) < 0.1), NEVER, end)
    return pl.DataFrame(
        {
            "person": person,
            "status_code": status,
            "start": start.astype(np.int32),
            "end": end.astype(np.int32),
            "parent_of_minor": parents[person],
            "in_layer": layers[person] != "",
        }
    )


def _couples(world: World, parents: np.ndarray, rng: np.random.Generator) -> Places:
    """Both parents of a few households."""
    people = np.flatnonzero(parents)
    households, counts = np.unique(world.persons.household[people], return_counts=True)
    chosen = some(rng, households[counts == 2], 0.0001, BOTH_LEAST)
    return people[np.isin(world.persons.household[people], chosen)]
