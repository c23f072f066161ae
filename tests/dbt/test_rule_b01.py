"""B01 Paid after death: each edge of the rule."""

from __future__ import annotations

from datetime import date

import pytest

from tests.dbt.rule_world import (
    NOVEMBER,
    OCTOBER,
    Alert,
    Case,
    CaseBook,
    RuleWorld,
    alert,
    alerts_of,
    month_before,
    pay_day,
)

BOOK = CaseBook()
SEPTEMBER = month_before(OCTOBER)


class DeadWorld(RuleWorld):
    """Adds what the rule reads of programmes."""

    def __init__(self, catalog: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(catalog)
        for programme, is_household in (("0102", True), ("0201", False), ("0402", False)):
            self.add("programme", programme_code=programme, is_household_line=is_household)


def wrong(month: date, amount: str) -> Alert:
    """Paid on the pay day of the month."""
    return alert(pay_day(month), amount, month=month)


@BOOK.fires(wrong(OCTOBER, "1001.00"), wrong(NOVEMBER, "1001.00"))
def every_month_after_the_month_of_death_fires(world: DeadWorld, key: str) -> None:
    world.person(key, death=date(2025, 9, 30))
    for month in (SEPTEMBER, OCTOBER, NOVEMBER):
        world.paid(key, "0201", month, "1001.00")


@BOOK.silent
def death_on_the_first_leaves_the_month_to_the_person(world: DeadWorld, key: str) -> None:
    world.person(key, death=OCTOBER)
    world.paid(key, "0201", OCTOBER)


@BOOK.silent
def the_living_may_be_paid(world: DeadWorld, key: str) -> None:
    world.person(key)
    world.paid(key, "0201", OCTOBER)


@BOOK.silent
def a_reversed_payment_is_settled(world: DeadWorld, key: str) -> None:
    world.person(key, death=date(2025, 9, 30))
    world.paid(key, "0201", OCTOBER, "0.00", net=0)


@BOOK.fires(wrong(OCTOBER, "1091.00"))
def the_lines_of_a_month_add_up(world: DeadWorld, key: str) -> None:
    """1,001 + 90 = 1,091."""
    world.person(key, death=date(2025, 9, 30))
    world.paid(key, "0201", OCTOBER, "1001.00")
    world.paid(key, "0402", OCTOBER, "90.00")


@BOOK.fires(wrong(OCTOBER, "200.00"))
def a_household_line_that_covers_the_dead_counts_by_its_share(world: DeadWorld, key: str) -> None:
    """600 / 3 covered = 200; the line itself is in the name of the living head."""
    world.person(key, death=date(2025, 9, 30))
    world.person(f"{key}/head")
    world.paid(f"{key}/head", "0102", OCTOBER, "600.00")
    world.covered(key, OCTOBER, line=f"{key}/head", household=f"H-{key}", amount="600.00")
    world.covered(f"{key}/head", OCTOBER, line=f"{key}/head", household=f"H-{key}", amount="600.00")
    world.entitlement(f"H-{key}", "DB", "600.00", covered=3)


@BOOK.silent
def a_household_line_in_the_name_of_the_dead_that_no_longer_covers_them(world: DeadWorld, key: str) -> None:
    world.person(key, death=date(2025, 9, 30))
    world.paid(key, "0102", OCTOBER, "600.00")


@BOOK.silent
def a_household_line_for_the_month_of_death_is_right(world: DeadWorld, key: str) -> None:
    world.person(key, death=OCTOBER)
    world.covered(key, OCTOBER, line=key, household=f"H-{key}", amount="600.00")
    world.entitlement(f"H-{key}", "DB", "600.00", covered=3)


@BOOK.fires(wrong(OCTOBER, "300.00"))
def the_share_follows_the_last_list_up_to_the_end_of_the_month(world: DeadWorld, key: str) -> None:
    """Two covered by the list of 31 October: 600 / 2 = 300; three before it, four from November on."""
    world.person(key, death=date(2025, 9, 30))
    world.covered(key, OCTOBER, line=key, household=f"H-{key}", amount="600.00")
    last = date(2025, 10, 31)
    world.entitlement(f"H-{key}", "DB", "600.00", covered=3, valid_to=last)
    world.entitlement(f"H-{key}", "DB", "600.00", covered=2, valid_from=last, valid_to=NOVEMBER)
    world.entitlement(f"H-{key}", "DB", "600.00", covered=4, valid_from=NOVEMBER)


@BOOK.fires(wrong(OCTOBER, "500.00"))
def the_single_allowance_is_the_persons_own(world: DeadWorld, key: str) -> None:
    """500 / 1; the household's entry and another person's are not asked."""
    world.person(key, death=date(2025, 9, 30))
    world.covered(key, OCTOBER, line=key, household=f"H-{key}", amount="500.00", category="DB1")
    world.entitlement(f"H-{key}", "DB1", "500.00", covered=1, person=key)
    world.entitlement(f"H-{key}", "DB1", "500.00", covered=5, person="somebody else")
    world.entitlement(f"H-{key}", "DB", "500.00", covered=4)
    world.entitlement("H-of-strangers", "DB1", "500.00", covered=9, person=key)


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = DeadWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__b01"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts
