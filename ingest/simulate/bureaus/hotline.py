"""The hotline's work orders as a JSON document, sent on the day of the call and again when they are closed.

Its area codes are towns in the second code scheme, in which the same code may mean another town.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.daily import daily_deliveries, told_since
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.texts import labels, text_of
from ingest.simulate.ledgers.office_hours import NO_MOMENT, day_of, moment_texts
from ingest.simulate.ledgers.work_orders import FEED
from ingest.simulate.world.build import World
from warehouse import areas

_SUMMARIES = {
    "1": "反映家庭生活困难，希望得到帮助",
    "2": "咨询低保、特困申请条件和材料",
    "3": "咨询临时救助办理进度",
    "4": "咨询养老机构和老年助餐点",
    "5": "反映儿童照料问题",
    "6": "咨询残疾人两项补贴发放时间",
    "7": "咨询基本殡葬服务费减免",
    "8": "咨询婚姻登记预约",
    "9": "反映救助工作作风问题",
    "10": "其他民政事项咨询",
}
_OFFICES = {"4": "区民政局养老科", "5": "区民政局儿童福利科", "7": "区民政局社会事务科", "8": "区婚姻登记处"}
_TOWN_TOPICS = ("1", "2", "3")


def deliveries(weeks: list[int]) -> list[Delivery]:
    """The history once, then a day's calls and closings every morning."""
    return daily_deliveries(FEED, weeks, 20, "json", root="数据")


def rows_of(world: World, delivery: Delivery) -> pl.DataFrame:
    """The document's rows: the contract's columns as texts, with `_person` and `_household` of each row.

    An order shows what was known on the evening of the day: one that is closed later has no closing yet.
    """
    orders, persons, on = world.ledgers[FEED], world.persons, delivery.period_end
    since = told_since(world, delivery)
    called, closed = day_of(orders["called"].to_numpy()), day_of(orders["closed"].to_numpy())
    told = ((called >= since) & (called <= on)) | ((closed >= since) & (closed <= on) & (called <= on))
    orders, closed = orders.filter(pl.Series(told)), closed[told]
    is_closed = (orders["closed"].to_numpy() != NO_MOMENT) & (closed <= on)
    person = np.where(orders["has_number"].to_numpy(), orders["person"].to_numpy(), -1).astype(np.int32)
    topic = orders["topic"].to_list()
    rating = orders["satisfaction"].to_list()
    codes = {town.area_code: f"{town.alternative_code}000" for town in areas.towns()}
    names = {town.area_code: town.name for town in areas.towns()}
    offices = [
        f"{names[town]}人民政府"
        if t in _TOWN_TOPICS and "街道" not in names[town]
        else _OFFICES.get(t, "区民政局救助科")
        for t, town in zip(topic, orders["town"].to_list(), strict=True)
    ]
    return pl.DataFrame(
        {
            "order_id": orders["order"],
            "called_at": moment_texts(orders["called"].to_numpy()),
            "area_code": text_of([codes[town] for town in orders["town"].to_list()]),
            "topic_code": labels(FEED, "topic_code", np.array(topic, dtype=str)),
            "summary": text_of([_SUMMARIES[t] for t in topic]),
            "handling_org": text_of(offices),
            "closed_at": moment_texts(np.where(is_closed, orders["closed"].to_numpy(), NO_MOMENT)),
            "satisfaction_code": labels(
                FEED,
                "satisfaction_code",
                np.array(
                    [r if known and r != "0" else "" for r, known in zip(rating, is_closed, strict=True)], dtype=str
                ),
            ),
            "person_id_no": text_of(np.where(person >= 0, persons.id_no[np.maximum(person, 0)], "")),
            "_person": pl.Series(person),
            "_household": pl.Series(np.where(person >= 0, persons.household[np.maximum(person, 0)], -1)),
        }
    )
