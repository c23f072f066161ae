"""Wrong identity numbers: lasting ones of a bureau's system, single ones, and numbers of a second person in a row."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate import identity_numbers
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.plan import Plan, fits_old_form
from ingest.simulate.defects.rates import LATER_NUMBER_RATES, LEAST_ROWS, OTHER_NUMBER_RATE

QUARANTINING = {"D02": "id_check_digit", "D04": "id_lost_precision", "D05": "id_masked"}
# Of one file of the housing fund a part went through a spreadsheet and was saved as CSV: this share of its numbers
# lost their tail. Fewer than make the intake gate doubt the volume, more than are slips.
SPREADSHEET_FEED, SPREADSHEET_SHARE, SPREADSHEET_AGE = "housing_fund__deposits", 0.03, (100, 200)
MADE_LEAST = 10


def number_column(ledger: Ledger) -> str | None:
    """The column with the number of the row's person."""
    column = ledger.feed.person_column
    return column.name if column and column.name in ledger.table.columns else None


def lasting_numbers(ledger: Ledger, plan: Plan) -> None:
    """The planned wrong numbers of the feeds that have sent from the start."""
    column = number_column(ledger)
    for defect, (people, numbers) in plan.numbers.get(ledger.delivery.feed_id, {}).items():
        if len(people) == 0 or column is None:
            continue
        order = np.argsort(people)
        rows = np.flatnonzero(np.isin(ledger.person, people))
        wrong = numbers[order][np.searchsorted(people[order], ledger.person[rows])].tolist()
        outcome, rule = ("quarantined", QUARANTINING[defect]) if defect in QUARANTINING else ("normalised", "")
        if "payee_id_no" in ledger.table.columns:
            _payee_numbers(ledger, people, numbers, defect, rows)
        if column == "certificate_no":
            tails = [text[18:] for text in ledger.table[column].gather(rows).to_list()]
            wrong = [number + tail for number, tail in zip(wrong, tails, strict=True)]
        if defect == "D04":
            wrong = [NUMBER_MARK + number for number in wrong]
        ledger.write(column, rows, wrong, defect, outcome, rule)


def _payee_numbers(ledger: Ledger, people: np.ndarray, numbers: np.ndarray, defect: str, own: np.ndarray) -> None:
    """The payee's number is wrong where the payee's own is: on the own line, and on the lines of a child."""
    wrong_of = dict(zip(ledger.world.persons.id_no[people].tolist(), numbers.tolist(), strict=True))
    payees = ledger.table["payee_id_no"]
    rows = np.flatnonzero(payees.is_in(list(wrong_of)).to_numpy())
    correct = payees.gather(rows).to_list()
    values = [wrong_of[text] for text in correct]
    ledger.put("payee_id_no", rows, values)
    outcome, rule = ("flagged", "payee_id_unusable") if defect in QUARANTINING else ("normalised", "")
    is_own = np.isin(rows, own)
    for mine, then, named in ((~is_own, outcome, rule), (is_own, "aside", "")):
        places = np.flatnonzero(mine)
        listed = [[texts[p] for p in places] for texts in (values, correct)]
        ledger.note(rows[places], "payee_id_no", defect, then, named, *listed)


def later_numbers(ledger: Ledger, plan: Plan) -> None:
    """Wrong numbers in the feeds that joined later: the same share of persons in every file, one of each in a showcase."""
    rates, column = LATER_NUMBER_RATES.get(ledger.delivery.feed_id, {}), number_column(ledger)
    if not rates or column is None or not len(ledger.table):
        return
    has_number = (ledger.person >= 0) & ledger.filled(column)
    drawn = np.where(has_number, plan.fraction(ledger.world, ledger.delivery.feed_id)[ledger.person], 1.0)
    edge = 0.0
    for defect, rate in rates.items():
        mine = (drawn >= edge) & (drawn < edge + rate) & has_number & _fits(ledger, defect)
        edge += rate
        free = ~(ledger.lost | ledger.touched)
        if defect not in ("D01", "D03"):
            free &= ~ledger.shielded
        rows = np.flatnonzero(mine & free)
        if len(rows) == 0 and ledger.is_showcase and len(ledger.table) >= LEAST_ROWS:
            rows = ledger.draw(1, harmful=True, where=has_number & _fits(ledger, defect))
        _write_wrong(ledger, column, rows, defect, plan)


def _fits(ledger: Ledger, defect: str) -> np.ndarray:
    people = np.maximum(ledger.person, 0)
    if defect == "D01":
        return fits_old_form(ledger.world, people)
    if defect == "D04":
        return np.char.isdigit(ledger.world.persons.id_no[people])
    return np.ones(len(people), dtype=bool)


def _write_wrong(ledger: Ledger, column: str, rows: np.ndarray, defect: str, plan: Plan) -> None:
    people = ledger.person[rows]
    right = ledger.world.persons.id_no[people]
    if len(rows) == 0:
        return
    if defect == "D04" and ledger.delivery.form == "csv":
        _lost_in_text(ledger, column, rows)
    elif defect == "UNSEEN":
        mistaken = [namesake_number(ledger, int(p)) or plan.spare_of(int(p)) for p in people]
        ledger.write(column, rows, mistaken, "D02", "undetectable")
    else:
        wrong = wrong_numbers(right, people, defect, ledger.world.seed)
        if defect == "D04":
            wrong = [NUMBER_MARK + number for number in wrong]
        outcome, rule = ("quarantined", QUARANTINING[defect]) if defect in QUARANTINING else ("normalised", "")
        ledger.write(column, rows, wrong, defect, outcome, rule)


def wrong_numbers(right: np.ndarray, people: np.ndarray, defect: str, seed: int) -> list[str]:
    """What is written for each person's number; the same person is always written alike."""
    if defect == "D01":
        return identity_numbers.old_form(right).tolist()
    if defect == "D04":
        return identity_numbers.with_lost_precision(right).tolist()
    if defect == "D05":
        return [masked(number, int(person)) for number, person in zip(right, people, strict=True)]
    make = identity_numbers.with_wrong_check if defect == "D02" else identity_numbers.with_disguise
    return [
        str(make(np.array([number]), np.random.default_rng([seed, 11, int(person)]))[0])
        for number, person in zip(right, people, strict=True)
    ]


def namesake_number(ledger: Ledger, person: int) -> str:
    """The number of somebody else of that name, in 15 places where the bureau knew it so; empty where there is none."""
    persons = ledger.world.persons
    others = np.flatnonzero(persons.name == persons.name[person])
    others = others[others != person]
    if len(others) == 0 or person % 2:
        return ""
    other = others[:1]
    number = persons.id_no[other]
    return str((identity_numbers.old_form(number) if fits_old_form(ledger.world, other)[0] else number)[0])


def masked(number: str, person: int) -> str:
    """A number as a bureau masks it: four or six places open at the front, four at the end."""
    front = 4 if person % 2 else 6
    return number[:front] + "*" * (14 - front) + number[14:]


def _lost_in_text(ledger: Ledger, column: str, rows: np.ndarray) -> None:
    """Text that ends in 000 because a spreadsheet made it: one in eleven fits its check digit, and then nothing tells."""
    right = ledger.world.persons.id_no[ledger.person[rows]]
    made = identity_numbers.with_lost_precision(right)
    fits = np.array([str(identity_numbers.check_letters(np.array([n[:17]]))[0]) == n[17] for n in made])
    same = made == right
    for mine, outcome, rule in ((~fits, "quarantined", "id_check_digit"), (fits & ~same, "undetectable", "")):
        ledger.write(column, rows[mine], made[mine].tolist(), "D04", outcome, rule)


def through_a_spreadsheet(ledger: Ledger) -> None:
    """A whole CSV file whose numbers lost their tail: the excess of 000 endings tells, for the fitting ones too."""
    column, age = number_column(ledger), ledger.world.today - ledger.delivery.period_end
    youngest, oldest = SPREADSHEET_AGE
    if ledger.delivery.feed_id != SPREADSHEET_FEED or column is None or not youngest <= age < oldest:
        return
    wanted = max(MADE_LEAST, int(SPREADSHEET_SHARE * len(ledger.table)))
    rows = ledger.draw(wanted, harmful=True, where=ledger.matches(column, r"^\d{18}$"))
    made = identity_numbers.with_lost_precision(ledger.world.persons.id_no[ledger.person[rows]])
    if len(set(made.tolist())) < MADE_LEAST:
        return
    ledger.write(column, rows, made.tolist(), "D04", "quarantined", "id_lost_precision")
    valid = np.flatnonzero(ledger.matches(column, r"^\d{15}000$") & ~ledger.lost)
    ledger.note(valid, column, "D04", "misjudged", "id_lost_precision")


def other_numbers(ledger: Ledger) -> None:
    """Unusable numbers of a second person: the row stands, with a mark."""
    for column in ledger.feed.columns:
        if column.role != "other_id" or column.name == "payee_id_no" or column.name not in ledger.table.columns:
            continue
        count = ledger.count(OTHER_NUMBER_RATE)
        if count == 0:
            continue
        filled = ledger.matches(column.name, r"^\d{17}[\dX]$")
        rows = ledger.draw(count, harmful=False, where=filled, column=column.name)
        right = np.array(ledger.texts(column.name, rows))
        values = identity_numbers.with_wrong_check(right, ledger.rng).tolist() if len(rows) else []
        ledger.write(column.name, rows, values, "D02", "flagged", column.name.removesuffix("_no") + "_unusable")


def test_number(plan: Plan, ledger: Ledger) -> str:
    """A valid number that nobody holds."""
    return str(plan.spare_numbers[int(ledger.rng.integers(0, len(plan.spare_numbers)))])


def with_certificate_tail(number: str) -> pl.Expr:
    """A certificate number of another person with the row's own type and grade."""
    return (pl.lit(number) + pl.col("certificate_no").str.slice(18)).alias("certificate_no")
