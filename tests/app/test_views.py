"""The pages as a reader meets them, run by Streamlit itself: titles with the warehouse's numbers, notices, banners."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import fmt, queries
from tests.app import world
from warehouse import journal
from warehouse.database import open_candidate
from warehouse.paths import home

SCRIPT = "from app.main import main\nmain({view!r})\n"
VIEWS = ("week", "explore", "quality", "bureaus")


@pytest.fixture
def visit(monkeypatch):
    """Opens a view over an installation with an address; fails on any exception."""

    def run(root: Path, view: str, **address: str) -> AppTest:
        monkeypatch.setenv("WAREHOUSE_DATA", str(root))
        st.cache_data.clear()
        page = AppTest.from_string(SCRIPT.format(view=view), default_timeout=90)
        for name, value in address.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception, [error.value for error in page.exception]
        return page

    return run


@pytest.fixture
def changed_home(small_home, tmp_path) -> Path:
    """A copy of the small installation that a test may change."""
    shutil.copytree(small_home, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def words(page: AppTest) -> str:
    """Everything that is written on the page outside its charts."""
    return "\n".join([*(t.value for t in page.title), *(m.value for m in page.markdown)])


def number(root: Path, sql: str) -> float:
    """One number of the published dashboard."""
    folder = (root / "published" / "current").resolve()
    return queries.open_once(str(folder / "dashboard.duckdb")).cursor().execute(sql).fetchone()[0]


def total(root: Path, where: str = "true") -> str:
    """Persons of the newest week, as they are written."""
    sql = (
        f"select sum(persons_count) from pub_persons_by_week_village where week_end_date = '{world.AS_OF}' and {where}"
    )
    return fmt.count(number(root, sql))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_in_both_languages_with_banner_and_footer(visit, wide_home, view, lang) -> None:
    page = visit(wide_home, view, **({"lang": "en"} if lang == "en" else {}))
    shown = words(page)
    assert len(page.title) == 1
    assert "b-20251123-0a1b2c3d" in shown
    late, demonstration = ("个数据源迟到", "均为虚构") if lang == "zh" else ("Late feeds: 1", "invented")
    assert late in shown
    assert demonstration in shown


def test_the_week_opens_with_the_warehouse_s_numbers(visit, wide_home) -> None:
    page = visit(wide_home, "week")
    people = total(wide_home)
    assert people in page.title[0].value
    values = [metric.value for metric in page.metric]
    assert len(values) == 6
    assert values[0] == people
    registered = number(
        wide_home,
        f"select sum(registered_persons_count) from pub_population_by_week_village where week_end_date = '{world.AS_OF}'",
    )
    assert values[1] == fmt.rate(int(people.replace(",", "")) / registered)
    for place, direction in ((2, "A"), (3, "B")):
        sql = (
            f"select sum(alerts_count) from pub_alerts_by_week_town where direction = '{direction}' and status = 'open'"
        )
        assert values[place] == fmt.count(number(wide_home, sql))
    sql = "select sum(paid_yuan)::double from pub_payments_by_month_town where benefit_month = '2025-11-01'"
    assert values[4] == fmt.money_value(number(wide_home, sql), "zh")
    sql = """select sum(numerator) / sum(denominator) from pub_coverage_by_month_town
        where benefit_month = '2025-11-01' and metric_id = 'nursing_coverage'"""
    assert values[5] == fmt.rate(number(wide_home, sql))


def test_a_number_that_a_failing_check_touches_carries_its_mark(visit, small_home) -> None:
    labels = [metric.label for metric in visit(small_home, "week").metric]
    assert [label.endswith("※") for label in labels] == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("address", "where", "said"),
    [
        ({}, "true", "武隆区"),
        ({"t": "500156101"}, "town_code = '500156101000'", "白马镇"),
        ({"m": "persons", "l": "DB"}, "layer_code = 'DB'", "层别：低保"),
        ({"sex": "2", "age": "60-69,80+"}, "sex_code = '2' and age_band_code in ('60-69', '80+')", "女"),
        ({"m": "net", "ur": "2", "l": "TK,DB"}, "urban_rural_code = '2' and layer_code in ('TK', 'DB')", "农村"),
    ],
)
def test_the_explorer_s_title_is_true_of_its_filters(visit, wide_home, address, where, said) -> None:
    title = visit(wide_home, "explore", **address).title[0].value
    assert total(wide_home, where) in title
    assert said in title


@pytest.mark.parametrize("measure", ["alerts", "paid", "nursing"])
def test_a_measure_known_by_town_only_says_which_filters_it_ignores(visit, wide_home, measure) -> None:
    page = visit(wide_home, "explore", m=measure, l="DB", t="500156101")
    assert "白马镇" in page.title[0].value
    assert "以下筛选不适用" in words(page)


@pytest.mark.parametrize("part", ["moves", "towns"])
@pytest.mark.parametrize("kind", ["tiles", "seats"])
def test_the_explorer_draws_every_part(visit, wide_home, part, kind) -> None:
    page = visit(wide_home, "explore", p=part, map=kind, o="change")
    assert 4 <= len(page.get("plotly_chart")) <= 7


def test_villages_sum_to_their_town_on_the_page(visit, wide_home) -> None:
    shown = words(visit(wide_home, "explore", t="500156101"))
    assert f"合计{total(wide_home, where_town())}人，与白马镇合计相符" in shown


def where_town() -> str:
    return "town_code = '500156101000'"


def test_a_filter_that_leaves_nobody_says_so(visit, small_home) -> None:
    page = visit(small_home, "explore", t="500156001", l="GX", age="0-9", sex="1", ur="1", w="2023-W47")
    assert "0人" in page.title[0].value
    assert "当前筛选下没有记录" in words(page)


def test_an_old_link_opens_with_a_notice(visit, small_home) -> None:
    page = visit(small_home, "explore", t="999999999", m="gone")
    shown = words(page)
    assert "“t”已不可用" in shown
    assert "“m”已不可用" in shown
    assert total(small_home) in page.title[0].value


def test_a_table_stands_in_for_a_chart_when_asked(visit, wide_home) -> None:
    charts = len(visit(wide_home, "week").get("plotly_chart"))
    page = visit(wide_home, "week", tb="trend,board")
    assert len(page.get("plotly_chart")) == charts - 2
    assert len(page.dataframe) == 2


def test_changing_a_filter_changes_the_address_and_clear_lets_go(visit, wide_home) -> None:
    page = visit(wide_home, "explore", sex="2")
    page.selectbox(key="pick_town").select("500156101000").run()
    assert dict(page.query_params) == {"sex": "2", "t": "500156101"}
    page.button(key="chip_sex").click().run()
    assert dict(page.query_params) == {"t": "500156101"}
    page.button(key="clear_filters").click().run()
    assert dict(page.query_params) == {}
    page.button(key="language").click().run()
    assert dict(page.query_params) == {"lang": "en"}
    assert "low-income persons" in page.title[0].value


def test_an_earlier_week_is_shown_as_that_week(visit, wide_home) -> None:
    page = visit(wide_home, "week", w="2025-W40")
    sql = "select sum(persons_count) from pub_persons_by_week_village where week_end_date = '2025-10-05'"
    assert fmt.count(number(wide_home, sql)) in page.title[0].value
    assert "第40期" in words(page)


def test_a_failed_refresh_stands_in_front_of_every_page(visit, changed_home) -> None:
    with journal.open_journal(home(changed_home).journal) as connection:
        attempt = journal.begin_attempt(connection, "2025-11-23")
        journal.update_attempt(connection, attempt, "gate")
        journal.end_attempt(
            connection, attempt, "failed", exit_code=4, build_id="", message="gate: a check", timings={}
        )
    for view in VIEWS:
        shown = words(visit(changed_home, view))
        assert "未放行：沿用2025年第47周" in shown
        assert "放行检查" in shown
    assert "各页沿用" in visit(changed_home, "quality").title[0].value


def test_a_refresh_that_succeeded_or_still_runs_raises_no_alarm(visit, changed_home) -> None:
    with journal.open_journal(home(changed_home).journal) as connection:
        attempt = journal.begin_attempt(connection, "2025-11-23")
    assert "未放行" not in words(visit(changed_home, "week"))
    with journal.open_journal(home(changed_home).journal) as connection:
        journal.end_attempt(connection, attempt, "unchanged", exit_code=0, build_id="", message="", timings={})
    assert "未放行" not in words(visit(changed_home, "week"))


def test_when_all_is_well_the_banner_is_plain(visit, changed_home) -> None:
    build = (changed_home / "published" / "current").resolve()
    report = json.loads((build / "gate.json").read_text(encoding="utf-8"))
    for result in report["results"]:
        result["status"] = "passed"
    (build / "gate.json").write_text(json.dumps(report), encoding="utf-8")
    with open_candidate(build / "dashboard.duckdb") as connection:
        connection.execute("update pub_feeds set is_late = false, days_late_count = 0")
    page = visit(changed_home, "week")
    assert "数据可用，29项检查全部通过" in words(page)
    assert not any(metric.label.endswith("※") for metric in page.metric)


def test_quality_says_what_was_read_refused_and_failed(visit, small_home) -> None:
    page = visit(small_home, "quality")
    shown = words(page)
    read = fmt.count(number(small_home, "select sum(rows_read_count) from pub_batches where is_in_force"))
    assert f"读取{read}行，接收与隔离相加相符" in shown
    assert "缺少必需的列 “结算日期”" in shown
    assert "恢复该列" in shown
    assert [metric.value for metric in page.metric][:2] == ["28/29", "7/8"]


def test_nothing_published_is_said_plainly(visit, tmp_path) -> None:
    page = visit(tmp_path, "week")
    assert page.title[0].value == "还没有发布任何数据"
    assert "make demo" in words(page)


def test_no_person_stands_on_any_page(visit, small_home) -> None:
    for view in VIEWS:
        shown = words(visit(small_home, view))
        assert "张*" not in shown
        assert "0000000000000000000000000000000" not in shown
