"""Damage to single cells that comes and goes: forms of dates and amounts, codes as text, odd names, wrong codes."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import feed
from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.plan import PRIVATE_USE_LETTER
from ingest.simulate.timeline import day, to_date
from warehouse.contracts import Column

DATE_FORM_RATE = 0.003
UNREADABLE_RATE = 0.0004
AMOUNT_FORM_RATE = 0.002
CODE_FORM_RATE = 0.003
NAME_FORM_RATE = 0.002
AREA_CODE_RATE = 0.002
ACCOUNT_RATE = 0.002
DOT_FORM_SHARE = 0.3
UNKNOWN_CODE_LEAST_ROWS = 150
UNKNOWN_CODE_FILES = 0.12
EXCEL_EPOCH = 25_569  # Excel's serial number of 1970-01-01
UNREADABLE_DATE = "1900-01-00"
OLD_COUNTY, COUNTY = "500232", "500156"
BAD_DATE_COLUMNS = {
    "agriculture__monitored_persons": "identified_date",
    "disabled_federation__certificates": "issue_date",
    "funeral__cremations": "death_date",
    "health__deaths": "death_date",
    "civil_affairs__register": "last_review_date",
}
UNKNOWN_CODES = {
    "civil_affairs__register": ("relation_code", "儿媳"),
    "finance__payments": ("programme_code", "9909"),
    "police__population": ("marital_status_code", "再婚?"),
    "medical_insurance__settlements": ("visit_type_code", "急诊"),
}


def damage_cells(ledger: Ledger) -> None:
    """Everything of this module that the file's columns allow; what sends rows to quarantine comes first."""
    contract = feed(ledger.delivery.feed_id)
    in_workbook = ledger.delivery.form == "xlsx"
    _unreadable_dates(ledger)
    _unknown_codes(ledger)
    for column in contract.columns:
        if column.name not in ledger.table.columns:
            continue
        if column.logical_type == "date" and column.role is None:
            _date_forms(ledger, column.name, in_workbook)
        elif column.role == "yuan":
            _amount_forms(ledger, column.name)
        elif column.role == "area_code":
            _old_county_codes(ledger, column.name)
        elif column.role == "person_name" and column.name != "head_name":
            _name_forms(ledger, column.name)
        elif column.codes and column.keep:
            _code_forms(ledger, column)
    if "account_no" in ledger.table.columns and contract.feed_id == "finance__payments":
        rows = ledger.draw(ledger.count(ACCOUNT_RATE), harmful=False)
        values = [f"{int(v):.5E}" for v in _texts(ledger, "account_no", rows)]
        ledger.write("account_no", rows, values, "F02_ACCOUNT", "flagged", "account_unusable")


def _texts(ledger: Ledger, column: str, rows: np.ndarray) -> list[str]:
    return [text or "" for text in ledger.table[column].gather(rows).to_list()]


def _filled(ledger: Ledger, column: str) -> np.ndarray:
    return (ledger.table[column].fill_null("").str.len_chars() > 0).to_numpy()


def _unreadable_dates(ledger: Ledger) -> None:
    column = BAD_DATE_COLUMNS.get(ledger.delivery.feed_id)
    count = ledger.count(UNREADABLE_RATE)
    if column is None or count == 0:
        return
    rows = ledger.draw(count, harmful=True, where=_filled(ledger, column))
    ledger.write(column, rows, [UNREADABLE_DATE] * len(rows), "D06", "quarantined", "date_unreadable")


def _unknown_codes(ledger: Ledger) -> None:
    """One row in some files, never so many that the file is refused."""
    if ledger.delivery.feed_id not in UNKNOWN_CODES or len(ledger.table) < UNKNOWN_CODE_LEAST_ROWS:
        return
    column, value = UNKNOWN_CODES[ledger.delivery.feed_id]
    if ledger.rng.random() < UNKNOWN_CODE_FILES:
        rows = ledger.draw(1, harmful=True)
        ledger.write(column, rows, [value] * len(rows), "D21", "quarantined", "code_unknown")


def _date_forms(ledger: Ledger, column: str, in_workbook: bool) -> None:
    count = ledger.count(DATE_FORM_RATE)
    if count == 0:
        return
    dated = ledger.table[column].fill_null("").str.contains(r"^\d{4}-\d{2}-\d{2}$").to_numpy()
    rows = ledger.draw(count, harmful=False, where=dated)
    kinds = ledger.rng.integers(0, 5 if in_workbook else 4, len(rows))
    values = [_date_form(text, int(kind)) for text, kind in zip(_texts(ledger, column, rows), kinds, strict=True)]
    ledger.write(column, rows, values, "D06", "normalised")


def _date_form(text: str, kind: int) -> str:
    year, month, number = text.split("-")
    if kind == 0:
        return year + month + number
    if kind == 1 and (month[0] == "0" or number[0] == "0"):
        return f"{year}-{int(month)}-{int(number)}"
    if kind <= 2:
        return f"{year}.{month}.{number}"
    if kind == 3:
        return f"{year}年{int(month)}月{int(number)}日"
    return f"{NUMBER_MARK}{day(date.fromisoformat(text)) + EXCEL_EPOCH}"


def _amount_forms(ledger: Ledger, column: str) -> None:
    count = ledger.count(AMOUNT_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=_filled(ledger, column))
    texts = [text.replace(NUMBER_MARK, "") for text in _texts(ledger, column, rows)]
    units = ledger.rng.integers(0, 3, len(rows))
    values = [
        f"{float(t):,.2f}" + ("" if u == 0 and float(t) >= 1_000 else "元") for t, u in zip(texts, units, strict=True)
    ]
    ledger.write(column, rows, values, "D07", "normalised")


def _old_county_codes(ledger: Ledger, column: str) -> None:
    rows = ledger.draw(ledger.count(AREA_CODE_RATE), harmful=False)
    ledger.write(column, rows, [OLD_COUNTY + t[6:] for t in _texts(ledger, column, rows)], "D25", "mapped")


def _name_forms(ledger: Ledger, column: str) -> None:
    count = ledger.count(NAME_FORM_RATE)
    if count:
        plain = ledger.table[column].fill_null("").str.contains(r"^[^\s·]{2,3}$").to_numpy()
        rows = ledger.draw(count, harmful=False, where=plain)
        gaps = np.array([" ", "\u3000", "  "])[ledger.rng.integers(0, 3, len(rows))]
        values = [str(gap).join([t[0], t[1:]]) for t, gap in zip(_texts(ledger, column, rows), gaps, strict=True)]
        ledger.write(column, rows, values, "D22", "normalised")
    dotted = ledger.table[column].fill_null("").str.contains("·", literal=True).to_numpy()
    count = ledger.count(DOT_FORM_SHARE * dotted.mean()) if dotted.any() else 0
    rows = ledger.draw(count, harmful=False, where=dotted)
    marks = np.array(["•", "・", "‧"])[ledger.rng.integers(0, 3, len(rows))]
    values = [t.replace("·", str(m)) for t, m in zip(_texts(ledger, column, rows), marks, strict=True)]
    ledger.write(column, rows, values, "D22", "normalised")


def _code_forms(ledger: Ledger, column: Column) -> None:
    """Another accepted form of the same code: 男, 1, M."""
    count = ledger.count(CODE_FORM_RATE)
    if count == 0:
        return
    forms: dict[str, list[str]] = {}
    for form, code in column.codes.items():
        if form and form != column.labels[code]:
            forms.setdefault(column.labels[code], []).append(form)
    written = ledger.table[column.name].fill_null("")
    rows = ledger.draw(count, harmful=False, where=written.is_in(list(forms)).to_numpy())
    drawn = ledger.rng.random(len(rows))
    texts = _texts(ledger, column.name, rows)
    values = [forms[t][int(d * len(forms[t]))] for t, d in zip(texts, drawn, strict=True)]
    ledger.write(column.name, rows, values, "D14", "normalised")


def lasting_contradictions(ledger: Ledger, others: dict[str, np.ndarray]) -> None:
    """Birth date, sex, type or grade that disagree with the number, and names with a private-use character."""
    for defect, people in others.items():
        rows = np.flatnonzero(np.isin(ledger.person, people) & ~ledger.lost)
        if len(rows) == 0:
            continue
        if defect == "D17_BIRTH":
            values = [_shifted(t) for t in _texts(ledger, "birth_date", rows)]
            ledger.write("birth_date", rows, values, "D17", "flagged", "birth_date_differs")
        elif defect == "D17_SEX":
            values = ["女" if t == "男" else "男" for t in _texts(ledger, "sex_code", rows)]
            ledger.write("sex_code", rows, values, "D17", "flagged", "sex_differs")
        elif defect == "D13_PUA":
            values = [t[0] + PRIVATE_USE_LETTER for t in _texts(ledger, "person_name", rows)]
            ledger.write("person_name", rows, values, "D13", "flagged", "name_odd_character")
        else:
            place, rule = (18, "disability_type_differs") if defect == "F13_TYPE" else (19, "disability_grade_differs")
            values = [_other_digit(t, place) for t in _texts(ledger, "certificate_no", rows)]
            ledger.write("certificate_no", rows, values, defect, "flagged", rule)


def _shifted(text: str) -> str:
    return str(date.fromisoformat(text) - timedelta(days=31))


def _other_digit(text: str, place: int) -> str:
    digit = str(int(text[place]) % 4 + 1)
    return text[:place] + digit + text[place + 1 :]


def natural_features(ledger: Ledger, table: pl.DataFrame) -> None:
    """List what looks odd and is in order: reversals, bills of months ago, unnamed bodies, re-issued numbers."""
    feed_id = ledger.delivery.feed_id
    if feed_id == "finance__payments":
        rows = np.flatnonzero(table["paid_yuan"].str.starts_with("-").to_numpy())
        ledger.note(rows, "paid_yuan", "F02_REVERSAL", "normalised")
    elif feed_id == "medical_insurance__settlements":
        rows = np.flatnonzero((table["is_reversal"] == "是").to_numpy())
        ledger.note(rows, "is_reversal", "F07_REVERSAL", "normalised")
        limit = str(to_date(ledger.delivery.period_end - 40))
        rows = np.flatnonzero((table["settlement_date"] < limit).to_numpy())
        ledger.note(rows, "settlement_date", "F07_LATE", "normalised")
        limit = str(to_date(ledger.delivery.period_end - 6))
        again = (table["settlement_date"] < limit) & (table["is_reversal"] == "否") & (table["is_offsite"] == "否")
        ledger.note(np.flatnonzero(again.to_numpy()), "settlement_id_medical", "F07_TWICE", "normalised")
    elif feed_id == "funeral__cremations":
        ledger.note(np.flatnonzero(ledger.person < 0), "person_id_no", "F17_UNNAMED", "normalised")
    elif feed_id == "disabled_federation__certificates":
        rows = np.flatnonzero((table["certificate_no"].str.len_chars() > 20).to_numpy())
        ledger.note(rows, "certificate_no", "F13_REISSUED", "normalised")
