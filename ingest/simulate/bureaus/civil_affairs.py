"""The civil affairs bureau's register: a full extract a month, a weekly extract of what changed."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, day_period, months_ended
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, money, numbered, text_of, yes_no
from ingest.simulate.timeline import NEVER, at, first_day, last_day, month_text, months_of
from ingest.simulate.world.build import World
from ingest.simulate.world.disability import supplement_kinds
from ingest.simulate.world.register import RegisterState, state_on

FEED = "civil_affairs__register"
_BANKS = ("重庆农村商业银行", "中国邮政储蓄银行", "中国农业银行")
GX_VALID_DAYS = 364


def household_numbers(household: np.ndarray) -> pl.Series:
    """Household numbers as civil affairs assigns them."""
    return numbered("5001560", np.asarray(household, dtype=np.int64) + 1, 8)


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole register on the first days of a month, what changed every Monday."""
    months = [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 1 + m % 3, 10, 5), "xlsx")
        for m in months_ended(weeks)
    ]
    return months + [Delivery(FEED, day_period(end), 1, "delta", end, at(end + 1, 7, 30), "xlsx") for end in weeks]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The extract's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    state = state_on(world.register, world.households, delivery.period_end)
    if delivery.kind == "delta":
        state = _changed(state, state_on(world.register, world.households, delivery.period_end - 7))
    return _texts(world, state, delivery)


def _changed(now: RegisterState, before: RegisterState) -> RegisterState:
    """Of the state, the households in which anything differs from a week earlier."""
    place = np.searchsorted(before.row, now.row)
    place = np.minimum(place, max(0, len(before.row) - 1))
    known = before.row[place] == now.row if len(before.row) else np.zeros(len(now.row), dtype=bool)
    same = known.copy()
    for name in ("covered_count", "head", "amount", "income", "stopped", "last_review"):
        same &= getattr(now, name) == getattr(before, name)[place]
    keep = ~same
    return RegisterState(*(getattr(now, name)[keep] for name in RegisterState.__dataclass_fields__))


def _texts(world: World, state: RegisterState, delivery: Delivery) -> pl.DataFrame:
    register, persons = world.register, world.persons
    row = state.row
    person, household, category = register.person[row], register.household[row], register.category[row]
    village = persons.village[person]
    names = np.array([v.name_short + v.kind for v in persons.villages])
    codes = np.array([v.area_code for v in persons.villages])
    urban = np.where(world.households.listed_urban[household], "1", "2")
    month_first = first_day(int(months_of(np.array([delivery.period_end]))[0]))
    kind, _ = supplement_kinds(persons, world.certificates, world.traits, person, month_first)
    paid = np.isin(category, ("DB", "DB1")) & register.covered[row]
    tk = category == "TK"
    stop = np.where(state.stopped, register.stop[row], NEVER)
    valid_to = np.where(category == "GX", register.start[row] + GX_VALID_DAYS, NEVER)
    reviewed = np.isin(category, ("DB", "DB1", "TK", "DBB", "GX"))
    cash = np.isin(category, ("DB", "DB1", "TK", "OR", "DF"))
    head = state.head
    numbers = pl.Series([NUMBER_MARK] * len(row), dtype=pl.String)
    return pl.DataFrame(
        {
            "household_id_civil_affairs": household_numbers(household),
            "category_code": labels(FEED, "category_code", category),
            "urban_rural_code": labels(FEED, "urban_rural_code", urban),
            "area_code": text_of(codes[village]),
            "village_name": text_of(names[village]),
            "head_name": text_of(persons.name[head]),
            "person_name": text_of(persons.name[person]),
            "person_id_no": text_of(persons.id_no[person]),
            "relation_code": labels(FEED, "relation_code", _relations(world, person, head)),
            "is_covered": yes_no(register.covered[row]),
            "key_class_code": labels(FEED, "key_class_code", np.where(paid, kind, "0")),
            "covered_count": numbers + pl.Series(state.covered_count).cast(pl.String),
            "household_income_month_yuan": numbers + money(np.where(tk, 0, state.income)),
            "household_amount_yuan": numbers + money(state.amount),
            "review_class_code": text_of(np.where(reviewed, world.households.review_class[household], "")),
            "start_date": dates(register.start[row]),
            "last_review_date": dates(np.where(reviewed, state.last_review, NEVER)),
            "valid_to_date": dates(valid_to),
            "stop_date": dates(stop),
            "stop_reason_code": labels(FEED, "stop_reason_code", np.where(state.stopped, register.reason[row], "")),
            "support_mode_code": labels(FEED, "support_mode_code", np.where(tk, world.traits.support_mode[person], "")),
            "care_level_code": labels(FEED, "care_level_code", np.where(tk, world.traits.care_level[person], "")),
            "bank_name": text_of(np.where(cash, np.array(_BANKS)[household % len(_BANKS)], "")),
            "account_no": text_of(np.where(cash, persons.account_no[head], "")),
            "is_relative_registered": yes_no(household % 97 == 0),
            "_person": pl.Series(person),
            "_household": pl.Series(household),
        }
    )


def _relations(world: World, person: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Relation of each row's person to the head of the assisted household, GB/T 4761."""
    persons = world.persons
    own, of_head = persons.slot[person], persons.slot[head]
    child = np.where(persons.sex[person] == 1, "2", "3")
    relation = np.full(len(person), "8", dtype="<U1")
    relation = np.where(of_head == 0, persons.relation[person], relation)
    old_head = of_head >= 5
    relation = np.where(old_head & (own >= 5), "1", relation)
    relation = np.where(old_head & (own == 0), child, relation)
    relation = np.where(old_head & (own >= 2) & (own <= 4), "4", relation)
    relation = np.where((of_head == 1) & (own >= 2) & (own <= 4), child, relation)
    return np.where(person == head, "0", relation)
