"""Marriages, divorces, re-issued and revoked certificates, week by week; some of persons in a layer, after their last review."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ingest.simulate.ledgers.draws import Places, some
from ingest.simulate.ledgers.layers import age_of, layer_of
from ingest.simulate.timeline import NEVER
from ingest.simulate.world.register import state_on

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "civil_affairs__marriages"
GENERATOR = 112
A_WEEK_A_PERSON = {"1": 36 / 404_000, "2": 15 / 404_000, "3": 8 / 404_000, "4": 0.5 / 404_000}
LEAST = {"1": 20, "2": 8, "3": 4, "4": 1}  # over all weeks
MARRIAGE, DIVORCE, REISSUE, REVOCATION = "1", "2", "3", "4"
IN_LAYER_SHARE, IN_LAYER_LEAST = 0.02, 4  # of the weddings: a man in DB or TK, within the last weeks, after his review
LATELY_DAYS, LEAST_DAYS_AGO = 45, 3
FROM_ABROAD_SHARE, CROSS_PROVINCE_SHARE, COUNSELLED_SHARE = 0.01, 0.06, 0.7
WEDDING_FROM, WEDDING_TO = 22, 62


def build(world: World) -> pl.DataFrame:
    """Registrations.

    Grain: registration. Columns: man, woman (persons; -1 for a party from abroad), code, registered (day), serial,
    is_cross_province, is_counselled, in_layer (the man in DB or TK, married after his household's last review).
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    persons, ages, layers = world.persons, age_of(world), layer_of(world)
    weeks = world.weeks[-world.scale.joined_weeks :]
    first, days = weeks[0] - 6, 7 * len(weeks)
    here = persons.present(world.today) & ~world.set_aside[persons.household]
    single = here & np.isin(persons.marital, ("10", "30", "40")) & (ages > WEDDING_FROM) & (ages < WEDDING_TO)
    reviewed = _last_reviews(world)
    assisted = np.isin(layers, ("DB", "TK")) & (reviewed < world.today - LATELY_DAYS // 2)
    counts = {code: max(LEAST[code], round(rate * len(persons) * len(weeks))) for code, rate in A_WEEK_A_PERSON.items()}
    men = rng.permutation(np.flatnonzero(single & (persons.sex == 1)))
    women = rng.permutation(np.flatnonzero(single & (persons.sex == 2)))
    men, special = _assisted_first(men, assisted, counts[MARRIAGE])
    men, women = _near_in_age(men[: counts[MARRIAGE]], women, ages)
    special = special[: len(men)]
    husbands, wives = _couples(world, here & (ages < 75))
    order = rng.permutation(len(husbands))
    husbands, wives = husbands[order], wives[order]
    frames, used = [], 0
    for code in (MARRIAGE, DIVORCE, REISSUE, REVOCATION):
        if code == MARRIAGE:
            man, woman = men, women
        else:
            man, woman = husbands[used : used + counts[code]], wives[used : used + counts[code]]
            used += counts[code]
        frames.append(pl.DataFrame({"man": man, "woman": woman}).with_columns(code=pl.lit(code)))
    table = pl.concat(frames)
    count = len(table)
    lately = np.zeros(count, dtype=bool)
    lately[: len(special)] = special
    registered = first + rng.integers(0, days, count)
    # Offices are closed at weekends; 1970-01-01 was a Thursday.
    after_review = np.maximum(
        world.today - rng.integers(LEAST_DAYS_AGO, LATELY_DAYS, count),
        reviewed[table["man"].to_numpy()] + LEAST_DAYS_AGO,
    )
    registered = np.where(lately, after_review, registered)
    registered -= np.maximum(0, (registered + 3) % 7 - 4)
    abroad = np.zeros(count, dtype=bool)
    abroad[some(rng, np.flatnonzero(~lately), FROM_ABROAD_SHARE, 1)] = True
    is_man = rng.random(count) < 0.5
    return (
        table.with_columns(
            man=pl.Series(np.where(abroad & is_man, -1, table["man"].to_numpy())).cast(pl.Int32),
            woman=pl.Series(np.where(abroad & ~is_man, -1, table["woman"].to_numpy())).cast(pl.Int32),
            registered=pl.Series(registered.astype(np.int32)),
            is_cross_province=pl.Series(rng.random(count) < CROSS_PROVINCE_SHARE),
            is_counselled=pl.Series(rng.random(count) < COUNSELLED_SHARE),
            in_layer=pl.Series(lately),
        )
        .sort("registered", "code", "man", "woman")
        .with_columns(serial=pl.int_range(1, pl.len() + 1))
    )


def _last_reviews(world: World) -> np.ndarray:
    """The newest review of each person in the register today, NEVER for everybody else."""
    state = state_on(world.register, world.households, world.today)
    found = np.full(len(world.persons), NEVER)
    active = ~state.stopped
    found[world.register.person[state.row[active]]] = state.last_review[active]
    return found


def _assisted_first(men: Places, assisted: np.ndarray, weddings: int) -> tuple[Places, np.ndarray]:
    """The men with a few in DB or TK in front, and which are those."""
    wanted = max(IN_LAYER_LEAST, round(IN_LAYER_SHARE * weddings))
    chosen = men[assisted[men]][:wanted]
    return np.concatenate([chosen, men[~np.isin(men, chosen)]]), np.arange(len(men)) < len(chosen)


def _near_in_age(men: Places, women: Places, ages: np.ndarray) -> tuple[Places, Places]:
    """As many couples as there are on both sides; each of an order in age."""
    count = min(len(men), len(women))
    men, women = men[:count], women[:count]
    order = np.argsort(np.argsort(ages[men], kind="stable"), kind="stable")
    return men, women[np.argsort(ages[women], kind="stable")][order]


def _couples(world: World, here: np.ndarray) -> tuple[Places, Places]:
    """Husbands and wives who head a household together."""
    persons = world.persons
    spouse = np.full(len(world.households.income), -1, dtype=np.int64)
    second = np.flatnonzero(here & (persons.slot == 1) & (persons.marital == "20"))
    spouse[persons.household[second]] = second
    head = np.flatnonzero(here & (persons.slot == 0) & (persons.marital == "20"))
    head = head[spouse[persons.household[head]] >= 0]
    other = spouse[persons.household[head]]
    fitting = persons.sex[head] != persons.sex[other]
    head, other = head[fitting], other[fitting]
    man = np.where(persons.sex[head] == 1, head, other)
    return man, np.where(persons.sex[head] == 1, other, head)
