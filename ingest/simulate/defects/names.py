"""Damage to names: inner spaces, other dots, private-use characters and question marks, facts that contradict the number."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.plan import PRIVATE_USE_LETTER
from ingest.simulate.defects.rates import DOT_FORM_SHARE, NAME_FORM_RATE, ODD_NAME_RATE
from warehouse.contracts import Column

GAPS = np.array([" ", "\u3000", "  "])
DOTS = np.array(["•", "・", "‧", "."])
DAYS_WRONG = 31
# Where a name stands wrong for good (planned), single odd ones are left out.
PLANNED = ("police__population",)


def name_forms(ledger: Ledger, column: Column) -> None:
    """张 三, and every dot but the right one in the names of minorities."""
    count = ledger.count(NAME_FORM_RATE)
    if count:
        plain = ledger.matches(column.name, "^[^\\s·?\ue000-\uf8ff]{2,3}$")
        rows = ledger.draw(count, harmful=False, where=plain, column=column.name)
        gaps = GAPS[ledger.rng.integers(0, len(GAPS), len(rows))]
        values = [str(gap).join([t[0], t[1:]]) for t, gap in zip(ledger.texts(column.name, rows), gaps, strict=True)]
        ledger.write(column.name, rows, values, "D22", "normalised")
    dotted = ledger.matches(column.name, "·")
    count = ledger.count(DOT_FORM_SHARE * dotted.mean()) if dotted.any() else 0
    rows = ledger.draw(count, harmful=False, where=dotted, column=column.name)
    marks = DOTS[ledger.rng.integers(0, len(DOTS), len(rows))]
    values = [t.replace("·", str(m)) for t, m in zip(ledger.texts(column.name, rows), marks, strict=True)]
    ledger.write(column.name, rows, values, "D22", "normalised")


def odd_names(ledger: Ledger, column: Column) -> None:
    """A letter that the bureau's character set lacks, as a question mark or in the private-use area."""
    if ledger.delivery.feed_id in PLANNED:
        return
    count = ledger.count(ODD_NAME_RATE)
    if count == 0:
        return
    plain = ledger.matches(column.name, r"^[^\s·•・‧.]{2,3}$")
    rows = ledger.draw(count, harmful=False, where=plain, column=column.name)
    kinds = ledger.rng.integers(0, 2, len(rows))
    values = [t[0] + ("?", PRIVATE_USE_LETTER)[k] for t, k in zip(ledger.texts(column.name, rows), kinds, strict=True)]
    ledger.write(column.name, rows, values, "D13", "flagged", "name_odd_character")


def lasting_contradictions(ledger: Ledger, others: dict[str, np.ndarray]) -> None:
    """Birth date, sex, type or grade that disagree with the number, and names with a private-use character."""
    for defect, people in others.items():
        rows = np.flatnonzero(np.isin(ledger.person, people) & ~ledger.lost)
        if len(rows) == 0:
            continue
        if defect == "D17_BIRTH":
            values = [str(date.fromisoformat(t) - timedelta(days=DAYS_WRONG)) for t in ledger.texts("birth_date", rows)]
            ledger.write("birth_date", rows, values, "D17", "flagged", "birth_date_differs")
        elif defect == "D17_SEX":
            values = ["女" if t == "男" else "男" for t in ledger.texts("sex_code", rows)]
            ledger.write("sex_code", rows, values, "D17", "flagged", "sex_differs")
        elif defect == "D13_PUA":
            values = [t[0] + PRIVATE_USE_LETTER for t in ledger.texts("person_name", rows)]
            ledger.write("person_name", rows, values, "D13", "flagged", "name_odd_character")
        else:
            place, rule = (18, "disability_type_differs") if defect == "F13_TYPE" else (19, "disability_grade_differs")
            values = [_other_digit(t, place) for t in ledger.texts("certificate_no", rows)]
            ledger.write("certificate_no", rows, values, defect, "flagged", rule)


def _other_digit(text: str, place: int) -> str:
    digit = str(int(text[place]) % 4 + 1)
    return text[:place] + digit + text[place + 1 :]
