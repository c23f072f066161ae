"""B18 Exclusive benefits together: each exclusion, its near misses, and the edges of the look-back.

Twelve months are looked at: December 2024 to November 2025. Standards of this world: 0502 is 1,600 yuan up to 1 July
2025 and 1,700 from 1 August on; 0201 is 900 and 1,000.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.dbt.rule_world import NOVEMBER, OCTOBER, Alert, Case, CaseBook, RuleWorld, alert, alerts_of, pay_day

BOOK = CaseBook()
JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 1)
FIRST_MONTH, TOO_EARLY = date(2024, 12, 1), date(2024, 11, 1)
PAIRS = (
    ("X1", "0201", "0101"),
    ("X1", "0201", "0102"),
    ("X2", "0201", "0401"),
    ("X2", "0201", "0402"),
    ("X4", "0501", "0401"),
    ("X5", "0501", "0502"),
    ("X6", "0502", None),
    ("X12", "0101", "0102"),
    ("X15", None, None),
)


class BenefitWorld(RuleWorld):
    """Adds exclusions, programmes and standards."""

    def __init__(self, catalog: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(catalog)
        for exclusion, one, other in PAIRS:
            self.add("policy_benefit_exclusion", exclusion_id=exclusion, programme_a=one, programme_b=other)
        for programme in ("0101", "0102", "0201", "0301", "0401", "0402", "0501", "0502"):
            household, repeatable = programme in ("0101", "0102"), programme == "0301"
            self.add("programme", programme_code=programme, is_household_line=household, is_repeatable=repeatable)
        for programme, old, new in (("0502", 1600, 1700), ("0201", 900, 1000), ("0402", 1, 1)):
            self.standard(programme, old, date(2020, 1, 1), JULY)
            self.standard(programme, new, AUGUST, date(9999, 12, 31))

    def standard(self, programme: str, yuan: int, start: date, end: date) -> None:
        """A benefit standard over [start, end]."""
        self.add(
            "policy_benefit_standard",
            programme_code=programme,
            amount_yuan=Decimal(yuan),
            valid_from=start,
            valid_to=end,
        )

    def household_line(self, key: str, month: date, amount: str, programme: str = "0102", category: str = "DB") -> None:
        """A net-paid household line in the person's own name that covers the person."""
        self.paid(key, programme, month, amount)
        self.covered(key, month, key, f"H-{key}", amount, programme, category)


def double(exclusion: str, amount: str, month: date = OCTOBER) -> Alert:
    """Two benefits of a month, paid on its pay day."""
    return alert(pay_day(month), amount, month=month, detail=exclusion)


@BOOK.fires(double("X1", "600.00"))
def hardship_with_a_household_line_that_covers_the_person(world: BenefitWorld, key: str) -> None:
    """The lesser of 1,001 and 600."""
    world.person(key)
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.covered(key, OCTOBER, f"{key}/head", f"H-{key}", "600.00")


@BOOK.silent
def hardship_with_a_household_line_of_another_month(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.covered(key, NOVEMBER, f"{key}/head", f"H-{key}", "600.00")


@BOOK.silent
def hardship_with_a_household_line_in_the_persons_name_that_covers_others_only(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.paid(key, "0102", OCTOBER, "600.00")


@BOOK.fires(double("X2", "80.00"))
def hardship_with_the_living_subsidy(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.paid(key, "0401", OCTOBER, "80.00")


@BOOK.silent
def hardship_with_a_reversed_subsidy(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.paid(key, "0401", OCTOBER, "0.00", net=0)


@BOOK.silent
def both_subsidies_may_be_held(world: BenefitWorld, key: str) -> None:
    """X9 allows 0401 with 0402."""
    world.person(key)
    world.paid(key, "0401", OCTOBER, "80.00")
    world.paid(key, "0402", OCTOBER, "90.00")


@BOOK.silent
def the_same_pair_of_two_people_is_no_pair(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0501", OCTOBER, "1651.00")
    world.paid(f"{key}/brother", "0401", OCTOBER, "80.00")


@BOOK.fires(double("X5", "1500.00", FIRST_MONTH))
def the_first_month_of_the_look_back_counts(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0501", FIRST_MONTH, "1600.00")
    world.paid(key, "0502", FIRST_MONTH, "1500.00")


@BOOK.silent
def the_month_before_the_look_back_does_not(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0501", TOO_EARLY, "1600.00")
    world.paid(key, "0502", TOO_EARLY, "1500.00")
    world.covered(key, TOO_EARLY, key, f"H-{key}", "600.00", "0101")
    world.covered(key, TOO_EARLY, key, f"H-{key}", "600.00", "0102")


@BOOK.fires(double("X12", "450.00", NOVEMBER))
def urban_and_rural_allowance_cover_one_person(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.covered(key, NOVEMBER, f"{key}/head", f"H-{key}", "450.00", "0101")
    world.covered(key, NOVEMBER, f"{key}/aunt", f"H2-{key}", "600.00", "0102")


@BOOK.fires(double("X11", "80.00"))
def one_programme_twice(world: BenefitWorld, key: str) -> None:
    """160 for two lines: 160 x 1/2 = 80 too much."""
    world.person(key)
    world.paid(key, "0402", OCTOBER, "160.00", net=2)


@BOOK.silent
def one_programme_twice_by_back_pay(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0402", OCTOBER, "160.00", net=2, first_run=1)


@BOOK.silent
def temporary_relief_may_come_twice(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0301", OCTOBER, "2000.00", net=2)


@BOOK.fires(double("X11", "600.00"))
def a_household_line_twice_counts_for_the_line(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0102", OCTOBER, "1200.00", net=2)


def child(world: BenefitWorld, key: str, paid: str, month: date = OCTOBER, **spell: object) -> None:
    """A de facto unsupported child in a 低保 household of two covered with 1,000 yuan: a share of 500."""
    world.person(key)
    world.spell(key, "DF")
    world.spell(key, "DB", **spell)  # type: ignore[arg-type]
    world.entitlement(f"H-{key}", "DB", "1000.00", covered=2)
    world.paid(key, "0502", month, paid)


@BOOK.silent
def a_child_paid_the_difference_and_the_tolerance(world: BenefitWorld, key: str) -> None:
    """1,700 - 500 + 1 = 1,201."""
    child(world, key, "1201.00")


@BOOK.fires(double("X6", "1.01"))
def a_child_paid_a_cent_more(world: BenefitWorld, key: str) -> None:
    """1,201.01 - (1,700 - 500) = 1.01."""
    child(world, key, "1201.01")


@BOOK.fires(double("X6", "500.00", JULY))
def the_standard_of_the_month_counts_to_its_last_day(world: BenefitWorld, key: str) -> None:
    """1,600 still holds on 1 July: 1,600 - (1,600 - 500) = 500."""
    child(world, key, "1600.00", JULY)


@BOOK.fires(double("X6", "500.00", AUGUST))
def a_standard_holds_from_its_first_day(world: BenefitWorld, key: str) -> None:
    """1,700 - (1,700 - 500) = 500."""
    child(world, key, "1700.00", AUGUST)


@BOOK.fires(double("X6", "1000.00", AUGUST))
def the_basic_living_holds_from_its_first_day(world: BenefitWorld, key: str) -> None:
    """1,700 - (1,700 - 1,000) = 1,000."""
    world.person(key)
    world.spell(key, "TK")
    world.paid(key, "0502", AUGUST, "1700.00")


@BOOK.fires(double("X6", "500.00"))
def a_child_who_is_covered_since_the_first(world: BenefitWorld, key: str) -> None:
    """1,700 - (1,700 - 500) = 500."""
    child(world, key, "1700.00", start=OCTOBER)


@BOOK.silent
def a_child_who_left_the_allowance_on_the_first(world: BenefitWorld, key: str) -> None:
    child(world, key, "1700.00", stop=OCTOBER)


@BOOK.silent
def a_child_who_is_not_covered(world: BenefitWorld, key: str) -> None:
    child(world, key, "1700.00", covered=False)


@BOOK.silent
def a_child_in_no_other_layer(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DF")
    world.paid(key, "0502", OCTOBER, "1700.00")


@BOOK.fires(double("X6", "1000.00"))
def a_child_in_hardship_has_its_basic_living_as_the_share(world: BenefitWorld, key: str) -> None:
    """1,700 - (1,700 - 1,000) = 1,000; covered or not."""
    world.person(key)
    world.spell(key, "TK", covered=False)
    world.paid(key, "0502", OCTOBER, "1700.00")


@BOOK.fires(double("X6", "900.00", JULY))
def the_basic_living_of_the_month_counts_to_its_last_day(world: BenefitWorld, key: str) -> None:
    """1,600 - (1,600 - 900) = 900."""
    world.person(key)
    world.spell(key, "TK")
    world.paid(key, "0502", JULY, "1600.00")


@BOOK.fires(double("X6", "50.00"))
def the_difference_is_never_below_nothing(world: BenefitWorld, key: str) -> None:
    """The share of 2,000 exceeds 1,700: nothing is due, 50 is paid."""
    world.person(key)
    world.spell(key, "DB")
    world.entitlement(f"H-{key}", "DB", "2000.00", covered=1)
    world.paid(key, "0502", OCTOBER, "50.00")


@BOOK.silent
def the_share_follows_the_last_list_up_to_the_end_of_the_month(world: BenefitWorld, key: str) -> None:
    """600 / 1 by the list of 31 October: 1,700 - 600 = 1,100; before it and after it the share was larger."""
    world.person(key)
    world.spell(key, "DB")
    last = date(2025, 10, 31)
    world.entitlement(f"H-{key}", "DB", "900.00", valid_to=last)
    world.entitlement(f"H-{key}", "DB", "600.00", valid_from=last, valid_to=NOVEMBER)
    world.entitlement(f"H-{key}", "DB", "900.00", valid_from=NOVEMBER)
    world.entitlement(f"H-{key}", "TK", "1500.00", person=key)
    world.entitlement(f"H-{key}", "DB", "1500.00", person="somebody else")
    world.entitlement("H-of-strangers", "DB", "1500.00")
    world.paid(key, "0502", OCTOBER, "1100.00")


def single(world: BenefitWorld, key: str, month: date = OCTOBER, **spell: object) -> None:
    """A person with the single-person allowance beside a sister in 低保边缘."""
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}", **spell)  # type: ignore[arg-type]
    world.household_line(key, month, "500.00", category="DB1")
    world.person(f"{key}/sister")
    world.spell(f"{key}/sister", "DBB", household=f"H-{key}")


@BOOK.silent
def the_single_allowance_in_a_near_minimum_household_is_right(world: BenefitWorld, key: str) -> None:
    single(world, key)


@BOOK.fires(double("X15", "500.00"))
def another_member_has_a_line_too(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.paid(f"{key}/sister", "0102", OCTOBER, "300.00")


@BOOK.silent
def another_member_had_a_line_in_another_month(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.paid(f"{key}/sister", "0102", NOVEMBER, "300.00")


@BOOK.silent
def another_members_line_was_reversed(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.paid(f"{key}/sister", "0102", OCTOBER, "0.00", net=0)


@BOOK.silent
def another_member_may_have_a_nursing_subsidy(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.paid(f"{key}/sister", "0402", OCTOBER, "90.00")


@BOOK.fires(double("X15", "500.00"))
def another_member_is_in_hardship(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.paid(f"{key}/sister", "0201", OCTOBER, "1001.00")


@BOOK.fires(double("X15", "500.00"))
def another_member_is_covered_by_somebodys_line(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.covered(f"{key}/sister", OCTOBER, f"{key}/aunt", f"H2-{key}", "300.00")


@BOOK.silent
def another_single_allowance_in_the_household_is_allowed(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.person(f"{key}/brother")
    world.spell(f"{key}/brother", "DB1", household=f"H-{key}")
    world.spell(f"{key}/brother", "DBB", household=f"H-{key}")
    world.covered(f"{key}/brother", OCTOBER, f"{key}/brother", f"H-{key}", "400.00", category="DB1")


@BOOK.silent
def a_member_who_left_the_household_on_the_first_is_none(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.person(f"{key}/son")
    world.spell(f"{key}/son", "DBB", household=f"H-{key}", stop=OCTOBER)
    world.paid(f"{key}/son", "0102", OCTOBER, "300.00")


@BOOK.fires(double("X15", "500.00"))
def a_member_who_came_on_the_first_is_one(world: BenefitWorld, key: str) -> None:
    single(world, key)
    world.person(f"{key}/son")
    world.spell(f"{key}/son", "DBB", household=f"H-{key}", start=OCTOBER)
    world.paid(f"{key}/son", "0102", OCTOBER, "300.00")


@BOOK.fires(double("X15", "500.00"))
def nobody_of_the_household_is_near_minimum(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}")
    world.household_line(key, OCTOBER, "500.00", category="DB1")
    world.spell(f"{key}/sister", "QT", household=f"H-{key}")
    world.spell(f"{key}/cousin", "DBB", household="H-of-others")


@BOOK.fires(double("X15", "500.00", NOVEMBER))
def the_household_left_near_minimum_on_the_first(world: BenefitWorld, key: str) -> None:
    """Right in October, wrong in November."""
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}")
    for month in (OCTOBER, NOVEMBER):
        world.household_line(key, month, "500.00", category="DB1")
    world.spell(f"{key}/sister", "DBB", household=f"H-{key}", stop=NOVEMBER)


@BOOK.silent
def a_single_allowance_that_ended_on_the_first_is_judged_no_more(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}", stop=OCTOBER)
    world.household_line(key, OCTOBER, "500.00", category="DB1")


@BOOK.fires(double("X15", "500.00"))
def a_single_allowance_that_began_on_the_first_is_judged(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}", start=OCTOBER)
    world.household_line(key, OCTOBER, "500.00", category="DB1")


@BOOK.silent
def a_household_line_of_the_ordinary_allowance_is_no_single_allowance(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB", household=f"H-{key}")
    world.household_line(key, OCTOBER, "500.00")


@BOOK.silent
def a_nursing_line_of_a_person_with_an_unpaid_single_allowance(world: BenefitWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB1", household=f"H-{key}")
    world.paid(key, "0402", OCTOBER, "90.00")
    world.paid(key, "0102", OCTOBER, "0.00", net=0)


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = BenefitWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__b18"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts
