"""Damage to amounts: units and commas in cells, a whole column in another unit, negative ones, what nothing can tell."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.rates import AMOUNT_FORM_RATE, LEAST_ROWS, NEGATIVE_RATE, UNSEEN_UNIT_RATE
from ingest.simulate.timeline import month, to_date
from warehouse.contracts import Column

PLAIN = r"^\x01?\d+(\.\d+)?$"
CENT = Decimal("0.01")
YUAN_A_UNIT = {"元": Decimal(1), "万元": Decimal(10_000)}
SQUARE_METRES_A_MU = Decimal("666.67")
# A month in which the whole column came in another unit: months before the as-of month, factor, places written.
SHIFTED = {
    ("human_resources__social_insurance", 3): ("base_yuan", Decimal(100), Decimal(1)),
    ("natural_resources__property", 3): ("floor_area_m2", 1 / SQUARE_METRES_A_MU, Decimal("0.00001")),
}
# A month in which the header names another unit: its word, and how many of them are one of the contract's unit.
UNIT_IN_HEADER = {
    ("housing_fund__deposits", 2): ("base_yuan", "分", Decimal(100)),
    ("trade_union__hardship_workers", 2): ("income_per_head_yuan", "万元", 1 / Decimal(10_000)),
    ("natural_resources__property", 1): ("floor_area_m2", "亩", 1 / SQUARE_METRES_A_MU),
}
HEADER_PLACES = {"分": Decimal(1), "万元": Decimal("0.000001"), "亩": Decimal("0.00001")}
NEGATIVE_IN = {
    "traffic_police__vehicles": "price_yuan",
    "trade_union__hardship_workers": "income_per_head_yuan",
    "housing_fund__deposits": "monthly_deposit_yuan",
    "emergency__disasters": "loss_yuan",
}
UNSEEN_IN = {"housing_fund__deposits": "base_yuan", "veterans__beneficiaries": "allowance_yuan"}


def shifted_column(ledger: Ledger) -> tuple[str, ...]:
    """The column that comes in another unit in this file, damaged already; empty for almost all files."""
    back = month(ledger.world.as_of) - month(to_date(ledger.delivery.period_end))
    silent = SHIFTED.get((ledger.delivery.feed_id, back))
    told = UNIT_IN_HEADER.get((ledger.delivery.feed_id, back))
    if told is not None:
        column, unit, factor = told
        ledger.header_units[column] = unit
        _in_other_unit(ledger, column, factor, HEADER_PLACES[unit], "normalised", "")
        return (column,)
    if silent is not None:
        _in_other_unit(ledger, *silent, "corrected", "unit_corrected")
        return (silent[0],)
    return ()


def _in_other_unit(ledger: Ledger, column: str, factor: Decimal, places: Decimal, outcome: str, rule: str) -> None:
    """Every amount of the column times a factor, written to so many places."""
    rows = np.flatnonzero(ledger.matches(column, PLAIN) & ~ledger.lost)
    texts = ledger.texts(column, rows)
    numbers = [(Decimal(text) * factor).quantize(places) for text in texts]
    mark = NUMBER_MARK if ledger.delivery.form == "xlsx" else ""
    values = [f"{mark}{number.normalize():f}" for number in numbers]
    correct = [str((number / factor).quantize(CENT)) for number in numbers]
    ledger.put(column, rows, values)
    before = ledger.touched[rows]
    ledger.note(rows, column, "D07", outcome, rule, values, correct)
    ledger.touched[rows] = before


def amount_forms(ledger: Ledger, column: Column) -> None:
    """The same amount with its unit or with commas: "1,234.50元", 0.12万元, 123450分."""
    count = ledger.count(AMOUNT_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=ledger.matches(column.name, r"^\x01?-?\d"), column=column.name)
    if column.unit_from:
        _by_unit_column(ledger, column, rows)
        return
    header_unit = "万元" if "万元" in column.header else "元"
    units = ledger.rng.integers(0, 5, len(rows))
    values = []
    for text, kind in zip(ledger.texts(column.name, rows), units, strict=True):
        yuan = Decimal(text) * YUAN_A_UNIT[header_unit]
        values.append(_written(yuan, int(kind)))
    ledger.write(column.name, rows, values, "D07", "normalised")


def _written(yuan: Decimal, kind: int) -> str:
    if kind == 0 and abs(yuan) >= 1_000:
        return f"{yuan:,.2f}元"
    if kind == 1 and yuan > 0:
        return f"{(yuan / 10_000).normalize():f}万元"
    if kind == 2 and yuan > 0:
        return f"{int(yuan * 100)}分"
    if kind == 3:
        return f"¥{yuan:,.2f}" if yuan >= 0 else f"{yuan:,.2f}元"
    return f"{yuan:,.2f}元"


def area_forms(ledger: Ledger, column: Column) -> None:
    """The same area with its unit: 96.50㎡, 96.50平方米."""
    count = ledger.count(AMOUNT_FORM_RATE)
    if count == 0:
        return
    rows = ledger.draw(count, harmful=False, where=ledger.matches(column.name, PLAIN), column=column.name)
    units = np.array(["㎡", "平方米", "m²"])[ledger.rng.integers(0, 3, len(rows))]
    values = [f"{text}{unit}" for text, unit in zip(ledger.texts(column.name, rows), units, strict=True)]
    ledger.write(column.name, rows, values, "D07", "normalised")


def _by_unit_column(ledger: Ledger, column: Column, rows: np.ndarray) -> None:
    """The amount in the other of the two units, and the unit's column says so; all amounts that share it go along."""
    assert column.unit_from is not None
    sharing = [c.name for c in ledger.feed.columns if c.unit_from == column.unit_from]
    if column.name != sharing[0]:
        return
    rows = rows[ledger.matches(column.unit_from, "元")[rows]]
    units = ledger.texts(column.unit_from, rows)
    for name in sharing:
        filled = [bool(text) for text in ledger.texts(name, rows)]
        mine, texts = rows[filled], [text for text in ledger.texts(name, rows) if text]
        mine_units = [unit for unit, is_filled in zip(units, filled, strict=True) if is_filled]
        yuan = [Decimal(text) * YUAN_A_UNIT[unit] for text, unit in zip(texts, mine_units, strict=True)]
        other = [(y if unit == "万元" else y / 10_000) for y, unit in zip(yuan, mine_units, strict=True)]
        values = [f"{amount.normalize():f}" for amount in other]
        ledger.put(name, mine, values)
        ledger.note(mine, name, "D07", "normalised", "", values, [f"{y:f}元" for y in yuan])
    turned = ["元" if unit == "万元" else "万元" for unit in units]
    ledger.put(column.unit_from, rows, turned)
    ledger.note(rows, column.unit_from, "D07", "aside", "", turned, units)


def negative_amounts(ledger: Ledger) -> None:
    """A negative amount where none can be."""
    column = NEGATIVE_IN.get(ledger.delivery.feed_id)
    if column is None or len(ledger.table) < LEAST_ROWS:
        return
    fits = ledger.matches(column, PLAIN) & ~ledger.matches(column, r"^\x01?0+(\.0+)?$")
    rows = ledger.draw(ledger.count(NEGATIVE_RATE), harmful=True, where=fits)
    values = [f"-{text}" for text in ledger.texts(column, rows)]
    ledger.write(column, rows, values, "D07", "quarantined", "out_of_range")


def unseen_units(ledger: Ledger) -> None:
    """A single cell in 分 without a word: as long as it lies within the agreed bounds nothing tells."""
    column = UNSEEN_IN.get(ledger.delivery.feed_id)
    if column is None:
        return
    limit = ledger.feed.column(column).maximum or 0
    cells = ledger.table[column].fill_null("").to_list()
    plain = ledger.matches(column, PLAIN)
    fits = np.array(
        [bool(p) and 0 < float(c.replace(NUMBER_MARK, "")) * 100 <= limit for p, c in zip(plain, cells, strict=True)],
        dtype=bool,
    )
    rows = ledger.draw(ledger.count(UNSEEN_UNIT_RATE), harmful=True, where=fits)
    mark = NUMBER_MARK if ledger.delivery.form == "xlsx" else ""
    values = [f"{mark}{int(Decimal(text) * 100)}" for text in ledger.texts(column, rows)]
    ledger.write(column, rows, values, "D07", "undetectable")
