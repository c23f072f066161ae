"""tmp"""
from __future__ import annotations
import polars as pl
from dataclasses import dataclass
from ingest.simulate.bureaus.calendar import Delivery
from ingest.simulate.bureaus.files import Layout
from ingest.simulate.world.build import World

LOG = {"defect": pl.String, "feed_id": pl.String, "file": pl.String, "row_number": pl.Int64, "column_name": pl.String,
       "outcome": pl.String, "expected_rule": pl.String, "id_no": pl.String, "household_no": pl.String}
@dataclass
class Plan:
    x: int = 0
def plan_defects(world: World) -> Plan:
    return Plan()
def damage(world, plan, delivery, table):
    return table.drop("_person","_household"), Layout(), pl.DataFrame(schema=LOG)
