"""Text, dates, amounts, counts, codes and areas: every form that the bureaus write, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import amounts, codes, dates, normalise
from tests.ingest.deliveries_made import FEEDS


def one(text: str | None, reader) -> object:
    """A cell, cleaned and read: as a short and as a long column, which are read in two ways."""
    cell = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    short = normalise.read_values(normalise.clean_cells(cell), {"x": reader})["x"][0]
    column = pl.concat([cell] * (normalise.SMALL + 1))
    long = normalise.read_values(normalise.clean_cells(column), {"x": reader})["x"]
    assert long.len() == column.height
    assert long[0] == short
    assert long[-1] == short
    return short


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  张三 ", "张三"),
        ("张三\u00a0", "张三"),
        ("\u3000张三", "张三"),
        ("\ufeff张\u200b三", "张三"),
        ("张三\u202e", "张三"),
        ("'0123", "0123"),
        ("\u2018 0123", "0123"),
        ("ＡＢ（１）", "AB(1)"),
        ("a \t b", "a b"),
        ("\x00张三", "张三"),
        ("", None),
        (" ", None),
        ("'", None),
        (None, None),
        ("NA", "NA"),
        ("null", "null"),
        ("0123", "0123"),
    ],
)
def test_text_is_cleaned_and_kept(text: str | None, clean: str | None) -> None:
    assert one(text, lambda t: t) == clean


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张 三", "张三"),
        ("张　三", "张三"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提．吐尔逊", "买买提·吐尔逊"),
        ("买买提.吐尔逊", "买买提·吐尔逊"),
        ("买买提·吐尔逊", "买买提·吐尔逊"),
        ("𠮷㛃", "𠮷㛃"),
        ("O.Henry", "O.Henry"),
    ],
)
def test_names_have_one_form(text: str, name: str) -> None:
    assert one(text, normalise.clean_name) == name


@pytest.mark.parametrize("name", ["张?", "张\ue000", "张\ufffd", "\U00100000"])
def test_odd_characters_in_names(name: str) -> None:
    assert pl.select(pl.lit(name).str.contains(normalise.ODD_IN_NAME)).item()
    assert not pl.select(pl.lit("𠮷㛃·a").str.contains(normalise.ODD_IN_NAME)).item()


DAY = date(2024, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "20240301", "2024-3-1", "2024-03-01", "2024.03.01", "2024/3/1", "2024年3月1日", "2024年03月01日", "45352", "45352.5",
        "２０２４－０３－０１", " 2024-03-01 ", "2024-03-01 00:00:00", "2024-03-01T10:11:12", "2024-03-01T00:00:00+08:00", "20240301101112",
    ],
)  # fmt: skip
def test_every_form_of_a_date(text: str) -> None:
    # 45352 days after 1899-12-30 are 2024-03-01: 45292 is 2024-01-01, plus 31 and 29 days.
    assert one(text, dates.read_date) == DAY


@pytest.mark.parametrize(
    "text",
    [
        "1900-01-00", "0", "20240230", "2024-02-30", "2024-13-01", "01/02/2024", "3/1/24", "24-3-1", "民国113年3月1日",
        "2024-03-01T00:00:00Z", "二〇二四年三月一日", "9999-12-31", "1849-12-31", "2151-01-01", "nan", "2024", "202403", "80000",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert one(text, dates.read_date) is None


@pytest.mark.parametrize(
    "text", ["202403", "2024-3", "2024-03", "2024.3", "2024年3月", "2024/03", "20240315", "2024-03-15"]
)
def test_every_form_of_a_month(text: str) -> None:
    assert one(text, dates.read_month) == DAY


@pytest.mark.parametrize("text", ["202413", "20243", "2024", "24-03", "03/2024"])
def test_what_is_no_month(text: str) -> None:
    assert one(text, dates.read_month) is None


@settings(max_examples=80, deadline=None)
@given(
    st.dates(date(1850, 1, 1), date(2150, 12, 31)), st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y.%m.%d"])
)
def test_any_date_comes_back(day: date, form: str) -> None:
    frame = pl.DataFrame({"x": [day.strftime(form)]})
    assert normalise.read_values(frame, {"x": dates.read_date})["x"][0] == day


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("1,234.50元", "1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("¥1234.5", "1234.50"),
        ("￥1234.5", "1234.50"),
        ("人民币1234.50元", "1234.50"),
        ("0.5万元", "5000.00"),
        ("1.23456万", "12345.60"),
        ("250分", "2.50"),
        ("-5", "-5.00"),
        ("−5.00", "-5.00"),
        ("+5", "5.00"),
        ("0", "0.00"),
        ("1234567890.12", "1234567890.12"),
        ("999999999999.99", "999999999999.99"),
        ("0.30000000000000004", "0.30"),
        ("1 234.50", "1234.50"),
    ],
)
def test_every_form_of_an_amount(text: str, yuan: str) -> None:
    assert one(text, amounts.read_money) == {"yuan": Decimal(yuan), "rounded": False}


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "inf",
        "-inf",
        "1e5",
        "1.5E3",
        "1,23",
        "12,34,567",
        "1.2.3",
        "(5)",
        "五百",
        "1000000000000",
        "5元5角",
        "--5",
        "#ERROR",
        ".",
    ],
)
def test_what_is_no_amount(text: str) -> None:
    assert one(text, amounts.read_money)["yuan"] is None


@pytest.mark.parametrize(("text", "yuan"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("2.674", "2.67")])
def test_a_third_decimal_is_rounded_and_marked(text: str, yuan: str) -> None:
    assert one(text, amounts.read_money) == {"yuan": Decimal(yuan), "rounded": True}


def test_a_unit_in_the_header_holds_where_the_cell_names_none() -> None:
    frame = pl.DataFrame({"x": ["1.5", "1.5元"]})
    found = normalise.read_values(frame, {"x": lambda t: amounts.read_money(t, "万元")})["x"].struct.field("yuan")
    assert found.to_list() == [Decimal("15000.00"), Decimal("1.50")]


@settings(max_examples=80, deadline=None)
@given(st.decimals(-(10**11), 10**11, places=2), st.sampled_from(["{:.2f}", "{:,.2f}", "{:,.2f}元", "¥{:.2f}"]))
def test_any_amount_comes_back_to_the_cent(amount: Decimal, form: str) -> None:
    text = form.format(amount)
    if text.startswith("¥-"):
        text = "-" + text[2:]
    frame = pl.DataFrame({"x": [text]})
    assert normalise.read_values(frame, {"x": amounts.read_money})["x"].struct.field("yuan")[0] == amount


@pytest.mark.parametrize(
    ("text", "count"), [("3", 3), ("3.0", 3), ("３", 3), ("-1", -1), ("3.5", None), ("三", None), ("1e1", None)]
)
def test_counts(text: str, count: int | None) -> None:
    assert one(text, amounts.read_count) == count


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("category_code", "低保", "DB"),
        ("category_code", "低保对象", "DB"),
        ("category_code", "DB", "DB"),
        ("category_code", " 低 保 ", "DB"),
        ("category_code", "扶贫", None),
        ("is_covered", "是", True),
        ("is_covered", "√", True),
        ("is_covered", "true", True),
        ("is_covered", "否", False),
        ("is_covered", "×", False),
        ("is_covered", "也许", None),
        ("is_covered", None, None),
        ("relation_code", "08", "8"),
        ("support_mode_code", "1.0", "1"),
        ("key_class_code", "", "0"),
        ("key_class_code", None, "0"),
        ("key_class_code", "重病", "3"),
    ],
)
def test_codes(column: str, text: str | None, code: object) -> None:
    agreed = FEEDS["civil_affairs__register"].column(column)
    assert one(text, lambda t: codes.read_code(t, agreed)) == code


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.code)
def test_every_agreed_word_of_every_code_list_is_read(feed) -> None:
    for column in feed.columns:
        words = pl.DataFrame({"x": list(column.codes)}, schema={"x": pl.String})
        found = normalise.read_values(normalise.clean_cells(words), {"x": lambda t, c=column: codes.read_code(t, c)})[
            "x"
        ]
        expected = list(column.codes.values())
        assert found.to_list() == ([e == "true" for e in expected] if column.logical_type == "boolean" else expected)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("500156101201", "500156101201"),
        ("500232101201", "500156101201"),
        ("500156101", "500156101000"),
        ("500232", "500156000000"),
        ("５００１５６１０１２０１", "500156101201"),
        ("50015610", None),
        ("白马镇", None),
        ("5001561012011", None),
    ],
)
def test_areas(text: str, area: str | None) -> None:
    assert one(text, codes.read_area) == area


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("账号6217000000000000001有误", "账号#有误"),
        ("512326195503120018", "#"),
        ("电话1234567", "电话#"),
        ("3组123456", "3组123456"),
    ],
)
def test_long_numbers_leave_free_text(text: str, kept: str) -> None:
    assert one(text, normalise.without_long_numbers) == kept
