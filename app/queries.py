"""The only SQL of the pages: reads the published build's aggregates, within a scope of towns.

Every query takes the build's folder, the scope and what the reader chose, binds them as parameters and is cached on
all of them. Ratios are made here, after aggregation, from numerators and denominators; nothing is ever averaged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars
import streamlit as st

from warehouse.database import open_published

YEAR = timedelta(weeks=52)
WEEK = timedelta(weeks=1)
MATRIX_WEEKS = 13


@dataclass(frozen=True)
class Selection:
    """What the reader chose; an empty value means all. Towns and villages by 12-digit code."""

    week: date
    town: str = ""
    village: str = ""
    layers: tuple[str, ...] = ()
    settlement: str = ""
    sex: str = ""
    ages: tuple[str, ...] = ()

    @property
    def is_by_person(self) -> bool:
        """Whether a feature of persons is chosen that flows, layers with overlap and households don't carry."""
        return bool(self.sex or self.ages)

    def of_towns_only(self) -> Selection:
        """The same week and town without the choices that only tables of persons carry."""
        return Selection(week=self.week, town=self.town)


PLACE = """town_code in (select unnest($scope::varchar[])) and ($town = '' or town_code = $town)"""
VILLAGE = (
    PLACE
    + """ and ($village = '' or village_code = $village)
    and ($settlement = '' or urban_rural_code = $settlement)"""
)
LAYER = "(len($layers::varchar[]) = 0 or layer_code in (select unnest($layers::varchar[])))"
PERSON = f"""{VILLAGE} and {LAYER} and ($sex = '' or sex_code = $sex)
    and (len($ages::varchar[]) = 0 or age_band_code in (select unnest($ages::varchar[])))"""


@st.cache_resource(max_entries=4, show_spinner=False, on_release=lambda connection: connection.close())
def open_once(path: str) -> Any:
    """One read-only connection per published file; queries take a cursor of it."""
    return open_published(Path(path))


def ask(build: str, sql: str, values: dict[str, Any], database: str = "dashboard.duckdb") -> polars.DataFrame:
    """Runs one statement with bound values; only the parameters that it names are passed on."""
    named = {key: value for key, value in values.items() if f"${key}" in sql}
    cursor = open_once(str(Path(build) / database)).cursor()
    return cursor.execute(sql, named).pl()


def chosen(scope: tuple[str, ...], selection: Selection) -> dict[str, Any]:
    """The bound values that the place and person conditions name."""
    return {
        "scope": list(scope),
        "week": selection.week,
        "town": selection.town,
        "village": selection.village,
        "layers": list(selection.layers),
        "settlement": selection.settlement,
        "sex": selection.sex,
        "ages": list(selection.ages),
    }


cached = st.cache_data(max_entries=256, show_spinner=False)


def total(frame: polars.DataFrame, column: str) -> int:
    """The sum of a column of counts; 0 for an empty frame."""
    return int(frame[column].sum())


@cached
def run(build: str) -> dict[str, Any]:
    """The build's as-of date, its weeks (Sundays, newest first) and the towns that have data."""
    as_of = ask(build, "select as_of_date from pub_run", {}).item()
    weeks = ask(build, "select distinct week_end_date from pub_flows_by_week_town order by 1 desc", {})
    towns = ask(build, "select distinct town_code from pub_population_by_week_village order by 1", {})
    return {"as_of": as_of, "weeks": tuple(weeks["week_end_date"]), "towns": tuple(towns["town_code"])}


@cached
def people_by_week(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per week: persons_count, registered_persons_count, share (of the registered in the same places)."""
    sql = f"""
        with people as (select week_end_date, sum(persons_count)::bigint as persons_count
                from pub_persons_by_week_village where {PERSON} group by 1),
            registered as (select week_end_date, sum(registered_persons_count)::bigint as registered_persons_count
                from pub_population_by_week_village where {VILLAGE} group by 1)
        select week_end_date, coalesce(persons_count, 0) as persons_count, registered_persons_count
        from registered left join people using (week_end_date) order by 1"""
    frame = ask(build, sql, chosen(scope, selection))
    return with_ratio(frame, "persons_count", "registered_persons_count", "share")


@cached
def people_by_area(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per town, or per village when a town is chosen, at the chosen week.

    Columns: area_code, persons_count, before_count (a week earlier), year_ago_count, net_count,
    registered_persons_count, share.
    """
    area = "village_code" if selection.town else "town_code"
    selection = replace(selection, village="")
    sql = f"""
        with people as (select {area} as area_code,
                sum(persons_count) filter (week_end_date = $week)::bigint as persons_count,
                sum(persons_count) filter (week_end_date = $before)::bigint as before_count,
                sum(persons_count) filter (week_end_date = $year_ago)::bigint as year_ago_count
            from pub_persons_by_week_village
            where week_end_date in ($week, $before, $year_ago) and {PERSON} group by 1),
        registered as (select {area} as area_code,
                sum(registered_persons_count)::bigint as registered_persons_count
            from pub_population_by_week_village where week_end_date = $week and {VILLAGE} group by 1)
        select area_code, coalesce(persons_count, 0) as persons_count, coalesce(before_count, 0) as before_count,
            coalesce(year_ago_count, 0) as year_ago_count, registered_persons_count
        from registered left join people using (area_code) order by area_code"""
    values = chosen(scope, selection) | {"before": selection.week - WEEK, "year_ago": selection.week - YEAR}
    frame = ask(build, sql, values)
    frame = frame.with_columns((polars.col("persons_count") - polars.col("before_count")).alias("net_count"))
    return with_ratio(frame, "persons_count", "registered_persons_count", "share")


@cached
def people_by_town_and_week(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per town and week of the 53 weeks up to the chosen one: persons_count."""
    sql = f"""
        select town_code, week_end_date, sum(persons_count)::bigint as persons_count from pub_persons_by_week_village
        where week_end_date between $year_ago and $week and {PERSON} group by all order by all"""
    values = chosen(scope, replace(selection, town="", village="")) | {"year_ago": selection.week - YEAR}
    return ask(build, sql, values)


@cached
def people_by_age_and_sex(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per age band and sex at the chosen week: persons_count."""
    sql = f"""
        select age_band_code, sex_code, sum(persons_count)::bigint as persons_count from pub_persons_by_week_village
        where week_end_date = $week and {PERSON} group by all order by all"""
    return ask(build, sql, chosen(scope, selection))


@cached
def people_by_layer(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per layer: persons_count (with overlap), primary_persons_count, overlap_count.

    With a sex or an age chosen the overlap isn't known: persons_count is then the primary count, overlap_count 0.
    """
    if selection.is_by_person:
        sql = f"""
            select layer_code, sum(persons_count)::bigint as persons_count,
                sum(persons_count)::bigint as primary_persons_count
            from pub_persons_by_week_village where week_end_date = $week and {PERSON} group by 1"""
    else:
        sql = f"""
            select layer_code, sum(persons_count)::bigint as persons_count,
                sum(primary_persons_count)::bigint as primary_persons_count
            from pub_layers_by_week_village where week_end_date = $week and {VILLAGE} and {LAYER} group by 1"""
    frame = ask(build, sql, chosen(scope, selection))
    return frame.with_columns(
        (polars.col("persons_count") - polars.col("primary_persons_count")).alias("overlap_count")
    )


@cached
def households(build: str, scope: tuple[str, ...], selection: Selection) -> int:
    """De-duplicated households of the chosen place at the chosen week."""
    sql = f"""
        select coalesce(sum(households_count), 0)::bigint from pub_households_by_week_village
        where week_end_date = $week and layer_code = 'ALL' and {VILLAGE}"""
    return ask(build, sql, chosen(scope, selection)).item()


@cached
def flows(build: str, scope: tuple[str, ...], selection: Selection) -> dict[str, int]:
    """The flow identity of the chosen towns and layers in the chosen week, one number per part.

    Moves between towns of one selection cancel, so they are given net of each other when no town is chosen.
    """
    parts = [
        "opening_count",
        "entered_count",
        "relocated_in_count",
        "shifted_in_count",
        "exited_count",
        "died_count",
        "left_district_count",
        "relocated_out_count",
        "shifted_out_count",
        "closing_count",
    ]
    sums = ", ".join(f"coalesce(sum({part}), 0)::bigint as {part}" for part in parts)
    sql = f"""
        select {sums} from pub_flows_by_week_town where week_end_date = $week and {PLACE}
            and (case when len($layers::varchar[]) = 0 then layer_code = 'ALL' else {LAYER} and layer_code <> 'ALL' end)"""
    return ask(build, sql, chosen(scope, selection)).row(0, named=True)


@cached
def alerts(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per rule, severity, status and fired week up to the chosen week, of the alerts still open at the as-of
    date: direction, town_code, is_overdue, alerts_count, amount_yuan."""
    sql = f"""
        select fired_week_end_date, town_code, rule_id, direction, severity, status, is_overdue,
            sum(alerts_count)::bigint as alerts_count, sum(amount_yuan)::double as amount_yuan
        from pub_alerts_by_week_town where fired_week_end_date <= $week and {PLACE} group by all order by all"""
    return ask(build, sql, chosen(scope, selection))


@cached
def alert_due_dates(build: str, scope: tuple[str, ...], week: date) -> dict[str, date]:
    """The earliest date that is still to come by which an open alert of each rule must be dealt with."""
    sql = """
        select rule_id, min(due_date) as due_date from case_alerts
        where status = 'open' and due_date > $week and town_code in (select unnest($scope::varchar[])) group by 1"""
    frame = ask(build, sql, {"scope": list(scope), "week": week}, database="casework.duckdb")
    return dict(frame.iter_rows())


@cached
def payments_by_month(build: str, scope: tuple[str, ...], selection: Selection) -> polars.DataFrame:
    """One row per month up to the chosen week's: lines, on time, returned, paid_yuan, on_time_rate (by lines)."""
    sql = f"""
        select benefit_month, sum(lines_count)::bigint as lines_count, sum(on_time_lines_count)::bigint as on_time_lines_count,
            sum(returned_lines_count)::bigint as returned_lines_count, sum(paid_yuan)::double as paid_yuan
        from pub_payments_by_month_town where benefit_month <= $week and {PLACE} group by 1 order by 1"""
    frame = ask(build, sql, chosen(scope, selection))
    return with_ratio(frame, "on_time_lines_count", "lines_count", "on_time_rate")


@cached
def payments_by_town(build: str, scope: tuple[str, ...], month: date) -> polars.DataFrame:
    """One row per town in one month: paid_yuan."""
    sql = """
        select town_code as area_code, sum(paid_yuan)::double as paid_yuan from pub_payments_by_month_town
        where benefit_month = $month and town_code in (select unnest($scope::varchar[])) group by 1 order by 1"""
    return ask(build, sql, {"scope": list(scope), "month": month})


@cached
def coverage_by_month(
    build: str, scope: tuple[str, ...], selection: Selection, names: tuple[str, ...]
) -> polars.DataFrame:
    """One row per month: numerator, denominator, coverage of the metric known by one of `names`."""
    sql = f"""
        select benefit_month, sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator
        from pub_coverage_by_month_town where benefit_month <= $week and {PLACE}
            and metric_id in (select unnest($names::varchar[])) group by 1 order by 1"""
    frame = ask(build, sql, chosen(scope, selection) | {"names": list(names)})
    return with_ratio(frame, "numerator", "denominator", "coverage")


@cached
def coverage_by_town(build: str, scope: tuple[str, ...], month: date, names: tuple[str, ...]) -> polars.DataFrame:
    """One row per town in one month: numerator, denominator, coverage."""
    sql = """
        select town_code as area_code, sum(numerator)::bigint as numerator, sum(denominator)::bigint as denominator
        from pub_coverage_by_month_town where benefit_month = $month
            and town_code in (select unnest($scope::varchar[])) and metric_id in (select unnest($names::varchar[]))
        group by 1 order by 1"""
    frame = ask(build, sql, {"names": list(names), "scope": list(scope), "month": month})
    return with_ratio(frame, "numerator", "denominator", "coverage")


@cached
def standards(build: str, programmes: tuple[str, ...]) -> polars.DataFrame:
    """The benefit standards of some programmes by date of effect: amount_yuan, document_no, verified."""
    sql = """
        select valid_from_date, programme_code, amount_yuan::double as amount_yuan, document_no, verified
        from pub_benefit_standard where programme_code in (select unnest($programmes::varchar[])) order by 1, 2"""
    return ask(build, sql, {"programmes": list(programmes)})


@cached
def feeds(build: str) -> polars.DataFrame:
    """One row per feed, the first-priority ones first, with its last delivery and whether it is late."""
    return ask(build, "select * from pub_feeds order by priority, feed_code", {})


@cached
def batches(build: str) -> polars.DataFrame:
    """One row per batch of every feed, newest first; a batch whose sending wasn't dated counts to its period's end."""
    sql = """
        select * replace (coalesce(sent_at, period_end_date::timestamp) as sent_at) from pub_batches
        order by period_end_date desc, batch_no desc, feed_id"""
    return ask(build, sql, {})


@cached
def rows_by_feed(build: str) -> polars.DataFrame:
    """One row per feed over the batches in force: rows read, accepted, quarantined, residual, accepted_share."""
    sql = """
        select feed_id, count(*) as batches_count, sum(rows_read_count)::bigint as rows_read_count,
            sum(rows_accepted_count)::bigint as rows_accepted_count,
            sum(rows_quarantined_count)::bigint as rows_quarantined_count,
            (sum(rows_read_count) - sum(rows_accepted_count) - sum(rows_quarantined_count))::bigint as residual_count
        from pub_batches where is_in_force group by 1 order by 1"""
    return with_ratio(ask(build, sql, {}), "rows_accepted_count", "rows_read_count", "accepted_share")


@cached
def quarantine_by_rule(build: str) -> polars.DataFrame:
    """One row per quarantine rule over the batches in force: severity, rows_count, feeds_count; largest first."""
    sql = """
        select rule, severity, sum(rows_count)::bigint as rows_count, count(distinct q.feed_id) as feeds_count
        from pub_quarantine_by_batch_rule as q join pub_batches as b on b.batch_id = q.batch_id and b.feed_id = q.feed_id
        where b.is_in_force group by all order by rows_count desc, rule"""
    return ask(build, sql, {})


@cached
def refusals(build: str) -> polars.DataFrame:
    """One row per refused file, newest first."""
    return ask(build, "select * from pub_refusals order by sent_at desc, file_name", {})


@cached
def score_months(build: str) -> tuple[date, ...]:
    """The months that the scorecard knows, newest first."""
    frame = ask(build, "select distinct month from pub_scorecard_by_month_bureau order by 1 desc", {})
    return tuple(frame["month"])


@cached
def scorecard(build: str, month: date) -> polars.DataFrame:
    """One row per bureau in a month, worst first: bureau, bureau_zh, a ratio per dimension, score (their mean)."""
    sql = """
        select bureau, bureau_zh, dimension_code, sum(numerator)::double as numerator,
            sum(denominator)::double as denominator
        from pub_scorecard_by_month_bureau where month = $month group by all order by all"""
    return _scored(ask(build, sql, {"month": month}), ["bureau", "bureau_zh"]).sort("score", "bureau", nulls_last=True)


@cached
def score_by_month(build: str) -> polars.DataFrame:
    """One row per month over all bureaus: a ratio per dimension, score (their mean)."""
    sql = """
        select month, dimension_code, sum(numerator)::double as numerator, sum(denominator)::double as denominator
        from pub_scorecard_by_month_bureau group by all order by all"""
    return _scored(ask(build, sql, {}), ["month"]).sort("month")


@cached
def handback_by_bureau(build: str, week: date) -> polars.DataFrame:
    """One row per bureau: open_, reopened_, closed_, late_ (past due at the week's end), households_count, amount_yuan, due_date."""
    waiting = "status in ('open', 'reopened')"
    sql = f"""
        select bureau, count(*) filter (where {waiting}) as open_count,
            count(*) filter (where status = 'reopened') as reopened_count,
            count(*) filter (where status = 'closed') as closed_count,
            count(*) filter (where {waiting} and due_date < $week) as late_count,
            coalesce(sum(households_count) filter (where {waiting}), 0)::bigint as households_count,
            coalesce(sum(amount_yuan) filter (where {waiting}), 0)::double as amount_yuan,
            min(due_date) filter (where {waiting}) as due_date
        from case_handback_items group by 1 order by open_count desc, bureau"""
    return ask(build, sql, {"week": week}, database="casework.duckdb")


@cached
def identity_proposals(build: str) -> polars.DataFrame:
    """One row per record without a usable number and the person it may be, undecided ones first, by score."""
    sql = "select * from case_identity_proposals order by decision_code is not null, score desc, subject_key"
    return ask(build, sql, {}, database="casework.duckdb")


DIMENSIONS = ("timeliness", "completeness", "validity", "uniqueness", "consistency")


def _scored(frame: polars.DataFrame, subject: list[str]) -> polars.DataFrame:
    ratios = with_ratio(frame, "numerator", "denominator", "ratio")
    wide = ratios.pivot("dimension_code", index=subject, values="ratio")
    missing = [polars.lit(None, dtype=polars.Float64).alias(name) for name in DIMENSIONS if name not in wide.columns]
    wide = wide.with_columns(missing).select(*subject, *DIMENSIONS)
    return wide.with_columns(polars.mean_horizontal(DIMENSIONS).alias("score"))


def with_ratio(frame: polars.DataFrame, numerator: str, denominator: str, name: str) -> polars.DataFrame:
    """Adds numerator over denominator; null where there is no denominator."""
    return frame.with_columns(
        polars.when(polars.col(denominator) > 0).then(polars.col(numerator) / polars.col(denominator)).alias(name)
    )
