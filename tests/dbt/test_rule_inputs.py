"""What the rules are fed: netted payments, cover by household lines, judged months, counted bills, hinted persons.

Each world holds all cases of one model; its expectation lists every row that the model must give.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.dbt.rule_tables import RuleTables
from tests.dbt.rule_world import AS_OF, NOVEMBER, OCTOBER, POLICY, RuleWorld

Catalog = dict[str, list[tuple[str, str]]]
Expected = tuple[tuple[str, ...], set[tuple[Any, ...]]]
PAY_DAY = date(2025, 10, 10)


def netted_payments(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Lines of October, pay day 10 October, told by the name of the person."""
    world = RuleTables(catalog)
    world.add("int_months__judged", benefit_month=OCTOBER, pay_due_date=PAY_DAY)
    world.add("int_months__judged", benefit_month=NOVEMBER, pay_due_date=date(2025, 11, 10))

    def line(
        person: str,
        paid: str,
        status: str = "00",
        day: date = PAY_DAY,
        due: str | None = None,
        back: int = 0,
        programme: str = "0402",
    ) -> None:
        world.add(
            "stg_finance__payments",
            person_key=person,
            programme_code=programme,
            benefit_month=OCTOBER,
            pay_date=day,
            pay_status_code=status,
            due_yuan=Decimal(due or paid),
            paid_yuan=Decimal(paid),
            back_months_count=back,
        )

    line("on the pay day", "90")
    line("a day late", "90", day=date(2025, 10, 11))
    line("nothing paid", "0")
    line("returned", "90", status="01")
    line("pending", "90", status="02")
    line("reversed", "90")
    line("reversed", "-90", day=date(2025, 10, 20))
    line("twice and once reversed", "90")
    line("twice and once reversed", "90")
    line("twice and once reversed", "-90")
    line("returned and paid again", "90", status="01")
    line("returned and paid again", "90", day=date(2025, 11, 8), back=1)
    line("paid and paid back again", "90")
    line("paid and paid back again", "-90", back=1)
    line("two lines reversed at once", "80")
    line("two lines reversed at once", "20")
    line("two lines reversed at once", "-100")
    columns = (
        "person_key", "net_count", "first_run_net_count", "is_net_paid", "paid_yuan", "due_yuan", "lines_count",
        "success_lines_count", "on_time_lines_count", "returned_lines_count", "reversed_lines_count", "last_pay_date",
    )  # fmt: skip
    nothing, ninety, late = Decimal("0.00"), Decimal("90.00"), date(2025, 11, 8)
    return world, (
        columns,
        {
            ("on the pay day", 1, 1, True, ninety, ninety, 1, 1, 1, 0, 0, PAY_DAY),
            ("a day late", 1, 1, True, ninety, ninety, 1, 1, 0, 0, 0, date(2025, 10, 11)),
            ("nothing paid", 0, 0, False, nothing, nothing, 1, 0, 0, 0, 0, None),
            ("returned", 0, 0, False, nothing, ninety, 1, 0, 0, 1, 0, None),
            ("pending", 0, 0, False, nothing, ninety, 1, 0, 0, 0, 0, None),
            ("reversed", 0, 0, False, nothing, ninety, 1, 1, 1, 0, 1, PAY_DAY),
            ("twice and once reversed", 1, 1, True, ninety, 2 * ninety, 2, 2, 2, 0, 1, PAY_DAY),
            ("returned and paid again", 1, 0, True, ninety, ninety, 2, 1, 0, 1, 0, late),
            ("paid and paid back again", 0, 1, False, nothing, ninety, 1, 1, 1, 0, 1, PAY_DAY),
            # 80 + 20 - 100 = 0: one line more than reversals, and still nothing was paid.
            ("two lines reversed at once", 1, 1, False, nothing, Decimal("100.00"), 2, 2, 2, 0, 1, PAY_DAY),
        },
    )


def covered_persons(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Household lines of October and whom they pay: (line's name, covered person, household, category)."""
    world = RuleWorld(catalog)
    for programme, is_household in (("0101", True), ("0102", True), ("0201", False)):
        world.add("programme", programme_code=programme, is_household_line=is_household)
    cover: set[tuple[Any, ...]] = set()

    def covers(line: str, *members: str, household: str, category: str = "DB", programme: str = "0102") -> None:
        cover.update((line, member, household, category, programme) for member in members)

    world.spell("head", "DB", household="H1")
    world.spell("wife", "DB", household="H1")
    world.spell("uncovered son", "DB", household="H1", covered=False)
    world.spell("daughter since the first", "DB", start=OCTOBER, household="H1")
    world.spell("daughter since the second", "DB", start=date(2025, 10, 2), household="H1")
    world.spell("gone on the first", "DB", stop=OCTOBER, household="H1")
    world.spell("gone on the second", "DB", stop=date(2025, 10, 2), household="H1")
    world.spell("son with a single allowance", "DB1", household="H1")
    world.spell("cousin near the minimum", "DBB", household="H1")
    world.paid("head", "0102", OCTOBER)
    covers("head", "head", "wife", "daughter since the first", "gone on the second", household="H1")
    covers("head", "son with a single allowance", household="H1", category="DB1")

    world.spell("unpaid head", "DB", household="H2")
    world.paid("unpaid head", "0102", OCTOBER, net=0, amount="0")
    world.spell("hardship", "DB", household="H3")
    world.paid("hardship", "0201", OCTOBER)
    world.spell("future", "DB", start=date(2025, 10, 2), household="H4")
    world.paid("future", "0102", OCTOBER)
    world.spell("monitored only", "FP")
    world.paid("monitored only", "0102", OCTOBER)

    world.spell("single", "DB1", household="H5")
    world.spell("single", "DB", household="H0")
    world.spell("neighbour of the single", "DB", household="H5")
    world.paid("single", "0102", OCTOBER)
    covers("single", "single", household="H5", category="DB1")

    world.spell("single until the first", "DB1", stop=OCTOBER, household="H6")
    world.spell("mother of the former single", "DB", household="H6")
    world.paid("single until the first", "0102", OCTOBER)
    covers("single until the first", "mother of the former single", household="H6")

    world.spell("dead head", "DB", stop=date(2025, 8, 1), household="H7")
    world.spell("widow", "DB", household="H7")
    world.paid("dead head", "0102", OCTOBER)
    covers("dead head", "widow", household="H7")

    world.spell("twice listed", "DB", household="H8", urban_rural="2")
    world.spell("twice listed", "DB", household="H9", urban_rural="1")
    world.spell("twice listed", "DBB", household="H0", urban_rural="1")
    world.paid("twice listed", "0101", OCTOBER)
    world.paid("twice listed", "0102", OCTOBER)
    covers("twice listed", "twice listed", household="H9", programme="0101")
    covers("twice listed", "twice listed", household="H8", programme="0102")

    world.spell("moved between households", "DB", household="H10", stop=date(2025, 3, 1))
    world.spell("moved between households", "DB", household="H11", start=date(2025, 3, 1))
    world.spell("stays behind", "DB", household="H10")
    world.paid("moved between households", "0102", OCTOBER)
    covers("moved between households", "moved between households", household="H11")

    world.spell("head since the first", "DB", start=OCTOBER, household="H12")
    world.paid("head since the first", "0102", OCTOBER)
    covers("head since the first", "head since the first", household="H12")

    world.spell("left one of two on the first", "DB", start=date(2024, 1, 1), stop=OCTOBER, household="H13")
    world.spell("left one of two on the first", "DB", start=date(2021, 1, 1), household="H14")
    world.spell("stays in the one left", "DB", household="H13")
    world.paid("left one of two on the first", "0102", OCTOBER)
    covers("left one of two on the first", "left one of two on the first", household="H14")

    # listed by mistake in a household that sorts first and covers him not: the line is his own household's
    world.spell("head listed with others", "DB", household="H15", start=date(2025, 6, 1), covered=False)
    world.spell("somebody else", "DB", household="H15")
    world.spell("head listed with others", "DB", household="H16")
    world.spell("child of that head", "DB", household="H16")
    world.paid("head listed with others", "0102", OCTOBER)
    covers("head listed with others", "head listed with others", "child of that head", household="H16")

    columns = ("line_person_key", "person_key", "household_id_civil_affairs", "category_code", "programme_code")
    return world, (columns, cover)


def judged_months(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Six months seen from Monday 1 December, which this world makes December's pay day: it isn't judged yet."""
    world = RuleTables(catalog)
    december = date(2025, 12, 1)
    world.add("int_policy__in_force", **{**POLICY, "as_of_date": december})
    for start, end, value in (
        (date(2022, 1, 1), date(2025, 7, 1), 10),
        (date(2025, 8, 1), date(2025, 8, 31), 11),
        (date(2025, 9, 1), date(2025, 11, 30), 10),
        (december, date(9999, 12, 31), 1),
    ):
        world.add("policy_parameters", parameter_id="pay_due_day", valid_from=start, valid_to=end, value=value)
    world.add(
        "policy_parameters", parameter_id="another", valid_from=date(2022, 1, 1), valid_to=date(9999, 12, 31), value=3
    )
    for month in (7, 8, 9, 10, 11, 12):
        for day in (1, 2, 9, 10, 11, 12):
            here = date(2025, month, day)
            # 9 to 11 August are taken as days off, so that the pay day of August moves to 2 August.
            worked = date(2025, 8, 2) if month == 8 and 9 <= day <= 11 else here
            world.add("int_calendar__days", calendar_date=here, last_workday_date=worked)
    world.add("int_calendar__days", calendar_date=date(2026, 1, 1), last_workday_date=date(2025, 12, 12))
    for month, forced in ((7, True), (8, True), (9, False), (10, True), (11, True), (12, True)):
        world.add(
            "stg_lake__batches", feed_id="finance__payments", period_end=date(2025, month, 28), is_in_force=forced
        )
    world.add("stg_lake__batches", feed_id="health__deaths", period_end=date(2025, 9, 30), is_in_force=True)
    columns = ("benefit_month", "pay_due_date", "is_paid_in_force", "is_judged", "judged_rank")
    return world, (
        columns,
        {
            (date(2025, 7, 1), date(2025, 7, 10), True, True, 4),
            (date(2025, 8, 1), date(2025, 8, 2), True, True, 3),
            (date(2025, 9, 1), date(2025, 9, 10), False, False, None),
            (date(2025, 10, 1), date(2025, 10, 10), True, True, 2),
            (date(2025, 11, 1), date(2025, 11, 10), True, True, 1),
            (december, december, True, False, None),
        },
    )


def counted_bills(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Bills around the window (24 November 2024 to 23 November 2025) and around the yellow line of 10,000 yuan."""
    world = RuleTables(catalog)
    world.add("int_policy__in_force", as_of_date=AS_OF, **POLICY)

    def bill(
        person: str,
        number: str,
        yuan: str,
        day: date = OCTOBER,
        reversal: bool = False,
        file: date = AS_OF,
        row: int = 2,
    ) -> None:
        world.add(
            "stg_medical_insurance__settlements",
            person_key=person,
            settlement_id_medical=number,
            settlement_date=day,
            self_pay_yuan=Decimal(yuan),
            medical_cost_yuan=Decimal(yuan),
            is_reversal=reversal,
            _period_end=file,
            _batch_no=1,
            _row_number=row,
        )

    bill("at the line", "B1", "10000.00")
    bill("a cent below", "B2", "9999.99")
    bill("on the first day", "B3", "10000.00", day=date(2024, 11, 24))
    bill("a day too early", "B4", "10000.00", day=date(2024, 11, 23))
    bill("today", "B5", "10000.00", day=AS_OF)
    bill("tomorrow", "B6", "10000.00", day=date(2025, 11, 24))
    bill("in two files", "B7", "11000.00", file=date(2025, 11, 16))
    bill("in two files", "B7", "12000.00", file=AS_OF)
    bill("reversed", "B8", "15000.00")
    bill("reversed", "B8", "-15000.00", reversal=True)
    columns = ("person_key", "settlement_id_medical", "is_reversal", "self_pay_yuan")
    return world, (
        columns,
        {
            ("at the line", "B1", False, Decimal("10000.00")),
            ("on the first day", "B3", False, Decimal("10000.00")),
            ("today", "B5", False, Decimal("10000.00")),
            ("in two files", "B7", False, Decimal("12000.00")),
            ("reversed", "B8", False, Decimal("15000.00")),
            ("reversed", "B8", True, Decimal("-15000.00")),
        },
    )


def summed_bills(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Sums of counted bills; C34 begins with a prefix that counts as serious, J45 with none."""
    world = RuleTables(catalog)
    for prefix in ("C", "N18"):
        world.add("serious_illness_prefix", diagnosis_prefix=prefix)
    for person, yuan, diagnosis in (
        ("serious", "7000.00", "C34.1"),
        ("serious", "5000.00", "J45"),
        ("ordinary", "11000.00", "J45"),
        ("kidneys", "11000.00", "N18"),
        ("without diagnosis", "11000.00", None),
    ):
        world.add(
            "int_settlements__counted",
            person_key=person,
            self_pay_yuan=Decimal(yuan),
            medical_cost_yuan=Decimal(yuan) * 2,
            diagnosis_code=diagnosis,
            settlement_date=OCTOBER,
        )
    columns = ("person_key", "self_pay_12m_yuan", "medical_cost_12m_yuan", "settlements_count", "has_serious_illness")
    eleven = (Decimal("11000.00"), Decimal("22000.00"), 1)
    return world, (
        columns,
        {
            ("serious", Decimal("12000.00"), Decimal("24000.00"), 2, True),  # 7,000 + 5,000
            ("ordinary", *eleven, False),
            ("kidneys", *eleven, True),
            ("without diagnosis", *eleven, False),
        },
    )


def kept_quarantine(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Rows of two feeds' quarantine: what hides no evidence is left out."""
    del catalog
    world = RuleTables({})
    columns = [
        (name, kind)
        for name, kind in (
            ("_feed", "varchar"), ("_batch_id", "varchar"), ("_row_number", "integer"), ("_period_end", "date"),
            ("_received_at", "timestamp"), ("severity", "varchar"), ("hint_head_key", "varchar"),
            ("hint_tail_key", "varchar"), ("context", "varchar"),
        )
    ]  # fmt: skip
    feeds = (
        "agriculture__monitored_persons", "civil_affairs__register", "disabled_federation__certificates",
        "finance__payments", "funeral__cremations", "health__deaths", "medical_insurance__settlements",
        "police__population",
    )  # fmt: skip
    world.catalog = {f"{feed}__quarantine": columns for feed in feeds}
    for number, severity in ((1, "warning"), (2, "info")):
        world.add(
            "finance__payments__quarantine",
            _feed="finance__payments",
            _batch_id="b",
            _row_number=number,
            _period_end=date(2025, 10, 31),
            _received_at=datetime(2025, 11, 1),
            severity=severity,
            context='{"programme_code": "0402", "benefit_month": "2025-10-01"}',
        )
    return world, (
        ("feed_id", "row_number", "programme_code", "benefit_month", "household_id_civil_affairs"),
        {("finance__payments", 1, "0402", OCTOBER, None)},
    )


INPUTS: dict[str, Callable[[Catalog], tuple[RuleTables, Expected]]] = {
    "int_payments__netted": netted_payments,
    "int_payments__covered": covered_persons,
    "int_months__judged": judged_months,
    "int_settlements__counted": counted_bills,
    "int_medical__rolled_12m": summed_bills,
    "stg_lake__quarantined_rows": kept_quarantine,
}


@pytest.mark.parametrize("model", INPUTS)
def test_the_model_gives_exactly_these_rows(model: str, catalog: Catalog, compiled: dict[str, str]) -> None:
    world, (columns, expected) = INPUTS[model](catalog)
    places = [world.columns_of(compiled[model]).index(name) for name in columns]
    rows = [tuple(row[place] for place in places) for row in world.rows_of(compiled[model])]
    assert len(rows) == len(expected)
    assert set(rows) == expected
