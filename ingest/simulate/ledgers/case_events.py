"""The steps of every application with their clocks, as the assistance system records them.

In: applications. Out: one row a step. Limits (acceptance to check request, publicity, acceptance to decision) are kept
by most cases and broken by a few. A step is sent on the day it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from ingest.simulate.ledgers.applications import ALLOWANCES, EMERGENCY, Application, applications
from ingest.simulate.ledgers.office_hours import (
    MINUTES_A_DAY,
    OPENS,
    workday_after,
    workday_before,
    workdays_from,
)
from ingest.simulate.timeline import NEVER, month, pay_day, to_date

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

FEED = "civil_affairs__case_events"
GENERATOR = 121
CHANNEL_SHARES = (0.60, 0.21, 0.09, 0.04, 0.05, 0.01)
PUBLICITY_DAYS, SHORT_PUBLICITY_DAYS = 7, 5
LATE_CHECK_SHARE, SHORT_PUBLICITY_SHARE, LATE_DECISION_SHARE = 0.05, 0.02, 0.05
CONTESTED_SHARE, SUPPLEMENT_SHARE, FOLLOWUP_SHARE = 0.04, 0.12, 0.7
NOBODY_MET_SHARE = 0.025  # of granted cases: two visits find nobody
SERVICE_SHARE, REFER_SHARE = 0.18, 0.10
URGENT_SHARE, LATE_URGENT_SHARE = 0.7, 0.07
USUAL_WORKDAYS, CONTESTED_WORKDAYS, LATE_WORKDAYS = (15, 29), (31, 44), (31, 41)
PASSED, FAILED, SENT_BACK, OTHER = "1", "2", "3", "4"
COLUMNS = {
    "case": pl.String,
    "node": pl.String,
    "started": pl.Int64,
    "ended": pl.Int64,
    "result": pl.String,
    "person": pl.Int32,
    "household": pl.Int32,
    "category": pl.String,
    "channel": pl.String,
}


class Step(NamedTuple):
    """One step before it has clock times: start_day to end_day, both day numbers; minutes are drawn for same days."""

    node: str
    start_day: int
    end_day: int
    result: str = PASSED


def build(world: World) -> pl.DataFrame:
    """Every step that ended up to the as-of date, of the cases that were alive in the weeks of files.

    Grain: case, node, start. Columns: COLUMNS; started and ended in minutes since 1970.
    """
    rng = np.random.default_rng([world.seed, GENERATOR])
    since = world.weeks[0] - 6
    rows: list[tuple[object, ...]] = []
    serials: dict[int, int] = {}
    for application in applications(world, since, rng):
        steps = list(_steps(application, world, since, rng))
        channel = str(rng.choice(6, p=CHANNEL_SHARES) + 1)
        if not steps:
            continue
        opened = application.decided if application.is_old(since) else steps[0].start_day
        serials[opened] = serials.get(opened, 0) + 1
        case = f"JZ{to_date(opened):%Y%m%d}{serials[opened]:04d}"
        for step, started, ended in _timed(steps, rng):
            if ended // MINUTES_A_DAY <= world.today:
                rows.append(
                    (
                        case,
                        step.node,
                        started,
                        ended,
                        step.result,
                        application.person,
                        application.household,
                        application.category,
                        channel,
                    )
                )
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").sort("ended", "started", "case", "node")


def _steps(application: Application, world: World, since: int, rng: np.random.Generator) -> Iterator[Step]:
    if application.category == EMERGENCY:
        yield from _emergency(application, rng)
        return
    if not application.is_old(since):
        yield from _procedure(application, rng)
        if application.is_granted:
            yield from _first_months(application, world, rng)
    if application.is_granted:
        yield from _later(application, rng)


def _procedure(application: Application, rng: np.random.Generator) -> Iterator[Step]:
    """From the application to the decision; back from the decision's day, or on from the acceptance while it is open."""
    is_contested = application.category in ("DB", "TK", "DB1") and rng.random() < CONTESTED_SHARE
    is_late = rng.random() < LATE_DECISION_SHARE
    low, high = CONTESTED_WORKDAYS if is_contested else LATE_WORKDAYS if is_late else USUAL_WORKDAYS
    length = int(rng.integers(low, high + 1))
    is_open = application.decided >= NEVER
    if is_open:
        accepted = application.accepted
        decided = workday_after(accepted, length)
    else:
        decided = application.decided
        accepted = workday_before(decided, length)
    applied = workday_before(accepted, int(rng.integers(0, 4)))
    yield Step("APPLY", applied, applied)
    if rng.random() < SUPPLEMENT_SHARE:
        asked = workday_before(accepted, 1)
        yield Step("SUPPLEMENT", max(applied, asked), accepted, SENT_BACK)
    yield Step("AUTHORIZE", accepted, accepted)
    yield Step("ACCEPT", accepted, accepted)
    is_publicised = application.category in ALLOWANCES and (application.is_granted or is_open)
    posted = decided
    if is_publicised:
        shown = SHORT_PUBLICITY_DAYS if rng.random() < SHORT_PUBLICITY_SHARE else PUBLICITY_DAYS
        posted = workday_before(decided - shown - 1, 0)
    room = max(2, workdays_from(accepted, posted))
    wait = int(rng.integers(4, 8)) if rng.random() < LATE_CHECK_SHARE else int(rng.integers(0, 4))
    asked = workday_after(accepted, min(wait, room - 1))
    answered = workday_after(accepted, min(room, wait + int(rng.integers(1, 9))))
    yield Step("CHECK_REQ", asked, asked)
    yield Step("CHECK_RPT", asked, answered, FAILED if _fails_check(application, rng) else PASSED)
    visited = workday_after(accepted, min(room, int(rng.integers(1, 11))))
    yield Step("SURVEY", visited, visited)
    if is_contested:
        met = workday_after(accepted, room)
        yield Step("REVIEW_MEET", met, met)
    if is_publicised:
        yield Step("PUBLICITY", posted, posted + shown)
    if not is_open:
        yield Step("CONFIRM" if application.is_granted else "REJECT", decided, decided, _decision(application))
        if not application.is_granted:
            closed = workday_after(decided, int(rng.integers(1, 6)))
            yield Step("CLOSE", closed, closed, OTHER)


def _fails_check(application: Application, rng: np.random.Generator) -> bool:
    return not application.is_granted and application.decided < NEVER and rng.random() < 0.75


def _decision(application: Application) -> str:
    return PASSED if application.is_granted else FAILED


def _first_months(application: Application, world: World, rng: np.random.Generator) -> Iterator[Step]:
    """First payment, services and the visit after it."""
    decided, over = application.decided, application.ended
    paid_on = decided
    if application.category in ALLOWANCES:
        number = month(to_date(decided)) + 1
        if number <= world.pay_months[-1] and pay_day(number) < over:
            paid_on = pay_day(number)
            yield Step("PAY", paid_on, paid_on)
    drawn = rng.random(3)
    if drawn[0] < SERVICE_SHARE and application.category in ("DB", "TK", "DB1", "DBB", "GX"):
        served = workday_after(paid_on, int(rng.integers(3, 40)))
        yield Step("SERVICE", served, served)
    if drawn[1] < REFER_SHARE:
        referred = workday_after(decided, int(rng.integers(1, 15)))
        yield Step("REFER", referred, workday_after(referred, int(rng.integers(2, 22))))
    if drawn[2] < NOBODY_MET_SHARE:
        for wait in (10, 25):
            missed = workday_after(paid_on, wait)
            if missed < over:
                yield Step("FOLLOWUP", missed, missed, FAILED)
    elif drawn[2] < FOLLOWUP_SHARE:
        visited = workday_after(paid_on, int(rng.integers(3, 27)))
        if visited < over:
            yield Step("FOLLOWUP", visited, visited, OTHER)


def _later(application: Application, rng: np.random.Generator) -> Iterator[Step]:
    """Changes of members, and the end."""
    decided, over = application.decided, application.ended
    for changed in application.changes:
        noted = workday_before(changed, 0)
        if noted > decided:
            yield Step("ADJUST", noted, noted)
    if over < NEVER:
        stopped = workday_before(over, 0)
        if application.end_reason not in ("DEATH", "MOVED"):
            seen = workday_before(stopped, int(rng.integers(2, 9)))
            if seen > decided:
                yield Step("RECHECK", seen, seen, FAILED)
        yield Step("EXIT", max(stopped, decided), max(stopped, decided), OTHER)
        closed = workday_after(max(stopped, decided), int(rng.integers(1, 8)))
        yield Step("CLOSE", closed, closed, OTHER)


def _emergency(application: Application, rng: np.random.Generator) -> Iterator[Step]:
    """Urgent aid is paid by the town within a day and settled with the month's list; other aid comes with the list."""
    paid = application.decided
    if rng.random() < URGENT_SHARE:
        taken = paid - int(rng.integers(1, 28))
        late = int(rng.integers(2, 5)) if rng.random() < LATE_URGENT_SHARE else 0
        yield Step("APPLY", taken, taken)
        yield Step("ACCEPT", taken, taken)
        yield Step("SURVEY", taken, taken)
        yield Step("CONFIRM", taken + late, taken + late)
        yield Step("PAY", taken + late, taken + late)
        closed = workday_after(taken + late, int(rng.integers(5, 20)))
    else:
        accepted = workday_before(paid, int(rng.integers(9, 15)))
        yield Step("APPLY", accepted, accepted)
        yield Step("AUTHORIZE", accepted, accepted)
        yield Step("ACCEPT", accepted, accepted)
        asked = workday_after(accepted, int(rng.integers(0, 4)))
        yield Step("CHECK_REQ", asked, asked)
        yield Step("CHECK_RPT", asked, workday_after(asked, int(rng.integers(1, 4))))
        visited = workday_after(accepted, int(rng.integers(1, 6)))
        yield Step("SURVEY", visited, visited)
        confirmed = workday_before(paid, int(rng.integers(1, 3)))
        yield Step("CONFIRM", confirmed, confirmed)
        yield Step("PAY", paid, paid)
        closed = workday_after(paid, int(rng.integers(5, 20)))
    yield Step("CLOSE", closed, closed, OTHER)


def _timed(steps: list[Step], rng: np.random.Generator) -> Iterator[tuple[Step, int, int]]:
    """Steps with the minutes of their start and end: those of one day follow each other through its office hours."""
    used: dict[int, int] = {}

    def next_minute(day_number: int) -> int:
        if day_number not in used:
            used[day_number] = OPENS + int(rng.integers(0, 180))
        used[day_number] += int(rng.integers(3, 40))
        return day_number * MINUTES_A_DAY + used[day_number]

    for step in steps:
        started = next_minute(step.start_day)
        ended = (step.end_day + 1) * MINUTES_A_DAY - 1 if step.node == "PUBLICITY" else next_minute(step.end_day)
        yield step, started, ended
