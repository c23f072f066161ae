"""Rows of the register that stand for one person: orphans, de-facto orphans, single-person allowances."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.scales import Scale
from ingest.simulate.timeline import DAYS_A_YEAR, NEVER, to_date
from ingest.simulate.world.population import Persons
from ingest.simulate.world.register import Register

SCHEMA = {
    "person": pl.Int32,
    "household": pl.Int32,
    "category": pl.String,
    "start": pl.Int32,
    "stop": pl.Int32,
    "reason": pl.String,
}
ADULT_YEARS = 18


def build_single_rows(
    persons: Persons, register: Register, scale: Scale, last: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Rows (SCHEMA) of orphans, de-facto orphans (half of them in a DB household) and single-person allowances."""
    age = (last - persons.birth) / DAYS_A_YEAR
    child = persons.present(last) & (age > 2) & (age < 16)
    households = int(persons.household.max()) + 1
    assisted = np.zeros(households, dtype=bool)
    assisted[register.household] = True
    in_db = np.zeros(len(persons), dtype=bool)
    settled = register.on(last) & (register.stop >= NEVER) & (register.start < last - 400) & register.covered
    in_db[register.person[settled & (register.category == "DB")]] = True
    free = np.flatnonzero(child & ~assisted[persons.household])
    free = rng.permutation(free)
    half = scale.df_persons // 2
    with_db = np.flatnonzero(child & in_db)
    with_db = with_db[np.unique(persons.household[with_db], return_index=True)[1]]
    with_db = rng.choice(with_db, min(half, len(with_db)), replace=False)
    orphans = free[: scale.or_persons]
    unsupported = np.concatenate([with_db, free[scale.or_persons : scale.or_persons + scale.df_persons - len(with_db)]])
    frames = []
    for category, people in (("OR", orphans), ("DF", unsupported)):
        start = last - rng.integers(120, 1_700, len(people))
        start = np.maximum(start, persons.birth[people] + 60)
        adult = np.array([_birthday(int(b), ADULT_YEARS) for b in persons.birth[people]], dtype=np.int32)
        frames.append(rows_of(people, persons, category, start, np.where(adult <= last + 400, adult, NEVER)))
    members = np.flatnonzero(
        register.on(last)
        & (register.category == "DBB")
        & (register.rank >= 1)
        & (age[register.person] > ADULT_YEARS + 1)
    )
    members = members[np.unique(register.household[members], return_index=True)[1]]
    members = rng.choice(members, min(len(members), scale.db1_persons), replace=False)
    start = np.minimum(register.start[members] + 30 + rng.integers(0, 400, len(members)), last - 40)
    start = np.maximum(start, register.start[members] + 1)
    frames.append(rows_of(register.person[members], persons, "DB1", start, register.stop[members]))
    return pl.concat(frames)


def rows_of(
    people: np.ndarray, persons: Persons, category: str, start: np.ndarray, stop: np.ndarray, reason: str = "EXPIRED"
) -> pl.DataFrame:
    """Rows (SCHEMA) of people under the number of their own household."""
    return pl.DataFrame(
        {
            "person": np.asarray(people, dtype=np.int32),
            "household": persons.household[people],
            "category": [category] * len(people),
            "start": np.asarray(start, dtype=np.int32),
            "stop": np.asarray(stop, dtype=np.int32),
            "reason": [reason if s < NEVER else "" for s in stop],
        },
        schema=SCHEMA,
    )


def _birthday(birth: int, years: int) -> int:
    born = to_date(birth)
    day = min(born.day, 28) if born.month == 2 else born.day
    return birth + (born.replace(year=born.year + years, day=day) - born).days
