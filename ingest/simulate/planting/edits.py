"""Applies what was planted to the ledgers of money: single payment lines and single bills."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.planting.subjects import Planter
from ingest.simulate.policy import standard, threshold
from ingest.simulate.timeline import NEVER, last_day, to_date
from ingest.simulate.world.medical import DAYS_A_WEEK, Window, reversals_of
from ingest.simulate.world.payments import LINE_COLUMNS, again_lines, line_frame, reversal_lines
from ingest.simulate.world.register import Households, Register, state_on


def edit_lines(lines: pl.DataFrame, planter: Planter, register: Register, households: Households) -> pl.DataFrame:
    """The payment lines with every planted edit, in the order in which they were planted."""
    people = sorted({edit[1] for edit in planter.line_edits})
    touched = pl.col("person").is_in(people)
    mine, rest = lines.filter(touched), lines.filter(~touched)
    for kind, person, programme, month, number in planter.line_edits:
        here = (pl.col("person") == person) & (pl.col("programme") == programme) & (pl.col("month") == month)
        found = mine.filter(here & (pl.col("back_months") == 0) & (pl.col("paid") > 0))
        if kind == "add":
            mine = pl.concat([mine, line_frame(np.array([person]), programme, month, np.array([number]))])
            continue
        if found.is_empty():
            raise LookupError(f"a planted edit finds no line: {kind} {programme} {month}")
        if kind == "drop":
            mine = mine.filter(~here)
        elif kind in ("return", "pend"):
            first, final = ("00", "01") if kind == "return" else ("02", "00")
            mine = mine.with_columns(
                first_status=pl.when(here).then(pl.lit(first)).otherwise("first_status"),
                final_status=pl.when(here).then(pl.lit(final)).otherwise("final_status"),
            )
        elif kind in ("reverse", "reverse_once"):
            which = found.head(1) if kind == "reverse_once" else found
            mine = pl.concat([mine, reversal_lines(which.with_columns(delay=pl.lit(number)))])
        elif kind == "again":
            mine = pl.concat([mine, found.head(1).with_columns(sub_batch=pl.lit(2, dtype=pl.Int32))])
        elif kind == "back_pay":
            mine = pl.concat([mine, again_lines(found.head(1).with_columns(delay=pl.lit(number)))])
        elif kind == "raise":
            paid = _difference(register, households, person, month, planter.today) + number
            mine = mine.with_columns(
                due=pl.when(here).then(pl.lit(paid)).otherwise("due"),
                paid=pl.when(here).then(pl.lit(paid)).otherwise("paid"),
            )
        else:
            raise ValueError(kind)
    return pl.concat([rest, mine.select(list(LINE_COLUMNS))])


def _difference(register: Register, households: Households, person: int, month: int, today: int) -> int:
    """What a de-facto orphan in a DB household is due (fen): the standard less the child's share of the household's amount."""
    state = state_on(register, households, min(last_day(month), today))
    rows = state.row
    place = np.flatnonzero((register.person[rows] == person) & (register.category[rows] == "DB"))[0]
    return standard("0502", month) - int(state.amount[place]) // int(state.covered_count[place])


def shares_evenly(planter: Planter) -> np.ndarray:
    """Persons whose DB household's amount divides into whole fen for each covered member."""
    register = planter.register
    state = state_on(register, planter.households, planter.today)
    even = (state.amount % np.maximum(1, state.covered_count) == 0) & (register.category[state.row] == "DB")
    found = np.zeros(len(planter.persons), dtype=bool)
    found[register.person[state.row[even]]] = True
    return found


def edit_bills(bills: pl.DataFrame, planter: Planter, window: Window) -> pl.DataFrame:
    """The settlements with the planted bills in place of the subjects' own."""
    people = sorted({bill[0] for bill in planter.bills})
    kept = bills.filter(~pl.col("person").is_in(people))
    frame = pl.DataFrame(
        planter.bills,
        schema={
            "person": pl.Int32,
            "self_pay": pl.Int64,
            "settled": pl.Int32,
            "reversed": pl.Boolean,
            "twice": pl.Boolean,
        },
        orient="row",
    )
    week = pl.Series(window.week_end(frame["settled"].to_numpy()).astype(np.int32))
    number = int(bills["settlement"].max()) + 1  # type: ignore[arg-type]
    planted = frame.with_columns(
        visit_type=pl.lit("21"),
        admission=pl.col("settled") - 9,
        week=week,
        again_week=pl.when("twice").then(week + DAYS_A_WEEK).otherwise(pl.lit(NEVER)).cast(pl.Int32),
        total=pl.col("self_pay") * 2,
        pooled=pl.col("self_pay"),
        major=pl.lit(0, dtype=pl.Int64),
        aid=pl.lit(0, dtype=pl.Int64),
        self_funded=pl.lit(0, dtype=pl.Int64),
        offsite=pl.lit(False),
        icd=pl.lit(3, dtype=pl.Int32),
        reversal=pl.lit(False),
        reverses=pl.lit(-1, dtype=pl.Int64),
        settlement=pl.int_range(pl.len(), dtype=pl.Int64) + number,
    )
    twins = reversals_of(planted.filter("reversed").select(bills.columns), number + len(planted), window)
    return pl.concat([kept, planted.select(bills.columns), twins])


def known_income_edges(planter: Planter, monitored_size: int) -> list[tuple[int, int, int]]:
    """Monitored households whose risk is eliminated, with an income at the line and a fen below it.

    Grain: one entry a member: person, household number, income (fen a year).
    """
    line = int(threshold("disposable_income_line_rural_yuan", to_date(planter.today)) * 100)
    found = []
    for copy in range(planter.copies):
        for step, (income, is_case) in enumerate(((line - 1, True), (line, False))):
            rural = ~planter.persons.urban()
            person = planter.take(planter.outside_with_other() & rural)
            number = monitored_size + copy * 2 + step
            members = np.flatnonzero(planter.persons.household == planter.persons.household[person])
            found += [(int(m), number, income) for m in members if planter.persons.present(planter.today)[m]]
            planter.bills.append((person, 1_500_000, planter.today - 70, False, False))
            reason = (
                "left monitoring, income a fen below the line" if is_case else "left monitoring, income at the line"
            )
            (planter.case if is_case else planter.near)("A01", person, -1, reason)
    return found
