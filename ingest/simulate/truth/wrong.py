"""True cases of B01, B02 and B18, from the world's ledgers and what the deliveries have told."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.policy import standard, threshold
from ingest.simulate.timeline import to_date
from ingest.simulate.truth.coverage import Month, amounts_at, months_in_view
from ingest.simulate.truth.knowledge import Known, net_paid
from ingest.simulate.truth.missed import NO_MONTH, Case

PAIRS = (("X2", "0201", "0401"), ("X2", "0201", "0402"), ("X4", "0501", "0401"), ("X5", "0501", "0502"))
REPEATABLE = ("0301", "0801", "0901")
SUBSIDIES = ("0401", "0402", "0601")


def paid_to_the_dead(known: Known) -> list[Case]:
    """B01: recorded dead before the month, and paid for it by an own line or a household's."""
    cases: list[Case] = []
    for month in months_in_view(known, list(known.world.pay_months)):
        reached = set(month.covered().tolist())
        for programme, paid in month.net.items():
            if programme not in month.covering:
                reached |= set(paid)
        for person in sorted(reached):
            if known.death[person] < month.first:
                cases.append(("B01", int(person), month.number, "", max(month.told, int(known.death_on[person]))))
    return cases


def cremated_but_listed(known: Known, judged: list[int]) -> list[Case]:
    """B02: cremated, not cancelled by the police, and still in DB or TK or paid a subsidy lately."""
    world, today = known.world, known.world.today
    register = world.register
    burnt = (known.cremated <= today) & (known.police_noted > today) & (world.persons.entered <= today)
    listed = np.zeros(len(burnt), dtype=bool)
    listed[register.person[register.on(today) & np.isin(register.category, ("DB", "DB1", "TK"))]] = True
    lookback = int(threshold("b02_lookback_months", to_date(today)))
    for month in months_in_view(known, judged[-lookback:]):
        for programme in SUBSIDIES:
            listed[month.paid(programme)] = True
    return [("B02", int(p), NO_MONTH, "", int(known.cremated_on[p])) for p in np.flatnonzero(burnt & listed)]


def exclusive_benefits(known: Known) -> list[Case]:
    """B18: two benefits of one month that exclude each other, by exclusion."""
    newest = known.world.pay_months[-1]
    lookback = int(threshold("b18_lookback_months", to_date(known.world.today)))
    numbers = [n for n in known.world.pay_months if n > newest - lookback]
    once = net_paid(known.lines, without_back_pay=True)
    cases: list[Case] = []
    for month in months_in_view(known, numbers):
        found: set[tuple[str, int]] = set()
        covered = month.covered()
        found |= {("X1", int(p)) for p in np.intersect1d(month.paid("0201"), covered)}
        for exclusion, first, second in PAIRS:
            found |= {(exclusion, int(p)) for p in np.intersect1d(month.paid(first), month.paid(second))}
        found |= {("X12", int(p)) for p in np.intersect1d(month.covering["0101"], month.covering["0102"])}
        found |= {("X6", p) for p in _beyond_difference(known, month)}
        found |= {("X15", p) for p in _single_allowance_broken(month)}
        twice = once.filter(
            (pl.col("month") == month.number) & (pl.col("net_count") >= 2) & ~pl.col("programme").is_in(REPEATABLE)
        )
        found |= {("X11", int(p)) for p in twice["person"].to_list()}
        cases += [("B18", person, month.number, exclusion, month.told) for exclusion, person in sorted(found)]
    return cases


def _beyond_difference(known: Known, month: Month) -> list[int]:
    register = month.register
    tolerance = threshold("x6_tolerance_yuan", to_date(known.world.today)) * 100
    amounts = amounts_at(known, month.number)
    full = standard("0502", month.number)
    found = []
    paid = month.net.get("0502", {})
    for row in month.rows_of("DB", "DB1", "TK"):
        person = int(register.person[row])
        if person not in paid or not register.covered[row]:
            continue
        if register.category[row] == "TK":
            share = float(standard("0201", month.number))
        else:
            amount, covered = amounts[int(row)]
            share = amount / max(1, covered)
        if paid[person] > max(0.0, full - share) + tolerance + 1e-6:
            found.append(person)
    return found


def _single_allowance_broken(month: Month) -> list[int]:
    register = month.register
    singles = month.rows_of("DB1")
    own = np.union1d(month.paid("0101"), month.paid("0102"))
    reached = np.union1d(np.union1d(own, month.covered()), month.paid("0201"))
    alone = register.person[singles]
    with_dbb = register.household[month.rows_of("DBB")]
    found = []
    for row in singles[np.isin(alone, own)]:
        household = register.household[row]
        members = np.unique(register.person[month.row[register.household[month.row] == household]])
        others = np.setdiff1d(members, alone)
        if np.isin(others, reached).any() or household not in with_dbb:
            found.append(int(register.person[row]))
    return found
