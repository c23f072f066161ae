"""A01 High medical self-pay: each edge of the rule, below, at and above."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.dbt.rule_world import AS_OF, Case, CaseBook, RuleWorld, alert, alerts_of

BOOK = CaseBook()
REGISTER, LAST_LIST = "civil_affairs__register", date(2025, 10, 31)
MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)


class SelfPayWorld(RuleWorld):
    """Adds bills, and the sums that the model before this one makes of them."""

    def __init__(self, catalog: dict[str, list[tuple[str, str]]]) -> None:
        super().__init__(catalog)
        for kind, end in (("full", date(2025, 9, 30)), ("full", LAST_LIST), ("delta", date(2025, 11, 16))):
            self.add("stg_lake__batches", feed_id=REGISTER, kind=kind, period_end=end, is_in_force=True)
        self.add("stg_lake__batches", feed_id=REGISTER, kind="full", period_end=date(2025, 11, 20), is_in_force=False)
        self.add("stg_lake__batches", feed_id="finance__payments", kind="full", period_end=AS_OF, is_in_force=True)

    def bills(self, key: str, *bills: tuple[date, str]) -> None:
        """Settled bills (day, self-pay in yuan) of one person; negative ones are reversals."""
        for number, (day, amount) in enumerate(bills):
            self.add(
                "int_settlements__counted",
                settlement_id_medical=f"{key}-{number}",
                is_reversal=Decimal(amount) < 0,
                person_key=key,
                settlement_date=day,
                self_pay_yuan=Decimal(amount),
            )
        self.add(
            "int_medical__rolled_12m",
            person_key=key,
            self_pay_12m_yuan=sum(Decimal(amount) for _, amount in bills),
            settlements_count=len(bills),
        )

    def income(self, key: str, yuan: str) -> None:
        """Known yearly income per head of a monitored person."""
        self.add("stg_agriculture__monitored_persons", person_key=key, income_year_yuan=Decimal(yuan))


def sick(world: SelfPayWorld, key: str, amount: str = "10000.00") -> None:
    """A person with one bill of an amount in May."""
    world.person(key, household=f"P-{key}")
    world.bills(key, (MAY, amount))


def sick_in_near_minimum(world: SelfPayWorld, key: str, amount: str = "10000.00") -> None:
    """The same, in a household of 低保边缘."""
    sick(world, key, amount)
    world.spell(key, "DBB")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def self_pay_at_the_yellow_line_fires(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "10000.00")


@BOOK.silent
def self_pay_a_cent_below_the_yellow_line_is_silent(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "9999.99")


@BOOK.fires(alert(MAY, "19999.99", severity="Y"))
def a_cent_below_the_orange_line_is_yellow(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "19999.99")


@BOOK.fires(alert(MAY, "20000.00", severity="O"))
def at_the_orange_line_is_orange(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "20000.00")


@BOOK.fires(alert(MAY, "49999.99", severity="O"))
def a_cent_below_the_red_line_is_orange(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "49999.99")


@BOOK.fires(alert(MAY, "50000.00", severity="R"))
def at_the_red_line_is_red(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "50000.00")


@BOOK.fires(alert(MAY, "50000.01", severity="R"))
def above_the_red_line_is_red(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key, "50000.01")


@BOOK.fires(alert(JUNE, "12000.00", severity="Y"))
def it_fires_on_the_day_on_which_the_running_sum_reaches_the_line(world: SelfPayWorld, key: str) -> None:
    """6,000 + 4,000 = 10,000 in June; 2,000 more in July change the amount, not the day."""
    world.person(key)
    world.bills(key, (MAY, "6000.00"), (JUNE, "4000.00"), (date(2025, 7, 1), "2000.00"))
    world.spell(key, "DBB")


@BOOK.silent
def a_reversal_that_takes_the_sum_below_the_line_silences_it(world: SelfPayWorld, key: str) -> None:
    """12,000 - 3,000 = 9,000."""
    world.person(key)
    world.bills(key, (MAY, "12000.00"), (JUNE, "-3000.00"))
    world.spell(key, "DBB")


@BOOK.silent
def a_person_in_no_known_need_is_silent(world: SelfPayWorld, key: str) -> None:
    sick(world, key)


@BOOK.silent
def a_person_in_the_minimum_allowance_is_silent(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "DB")


@BOOK.silent
def a_person_with_the_single_allowance_is_silent(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "DB1")


@BOOK.silent
def a_person_in_extreme_hardship_since_today_is_silent(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key)
    world.spell(key, "TK", start=AS_OF)


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def an_allowance_that_ends_today_no_longer_silences(world: SelfPayWorld, key: str) -> None:
    """The stop date is the first day outside, so the person is under watch from today."""
    sick(world, key)
    world.spell(key, "DB", stop=AS_OF, reason="INCOME")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def an_allowance_that_begins_tomorrow_does_not_silence_yet(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key)
    world.spell(key, "DB", start=date(2025, 11, 24))


@BOOK.silent
def a_person_who_died_by_the_as_of_date_is_silent(world: SelfPayWorld, key: str) -> None:
    world.person(key, death=AS_OF)
    world.bills(key, (MAY, "10000.00"))
    world.spell(key, "DBB")


@BOOK.silent
def a_person_who_died_today_is_silent_with_a_living_member_in_a_layer(world: SelfPayWorld, key: str) -> None:
    world.person(key, death=AS_OF, household=f"P-{key}")
    world.bills(key, (MAY, "10000.00"))
    world.person(f"{key}/mother", household=f"P-{key}")
    world.spell(f"{key}/mother", "DBB")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_death_after_the_as_of_date_is_not_known_yet(world: SelfPayWorld, key: str) -> None:
    world.person(key, death=date(2025, 11, 24))
    world.bills(key, (MAY, "10000.00"))
    world.spell(key, "DBB")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_layer_of_another_member_of_the_register_household_counts(world: SelfPayWorld, key: str) -> None:
    """The person left the household's recognition, another member is still in it; the police register knows no link."""
    sick(world, key)
    world.spell(key, "QT", stop=MAY, household=f"H-{key}")
    world.person(f"{key}/wife")
    world.spell(f"{key}/wife", "DB", household=f"H-{key}")


@BOOK.silent
def a_layer_in_the_register_household_that_ended_does_not_count(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "QT", stop=MAY, household=f"H-{key}")
    world.person(f"{key}/wife")
    world.spell(f"{key}/wife", "GX", stop=AS_OF, household=f"H-{key}")


@BOOK.silent
def somebody_else_in_the_register_household_gets_no_alert(world: SelfPayWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "QT", household=f"H-{key}")
    sick(world, f"{key}/brother")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_layer_of_a_member_of_the_police_household_counts(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.person(f"{key}/mother", household=f"P-{key}")
    world.spell(f"{key}/mother", "DB")


@BOOK.silent
def a_layer_of_a_member_who_has_moved_away_does_not_count(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.person(f"{key}/son", household=f"P-{key}", status="2", moved=date(2026, 1, 1))
    world.spell(f"{key}/son", "DB")


@BOOK.silent
def a_layer_of_a_member_who_died_today_does_not_count(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.person(f"{key}/father", household=f"P-{key}", death=AS_OF)
    world.spell(f"{key}/father", "DB")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def monitoring_against_return_to_poverty_counts_until_it_is_eliminated(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "FP", stop=date(2025, 11, 24))


@BOOK.silent
def monitoring_eliminated_today_does_not_count(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "FP", stop=AS_OF)


@BOOK.silent
def leaving_near_minimum_starts_no_watch(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "DBB", stop=date(2025, 6, 1), reason="INCOME")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_day_before_24_months_are_full_the_watch_still_runs(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "TK", stop=date(2023, 11, 24), reason="INCOME")


@BOOK.silent
def the_watch_ends_when_24_months_are_full(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.spell(key, "TK", stop=date(2023, 11, 23), reason="INCOME")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_member_under_watch_counts_for_the_household(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.person(f"{key}/mother", household=f"P-{key}")
    world.spell(f"{key}/mother", "DB", stop=date(2025, 3, 1))


@BOOK.silent
def a_member_who_left_and_came_back_has_no_watch_but_a_layer(world: SelfPayWorld, key: str) -> None:
    """Back in 低保 and dead today: the layer doesn't count, nor does the watch."""
    sick(world, key)
    world.person(f"{key}/mother", household=f"P-{key}", death=AS_OF)
    world.spell(f"{key}/mother", "DB", stop=date(2025, 3, 1))


@BOOK.silent
def a_member_whose_allowance_ended_by_death_starts_no_watch(world: SelfPayWorld, key: str) -> None:
    """The death itself is not in the registers of deaths, so that only the reason speaks."""
    sick(world, key)
    world.person(f"{key}/mother", household=f"P-{key}")
    world.spell(f"{key}/mother", "DB", stop=date(2025, 3, 1), reason="DEATH")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def known_income_a_yuan_below_the_rural_line_counts(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.income(key, "22220.00")


@BOOK.silent
def known_income_at_the_rural_line_does_not_count(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.income(key, "22221.00")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def known_income_a_yuan_below_the_urban_line_counts_for_an_urban_person(world: SelfPayWorld, key: str) -> None:
    world.person(key, urban_rural="1")
    world.bills(key, (MAY, "10000.00"))
    world.income(key, "49777.00")


@BOOK.silent
def known_income_at_the_urban_line_does_not_count(world: SelfPayWorld, key: str) -> None:
    world.person(key, urban_rural="1")
    world.bills(key, (MAY, "10000.00"))
    world.income(key, "49778.00")


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def the_income_of_another_member_counts(world: SelfPayWorld, key: str) -> None:
    sick(world, key)
    world.person(f"{key}/father", household=f"P-{key}")
    world.income(f"{key}/father", "8000.00")


@BOOK.fires(alert(MAY, "10000.00", severity="Y", status="unknown"))
def a_quarantined_row_of_the_last_list_makes_it_unknown(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key)
    world.hint(key, REGISTER, end=LAST_LIST)


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_quarantined_row_of_an_earlier_list_hides_nothing_today(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key)
    world.hint(key, REGISTER, end=date(2025, 10, 30))


@BOOK.fires(alert(MAY, "10000.00", severity="Y"))
def a_quarantined_payment_hides_nothing_of_this_rule(world: SelfPayWorld, key: str) -> None:
    sick_in_near_minimum(world, key)
    world.hint(key, "finance__payments")


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = SelfPayWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__a01"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts
