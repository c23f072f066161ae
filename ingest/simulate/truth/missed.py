"""True cases of A01, A05 and A23, from the world's ledgers and what the deliveries have told."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from ingest.simulate.bureaus.agriculture import income_shown
from ingest.simulate.policy import threshold
from ingest.simulate.timeline import NEVER, day, last_day, months_of, to_date
from ingest.simulate.truth.coverage import Month, amounts_at, months_in_view
from ingest.simulate.truth.knowledge import Known
from ingest.simulate.world.register import stops_told_after

Case = tuple[str, int, int, str, int]  # rule, person, month or -1, detail, day from which it can be known
NO_MONTH = -1


def high_self_pay(known: Known) -> list[Case]:
    """A01: self-pay of twelve months at or above the line, not in DB or TK, in or beside a layer or of known low income."""
    world, today = known.world, known.world.today
    as_of = to_date(today)
    since = day(date(as_of.year - int(threshold("a01_window_months", as_of)) // 12, as_of.month, as_of.day))
    bills = known.bills.filter((pl.col("settled") > since) & (pl.col("settled") <= today))
    least = int(threshold("a01_self_pay_yellow_yuan", as_of) * 100)
    sums = (
        bills.group_by("person")
        .agg(pl.col("self_pay").sum(), pl.col("told_on").max())
        .filter(pl.col("self_pay") >= least)
    )
    person = sums["person"].to_numpy()
    in_benefit = _now_in(known, ("DB", "DB1", "TK"))
    near_layer = _households_in_view(known)
    low_income = _households_of_low_income(known)
    household = world.persons.household[person]
    true = known.registered(today)[person] & ~in_benefit[person] & (near_layer[household] | low_income[household])
    return [
        ("A01", int(p), NO_MONTH, "", int(told))
        for p, told in zip(person[true], sums["told_on"].to_numpy()[true], strict=True)
    ]


def _now_in(known: Known, categories: tuple[str, ...]) -> np.ndarray:
    register = known.world.register
    found = np.zeros(len(known.world.persons), dtype=bool)
    found[register.person[register.on(known.world.today) & np.isin(register.category, categories)]] = True
    return found


def _households_in_view(known: Known) -> np.ndarray:
    """Police households with a living registered member in a layer, or who left DB or TK lately and not by death."""
    world, today = known.world, known.world.today
    register, watched = world.register, world.monitored
    in_layer = np.zeros(len(world.persons), dtype=bool)
    in_layer[register.person[register.on(today)]] = True
    in_layer[watched.person[(watched.identified <= today) & (watched.eliminated > today)]] = True
    as_of = to_date(today)
    watch = int(threshold("exit_watch_months", as_of))
    earliest = day(date(as_of.year - watch // 12, as_of.month, as_of.day))
    left = np.isin(register.category, ("DB", "DB1", "TK")) & (register.reason != "DEATH")
    left &= (register.stop <= today) & (register.stop > max(earliest, stops_told_after(world.weeks[0])))
    leavers = np.zeros(len(world.persons), dtype=bool)
    leavers[register.person[left]] = True
    leavers &= ~_now_in(known, ("DB", "DB1", "TK"))
    counted = (in_layer | leavers) & known.registered(today)
    found = np.zeros(len(world.households.income), dtype=bool)
    found[world.persons.household[counted]] = True
    return found


def _households_of_low_income(known: Known) -> np.ndarray:
    """Police households of which a member is, or was, monitored with an income below the disposable-income line."""
    world, watched = known.world, known.world.monitored
    newest = last_day(world.pay_months[-1] - 1)
    income = income_shown(world, newest)
    lines = [
        threshold(f"disposable_income_line_{kind}_yuan", to_date(world.today)) * 100 for kind in ("urban", "rural")
    ]
    line = np.where(world.persons.urban()[watched.person], *lines)
    low = (watched.identified <= newest) & (income < line) & known.registered(world.today)[watched.person]
    found = np.zeros(len(world.households.income), dtype=bool)
    found[world.persons.household[watched.person[low]]] = True
    return found


def without_nursing(known: Known, judged: list[int]) -> list[Case]:
    """A05: a valid certificate of grade 1-2 and no nursing subsidy in both newest judged months."""
    world, today = known.world, known.world.today
    cards, persons = world.certificates, world.persons
    earlier, later = months_in_view(known, judged[-2:])
    severe = int(threshold("severe_grade_max", to_date(today)))
    newest = last_day(world.pay_months[-1] - 1)
    holds = (cards.status_on(newest) == "1") & (cards.grade_code.astype(int) <= severe)
    holds &= (cards.issued < earlier.first) & ((cards.valid_to >= NEVER) | (cards.valid_to >= today))
    person = np.unique(cards.person[holds])
    normal = known.registered(today) & (known.police_noted > today) & (persons.missing_since > today)
    in_tk = np.isin(person, world.register.person[world.register.on(today) & (world.register.category == "TK")])
    for month in (earlier, later):
        in_tk |= np.isin(person, world.register.person[month.rows_of("TK")])
        in_tk |= np.isin(person, month.paid("0402"))
    return [("A05", int(p), NO_MONTH, "", later.told) for p in person[normal[person] & ~in_tk]]


def unpaid(known: Known, judged: list[int]) -> list[Case]:
    """A23: in DB or TK on the 1st with an amount due, and no net-paid line for the month."""
    lookback = int(threshold("a23_lookback_months", to_date(known.world.today)))
    return [case for month in months_in_view(known, judged[-lookback:]) for case in _unpaid_in(known, month)]


def _unpaid_in(known: Known, month: Month) -> list[Case]:
    register = month.register
    amounts = amounts_at(known, month.number)
    alive = known.registered(month.first)
    found = set()
    for categories, paid in ((("DB", "DB1"), month.covered()), (("TK",), month.paid("0201"))):
        rows = month.rows_of(*categories)
        rows = rows[register.covered[rows] & (months_of(register.start[rows]) < month.number)]
        rows = rows[alive[register.person[rows]] & ~np.isin(register.person[rows], paid)]
        found |= {int(register.person[row]) for row in rows if categories == ("TK",) or amounts[int(row)][0] > 0}
    return [("A23", person, month.number, "", month.told) for person in sorted(found)]
