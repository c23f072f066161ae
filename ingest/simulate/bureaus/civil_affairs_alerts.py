"""The officers' worklist: what was done about each alert, as JSON lines, day by day."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs_cases import town_name
from ingest.simulate.bureaus.daily import daily_deliveries, told_since
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import labels, text_of
from ingest.simulate.ledgers.alert_handling import FEED
from ingest.simulate.ledgers.office_hours import day_of, moment_texts
from ingest.simulate.world.build import World

_BUREAU_EVENTS = ("DISPATCH", "CLOSE")
_ROLES = {
    "DISPATCH": "区社会救助科",
    "SIGN": "社会救助岗",
    "VISIT": "社会救助协理员",
    "VERIFY": "社会救助岗",
    "FOLLOWUP": "社会救助协理员",
    "CLOSE": "区社会救助科",
}


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The history once, then a day's events every morning."""
    return daily_deliveries(FEED, weeks, 35, "jsonl")


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    events, persons = world.ledgers[FEED], world.persons
    on = day_of(events["at"].to_numpy())
    events = events.filter(pl.Series((on >= told_since(world, delivery)) & (on <= delivery.period_end)))
    person = events["person"].to_numpy()
    offices = np.array([f"{town_name(v.area_code)}社会救助岗" for v in persons.villages])[persons.village[person]]
    names = events["event"].to_list()
    orgs = [
        "区民政局社会救助科" if name in _BUREAU_EVENTS else office for name, office in zip(names, offices, strict=True)
    ]
    return pl.DataFrame(
        {
            "alert_id": events["alert"],
            "event_code": text_of(names),
            "happened_at": moment_texts(events["at"].to_numpy()),
            "handler_org": text_of(orgs),
            "officer_role": text_of([_ROLES[name] for name in names]),
            "verification_code": labels(FEED, "verification_code", np.array(events["result"].to_list(), dtype=str)),
            "reason_code": text_of(events["reason"].to_list()),
            "next_benefit": text_of(events["benefit"].to_list()),
            "rule_id": events["rule"],
            "person_id_no": text_of(persons.id_no[person]),
            "evidence_month": events["month"].dt.strftime("%Y-%m").fill_null(""),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )
