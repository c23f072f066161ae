"""Codes from whatever the bureau writes for them: the code, its label, a known variant, √ and ×; unified credit codes.

In: cleaned text and the contract's code list. Out: the code or the boolean, null where the text is outside the list; whether
a credit code fits GB 32100.
"""

from __future__ import annotations

import polars as pl

from ingest.normalise import compact
from warehouse.contracts import Column

WHOLE_FLOAT = r"^([0-9]+)\.0$"
CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODE = r"^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$"
CREDIT_PLACES = 17
CREDIT_BASE = 31


def read_code(text: pl.Expr, column: Column) -> pl.Expr:
    """The column's code, or the boolean of a boolean column."""
    words = {form: code for form, code in column.codes.items() if form}
    # A workbook keeps 1 as a number and may hand it over as 1.0.
    written = compact(text).str.replace(WHOLE_FLOAT, "$1")
    code = written.replace_strict(words, default=None, return_dtype=pl.String)
    if "" in column.codes:
        code = pl.when(text.is_null()).then(pl.lit(column.codes[""])).otherwise(code)
    return code == "true" if column.logical_type == "boolean" else code


def read_credit_code(text: pl.Expr) -> pl.Expr:
    """A unified social credit code: upper case, without spaces and hyphens."""
    return text.str.replace_all(r"[\s\-]", "").str.to_uppercase()


def is_credit_code(code: pl.Expr) -> pl.Expr:
    """Whether a code has the form of GB 32100 and its check character fits: weights 3^i, modulo 31."""
    values = {character: value for value, character in enumerate(CREDIT_CHARACTERS)}
    total = pl.sum_horizontal(
        code.str.slice(place, 1).replace_strict(values, default=None, return_dtype=pl.Int32)
        * pow(3, place, CREDIT_BASE)
        for place in range(CREDIT_PLACES)
    )
    check = pl.lit(CREDIT_CHARACTERS).str.slice((CREDIT_BASE - total % CREDIT_BASE) % CREDIT_BASE, 1)
    return code.str.contains(CREDIT_CODE) & (code.str.slice(CREDIT_PLACES, 1) == check)
