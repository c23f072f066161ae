"""Damage to codes: other forms of the same code, codes outside the list, credit codes that fail, unusable accounts."""

from __future__ import annotations

import numpy as np

from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.rates import (
    ACCOUNT_RATE,
    CODE_FORM_RATE,
    CREDIT_CODE_RATE,
    LEAST_ROWS,
    UNKNOWN_CODE_FILES,
)
from warehouse.contracts import Column

UNKNOWN_CODES = {  # by default the first mandatory code column that isn't a key, and UNKNOWN
    "civil_affairs__register": ("relation_code", "儿媳"),
    "finance__payments": ("programme_code", "9909"),
    "police__population": ("marital_status_code", "再婚?"),
    "medical_insurance__settlements": ("visit_type_code", "急诊"),
}
UNKNOWN = "待定"
CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def unknown_codes(ledger: Ledger) -> None:
    """One row in some files, never so many that the file is refused."""
    if len(ledger.table) < LEAST_ROWS or not ledger.happens(UNKNOWN_CODE_FILES):
        return
    column, value = UNKNOWN_CODES.get(ledger.delivery.feed_id) or (_plain_code_column(ledger), UNKNOWN)
    if column:
        rows = ledger.draw(1, harmful=True, where=ledger.filled(column), column=column)
        ledger.write(column, rows, [value] * len(rows), "D21", "quarantined", "code_unknown")


def _plain_code_column(ledger: Ledger) -> str:
    for column in ledger.feed.columns:
        is_plain = column.codes and column.required and column.keep and column.logical_type != "boolean"
        if is_plain and column.name in ledger.table.columns:
            return column.name
    return ""


def code_forms(ledger: Ledger, column: Column) -> None:
    """Another accepted form of the same code: 男, 1, M."""
    count = ledger.count(CODE_FORM_RATE)
    if count == 0:
        return
    forms: dict[str, list[str]] = {}
    for form, code in column.codes.items():
        if form:
            forms.setdefault(code, []).append(form)
    known = [form for form, code in column.codes.items() if form and len(forms[code]) > 1]
    rows = ledger.draw(count, harmful=False, where=ledger.is_one_of(column.name, known), column=column.name)
    drawn = ledger.rng.random(len(rows))
    values = []
    for text, share in zip(ledger.texts(column.name, rows), drawn, strict=True):
        others = [form for form in forms[column.codes[text]] if form != text]
        values.append(others[int(share * len(others))])
    ledger.write(column.name, rows, values, "D14", "normalised")


def credit_codes(ledger: Ledger, column: Column) -> None:
    """A unified social credit code whose check letter fails; the value is kept, with a mark."""
    count = ledger.count(CREDIT_CODE_RATE)
    if count == 0:
        return
    known = ledger.matches(column.name, r"^[0-9A-Z]{18}$")
    rows = ledger.draw(count, harmful=False, where=known, column=column.name)
    steps = ledger.rng.integers(1, len(CREDIT_LETTERS), len(rows))
    values = []
    for text, step in zip(ledger.texts(column.name, rows), steps, strict=True):
        place = CREDIT_LETTERS.index(text[17])
        values.append(text[:17] + CREDIT_LETTERS[(place + int(step)) % len(CREDIT_LETTERS)])
    ledger.write(column.name, rows, values, f"{ledger.feed.code}_CREDIT", "flagged", "credit_code_invalid")


def scientific_accounts(ledger: Ledger, column: Column) -> None:
    """Accounts that a spreadsheet wrote as 6.21700E+18."""
    if ledger.delivery.feed_id != "finance__payments":
        return
    rows = ledger.draw(ledger.count(ACCOUNT_RATE), harmful=False, where=ledger.filled(column.name))
    values = [f"{int(text):.5E}" for text in ledger.texts(column.name, rows)]
    ledger.write(column.name, np.asarray(rows), values, "F02_ACCOUNT", "flagged", "account_unusable")
