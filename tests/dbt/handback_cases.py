"""Cases for what goes back to a bureau: which records are the same, which deliveries answer which, what rests on a record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.dbt.rule_tables import FAR, RuleTables
from tests.dbt.rule_world import AS_OF
from warehouse.contracts import QUARANTINE_COLUMNS

Catalog = dict[str, list[tuple[str, str]]]
Expected = tuple[tuple[str, ...], set[tuple[Any, ...]]]
LIST, MONTHLY = "education__students", "finance__payments"


def covered_batches(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Batches of a list, sent again whole, and of a feed of single months; a name is feed, period and number."""
    world = RuleTables(catalog)
    world.add("contract_feed", feed_id=LIST, is_list=True)
    world.add("contract_feed", feed_id=MONTHLY, is_list=False)

    def batch(name: str, feed: str, end: date, kind: str = "full", number: int = 1, **more: Any) -> None:
        values = {"verdict": "admitted", "period": f"{end:%Y%m}", "received_at": datetime(2025, 11, 1, 23)}
        world.add(
            "stg_lake__batches",
            **(values | more),
            feed_id=feed,
            batch_id=name,
            kind=kind,
            period_end=end,
            batch_no=number,
            file=f"{name}.csv",
        )

    september, october, november = date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30)
    batch("list 09", LIST, september)
    batch("list 10 held", LIST, october, verdict="held")
    batch("list 10", LIST, october, number=2)
    batch("list delta on the same day", LIST, october, "delta", 2, period="20251031")
    batch("list delta", LIST, date(2025, 11, 9), "delta", period="20251109")
    batch("list delta again", LIST, date(2025, 11, 9), "delta", 2, period="20251109")
    batch("list delta after", LIST, date(2025, 11, 16), "delta", period="20251116")
    batch("month 09", MONTHLY, september)
    batch("month 10", MONTHLY, october)
    batch("month 10 part", MONTHLY, october, "delta", 2)
    batch("month 10 again", MONTHLY, october, number=3)
    batch("month 11", MONTHLY, november)
    batch("month 11 again, held", MONTHLY, november, number=2, verdict="held")
    return world, (
        ("batch_id", "file_name", "received_date", "delivery_seq", "answer_seq"),
        {
            (name, f"{name}.csv", date(2025, 11, 1), place, answer)
            for name, place, answer in (
                ("list 09", 1, 4),  # not by the held one
                ("list 10 held", 2, 4),
                ("list delta on the same day", 3, 4),
                ("list 10", 4, None),
                ("list delta", 5, 6),
                ("list delta again", 6, None),
                ("list delta after", 7, None),
                ("month 09", 1, None),
                ("month 10", 2, 4),
                ("month 10 part", 3, None),
                ("month 10 again", 4, None),
                ("month 11", 5, None),
                ("month 11 again, held", 6, None),
            )
        },
    )


def rejected_records(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Records of a list that came in four deliveries, each answered by the next, told by the deliveries they stood in."""
    world = RuleTables(catalog)
    days = [date(2025, month, 3) for month in (8, 9, 10, 11)]
    for place, day in enumerate(days, start=1):
        world.add(
            "int_batches__covered",
            feed_id=LIST,
            batch_id=f"b{place}",
            file_name=f"f{place}",
            received_date=day,
            delivery_seq=place,
            answer_seq=place + 1 if place < 4 else None,
        )

    def record(key: str, *batches: int, row: int = 7, rule: str = "id_masked", column: str = "person_id_no") -> None:
        for place in batches:
            world.add(
                "stg_lake__rejected_rows",
                feed_id=LIST,
                batch_id=f"b{place}",
                row_number=row + place,
                record_key=key,
                rule=rule,
                column_name=column,
                masked_value="5##",
            )

    record("in the last", 4)
    record("in all", 1, 2, 3, 4)
    record("corrected", 1, 2)
    record("again after a gap", 1, 2, 4)
    record("again and corrected", 1, 3)
    record("two faults", 3)
    record("two faults", 4, rule="date_unreadable", column="start_date")
    record("two rows", 3, 4, row=20)
    record("two rows", 4, row=30)
    world.add("stg_lake__rejected_rows", feed_id=LIST, batch_id="unknown", row_number=1, record_key="x", rule="r")
    columns = (
        "batch_id", "row_number", "rule", "times_sent_count", "item_status_code", "first_seen_date", "last_seen_date",
    )  # fmt: skip
    august, september, october, november = days
    return world, (
        columns,
        {
            ("b4", 11, "id_masked", 1, "open", november, november),
            ("b4", 11, "id_masked", 4, "open", august, november),
            ("b2", 9, "id_masked", 2, "closed", august, september),
            ("b4", 11, "id_masked", 3, "reopened", august, november),
            ("b3", 10, "id_masked", 2, "closed", august, october),
            ("b3", 10, "id_masked", 1, "closed", october, october),
            ("b4", 11, "date_unreadable", 1, "open", november, november),
            ("b4", 24, "id_masked", 2, "open", october, november),
            ("b4", 34, "id_masked", 1, "open", november, november),
        },
    )


def refused_files(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Files refused on the 1st, 3rd … and taken on the 2nd, 4th …, of months from 2025-01."""
    world = RuleTables(catalog)
    world.add("contract_feed", feed_id=LIST)

    def refused(period: str, *days: int, reason: str = "header_missing", feed: str = LIST) -> None:
        for day in days:
            at = datetime(2025, 11, day, 9)
            world.add(
                "stg_lake__refusals", feed_id=feed, period=period, file=f"{period}-{day}", reason=reason, received_at=at
            )

    def taken(period: str, day: int, feed: str = LIST) -> None:
        world.add("stg_lake__batches", feed_id=feed, period=period, received_at=datetime(2025, 11, day, 9))

    refused("202501", 3)
    refused("202502", 3)
    taken("202502", 4)
    refused("202503", 3)
    taken("202503", 3)  # at the same moment: not after it
    refused("202504", 3, 5)
    refused("202505", 3, 7)
    taken("202505", 4)
    refused("202506", 1, 3)
    taken("202506", 4)
    refused("202507", 3)
    taken("202507", 4, feed=MONTHLY)
    refused("202509", 3, 5)
    taken("202509", 5)
    refused("", 2)
    refused("202508", 9, feed="unknown__feed")
    columns = ("file_name", "rule", "times_sent_count", "item_status_code", "first_seen_date", "last_seen_date")

    def item(name: str, times: int, status: str, first: int, last: int) -> tuple[Any, ...]:
        return name, "header_missing", times, status, date(2025, 11, first), date(2025, 11, last)

    return world, (
        columns,
        {
            item("202501-3", 1, "open", 3, 3),
            item("202502-3", 1, "closed", 3, 3),
            item("202503-3", 1, "open", 3, 3),
            item("202504-5", 2, "open", 3, 5),
            item("202505-7", 2, "reopened", 3, 7),
            item("202506-3", 2, "closed", 1, 3),
            item("202507-3", 1, "open", 3, 3),
            item("202509-5", 2, "open", 3, 5),  # taken and refused at one moment: not refused again after it
            item("-2", 1, "closed", 2, 2),  # the name told no period: any later file of the feed answers
        },
    )


def resting_households(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Households H1 (DB 800 yuan; TK of li 1,000), H2 (DB 600), H3 (left), and who lives in them."""
    world = RuleTables(catalog)
    world.add("stg_lake__runs", as_of_date=AS_OF)
    tomorrow, long_ago = date(2025, 11, 24), date(2020, 1, 1)

    def living(name: str, household: str | None, head: str, tail: str, layer: str | None = "DB") -> None:
        world.add("int_persons__unified", person_key=name, hint_head_key=head, hint_tail_key=tail)
        world.add(
            "int_residences__listed",
            person_key=name,
            household_id_civil_affairs=household,
            current_layer_code=layer,
        )

    living("li", "H1", "h1", "t1")
    living("namesake of li", "H2", "h1", "t2")
    living("wang", "H2", "h3", "t3")
    living("zhao, who left", "H3", "h4", "t4", layer=None)
    living("sun, of the other list", None, "h5", "t5")

    def spell(person: str, household: str | None, category: str, start: date = long_ago, end: date = FAR) -> None:
        values = {"person_key": person, "household_id_civil_affairs": household, "category_code": category}
        world.add("int_category_spells__recorded", **values, start_date=start, end_date=end)

    spell("li", "H1", "DB")
    spell("wife of li", "H1", "DB")
    spell("li", "H1", "TK")
    spell("wang", "H2", "DB", start=AS_OF)
    spell("wang", "H2", "OR", end=AS_OF)
    spell("wang", "H2", "GX", start=tomorrow)

    def due(household: str, category: str, yuan: int, person: str = "", since: date = long_ago, to: date = FAR) -> None:
        world.add(
            "int_entitlements__recorded",
            household_id_civil_affairs=household,
            category_code=category,
            entitled_person_key=person,
            household_amount_yuan=Decimal(yuan),
            valid_from=since,
            valid_to=to,
        )

    due("H1", "DB", 700, to=AS_OF)
    due("H1", "DB", 800, since=AS_OF, to=tomorrow)
    due("H1", "DB", 900, since=tomorrow)
    due("H1", "TK", 1000, person="li")
    due("H1", "TK", 50, person="who left")
    due("H2", "DB", 600)
    due("H2", "OR", 70)
    due("H2", "GX", 7)

    def item(name: str, head: str | None, tail: str | None, household: str | None = None, **place: Any) -> None:
        world.add(
            "int_handback__rows",
            **place,
            item_id=name,
            hint_head_key=head,
            hint_tail_key=tail,
            household_id_civil_affairs=household,
        )

    item("names its household", "h1", "t1", "H2")
    item("names one without amounts", None, None, "H9")
    item("half of two numbers", "h1", None)
    item("both halves", "h1", "t1")
    item("the last half", None, "t3")
    item("left", "h4", "t4")
    item("other list", "h5", "t5")
    item("nobody", "h9", "t9")
    for number, name in enumerate(("linked to wang", "of another feed")):
        item(name, "h1", "t1", feed_id=LIST if number == 0 else MONTHLY, batch_id="b", row_number=5)
    item("of another batch", "h1", "t1", feed_id=LIST, batch_id="c", row_number=5)
    item("of another row", "h1", "t1", feed_id=LIST, batch_id="b", row_number=6)
    world.add("int_identities__rows", feed_id=LIST, batch_id="b", row_number=5, person_key="wang")
    return world, (
        ("item_id", "households_count", "amount_yuan"),
        {
            ("names its household", 1, Decimal(600)),
            ("names one without amounts", 1, Decimal(0)),
            ("half of two numbers", 2, Decimal(2400)),  # 800 + 1,000 + 600
            ("both halves", 1, Decimal(1800)),
            ("the last half", 1, Decimal(600)),
            ("linked to wang", 1, Decimal(600)),
            ("of another feed", 1, Decimal(1800)),
            ("of another batch", 1, Decimal(1800)),
            ("of another row", 1, Decimal(1800)),
        },
    )


def rejected_rows(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """What stays the same of a record, whatever the bureau left out of it."""
    world = RuleTables(catalog | {"every_quarantined_row": list(QUARANTINE_COLUMNS)})
    told = {"context": '{"due_yuan": "12.50"}', "masked_value": "5##"}
    for number, values in enumerate(
        (
            {"written_key": "w", "hint_head_key": "h", "hint_tail_key": "t"},
            {"hint_head_key": "h", "hint_tail_key": "t"},
            {"hint_head_key": "h"},
            {"hint_tail_key": "t"},
            {},
            {"context": None},
            {"context": None, "masked_value": None},
            {"severity": "info"},
        )
    ):
        world.add(
            "every_quarantined_row", **({"severity": "warning", "_row_number": number, "rule": "r"} | told | values)
        )
    yuan = Decimal("12.50")
    return world, (
        ("row_number", "record_key", "masked_value", "due_yuan"),
        {
            (0, "w", "5##", yuan),
            (1, "h|t", "5##", yuan),
            (2, "h", "5##", yuan),
            (3, "t", "5##", yuan),
            (4, '{"due_yuan": "12.50"}', "5##", yuan),
            (5, "5##", "5##", None),
            (6, "", "", None),
        },
    )


def handback_items(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """A record of a list and a refused file; ten working days from Friday 31 October, with 3 November off."""
    world = RuleTables(catalog)
    world.add("int_policy__in_force", as_of_date=AS_OF, handback_workdays=10)
    world.add("contract_feed", feed_id=LIST, bureau="education", sheet="在校生")
    world.add("contract_feed", feed_id=MONTHLY, bureau="finance")
    world.add("contract_column", feed_id=LIST, column_name="person_id_no", header="证件号码")
    world.add("contract_column", feed_id=MONTHLY, column_name="person_id_no", header="收款人证件号")
    worked = 0
    for day in range(31, 51):
        here = date(2025, 10, 1) + timedelta(days=day - 1)
        is_workday = here.isoweekday() <= 5 and here != date(2025, 11, 3)
        worked += is_workday
        world.add("int_calendar__days", calendar_date=here, is_workday=is_workday, workday_seq=worked)
    seen = {"first_seen_date": date(2025, 10, 31), "last_seen_date": AS_OF, "times_sent_count": 2}

    def record(name: str, feed: str, column: str = "person_id_no", **values: Any) -> None:
        world.add(
            "int_handback__rows",
            **(seen | {"item_status_code": "open", "row_number": 7, "rule": "id_masked"} | values),
            item_id=name,
            feed_id=feed,
            column_name=column,
        )

    record("row", LIST)
    record("line", MONTHLY, due_yuan=Decimal("12.50"))
    record("of no column", LIST, "", first_seen_date=date(2025, 11, 1))  # a Saturday: counted from the Friday's number
    for name in ("row", "line"):
        world.add("int_handback__households", item_id=name, households_count=2, amount_yuan=Decimal(900))
    world.add(
        "int_handback__files", **seen, item_id="file", feed_id=LIST, rule="header_missing", item_status_code="closed"
    )
    due = date(2025, 11, 17)  # 4 to 7 November are four days, 10 to 14 are five, 17 is the tenth
    return world, (
        (
            "item_id", "bureau", "sheet", "row_number", "header", "item_status_code", "due_date", "households_count",
            "amount_yuan",
        ),
        {
            ("row", "education", "在校生", 7, "证件号码", "open", due, 2, Decimal(900)),
            ("line", "finance", "", 7, "收款人证件号", "open", due, 2, Decimal("12.50")),
            ("of no column", "education", "在校生", 7, "", "open", due, 0, Decimal(0)),
            ("file", "education", "", None, "", "closed", due, 0, Decimal(0)),
        },
    )  # fmt: skip


CASES: dict[str, Callable[[Catalog], tuple[RuleTables, Expected]]] = {
    "int_batches__covered": covered_batches,
    "int_handback__rows": rejected_records,
    "int_handback__files": refused_files,
    "int_handback__households": resting_households,
    "stg_lake__rejected_rows": rejected_rows,
    "fct_handback_item": handback_items,
}
