"""A small build whose tables agree: two towns, two villages each, three weeks; ready to be damaged.

In each village and week: 10 persons of DB, 3 of TK of whom one is in DB too (12 first layers: 9 + 3), 9 households of DB and
3 of TK, 11 counted once; every week one enters DB and one leaves it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.warehouse.small_lake import write_batch
from warehouse.contracts import load_feeds
from warehouse.database import open_candidate
from warehouse.inputs import Candidate, known_batches, write_inputs
from warehouse.journal import Verdict
from warehouse.paths import PROJECT, Home

AS_OF = date(2025, 11, 23)
SEEDS = ("area", "category", "rule", "age_band", "policy_parameters")
PERIODS = {
    "month": ("202509", "202510"),
    "quarter": ("2025Q3",),
    "week": ("20251102", "20251109", "20251116", "20251123"),
    "day": ("20251122", "20251123"),
    "halfyear": ("202510",),
}

DASHBOARD = """
create table pub_run as select date '{as_of}' as as_of_date, date '{as_of}' as week_end_date, 2025 as iso_year, 47 as iso_week,
  date '{as_of}' - 14 as first_week_end_date;
create temp table place as select date '{as_of}' - 7 * w.i::integer as week_end_date, v.parent_code as town_code,
  v.area_code as village_code, '2' as urban_rural_code from range(3) as w (i), (select * from area where level = 'village'
  and parent_code in ('500156001000', '500156101000') qualify row_number() over (partition by parent_code order by area_code) <= 2) as v;
create table pub_persons_by_week_village as select p.*, l.layer_code, '1' as sex_code, '60-69' as age_band_code,
  false as has_disability, l.n as persons_count from place as p, (values ('DB', 9), ('TK', 3)) as l (layer_code, n);
create table pub_layers_by_week_village as select p.*, l.layer_code, l.members as persons_count, l.n as primary_persons_count
  from place as p, (values ('DB', 10, 9), ('TK', 3, 3)) as l (layer_code, members, n);
create table pub_households_by_week_village as select p.*, l.layer_code, l.n as households_count
  from place as p, (values ('DB', 9), ('TK', 3), ('ALL', 11)) as l (layer_code, n);
create table pub_population_by_week_village as select p.*, 500 as registered_persons_count from place as p;
create table pub_flows_by_week_town as select distinct p.week_end_date, p.town_code, l.layer_code, l.n as opening_count,
  l.moved as entered_count, 0 as relocated_in_count, 0 as shifted_in_count, l.moved as exited_count, 0 as died_count,
  0 as left_district_count, 0 as relocated_out_count, 0 as shifted_out_count, l.n as closing_count
  from place as p, (values ('DB', 18, 1), ('TK', 6, 0), ('ALL', 24, 1)) as l (layer_code, n, moved);
create table pub_payments_by_month_town as select benefit_month, '' as town_code, programme_code,
  count(*)::integer as lines_count, count(*)::integer as success_lines_count, count(*)::integer as on_time_lines_count,
  0 as returned_lines_count, 0 as reversed_lines_count, sum(due_yuan)::decimal(14, 2) as due_yuan,
  sum(paid_yuan)::decimal(14, 2) as paid_yuan from warehouse.lake.finance__payments group by all;
create table pub_coverage_by_month_town as select date '2025-10-01' as benefit_month, '500156001000' as town_code,
  unnest(['C06', 'C07']) as metric_id, 8 as numerator, 10 as denominator;
create table pub_alerts_by_week_town as select date '{as_of}' as fired_week_end_date, '500156001000' as town_code, r.rule_id,
  r.direction, 'R' as severity, 'open' as status, false as is_overdue, 2 as alerts_count, 0.00::decimal(14, 2) as amount_yuan
  from (values ('A05', 'A'), ('B01', 'B')) as r (rule_id, direction);
create table pub_batches as select feed_id, period, batch_id from warehouse.lake.batches;
create table pub_feeds as select feed_id from warehouse.lake.feeds;
create table pub_refusals as select feed_id, message from warehouse.lake.refusals;
create table pub_quarantine_by_batch_rule as select * from warehouse.lake.quarantine_counts;
create table pub_benefit_standard as select '0101' as programme_code, '1' as urban_rural_code,
  date '2024-09-01' as valid_from_date, 735.00::decimal(14, 2) as amount_yuan, '' as document_no, false as verified;
create table pub_scorecard_by_month_bureau as select date '2025-10-01' as month, split_part(feed_id, '__', 1) as bureau,
  '局' as bureau_zh, feed_id, d.dimension_code, 99::decimal(18, 2) as numerator, 100::decimal(18, 2) as denominator
  from warehouse.lake.feeds, (values ('timeliness'), ('validity')) as d (dimension_code);
"""
CASEWORK = """
create table case_alerts as select rule_id || '-' || i as alert_id, rule_id, 'R' as severity, 'open' as status,
  md5(i::varchar) as person_key, '张*' as name_masked, '500156001000' as town_code, '' as detail
  from (values ('A05'), ('B01')) as r (rule_id), range(2) as n (i);
create table case_handback_items as select md5(feed_id) as item_id, feed_id, '51###9' as masked_value from warehouse.lake.feeds;
create table case_identity_proposals as select md5('s') as subject_key, md5('p') as person_key, '张*' as name_masked;
create table case_household_conflicts as select md5('p') as person_key, 'h1,h2' as household_ids;
"""


def write_build(home: Home, as_of: date = AS_OF, alter: str = "") -> Candidate:
    """A candidate with its three databases closed, not yet judged; `alter` is run on its dashboard first."""
    feeds = load_feeds()
    if not list(home.lake.glob("*")):
        for feed in feeds.values():
            for due in feed.due:
                # payments are due within their month, all else after its end
                periods = PERIODS[due.period] + (("202511",) if due.counted_from == "start" else ())
                for period in periods:
                    write_batch(home, feed, period, kind=due.kind, rows=60, quarantined=1)
            if not feed.due:
                write_batch(home, feed, PERIODS["day"][0], kind=feed.delivery[0], rows=60, quarantined=1)
    verdicts = {
        b.batch_id: Verdict(b.batch_id, b.feed_id, "", "", "admitted", (), 0) for b in known_batches(home, as_of)
    }
    candidate = write_inputs(home, feeds, as_of, verdicts)
    if candidate.has_receipt:
        return candidate
    connection = open_candidate(candidate.path / "warehouse.duckdb")
    for seed in SEEDS:
        path = PROJECT / "dbt_project" / "seeds" / f"{seed}.csv"
        connection.execute(f"create table {seed} as select * from read_csv('{path}', types = {_types(path)})")
    for name, statements in (("dashboard", DASHBOARD), ("casework", CASEWORK)):
        connection.execute(f"attach '{candidate.path / name}.duckdb' as {name}")
        connection.execute(f"use {name}")
        text = statements.format(as_of=as_of).replace("from area ", "from warehouse.main.area ")
        connection.execute(text + (alter if name == "dashboard" else ""))
    connection.close()
    return candidate


def _types(path: Path) -> str:
    """Codes are text, whatever they look like."""
    heads = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    kinds = {head: "BOOLEAN" if head in ("verified", "is_verified") else "VARCHAR" for head in heads}
    return "{" + ", ".join(f"'{head}': '{kind}'" for head, kind in kinds.items()) + "}"
