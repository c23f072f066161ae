"""The assistance register member by member: who is listed in which household and category, from when to when.

In: household spells, persons. Out: `Register` rows, and the state that an extract of any day would show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.policy import standard
from ingest.simulate.timeline import NEVER, last_day, months_of
from ingest.simulate.world.assistance import HouseholdSpells
from ingest.simulate.world.population import Flags, Ints, Persons

REVIEW_DAYS = {"A": 365, "B": 182, "C": 91}
LISTED_AFTER_STOP_DAYS = 75
UNCOVERED_SHARE = 0.03


@dataclass
class Households:
    """What civil affairs knows of each household: money in fen per month, days as numbers."""

    income: npt.NDArray[np.int64]
    income_later: npt.NDArray[np.int64]
    income_changes: Ints
    review_class: npt.NDArray[np.str_]
    listed_urban: Flags

    def income_on(self, household: Ints, on: int | Ints) -> npt.NDArray[np.int64]:
        """Countable income of households on a day (fen per month)."""
        later = self.income_changes[household] <= on
        return np.where(later, self.income_later[household], self.income[household])


@dataclass
class Register:
    """One row a member, household, category and start; [start, stop) is the recorded spell.

    group puts the rows of one household's benefit together: household, category, and the person for DB1, OR, DF.
    listed_household is the number the register lists the row under (the police household's, but for a planted second one).
    """

    person: Ints
    household: Ints
    category: npt.NDArray[np.str_]
    start: Ints
    stop: Ints
    reason: npt.NDArray[np.str_]
    rank: Ints
    covered: Flags
    own_income: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    covered_at_stop: Ints
    head_at_stop: Ints

    def __len__(self) -> int:
        return len(self.person)

    def on(self, day_number: int | Ints) -> Flags:
        """Rows whose spell contains a day."""
        return (self.start <= day_number) & (day_number < self.stop)


def build_households(persons: Persons, start: int, end: int, rng: np.random.Generator) -> Households:
    """Incomes and review classes of all households; most far below the line, as those who apply are."""
    count = int(persons.household.max()) + 1
    urban = np.zeros(count, dtype=bool)
    urban[persons.household] = persons.urban()
    size = np.bincount(persons.household, minlength=count)
    per_head = np.where(urban, 36_000, 24_000) * rng.beta(1.3, 2.2, count)
    income = (per_head * np.minimum(size, 3)).astype(np.int64) // 100 * 100
    changes = np.where(rng.random(count) < 0.3, rng.integers(start, end, count), NEVER)
    later = (income * rng.uniform(0.75, 1.12, count)).astype(np.int64) // 100 * 100
    return Households(
        income=income,
        income_later=later,
        income_changes=changes.astype(np.int32),
        review_class=np.array(["A", "B", "C"])[rng.choice(3, count, p=(0.45, 0.35, 0.2))],
        listed_urban=urban,
    )


def build_register(
    persons: Persons,
    spells: HouseholdSpells,
    sizes: dict[str, npt.NDArray[np.int8]],
    ranks: Ints,
    extra: pl.DataFrame,
    uncovered: Flags,
    ends: pl.DataFrame | None = None,
) -> Register:
    """Member rows of the household spells and of the single-person rows in `extra`.

    `extra` columns: person, household, category, start, stop, reason (DB1, OR, DF and planted rows); `ends`: earlier
    stops of single members (person, category, new_stop, new_reason).
    """
    taken = np.stack([sizes[c][spells.household] for c in ("DB", "TK", "DBB", "GX", "QT")])
    place = np.array([("DB", "TK", "DBB", "GX", "QT").index(c) for c in spells.category])
    frame = pl.DataFrame(
        {
            "spell": np.arange(len(spells.household)),
            "household": spells.household,
            "category": spells.category.astype(object).tolist(),
            "start": spells.start,
            "stop": spells.stop,
            "reason": spells.reason.astype(object).tolist(),
            "size": taken[place, np.arange(len(place))].astype(np.int32),
        }
    )
    members = pl.DataFrame(
        {
            "household": persons.household,
            "person": np.arange(len(persons), dtype=np.int32),
            "rank": ranks,
            "entered": persons.entered,
            "left": np.minimum(persons.death, persons.moved_out),
            "noted": np.minimum(persons.register_noted, NEVER),
            "by_death": persons.death < persons.moved_out,
        }
    )
    rows = (
        frame.join(members, on="household", how="inner")
        .filter((pl.col("left") > pl.col("start")) & (pl.col("entered") < pl.col("stop")))
        .sort("spell", "rank")
        .with_columns(place=pl.int_range(pl.len()).over("spell"))
        .filter(pl.col("place") < pl.col("size"))
        .with_columns(start=pl.max_horizontal("start", pl.col("entered") + 12))
    )
    single = extra.join(members.drop("household"), on="person", how="inner").with_columns(rank=pl.col("rank") + 100)
    wanted = ["person", "household", "category", "start", "stop", "reason", "rank", "noted", "by_death"]
    rows = pl.concat([rows.select(wanted), single.select(wanted)], how="vertical_relaxed")
    if ends is not None and len(ends):
        earlier = pl.col("new_stop") < pl.col("stop")
        rows = (
            rows.join(ends, on=["person", "category"], how="left")
            .with_columns(
                reason=pl.when(earlier).then("new_reason").otherwise("reason"),
                stop=pl.when(earlier).then("new_stop").otherwise("stop"),
            )
            .drop("new_stop", "new_reason")
        )
    own_end = pl.col("noted") < pl.col("stop")
    rows = rows.with_columns(
        reason=pl.when(own_end & pl.col("by_death"))
        .then(pl.lit("DEATH"))
        .when(own_end)
        .then(pl.lit("MOVED"))
        .otherwise("reason"),
        stop=pl.min_horizontal("stop", "noted"),
    ).filter(pl.col("start") < pl.col("stop"))
    rows = _without_db1_in_dbb(rows).sort("household", "category", "rank", "start")
    return _finish(rows, persons, uncovered)


def _without_db1_in_dbb(rows: pl.DataFrame) -> pl.DataFrame:
    """A member with the single-person allowance is listed as 单人保, not as 低保边缘 beside it."""
    singles = rows.filter(pl.col("category") == "DB1").select("person", from_db1="start", to_db1="stop")
    joined = rows.join(singles, on="person", how="left")
    return (
        joined.with_columns(
            stop=pl.when(
                (pl.col("category") == "DBB")
                & pl.col("from_db1").is_not_null()
                & (pl.col("start") < pl.col("from_db1"))
            )
            .then(pl.min_horizontal("stop", "from_db1"))
            .otherwise("stop"),
            reason=pl.when(
                (pl.col("category") == "DBB")
                & (pl.col("start") < pl.col("from_db1"))
                & (pl.col("from_db1") <= pl.col("stop"))
            )
            .then(pl.lit("RECLASS"))
            .otherwise("reason"),
        )
        .filter(~((pl.col("category") == "DBB") & (pl.col("start") >= pl.col("from_db1")).fill_null(False)))
        .drop("from_db1", "to_db1")
    )


def _finish(rows: pl.DataFrame, persons: Persons, uncovered: Flags) -> Register:
    single = rows["category"].is_in(["DB1", "OR", "DF"]).to_numpy()
    person, household = rows["person"].to_numpy().astype(np.int32), rows["household"].to_numpy().astype(np.int32)
    category = rows["category"].to_numpy().astype("<U4")
    codes = np.array([("DB", "TK", "DBB", "GX", "QT", "DB1", "OR", "DF").index(c) for c in category])
    group = (household.astype(np.int64) * 8 + codes) * np.int64(2**31) + np.where(
        single, person.astype(np.int64) + 1, 0
    )
    rank = rows["rank"].to_numpy().astype(np.int32)
    covered = ~((category == "DB") & uncovered[person] & (rank > 0))
    register = Register(
        person=person,
        household=household,
        category=category,
        start=rows["start"].to_numpy().astype(np.int32),
        stop=rows["stop"].to_numpy().astype(np.int32),
        reason=rows["reason"].to_numpy().astype("<U10"),
        rank=rank,
        covered=covered,
        own_income=np.full(len(person), 12_000, dtype=np.int64),
        group=group,
        covered_at_stop=np.zeros(len(person), dtype=np.int32),
        head_at_stop=np.zeros(len(person), dtype=np.int32),
    )
    _freeze_stopped(register)
    return register


def _freeze_stopped(register: Register) -> None:
    """What a row shows once it has stopped: its household as it stood on the day before."""
    frame = pl.DataFrame(
        {
            "row": np.arange(len(register)),
            "group": register.group,
            "household": register.household,
            "start": register.start,
            "stop": register.stop,
            "rank": register.rank,
            "person": register.person,
            "covered": register.covered,
        }
    )
    ended = frame.filter(pl.col("stop") < NEVER).select("row", "group", "household", last=pl.col("stop") - 1)
    beside = ended.join(frame.select("group", "start", "stop", "covered"), on="group").filter(
        (pl.col("start") <= pl.col("last")) & (pl.col("last") < pl.col("stop")) & pl.col("covered")
    )
    counted = beside.group_by("row").len()
    register.covered_at_stop[counted["row"].to_numpy()] = counted["len"].to_numpy()
    heads = (
        ended.select("row", "household", "last")
        .join(frame.select("household", "start", "stop", "rank", "person"), on="household")
        .filter((pl.col("start") <= pl.col("last")) & (pl.col("last") < pl.col("stop")))
        .sort("row", "rank", "person")
        .group_by("row", maintain_order=True)
        .first()
    )
    register.head_at_stop[heads["row"].to_numpy()] = heads["person"].to_numpy()


@dataclass
class RegisterState:
    """What an extract shows of some rows on a day: aligned with `row`."""

    row: npt.NDArray[np.int64]
    covered_count: Ints
    head: Ints
    amount: npt.NDArray[np.int64]  # fen per month, of the household
    income: npt.NDArray[np.int64]
    stopped: Flags
    last_review: Ints


def stops_told_after(first_week_end: int) -> int:
    """The day after which a stop stands in some register file, when the files begin with the week that ends on a Sunday."""
    first_full = last_day(int(months_of(np.array([first_week_end]))[0]) - 1)
    return first_full - LISTED_AFTER_STOP_DAYS


def state_on(register: Register, households: Households, on: int) -> RegisterState:
    """The register as an extract of the evening of day `on` shows it: active rows and those stopped not long ago."""
    listed = (register.start <= on) & (register.stop > on - LISTED_AFTER_STOP_DAYS)
    row = np.flatnonzero(listed)
    stopped = register.stop[row] <= on
    active = row[~stopped]
    covered_count = register.covered_at_stop[row].copy()
    covered_count[~stopped] = covered_on(register, active)
    head = register.head_at_stop[row].copy()
    head[~stopped] = heads_of(register, active)
    shown = np.where(stopped, register.stop[row] - 1, on).astype(np.int32)
    amount, income = amounts(register, households, row, covered_count, shown)
    period = np.array([REVIEW_DAYS[c] for c in ("A", "B", "C")])[
        np.searchsorted(["A", "B", "C"], households.review_class[register.household[row]])
    ]
    last_review = register.start[row] + (shown - register.start[row]) // period * period
    return RegisterState(row, covered_count, head, amount, income, stopped, last_review.astype(np.int32))


def covered_on(register: Register, active: npt.NDArray[np.int64]) -> Ints:
    """Covered members in the group of each of these active rows (persons)."""
    groups, place = np.unique(register.group[active], return_inverse=True)
    counts = np.bincount(place, weights=register.covered[active], minlength=len(groups))
    return counts[place].astype(np.int32)


def heads_of(register: Register, active: npt.NDArray[np.int64]) -> Ints:
    """The head of the household of each of these active rows: the member who ranks first."""
    order = np.lexsort((register.person[active], register.rank[active], register.household[active]))
    household = register.household[active][order]
    new = np.r_[True, household[1:] != household[:-1]] if len(order) else np.empty(0, dtype=bool)
    first = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))] if len(order) else order
    heads = np.empty(len(active), dtype=np.int32)
    heads[order] = register.person[active][first]
    return heads


def amounts(
    register: Register, households: Households, row: npt.NDArray[np.int64], covered: Ints, shown: Ints
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Monthly amount and countable income (fen) of each row's household on the row's own day.

    DB: standard × covered members − income, rounded up to the yuan, never below 0; DB1 the same on the person's
    own income; TK, OR and DF: the standard; DBB, GX and QT: nothing.
    """
    category = register.category[row]
    income = households.income_on(register.household[row], shown)
    income = np.where(category == "DB1", register.own_income[row], income)
    urban = households.listed_urban[register.household[row]]
    number = months_of(shown)
    amount = np.zeros(len(row), dtype=np.int64)
    for m in np.unique(number):
        for is_urban, programme, code in ((True, "0101", "1"), (False, "0102", "2")):
            mine = (number == m) & (urban == is_urban) & np.isin(category, ("DB", "DB1"))
            gap = standard(programme, int(m), code) * covered[mine].astype(np.int64) - income[mine]
            amount[mine] = np.maximum(0, -(-gap // 100) * 100)
        for name, value in (
            ("TK", standard("0201", int(m))),
            ("OR", standard("0501", int(m), class_code="2")),
            ("DF", standard("0502", int(m))),
        ):
            amount[(number == m) & (category == name)] = value
    return amount, income
