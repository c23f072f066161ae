"""Cases for the models that stewards' decisions go through: overrides and corrections, links between records, hints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt.rule_tables import RuleTables
from tests.dbt.rule_world import AS_OF, NOVEMBER, OCTOBER

Catalog = dict[str, list[tuple[str, str]]]
Expected = tuple[tuple[str, ...], set[tuple[Any, ...]]]
EARLY, LATE = datetime(2025, 9, 1, 9), datetime(2025, 10, 1, 9)
TONIGHT, TOMORROW = datetime(2025, 11, 23, 23, 59), datetime(2025, 11, 24)
DAY = timedelta(days=1)


def corrections_in_force(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Replacements around the as-of date, one beside the other."""
    world = RuleTables(catalog)
    world.add("stg_lake__runs", as_of_date=AS_OF)

    def override(number: str, row: str, new: str, decided: datetime = EARLY, ends: date = AS_OF, **more: Any) -> None:
        values = {"override_status_code": "active", "feed_id": "f", "column_name": "c", "old_value": "old"}
        world.add(
            "stg_data_steward__overrides",
            **(values | more),
            override_id=number,
            row_key=row,
            new_value=new,
            decided_at=decided,
            expires_date=ends,
        )

    override("o1", "ends today", "1")
    override("o2", "ended yesterday", "2", ends=AS_OF - DAY)
    override("o3", "withdrawn", "3", override_status_code="withdrawn")
    override("o4", "decided tonight", "4", decided=TONIGHT)
    override("o5", "decided tomorrow", "5", decided=TOMORROW)
    override("o6", "decided twice", "6")
    override("o7", "decided twice", "7", decided=LATE)
    override("o8", "the later one ended", "8")
    override("o9", "the later one ended", "9", decided=LATE, ends=AS_OF - DAY)
    override("p1", "two columns", "10")
    override("p2", "two columns", "11", column_name="d")

    def correction(
        number: str, old: str | None, new: str | None, since: date, ends: date, status: str = "active"
    ) -> None:
        world.add(
            "contract_correction",
            correction_id=number,
            feed_id="f",
            column_name="c",
            old_value=old,
            new_value=new,
            status=status,
            valid_from=since,
            expires=ends,
        )

    correction("k1", "from today", "1", AS_OF, AS_OF)
    correction("k2", "from tomorrow", "2", AS_OF + DAY, AS_OF + DAY)
    correction("k3", "until yesterday", "3", AS_OF - DAY, AS_OF - DAY)
    correction("k4", "withdrawn", "4", AS_OF, AS_OF, status="withdrawn")
    correction("k5", "replaced", "5", AS_OF - DAY, AS_OF)
    correction("k6", "replaced", "6", AS_OF, AS_OF)
    correction("k7", None, None, AS_OF, AS_OF)
    return world, (
        ("row_key", "column_name", "old_value", "new_value", "correction_id"),
        {
            ("ends today", "c", "old", "1", "o1"),
            ("decided tonight", "c", "old", "4", "o4"),
            ("decided twice", "c", "old", "7", "o7"),
            ("the later one ended", "c", "old", "8", "o8"),
            ("two columns", "c", "old", "10", "p1"),
            ("two columns", "d", "old", "11", "p2"),
            ("", "c", "from today", "1", "k1"),
            ("", "c", "replaced", "6", "k6"),
            ("", "c", "", "", "k7"),
        },
    )


def linked_identities(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Decisions on pairs: which links are followed."""
    world = RuleTables(catalog)
    world.add("stg_lake__runs", as_of_date=AS_OF)
    numbers = iter(range(100))

    def decide(subject: str, person: str, decision: str = "link", at: datetime = EARLY) -> None:
        world.add(
            "stg_data_steward__identity_links",
            decision_id=f"d{next(numbers):02}",
            subject_key=subject,
            person_key=person,
            link_decision_code=decision,
            decided_at=at,
        )

    world.add("stg_lake__identity_rows", subject_key="alone", feed_id="f", batch_id="b", row_number=1)
    decide("alone", "li")
    decide("linked again", "wu")
    decide("linked again", "wu", "undo", LATE)
    decide("linked again", "wu", "link", TONIGHT)
    decide("undone", "li")
    decide("undone", "li", "undo", LATE)
    decide("undone at the same moment", "li")
    decide("undone at the same moment", "li", "undo")
    decide("linked tomorrow", "li", "link", TOMORROW)
    decide("apart", "li", "distinct")
    decide("of two", "li")
    decide("of two", "wang")
    decide("of one in the end", "li")
    decide("of one in the end", "wang")
    decide("of one in the end", "wang", "undo", LATE)
    decide("first", "second")
    decide("second", "third")
    decide("before undone", "undone")
    return world, (
        ("subject_key", "person_key", "link_decision_code", "link_state_code", "is_followed", "is_person"),
        {
            ("alone", "li", "link", "followed", True, False),
            ("linked again", "wu", "link", "followed", True, True),
            ("undone", "li", "undo", "undo", False, True),
            ("undone at the same moment", "li", "undo", "undo", False, True),
            ("apart", "li", "distinct", "distinct", False, True),
            ("of two", "li", "link", "conflict", False, True),
            ("of two", "wang", "link", "conflict", False, True),
            ("of one in the end", "li", "link", "followed", True, True),
            ("of one in the end", "wang", "undo", "undo", False, True),
            ("first", "second", "link", "chain", False, True),
            ("second", "third", "link", "followed", True, True),
            ("before undone", "undone", "link", "followed", True, True),
        },
    )


def linked_rows(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Rows of subjects, of which one is linked."""
    world = RuleTables(catalog)
    for subject, followed in (("followed", True), ("not followed", False)):
        world.add("int_identities__linked", subject_key=subject, person_key="li", is_followed=followed)
    for number, subject in ((1, "followed"), (2, "followed"), (3, "not followed"), (4, "unknown")):
        world.add("stg_lake__identity_rows", feed_id="f", batch_id="b", row_number=number, subject_key=subject)
    return world, (("row_number", "person_key"), {(1, "li"), (2, "li")})


def hinted_persons(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """Quarantined rows and the persons whom half of their number still fits, or whom a steward named."""
    world = RuleTables(catalog)
    for person, head, tail in (
        ("li", "h1", "t1"),
        ("li of another year", "h1", "t2"),
        ("wang", "h3", "t3"),
        ("wu", None, None),
    ):
        world.add("int_persons__unified", person_key=person, hint_head_key=head, hint_tail_key=tail)

    def row(number: int, head: str | None, tail: str | None, month: date | None = OCTOBER, feed: str = "f") -> None:
        world.add(
            "stg_lake__quarantined_rows",
            feed_id=feed,
            batch_id="b",
            row_number=number,
            hint_head_key=head,
            hint_tail_key=tail,
            period_end_date=date(2025, 11, 30),
            benefit_month=month,
        )

    row(1, "h1", None)
    row(2, None, "t2")
    row(3, "h1", "t1")
    row(4, "h3", "t9", month=None)
    row(5, "h9", "t9")
    row(6, None, None)
    for number, subject in ((7, "linked"), (8, "linked"), (9, "apart"), (10, "apart from both")):
        row(number, None if number == 8 else "h1", None)
        world.add("stg_lake__identity_rows", feed_id="f", batch_id="b", row_number=number, subject_key=subject)
    for number in (7, 8):
        world.add("int_identities__rows", feed_id="f", batch_id="b", row_number=number, person_key="wang")
    row(7, "h1", None, feed="g")
    world.add("int_identities__linked", subject_key="linked", person_key="wang", link_decision_code="link")
    world.add("int_identities__linked", subject_key="apart", person_key="li", link_decision_code="distinct")
    # Both halves fit li, but the row isn't li's: then the one who shares a half is next.
    row(11, "h1", "t1")
    world.add("stg_lake__identity_rows", feed_id="f", batch_id="b", row_number=11, subject_key="apart")
    for person in ("li", "li of another year"):
        world.add(
            "int_identities__linked", subject_key="apart from both", person_key=person, link_decision_code="distinct"
        )
    columns = ("feed_id", "row_number", "person_key", "benefit_month")
    return world, (
        columns,
        {
            ("f", 1, "li", OCTOBER),
            ("f", 1, "li of another year", OCTOBER),
            ("f", 2, "li of another year", OCTOBER),
            ("f", 3, "li", OCTOBER),  # both halves fit, so the namesake is left out
            ("f", 4, "wang", NOVEMBER),  # no readable month: the month of the file
            ("f", 7, "wang", OCTOBER),  # as a steward says, whatever the halves say
            ("f", 8, "wang", OCTOBER),
            ("f", 9, "li of another year", OCTOBER),
            ("f", 11, "li of another year", OCTOBER),
            ("g", 7, "li", OCTOBER),  # another feed's row of the same number
            ("g", 7, "li of another year", OCTOBER),
        },
    )


CASES: dict[str, Callable[[Catalog], tuple[RuleTables, Expected]]] = {
    "int_corrections__in_force": corrections_in_force,
    "int_identities__linked": linked_identities,
    "int_identities__rows": linked_rows,
    "int_quarantine__hinted": hinted_persons,
}
