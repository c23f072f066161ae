"""Money and counts as written: "1,234.50元", 0.5万元, full-width digits, numbers that Excel made.

In: cleaned text. Out: DECIMAL(14,2) yuan or whole numbers, null where the text is neither. Never a float: NaN, inf and
1e5 are unreadable.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ingest.normalise import compact

MONEY = pl.Decimal(14, 2)
# Eight decimals hold 万元 written to the cent; what Excel's floats add (0.30000000000000004) lies beyond.
WIDE = pl.Decimal(30, 8)
FLOAT_NOISE = Decimal("0.000001")
CURRENCY = r"^(?:人民币|RMB|CNY)?[¥￥]?|(?:人民币|RMB|CNY)$"
WRITTEN = r"^\+?(-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?)(?:万元|万|元|分)?$"
WHOLE = r"^([+-]?[0-9]{1,9})(?:\.0*)?$"
MINUS_SIGNS = r"[\u2212\u2013\u2014]"
UNIT_YUAN = {"万元": Decimal("10000.00"), "元": Decimal("1.00"), "分": Decimal("0.01")}


def read_money(text: pl.Expr, unit: str = "元") -> pl.Expr:
    """A struct of `yuan` and `rounded`; `unit` is what the header says, a unit written in the cell goes before it.

    More than two decimals are rounded half away from zero, and `rounded` is true.
    """
    written = compact(text).str.replace_all(CURRENCY, "").str.replace_all(MINUS_SIGNS, "-")
    number = written.str.extract(WRITTEN).str.replace_all(",", "", literal=True).cast(WIDE, strict=False)
    factor = (
        pl.when(text.str.contains("万", literal=True))
        .then(pl.lit(UNIT_YUAN["万元"]))
        .when(text.str.contains("分", literal=True))
        .then(pl.lit(UNIT_YUAN["分"]))
        .when(text.str.contains("元", literal=True))
        .then(pl.lit(UNIT_YUAN["元"]))
        .otherwise(pl.lit(UNIT_YUAN[unit]))
    )
    exact = number * factor
    yuan = exact.round(2, mode="half_away_from_zero").cast(MONEY, strict=False)
    rounded = (exact - yuan).abs() > pl.lit(FLOAT_NOISE)
    return pl.struct(yuan=yuan, rounded=yuan.is_not_null() & rounded)


def read_count(text: pl.Expr) -> pl.Expr:
    """The whole number that a text means, null where it means none."""
    return compact(text).str.extract(WHOLE).cast(pl.Int32, strict=False)
