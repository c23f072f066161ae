"""B02 Cremated, death not cancelled: each edge of the rule. The judged months looked at are October and November."""

from __future__ import annotations

from datetime import date

import pytest

from tests.dbt.rule_world import AS_OF, NOVEMBER, OCTOBER, Case, CaseBook, RuleWorld, alert, alerts_of, month_before

BOOK = CaseBook()
BURNT = date(2025, 10, 20)


class CrematedWorld(RuleWorld):
    """Adds cremations."""

    def cremated(self, key: str | None, day: date = BURNT) -> None:
        """One cremation; without a key an unnamed body."""
        self.add(
            "stg_funeral__cremations",
            cremation_id_funeral=f"{key}-{day}",
            person_key=key,
            cremation_date=day,
            has_person_key=key is not None,
        )


def listed(world: CrematedWorld, key: str, category: str = "DB", **spell: date) -> None:
    """A cremated person whom the police register lists as normal, in a category."""
    world.person(key, death=date(2025, 10, 17))
    world.cremated(key)
    world.spell(key, category, **spell)


@BOOK.fires(alert(BURNT, None))
def cremated_and_still_in_the_allowance_fires(world: CrematedWorld, key: str) -> None:
    listed(world, key)


@BOOK.fires(alert(BURNT, None))
def cremated_and_still_in_extreme_hardship_fires(world: CrematedWorld, key: str) -> None:
    listed(world, key, "TK")


@BOOK.silent
def near_minimum_pays_nothing(world: CrematedWorld, key: str) -> None:
    listed(world, key, "DBB")


@BOOK.silent
def a_cancelled_death_is_silent(world: CrematedWorld, key: str) -> None:
    world.person(key, death=date(2025, 10, 17), status="3")
    world.cremated(key)
    world.spell(key, "DB")


@BOOK.fires(alert(BURNT, None))
def a_person_who_moved_out_is_not_cancelled(world: CrematedWorld, key: str) -> None:
    world.person(key, status="2", moved=date(2025, 1, 1))
    world.cremated(key)
    world.spell(key, "DB")


@BOOK.silent
def nobody_was_cremated(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.spell(key, "DB")
    world.cremated(None)


@BOOK.fires(alert(AS_OF, None))
def cremated_today_fires(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key, AS_OF)
    world.spell(key, "DB")


@BOOK.silent
def cremated_tomorrow_is_not_known_yet(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key, date(2025, 11, 24))
    world.spell(key, "DB")


@BOOK.fires(alert(BURNT, None))
def the_first_of_two_records_counts(world: CrematedWorld, key: str) -> None:
    listed(world, key)
    world.cremated(key, date(2025, 11, 1))


@BOOK.silent
def stopped_today_is_silent(world: CrematedWorld, key: str) -> None:
    listed(world, key, stop=AS_OF)


@BOOK.fires(alert(BURNT, None))
def stopped_tomorrow_fires(world: CrematedWorld, key: str) -> None:
    listed(world, key, stop=date(2025, 11, 24))


@BOOK.fires(alert(BURNT, None))
def beginning_today_fires(world: CrematedWorld, key: str) -> None:
    listed(world, key, start=AS_OF)


@BOOK.silent
def beginning_tomorrow_is_silent(world: CrematedWorld, key: str) -> None:
    listed(world, key, start=date(2025, 11, 24))


@BOOK.fires(alert(BURNT, "90.00"))
def a_nursing_subsidy_in_the_earlier_judged_month_fires(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key)
    world.paid(key, "0402", OCTOBER, "90.00")


@BOOK.fires(alert(BURNT, "160.00"))
def the_payments_of_both_months_add_up(world: CrematedWorld, key: str) -> None:
    """80 + 80 = 160."""
    world.person(key)
    world.cremated(key)
    world.paid(key, "0401", OCTOBER, "80.00")
    world.paid(key, "0401", NOVEMBER, "80.00")


@BOOK.fires(alert(BURNT, "50.00"))
def an_old_age_subsidy_fires(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key)
    world.paid(key, "0601", NOVEMBER, "50.00")


@BOOK.silent
def a_subsidy_before_the_judged_months_is_past(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key)
    world.paid(key, "0402", month_before(OCTOBER), "90.00")


@BOOK.silent
def another_programme_is_not_asked(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key)
    world.paid(key, "0301", NOVEMBER, "500.00")


@BOOK.silent
def a_reversed_subsidy_is_settled(world: CrematedWorld, key: str) -> None:
    world.person(key)
    world.cremated(key)
    world.paid(key, "0402", NOVEMBER, "0.00", net=0)


@BOOK.fires(alert(BURNT, None, status="unknown"))
def a_quarantined_police_row_makes_it_unknown(world: CrematedWorld, key: str) -> None:
    listed(world, key)
    world.hint(key, "police__population")


@BOOK.fires(alert(BURNT, None))
def a_quarantined_payment_hides_nothing(world: CrematedWorld, key: str) -> None:
    listed(world, key)
    world.hint(key, "finance__payments", month=NOVEMBER)


@BOOK.silent
def a_person_whom_the_police_register_does_not_list_is_silent(world: CrematedWorld, key: str) -> None:
    world.person(key, status=None)
    world.cremated(key)
    world.spell(key, "DB")


@BOOK.fires(alert(BURNT, None, status="unknown"))
def unless_a_quarantined_row_may_be_that_person(world: CrematedWorld, key: str) -> None:
    world.person(key, status=None)
    world.cremated(key)
    world.spell(key, "DB")
    world.hint(key, "police__population")


@BOOK.silent
def a_cancelled_death_stays_silent_beside_a_quarantined_row(world: CrematedWorld, key: str) -> None:
    world.person(key, status="3")
    world.cremated(key)
    world.spell(key, "DB")
    world.hint(key, "police__population")


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = CrematedWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__b02"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts
