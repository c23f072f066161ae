"""In which layer each person stands on the as-of date, the most severe one, and each household's most severe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.simulate.timeline import DAYS_A_YEAR

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

MILDEST_FIRST = ("QT", "OR", "DF", "GX", "DBB", "FP", "DB1", "DB", "TK")
Codes = npt.NDArray[np.str_]


def layer_of(world: World) -> Codes:
    """A person's layer today, empty for most."""
    found = np.full(len(world.persons), "", dtype="<U3")
    register, watched = world.register, world.monitored
    now = register.on(world.today)
    for code in MILDEST_FIRST:
        if code == "FP":
            found[watched.person[watched.eliminated > world.today]] = code
        else:
            found[register.person[now & (register.category == code)]] = code
    return found


def household_layer_of(world: World, layers: Codes) -> Codes:
    """The most severe layer of anyone in a person's household, by person."""
    by_household = np.full(len(world.households.income), "", dtype="<U3")
    for code in MILDEST_FIRST:
        by_household[world.persons.household[layers == code]] = code
    return by_household[world.persons.household]


def age_of(world: World) -> npt.NDArray[np.float64]:
    """Age of every person on the as-of date, in years."""
    return (world.today - world.persons.birth) / DAYS_A_YEAR
