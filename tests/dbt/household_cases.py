"""Cases for people in two households of the register, and for staging models that choose between records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tests.dbt.rule_tables import FAR, RuleTables
from tests.dbt.rule_world import AS_OF

Catalog = dict[str, list[tuple[str, str]]]
Expected = tuple[tuple[str, ...], set[tuple[Any, ...]]]
WEEK_1, WEEK_2 = date(2025, 11, 16), AS_OF


def households_in_conflict(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Two Sundays, and the Sunday before the first, which isn't shown."""
    world = RuleTables(catalog)
    for number, sunday in enumerate((date(2025, 11, 9), WEEK_1, WEEK_2)):
        world.add("int_weeks__numbered", week_seq=number, week_end_date=sunday)

    def person(name: str, *spells: tuple[str, str, date, date], left: date = FAR) -> None:
        world.add("int_persons__unified", person_key=name, left_date=left)
        for household, category, start, end in spells:
            world.add(
                "int_category_spells__recorded",
                person_key=name,
                household_id_civil_affairs=household,
                category_code=category,
                start_date=start,
                end_date=end,
            )

    long_ago = date(2020, 1, 1)
    person("in two", ("H1", "DB", long_ago, FAR), ("H2", "DBB", WEEK_2, FAR))
    person("left one today", ("H1", "DB", long_ago, WEEK_2), ("H2", "DB", long_ago, FAR))
    person("moved", ("H1", "DB", long_ago, WEEK_1), ("H2", "DB", WEEK_1, FAR))
    person("two categories of one", ("H1", "DB", long_ago, FAR), ("H1", "OR", long_ago, FAR))
    person("dead on Sunday", ("H1", "DB", long_ago, FAR), ("H2", "DB", long_ago, FAR), left=WEEK_2)
    person(
        "in three",
        ("H3", "TK", WEEK_2, FAR),
        ("H1", "DB", WEEK_2, FAR),
        ("H2", "OR", WEEK_2, FAR),
        ("H2", "DB", WEEK_2, FAR),
    )
    world.add("int_persons__unified", person_key="of the other list", left_date=FAR)
    for category in ("FP", "DB"):
        world.add(
            "int_category_spells__recorded",
            person_key="of the other list",
            household_id_civil_affairs="H1" if category == "DB" else None,
            category_code=category,
            start_date=long_ago,
            end_date=FAR,
        )
    return world, (
        ("person_key", "week_end_date", "households_count", "household_ids", "category_codes"),
        {
            ("in two", WEEK_2, 2, "H1,H2", "DB,DBB"),
            ("left one today", WEEK_1, 2, "H1,H2", "DB"),
            ("dead on Sunday", WEEK_1, 2, "H1,H2", "DB"),
            ("in three", WEEK_2, 3, "H1,H2,H3", "DB,OR,TK"),
        },
    )


def insured_persons(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Two records of one person and insurance, told apart one criterion at a time."""
    world = RuleTables(catalog | {FEED: SOCIAL_INSURANCE})
    numbers = iter(range(2, 100))

    def record(person: str, yuan: int, **values: Any) -> None:
        usual = {"insurance_type_code": "170", "payment_status_code": "2", "benefit_status_code": "0"}
        lineage = {"_period_end": AS_OF, "_batch_no": 1, "_row_number": next(numbers)}
        world.add(FEED, person_key=person, base_yuan=Decimal(yuan), **(usual | lineage | values))

    record("draws one", 1, benefit_status_code="1")
    record("draws one", 2, payment_status_code="1")
    record("pays one", 3, payment_status_code="1", last_paid_month=date(2025, 1, 1))
    record("pays one", 4, last_paid_month=date(2025, 2, 1))
    record("paid one last", 5, last_paid_month=date(2025, 2, 1))
    record("paid one last", 6, last_paid_month=date(2025, 1, 1))
    record("paid one last", 7)
    record("alike", 8)
    record("alike", 9)
    record("two insurances", 10)
    record("two insurances", 11, insurance_type_code="210")
    record("no longer listed", 12, _period_end=date(2025, 10, 31))
    columns = ("person_key", "insurance_type_code", "base_yuan", "has_several_records")
    return world, (
        columns,
        {
            ("draws one", "170", Decimal(1), True),
            ("pays one", "170", Decimal(3), True),
            ("paid one last", "170", Decimal(5), True),
            ("alike", "170", Decimal(9), True),
            ("two insurances", "170", Decimal(10), False),
            ("two insurances", "210", Decimal(11), False),
        },
    )


def asset_reports(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Reports on 23 November: how many institutions replied, how old the report is."""
    world = RuleTables(catalog | {REPORTS: ASSET_REPORTS, "run": [("as_of_date", "date")]})
    world.add("run", as_of_date=AS_OF)
    for number, (check, replies, asked, reported, batch) in enumerate(
        (
            ("partial", 31, 34, date(2025, 11, 23), 1),
            ("all", 34, 34, date(2025, 11, 13), 1),
            ("sent again", 30, 34, date(2025, 11, 3), 1),
            ("sent again", 34, 34, date(2025, 11, 22), 2),
            ("nobody asked", 0, 0, date(2025, 11, 22), 1),
        )
    ):
        world.add(
            REPORTS,
            check_id=check,
            replies_count=replies,
            institutions_count=asked,
            reported_date=reported,
            _period_end=AS_OF,
            _batch_no=batch,
            _row_number=number,
        )
    columns = ("check_id", "replies_share", "has_all_replies", "age_days")
    return world, (
        columns,
        {
            ("partial", 31 / 34, False, 0),
            ("all", 1.0, True, 10),
            ("sent again", 1.0, True, 1),
            ("nobody asked", None, True, 1),
        },
    )


FEED, REPORTS = "human_resources__social_insurance", "check_centre__asset_reports"
LINEAGE = [("_period_end", "date"), ("_batch_no", "integer"), ("_row_number", "integer")]
SOCIAL_INSURANCE = [
    *(
        (name, "varchar")
        for name in ("person_key", "employer_credit_code", "insurance_type_code", "payment_status_code")
    ),
    *((name, "varchar") for name in ("benefit_status_code", "employment_status_code", "employer_name")),
    *((name, "date") for name in ("last_paid_month", "unemployment_from_date", "unemployment_to_date")),
    *((name, "decimal(14, 2)") for name in ("base_yuan", "benefit_yuan", "basic_pension_yuan")),
    ("person_birth_date", "date"),
    ("person_sex_code", "varchar"),
    ("has_injury_care", "boolean"),
    *LINEAGE,
]
ASSET_REPORTS = [
    *((name, "varchar") for name in ("check_id", "authorisation_id", "household_id_civil_affairs", "assets_band_code")),
    *((name, "date") for name in ("authorised_until_date", "as_of_date", "reported_date")),
    *((name, "integer") for name in ("institutions_count", "replies_count")),
    ("is_over_limit", "boolean"),
    *LINEAGE,
]

CASES: dict[str, Callable[[Catalog], tuple[RuleTables, Expected]]] = {
    "int_conflicts__households": households_in_conflict,
    "stg_human_resources__insured_persons": insured_persons,
    "stg_check_centre__asset_reports": asset_reports,
}
