"""Each agreed column of a file, read by its role and type: values, faults of single cells, flags.

In: the text cells of a `RawTable`. Out: `Readings`. A fault sends the row to quarantine, a flag lets it pass with a
mark. All columns are read in a few passes over the whole table: most files are small and there are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from ingest import amounts, codes, dates, identity_numbers, normalise
from ingest.tables import RawTable
from warehouse.contracts import Column, Feed

ACCOUNT = r"^[0-9A-Z]{8,34}$"
PHONE = r"^\+?[0-9]{7,15}$"
NUMBER_MARKS = r"[\s\-()]"
PERSON_ROLES = ("person_id", "certificate_no")
NUMBER_READERS = {
    "person_id": identity_numbers.read_numbers,
    "other_id": identity_numbers.read_numbers,
    "certificate_no": identity_numbers.read_certificates,
}
TEST_NAME = r"^(?i:test)|测试|^演示"
# Columns that the person's number tells as well. Neither is believed more: the row passes with a mark.
CONTRADICTIONS = (
    ("birth_date_differs", "birth_date", "birth_date"),
    ("sex_differs", "sex_code", "sex_code"),
    ("disability_type_differs", "disability_type_code", "type_code"),
    ("disability_grade_differs", "disability_grade_code", "grade_code"),
)
Masks = dict[tuple[str, str], pl.Series]


@dataclass(frozen=True)
class Readings:
    """The columns of one file, one row per whole row of it.

    `values`: what each kept column says, an identity column its clear text. `written`: the cleaned text. `person`:
    the facts of the row's person's number. `faults`: by rule and column, which rows break it, only where one does.
    `flags`: by mark, which rows carry it, only where one does.
    """

    values: pl.DataFrame
    written: pl.DataFrame
    person: pl.DataFrame
    faults: Masks
    flags: dict[str, pl.Series]


def read_columns(table: RawTable, feed: Feed, today: date) -> Readings:
    """Every kept column of the feed, read; a column that the file lacks is all empty.

    `today` is the day the file was received: nobody was born after it.
    """
    kept = [column for column in feed.columns if column.keep]
    missing = [pl.lit(None, dtype=pl.String).alias(c.name) for c in kept if c.name not in table.cells.columns]
    raw = table.cells.with_columns(missing).select(column.name for column in kept)
    written = normalise.clean_cells(raw)
    numbers: dict[str, pl.DataFrame] = {}
    for column in kept:
        if column.role in NUMBER_READERS:
            cells = table.number_cells.get(column.name)
            read = NUMBER_READERS[column.role]
            numbers[column.name] = read(raw[column.name], written[column.name], cells, today)
    readers = {c.name: _reader(c, table.binding.units.get(c.name, "元")) for c in kept if c.name not in numbers}
    values = normalise.read_values(written, readers)
    written = written.with_columns(facts["written"].alias(name) for name, facts in numbers.items())
    person = numbers[feed.person_column.name] if feed.person_column else pl.DataFrame()
    facts = [written.rename(lambda name: "written " + name), person.rename(lambda name: "person " + name)]
    facts += [frame.select(pl.col("fault").alias("fault " + name)) for name, frame in numbers.items()]
    facts += [cells.to_frame("long " + name) for name, cells in table.number_cells.items()]
    masks = _found_masks(pl.concat([values, *facts], how="horizontal"), kept)
    values = values.with_columns(
        pl.col(c.name).struct.field("yuan").alias(c.name) for c in kept if c.logical_type == "number"
    ).with_columns(
        facts["certificate" if "certificate" in facts.columns else "number"].alias(name)
        for name, facts in numbers.items()
    )
    faults = {(rule, name): mask for (is_fault, rule, name), mask in masks.items() if is_fault}
    flags: dict[str, pl.Series] = {}
    for (is_fault, flag, name), mask in masks.items():
        if not is_fault:
            flags[flag] = flags[flag] | mask if flag in flags else mask
            if flag == flag_of(name):
                values = values.with_columns(values[name].set(mask, None))
    return Readings(values.select(c.name for c in kept), written, person, faults, flags)


def flag_of(name: str) -> str:
    """The flag of a number that is unusable without being the row's person: account_unusable, payee_id_unusable."""
    return name.removesuffix("_no") + "_unusable"


def _reader(column: Column, unit: str) -> normalise.Reader:
    if column.role in ("account_no", "phone_no"):
        form = PHONE if column.role == "phone_no" else ACCOUNT
        return partial(_read_reachable, form=form)
    if column.role == "person_name":
        return normalise.clean_name
    if column.role == "area_code":
        return codes.read_area
    if column.codes:
        return partial(codes.read_code, column=column)
    if column.logical_type == "date":
        return dates.read_month if column.role == "month" else dates.read_date
    if column.logical_type == "number":
        return partial(amounts.read_money, unit=unit)
    if column.logical_type == "integer":
        return amounts.read_count
    return normalise.compact if "_id_" in column.name else normalise.without_long_numbers


def _read_reachable(text: pl.Expr, form: str) -> pl.Expr:
    """An account or phone number, null where Excel wrote it as 6.2E+18 or it is something else."""
    written = text.str.replace_all(NUMBER_MARKS, "").str.to_uppercase()
    is_number = written.str.contains(form) & ~written.str.contains(identity_numbers.SCIENTIFIC)
    return pl.when(is_number).then(written)


def _found_masks(frame: pl.DataFrame, kept: list[Column]) -> dict[tuple[bool, str, str], pl.Series]:
    """By (is a fault, rule or flag, column) which rows it concerns, only what concerns any."""
    wanted: dict[tuple[bool, str, str], pl.Expr] = {}
    for column in kept:
        for rule, expression in _faults(column, frame).items():
            wanted[True, rule, column.name] = expression
        for flag, expression in _flags(column, frame).items():
            wanted[False, flag, column.name] = expression
    masks = frame.select(expr.fill_null(False).alias(str(i)) for i, expr in enumerate(wanted.values()))
    if masks.height == 0:
        return {}
    found = masks.select(pl.all().any()).row(0)
    return {key: masks[str(i)] for i, key in enumerate(wanted) if found[i]}


def _faults(column: Column, frame: pl.DataFrame) -> dict[str, pl.Expr]:
    written, value = pl.col("written " + column.name), pl.col(column.name)
    unreadable = written.is_not_null() & value.is_null() if column.name in frame.columns else pl.lit(False)
    faults: dict[str, pl.Expr] = {}
    if column.role in PERSON_ROLES:
        faults = {rule: pl.col("fault " + column.name) == rule for rule in identity_numbers.RULES}
    elif column.role == "area_code" or column.codes:
        faults["code_unknown"] = unreadable
    elif column.logical_type == "date":
        faults["date_unreadable"] = unreadable & ~dates.is_open_ended(written, column.open_ended)
    elif column.logical_type == "number":
        value = value.struct.field("yuan")
        faults["amount_unreadable"] = written.is_not_null() & value.is_null()
    elif column.logical_type == "integer":
        faults["amount_unreadable"] = unreadable
    if column.required and "" not in column.codes:
        faults["id_missing" if column.role in PERSON_ROLES else "required_missing"] = written.is_null()
    bounds = [value < column.minimum] if column.minimum is not None else []
    bounds += [value > column.maximum] if column.maximum is not None else []
    if bounds:
        faults["out_of_range"] = pl.any_horizontal(bounds)
    if column.encrypted_name == "name_masked":
        faults["test_row"] = value.str.contains(TEST_NAME)
    return faults


def _flags(column: Column, frame: pl.DataFrame) -> dict[str, pl.Expr]:
    written, value = pl.col("written " + column.name), pl.col(column.name)
    if column.role == "other_id":
        return {flag_of(column.name): pl.col("fault " + column.name).is_not_null()}
    if column.role in ("account_no", "phone_no"):
        unusable = written.is_not_null() & value.is_null()
        if "long " + column.name in frame.columns:
            unusable |= pl.col("long " + column.name) & (written.str.len_bytes() > identity_numbers.EXACT_DIGITS)
        return {flag_of(column.name): unusable}
    if column.role == "person_name":
        return {"name_odd_character": value.str.contains(normalise.ODD_IN_NAME)}
    if column.logical_type == "number":
        return {"amount_rounded": value.struct.field("rounded")}
    for flag, name, fact in CONTRADICTIONS:
        if column.name == name and "person " + fact in frame.columns:
            return {flag: _contradicts(value, pl.col("person " + fact), name)}
    return {}


def _contradicts(value: pl.Expr, fact: pl.Expr, name: str) -> pl.Expr:
    """Only male and female can contradict a number; "unknown" doesn't."""
    differs = value != fact
    return differs & value.is_in(["1", "2"]) if name == "sex_code" else differs
