"""A23 Registered, not paid: each edge of the rule. The judged months looked at are September, October and November."""

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
SEPTEMBER, AUGUST = month_before(OCTOBER), month_before(OCTOBER, 2)
REGISTER, PAYMENTS = "civil_affairs__register", "finance__payments"


class EntitledWorld(RuleWorld):
    """Adds people who are entitled and paid for every month but some."""

    def entitled(
        self,
        key: str,
        unpaid: tuple[date, ...],
        start: date = date(2020, 3, 5),
        stop: date | None = None,
        **spell: bool,
    ) -> None:
        """One person in 低保 with 600 yuan for two covered members, paid except for the months in `unpaid`."""
        self.person(key)
        self.spell(key, "DB", start=start, stop=stop, **spell)
        self.entitlement(f"H-{key}", "DB", "600.00", covered=2)
        self.pay(key, unpaid)

    def pay(self, key: str, unpaid: tuple[date, ...]) -> None:
        """A household line that covers the person in each month but those in `unpaid`."""
        for month in (AUGUST, SEPTEMBER, OCTOBER, NOVEMBER):
            if month not in unpaid:
                self.covered(key, month, line=key, household=f"H-{key}", amount="600.00")

    def hidden(self, household: str, end: date, feed: str = REGISTER) -> None:
        """A quarantined row that names a household."""
        self.add(
            "stg_lake__quarantined_rows",
            feed_id=feed,
            household_id_civil_affairs=household,
            period_end_date=end,
        )


def missing(month: date, amount: str = "300.00", status: str = "open") -> Alert:
    """600 yuan / 2 covered = 300, due on the pay day of the month."""
    return alert(pay_day(month), amount, month=month, status=status)


@BOOK.fires(missing(OCTOBER))
def a_month_without_a_line_fires(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (OCTOBER,))


@BOOK.fires(missing(SEPTEMBER), missing(NOVEMBER))
def every_month_fires_for_itself(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (SEPTEMBER, NOVEMBER))


@BOOK.silent
def a_month_before_the_look_back_is_not_looked_at(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (AUGUST,))


@BOOK.fires(missing(NOVEMBER))
def a_decision_on_the_last_day_of_the_month_before_fires(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,), start=date(2025, 10, 31))


@BOOK.silent
def a_decision_on_the_first_begins_to_pay_a_month_later(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,), start=NOVEMBER)


@BOOK.silent
def a_stop_on_the_first_ends_the_entitlement(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,), stop=NOVEMBER)


@BOOK.fires(missing(NOVEMBER))
def a_stop_on_the_second_leaves_the_month(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,), stop=date(2025, 11, 2))


@BOOK.silent
def a_member_who_is_not_covered_is_silent(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,), covered=False)


@BOOK.silent
def death_on_the_first_is_silent(world: EntitledWorld, key: str) -> None:
    world.person(key, death=NOVEMBER)
    world.spell(key, "DB")
    world.entitlement(f"H-{key}", "DB", "600.00", covered=2)
    world.pay(key, (NOVEMBER,))


@BOOK.fires(missing(NOVEMBER))
def death_on_the_second_fires(world: EntitledWorld, key: str) -> None:
    world.person(key, death=date(2025, 11, 2))
    world.spell(key, "DB")
    world.entitlement(f"H-{key}", "DB", "600.00", covered=2)
    world.pay(key, (NOVEMBER,))


@BOOK.silent
def an_amount_of_nothing_is_not_missing(world: EntitledWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB")
    world.entitlement(f"H-{key}", "DB", "0.00", covered=2)


@BOOK.fires(missing(NOVEMBER, amount="0.01"))
def an_amount_of_a_cent_is(world: EntitledWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB")
    world.entitlement(f"H-{key}", "DB", "0.01", covered=1)
    world.pay(key, (NOVEMBER,))


@BOOK.fires(missing(NOVEMBER, amount="250.00"))
def the_amount_is_that_of_the_last_list_up_to_the_end_of_the_month(world: EntitledWorld, key: str) -> None:
    """500 / 2 from the list of 30 November on; 600 before it, 700 from 1 December on."""
    world.person(key)
    world.spell(key, "DB")
    last, after = date(2025, 11, 30), date(2025, 12, 1)
    world.entitlement(f"H-{key}", "DB", "600.00", covered=2, valid_to=last)
    world.entitlement(f"H-{key}", "DB", "500.00", covered=2, valid_from=last, valid_to=after)
    world.entitlement(f"H-{key}", "DB", "700.00", covered=2, valid_from=after)
    world.pay(key, (NOVEMBER,))


@BOOK.fires(missing(OCTOBER, amount="600.00"))
def an_amount_that_ends_with_the_list_of_the_last_day_is_past(world: EntitledWorld, key: str) -> None:
    """The list of 31 October says 1,200 / 2 = 600; what held until then is past."""
    world.person(key)
    world.spell(key, "DB")
    last = date(2025, 10, 31)
    world.entitlement(f"H-{key}", "DB", "0.00", covered=2, valid_to=last)
    world.entitlement(f"H-{key}", "DB", "1200.00", covered=2, valid_from=last)
    world.pay(key, (OCTOBER,))


@BOOK.fires(missing(NOVEMBER, amount="400.00"))
def the_single_allowance_has_its_own_amount(world: EntitledWorld, key: str) -> None:
    """The household's own entry (900) isn't the person's."""
    world.person(key)
    world.spell(key, "DB1")
    world.entitlement(f"H-{key}", "DB1", "400.00", person=key)
    world.entitlement(f"H-{key}", "DB1", "900.00", person="somebody else")
    world.entitlement(f"H-{key}", "DB", "900.00")
    world.pay(key, (NOVEMBER,))


@BOOK.fires(missing(OCTOBER, amount="1001.00"), missing(SEPTEMBER, amount="1001.00"))
def extreme_hardship_is_paid_by_its_own_line(world: EntitledWorld, key: str) -> None:
    """Covered by a household line all along, and 0201 paid for November only; a care line (0202) is another programme."""
    world.person(key)
    world.spell(key, "TK")
    world.entitlement(f"H-{key}", "TK", "1001.00", person=key)
    world.pay(key, ())
    world.paid(key, "0201", NOVEMBER)
    world.paid(key, "0202", OCTOBER)
    world.paid(key, "0201", SEPTEMBER, net=0, amount="0.00")


@BOOK.fires(missing(NOVEMBER, amount="0.00"))
def extreme_hardship_fires_whatever_the_amount(world: EntitledWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "TK", covered=False)
    world.entitlement(f"H-{key}", "TK", "0.00", person=key)
    for month in (SEPTEMBER, OCTOBER):
        world.paid(key, "0201", month)


@BOOK.silent
def near_minimum_is_owed_nothing(world: EntitledWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DBB")
    world.entitlement(f"H-{key}", "DBB", "100.00")


@BOOK.fires(missing(NOVEMBER, status="unknown"))
def a_quarantined_payment_of_the_month_makes_it_unknown(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,))
    world.hint(key, PAYMENTS, month=NOVEMBER)


@BOOK.fires(missing(NOVEMBER))
def a_quarantined_payment_of_another_month_hides_nothing(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,))
    world.hint(key, PAYMENTS, month=OCTOBER)


@BOOK.fires(missing(NOVEMBER))
def a_quarantined_row_of_another_feed_hides_nothing(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,))
    world.hint(key, "health__deaths", month=NOVEMBER)


@BOOK.fires(missing(NOVEMBER, status="unknown"))
def a_quarantined_payment_of_another_member_makes_it_unknown(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (NOVEMBER,))
    world.person(f"{key}/head")
    world.spell(f"{key}/head", "DB", household=f"H-{key}", covered=False)
    world.hint(f"{key}/head", PAYMENTS, month=NOVEMBER)


@BOOK.fires(missing(OCTOBER, status="unknown"))
def a_quarantined_row_that_names_the_household_makes_it_unknown(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (OCTOBER,))
    world.hidden(f"H-{key}", end=date(2025, 9, 30))


@BOOK.fires(missing(OCTOBER))
def a_quarantined_row_of_an_earlier_list_hides_nothing(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (OCTOBER,))
    world.hidden(f"H-{key}", end=date(2025, 9, 29))


@BOOK.fires(missing(OCTOBER))
def a_quarantined_row_of_another_household_hides_nothing(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (OCTOBER,))
    world.hidden("H-of-strangers", end=NOVEMBER)


@BOOK.fires(missing(OCTOBER))
def a_household_named_by_another_feed_hides_nothing(world: EntitledWorld, key: str) -> None:
    world.entitled(key, (OCTOBER,))
    world.hidden(f"H-{key}", end=NOVEMBER, feed="police__population")


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = EntitledWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__a23"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts
