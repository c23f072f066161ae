"""Resident identity numbers (GB 11643) and the numbers of disability certificates, read as whole columns.

In: text as read, and which cells were numbers in a workbook. Out: the 18-place number where it is usable, else the rule it
breaks; birth date, sex and how it was written. The region prefix is never tested: people move in.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from ingest.fixed_width import ZERO, Mask, Numbers, Places, are_digits, days_of, number_in, places_of
from ingest.normalise import clean_column

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
LENGTH = 18
EIGHTEEN = r"^[0-9]{17}[0-9X]$"
FIFTEEN = r"^[0-9]{15}$"
# Stars, crosses, circles, boxes, dots and dashes in place of digits, or a word for "left out".
MASKED = r"[*×╳✕●○◯•·⊙■□▇█★☆_?]|X{3,}|#{3,}|\.{3,}|[-—–]{3,}|隐|略|密"
SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+?[0-9]+|^[0-9]{16,}\.[0-9]+$"
NO_NUMBER = ("无", "-", "--", "/", "NULL", "N/A", "无证件", "不详", "未知", "暂无", "无身份证", "没有", "空", "——")
CERTIFICATE = r"^([0-9]{17}[0-9X])([1-7])([1-4])(?:B[0-9]*)?$"
# A workbook's number holds 15 digits exactly; beyond them it has made zeros.
EXACT_DIGITS = 15
EARLIEST_BIRTH = date(1850, 1, 1)
EPOCH = date(1970, 1, 1)
RULES = ("id_check_digit", "id_lost_precision", "id_masked", "id_malformed")
FACTS = ("number", "fault", "written", "form", "birth_date", "sex_code")
CERTIFICATE_FACTS = (*FACTS, "certificate", "type_code", "grade_code")


def read_numbers(raw: pl.Series, number_cells: pl.Series | None, today: date, is_spoilt: bool = False) -> pl.DataFrame:
    """A column of identity numbers, read; nobody was born after `today`.

    `number_cells`: which cells were numbers where text is due. `is_spoilt`: the column came out of a spreadsheet, so
    whatever ends in 000 has lost its end. Grain: one row per cell. Columns: number (18 places, null where unusable),
    fault (the rule that an unusable one breaks, null where the cell is empty), written (cleaned), form (18, 15 or
    cleaned), birth_date, sex_code.
    """
    return _read(raw, number_cells, today, is_spoilt, is_certificate=False)


def read_certificates(
    raw: pl.Series, number_cells: pl.Series | None, today: date, is_spoilt: bool = False
) -> pl.DataFrame:
    """A column of disability certificate numbers, read.

    Grain: one row per cell. Columns: as `read_numbers` for the person's number in its first 18 places, and
    certificate (the whole number), type_code, grade_code (the digits in it).
    """
    return _read(raw, number_cells, today, is_spoilt, is_certificate=True)


def check_fails(numbers: pl.Series) -> pl.Series:
    """Which of these don't fit their check digit; whatever isn't 18 places of digits doesn't count."""
    fits, places = places_of(numbers, LENGTH)
    found = np.zeros(numbers.len(), dtype=bool)
    found[fits] = _has_form(places) & ~_fits_check(places)
    return pl.Series(found)


def _read(
    raw: pl.Series, number_cells: pl.Series | None, today: date, is_spoilt: bool, is_certificate: bool
) -> pl.DataFrame:
    """The plain cells in bulk, the others one expression after the other."""
    names = CERTIFICATE_FACTS if is_certificate else FACTS
    bulk = None if is_certificate or is_spoilt else _in_bulk(raw, number_cells, today)
    if bulk is None or not bulk.is_plain.any():
        return _read_each(raw, number_cells, today, is_spoilt, is_certificate).select(names)
    facts = _facts_of_plain(raw, bulk)
    if bulk.is_plain.all():
        return facts
    rows = pl.Series(np.flatnonzero(~bulk.is_plain)).cast(pl.UInt32)
    cells = None if number_cells is None else number_cells.gather(rows)
    others = _read_each(raw.gather(rows), cells, today, is_spoilt, is_certificate)
    return pl.DataFrame([facts[name].clone().scatter(rows, others[name]) for name in names])


class _Bulk(NamedTuple):
    """Which cells are usable numbers exactly as they stand, when those were born (days from 1970), and their sex."""

    is_plain: Mask
    born: Numbers
    sex: Numbers


def _in_bulk(raw: pl.Series, number_cells: pl.Series | None, today: date) -> _Bulk:
    fits, places = places_of(raw, LENGTH)
    good = _has_form(places) & _fits_check(places)
    is_day, days = days_of(number_in(places[6:10]), number_in(places[10:12]), number_in(places[12:14]))
    good &= is_day & (days >= (EARLIEST_BIRTH - EPOCH).days) & (days <= (today - EPOCH).days)
    is_plain = np.zeros(raw.len(), dtype=bool)
    born = np.zeros(raw.len(), dtype=np.int32)
    sex = np.zeros(raw.len(), dtype=np.int32)
    # An odd place before the last is a man's.
    is_plain[fits], born[fits], sex[fits] = good, days, 2 - (places[16] & 1)
    if number_cells is not None:
        is_plain &= ~number_cells.fill_null(False).to_numpy()
    return _Bulk(is_plain, born, sex)


def _facts_of_plain(raw: pl.Series, bulk: _Bulk) -> pl.DataFrame:
    """The facts of the plain cells; every other row is null."""
    facts = pl.DataFrame(
        {
            "number": raw,
            "fault": pl.repeat(None, raw.len(), dtype=pl.String, eager=True),
            "written": raw,
            "form": pl.repeat("18", raw.len(), dtype=pl.String, eager=True),
            "birth_date": pl.Series(bulk.born).cast(pl.Date),
            "sex_code": pl.Series(["", "1", "2"]).gather(bulk.sex.astype(np.uint32)),
        }
    )
    if bulk.is_plain.all():
        return facts
    return facts.select(pl.when(pl.Series(bulk.is_plain)).then(pl.all()))


def _has_form(places: Places) -> Mask:
    return are_digits(places[:17]) & (are_digits(places[17:]) | (places[17] == ord("X")))


def _fits_check(places: Places) -> Mask:
    weighted = np.zeros(places[0].size, dtype=np.int16)
    for place, weight in zip(places, WEIGHTS, strict=False):
        weighted += (place.astype(np.int16) - ZERO) * weight
    expected = np.frombuffer(CHECK_CHARACTERS.encode(), dtype=np.uint8)[weighted % 11]
    return expected == places[17]


def _read_each(
    raw: pl.Series, number_cells: pl.Series | None, today: date, is_spoilt: bool, is_certificate: bool
) -> pl.DataFrame:
    text = clean_column(raw)
    is_number = pl.repeat(False, raw.len(), dtype=pl.Boolean, eager=True) if number_cells is None else number_cells
    written = pl.col("text").str.replace_all(r"[\s\-—–]", "").str.to_uppercase()
    is_none = pl.col("text").str.to_uppercase().is_in(list(NO_NUMBER)) | (written == "")
    person = pl.col("written")
    is_masked = pl.col("text").str.to_uppercase().str.contains(MASKED)
    if is_certificate:
        # What is no certificate number must not pass for an identity number either.
        fits = person.str.contains(CERTIFICATE)
        person = pl.when(fits).then(person.str.slice(0, LENGTH)).otherwise(person + "!")
    frame = pl.DataFrame({"raw": raw, "text": text, "is_number": is_number}).lazy()
    frame = frame.with_columns(written=pl.when(~is_none).then(written), is_masked=is_masked)
    frame = _faults(frame.with_columns(person=person), today, is_spoilt)
    usable = pl.col("person").is_not_null() & pl.col("fault").is_null()
    form = pl.when(pl.col("raw") == pl.col("written")).then(pl.lit("18")).otherwise(pl.lit("cleaned"))
    odd = pl.col("person").str.slice(16, 1).cast(pl.Int32, strict=False) % 2 == 1
    odd = pl.when("is_15").then(pl.col("person").str.slice(14, 1).cast(pl.Int32, strict=False) % 2 == 1).otherwise(odd)
    return frame.select(
        number=pl.when(usable).then(pl.col("number")),
        fault="fault",
        # The hints of an old number come from its 18 places, as everywhere else.
        written=pl.when("is_15").then(pl.col("number")).otherwise(pl.col("written")),
        form=pl.when(usable).then(pl.when("is_15").then(pl.lit("15")).otherwise(form)),
        birth_date=pl.when(usable).then(pl.col("birth_date")),
        sex_code=pl.when(usable).then(pl.when(odd).then(pl.lit("1")).otherwise(pl.lit("2"))),
        certificate=pl.when(usable).then(pl.col("written")),
        type_code=pl.when(usable).then(pl.col("written").str.extract(CERTIFICATE, 2)),
        grade_code=pl.when(usable).then(pl.col("written").str.extract(CERTIFICATE, 3)),
    ).collect()


def _faults(frame: pl.LazyFrame, today: date, is_spoilt: bool) -> pl.LazyFrame:
    """The 18 places of each number, and the rule it breaks."""
    text = pl.col("person")
    upgraded = text.str.slice(0, 6) + "19" + text.str.slice(6, 9)
    frame = frame.with_columns(is_18=text.str.contains(EIGHTEEN), is_15=text.str.contains(FIFTEEN)).with_columns(
        body=pl.when("is_18").then(text.str.slice(0, 17)).when("is_15").then(upgraded)
    )
    digits = pl.col("body").cast(pl.Int64)
    weighted = pl.sum_horizontal(
        (digits // 10 ** (len(WEIGHTS) - 1 - place) % 10) * weight for place, weight in enumerate(WEIGHTS)
    )
    check = pl.lit(CHECK_CHARACTERS).str.slice(weighted % 11, 1)
    frame = frame.with_columns(check=pl.when(pl.col("body").is_not_null()).then(check))
    frame = frame.with_columns(
        number=pl.when("is_18").then(text).otherwise(pl.col("body") + pl.col("check")),
        check_fails=pl.col("is_18") & (text.str.slice(17, 1) != pl.col("check")),
        birth_date=pl.col("body").str.slice(6, 8).str.to_date("%Y%m%d", strict=False),
    )
    is_long_number = pl.col("is_number") & (text.str.len_bytes() > EXACT_DIGITS)
    is_cut = pl.lit(is_spoilt) & pl.col("is_18") & text.str.ends_with("000")
    lost = is_long_number | text.str.contains(SCIENTIFIC) | is_cut
    is_born = pl.col("birth_date").is_between(EARLIEST_BIRTH, today).fill_null(False)
    fault = (
        pl.when(text.is_null())
        .then(None)
        .when(lost)
        .then(pl.lit("id_lost_precision"))
        .when("check_fails")
        .then(pl.lit("id_check_digit"))
        .when("is_masked")
        .then(pl.lit("id_masked"))
        .when(~is_born)
        .then(pl.lit("id_malformed"))
    )
    return frame.with_columns(fault=fault)
