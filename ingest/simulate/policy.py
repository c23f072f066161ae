"""Policy amounts as the simulated offices use them, by month; every number comes from `warehouse.parameters`."""

from __future__ import annotations

import functools
from datetime import date

from ingest.simulate.timeline import first_day, month, to_date
from warehouse import parameters


@functools.cache
def standard(programme_code: str, month_number: int, urban_rural_code: str = "", class_code: str = "") -> int:
    """The standard in effect on the first day of a month (fen per person and month)."""
    on = to_date(first_day(month_number))
    return int(parameters.standard(programme_code, on, urban_rural_code, class_code).amount_yuan * 100)


@functools.cache
def threshold(parameter_id: str, on: date) -> float:
    """A policy parameter on a day."""
    return float(parameters.parameter(parameter_id, on).value)


@functools.cache
def months_with_back_pay() -> frozenset[int]:
    """Months whose new standard was published after the pay list was made: paid at the old one, then made up.

    The standard of 2025-07 was published on 2025-07-09, when July's list was closed.
    """
    return frozenset({month(date(2025, 7, 1))})
