"""A believable published build made of random persons, for tests of the app: real DuckDB files, exact schema.

Everything is aggregated from one table of person segments, so that flows, layers and weeks agree with each other.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars

from tests.app import world_deliveries

AS_OF = date(2025, 11, 23)
WEEKS = 105
MADE_AT = 1763943000  # 2025-11-24 08:10 in Shanghai
LAYERS = ["TK", "DB", "FP", "DBB", "GX", "QT"]
LAYER_SHARES = [0.11, 0.57, 0.10, 0.09, 0.03, 0.10]
BANDS = ["0-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80+"]
BAND_SHARES = [0.07, 0.09, 0.04, 0.05, 0.09, 0.17, 0.2, 0.2, 0.09]
GX_START_WEEK = 76
SEGMENT = [
    "person", "household", "town_code", "village_code", "urban_rural_code", "layer_code", "extra_layer", "sex_code",
    "age_band_code", "has_disability", "from_week", "to_week", "came", "went",
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One village of the invented district with its town and kind of settlement."""

    town_code: str
    village_code: str
    urban_rural_code: str
    registered_persons: int


def invented_places(areas: list[tuple[str, list[str]]], persons: int, seed: int = 7) -> list[Place]:
    """Villages with registered populations whose towns are heavy-tailed; `areas` is (town code, village codes)."""
    dice = random.Random(seed)
    weights = [1 / (1 + rank) ** 0.6 * dice.uniform(0.8, 1.25) for rank in range(len(areas))]
    places = []
    for (town, villages), weight in zip(areas, weights, strict=True):
        share = persons * weight / sum(weights) / len(villages)
        for number, village in enumerate(villages):
            count = round(share * dice.uniform(0.7, 1.3))
            places.append(Place(town, village, "1" if number % 5 == 0 else "2", count))
    return places


def make_build(root: Path, places: list[Place], seed: int = 7, build_id: str = "b-20251123-0a1b2c3d") -> Path:
    """Writes one build folder under `root`/builds and points published/current at it.

    Returns: the build folder.
    """
    build = root / "builds" / build_id
    build.mkdir(parents=True, exist_ok=True)
    dashboard = build / "dashboard.duckdb"
    dashboard.unlink(missing_ok=True)
    connection = duckdb.connect(str(dashboard))
    write_persons(connection, places, seed)
    world_deliveries.write_money_and_alerts(connection, sorted({p.town_code for p in places}), seed)
    world_deliveries.write_deliveries(connection, seed)
    connection.close()
    casework = build / "casework.duckdb"
    casework.unlink(missing_ok=True)
    connection = duckdb.connect(str(casework))
    world_deliveries.write_cases(connection, seed)
    connection.close()
    gate = world_deliveries.gate(build_id)
    (build / "gate.json").write_text(json.dumps(gate, ensure_ascii=False, indent=1))
    receipt = build / "receipt.json"
    receipt.write_text(json.dumps(world_deliveries.receipt(build_id, AS_OF)))
    os.utime(receipt, (MADE_AT, MADE_AT))
    published = root / "published"
    published.mkdir(parents=True, exist_ok=True)
    link = published / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("..") / "builds" / build_id)
    return build


def write_persons(connection: duckdb.DuckDBPyConnection, places: list[Place], seed: int) -> None:
    """Tables of people, households, population and flows, all from one table of segments."""
    dice = random.Random(seed)
    segments: list[tuple] = []
    person = 0
    for place in places:
        low = round(place.registered_persons * dice.uniform(0.035, 0.075))
        for _ in range(low):
            person += 1
            segments += person_segments(dice, person, place, places)
    frames = {
        "segment": polars.DataFrame(segments, schema=SEGMENT, orient="row"),
        "place": polars.DataFrame([asdict(place) for place in places]).rename(
            {"urban_rural_code": "ur", "registered_persons": "registered"}
        ),
    }
    for name, frame in frames.items():
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"create table {name} as select * from incoming")
        connection.unregister("incoming")
    first = AS_OF - timedelta(weeks=WEEKS - 1)
    connection.execute(
        "create table week as select range::integer as week,"
        f" (date '{first}' + (range * 7)::integer)::date as week_end_date from range({WEEKS})"
    )
    connection.execute(PEOPLE)
    connection.execute("drop table segment; drop table place; drop table week")


def person_segments(dice: random.Random, person: int, place: Place, places: list[Place]) -> list[tuple]:
    """One or two consecutive segments of a person: a start, perhaps a change of layer or village, perhaps an end."""
    layer = dice.choices(LAYERS, LAYER_SHARES)[0]
    extra = "FP" if layer in ("TK", "DB") and dice.random() < 0.09 else ""
    start = -1 if dice.random() < 0.78 else dice.randint(1, WEEKS - 1)
    if layer == "GX":
        start = max(GX_START_WEEK, start) if dice.random() < 0.9 else dice.randint(GX_START_WEEK, WEEKS - 1)
    came = "open" if start < 0 else "entered"
    stop, went = WEEKS, "still"
    if dice.random() < 0.16 and start < WEEKS - 6:
        stop = dice.randint(max(start, 0) + 2, WEEKS)
        went = dice.choices(["exited", "died", "left_district"], [0.62, 0.3, 0.08])[0] if stop < WEEKS else "still"
    static = (dice.choice("12"), dice.choices(BANDS, BAND_SHARES)[0], dice.random() < 0.22)
    household = person - person % 2
    place_of = (place.town_code, place.village_code, place.urban_rural_code)
    chance = dice.random()
    if chance < 0.05 and stop - max(start, 0) > 4:
        middle = dice.randint(max(start, 0) + 1, stop - 1)
        other_layer, other_place, how = layer, place_of, "relocated"
        if chance < 0.03:
            other_layer, how = ("DB" if layer != "DB" else "DBB"), "shifted"
        else:
            other = dice.choice(places)
            other_place = (other.town_code, other.village_code, other.urban_rural_code)
            how = "relocated" if other.town_code != place.town_code else "moved_within"
        return [
            (person, household, *place_of, layer, extra, *static, start, middle, came, how),
            (person, household, *other_place, other_layer, "", *static, middle, stop, how, went),
        ]
    return [(person, household, *place_of, layer, extra, *static, start, stop, came, went)]


PEOPLE = """
create table pub_run as select date '2025-11-23' as as_of_date, max(week_end_date) as week_end_date,
    2025 as iso_year, 47 as iso_week, min(week_end_date) as first_week_end_date from week;
create table living as select week.week_end_date, segment.* from week
    join segment on week.week >= segment.from_week and week.week < segment.to_week;
create table pub_persons_by_week_village as select week_end_date, town_code, village_code, urban_rural_code, layer_code,
    sex_code, age_band_code, has_disability, count(*) as persons_count from living group by all;
create table pub_layers_by_week_village as select week_end_date, town_code, village_code, urban_rural_code, layer_code,
    count(*) as persons_count, count(*) filter (is_primary) as primary_persons_count
    from (select *, true as is_primary from living union all by name
          select * replace (extra_layer as layer_code), false as is_primary from living where extra_layer <> '')
    group by all;
create table pub_households_by_week_village as
    select week_end_date, town_code, village_code, urban_rural_code, layer_code, count(distinct household) as households_count
    from living group by all
    union all select week_end_date, town_code, village_code, urban_rural_code, 'ALL', count(distinct household)
    from living group by all;
create table pub_population_by_week_village as select week_end_date, town_code, village_code, ur as urban_rural_code,
    round(registered * (1 - week.week * 0.00002))::bigint as registered_persons_count from week cross join place;
create table event as
    select from_week as week, town_code, layer_code, came as what, 1 as sign from segment where from_week >= 0
    union all select to_week, town_code, layer_code, went, -1 from segment where to_week <= 104;
create table flow as
    select week, town_code, layer_code, what, sign, count(*) as n from event where what <> 'moved_within' group by all
    union all
    select week, town_code, 'ALL', what, sign, count(*) as n from event
    where what not in ('moved_within', 'shifted') group by all;
create table closing as
    select week_end_date, town_code, layer_code, count(*) as n from living group by all
    union all select week_end_date, town_code, 'ALL', count(*) from living group by all;
create table frame as select week.week, week.week_end_date, t.town_code, l.layer_code from week
    cross join (select distinct town_code from place) as t
    cross join (select unnest(['ALL', 'TK', 'DB', 'FP', 'DBB', 'GX', 'QT']) as layer_code) as l;
create table pub_flows_by_week_town as
with gathered as (
    select frame.week_end_date, frame.week, frame.town_code, frame.layer_code,
        coalesce(sum(flow.n) filter (what = 'entered'), 0) as entered_count,
        coalesce(sum(flow.n) filter (what = 'relocated' and sign = 1), 0) as relocated_in_count,
        coalesce(sum(flow.n) filter (what = 'shifted' and sign = 1), 0) as shifted_in_count,
        coalesce(sum(flow.n) filter (what = 'exited'), 0) as exited_count,
        coalesce(sum(flow.n) filter (what = 'died'), 0) as died_count,
        coalesce(sum(flow.n) filter (what = 'left_district'), 0) as left_district_count,
        coalesce(sum(flow.n) filter (what = 'relocated' and sign = -1), 0) as relocated_out_count,
        coalesce(sum(flow.n) filter (what = 'shifted' and sign = -1), 0) as shifted_out_count
    from frame left join flow using (week, town_code, layer_code) group by all)
select week_end_date, town_code, layer_code,
    coalesce(closing.n, 0) - entered_count - relocated_in_count - shifted_in_count + exited_count + died_count
        + left_district_count + relocated_out_count + shifted_out_count as opening_count,
    entered_count, relocated_in_count, shifted_in_count, exited_count, died_count, left_district_count,
    relocated_out_count, shifted_out_count, coalesce(closing.n, 0) as closing_count
from gathered left join closing using (week_end_date, town_code, layer_code);
drop table living; drop table event; drop table flow; drop table closing; drop table frame;
"""
