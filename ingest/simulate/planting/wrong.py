"""Planted cases of what is paid and should not be: B01 paid to the dead, B02 cremated but listed, B18 exclusive benefits."""

from __future__ import annotations

from ingest.simulate.planting.edits import shares_evenly
from ingest.simulate.planting.subjects import NO_MONTH, Planter
from ingest.simulate.timeline import NEVER

CREMATIONS_A_COPY = 3


def plant_deaths(planter: Planter) -> None:
    """B01 and B02: deaths that the register, the subsidy clerk or the police learn of too late, or just in time."""
    for _ in range(planter.copies):
        _paid_after_death(planter)
        for _ in range(CREMATIONS_A_COPY):
            _cremated_but_listed(planter)


def _paid_after_death(p: Planter) -> None:
    newest, eve = p.newest, p.first(2) - 1
    noted = p.first(0) - 12
    person = p.take(p.in_category("TK"))
    p.set_death(person, eve, health=eve + 10, police=eve + 30, register=noted, subsidy=noted)
    p.case("B01", person, newest - 2, "died on the eve of the month, paid two months more")
    p.case("B01", person, newest - 1, "died on the eve of the month before, paid two months more")
    person = p.take(p.in_category("TK"))
    p.set_death(
        person,
        p.first(2),
        health=p.first(2) + 10,
        police=p.first(2) + 30,
        register=p.first(2) + 19,
        subsidy=p.first(2) + 19,
    )
    p.near("B01", person, newest - 2, "died on the 1st of the paid month")
    person = p.take(p.in_category("DB", multi=True, head=False))
    p.set_death(person, eve - 11, health=eve, police=eve + 20, register=noted - 5, subsidy=noted - 5)
    p.case("B01", person, newest - 2, "a covered member died, the household's line went on")
    p.case("B01", person, newest - 1, "a covered member died, the household's line went on")
    person = p.take(p.in_category("DB", multi=True, head=False))
    p.set_death(person, eve - 11, health=eve, police=eve + 20, register=p.first(2), subsidy=p.first(2))
    p.near("B01", person, newest - 2, "the member's stop date is the 1st of the paid month")
    person = p.take(p.with_nursing())
    p.set_death(person, eve - 16, health=eve - 3, police=eve + 15, register=eve, subsidy=noted)
    p.case("B01", person, newest - 2, "nursing subsidy went on after the death")
    p.case("B01", person, newest - 1, "nursing subsidy went on after the death")
    person = p.take(p.with_nursing())
    p.set_death(person, eve - 16, health=eve - 3, police=eve + 15, register=eve, subsidy=noted)
    for back in (2, 1):
        p.line_edits.append(("reverse", person, "0402", newest - back, back))
        p.near("B01", person, newest - back, "a reversal cancels the line")
    person = p.take(p.in_category("TK"))
    p.set_death(person, p.first(4) + 9, police=p.first(3) + 24, register=noted, subsidy=noted)
    p.near("B01", person, newest - 3, "only the day of cancellation is known, and it lies after the 1st")
    p.case("B01", person, newest - 2, "death known from the police only")


def _cremated_but_listed(p: Planter) -> None:
    later, died = p.today + 60, p.first(1) + 13
    for category in ("TK", "DB"):
        mask = p.in_category(category) if category == "TK" else p.in_category("DB", multi=True, head=False)
        person = p.take(mask)
        p.set_death(person, died, health=later, cremated=died + 2, police=later, register=later, subsidy=later)
        p.case("B02", person, NO_MONTH, f"cremated, not cancelled, still in {category}")
    person = p.take(p.in_category("TK"))
    p.set_death(person, died, health=later, cremated=died + 2, police=p.today - 2, register=later, subsidy=later)
    p.near("B02", person, NO_MONTH, "cancelled by the police two days ago")
    person = p.take(p.in_category("DB", multi=True, head=False))
    p.set_death(person, died, health=later, cremated=died + 2, police=later, register=p.today, subsidy=p.first(1))
    p.near("B02", person, NO_MONTH, "stopped in the register on the as-of date")
    person = p.take(p.with_nursing())
    p.set_death(person, died, health=later, cremated=died + 2, police=later, register=later, subsidy=later)
    p.case("B02", person, NO_MONTH, "cremated, not cancelled, nursing subsidy paid in the newest months")
    person = p.take(p.with_nursing())
    eve = p.first(2) - 5
    p.set_death(person, eve, health=later, cremated=eve + 2, police=later, register=later, subsidy=p.first(1))
    p.near("B02", person, NO_MONTH, "nursing subsidy last paid before the two newest months")


def plant_exclusions(planter: Planter) -> None:
    """B18: pairs of benefits in one month, and pairs that only look like it."""
    for _ in range(planter.copies):
        _two_categories(planter)
        _two_programmes(planter)
        _single_person_allowance(planter)


def _two_categories(p: Planter) -> None:
    newest = p.newest
    person = p.take(p.in_category("DB", multi=True, head=False))
    p.rows.append((person, int(p.persons.household[person]), "TK", p.first(3) + 10, NEVER, ""))
    for back in (2, 1, 0):
        p.case("B18", person, newest - back, "特困 while covered by the household's line", "X1")
    person = p.take(p.in_category("DB", multi=True, head=False))
    p.rows.append((person, int(p.persons.household[person]), "TK", p.first(2) + 10, NEVER, ""))
    p.ends.append((person, "DB", p.first(1), "RECLASS"))
    p.near("B18", person, newest - 1, "left the household's allowance on the 1st of the month", "X1")
    single = p.in_category("DB", multi=False)
    for is_case in (True, False):
        person = p.take(single)
        rural = not p.households.listed_urban[p.persons.household[person]]
        other = "0101" if rural else "0102"
        p.line_edits.append(("add", person, other, newest - 1, 45_000))
        if is_case:
            p.case("B18", person, newest - 1, "urban and rural allowance in one month", "X12")
        else:
            p.line_edits.append(("drop", person, "0102" if rural else "0101", newest - 1, 0))
            p.near("B18", person, newest - 1, "urban in one month, rural in the others", "X12")


def _two_programmes(p: Planter) -> None:
    newest = p.newest
    tk = p.in_category("TK")
    person = p.take(tk)
    p.line_edits.append(("add", person, "0402", newest - 1, 9_000))
    p.case("B18", person, newest - 1, "特困 and nursing subsidy", "X2")
    person = p.take(tk)
    p.line_edits += [("add", person, "0401", newest - 2, 8_000), ("reverse", person, "0401", newest - 2, 1)]
    p.near("B18", person, newest - 2, "the subsidy was reversed", "X2")
    orphans = p.in_single("OR")
    person = p.take(orphans)
    p.line_edits.append(("add", person, "0401", newest - 1, 8_000))
    p.case("B18", person, newest - 1, "orphan and living subsidy", "X4")
    person = p.take(orphans)
    p.line_edits.append(("add", person, "0402", newest - 1, 8_000))
    p.near("B18", person, newest - 1, "an orphan may hold the nursing subsidy", "X4")
    person = p.take(orphans)
    p.line_edits.append(("add", person, "0502", newest - 1, 165_100))
    p.case("B18", person, newest - 1, "orphan and de-facto orphan", "X5")
    person = p.take(orphans)
    p.line_edits += [("add", person, "0502", newest - 1, 165_100), ("return", person, "0502", newest - 1, 0)]
    p.near("B18", person, newest - 1, "the second line was returned", "X5")
    for extra, reason in ((100, "above the difference by the tolerance exactly"), (101, "one fen above the tolerance")):
        person = p.take_child_in_db(shares_evenly(p))
        p.line_edits.append(("raise", person, "0502", newest - 1, extra))
        (p.near if extra == 100 else p.case)("B18", person, newest - 1, reason, "X6")
    nursing = p.with_nursing()
    person = p.take(nursing)
    p.line_edits.append(("again", person, "0402", newest - 1, 0))
    p.case("B18", person, newest - 1, "nursing subsidy twice in one month", "X11")
    person = p.take(nursing)
    p.line_edits.append(("back_pay", person, "0402", newest - 1, 1))
    p.near("B18", person, newest - 1, "the second line is back-pay", "X11")
    person = p.take(nursing)
    p.line_edits += [("again", person, "0402", newest - 2, 0), ("reverse_once", person, "0402", newest - 2, 1)]
    p.near("B18", person, newest - 2, "one of two lines was reversed", "X11")


def _single_person_allowance(p: Planter) -> None:
    newest = p.newest
    for is_case in (True, False):
        person, other = p.take_single_allowance()
        rural = not p.households.listed_urban[p.persons.household[person]]
        programme = "0102" if rural else "0101"
        p.line_edits.append(("add", other, programme, newest - 1, 30_000))
        if is_case:
            p.case("B18", person, newest - 1, "another member of the household is paid too", "X15")
        else:
            p.line_edits.append(("return", other, programme, newest - 1, 0))
            p.near("B18", person, newest - 1, "the other member's line was returned", "X15")
    for stop, is_case in ((p.first(1), True), (p.first(1) + 1, False)):
        person, _ = p.take_single_allowance()
        household = int(p.persons.household[person])
        members = p.register.person[(p.register.household == household) & (p.register.category == "DBB")]
        for member in sorted(set(members.tolist()) - {person}):
            p.ends.append((member, "DBB", stop, "INCOME"))
        if is_case:
            p.case("B18", person, newest - 1, "nobody of the household is 低保边缘 any more", "X15")
        else:
            p.ends.append((person, "DB1", p.first(1) + 5, "INCOME"))
            p.near("B18", person, newest - 1, "the household left 低保边缘 a day after the 1st", "X15")
