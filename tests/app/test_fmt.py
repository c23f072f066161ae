"""How numbers are written: units, signs, the true minus, thresholds."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app import fmt


@pytest.mark.parametrize(("number", "written"), [(21486, "21,486"), (0, "0"), (-1234, "−1,234"), (None, "—")])
def test_counts_are_full_with_separators(number, written) -> None:
    assert fmt.count(number) == written


@pytest.mark.parametrize(
    ("number", "written"), [(39, "+39"), (-12, "−12"), (0, "0"), (0.2, "0"), (-0.4, "0"), (None, "—")]
)
def test_a_sign_stands_on_changes_only_and_zero_is_bare(number, written) -> None:
    assert fmt.signed(number) == written


@pytest.mark.parametrize(("number", "written"), [(39, "▲39人"), (-12, "▼12人"), (0, "0人"), (0.3, "0人")])
def test_arrows_carry_the_size_and_the_unit(number, written) -> None:
    assert fmt.arrow(number, "人") == written


@pytest.mark.parametrize(
    ("yuan", "zh", "en"),
    [
        (9_999, "9,999元", "CNY 9,999"),
        (10_000, "1.0万元", "CNY 10,000"),
        (11_426_000, "1,142.6万元", "CNY 11.43 million"),
        (99_999_999, "10,000.0万元", "CNY 100.00 million"),
        (100_000_000, "1.00亿元", "CNY 100.00 million"),
        (-4_130, "−4,130元", "CNY −4,130"),
    ],
)
def test_money_changes_its_unit_at_ten_thousand_and_a_hundred_million(yuan, zh, en) -> None:
    assert (fmt.money(yuan, "zh"), fmt.money(yuan, "en")) == (zh, en)


def test_a_rate_changes_by_percentage_points() -> None:
    # 80 % to 82 %: two points, never 2.5 per cent.
    assert fmt.arrow_points(0.82 - 0.80, "zh") == "▲2.0个百分点"
    assert fmt.arrow_points(0.80 - 0.816, "en") == "▼1.6 pp"
    # 0.04 points would be written 0.0: no arrow; 0.05 points is 0.1.
    assert fmt.arrow_points(0.0004, "zh") == "0个百分点"
    assert fmt.arrow_points(0.0006, "zh") == "▲0.1个百分点"


def test_dates_and_weeks() -> None:
    sunday = date(2025, 11, 23)
    assert fmt.week(sunday, "zh") == "2025年第47周"
    assert fmt.week_span(sunday, "zh") == "11月17日—23日"
    assert fmt.week_span(date(2025, 11, 2), "zh") == "10月27日—11月2日"
    assert fmt.week_span(date(2025, 11, 2), "en") == "27 Oct – 2 Nov"
    assert fmt.week_code(date(2024, 12, 29)) == "2024-W52"
    assert fmt.week_code(date(2025, 1, 5)) == "2025-W01"
    assert fmt.moment(datetime(2025, 11, 24, 8, 5), "zh") == "11月24日08:05"
