"""Codes from whatever the bureau writes for them: the code, its label, a known variant, √ and ×.

In: cleaned text and the contract's code list. Out: the code or the boolean, null where the text is outside the list.
"""

from __future__ import annotations

import polars as pl

from ingest.normalise import compact
from warehouse.contracts import Column

WHOLE_FLOAT = r"^([0-9]+)\.0$"
AREA_DIGITS = 12
# Wulong's code as a county, in use until 2016 and still sent today.
FORMER_COUNTY, COUNTY = "500232", "500156"
AREA = r"^([0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?)$"


def read_code(text: pl.Expr, column: Column) -> pl.Expr:
    """The column's code, or the boolean of a boolean column."""
    words = {form: code for form, code in column.codes.items() if form}
    # A workbook keeps 1 as a number and may hand it over as 1.0.
    written = compact(text).str.replace(WHOLE_FLOAT, "$1")
    code = written.replace_strict(words, default=None, return_dtype=pl.String)
    if "" in column.codes:
        code = pl.when(text.is_null()).then(pl.lit(column.codes[""])).otherwise(code)
    return code == "true" if column.logical_type == "boolean" else code


def read_area(text: pl.Expr) -> pl.Expr:
    """The twelve-digit area code; town and county codes are filled up with zeros."""
    digits = compact(text).str.extract(AREA)
    return digits.str.replace(f"^{FORMER_COUNTY}", COUNTY).str.pad_end(AREA_DIGITS, "0")
