"""The assistance system's steps of applications, as JSON lines, each on the day it ended."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs import household_numbers
from ingest.simulate.bureaus.daily import daily_deliveries, told_since
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import labels, text_of
from ingest.simulate.ledgers.applications import EMERGENCY
from ingest.simulate.ledgers.office_hours import day_of, moment_texts
from ingest.simulate.world.build import World
from warehouse import areas

FEED = "civil_affairs__case_events"
_ITEMS = {
    "DB": "最低生活保障",
    "DB1": "单人户低保",
    "TK": "特困人员救助供养",
    "DBB": "低保边缘家庭认定",
    "GX": "刚性支出困难家庭认定",
    "QT": "其他困难人员认定",
    "OR": "孤儿基本生活保障",
    "DF": "事实无人抚养儿童保障",
    EMERGENCY: "临时救助",
}
_BUREAU_STEPS = {
    "CONFIRM": "区民政局社会救助科",
    "REJECT": "区民政局社会救助科",
    "CHECK_REQ": "区社会救助家庭经济状况核对中心",
    "CHECK_RPT": "区社会救助家庭经济状况核对中心",
    "PAY": "区财政局",
}


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The history once, then a day's steps every morning."""
    return daily_deliveries(FEED, weeks, 5, "jsonl")


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The file's rows: the contract's columns as texts, with `_person` and `_household` of each row."""
    steps = world.ledgers[FEED]
    ended = day_of(steps["ended"].to_numpy())
    steps = steps.filter(pl.Series((ended >= told_since(world, delivery)) & (ended <= delivery.period_end)))
    persons = world.persons
    person = steps["person"].to_numpy()
    village = persons.village[person]
    codes = np.array([v.area_code for v in persons.villages])
    offices = np.array([f"{town_name(v.area_code)}社会救助岗" for v in persons.villages])
    node = steps["node"].to_list()
    handlers = [_BUREAU_STEPS.get(n, office) for n, office in zip(node, offices[village].tolist(), strict=True)]
    return pl.DataFrame(
        {
            "case_id_civil_affairs": steps["case"],
            "node_code": labels(FEED, "node_code", np.array(node, dtype=np.str_)),
            "started_at": moment_texts(steps["started"].to_numpy()),
            "ended_at": moment_texts(steps["ended"].to_numpy()),
            "handler_org": text_of(handlers),
            "area_code": text_of(codes[village]),
            "result_code": labels(FEED, "result_code", np.array(steps["result"].to_list(), dtype=np.str_)),
            "channel_code": labels(FEED, "channel_code", np.array(steps["channel"].to_list(), dtype=np.str_)),
            "items": text_of([_ITEMS[category] for category in steps["category"].to_list()]),
            "person_id_no": text_of(persons.id_no[person]),
            "household_id_civil_affairs": household_numbers(steps["household"].to_numpy()),
            "_person": pl.Series(person),
            "_household": pl.Series(persons.household[person]),
        }
    )


def town_name(area_code: str) -> str:
    """The name of the town in which a village lies."""
    wanted = areas.town_of(area_code)
    return next(town.name for town in areas.towns() if town.area_code == wanted)
