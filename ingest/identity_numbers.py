"""Resident identity numbers (GB 11643) and the numbers of disability certificates, read as whole columns.

In: text as read and cleaned, and which cells were numbers in a workbook. Out: the 18-place number where it is usable,
else the rule it breaks; birth date, sex and how it was written. The region prefix is never tested: people move in.
"""

from __future__ import annotations

from datetime import date

import polars as pl

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
EIGHTEEN = r"^[0-9]{17}[0-9X]$"
FIFTEEN = r"^[0-9]{15}$"
MASKED = r"\*|X{3,}|#{3,}"
SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+?[0-9]+"
NO_NUMBER = ("无", "-", "--", "/", "NULL", "N/A", "无证件", "不详", "未知", "暂无")
CERTIFICATE = r"^([0-9]{17}[0-9X])([1-7])([1-4])(?:B[0-9]*)?$"
# A workbook's number holds 15 digits exactly; beyond them it has made zeros.
EXACT_DIGITS = 15
EARLIEST_BIRTH = date(1850, 1, 1)
# One valid number in a thousand ends in 000, and a spreadsheet's zeros fit the check digit in one of twelve. So a
# column in which this many different numbers end in 000 and don't fit came out of a spreadsheet; the few that do
# fit by chance are then no better than the others.
TRAILING_ZEROS_SHARE = 0.01
TRAILING_ZEROS_LEAST = 6
RULES = ("id_check_digit", "id_lost_precision", "id_masked", "id_malformed")


def read_numbers(raw: pl.Series, text: pl.Series, number_cells: pl.Series | None, today: date) -> pl.DataFrame:
    """A column of identity numbers, read; `text` is `raw` cleaned, and nobody was born after `today`.

    Grain: one row per cell. Columns: number (18 places, null where unusable), fault (the rule that an unusable
    one breaks, null where the cell is empty), written (cleaned), form (18, 15 or cleaned), birth_date, sex_code.
    """
    frame = _frame(raw, text, number_cells).with_columns(person=pl.col("written"))
    return _read(frame, today).collect()


def read_certificates(raw: pl.Series, text: pl.Series, number_cells: pl.Series | None, today: date) -> pl.DataFrame:
    """A column of disability certificate numbers, read.

    Grain: one row per cell. Columns: as `read_numbers` for the person's number in its first 18 places, and
    certificate (the whole number), type_code, grade_code (the digits in it).
    """
    written = pl.col("written")
    is_certificate = written.str.contains(CERTIFICATE)
    # What is no certificate number must not pass for an identity number either.
    person = pl.when(is_certificate).then(written.str.slice(0, 18)).otherwise(written + "?")
    usable = pl.col("number").is_not_null()
    return (
        _read(_frame(raw, text, number_cells).with_columns(person=person), today)
        .with_columns(
            certificate=pl.when(usable).then(written),
            type_code=pl.when(usable).then(written.str.extract(CERTIFICATE, 2)),
            grade_code=pl.when(usable).then(written.str.extract(CERTIFICATE, 3)),
        )
        .collect()
    )


def _frame(raw: pl.Series, text: pl.Series, number_cells: pl.Series | None) -> pl.LazyFrame:
    columns = [raw.alias("raw"), text.alias("text")]
    if number_cells is not None:
        columns.append(number_cells.alias("is_number"))
    written = pl.col("text").str.replace_all(r"[\s\-]", "").str.to_uppercase()
    is_none = pl.col("text").str.to_uppercase().is_in(list(NO_NUMBER)) | (written == "")
    frame = pl.DataFrame(columns).lazy().with_columns(written=pl.when(~is_none).then(written))
    return frame if number_cells is not None else frame.with_columns(is_number=pl.lit(False))


def _read(frame: pl.LazyFrame, today: date) -> pl.LazyFrame:
    text = pl.col("person")
    first, last = text.str.slice(0, 6), text.str.slice(6, 9)
    frame = frame.with_columns(is_18=text.str.contains(EIGHTEEN), is_15=text.str.contains(FIFTEEN)).with_columns(
        body=pl.when(pl.col("is_18")).then(text.str.slice(0, 17)).when(pl.col("is_15")).then(first + "19" + last)
    )
    digits = pl.col("body").cast(pl.Int64)
    weighted = pl.sum_horizontal(
        (digits // 10 ** (len(WEIGHTS) - 1 - place) % 10) * weight for place, weight in enumerate(WEIGHTS)
    )
    check = pl.lit(CHECK_CHARACTERS).str.slice(weighted % 11, 1)
    frame = frame.with_columns(digits=digits, check=pl.when(pl.col("body").is_not_null()).then(check))
    frame = frame.with_columns(check_fails=pl.col("is_18") & (text.str.slice(17, 1) != pl.col("check")))
    zeros = pl.col("is_18") & text.str.ends_with("000")
    made = text.filter(zeros & pl.col("check_fails")).n_unique()
    from_spreadsheet = (made >= TRAILING_ZEROS_LEAST) & (
        made > text.filter(pl.col("is_18")).n_unique() * TRAILING_ZEROS_SHARE
    )
    is_long_number = pl.col("is_number") & (text.str.len_bytes() > EXACT_DIGITS)
    birth_date = pl.col("body").str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    frame = frame.with_columns(
        number=pl.when(pl.col("is_18")).then(text).otherwise(pl.col("body") + pl.col("check")),
        lost=is_long_number | text.str.contains(SCIENTIFIC) | (zeros & from_spreadsheet),
        birth_date=birth_date,
    )
    frame = frame.with_columns(
        fault=pl.when(text.is_null())
        .then(None)
        .when("lost")
        .then(pl.lit("id_lost_precision"))
        .when("check_fails")
        .then(pl.lit("id_check_digit"))
        .when(text.str.contains(MASKED))
        .then(pl.lit("id_masked"))
        .when(~pl.col("birth_date").is_between(EARLIEST_BIRTH, today).fill_null(False))
        .then(pl.lit("id_malformed"))
    )
    usable = text.is_not_null() & pl.col("fault").is_null()
    form = pl.when(pl.col("raw") == pl.col("written")).then(pl.lit("18")).otherwise(pl.lit("cleaned"))
    return frame.select(
        number=pl.when(usable).then(pl.col("number")),
        fault="fault",
        # The hints of an old number come from its 18 places, as everywhere else.
        written=pl.when(pl.col("is_15")).then(pl.col("number")).otherwise(pl.col("written")),
        form=pl.when(usable).then(pl.when(pl.col("is_15")).then(pl.lit("15")).otherwise(form)),
        birth_date=pl.when(usable).then(pl.col("birth_date")),
        sex_code=pl.when(usable).then(pl.when(pl.col("digits") % 2 == 1).then(pl.lit("1")).otherwise(pl.lit("2"))),
    )
