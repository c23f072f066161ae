"""Planted cases of what is missing: A01 high self-pay, A05 no nursing subsidy, A23 listed but not paid."""

from __future__ import annotations

from datetime import date

import numpy as np

from ingest.simulate.planting.subjects import NO_MONTH, Planter
from ingest.simulate.policy import threshold
from ingest.simulate.timeline import NEVER, day, to_date


def plant_nursing_gaps(planter: Planter) -> None:
    """A05: severe disability without nursing subsidy in both newest judged months."""
    for _ in range(planter.copies):
        _nursing_gap(planter)


def _nursing_gap(p: Planter) -> None:
    cards, newest = p.certificates, p.newest

    def subject(enrolled: bool, reason: str, is_case: bool) -> tuple[int, int]:
        person = p.take(p.with_nursing())
        place = p.card_of(person)
        cards.nursing_enrolled[place] = enrolled
        (p.case if is_case else p.near)("A05", person, NO_MONTH, reason)
        return person, place

    for _ in range(3):
        subject(False, "never enrolled", True)
    _, place = subject(False, "issued on the eve of the earlier month", True)
    cards.issued[place] = p.first(1) - 1
    _, place = subject(False, "issued on the 1st of the earlier month", False)
    cards.issued[place] = p.first(1)
    _, place = subject(False, "valid to the as-of date", True)
    cards.valid_to[place] = p.today
    _, place = subject(False, "valid to the day before", False)
    cards.valid_to[place] = p.today - 1
    person, _ = subject(True, "returned in one month, pending in the other", True)
    p.line_edits += [("return", person, "0402", newest - 1, 0), ("pend", person, "0402", newest, 0)]
    person, _ = subject(True, "paid in the earlier of the two months", False)
    p.line_edits.append(("drop", person, "0402", newest, 0))
    person, _ = subject(True, "paid in the later of the two months", False)
    p.line_edits.append(("drop", person, "0402", newest - 1, 0))
    person, _ = subject(True, "both months reversed", True)
    p.line_edits += [("reverse", person, "0402", newest - 1, 1), ("reverse", person, "0402", newest, 0)]
    _, place = subject(False, "grade 3", False)
    cards.grade_code[place] = "3"
    _, place = subject(False, "certificate cancelled", False)
    cards.cancelled[place] = p.first(2)
    person = p.take(p.in_category("DB") & _holds_good(p))
    cards.nursing_enrolled[p.card_of(person)] = False
    p.case("A05", person, NO_MONTH, "in DB, paid the living subsidy only")


def _holds_good(p: Planter) -> np.ndarray:
    found = np.zeros(len(p.persons), dtype=bool)
    found[p.certificates.person[p.good_certificates()]] = True
    return found


def plant_unpaid(planter: Planter) -> None:
    """A23: in DB or TK on the 1st with an amount due and no payment."""
    for _ in range(planter.copies):
        _unpaid(planter)


def _unpaid(p: Planter) -> None:
    newest = p.newest
    line = {True: "0101", False: "0102"}

    def programme(person: int) -> str:
        return line[bool(p.households.listed_urban[p.persons.household[person]])]

    person = p.take(p.in_category("DB", multi=False))
    p.line_edits.append(("drop", person, programme(person), newest - 1, 0))
    p.case("A23", person, newest - 1, "no line in the month")
    person = p.take(p.in_category("DB", multi=False))
    p.line_edits.append(("drop", person, programme(person), newest - 3, 0))
    p.near("A23", person, newest - 3, "the month lies before the look-back")
    person = p.take(p.in_category("DB", multi=False))
    p.line_edits.append(("pend", person, programme(person), newest, 0))
    p.case("A23", person, newest, "the line is pending")
    person = p.take(p.in_category("DB", multi=False))
    p.line_edits += [
        ("return", person, programme(person), newest - 1, 0),
        ("back_pay", person, programme(person), newest - 1, 1),
    ]
    p.near("A23", person, newest - 1, "returned, then paid in the next file")
    person = p.take(p.in_category("DB", multi=False))
    p.line_edits.append(("reverse", person, programme(person), newest - 1, 1))
    p.case("A23", person, newest - 1, "reversed and not paid again")
    person = p.take(p.in_category("DB", multi=False))
    p.incomes.append((int(p.persons.household[person]), 90_000))
    p.near("A23", person, newest - 1, "the household's amount is 0")
    person = p.take(p.in_category("DB", multi=False))
    p.ends.append((person, "DB", p.first(0), "INCOME"))
    p.near("A23", person, newest, "stopped on the 1st of the month")
    tk = p.in_category("TK")
    person = p.take(tk)
    p.line_edits.append(("return", person, "0201", newest - 2, 0))
    p.case("A23", person, newest - 2, "returned and never paid again")
    person = p.take(tk)
    for back in (2, 1, 0):
        p.line_edits.append(("drop", person, "0201", newest - back, 0))
        p.case("A23", person, newest - back, "特困 without a line for three months")
    person = p.take(p.outside_alone())
    p.rows.append((person, int(p.persons.household[person]), "TK", p.first(0), NEVER, ""))
    p.near("A23", person, newest, "decided on the 1st: the first benefit month comes next")
    person = p.take(tk)
    died = p.first(0) - 7
    p.set_death(person, died, health=died + 3, police=died + 20, register=p.today + 7, subsidy=p.today + 7)
    p.line_edits.append(("drop", person, "0201", newest, 0))
    p.near("A23", person, newest, "died before the month, not stopped yet")


def plant_bills(planter: Planter) -> None:
    """A01: self-pay of twelve months at and beside its lines, in and beside the households that count."""
    for _ in range(planter.copies):
        _bills_at_the_lines(planter)
        _bills_beside_layers(planter)


def _bills_at_the_lines(p: Planter) -> None:
    edge = [threshold(f"a01_self_pay_{c}_yuan", to_date(p.today)) for c in ("yellow", "orange", "red")]
    yellow, orange, red = (int(v * 100) for v in edge)
    window = day(_years_before(to_date(p.today), 1))

    def subject(reason: str, is_case: bool, *bills: tuple[int, int]) -> int:
        person = p.take(p.in_layer_not_paid())
        for fen, on in bills:
            p.bills.append((person, fen, on, False, False))
        (p.case if is_case else p.near)("A01", person, NO_MONTH, reason)
        return person

    subject("exactly at the yellow line", True, (yellow, p.today - 100))
    subject("one fen below the yellow line", False, (yellow - 1, p.today - 100))
    subject("exactly at the orange line", True, (orange - 500_000, p.today - 200), (500_000, p.today - 30))
    subject("exactly at the red line", True, (red, p.today))
    subject("settled on the first day of the window", True, (yellow + 50_000, window + 1))
    subject("settled on the day before the window", False, (yellow + 50_000, window))
    person = subject("a reversal cancels the bill", False, (500_000, p.today - 40))
    p.bills.append((person, 1_200_000, p.today - 60, True, False))
    person = subject("one bill delivered in two files counts once", False)
    p.bills.append((person, 600_000, p.today - 50, False, True))


def _bills_beside_layers(p: Planter) -> None:
    large = 1_500_000
    watch = int(threshold("exit_watch_months", to_date(p.today)))
    left = day(_years_before(to_date(p.today), watch // 12))
    person = p.take(p.in_category("DB"))
    p.bills.append((person, large, p.today - 70, False, False))
    p.near("A01", person, NO_MONTH, "in DB on the as-of date")
    person = p.take(p.outside())
    p.bills.append((person, large, p.today - 70, False, False))
    p.near("A01", person, NO_MONTH, "a household in no layer, of unknown income")
    for stop, reason, cause, is_case in (
        (max(left, p.told_after) + 1, "left DB less than 24 months ago", "VOLUNTARY", True),
        (left, "left DB 24 months ago to the day", "VOLUNTARY", False),
        (left + 200, "the only one to leave DB left by death", "DEATH", False),
    ):
        person = p.take(p.outside_with_other())
        leaver = person if cause != "DEATH" else p.other_member(person)
        p.rows.append((leaver, int(p.persons.household[person]), "DB", left - 700, stop, cause))
        if cause == "DEATH":
            p.set_death(leaver, stop - 3, health=stop + 4, police=stop + 12, register=stop, subsidy=stop)
        p.bills.append((person, large, p.today - 70, False, False))
        (p.case if is_case else p.near)("A01", person, NO_MONTH, reason)


def _years_before(on: date, years: int) -> date:
    return on.replace(year=on.year - years)
