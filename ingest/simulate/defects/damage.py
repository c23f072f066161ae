"""Damages one delivery: lasting wrong numbers first, then cells, copies and test rows, then the file's shape."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.calendar import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK, Layout
from ingest.simulate.defects.cells import damage_cells, lasting_contradictions, natural_features
from ingest.simulate.defects.layouts import choose_layout
from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.plan import Plan
from ingest.simulate.world.build import World

DUPLICATE_RATE = 0.0008
TEST_ROW_FILES = 0.08
TEST_NAMES = ("测试", "测试人员", "测试一户")
QUARANTINING = {"D02": "id_check_digit", "D04": "id_lost_precision"}


def damage(
    world: World, plan: Plan, delivery: Delivery, table: pl.DataFrame
) -> tuple[pl.DataFrame, Layout, pl.DataFrame]:
    """The table as the bureau writes it, the file's shape, and the list of damage.

    The same delivery of the same world is always damaged alike.
    """
    ledger = Ledger(world, delivery, table, plan.protected)
    natural_features(ledger, table)
    _lasting_numbers(ledger, plan)
    lasting_contradictions(ledger, plan.others.get(delivery.feed_id, {}))
    damage_cells(ledger)
    _copies(ledger)
    _test_rows(ledger, plan)
    layout = choose_layout(ledger)
    first_row = 1 if delivery.form == "jsonl" else layout.first_row
    return ledger.table.drop("_person", "_household"), layout, ledger.listed(first_row)


def _lasting_numbers(ledger: Ledger, plan: Plan) -> None:
    column = "certificate_no" if "certificate_no" in ledger.table.columns else "person_id_no"
    for defect, (people, numbers) in plan.numbers[ledger.delivery.feed_id].items():
        if len(people) == 0:
            continue
        order = np.argsort(people)
        rows = np.flatnonzero(np.isin(ledger.person, people))
        wrong = numbers[order][np.searchsorted(people[order], ledger.person[rows])].tolist()
        outcome, rule = ("quarantined", QUARANTINING[defect]) if defect in QUARANTINING else ("normalised", "")
        if "payee_id_no" in ledger.table.columns:
            _payee_numbers(ledger, people, numbers, defect, rows)
        if column == "certificate_no":
            tails = [text[18:] for text in ledger.table[column].gather(rows).to_list()]
            wrong = [number + tail for number, tail in zip(wrong, tails, strict=True)]
        if defect == "D04":
            wrong = [NUMBER_MARK + number for number in wrong]
        ledger.write(column, rows, wrong, defect, outcome, rule)


def _payee_numbers(ledger: Ledger, people: np.ndarray, numbers: np.ndarray, defect: str, own: np.ndarray) -> None:
    """The payee's number is wrong where the payee's own is: on the own line, and on the lines of a child."""
    wrong_of = dict(zip(ledger.world.persons.id_no[people].tolist(), numbers.tolist(), strict=True))
    payees = ledger.table["payee_id_no"]
    rows = np.flatnonzero(payees.is_in(list(wrong_of)).to_numpy())
    values = [wrong_of[text] for text in payees.gather(rows).to_list()]
    ledger.table = ledger.table.with_columns(payees.clone().scatter(rows, pl.Series(values, dtype=pl.String)))
    of_child = np.setdiff1d(rows, own)
    outcome, rule = ("flagged", "payee_id_unusable") if defect in QUARANTINING else ("normalised", "")
    ledger.note(of_child, "payee_id_no", defect, outcome, rule)


def _copies(ledger: Ledger) -> None:
    rows = ledger.draw(ledger.count(DUPLICATE_RATE), harmful=True)
    ledger.append(ledger.table[rows], "D09", "duplicate_quarantined", "duplicate_row")


def _test_rows(ledger: Ledger, plan: Plan) -> None:
    if "person_name" not in ledger.table.columns or len(ledger.table) < 20 or ledger.rng.random() >= TEST_ROW_FILES:
        return
    place = ledger.draw(1, harmful=True)
    if len(place) == 0:
        return
    name = TEST_NAMES[int(ledger.rng.integers(0, len(TEST_NAMES)))]
    number = str(plan.spare_numbers[int(ledger.rng.integers(0, len(plan.spare_numbers)))])
    changes = [pl.lit(name).alias("person_name"), pl.lit(-1, dtype=pl.Int32).alias("_person")]
    if "certificate_no" in ledger.table.columns:
        changes.append((pl.lit(number) + pl.col("certificate_no").str.slice(18)).alias("certificate_no"))
    else:
        changes.append(pl.lit(number).alias("person_id_no"))
    changes += [pl.lit(name).alias(c) for c in ("head_name", "payee_name") if c in ledger.table.columns]
    changes += [pl.lit(number).alias(c) for c in ("payee_id_no",) if c in ledger.table.columns]
    ledger.append(ledger.table[place].with_columns(changes), "D23", "quarantined", "test_row")
