"""Money, floor areas, quantities and counts as written: "1,234.50元", 0.5万元, 0.3亩, full-width digits, Excel's numbers.

In: cleaned text. Out: DECIMAL(14,2) in the contract's unit or whole numbers, null where the text is neither. Never a float:
NaN, inf and 1e5 are unreadable. A unit in the cell goes before the header's, the header's before the contract's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from ingest.headers import unit_in
from ingest.normalise import compact
from warehouse.contracts import Column

AMOUNT = pl.Decimal(14, 2)
# Eight decimals hold 万元 written to the cent; what Excel's floats add (0.30000000000000004) lies beyond.
WIDE = pl.Decimal(30, 8)
FLOAT_NOISE = Decimal("0.000001")
CURRENCY = r"^(?:人民币|RMB|CNY)?[¥￥]?|(?:\(?人民币\)?|RMB|CNY)$"
NUMBER = r"(-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?)"
WHOLE = r"^([+-]?[0-9]{1,9})(?:\.0*)?$"
MINUS_SIGNS = r"[\u2212\u2013\u2014]"
# A mobile number in a column of amounts is a slip that must not pass for money; money of that size has its commas.
MOBILE = r"^\+?1[3-9][0-9]{9}(?:\.0*)?$"
YUAN = {
    "亿元": Decimal("100000000"),
    "百万元": Decimal("1000000"),
    "万元": Decimal("10000"),
    "万": Decimal("10000"),
    "千元": Decimal("1000"),
    "元": Decimal("1"),
    "分": Decimal("0.01"),
}
SQUARE_METRES = {
    "平方米": Decimal("1"),
    "平米": Decimal("1"),
    "m2": Decimal("1"),
    "M2": Decimal("1"),
    "m²": Decimal("1"),
    "亩": Decimal("666.67"),
}
QUANTITY = {"%": Decimal("1")}
UNITS: Mapping[str, Mapping[str, Decimal]] = {"square_metres": SQUARE_METRES, "quantity": QUANTITY}


def units_of(role: str | None) -> Mapping[str, Decimal]:
    """What the written units of a column are worth in the contract's."""
    return UNITS.get(role or "", YUAN)


def worth(column: Column, header_unit: str | None) -> Decimal:
    """What an amount without a unit of its own is worth in the lake's unit, from the header's unit or the contract's."""
    units = units_of(column.role)
    own = unit_in(column.header) if column.logical_type == "number" else None
    for unit in (header_unit, own):
        if unit is not None and unit in units:
            return units[unit]
    return Decimal(1)


def is_other_unit(column: Column, header_unit: str | None) -> bool:
    """Whether a file's header names another unit than the contract's: then nothing need be guessed."""
    return header_unit is not None and worth(column, header_unit) != worth(column, None)


def read_amount(
    text: pl.Expr, units: Mapping[str, Decimal] = YUAN, unit: Decimal = Decimal(1), unseen: Decimal = Decimal(1)
) -> pl.Expr:
    """A struct of `amount`, `rounded` and `stated`.

    `unit` is what the header's or the contract's unit is worth, and `unseen` what the whole column's size says of it; both
    hold where the cell names no unit. More than two decimals are rounded half away from zero, and `rounded` is true; what
    only the change of unit adds (亩 to m²) isn't counted.
    """
    written = compact(text).str.replace_all(CURRENCY, "").str.replace_all(MINUS_SIGNS, "-")
    form = rf"^\+?{NUMBER}({'|'.join(units)})?$"
    digits = written.str.extract(form, 1)
    number = digits.str.replace_all(",", "", literal=True).cast(WIDE, strict=False)
    own_unit = written.str.extract(form, 2)
    worth = pl.lit(unit * unseen, dtype=WIDE)
    for name, factor in units.items():
        worth = pl.when(own_unit == name).then(pl.lit(factor, dtype=WIDE)).otherwise(worth)
    exact = pl.when(~digits.str.contains(MOBILE)).then(number * worth)
    amount = exact.round(2, mode="half_away_from_zero").cast(AMOUNT, strict=False)
    rounded = pl.lit(False) if units is SQUARE_METRES else (exact - amount).abs() > pl.lit(FLOAT_NOISE)
    return pl.struct(amount=amount, rounded=amount.is_not_null() & rounded, stated=own_unit.is_not_null())


def read_count(text: pl.Expr) -> pl.Expr:
    """The whole number that a text means, null where it means none."""
    return compact(text).str.extract(WHOLE).cast(pl.Int32, strict=False)
