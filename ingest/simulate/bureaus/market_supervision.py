"""The market supervision bureau's enterprises with their shareholders, one JSON document a month."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.deliveries import Delivery, months_ended
from ingest.simulate.bureaus.documents import NUMBER_MARK
from ingest.simulate.bureaus.texts import dates, labels, money, text_of, where_known
from ingest.simulate.timeline import at, last_day, month_text
from ingest.simulate.world.build import World

FEED = "market_supervision__enterprises"
TEN_THOUSAND = 10_000


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The whole list on the sixth day of a month."""
    return [
        Delivery(FEED, month_text(m), 1, "full", last_day(m), at(last_day(m) + 6, 10, 50), "json", "utf-8")
        for m in months_ended(weeks)
    ]


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The rows: enterprise × shareholder, texts under the contract's columns; `_person` is the shareholder (-1: none)."""
    on, persons = delivery.period_end, world.persons
    held = world.ledgers[FEED].filter(pl.col("established") <= on)
    shareholder, head = held["shareholder"].to_numpy(), held["representative"].to_numpy()
    shared = shareholder >= 0
    of_shareholder = np.maximum(shareholder, 0)
    unit = np.where(held["in_ten_thousands"].to_numpy(), TEN_THOUSAND, 1)
    status = np.where(held["ended"].to_numpy() <= on, held["ended_code"].to_numpy(), "1")
    return pl.DataFrame(
        {
            "credit_code": held["credit_code"],
            "enterprise_name": held["name"],
            "enterprise_type_code": labels(FEED, "enterprise_type_code", held["type_code"].to_numpy().astype("<U1")),
            "representative_id_no": text_of(persons.id_no[head]),
            "person_id_no": where_known(text_of(persons.id_no[of_shareholder]), shared),
            "subscribed_yuan": _amounts(held["subscribed"].to_numpy() // unit, shared),
            "paid_in_yuan": _amounts(held["paid_in"].to_numpy() // unit, shared),
            "capital_unit": where_known(text_of(np.where(unit == TEN_THOUSAND, "万元", "元")), shared),
            "established_date": dates(held["established"].to_numpy()),
            "enterprise_status_code": labels(FEED, "enterprise_status_code", status.astype("<U1")),
            "business_scope": held["scope"],
            "_person": pl.Series(shareholder),
            "_household": pl.Series(np.where(shared, persons.household[of_shareholder], -1)),
        }
    )


def _amounts(fen: np.ndarray, known: np.ndarray) -> pl.Series:
    marks = pl.Series([NUMBER_MARK] * len(fen), dtype=pl.String)
    return where_known(marks + money(fen), known)
