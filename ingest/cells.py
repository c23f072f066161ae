"""The texts of one column, read by its role and type: value, faults, flags.

In: the different texts of a column, its contract, what is known of the file. Out: `Cells`. Plain cells are read in bulk, the
others one expression after the other; both ways give the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from ingest import amounts, codes, dates, identity_numbers, normalise
from ingest.distinct_texts import FEW
from ingest.fixed_width import Mask, plain_dates, plain_names
from warehouse.contracts import Column, Feed

ACCOUNT = r"^[0-9A-Z]{8,34}$"
PHONE = r"^\+?[0-9]{7,15}$"
NUMBER_MARKS = r"[\s\-()]"
PERSON_ROLES = ("person_id", "certificate_no")
NUMBER_ROLES = (*PERSON_ROLES, "other_id")
TEST_NAME = r"^(?i:test)|测试|^演示"
TEST_WORDS = ["test", "测试", "演示"]
# What stands in a cell that was left empty; in a column of amounts it may as well mean zero, so there it is a fault.
PLACEHOLDERS = ("无", "暂无", "-", "--", "—", "——", "/", "NULL", "null")
TEST_TEXT = r"(?i:test)|测试|演示"


@dataclass(frozen=True)
class Context:
    """What is known of a column beside its texts.

    `unit`: what the header's unit is worth in the lake's; `is_unit_stated`: it isn't the contract's. `unseen`: what the
    size of the whole column says of it. `span`: whether the column is the "start" or the "end" of a pair of dates.
    """

    today: date
    unit: Decimal = Decimal(1)
    is_unit_stated: bool = False
    unseen: Decimal | None = None
    is_spoilt: bool = False
    is_number: pl.Series | None = None
    span: str | None = None


@dataclass
class Cells:
    """A column's texts, read. `facts`: those of its numbers. `unstated`: amounts whose unit is nowhere written.

    `hidden`: which identifiers hold what looks like somebody's number, None where none does.
    """

    value: pl.Series
    written: pl.Series
    faults: dict[str, pl.Series] = field(default_factory=dict)
    flags: dict[str, pl.Series] = field(default_factory=dict)
    facts: pl.DataFrame = field(default_factory=pl.DataFrame)
    unstated: pl.Series | None = None
    hidden: pl.Series | None = None

    def fault(self, rule: str, mask: pl.Series) -> None:
        """Note a fault where it occurs."""
        if mask.any():
            self.faults[rule] = mask.fill_null(False)

    def flag(self, mark: str, mask: pl.Series) -> None:
        """Note a flag where it occurs."""
        if mask.any():
            self.flags[mark] = mask.fill_null(False)


def read_cells(texts: pl.Series, column: Column, feed: Feed, context: Context) -> Cells:
    """The texts of one column of a feed, read."""
    if column.role in NUMBER_ROLES:
        return _read_numbers(texts, column, context)
    if column.role == "person_name":
        cells = _read_names(texts, column)
    elif column.role in ("account_no", "phone_no"):
        cells = _read_reachable(texts, column, context)
    elif column.codes:
        cells = _read(texts, codes.read_code(pl.col("text"), column), "code_unknown")
        if "" in column.codes:
            cells.faults.pop("required_missing", None)
    elif column.logical_type in ("date", "timestamp"):
        cells = _read_dates(texts, column, context)
    elif column.logical_type == "number":
        cells = _read_amounts(texts, column, context)
    elif column.logical_type == "integer":
        cells = _read(texts, amounts.read_count(pl.col("text")), "amount_unreadable")
    else:
        cells = _read_texts(texts, column)
    if (
        not column.required
        and "" not in column.codes
        and (column.codes or column.logical_type in ("date", "timestamp"))
    ):
        _allow_placeholders(cells)
    if column.required and "" not in column.codes and column.role != "area_code":
        cells.fault("required_missing", cells.written.is_null())
    if column.minimum is not None:
        cells.fault("out_of_range", cells.value < column.minimum)
    if column.maximum is not None:
        above = cells.value > column.maximum
        cells.fault("out_of_range", above | cells.faults["out_of_range"] if "out_of_range" in cells.faults else above)
    if column.name in feed.test_columns:
        cells.fault("test_row", cells.written.str.contains(TEST_TEXT))
    return cells


def _allow_placeholders(cells: Cells) -> None:
    """Take what an optional cell says in place of nothing for nothing."""
    for rule in ("code_unknown", "date_unreadable"):
        if rule in cells.faults:
            cells.fault(rule, cells.faults.pop(rule) & ~cells.written.is_in(list(PLACEHOLDERS)).fill_null(False))


def flag_of(name: str) -> str:
    """The flag of a number that is unusable without being the row's person: account_unusable, payee_id_unusable."""
    return name.removesuffix("_no") + "_unusable"


def is_identifier(column: Column) -> bool:
    """Whether a column of text is a number or key that some system gave, not words."""
    name = column.name
    return column.logical_type == "string" and column.role is None and ("_id_" in name or name.endswith(("_id", "_no")))


def _read(texts: pl.Series, value: pl.Expr, unreadable: str | None, **marks: pl.Expr) -> Cells:
    """Texts by one expression over `text`; a text without a value is a fault where `unreadable` names one."""
    written = normalise.clean_column(texts)
    wanted = {"value": value, **marks}
    frame = written.to_frame("text").lazy().select("text", **wanted).collect()
    cells = Cells(frame["value"], written)
    if unreadable is not None:
        cells.fault(unreadable, written.is_not_null() & frame["value"].is_null())
    for mark in marks:
        cells.flag(mark, frame[mark])
    return cells


def _merged(texts: pl.Series, plain: Mask, values: pl.Series, others: Cells) -> Cells:
    """Plain cells with their values, and the others read apart."""
    rows = pl.Series(np.flatnonzero(~plain)).cast(pl.UInt32)
    cells = Cells(values.clone().scatter(rows, others.value), texts.clone().scatter(rows, others.written))
    for mine, theirs in ((cells.faults, others.faults), (cells.flags, others.flags)):
        for name, mask in theirs.items():
            mine[name] = pl.repeat(False, texts.len(), dtype=pl.Boolean, eager=True).scatter(rows, mask)
    return cells


def _read_numbers(texts: pl.Series, column: Column, context: Context) -> Cells:
    read = identity_numbers.read_numbers
    if column.role == "certificate_no":
        read = identity_numbers.read_certificates
    facts = read(texts, context.is_number, context.today, context.is_spoilt)
    value = facts["certificate" if column.role == "certificate_no" else "number"]
    cells = Cells(value, facts["written"], facts=facts)
    if column.role == "other_id":
        cells.flag(flag_of(column.name), facts["fault"].is_not_null())
    elif facts["fault"].null_count() < texts.len():
        for rule in identity_numbers.RULES:
            cells.fault(rule, facts["fault"] == rule)
    if column.required:
        cells.fault("id_missing" if column.role in PERSON_ROLES else "required_missing", facts["written"].is_null())
    return cells


def _read_names(texts: pl.Series, column: Column) -> Cells:
    name = normalise.clean_name(pl.col("text"))
    odd = {"name_odd_character": name.str.contains(normalise.ODD_IN_NAME)}
    if texts.len() <= FEW:
        cells = _read(texts, name, None, **odd)
    else:
        plain = plain_names(texts)
        cells = _merged(texts, plain, texts, _read(texts.filter(~pl.Series(plain)), name, None, **odd))
    if column.encrypted_name == "name_masked":
        likely = cells.value.str.contains_any(TEST_WORDS, ascii_case_insensitive=True).fill_null(False)
        if likely.any():
            cells.fault("test_row", likely & cells.value.str.contains(TEST_NAME))
    return cells


def _read_reachable(texts: pl.Series, column: Column, context: Context) -> Cells:
    """Account and phone numbers, null where Excel wrote them as 6.2E+18 or they are something else."""
    written = pl.col("text").str.replace_all(NUMBER_MARKS, "").str.to_uppercase()
    form = PHONE if column.role == "phone_no" else ACCOUNT
    is_number = written.str.contains(form) & ~written.str.contains(identity_numbers.SCIENTIFIC)
    cells = _read(texts, pl.when(is_number).then(written), None)
    if context.is_number is not None:
        lost = context.is_number & (cells.written.str.len_bytes() > identity_numbers.EXACT_DIGITS)
        if lost.any():
            cells.value = cells.value.set(lost.fill_null(False), None)
    cells.flag(flag_of(column.name), cells.written.is_not_null() & cells.value.is_null())
    return cells


def _read_dates(texts: pl.Series, column: Column, context: Context) -> Cells:
    text = pl.col("text")
    if column.logical_type == "timestamp":
        cells = _read(texts, dates.read_moment(text), "date_unreadable")
        latest: date = datetime.combine(context.today + timedelta(days=1), time()) - timedelta(microseconds=1)
    else:
        cells, latest = _read_days(texts, column, context), context.today
    if column.open_ended and "date_unreadable" in cells.faults:
        is_open = cells.written.to_frame("text").select(dates.is_open_ended(text, column.open_ended)).to_series()
        mask = cells.faults.pop("date_unreadable") & ~is_open.fill_null(False)
        cells.fault("date_unreadable", mask)
    if not column.may_lie_ahead and column.role != "month":
        cells.flag("date_in_future", cells.value > latest)
    return cells


def _read_days(texts: pl.Series, column: Column, context: Context) -> Cells:
    text = pl.col("text")
    if column.role == "month":
        return _read(texts, dates.read_month(text), "date_unreadable")
    reader = dates.read_date(text) if context.span is None else dates.read_span(text, context.span == "end")
    if texts.len() <= FEW:
        return _read(texts, reader, "date_unreadable")
    plain = plain_dates(texts)
    others = _read(texts.filter(~pl.Series(plain.is_plain)), reader, "date_unreadable")
    return _merged(texts, plain.is_plain, plain.dates, others)


def _read_amounts(texts: pl.Series, column: Column, context: Context) -> Cells:
    units, unseen = amounts.units_of(column.role), context.unseen or Decimal(1)
    cells = _read(texts, amounts.read_amount(pl.col("text"), units, context.unit, unseen), None)
    read = cells.value.struct.unnest()
    cells.value = read["amount"]
    cells.fault("amount_unreadable", cells.written.is_not_null() & cells.value.is_null())
    cells.flag("amount_rounded", read["rounded"])
    is_unstated = ~read["stated"] & cells.value.is_not_null()
    if context.unseen is not None:
        cells.flag("unit_corrected", is_unstated)
    elif column.typical_median is not None and not context.is_unit_stated:
        cells.unstated = cells.value.set(~is_unstated, None)
    return cells


def _read_texts(texts: pl.Series, column: Column) -> Cells:
    text = pl.col("text")
    if column.role == "document_no":
        return _read(texts, normalise.compact(text).str.to_uppercase(), None)
    if column.role == "credit_code":
        code = codes.read_credit_code(text)
        cells = _read(texts, code, None, credit_code_invalid=~codes.is_credit_code(code))
        if "credit_code_invalid" in cells.flags:
            _hide(cells, cells.flags["credit_code_invalid"])
        return cells
    if is_identifier(column):
        cells = _read(texts, normalise.compact(text), None)
        _hide(cells, None)
        return cells
    return _read(texts, normalise.without_long_numbers(text), None)


def _hide(cells: Cells, among: pl.Series | None) -> None:
    """Note which identifiers hold somebody's number: the lake keeps a hash of them."""
    hidden = holds_somebodys_number(cells.value)
    if among is not None:
        hidden &= among
    if hidden.any():
        cells.hidden = hidden
        cells.flag("number_hidden", hidden)


def holds_somebodys_number(identifiers: pl.Series) -> pl.Series:
    """Whether identifiers hold what looks like an identity number, a mobile number or a bank card.

    A bureau's own numbers are often the district's code, a date and four places: those count only where the last
    place is the check digit of the others.
    """
    text = pl.col("text")
    found = identifiers.to_frame("text").select(
        number=normalise.identity_number_in(text), other=normalise.holds_other_number(text).fill_null(False)
    )
    number = found["number"]
    if number.null_count() == number.len():
        return found["other"]
    fits = ~number.str.starts_with(normalise.DISTRICT) | ~identity_numbers.check_fails(number)
    return found["other"] | (number.is_not_null() & fits.fill_null(False))
