"""Writes the truth as Parquet: persons, spells, cases, weekly counts, and what was written and damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs import household_numbers
from ingest.simulate.bureaus.police import household_numbers as police_numbers
from ingest.simulate.planting.subjects import judged_months
from ingest.simulate.timeline import NEVER, Days, first_day, to_date
from ingest.simulate.truth.knowledge import Known, build_known
from ingest.simulate.truth.missed import NO_MONTH, Case, high_self_pay, unpaid, without_nursing
from ingest.simulate.truth.weekly import weekly_counts
from ingest.simulate.truth.wrong import cremated_but_listed, exclusive_benefits, paid_to_the_dead
from ingest.simulate.world.build import World
from ingest.simulate.world.payments import pay_days

CASE_COLUMNS = {
    "rule_id": pl.String,
    "case_kind": pl.String,
    "id_no": pl.String,
    "household_no": pl.String,
    "evidence_month": pl.Date,
    "detail": pl.String,
    "knowable_on": pl.Date,
    "is_near_miss": pl.Boolean,
    "reason": pl.String,
}


def write_truth(known: Known, cases: pl.DataFrame, written: pl.DataFrame, damaged: pl.DataFrame, folder: Path) -> None:
    """Write every table of the truth into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    world = known.world
    tables = {
        "persons": persons_table(world, known),
        "spells": spells_table(world),
        "cases": cases,
        "weekly": weekly_counts(known),
        "files": written,
        "defects": damaged,
    }
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def all_cases(known: Known) -> list[Case]:
    """Every true case of the six rules, as far as `known` goes."""
    world = known.world
    judged = judged_months(pay_days(world.pay_months), world.today)
    return [
        *high_self_pay(known),
        *without_nursing(known, judged),
        *unpaid(known, judged),
        *paid_to_the_dead(known),
        *cremated_but_listed(known, judged),
        *exclusive_benefits(known),
    ]


def cases_table(world: World, known: Known) -> pl.DataFrame:
    """True cases and near misses.

    Grain: rule, person, month, detail. Cases that only deliveries to come will show carry a later knowable_on.
    Raises: AssertionError when a planted case is none, or a near miss is one: the world would contradict itself.
    """
    now = all_cases(known)
    later_known = build_known(world)
    judged = judged_months(pay_days(world.pay_months), world.today)
    later = [
        *high_self_pay(later_known),
        *paid_to_the_dead(later_known),
        *cremated_but_listed(later_known, judged),
    ]
    seen = {case[:4] for case in now}
    cases = now + [case for case in later if case[:4] not in seen and case[4] > world.today]
    keys = {case[:4] for case in cases}
    planted: dict[tuple[str, int, int, str], tuple[bool, str]] = {}
    for rule_id, person, month, detail, is_near, reason in world.planted.iter_rows():
        key = (rule_id, person, month, detail)
        if (key in keys) == is_near:
            what = "near miss is a case" if is_near else "planted case is none"
            raise AssertionError(f"a {what}: {rule_id} {detail} {reason}")
        planted[key] = (is_near, reason)
    rows = [(*case[:4], case[4], False, planted.get(case[:4], (False, ""))[1], case[:4] in planted) for case in cases]
    rows += [(*key, world.today, True, reason, True) for key, (is_near, reason) in planted.items() if is_near]
    return _case_frame(world, rows)


def _case_frame(world: World, rows: list[tuple[str, int, int, str, int, bool, str, bool]]) -> pl.DataFrame:
    numbers = household_numbers(world.persons.household)
    found = [
        (
            rule_id,
            "planted" if is_planted else "natural",
            str(world.persons.id_no[person]),
            numbers[person],
            to_date(first_day(month)) if month != NO_MONTH else None,
            detail,
            to_date(told),
            is_near,
            reason,
        )
        for rule_id, person, month, detail, told, is_near, reason, is_planted in rows
    ]
    frame = pl.DataFrame(found, schema=CASE_COLUMNS, orient="row")
    return frame.sort("rule_id", "is_near_miss", "evidence_month", "id_no", "detail")


def persons_table(world: World, known: Known) -> pl.DataFrame:
    """Grain: one row a person. Days are the true ones, recorded_death_date what the deliveries tell."""
    persons = world.persons
    codes = np.array([v.area_code for v in persons.villages])
    return pl.DataFrame(
        {
            "id_no": persons.id_no.tolist(),
            "name": persons.name.tolist(),
            "birth_date": _dates(persons.birth),
            "sex_code": persons.sex.astype("<U1").tolist(),
            "household_no": household_numbers(persons.household),
            "household_no_police": police_numbers(world),
            "area_code": codes[persons.village].tolist(),
            "entered_date": _dates(np.where(persons.entered < 0, NEVER, persons.entered)),
            "death_date": _dates(persons.death),
            "recorded_death_date": _dates(known.death),
            "moved_out_date": _dates(persons.moved_out),
        }
    )


def spells_table(world: World) -> pl.DataFrame:
    """Grain: one row a person, category and start: the register's recorded spells, and FP from agriculture."""
    register, watched, ids = world.register, world.monitored, world.persons.id_no
    person = np.concatenate([register.person, watched.person])
    return pl.DataFrame(
        {
            "id_no": ids[person].tolist(),
            "category_code": [*register.category.tolist(), *(["FP"] * len(watched))],
            "start_date": _dates(np.concatenate([register.start, watched.identified])),
            "stop_date": _dates(np.concatenate([register.stop, watched.eliminated])),
            "household_no": household_numbers(world.persons.household[person]),
            "is_covered": [*register.covered.tolist(), *([True] * len(watched))],
            "stop_reason_code": [*register.reason.tolist(), *([""] * len(watched))],
        }
    ).sort("id_no", "category_code", "start_date")


def _dates(days: Days) -> pl.Series:
    days = np.asarray(days)
    return pl.Series(days.astype(np.int32)).set(pl.Series(days >= NEVER), None).cast(pl.Date)
