"""What the deliveries sent up to a moment let anyone know: deaths, payments, bills. Nothing here looks at files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from ingest.simulate.bureaus.calendar import build_calendar
from ingest.simulate.timeline import NEVER, Days, day, first_day, month_text, months_of, to_date
from ingest.simulate.world.build import World

FAR_FUTURE = datetime(2100, 1, 1)


@dataclass
class Known:
    """Knowledge at a moment. Days as numbers; `*_on` is the day on which a delivery first told it.

    death: the recorded day of death (health, else funeral office, else police's day of cancellation).
    """

    world: World
    until: datetime
    death: Days
    death_on: Days
    cremated: Days
    cremated_on: Days
    police_noted: Days
    lines: pl.DataFrame
    bills: pl.DataFrame

    def registered(self, on: int) -> np.ndarray:
        """Persons entered, not recorded dead and not moved out on a day."""
        persons = self.world.persons
        return (persons.entered <= on) & (self.death > on) & (persons.moved_out > on)


def build_known(world: World, until: datetime = FAR_FUTURE) -> Known:
    """What is known from the deliveries sent before `until`; by default from all that will ever be sent."""
    sent = {(d.feed_id, d.period, d.batch_no): d.sent_at for d in build_calendar(world.weeks, world.scale)}
    persons, every = world.persons, until == FAR_FUTURE
    week_of = world.window.week_end
    health_on = _sent_days(
        [
            ("health__deaths", month_text(int(m)), 1)
            for m in months_of(np.minimum(persons.death_reported, world.today + 400))
        ],
        persons.death_reported,
        sent,
        until,
        months_of(persons.death_reported) > world.pay_months[-1] - 1 if every else None,
    )
    funeral_periods = week_of(np.minimum(persons.cremated, world.today + 400))
    funeral_on = _sent_days(
        [("funeral__cremations", to_date(int(w)).strftime("%Y%m%d"), 1) for w in funeral_periods],
        persons.cremated,
        sent,
        until,
    )
    police_on = np.where(
        persons.police_noted < NEVER, np.maximum(week_of(persons.police_noted), world.weeks[0] - 60) + 1, NEVER
    )
    police_on = np.where(police_on <= (NEVER if every else day(until.date())), police_on, NEVER)
    death, death_on = np.full(len(persons), NEVER), np.full(len(persons), NEVER)
    for told_on, dated in ((police_on, persons.police_noted), (funeral_on, persons.death), (health_on, persons.death)):
        told = told_on < NEVER
        death[told], death_on[told] = dated[told], told_on[told]
    return Known(
        world=world,
        until=until,
        death=death,
        death_on=death_on,
        cremated=np.where(funeral_on < NEVER, persons.cremated, NEVER),
        cremated_on=funeral_on,
        police_noted=np.where(police_on < NEVER, persons.police_noted, NEVER),
        lines=_known_lines(world, sent, until),
        bills=_known_bills(world, sent, until),
    )


def _sent_days(
    keys: list[tuple[str, str, int]],
    happened: Days,
    sent: dict[tuple[str, str, int], datetime],
    until: datetime,
    also: np.ndarray | None = None,
) -> Days:
    """The day on which the file of each event was sent, NEVER when it wasn't before `until`; `also`: told in some later file."""
    found = np.full(len(happened), NEVER, dtype=np.int32)
    for place in np.flatnonzero(happened < NEVER):
        moment = sent.get(keys[place])
        if moment is not None and moment < until:
            found[place] = day(moment.date())
        elif moment is None and also is not None and also[place]:
            found[place] = happened[place] + 36
    return found


def _known_lines(world: World, sent: dict[tuple[str, str, int], datetime], until: datetime) -> pl.DataFrame:
    """Payment lines with the status last told and the day of telling: columns of the ledger, status, told_on."""
    frames = []
    for number in world.pay_months:
        lines = world.lines.filter(pl.col("file_month") == number)
        first = sent[("finance__payments", month_text(number), 1)]
        second = sent[("finance__payments", month_text(number), 2)]
        newest = (
            second if second < min(until, datetime.combine(to_date(world.today + 2), datetime.min.time())) else first
        )
        if first >= until:
            continue
        status = "final_status" if newest is second else "first_status"
        frames.append(lines.with_columns(status=pl.col(status), told_on=pl.lit(day(newest.date()), dtype=pl.Int32)))
    return pl.concat(frames)


def _known_bills(world: World, sent: dict[tuple[str, str, int], datetime], until: datetime) -> pl.DataFrame:
    """Settlements told: the ledger's columns and told_on; late ones in weeks to come only when nothing bounds `until`."""
    weeks = {}
    for week in world.settlements["week"].unique().to_list():
        moment = sent.get(("medical_insurance__settlements", to_date(week).strftime("%Y%m%d"), 1))
        if moment is None:
            weeks[week] = week + 1 if until == FAR_FUTURE else NEVER
        else:
            weeks[week] = day(moment.date()) if moment < until else NEVER
    told = world.settlements["week"].replace_strict(weeks, return_dtype=pl.Int32)
    return world.settlements.with_columns(told_on=told).filter(pl.col("told_on") < NEVER)


def net_paid(lines: pl.DataFrame, *, without_back_pay: bool = False) -> pl.DataFrame:
    """What each person was paid net in a programme for a month.

    Grain: person, programme, month. Columns: net_count (lines paid less lines reversed), net_fen, last_pay_month (file),
    told_on. Lines that failed or wait count nothing.
    """
    paid = lines.filter(pl.col("status") == "00")
    if without_back_pay:
        paid = paid.filter(pl.col("back_months") == 0)
    sign = pl.when(pl.col("paid") > 0).then(1).otherwise(-1)
    return paid.group_by("person", "programme", "month").agg(
        net_count=sign.sum(), net_fen=pl.col("paid").sum(), told_on=pl.col("told_on").max()
    )


def first_days(months: np.ndarray) -> Days:
    """The first days of months."""
    known = {int(m): first_day(int(m)) for m in np.unique(months)}
    return np.array([known[int(m)] for m in months], dtype=np.int32)
