"""A05 Severely disabled without nursing subsidy: each edge of the rule. The judged months are October and November."""

from __future__ import annotations

from datetime import date

import pytest

from tests.dbt.rule_world import (
    AS_OF,
    LONG_AGO,
    NOVEMBER,
    OCTOBER,
    Case,
    CaseBook,
    RuleWorld,
    alert,
    alerts_of,
    month_before,
)

BOOK = CaseBook()
FIRED = date(2025, 11, 10)  # the pay day of November
SEPTEMBER = month_before(OCTOBER)


class NursingWorld(RuleWorld):
    """Adds certificates."""

    def certificate(
        self, key: str, grade: str = "1", issued: date = LONG_AGO, valid_to: date | None = None, status: str = "1"
    ) -> None:
        """One disability certificate."""
        self.add(
            "stg_disabled_federation__certificates",
            certificate_key=f"{key}-{grade}-{issued}",
            person_key=key,
            disability_grade_code=grade,
            issue_date=issued,
            valid_to_date=valid_to,
            certificate_status_code=status,
        )


def disabled(world: NursingWorld, key: str) -> None:
    """A registered person with a valid certificate of grade 1 and no subsidy."""
    world.person(key)
    world.certificate(key)


@BOOK.fires(alert(FIRED, None))
def nothing_paid_in_two_judged_months_fires(world: NursingWorld, key: str) -> None:
    disabled(world, key)


@BOOK.fires(alert(FIRED, None))
def a_payment_before_the_two_months_changes_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.paid(key, "0402", SEPTEMBER)


@BOOK.silent
def a_payment_in_the_earlier_month_silences(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.paid(key, "0402", OCTOBER)


@BOOK.silent
def a_payment_in_the_later_month_silences(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.paid(key, "0402", NOVEMBER)


@BOOK.fires(alert(FIRED, None))
def a_reversed_payment_is_none(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.paid(key, "0402", NOVEMBER, net=0, amount="0.00")


@BOOK.fires(alert(FIRED, None))
def the_living_subsidy_is_another_programme(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.paid(key, "0401", NOVEMBER)


@BOOK.fires(alert(FIRED, None))
def grade_two_is_severe(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, grade="2")


@BOOK.silent
def grade_three_is_not(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, grade="3")


@BOOK.silent
def a_cancelled_certificate_is_none(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, status="2")


@BOOK.fires(alert(FIRED, None))
def issued_on_the_last_day_before_the_first_month_fires(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, issued=date(2025, 9, 30))


@BOOK.silent
def issued_on_the_first_day_of_the_first_month_is_too_new(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, issued=OCTOBER)


@BOOK.fires(alert(FIRED, None))
def a_certificate_valid_through_today_fires(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, valid_to=AS_OF)


@BOOK.fires(alert(FIRED, None))
def a_certificate_valid_beyond_today_fires(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, valid_to=date(2030, 1, 1))


@BOOK.silent
def a_certificate_that_ended_yesterday_is_silent(world: NursingWorld, key: str) -> None:
    world.person(key)
    world.certificate(key, valid_to=date(2025, 11, 22))


@BOOK.silent
def a_person_who_died_today_is_silent(world: NursingWorld, key: str) -> None:
    world.person(key, death=AS_OF)
    world.certificate(key)


@BOOK.fires(alert(FIRED, None))
def a_death_tomorrow_is_not_known_yet(world: NursingWorld, key: str) -> None:
    world.person(key, death=date(2025, 11, 24))
    world.certificate(key)


@BOOK.silent
def a_missing_person_is_silent(world: NursingWorld, key: str) -> None:
    world.person(key, status="4")
    world.certificate(key)


@BOOK.silent
def a_person_whom_the_police_register_does_not_list_is_silent(world: NursingWorld, key: str) -> None:
    world.person(key, status=None)
    world.certificate(key)


@BOOK.fires(alert(FIRED, None, status="unknown"))
def unless_a_quarantined_row_may_be_that_person(world: NursingWorld, key: str) -> None:
    world.person(key, status=None)
    world.certificate(key)
    world.hint(key, "police__population")


@BOOK.silent
def a_missing_person_stays_silent_beside_a_quarantined_row(world: NursingWorld, key: str) -> None:
    world.person(key, status="4")
    world.certificate(key)
    world.hint(key, "police__population")


@BOOK.silent
def extreme_hardship_that_ends_on_the_second_of_the_first_month_silences(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.spell(key, "TK", stop=date(2025, 10, 2))


@BOOK.fires(alert(FIRED, None))
def extreme_hardship_that_ends_on_the_first_of_the_first_month_does_not(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.spell(key, "TK", stop=OCTOBER)


@BOOK.silent
def extreme_hardship_that_begins_today_silences(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.spell(key, "TK", start=AS_OF)


@BOOK.fires(alert(FIRED, None))
def extreme_hardship_between_the_checked_days_does_not(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.spell(key, "TK", start=date(2025, 10, 2), stop=NOVEMBER)


@BOOK.fires(alert(FIRED, None))
def the_minimum_allowance_does_not_silence(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.spell(key, "DB")


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_nursing_line_of_the_earlier_month_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "finance__payments", month=OCTOBER, programme="0402")


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_line_without_programme_of_the_later_month_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "finance__payments", month=NOVEMBER)


@BOOK.fires(alert(FIRED, None))
def a_quarantined_line_of_another_programme_hides_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "finance__payments", month=NOVEMBER, programme="0401")


@BOOK.fires(alert(FIRED, None))
def a_quarantined_line_of_an_earlier_month_hides_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "finance__payments", month=SEPTEMBER, programme="0402")


@BOOK.fires(alert(FIRED, None))
def a_quarantined_line_of_a_later_month_hides_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "finance__payments", month=date(2025, 12, 1), programme="0402")


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_row_of_the_list_before_the_first_month_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "civil_affairs__register", end=date(2025, 9, 30))


@BOOK.fires(alert(FIRED, None))
def a_quarantined_row_of_an_earlier_list_hides_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "civil_affairs__register", end=date(2025, 9, 29))


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_death_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "health__deaths", end=LONG_AGO)


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_cremation_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "funeral__cremations", end=LONG_AGO)


@BOOK.fires(alert(FIRED, None, status="unknown"))
def a_quarantined_police_row_makes_it_unknown(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "police__population")


@BOOK.fires(alert(FIRED, None))
def a_quarantined_bill_hides_nothing(world: NursingWorld, key: str) -> None:
    disabled(world, key)
    world.hint(key, "medical_insurance__settlements", month=NOVEMBER)


@pytest.mark.parametrize("case", BOOK.cases, ids=lambda case: case.name)
def test_case(case: Case, catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]) -> None:
    world = NursingWorld(catalog)
    case.build(world, case.name)
    sql = compiled["int_alerts__a05"]
    assert alerts_of(world.rows_of(sql), world.columns_of(sql), case.name) == case.alerts


def test_with_one_judged_month_nothing_can_be_said(
    catalog: dict[str, list[tuple[str, str]]], compiled: dict[str, str]
) -> None:
    world = NursingWorld(catalog)
    world.rows["int_months__judged"] = world.rows["int_months__judged"][:1]
    disabled(world, "p")
    assert world.rows_of(compiled["int_alerts__a05"]) == []
