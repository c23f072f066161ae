"""Applications: every new spell has one before it, steps come in their order, clocks are kept by most and broken by some."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from ingest.simulate.bureaus import civil_affairs_cases
from ingest.simulate.bureaus.daily import BEFORE_ALL, told_since
from ingest.simulate.ledgers import case_events
from ingest.simulate.ledgers.applications import ALLOWANCES, EMERGENCY
from ingest.simulate.ledgers.office_hours import (
    MINUTES_A_DAY,
    day_of,
    moment_texts,
    workday_after,
    workday_before,
    workdays_from,
)
from ingest.simulate.timeline import day, to_date
from ingest.simulate.world.build import World
from warehouse import workdays

FIRST_STEPS = ("APPLY", "SUPPLEMENT", "AUTHORIZE", "ACCEPT")


@pytest.fixture(scope="module")
def steps(town_world: World) -> pl.DataFrame:
    return town_world.ledgers[case_events.FEED].with_columns(
        begun=pl.col("started") // MINUTES_A_DAY, done=pl.col("ended") // MINUTES_A_DAY
    )


def node(steps: pl.DataFrame, *names: str) -> pl.DataFrame:
    return steps.filter(pl.col("node").is_in(names))


def beside(steps: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    """Cases with both steps: when the first began and ended, and the second (…_right)."""
    return node(steps, first).join(node(steps, second), on="case")


def test_a_step_never_ends_before_it_starts_and_stands_once(steps: pl.DataFrame) -> None:
    assert (steps["started"] <= steps["ended"]).all()
    assert not steps.select(pl.struct("case", "node", "started").is_duplicated().any()).item()


def test_every_new_spell_was_decided_on_its_first_day(town_world: World, steps: pl.DataFrame) -> None:
    register = town_world.register
    first = {}
    for group, start, household, category in zip(
        register.group, register.start, register.household, register.category, strict=True
    ):
        first[int(group)] = min(first.get(int(group), (10**9,))[0], int(start)), int(household), str(category)
    new = {(h, c, s) for s, h, c in first.values() if town_world.weeks[0] <= s <= town_world.today}
    decided = node(steps, "CONFIRM").filter(pl.col("category") != EMERGENCY)
    told = set(decided.select("household", "category", "begun").iter_rows())
    assert len(new) > 80
    assert new <= told
    applied = dict(node(steps, "APPLY").select("case", "done").iter_rows())
    assert all(applied[case] < begun for case, begun in decided.select("case", "begun").iter_rows())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("APPLY", "ACCEPT"),
        ("AUTHORIZE", "CHECK_REQ"),
        ("ACCEPT", "CHECK_REQ"),
        ("CHECK_REQ", "CHECK_RPT"),
        ("ACCEPT", "SURVEY"),
        ("SURVEY", "CONFIRM"),
        ("CHECK_RPT", "REJECT"),
        ("PUBLICITY", "CONFIRM"),
        ("CONFIRM", "PAY"),
        ("RECHECK", "EXIT"),
        ("EXIT", "CLOSE"),
    ],
)
def test_steps_come_in_their_order(steps: pl.DataFrame, first: str, second: str) -> None:
    both = beside(steps, first, second)
    assert len(both) > 0
    assert (both["ended"] < both["ended_right"]).all()


def test_publicity_is_seven_days_from_the_day_after_posting_and_rarely_shorter(steps: pl.DataFrame) -> None:
    shown = node(steps, "PUBLICITY").select(days=pl.col("done") - pl.col("begun"))["days"]
    assert set(shown) <= {5, 7}
    assert (shown == 7).mean() > 0.9
    assert set(node(steps, "PUBLICITY")["category"]) <= ALLOWANCES


def test_most_decisions_and_check_requests_are_in_time_and_some_are_not(steps: pl.DataFrame) -> None:
    """At most 30 working days from acceptance to decision, 45 where neighbours were heard; 3 to the check request."""
    decided = pl.concat([beside(steps, "ACCEPT", "CONFIRM"), beside(steps, "ACCEPT", "REJECT")])
    heard = set(node(steps, "REVIEW_MEET")["case"])
    taken = [
        (workdays_from(accepted, confirmed), case in heard)
        for accepted, confirmed, case in decided.select("done", "begun_right", "case").iter_rows()
    ]
    late = [days > (45 if is_heard else 30) for days, is_heard in taken]
    assert 0 < np.mean(late) < 0.12
    asked = beside(steps, "ACCEPT", "CHECK_REQ")
    waits = [workdays_from(a, b) for a, b in asked.select("done", "begun_right").iter_rows()]
    assert 0 < np.mean(np.array(waits) > 3) < 0.12


def test_most_urgent_aid_is_paid_within_a_day(steps: pl.DataFrame) -> None:
    aid = steps.filter(pl.col("category") == EMERGENCY)
    checked = set(node(aid, "CHECK_REQ")["case"])
    urgent = beside(aid.filter(~pl.col("case").is_in(list(checked))), "ACCEPT", "PAY")
    minutes = (urgent["ended_right"] - urgent["ended"]).to_numpy()
    assert len(minutes) > 5
    assert (minutes <= 24 * 60).mean() > 0.75


def test_the_refused_and_the_waiting_are_in_no_register(town_world: World, steps: pl.DataFrame) -> None:
    listed = set(town_world.register.household.tolist())
    refused = node(steps, "REJECT")
    assert len(refused) > 10
    assert not set(refused["household"]) & listed
    decided = set(node(steps, "CONFIRM", "REJECT")["case"])
    opened = set(node(steps, "ACCEPT")["case"])
    waiting = opened - decided
    assert len(waiting) >= 5
    households = steps.filter(pl.col("case").is_in(list(waiting)))["household"]
    assert not set(households) & listed


def test_nothing_lies_ahead_and_a_case_is_told_whole(town_world: World, steps: pl.DataFrame) -> None:
    assert steps["done"].max() <= town_world.today
    with_decision = set(node(steps, "REJECT")["case"])
    assert with_decision <= set(node(steps, "APPLY")["case"])


def test_the_first_file_holds_the_history_and_later_ones_a_day_each(hamlet_world: World) -> None:
    weeks = hamlet_world.weeks[-hamlet_world.scale.daily_weeks :]
    sent = civil_affairs_cases.deliveries(weeks)
    assert [d.period_end for d in sent] == list(range(weeks[0], weeks[-1] + 1))
    assert told_since(hamlet_world, sent[0]) == BEFORE_ALL
    assert told_since(hamlet_world, sent[1]) == sent[1].period_end
    rows = [civil_affairs_cases.rows_of(hamlet_world, delivery) for delivery in sent]
    ledger = hamlet_world.ledgers[case_events.FEED]
    assert sum(len(table) for table in rows) == len(ledger)
    assert len(rows[0]) > 300
    for delivery, table in zip(sent[1:], rows[1:], strict=True):
        assert table["ended_at"].str.starts_with(str(to_date(delivery.period_end))).all()


def test_the_same_world_gives_the_same_steps(hamlet_world: World) -> None:
    assert case_events.build(hamlet_world).equals(hamlet_world.ledgers[case_events.FEED])


@pytest.mark.parametrize("start", ["2025-01-24", "2025-02-08", "2025-09-28", "2025-10-01"])
@pytest.mark.parametrize("count", [1, 7, 30])
def test_working_days_are_counted_as_the_calendar_counts_them(start: str, count: int) -> None:
    on = day(to_date(0).fromisoformat(start))
    after = workday_after(on, count)
    assert to_date(after) == workdays.add_workdays(to_date(on), count)
    assert workdays_from(on, after) == count
    assert workday_before(after, 0) == after
    assert workday_after(workday_before(after, count), count) == after


def test_a_moment_is_written_with_seconds_and_none_is_empty() -> None:
    moment = day(to_date(0)) + 90  # 01:30 of 1970-01-01
    assert moment_texts(np.array([moment, -1])).to_list() == ["1970-01-01 01:30:00", ""]
    assert day_of(np.array([MINUTES_A_DAY - 1, MINUTES_A_DAY])).tolist() == [0, 1]
