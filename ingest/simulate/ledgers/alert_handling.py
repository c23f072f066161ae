"""What officers did about the alerts that the deliveries' true cases raise, event by event.

In: the truth's cases (rule, person, month of the evidence). Out: one row an event. Findings agree with the truth: most
are confirmed, a few turn out otherwise for a reason of their kind; near misses are never alerted. Late ones are overdue.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from ingest.simulate.ledgers.office_hours import HOURS, MINUTES_A_DAY, OPENS, workday_after
from ingest.simulate.policy import threshold
from ingest.simulate.timeline import day, to_date
from warehouse.metrics import load_rules

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "civil_affairs__alert_handling"
GENERATOR = 128
CONFIRMED, UNFOUNDED, PARTLY, UNREACHED = "1", "2", "3", "4"
RESULT_SHARES = (0.88, 0.05, 0.04, 0.03)
SLOW_SIGN_SHARE, LATE_VERIFY_SHARE, LEFT_LYING_SHARE, NOT_CLOSED_SHARE = 0.10, 0.13, 0.04, 0.12
FOLLOWUP_SHARE = 0.55
DEADLINES = {"R": "red", "O": "orange", "Y": "yellow"}
UNRANKED = "O"
REASONS = {
    "B01": "NAMESAKE_DEATH",
    "B02": "NAMESAKE_DEATH",
    "B05": "SOLD_VEHICLE",
    "B06": "INHERITED_SHARE",
    "B08": "DEAD_SHOP",
    "B09": "AFFILIATED",
    "B11": "AFFILIATED",
    "B18": "BACK_PAY",
    "B19": "PAPER_REVIEW",
    "B23": "BACK_PAY",
}
OTHER_REASONS = ("NAMESAKE", "OTHER")
BENEFITS = {  # the programme that follows a confirmed alert of what is missed
    "A01": "0301",
    "A02": "0301",
    "A03": "0301",
    "A04": "0402",
    "A05": "0402",
    "A06": "0401",
    "A07": "0102",
    "A08": "0301",
    "A10": "0102",
    "A12": "0502",
    "A13": "0201",
    "A14": "0102",
    "A16": "0301",
    "A22": "0301",
    "A23": "0102",
}
COLUMNS = {
    "alert": pl.String,
    "event": pl.String,
    "at": pl.Int64,
    "result": pl.String,
    "reason": pl.String,
    "benefit": pl.String,
    "rule": pl.String,
    "person": pl.Int32,
    "month": pl.Date,
}


class Event(NamedTuple):
    """One event on a day; the minute is drawn."""

    name: str
    on: int
    result: str = ""
    reason: str = ""
    benefit: str = ""


def build(world: World, cases: pl.DataFrame) -> pl.DataFrame:
    """Every event up to the as-of date.

    Grain: alert, event, time. Columns: COLUMNS; `at` in minutes since 1970, month null where a case has none.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    severities = {rule_id: rule.severity for rule_id, rule in load_rules().items()}
    place_of = {number: place for place, number in enumerate(world.persons.id_no.tolist())}
    rows: list[tuple[object, ...]] = []
    for serial, (rule, number, month, known_on) in enumerate(_alerts(world, cases), start=1):
        fired = max(_monday(day(known_on)), world.weeks[0] + 1)
        alert = f"YJ{to_date(fired):%Y%m%d}{serial:05d}"
        name = DEADLINES[severities.get(rule, UNRANKED)]
        limit = int(threshold(f"severity_deadline_{name}_workdays", to_date(fired)))
        before = 0
        for event in _events(rule, fired, limit, rng):
            moment = max(event.on * MINUTES_A_DAY + OPENS + int(rng.integers(0, HOURS)), before + 20)
            before = moment
            if moment < (world.today + 1) * MINUTES_A_DAY:
                rows.append(
                    (
                        alert,
                        event.name,
                        moment,
                        event.result,
                        event.reason,
                        event.benefit,
                        rule,
                        place_of[number],
                        month,
                    )
                )
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").sort("at", "alert", "event")


def _alerts(world: World, cases: pl.DataFrame) -> Iterator[tuple[str, str, date | None, date]]:
    """Rule, number, month and day of knowing of each alert: details of one rule and month are one alert."""
    true = cases.filter(~pl.col("is_near_miss") & (pl.col("knowable_on") <= world.as_of))
    each = true.group_by("rule_id", "id_no", "evidence_month").agg(pl.col("knowable_on").min())
    yield from each.sort("knowable_on", "rule_id", "id_no", "evidence_month").iter_rows()


def _monday(day_number: int) -> int:
    """The Monday on which a week's list is handed out, at the earliest on the day itself."""
    return day_number + (4 - day_number) % 7


def _events(rule: str, fired: int, limit: int, rng: np.random.Generator) -> Iterator[Event]:
    given = workday_after(fired, 1) if rng.random() < 0.15 else fired
    yield Event("DISPATCH", given)
    slow = rng.random() < SLOW_SIGN_SHARE
    signed = workday_after(given, int(rng.integers(2, 5)) if slow else int(rng.integers(0, 2)))
    yield Event("SIGN", signed)
    if rng.random() < LEFT_LYING_SHARE:
        return
    late = rng.random() < LATE_VERIFY_SHARE
    taken = limit + int(rng.integers(1, 9)) if late else int(rng.integers(max(1, limit // 3), limit + 1))
    verified = max(workday_after(fired, taken), signed)
    yield Event("VISIT", max(signed, min(verified, workday_after(signed, int(rng.integers(0, limit + 1))))))
    result = str(rng.choice((CONFIRMED, UNFOUNDED, PARTLY, UNREACHED), p=RESULT_SHARES))
    reason = ""
    if result == UNFOUNDED:
        reason = REASONS.get(rule) or str(rng.choice(OTHER_REASONS))
    is_confirmed = result in (CONFIRMED, PARTLY)
    yield Event("VERIFY", verified, result, reason, BENEFITS.get(rule, "") if is_confirmed else "")
    if result == UNREACHED or rng.random() < NOT_CLOSED_SHARE:
        return
    over = workday_after(verified, int(rng.integers(4, 22)) if is_confirmed else int(rng.integers(0, 4)))
    if is_confirmed and rng.random() < FOLLOWUP_SHARE:
        yield Event("FOLLOWUP", workday_after(verified, 3))
    yield Event("CLOSE", over)
