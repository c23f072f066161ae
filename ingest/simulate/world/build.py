"""The whole true world from one seed: who lives here, who is assisted, what is paid, who falls ill and dies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ingest.simulate import identity_numbers
from ingest.simulate.ledgers.registry import build_ledgers
from ingest.simulate.planting import missed, wrong
from ingest.simulate.planting.edits import edit_bills, edit_lines, known_income_edges
from ingest.simulate.planting.odd_names import with_odd_names
from ingest.simulate.planting.subjects import Planter, judged_months
from ingest.simulate.scales import Scale
from ingest.simulate.timeline import HISTORY_MONTHS, day, first_day, last_day, month, months_of, week_ends
from ingest.simulate.world import (
    antipoverty,
    assistance,
    disability,
    medical,
    payments,
    population,
    register,
    singles,
    vital_events,
)
from ingest.simulate.world.antipoverty import Monitored
from ingest.simulate.world.disability import Certificates, Traits
from ingest.simulate.world.medical import Window
from ingest.simulate.world.population import Persons
from ingest.simulate.world.register import Households, Register

GX_FROM = date(2025, 5, 1)
ZERO_ENDINGS = 2
NURSING_SUBJECTS = 27  # households that one copy of the planted cases sets aside for their nursing subsidy
Progress = Callable[[str], None]


@dataclass
class World:
    """The state and history of the simulated district; every ledger as its bureau would hold it without faults."""

    scale: Scale
    seed: int
    as_of: date
    weeks: list[int]
    pay_months: range
    persons: Persons
    households: Households
    register: Register
    certificates: Certificates
    traits: Traits
    monitored: Monitored
    settlements: pl.DataFrame
    lines: pl.DataFrame
    planted: pl.DataFrame
    set_aside: np.ndarray  # police households with something planted
    ledgers: dict[str, Any] = field(default_factory=dict)  # of the bureaus that joined later, by feed

    @property
    def today(self) -> int:
        """The as-of date as a day number."""
        return day(self.as_of)

    @property
    def window(self) -> Window:
        """The weeks that the files cover."""
        return Window(self.weeks[0] - 6, self.weeks[-1])


def build_world(scale: Scale, seed: int, weeks: int, as_of: date, say: Progress) -> World:
    """The world of a scale and seed; the same arguments give the same world."""
    rng = np.random.default_rng(seed)
    today = day(as_of)
    months = range(month(as_of) - HISTORY_MONTHS + 1, month(as_of) + 1)
    start = first_day(months[0])
    sundays = week_ends(as_of, weeks)
    pay_months = range(int(months_of(np.array([sundays[0]]))[0]), month(as_of) + 1)
    people = population.build_persons(scale, as_of, rng)
    people = vital_events.add_births_and_arrivals(people, start, today, rng)
    people.name = with_odd_names(people.name, seed)
    people.id_no = identity_numbers.with_zero_endings(people.id_no, people.sex, ZERO_ENDINGS)
    vital_events.add_deaths_and_moves(people, start, today, scale.mortality_factor, rng)
    say(f"persons {len(people):,}")
    spells = assistance.build_spells(people, scale, months, today, day(GX_FROM), rng)
    sizes = assistance.unit_sizes(int(people.household.max()) + 1, rng)
    ranks = assistance.unit_ranks(people, rng)
    uncovered = rng.random(len(people)) < register.UNCOVERED_SHARE
    families = register.build_households(people, start, today, rng)
    none = pl.DataFrame(schema=singles.SCHEMA)
    listed = register.build_register(people, spells, sizes, ranks, none, uncovered)
    extra = singles.build_single_rows(people, listed, scale, today, rng)
    listed = register.build_register(people, spells, sizes, ranks, extra, uncovered)
    newest_month_end = last_day(month(as_of) - 1)
    cards = disability.build_certificates(people, listed, scale.certificates, start, newest_month_end, rng)
    newest = judged_months(payments.pay_days(pay_months), today)[-1]
    planter = Planter(
        people,
        listed,
        families,
        cards,
        today,
        newest,
        register.stops_told_after(sundays[0]),
        scale.plant_copies,
        rng,
        np.zeros(len(families.income), dtype=bool),
    )
    plant_all(planter)
    cards = planter.certificates
    members = known_income_edges(planter, scale.fp_households * 3)
    extra = pl.concat([extra, planter.extra_rows()])
    for household, income in planter.incomes:
        families.income[household] = families.income_later[household] = income
    listed = register.build_register(people, spells, sizes, ranks, extra, uncovered, planter.earlier_ends())
    say(f"register rows {len(listed):,}")
    traits = disability.build_traits(people, cards, today, rng)
    watched = antipoverty.build_monitored(people, listed, scale, months[:-1], newest_month_end, planter.used, rng)
    watched = antipoverty.with_eliminated(watched, members, start + 200, newest_month_end - 200)
    say(f"certificates {len(cards):,}, monitored persons {len(watched):,}")
    window = Window(sundays[0] - 6, sundays[-1])
    bills = edit_bills(medical.build_settlements(people, traits, window, rng), planter, window)
    say(f"settlements {len(bills):,}")
    lines = payments.build_lines(people, listed, families, cards, traits, pay_months, planter.used, rng)
    lines = edit_lines(lines, planter, listed, families)
    say(f"payment lines {len(lines):,}")
    world = World(
        scale,
        seed,
        as_of,
        sundays,
        pay_months,
        people,
        families,
        listed,
        cards,
        traits,
        watched,
        bills,
        lines,
        planter.log_frame(),
        planter.used,
    )
    build_ledgers(world)
    say(f"ledgers {len(world.ledgers)}")
    return world


def plant_all(planter: Planter) -> None:
    """Plant every rule's cases; those with the fewest possible subjects first."""
    planter.ensure_nursing(NURSING_SUBJECTS)
    wrong.plant_exclusions(planter)
    wrong.plant_deaths(planter)
    missed.plant_unpaid(planter)
    missed.plant_nursing_gaps(planter)
    missed.plant_bills(planter)
