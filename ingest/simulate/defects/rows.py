"""Rows too many: exact copies, test and demonstration rows, persons listed in a second household."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.defects.ledger import Ledger
from ingest.simulate.defects.numbers import number_column, test_number, with_certificate_tail
from ingest.simulate.defects.plan import Plan
from ingest.simulate.defects.rates import DUPLICATE_RATE, LEAST_ROWS, TEST_ROW_FILES
from ingest.simulate.timeline import day

TEST_NAMES = ("测试", "测试人员", "测试一户", "演示人员", "TEST")
TEST_TEXTS = {"handler_org": "测试单位", "handling_org": "测试单位"}
TEST_PREFIX = "TEST-"


def second_listings(ledger: Ledger, plan: Plan) -> None:
    """One person in two households of the register: listed, but not covered, in the second."""
    if ledger.delivery.feed_id != "civil_affairs__register" or ledger.delivery.kind != "full":
        return
    listed_now = (ledger.table["category_code"] == "低保").to_numpy() & ~ledger.filled("stop_date") & ~ledger.lost
    person_of, household_of, touched = ledger.person, ledger.table["_household"].to_numpy(), ledger.touched
    for person, second in plan.second_listings:
        mine = np.flatnonzero((person_of == person) & listed_now)
        there = np.flatnonzero((household_of == second) & listed_now & ~touched)
        if len(mine) == 0 or len(there) == 0 or touched[mine[0]]:
            continue
        listed = ledger.table[int(there[0])]
        taken = (
            "household_id_civil_affairs", "head_name", "urban_rural_code", "area_code", "village_name",
            "covered_count", "household_income_month_yuan", "household_amount_yuan", "review_class_code",
            "bank_name", "account_no", "is_relative_registered", "_household",
        )  # fmt: skip
        changes = [pl.lit(listed[name].item()).alias(name) for name in taken]
        changes += [pl.lit("否").alias("is_covered"), pl.lit("其他").alias("relation_code")]
        row = ledger.table[int(mine[0])].with_columns(changes)
        ledger.append(row.cast({"_household": ledger.table["_household"].dtype}), "D16", "two_households", "")


def copies(ledger: Ledger) -> None:
    """Exact copies of rows, at the end of the file."""
    if len(ledger.table) < LEAST_ROWS and ledger.is_showcase:
        return
    rows = ledger.draw(ledger.count(DUPLICATE_RATE), harmful=True, where=ledger.alone)
    ledger.append(ledger.table[rows], "D09", "duplicate_quarantined", "duplicate_row")


def test_rows(ledger: Ledger, plan: Plan) -> None:
    """A row that somebody left from a test: by its name, or by its case number or office where the feed has no names."""
    columns = set(ledger.table.columns)
    by_name = ledger.feed.name_column is not None and ledger.feed.name_column.name in columns
    if not (by_name or ledger.feed.test_columns) or len(ledger.table) < LEAST_ROWS:
        return
    if not ledger.happens(TEST_ROW_FILES):
        return
    place = ledger.draw(1, harmful=True, where=ledger.alone)
    if len(place) == 0:
        return
    name = TEST_NAMES[int(ledger.rng.integers(0, len(TEST_NAMES)))]
    number = test_number(plan, ledger)
    changes = [pl.lit(-1, dtype=pl.Int32).alias("_person")]
    if by_name:
        changes += [pl.lit(name).alias(c) for c in ("person_name", "head_name", "payee_name") if c in columns]
    else:
        key, *offices = ledger.feed.test_columns
        if ledger.rng.random() < 0.5 or not offices:
            changes.append((pl.lit(TEST_PREFIX) + pl.col(key)).alias(key))
        else:
            changes.append(pl.lit(TEST_TEXTS[offices[0]]).alias(offices[0]))
    column = number_column(ledger)
    if column == "certificate_no":
        changes.append(with_certificate_tail(number))
    elif column is not None:
        changes.append(pl.lit(number).alias(column))
    changes += [pl.lit(number).alias(c) for c in ("payee_id_no",) if c in columns]
    ledger.append(ledger.table[place].with_columns(changes), "D23", "quarantined", "test_row")


def authorisations(ledger: Ledger) -> None:
    """Reports whose authorisation had ended, or that name none: what the check centre sends as it is."""
    terms = ledger.feed.authorisation
    if terms is None or not len(ledger.table):
        return
    until, at = (_days(ledger, name) for name in (terms.until, terms.at))
    missing = ~ledger.filled(terms.number) | ~ledger.filled(terms.until)
    expired = ~missing & (until < at)
    ledger.note(np.flatnonzero(expired), terms.until, "D24", "quarantined", "authorisation_expired")
    ledger.note(np.flatnonzero(missing), terms.number, "D24", "quarantined", "authorisation_missing")
    ending = ~missing & (until == at)
    ledger.note(np.flatnonzero(ending), terms.until, "NEAR_LAST_DAY", "in_order")


def _days(ledger: Ledger, column: str) -> np.ndarray:
    dates = ledger.table[column].str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return np.array([day(d) if d else 0 for d in dates.to_list()])
