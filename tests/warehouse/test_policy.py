"""Policy values by date of effect, working days and areas, each at its edges."""

from datetime import date
from decimal import Decimal

import pytest

from warehouse import areas, parameters, workdays
from warehouse.errors import ContractError


@pytest.mark.parametrize(
    ("day", "amount"),
    [(date(2025, 6, 30), 750), (date(2025, 7, 1), 770), (date(2024, 8, 31), 735), (date(2024, 9, 1), 750)],
)
def test_the_urban_standard_changes_on_its_day(day, amount) -> None:
    assert parameters.standard("0101", day, "1").amount_yuan == Decimal(amount)


def test_extreme_hardship_is_one_point_three_times_the_urban_standard_within_one_yuan() -> None:
    for day in (
        date(2019, 6, 1),
        date(2020, 10, 1),
        date(2021, 10, 1),
        date(2022, 10, 1),
        date(2023, 10, 1),
        date(2024, 10, 1),
        date(2025, 10, 1),
    ):
        urban = parameters.standard("0101", day, "1").amount_yuan
        assert abs(parameters.standard("0201", day).amount_yuan - urban * Decimal("1.3")) <= 1


def test_a_day_before_every_value_is_an_error() -> None:
    with pytest.raises(ContractError, match="no standard"):
        parameters.standard("0101", date(2016, 1, 1), "1")
    with pytest.raises(ContractError, match="no value"):
        parameters.parameter("pay_due_day", date(2001, 1, 1))


def test_dates_of_effect_that_fall_backwards_are_refused(tmp_path) -> None:
    (tmp_path / "parameters.yml").write_text(
        "parameters:\n- {id: x, unit: yuan, title_zh: x, title_en: x, values: ["
        "{from: 2025-01-01, value: 1, source: s, verified: true}, {from: 2024-01-01, value: 2, source: s, verified: true}]}\n"
    )
    with pytest.raises(ContractError, match="overlap"):
        parameters.load_parameters(tmp_path)


def test_an_unverified_value_says_so() -> None:
    assert not parameters.parameter("a01_self_pay_yellow_yuan", date(2025, 1, 1)).verified


def test_seven_working_days_lie_between_24_january_and_10_february_2025() -> None:
    # 26 Jan (Sun), 27 Jan, 5, 6, 7 Feb, 8 Feb (Sat), 10 Feb = 7; 28 Jan to 4 Feb is Spring Festival
    assert workdays.add_workdays(date(2025, 1, 24), 7) == date(2025, 2, 10)


@pytest.mark.parametrize(
    ("due", "last"),
    [
        (date(2025, 8, 10), date(2025, 8, 8)),
        (date(2025, 9, 10), date(2025, 9, 10)),
        (date(2024, 2, 10), date(2024, 2, 9)),
    ],
)
def test_a_pay_day_on_a_rest_day_falls_before_it(due, last) -> None:
    assert workdays.last_workday_until(due) == last


def test_holidays_equal_the_notices_of_2024_and_2025() -> None:
    worked_weekends = {
        2024: ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
        2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    }
    for year, expected in worked_weekends.items():
        days = workdays.days(date(year, 1, 1), date(year, 12, 31))
        assert [d.day.strftime("%m-%d") for d in days if d.is_workday and d.day.isoweekday() > 5] == expected


def test_there_are_26_towns_and_214_villages_each_in_a_town() -> None:
    towns = {town.area_code for town in areas.towns()}
    assert len(towns) == 26
    assert len(areas.villages()) == 214
    assert {village.parent_code for village in areas.villages()} == towns
    assert {areas.town_of(village.area_code) for village in areas.villages()} == towns
