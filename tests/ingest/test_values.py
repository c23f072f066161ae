"""Text, dates, amounts, counts, codes and areas: every form that the bureaus write, and what is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import amounts, cells, codes, dates, normalise, villages
from tests.ingest.deliveries_made import FEEDS


def one(text: str | None, reader) -> object:
    """A cell, cleaned and read."""
    cleaned = normalise.clean_column(pl.Series("x", [text], dtype=pl.String))
    return cleaned.to_frame("x").lazy().select(reader(pl.col("x"))).collect().to_series()[0]


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


MOMENT = datetime(2024, 3, 1, 10, 11, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01 10:11:12", "2024-03-01T10:11:12", "2024/3/1 10:11:12", "2024年3月1日 10:11:12", "2024年3月1日10时11分12秒",
        "20240301101112", "2024-03-01 10:11:12.000", "２０２４－０３－０１　１０：１１：１２", "2024-03-01T10:11:12+08:00",
        # 02:11:12 in Greenwich, and 21:11:12 of the day before five hours west of it, are 10:11:12 in Wulong.
        "2024-03-01T02:11:12Z", "2024-03-01T02:11:12+0000", "2024-03-01 02:11:12 UTC+0", "2024-02-29T21:11:12-05:00",
        # 1709259072 seconds after 1970 are 2024-03-01 02:11:12 in Greenwich.
        "1709259072000",
    ],
)  # fmt: skip
def test_every_form_of_a_moment(text: str) -> None:
    assert one(text, dates.read_moment) == MOMENT


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-01", datetime(2024, 3, 1)),
        ("20240301", datetime(2024, 3, 1)),
        ("2024-03-01 10:11", datetime(2024, 3, 1, 10, 11)),
        ("45352.5", datetime(2024, 3, 1, 12)),
        ("45352", datetime(2024, 3, 1)),
        ("2024-03-01 10:11:12.5", datetime(2024, 3, 1, 10, 11, 12, 500_000)),
        ("2024-03-01 25:11:12", None),
        ("2024-02-30 10:11:12", None),
        ("01/03/2024 10:11:12", None),
        ("10:11:12", None),
        ("9999-12-31 00:00:00", None),
        ("x", None),
    ],
)
def test_less_than_a_moment_and_what_is_none(text: str, moment: datetime | None) -> None:
    assert one(text, dates.read_moment) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01至2024-06-30", "2024.1-2024.6", "2024年1月到2024年6月", "20240101-20240630", "2024/1/1~2024/6/30",
        "2024-01-01 -- 2024-06-30", "202401—202406",
    ],
)  # fmt: skip
def test_a_span_has_a_start_and_an_end(text: str) -> None:
    assert one(text, lambda t: dates.read_span(t, end=False)) == date(2024, 1, 1)
    assert one(text, lambda t: dates.read_span(t, end=True)) == date(2024, 6, 30)
    assert one("2024-01-01", lambda t: dates.read_span(t, end=True)) == date(2024, 1, 1)


@pytest.mark.parametrize("text", ["202413", "20243", "2024", "24-03", "03/2024"])
def test_what_is_no_month(text: str) -> None:
    assert one(text, dates.read_month) is None


@settings(max_examples=80, deadline=None)
@given(
    st.dates(date(1850, 1, 1), date(2150, 12, 31)), st.sampled_from(["%Y%m%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y.%m.%d"])
)
def test_any_date_comes_back(day: date, form: str) -> None:
    assert one(day.strftime(form), dates.read_date) == day


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
    found = one(text, amounts.read_amount)
    assert (found["amount"], found["rounded"]) == (Decimal(yuan), False)


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
    assert one(text, amounts.read_amount)["amount"] is None


@pytest.mark.parametrize(("text", "yuan"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("2.674", "2.67")])
def test_a_third_decimal_is_rounded_and_marked(text: str, yuan: str) -> None:
    found = one(text, amounts.read_amount)
    assert (found["amount"], found["rounded"]) == (Decimal(yuan), True)


def test_a_unit_in_the_header_holds_where_the_cell_names_none() -> None:
    def read(text: pl.Expr) -> pl.Expr:
        return amounts.read_amount(text, amounts.YUAN, Decimal(10_000))

    assert one("1.5", read) == {"amount": Decimal("15000.00"), "rounded": False, "stated": False}
    assert one("1.5元", read) == {"amount": Decimal("1.50"), "rounded": False, "stated": True}


@settings(max_examples=80, deadline=None)
@given(st.decimals(-(10**11), 10**11, places=2), st.sampled_from(["{:.2f}", "{:,.2f}", "{:,.2f}元", "¥{:.2f}"]))
def test_any_amount_comes_back_to_the_cent(amount: Decimal, form: str) -> None:
    text = form.format(amount)
    if text.startswith("¥-"):
        text = "-" + text[2:]
    assert one(text, amounts.read_amount)["amount"] == amount


@pytest.mark.parametrize(
    ("role", "text", "amount"),
    [
        ("square_metres", "85.5", "85.50"),
        ("square_metres", "85.5㎡", "85.50"),
        ("square_metres", "85.5 平方米", "85.50"),
        ("square_metres", "0.3亩", "200.00"),  # 0.3 × 666.67 = 200.001
        ("square_metres", "85.5元", None),
        ("quantity", "1,234.5", "1234.50"),
        ("quantity", "98.6%", "98.60"),
        ("quantity", "12人", None),
        ("yuan", "1.2千元", "1200.00"),
        ("yuan", "0.01亿元", "1000000.00"),
        # Eleven places that begin like a mobile number are one, not thirteen billion yuan.
        ("yuan", "13912345678", None),
        ("quantity", "13912345678", None),
        ("yuan", "13912345678.00元", None),
        ("yuan", "13,912,345,678.00", "13912345678.00"),
        ("yuan", "13912345678.01", "13912345678.01"),
        ("yuan", "12912345678", "12912345678.00"),
    ],
)
def test_units_by_role(role: str, text: str, amount: str | None) -> None:
    found = one(text, lambda t: amounts.read_amount(t, amounts.units_of(role)))["amount"]
    assert found == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("feed_id", "name", "header_unit", "worth"),
    [
        ("finance__payments", "paid_yuan", None, "1"),
        ("finance__payments", "paid_yuan", "万元", "10000"),
        ("finance__payments", "paid_yuan", "分", "0.01"),
        ("finance__payments", "paid_yuan", "亩", "1"),
        # 经济损失(万元) is the contract's own header: without another unit the amounts are in it.
        ("emergency__disasters", "loss_yuan", None, "10000"),
        ("emergency__disasters", "loss_yuan", "元", "1"),
        ("natural_resources__property", "floor_area_m2", None, "1"),
        ("natural_resources__property", "floor_area_m2", "亩", "666.67"),
    ],
)
def test_what_a_header_s_unit_is_worth(feed_id: str, name: str, header_unit: str | None, worth: str) -> None:
    assert amounts.worth(FEEDS[feed_id].column(name), header_unit) == Decimal(worth)


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
        words = normalise.clean_column(pl.Series("x", list(column.codes), dtype=pl.String))
        found = words.to_frame().lazy().select(codes.read_code(pl.col("x"), column)).collect().to_series()
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
    assert villages.read_code(one(text, lambda t: t)) == area


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("账号6217000000000000001有误", "账号#有误"),
        ("512326195503120018", "#"),
        ("电话1234567", "电话#"),
        ("3组123456", "3组123456"),
        ("5123 2619 5503 1200 18", "#"),
        ("512326-19550312-0018", "#"),
        ("身份证：512326195503120018。", "身份证:#。"),
        ("2023-2024学年", "2023-2024学年"),
        ("500156101201", "500156101201"),
        ("1234567.00", "1234567.00"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_long_numbers_leave_free_text(text: str, kept: str) -> None:
    assert one(text, normalise.without_long_numbers) == kept


@pytest.mark.parametrize(
    ("text", "is_somebodys"),
    [
        ("512326195503120018", True),
        ("户512326195503120018号", True),
        ("51232619550312001843", True),
        ("512326550312001", True),
        ("13912345678", True),
        ("6217000000000000001", True),
        # What the bureaus number things with.
        ("500156002000000001", False),
        # The district's code, a date and four places: 500156201809240014 fits its check digit, its neighbours don't.
        ("500156201809240014", True),
        ("JZ500156201809240013", False),
        ("500156201809240015", False),
        ("500156000101020", False),
        ("202510010201", False),
        ("F0001", False),
        ("S2025100100012345", False),
    ],
)
def test_identifiers_that_hold_somebody_s_number(text: str, is_somebodys: bool) -> None:
    assert cells.holds_somebodys_number(pl.Series([text, None])).to_list() == [is_somebodys, False]
