"""Numbers have the right form and can't be anybody's."""

from __future__ import annotations

from datetime import date

import numpy as np
from stdnum.cn import ric

from ingest.simulate import identity_numbers
from ingest.simulate.timeline import day, to_date


def people(count: int = 3_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    birth = rng.integers(day(date(1925, 1, 1)), day(date(2025, 11, 1)), count).astype(np.int32)
    sex = rng.integers(1, 3, count).astype(np.int8)
    return identity_numbers.draw_numbers(rng, birth, sex), birth, sex


def test_numbers_pass_the_check_digit_of_python_stdnum_and_tell_birth_and_sex() -> None:
    numbers, birth, sex = people()
    for number, born, is_male in zip(numbers, birth, sex == 1, strict=True):
        assert ric.calc_check_digit(number) == number[17]
        assert ric.get_birth_date(number) == to_date(born)
        assert (int(number[16]) % 2 == 1) == is_male
    assert len(set(numbers)) == len(numbers)


def test_every_prefix_was_withdrawn_before_its_holder_could_be_numbered() -> None:
    numbers, birth, _ = people()
    last_year = {"512326": 1994, "517023": 1996, "500232": 2016}
    for number, born in zip(numbers, birth, strict=True):
        prefix = number[:6]
        if prefix in last_year:
            assert to_date(born).year > last_year[prefix]
        else:
            assert prefix in identity_numbers.WITHDRAWN_BEFORE_NUMBERS


def test_many_people_of_one_day_get_different_numbers() -> None:
    rng = np.random.default_rng(1)
    births = np.full(900, day(date(1970, 5, 5)), dtype=np.int32)
    numbers = identity_numbers.draw_numbers(rng, births, np.tile([1, 2], 450).astype(np.int8))
    assert len(set(numbers)) == 900


def test_the_check_digit_of_the_standard_s_example() -> None:
    # GB 11643: 11010519491231002 -> X
    assert identity_numbers.check_letters(np.array(["11010519491231002"])).tolist() == ["X"]


def test_damaged_forms() -> None:
    numbers, birth, _ = people(400)
    rng = np.random.default_rng(2)
    for number, wrong in zip(numbers, identity_numbers.with_wrong_check(numbers, rng), strict=True):
        assert wrong[:17] == number[:17]
        assert ric.calc_check_digit(wrong) != wrong[17]
    twentieth = birth < day(date(2000, 1, 1))
    for number, old in zip(numbers[twentieth], identity_numbers.old_form(numbers[twentieth]), strict=True):
        upgraded = old[:6] + "19" + old[6:]
        assert (len(old), upgraded + ric.calc_check_digit(upgraded + "0")) == (15, number)
    for number, lost in zip(numbers, identity_numbers.with_lost_precision(numbers), strict=True):
        assert lost == number[:15] + "000"
