"""Every view in Chromium: two widths, two languages, network closed, the warehouse's numbers, nothing cut or thrown."""

from __future__ import annotations

from typing import Any

import pytest

from app import fmt, screenshot
from tests.app.world import AS_OF
from warehouse.database import open_build

pytestmark = pytest.mark.browser
SIDEWAYS = """() => Math.max(
  document.documentElement.scrollWidth - window.innerWidth,
  ...[...document.querySelectorAll('[data-testid="stMain"], [data-testid="stMainBlockContainer"]')]
    .map(box => box.scrollWidth - box.clientWidth))"""
SMALL_WORDS = """() => [...document.querySelectorAll('[data-testid="stMain"] p, [data-testid="stMain"] text')]
  .filter(node => node.textContent.trim() && parseFloat(getComputedStyle(node).fontSize) < 11)
  .map(node => node.textContent)"""
ONE_TITLE = """words => {
  const titles = [...document.querySelectorAll('h1')];
  return titles.length === 1 && titles[0].innerText.includes(words);
}"""
FIGURES = "() => [...document.querySelectorAll('[role=\"figure\"]')].map(figure => figure.getAttribute('aria-label'))"


@pytest.fixture(scope="module")
def numbers(hamlet) -> dict[str, Any]:
    """The figures that must stand on the pages, asked of the warehouse's own tables."""
    questions = {
        "people": f"select sum(persons_count) from pub_persons_by_week_village where week_end_date = '{AS_OF}'",
        "registered": f"select sum(registered_persons_count) from pub_population_by_week_village where week_end_date = '{AS_OF}'",
        "missed": "select sum(alerts_count) from pub_alerts_by_week_town where direction = 'A' and status = 'open'",
        "wrong": "select sum(alerts_count) from pub_alerts_by_week_town where direction = 'B' and status = 'open'",
        "read": "select sum(rows_read_count) from pub_batches where is_in_force",
        "quarantined": "select sum(rows_quarantined_count) from pub_batches where is_in_force",
    }
    with open_build(hamlet.home.current / "dashboard.duckdb") as connection:
        found = {name: int(connection.execute(sql).fetchone()[0] or 0) for name, sql in questions.items()}
    with open_build(hamlet.home.current / "warehouse.duckdb") as connection:
        marts = "select count(distinct person_key) from fct_person_week where week_end_date = ?"
        found["people_in_the_marts"] = connection.execute(marts, [AS_OF]).fetchone()[0]
    return found


def test_the_published_count_is_the_marts_count(numbers) -> None:
    assert numbers["people"] == numbers["people_in_the_marts"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", screenshot.WIDTHS)
@pytest.mark.parametrize("view", screenshot.VIEWS)
def test_a_view_opens(chromium, hamlet_app, numbers, view, width, lang) -> None:
    path = screenshot.VIEWS[view] + ("?lang=en" if lang == "en" else "")
    with screenshot.visiting(chromium, hamlet_app, path, width) as visit:
        page = visit.page
        assert visit.foreign == []
        assert visit.errors == []
        assert page.locator('[data-testid="stException"]').count() == 0
        assert page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
        assert page.evaluate(SIDEWAYS) <= 0
        assert page.evaluate(SMALL_WORDS) == []
        title = page.locator("h1").inner_text()
        values = [value.strip() for value in page.locator('[data-testid="stMetricValue"]').all_inner_texts()]
        if view == "week":
            assert fmt.count(numbers["people"]) in title
            share = fmt.rate(numbers["people"] / numbers["registered"])
            assert values[:4] == [
                fmt.count(numbers["people"]),
                share,
                fmt.count(numbers["missed"]),
                fmt.count(numbers["wrong"]),
            ]
        elif view == "explore":
            assert fmt.count(numbers["people"]) in title
            assert fmt.percent(numbers["people"] / numbers["registered"]) in title
        elif view == "quality":
            assert values[2:4] == [fmt.count(numbers["read"]), fmt.count(numbers["quarantined"])]
        for words in page.evaluate(FIGURES):
            assert words, "every chart says its finding to those who can't see it"


@pytest.mark.parametrize("view", screenshot.VIEWS)
def test_a_view_opens_in_the_dark(chromium, district_app, view) -> None:
    with screenshot.visiting(chromium, district_app, screenshot.VIEWS[view], 1440, "dark") as visit:
        assert visit.errors == []
        page = visit.page
        back = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert back == "rgb(20, 24, 29)"
        papers = page.evaluate(
            "[...document.querySelectorAll('.js-plotly-plot .main-svg')].map(svg => svg.style.background)"
        )
        assert {paper for paper in papers if paper} == {"rgb(20, 24, 29)"}


def test_six_cards_stand_on_one_line(chromium, district_app) -> None:
    with screenshot.visiting(chromium, district_app, "/", 1440) as visit:
        cards = visit.page.locator('[data-testid="stMetricValue"]')
        tops = {round(cards.nth(n).bounding_box()["y"]) for n in range(cards.count())}
        assert cards.count() == 6
        assert len(tops) == 1
        assert max(tops) < 900, "exceptions and all figures within the first screen"


def test_two_cards_stand_beside_each_other_on_a_phone(chromium, district_app) -> None:
    with screenshot.visiting(chromium, district_app, "/", 390) as visit:
        cards = visit.page.locator('[data-testid="stMetricValue"]')
        assert len({round(cards.nth(n).bounding_box()["y"]) for n in range(6)}) == 3


def test_a_click_on_a_tile_drills_and_the_choice_goes_along(chromium, district_app) -> None:
    with screenshot.visiting(chromium, district_app, "/explore", 1440) as visit:
        page = visit.page
        tiles = page.locator('[class*="st-key-pick_map"] .js-plotly-plot').last
        box = tiles.bounding_box()
        # 白马 is the tile in column 2, row 2 of 8 by 6.
        page.mouse.click(box["x"] + box["width"] * 2.5 / 8, box["y"] + box["height"] * 2.5 / 6)
        page.wait_for_url("**t=500156101*")
        screenshot.settle(page)
        assert "白马镇" in page.locator("h1").inner_text()
        assert "与白马镇合计相符" in page.locator('[data-testid="stMain"]').inner_text()
        page.get_by_role("link", name="数据质量").first.click()
        page.wait_for_url("**/quality?t=500156101*")
        screenshot.settle(page)
        page.get_by_role("link", name="监测浏览").first.click()
        page.wait_for_url("**/explore?t=500156101*")
        screenshot.settle(page)
        assert "白马镇" in page.locator("h1").inner_text()
        page.get_by_role("button", name="清除").click()
        page.wait_for_function("!location.search")
        screenshot.settle(page)
        assert "武隆区" in page.locator("h1").inner_text()
        assert visit.errors == []
        assert visit.foreign == []


def test_back_goes_back_to_the_former_choice(chromium, district_app) -> None:
    with screenshot.visiting(chromium, district_app, "/explore?sex=2", 1440) as visit:
        page = visit.page
        page.get_by_role("button", name="清除").click()
        page.wait_for_function("!location.search")
        screenshot.settle(page)
        page.go_back()
        page.wait_for_url("**sex=2*")
        page.wait_for_function(ONE_TITLE, arg="性别：女")


def test_a_definition_is_one_click_away(chromium, district_app) -> None:
    with screenshot.visiting(chromium, district_app, "/", 1440) as visit:
        visit.page.get_by_role("button", name="口径").first.click()
        card = visit.page.locator('[data-testid="stPopoverBody"]')
        card.wait_for()
        words = card.inner_text()
        for part in ("分子", "单位", "来源", "质量", "数据截至", "b-20251123-0a1b2c3d", "负责", "社会救助科"):
            assert part in words, part


def test_a_download_holds_the_page_s_figures(chromium, district_app, wide_home, tmp_path) -> None:
    with screenshot.visiting(chromium, district_app, "/explore", 1440) as visit:
        with visit.page.expect_download() as waiting:
            visit.page.get_by_role("button", name="下载CSV").first.click()
        waiting.value.save_as(tmp_path / "board.csv")
    content = (tmp_path / "board.csv").read_bytes()
    assert content[:3] == b"\xef\xbb\xbf"
    rows = [line.split(",") for line in content.decode("utf-8-sig").splitlines()]
    assert rows[0][:3] == ["地区", "低收入人口", "户籍人口"]
    with open_build(wide_home / "published" / "current" / "dashboard.duckdb") as connection:
        sql = f"select sum(persons_count) from pub_persons_by_week_village where week_end_date = '{AS_OF}'"
        assert sum(int(row[1]) for row in rows[1:]) == connection.execute(sql).fetchone()[0]
