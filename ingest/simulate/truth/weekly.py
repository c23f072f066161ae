"""Persons in each layer at the end of every week, by town: the world's own count."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.timeline import to_date
from ingest.simulate.truth.knowledge import Known

LAYERS = ("TK", "DB", "FP", "DBB", "GX", "QT")


def layers_on(known: Known, on: int) -> np.ndarray:
    """Which layers each person is in on a day: a table of persons by LAYERS; nobody dead, moved out or not yet entered.

    QT holds orphans and de-facto orphans only where they are in no other layer.
    """
    world = known.world
    register, watched = world.register, world.monitored
    member = np.zeros((len(world.persons), len(LAYERS)), dtype=bool)
    active = register.on(on)
    for place, categories in ((0, ("TK",)), (1, ("DB", "DB1")), (3, ("DBB",)), (4, ("GX",)), (5, ("QT",))):
        member[register.person[active & np.isin(register.category, categories)], place] = True
    member[watched.person[(watched.identified <= on) & (on < watched.eliminated)], 2] = True
    children = register.person[active & np.isin(register.category, ("OR", "DF"))]
    member[children[~member[children, :5].any(axis=1)], 5] = True
    member[~known.registered(on)] = False
    return member


def weekly_counts(known: Known) -> pl.DataFrame:
    """Grain: week, town, layer ('ALL': distinct persons in any). Columns: persons_count with overlaps,
    primary_persons_count (each person in the first layer only), registered_persons_count of the town.
    """
    world = known.world
    codes = sorted({v.parent_code for v in world.persons.villages})
    town = np.array([codes.index(v.parent_code) for v in world.persons.villages])[world.persons.village]
    rows = []
    for week in world.weeks:
        member = layers_on(known, week)
        registered = np.bincount(town[known.registered(week)], minlength=len(codes))
        primary = np.where(member.any(axis=1), member.argmax(axis=1), -1)
        for place, layer in enumerate(LAYERS):
            counts = np.bincount(town[member[:, place]], minlength=len(codes))
            firsts = np.bincount(town[primary == place], minlength=len(codes))
            rows += [
                (to_date(week), code, layer, int(counts[n]), int(firsts[n]), int(registered[n]))
                for n, code in enumerate(codes)
            ]
        any_layer = np.bincount(town[primary >= 0], minlength=len(codes))
        rows += [
            (to_date(week), code, "ALL", int(any_layer[n]), int(any_layer[n]), int(registered[n]))
            for n, code in enumerate(codes)
        ]
    return pl.DataFrame(
        rows,
        schema={
            "week_end_date": pl.Date,
            "town_code": pl.String,
            "layer_code": pl.String,
            "persons_count": pl.Int64,
            "primary_persons_count": pl.Int64,
            "registered_persons_count": pl.Int64,
        },
        orient="row",
    )
