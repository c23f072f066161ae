"""Cases for the scorecard's deliveries: promised, late, held, refused, absent, unasked, and the records they brought."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tests.dbt.rule_tables import RuleTables

Catalog = dict[str, list[tuple[str, str]]]
Expected = tuple[tuple[str, ...], set[tuple[Any, ...]]]
FEED = "education__students"
FINDINGS = (
    ("id_masked", "row", "validity"),
    ("id_missing", "row", "completeness"),
    ("duplicate_row", "row", "uniqueness"),
    ("footer_row", "row", "none"),
    ("authorisation_expired", "row", "none"),
    ("sex_differs", "flag", "consistency"),
    ("odd_name", "flag", "validity"),
)
COUNTED = (
    "feed_id", "kind", "period", "score_month", "delivery_state_code", "due_count", "on_time_count", "records_count",
    "declared_records_count", "complete_records_count", "valid_records_count", "unique_records_count",
    "consistent_records_count",
)  # fmt: skip


class Deliveries(RuleTables):
    """Months of a feed: each is due on the 3rd of the next and, unless told otherwise, comes on that day."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        for code, kind, dimension in FINDINGS:
            self.add("quality_finding", finding_code=code, kind=kind, dimension_code=dimension)
        self.add("contract_feed", feed_id=FEED, is_scored=True)

    def promise(self, month: int, state: str, day: int | None = 3, feed: str = FEED, kind: str = "full") -> None:
        """A delivery for a month of 2025 that is due in the next."""
        self.add(
            "stg_lake__deliveries",
            feed_id=feed,
            kind=kind,
            period=f"2025{month:02}",
            period_end_date=date(2025, month, 28),
            due_date=date(2025, month + 1, 3),
            state=state,
            delivered_at=datetime(2025, month + 1, day, 23) if day else None,
        )

    def batch(self, month: int, rows: int, number: int = 1, **more: Any) -> str:
        """A batch of a month; its id."""
        name = f"{month}-{number}"
        usual = {"verdict": "admitted", "kind": "full", "period": f"2025{month:02}", "feed_id": FEED}
        self.add(
            "stg_lake__batches",
            **(usual | more),
            batch_id=name,
            batch_no=number,
            rows_read=rows,
            period_end=date(2025, month, 28),
            received_at=datetime(2025, month + 1, 3, 23),
        )
        return name

    def reject(self, batch: str, severity: str = "warning", **rules: int) -> None:
        """Rows of a batch in quarantine, by rule."""
        for rule, count in rules.items():
            self.add("stg_lake__quarantine_counts", batch_id=batch, rule=rule, severity=severity, rows_count=count)

    def refuse(self, month: int, day: int) -> None:
        """A refused file for a month."""
        at = datetime(2025, month + 1, day, 23)
        self.add("stg_lake__refusals", feed_id=FEED, period=f"2025{month:02}", received_at=at)


def counted_deliveries(catalog: Catalog) -> tuple[RuleTables, Expected]:
    """A delivery a month, each with its own fate."""
    world = Deliveries(catalog)
    world.promise(1, "missing", None)  # nothing came before: the first that came, 90 records, tells what is usual
    world.promise(2, "on_time")
    first = world.batch(2, 100, declared_row_count=95)
    world.reject(first, id_masked=5, id_missing=3, new_rule=2)
    world.reject(first, "info", duplicate_row=4, footer_row=8, test_row=2, authorisation_expired=6, new_note=7)
    for flag, count in (("sex_differs", 9), ("odd_name", 50), ("id_masked", 1)):
        world.add("stg_lake__batch_flags", batch_id=first, flag=flag, rows_count=count)
    world.promise(3, "late")
    world.batch(3, 60, declared_row_count=80)
    world.promise(4, "missing", None)
    world.promise(5, "held")
    world.batch(5, 50, verdict="held")
    world.promise(6, "held", 4)
    world.batch(6, 40, verdict="held")
    world.batch(6, 45, number=2, verdict="held")
    world.promise(7, "refused", None)
    world.refuse(7, 4)
    world.refuse(7, 3)
    world.promise(8, "refused", None)
    world.refuse(8, 4)
    world.promise(9, "on_time")
    world.batch(9, 10)
    good = world.batch(9, 20, number=2)
    world.batch(9, 30, number=3, verdict="held")
    world.add("stg_lake__batch_flags", batch_id=good, flag="sex_differs", rows_count=25)
    world.batch(9, 12, number=4, kind="delta")  # nobody asked for it
    world.batch(10, 13, number=5, kind="delta", verdict="held")
    world.batch(11, 15)  # not due yet
    world.batch(1, 14, number=6, kind="delta")  # received on 3 February, the first due day
    world.add(
        "stg_lake__batches",
        feed_id=FEED, batch_id="before the window", kind="delta", period="202412", verdict="admitted", batch_no=1,
        rows_read=1, received_at=datetime(2025, 2, 2, 23), period_end=date(2024, 12, 31),
    )  # fmt: skip
    world.promise(4, "missing", None, kind="append")  # nothing ever came: one record is missing
    world.add("contract_feed", feed_id="data_steward__overrides", is_scored=False)
    world.batch(9, 1, number=7, feed_id="data_steward__overrides")

    def row(kind: str, month: int, state: str, due: int, on_time: int, *records: int, at: int = 0) -> tuple[Any, ...]:
        return FEED, kind, f"2025{month:02}", date(2025, at or month + 1, 1), state, due, on_time, *records

    return world, (
        COUNTED,
        {
            row("full", 1, "missing", 1, 0, 90, 90, 0, 0, 0, 0),
            # 100 rows less 8 footers and 2 test rows; 3 incomplete; 5 + 2 invalid; 4 repeated; 9 contradicted
            row("full", 2, "on_time", 1, 1, 90, 95, 87, 83, 86, 81),
            row("full", 3, "late", 1, 0, 60, 80, 60, 60, 60, 60),
            row("full", 4, "missing", 1, 0, 60, 60, 0, 0, 0, 0),
            row("full", 5, "held", 1, 1, 50, 50, 50, 50, 50, 0),
            row("full", 6, "held", 1, 0, 45, 45, 45, 45, 45, 0),
            row("full", 7, "refused", 1, 1, 45, 45, 0, 0, 0, 0),
            row("full", 8, "refused", 1, 0, 45, 45, 0, 0, 0, 0),
            row("full", 9, "on_time", 1, 1, 20, 20, 20, 20, 20, 0),
            row("delta", 9, "on_time", 0, 0, 12, 12, 12, 12, 12, 12),
            row("delta", 10, "held", 0, 0, 13, 13, 13, 13, 13, 0),
            row("delta", 1, "on_time", 0, 0, 14, 14, 14, 14, 14, 14),
            row("full", 11, "on_time", 0, 0, 15, 15, 15, 15, 15, 15),
            row("append", 4, "missing", 1, 0, 1, 1, 0, 0, 0, 0),
        },
    )


CASES: dict[str, Callable[[Catalog], tuple[RuleTables, Expected]]] = {"int_deliveries__counted": counted_deliveries}
