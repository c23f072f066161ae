"""The civil affairs offices' and towns' monthly returns on the work plan's items, in one workbook."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import text_of
from ingest.simulate.ledgers.indicator_returns import FEED
from ingest.simulate.timeline import at, last_day, month, month_text, to_date
from ingest.simulate.world.build import World


def deliveries(weeks: list[int]) -> list[Delivery]:
    """All returns once a month."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 4, 17, 0), "xlsx")
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The workbook's rows: the contract's columns as texts; `_person` and `_household` are -1, nobody's."""
    returns = world.ledgers[FEED].filter(pl.col("month") == month(to_date(delivery.period_end)))
    nobody = pl.Series(np.full(len(returns), -1, dtype=np.int32))
    return pl.DataFrame(
        {
            "report_month": text_of([f"{delivery.period[:4]}-{delivery.period[4:]}"] * len(returns)),
            "item_no": text_of([f"{NUMBER_MARK}{item}" for item in returns["item"].to_list()]),
            "indicator_code": returns["code"],
            "numerator_quantity": text_of([_quantity(value) for value in returns["numerator"].to_list()]),
            "denominator_quantity": text_of([_quantity(value) for value in returns["denominator"].to_list()]),
            "unit": returns["unit"],
            "area_code": returns["area"],
            "reporting_org": returns["org"],
            "reporter_name": returns["reporter"],
            "evidence_file": returns["evidence"],
            "_person": nobody,
            "_household": nobody,
        }
    )


def _quantity(value: float | None) -> str:
    if value is None:
        return ""
    return f"{NUMBER_MARK}{int(value)}" if value == int(value) else f"{NUMBER_MARK}{value:.2f}"
