"""Damages one delivery: what is natural, lasting wrong numbers, then cells, rows too many, the file's shape and faults."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import Layout
from ingest.simulate.defects import amounts, areas, attempts, codes, dates, layouts, names, numbers, rows
from ingest.simulate.defects.ledger import LOG_COLUMNS, Ledger
from ingest.simulate.defects.near_misses import natural_features
from ingest.simulate.defects.plan import Plan
from ingest.simulate.world.build import World

PART_SHARE = 0.4
UNKNOWN_CODES_SHARE = 0.05
UNKNOWN_CODES_LEAST = 3


def damage(
    world: World, plan: Plan, delivery: Delivery, table: pl.DataFrame
) -> tuple[pl.DataFrame, Layout, pl.DataFrame]:
    """The table as the bureau writes it, the file's shape, and the list of damage.

    The same delivery of the same world is always damaged alike. Of a file that is refused only that is listed.
    """
    ledger = Ledger(world, delivery, table, plan.protected)
    if delivery.fault in ("half", "part"):
        _cut(ledger)
    rows.authorisations(ledger)
    natural_features(ledger)
    numbers.lasting_numbers(ledger, plan)
    numbers.later_numbers(ledger, plan)
    numbers.through_a_spreadsheet(ledger)
    names.lasting_contradictions(ledger, plan.others.get(delivery.feed_id, {}))
    _cells(ledger)
    rows.second_listings(ledger, plan)
    rows.copies(ledger)
    rows.test_rows(ledger, plan)
    if delivery.fault == "codes":
        _many_unknown_codes(ledger)
    layout = layouts.choose_layout(ledger)
    layouts.spoil(ledger, layout)
    listed = ledger.listed(1 if delivery.form in ("jsonl", "json") else layout.first_row)
    if delivery.fault in attempts.REFUSED:
        listed = listed.filter(pl.col("outcome") == "refused")
    written = ledger.table.drop("_person", "_household")
    return written, layout, listed.select(list(LOG_COLUMNS))


def _cells(ledger: Ledger) -> None:
    """Everything that the file's columns allow; what sends rows to quarantine comes first."""
    shifted = amounts.shifted_column(ledger)
    dates.unreadable_dates(ledger)
    amounts.negative_amounts(ledger)
    codes.unknown_codes(ledger)
    dates.swapped_dates(ledger)
    dates.wrong_order(ledger)
    dates.future_dates(ledger)
    amounts.unseen_units(ledger)
    numbers.other_numbers(ledger)
    for column in ledger.feed.columns:
        if column.name not in ledger.table.columns or column.name in shifted or not column.keep:
            continue
        if column.logical_type in ("date", "timestamp"):
            dates.date_forms(ledger, column)
        elif column.role == "yuan":
            amounts.amount_forms(ledger, column)
        elif column.role == "square_metres":
            amounts.area_forms(ledger, column)
        elif column.role == "area_code":
            areas.places(ledger, column)
            areas.old_county_codes(ledger, column)
        elif column.role == "credit_code":
            codes.credit_codes(ledger, column)
        elif column.role == "account_no":
            codes.scientific_accounts(ledger, column)
        elif column.role == "person_name" and column.name != "head_name":
            names.odd_names(ledger, column)
            names.name_forms(ledger, column)
        elif column.codes:
            codes.code_forms(ledger, column)


def _cut(ledger: Ledger) -> None:
    """Only a part of the rows: the extract broke off, or the bureau sends again what it has corrected."""
    kept = int(len(ledger.table) * PART_SHARE)
    ledger.cut_to(np.arange(kept))


def _many_unknown_codes(ledger: Ledger) -> None:
    """Another bureau's code list: more than one row in a hundred."""
    column = next(c for c in ledger.feed.columns if c.codes and c.required and c.logical_type != "boolean")
    wanted = max(UNKNOWN_CODES_LEAST, int(UNKNOWN_CODES_SHARE * len(ledger.table)))
    places = np.flatnonzero(ledger.filled(column.name))[:wanted]
    ledger.put(column.name, places, [codes.UNKNOWN] * len(places))
