"""What each person on the request list lives on: a steady or casual job, a pension, or neither. Insurance and funds follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers import employers, request_list
from ingest.simulate.ledgers.draws import some
from ingest.simulate.ledgers.layers import age_of, household_layer_of, layer_of
from ingest.simulate.timeline import NEVER

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

NAME = "work"
GENERATOR = 102
ADULT_FROM, PENSION_FROM_MEN, PENSION_FROM_WOMEN, LAST_WORKING = 18, 60, 55, 60
# share of persons of working age with a steady job, by their own layer ("" outside every layer)
STEADY_SHARE = {"TK": 0.0, "DB": 0.05, "DB1": 0.02, "DBB": 0.16, "GX": 0.2, "FP": 0.22, "QT": 0.2, "": 0.38}
CASUAL_SHARE = {"TK": 0.0, "DB": 0.08, "DB1": 0.03, "DBB": 0.15, "GX": 0.2, "FP": 0.2, "QT": 0.2, "": 0.2}
WORKER_PENSION_SHARE = {True: (0.42, 0.07), False: (0.09, 0.015)}  # urban or not: worker's, civil servant's
WORKER_PENSION_SHARE_LAYER = (0.02, 0.0)
ENDED_SHARE = 0.10  # of steady jobs: ended within the last two years
MEDIAN_WAGE, MEDIAN_WAGE_LAYER = 4_600, 2_900  # yuan a month
LEAST_WAGE = 1_900
ABOVE_LINE_SHARE, ABOVE_LINE_LEAST = 0.006, 4  # in DB with a wage far above what they declared
LOST_JOB_SHARE, LOST_JOB_LEAST = 0.02, 3  # in a layer without cash: the job ended months ago
PENSIONED_SHARE, PENSIONED_LEAST = 0.01, 3  # of the old in DB: a worker's pension


def build(world: World) -> pl.DataFrame:
    """Livelihoods.

    Grain: person on the request list, 18 and older. Columns: person, kind (steady, casual, none, resident_pension,
    worker_pension, civil_pension), since, until (days; until of a steady job, else NEVER), wage (fen a month, 0 without),
    employer (place among the employers, -1), layer (own), household_layer.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons = world.persons
    asked: request_list.RequestList = world.ledgers[request_list.NAME]
    layers = layer_of(world)
    ages, beside = age_of(world), household_layer_of(world, layers)
    person = asked.person[(ages[asked.person] >= ADULT_FROM) & (persons.death[asked.person] > world.weeks[0] - 60)]
    age, layer, count = ages[person], layers[person], len(person)
    drawn = rng.random(count)
    kind = np.full(count, "none", dtype="<U16")
    working = (age < LAST_WORKING) & ((age < PENSION_FROM_WOMEN) | (persons.sex[person] == 1))
    steady = np.select([layer == c for c in STEADY_SHARE], list(STEADY_SHARE.values()), 0.1)
    casual = np.select([layer == c for c in CASUAL_SHARE], list(CASUAL_SHARE.values()), 0.1)
    kind[working & (drawn < steady)] = "steady"
    kind[working & (drawn >= steady) & (drawn < steady + casual)] = "casual"
    _pensions(world, person, age, layer, drawn, kind)
    since = np.minimum(world.today - rng.integers(200, 4_000, count), world.today - 30)
    wage = np.round(rng.lognormal(0, 0.28, count) * np.where(layer == "", MEDIAN_WAGE, MEDIAN_WAGE_LAYER)).astype(int)
    wage = np.maximum(wage, LEAST_WAGE) * 100
    in_db = np.isin(layer, ("DB", "DB1"))
    above = some(rng, np.flatnonzero(working & in_db), ABOVE_LINE_SHARE, ABOVE_LINE_LEAST)
    kind[above], wage[above] = "steady", rng.integers(48, 95, len(above)) * 10_000
    uncashed = np.flatnonzero(working & np.isin(layer, ("DBB", "GX", "FP")))
    lost = some(rng, uncashed, LOST_JOB_SHARE, LOST_JOB_LEAST)
    kind[lost] = "steady"
    pensioned = np.flatnonzero((age >= PENSION_FROM_MEN) & (layer == "DB"))
    kind[some(rng, pensioned, PENSIONED_SHARE, PENSIONED_LEAST)] = "worker_pension"
    until = np.full(count, NEVER)
    ended = some(rng, np.setdiff1d(np.flatnonzero(kind == "steady"), np.concatenate([above, lost])), ENDED_SHARE, 3)
    until[ended] = world.today - rng.integers(40, 700, len(ended))
    until[lost] = world.today - rng.integers(100, 500, len(lost))
    since = np.minimum(since, until - 180)
    known: employers.Employers = world.ledgers[employers.NAME]
    has_job = kind == "steady"
    employer = rng.integers(0, len(known), count)
    employer[above[::2]] = np.flatnonzero(known.public)[above[::2] % known.public.sum()]
    return pl.DataFrame(
        {
            "person": person,
            "kind": kind,
            "since": since.astype(np.int32),
            "until": until.astype(np.int32),
            "wage": np.where(has_job | (kind == "casual"), wage, 0),
            "employer": np.where(has_job, employer, -1).astype(np.int32),
            "layer": layer,
            "household_layer": beside[person],
        }
    )


def _pensions(
    world: World, person: np.ndarray, age: np.ndarray, layer: np.ndarray, drawn: np.ndarray, kind: np.ndarray
) -> None:
    """Fill in who draws which pension; from 60 nearly everyone without a worker's draws the residents'."""
    urban = world.persons.urban()[person]
    women = world.persons.sex[person] == 2
    worker = np.where(urban, WORKER_PENSION_SHARE[True][0], WORKER_PENSION_SHARE[False][0])
    civil = np.where(urban, WORKER_PENSION_SHARE[True][1], WORKER_PENSION_SHARE[False][1])
    in_layer = layer != ""
    worker = np.where(in_layer, WORKER_PENSION_SHARE_LAYER[0], worker)
    civil = np.where(in_layer, WORKER_PENSION_SHARE_LAYER[1], civil)
    old = age >= np.where(women, PENSION_FROM_WOMEN, PENSION_FROM_MEN)
    kind[old & (drawn < worker)] = "worker_pension"
    kind[old & (drawn >= worker) & (drawn < worker + civil)] = "civil_pension"
    kind[(age >= PENSION_FROM_MEN) & (kind == "none") & (drawn < 0.985)] = "resident_pension"
