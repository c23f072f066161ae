"""The queries: within the scope, every cut sums to its whole, and ratios come from sums and never from averages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app import queries
from app.queries import Selection
from tests.app import world


def test_the_count_of_the_district_is_the_table_s(build, scope, everyone, ask) -> None:
    frame = queries.people_by_week(build, scope, everyone)
    expected = ask("select week_end_date, sum(persons_count) from pub_persons_by_week_village group by 1 order by 1")
    assert list(frame.select("week_end_date", "persons_count").iter_rows()) == expected
    assert frame.height == world.WEEKS


def test_towns_sum_to_the_district_and_villages_to_their_town(build, scope, everyone) -> None:
    whole = queries.people_by_week(build, scope, everyone).row(-1, named=True)
    towns = queries.people_by_area(build, scope, everyone)
    for column in ("persons_count", "registered_persons_count"):
        assert queries.total(towns, column) == whole[column]
    for row in towns.iter_rows(named=True):
        villages = queries.people_by_area(build, scope, replace(everyone, town=row["area_code"]))
        for column in ("persons_count", "before_count", "year_ago_count", "registered_persons_count"):
            assert queries.total(villages, column) == row[column], (row["area_code"], column)


def test_a_share_is_made_of_sums_and_not_of_shares(build, scope, everyone) -> None:
    towns = queries.people_by_area(build, scope, everyone)
    whole = queries.people_by_week(build, scope, everyone).row(-1, named=True)["share"]
    sums = queries.total(towns, "persons_count") / queries.total(towns, "registered_persons_count")
    assert whole == pytest.approx(sums)
    average = towns["share"].mean()
    assert whole != pytest.approx(average, rel=1e-6), "the world must tell sums from averages"


def test_what_lies_outside_the_scope_is_never_counted(build, scope, everyone) -> None:
    towns = queries.people_by_area(build, scope, everyone)["area_code"].to_list()
    mine = (towns[0],)
    assert queries.people_by_area(build, mine, everyone)["area_code"].to_list() == towns[:1]
    # Naming a foreign town in the filter opens nothing.
    foreign = replace(everyone, town=towns[1])
    assert queries.total(queries.people_by_week(build, mine, foreign), "persons_count") == 0
    assert queries.people_by_area(build, mine, foreign).is_empty()
    assert queries.people_by_age_and_sex(build, mine, foreign).is_empty()
    assert queries.people_by_layer(build, mine, foreign).is_empty()
    assert queries.flows(build, mine, foreign)["closing_count"] == 0
    assert queries.alerts(build, mine, foreign).is_empty()
    assert queries.payments_by_month(build, mine, foreign).is_empty()
    assert queries.households(build, mine, foreign) == 0
    assert set(queries.alerts(build, mine, everyone)["town_code"]) <= set(mine)


@pytest.mark.parametrize(
    "choice",
    [
        {"layers": ("DB",)},
        {"layers": ("TK", "QT")},
        {"settlement": "1"},
        {"sex": "2"},
        {"ages": ("60-69", "80+")},
        {"layers": ("DB",), "sex": "1", "settlement": "2", "ages": ("0-9",)},
    ],
)
def test_every_cut_agrees_over_weeks_towns_ages_and_layers(build, scope, everyone, choice) -> None:
    cut = replace(everyone, **choice)
    count = queries.people_by_week(build, scope, cut).row(-1, named=True)["persons_count"]
    assert count > 0
    assert queries.total(queries.people_by_area(build, scope, cut), "persons_count") == count
    assert queries.total(queries.people_by_age_and_sex(build, scope, cut), "persons_count") == count
    layers = queries.people_by_layer(build, scope, cut)
    assert queries.total(layers, "primary_persons_count") == count
    latest = queries.people_by_town_and_week(build, scope, cut)
    assert queries.total(latest.filter(latest["week_end_date"] == everyone.week), "persons_count") == count


def test_the_parts_of_a_filter_sum_to_the_whole(build, scope, everyone) -> None:
    whole = queries.people_by_week(build, scope, everyone).row(-1, named=True)["persons_count"]
    for name, codes in (("sex", ("1", "2")), ("settlement", ("1", "2"))):
        parts = [queries.people_by_week(build, scope, replace(everyone, **{name: code})) for code in codes]
        assert sum(part.row(-1, named=True)["persons_count"] for part in parts) == whole


@pytest.mark.parametrize("layers", [(), ("DB",), ("TK", "FP")])
def test_the_moves_lead_from_opening_to_closing(build, scope, everyone, layers) -> None:
    for back in (0, 1, 30):
        week = everyone.week - timedelta(weeks=back)
        moved = queries.flows(build, scope, replace(everyone, week=week, layers=layers))
        came = moved["entered_count"] + moved["relocated_in_count"] + moved["shifted_in_count"]
        went = sum(
            moved[f"{name}_count"] for name in ("exited", "died", "left_district", "relocated_out", "shifted_out")
        )
        assert moved["opening_count"] + came - went == moved["closing_count"]
        counted = queries.people_by_week(build, scope, replace(everyone, week=week, layers=layers))
        assert moved["closing_count"] == dict(counted.select("week_end_date", "persons_count").iter_rows())[week]


def test_a_layer_shows_its_overlap_once_persons_are_not_cut(build, scope, everyone) -> None:
    layers = queries.people_by_layer(build, scope, everyone)
    assert queries.total(layers, "overlap_count") > 0
    assert queries.total(queries.people_by_layer(build, scope, replace(everyone, sex="1")), "overlap_count") == 0


def test_alerts_of_later_weeks_are_not_counted(build, scope, everyone) -> None:
    earlier = replace(everyone, week=everyone.week - timedelta(weeks=10))
    fired = queries.alerts(build, scope, earlier)["fired_week_end_date"]
    assert fired.max() <= earlier.week < queries.alerts(build, scope, everyone)["fired_week_end_date"].max()


def test_read_is_accepted_and_quarantined_for_every_feed(build) -> None:
    rows = queries.rows_by_feed(build)
    assert rows["residual_count"].to_list() == [0] * rows.height
    reasons = queries.quarantine_by_rule(build)
    assert queries.total(reasons, "rows_count") == queries.total(rows, "rows_quarantined_count")


def test_another_scope_is_another_answer_even_from_the_cache(build, scope, everyone) -> None:
    queries.people_by_week(build, scope, everyone)
    towns = queries.people_by_area(build, scope, everyone)["area_code"].to_list()
    few = queries.people_by_week(build, tuple(towns[:1]), everyone).row(-1, named=True)["persons_count"]
    many = queries.people_by_week(build, scope, everyone).row(-1, named=True)["persons_count"]
    assert few < many


def test_the_connection_can_neither_write_nor_read_files(build) -> None:
    cursor = queries.open_once(f"{build}/dashboard.duckdb").cursor()
    for statement in (
        "create table intruder(a int)",
        f"select * from read_csv('{build}/gate.json')",
        "set threads = 1",
    ):
        with pytest.raises(Exception, match=r"read-only|disabled|locked"):
            cursor.execute(statement)


def test_a_bound_value_is_never_sql(build, scope) -> None:
    odd = Selection(week=world.AS_OF, town="' or 1=1 --", layers=("') or 1=1 --",))
    assert queries.total(queries.people_by_week(build, scope, odd), "persons_count") == 0
