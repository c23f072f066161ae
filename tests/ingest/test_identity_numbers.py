"""Identity numbers: check digit, old form, dates, masks, lost precision; python-stdnum is the oracle."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from ingest.identity_numbers import WEIGHTS, read_certificates, read_numbers
from ingest.whole_columns import SpreadsheetZeros
from tests.ingest.deliveries_made import NUMBER_A, NUMBER_B, NUMBER_C

TODAY = date(2025, 11, 23)


def read(texts: list[str | None], number_cells: list[bool] | None = None, today: date = TODAY) -> pl.DataFrame:
    raw = pl.Series("n", texts, dtype=pl.String)
    cells = pl.Series(number_cells) if number_cells is not None else None
    zeros = SpreadsheetZeros()
    zeros.add(read_numbers(raw, cells, today)["written"].drop_nulls())
    return read_numbers(raw, cells, today, zeros.are_made())


def number(body: str) -> str:
    return body + ric.calc_check_digit(body + "0")


@pytest.mark.parametrize("valid", [NUMBER_A, NUMBER_B, NUMBER_C])
def test_published_examples_are_valid(valid: str) -> None:
    row = read([valid]).row(0, named=True)
    assert (row["number"], row["fault"], row["form"]) == (valid, None, "18")
    assert row["birth_date"] == date(int(valid[6:10]), int(valid[10:12]), int(valid[12:14]))
    assert row["sex_code"] == ("1" if int(valid[16]) % 2 else "2")


def test_the_check_digit_is_summed_by_hand() -> None:
    # 5·7+1·9+2·10+3·5+2·8+6·4+1·2+9·1+5·6+5·3+0·7+3·9+1·10+2·5+0·8+0·4+1·2 = 224; 224 mod 11 = 4 -> 8
    assert sum(int(d) * w for d, w in zip(NUMBER_A, WEIGHTS, strict=False)) == 224
    assert NUMBER_A[17] == "10X98765432"[224 % 11]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"[1-9][0-9]{16}[0-9X]", fullmatch=True), min_size=1, max_size=30))
def test_the_check_digit_agrees_with_stdnum(numbers: list[str]) -> None:
    found = read(numbers)["fault"].to_list()
    for text, fault in zip(numbers, found, strict=True):
        assert (fault == "id_check_digit") == (ric.calc_check_digit(text) != text[-1]), text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.from_regex(r"5[0-9]{5}(19|20)[0-9]{9}", fullmatch=True), min_size=1, max_size=30))
def test_birth_dates_agree_with_stdnum(bodies: list[str]) -> None:
    numbers = [number(body) for body in bodies]
    for text, fault in zip(numbers, read(numbers)["fault"], strict=True):
        try:
            usable = ric.get_birth_date(text) <= TODAY
        except ValidationError:
            usable = False
        # A column of few numbers may end in 000 by chance: that is no fault here, see below.
        assert (fault is None) == usable, text


def test_birth_on_the_day_of_receipt_is_the_last_that_passes() -> None:
    texts = [number("50015620251122001"), number("50015620251123001"), number("50015620251124001")]
    assert read(texts)["fault"].to_list() == [None, None, "id_malformed"]


@pytest.mark.parametrize(
    "written",
    [
        "５１２３２６１９５５０３１２００１８",
        " 512326195503120018",
        "512326 19550312 0018",
        "\u00a0512326195503120018\u3000",
        "\ufeff512326195503120018\u200b",
        "\t512326195503120018",
        "'512326195503120018",
        "512326-19550312-0018",
    ],
)
def test_what_only_looks_different_is_the_same_number(written: str) -> None:
    row = read([written]).row(0, named=True)
    assert (row["number"], row["fault"], row["form"]) == (NUMBER_A, None, "cleaned")


def test_small_and_full_width_x() -> None:
    with_x = next(text for text in (number(f"5123261955031200{i}") for i in range(10)) if text.endswith("X"))
    rows = read([with_x, with_x.lower(), with_x[:-1] + "Ｘ"])
    assert rows["number"].to_list() == [with_x] * 3
    assert rows["form"].to_list() == ["18", "cleaned", "cleaned"]


def test_fifteen_places_become_eighteen() -> None:
    row = read([NUMBER_A[:6] + NUMBER_A[8:17]]).row(0, named=True)
    assert (row["number"], row["form"], row["fault"]) == (NUMBER_A, "15", None)
    assert read(["512326550231001"])["fault"].to_list() == ["id_malformed"]  # 31 February


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (NUMBER_A[:-1] + "9", "id_check_digit"),
        ("5123**********0018", "id_masked"),
        ("5123XXXXXXXXXX0018", "id_masked"),
        ("5.12326E+17", "id_lost_precision"),
        ("5.12326195503120E17", "id_lost_precision"),
        ("51232619550312001", "id_malformed"),
        ("5123261955031200188", "id_malformed"),
        ("张三", "id_malformed"),
        (number("51232619550231001"), "id_malformed"),
        (number("51232618491231001"), "id_malformed"),
        ("", None),
        (None, None),
        ("无", None),
        ("-", None),
        ("null", None),
    ],
)
def test_unusable_numbers_by_rule(text: str | None, rule: str | None) -> None:
    row = read([text]).row(0, named=True)
    assert (row["number"], row["fault"], row["birth_date"], row["form"]) == (None, rule, None, None)


def test_a_number_cell_beyond_fifteen_digits_has_lost_its_end() -> None:
    ends_in_zeros = next(
        t for t in (number(f"50023219{y}07151{s}0") for y in range(50, 99) for s in range(10)) if t[-1] == "0"
    )
    text = ends_in_zeros[:15] + "000"
    assert read([ends_in_zeros], [False])["fault"].to_list() == [None]
    assert read([text], [True])["fault"].to_list() == ["id_lost_precision"]
    assert read([NUMBER_A[:6] + NUMBER_A[8:17]], [True])["fault"].to_list() == [None]


def zeros(count: int) -> list[str]:
    """Different numbers that end in 000 and don't fit their check digit."""
    texts = [f"500232{year}0715{place}000" for year in range(1950, 2000) for place in "123"]
    return [text for text in texts if number(text[:17]) != text][:count]


def others(count: int) -> list[str]:
    texts = [
        number(f"512326{y}{m:02d}{d:02d}111") for y in range(1950, 1960) for m in range(1, 13) for d in range(1, 7)
    ]
    return texts[:count]


@pytest.mark.parametrize(
    ("made", "rest", "rule"),
    [
        (5, 95, "id_check_digit"),  # too few to tell
        (6, 594, "id_check_digit"),  # 6 of 600 are not more than 1 %
        (7, 593, "id_lost_precision"),  # 7 of 600 are
    ],
)
def test_an_excess_of_zeros_came_out_of_a_spreadsheet(made: int, rest: int, rule: str) -> None:
    texts = zeros(made) + others(rest)
    assert len(set(texts)) == made + rest
    assert read(texts)["fault"].to_list() == [rule] * made + [None] * rest


def test_valid_numbers_ending_in_zeros_pass_however_often_they_come() -> None:
    valid = [
        text for y in range(1950, 2000) for s in range(1, 10) if (text := number(f"500232{y}0715{s}00")).endswith("000")
    ]
    assert len(valid) >= 20
    assert read(valid * 5)["fault"].null_count() == len(valid) * 5
    # The same broken number in many rows is one number.
    assert set(read(zeros(1) * 50 + others(50))["fault"]) == {"id_check_digit", None}
    # Among many that a spreadsheet made, one that fits is no better.
    assert read([*zeros(20), valid[0], *others(20)])["fault"].to_list() == ["id_lost_precision"] * 21 + [None] * 20


def certificates(texts: list[str | None]) -> pl.DataFrame:
    raw = pl.Series("n", texts, dtype=pl.String)
    return read_certificates(raw, None, TODAY)


def test_certificate_numbers_carry_person_type_and_grade() -> None:
    rows = certificates([NUMBER_A + "43", NUMBER_A + "11B1", NUMBER_A + "７２b"])
    assert rows["number"].to_list() == [NUMBER_A] * 3
    assert rows["certificate"].to_list() == [NUMBER_A + "43", NUMBER_A + "11B1", NUMBER_A + "72B"]
    assert rows.select("type_code", "grade_code").rows() == [("4", "3"), ("1", "1"), ("7", "2")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (NUMBER_A, "id_malformed"),
        (NUMBER_A + "83", "id_malformed"),
        (NUMBER_A + "45", "id_malformed"),
        (NUMBER_A[:-1] + "943", "id_check_digit"),
        (NUMBER_A[:4] + "**********001843", "id_masked"),
        ("5.123E+19", "id_lost_precision"),
        (None, None),
    ],
)
def test_unusable_certificates_by_rule(text: str | None, rule: str | None) -> None:
    row = certificates([text]).row(0, named=True)
    assert (row["number"], row["certificate"], row["type_code"], row["fault"]) == (None, None, None, rule)
