"""The charts: nothing that fetches from outside, one template, and marks that say what the numbers say."""

from __future__ import annotations

from datetime import timedelta

import plotly.graph_objects as go
import polars
import pytest

from app import queries
from app.charts import bars, bridge, layers, leaderboard, maps, matrix, multiples, pyramid, trend
from app.text import Text
from app.theme import DARK, LAYERS, LIGHT, SANS, Tokens
from tests.app.world import AS_OF
from warehouse import areas

TEXT = Text("zh")
FETCHING = {
    "choropleth",
    "choroplethmap",
    "choroplethmapbox",
    "scattergeo",
    "scattermap",
    "scattermapbox",
    "densitymap",
    "densitymapbox",
}
STEPS = [bridge.Step("新认定", 68), bridge.Step("退出", -24), bridge.Step("死亡", -5)]


def spots() -> list[maps.Spot]:
    return [
        maps.Spot(
            a.area_code, a.name_short, a.longitude, a.latitude, a.tile_column, a.tile_row, 100 + n, n % 5, "5.2", ""
        )
        for n, a in enumerate(areas.towns())
    ]


def board(count: int = 26) -> list[leaderboard.Row]:
    return [
        leaderboard.Row(str(n), f"镇{n}", 0.04 + n / 1000, f"{n}", n - 9, n, n % 3, "", n < 2) for n in range(count)
    ]


def every_figure(tokens: Tokens) -> dict[str, go.Figure]:
    days = [AS_OF - timedelta(weeks=52 - n) for n in range(53)]
    series = polars.DataFrame({"week_end_date": days, "persons_count": [100 + n for n in range(53)]})
    members = polars.DataFrame(
        {"layer_code": list(LAYERS), "persons_count": [9, 8, 7, 6, 5, 4], "primary_persons_count": [9, 7, 4, 6, 5, 0]}
    ).with_columns((polars.col("persons_count") - polars.col("primary_persons_count")).alias("overlap_count"))
    people = polars.DataFrame({"age_band_code": ["0-9", "80+"], "sex_code": ["1", "2"], "persons_count": [4, 6]})
    panels = [multiples.Panel(str(n), f"镇{n}", [100.0 + n * k for k in range(53)], n / 100) for n in range(12)]
    cells = [matrix.Cell(f, w, (f + w) % 5, "△", "") for f in range(8) for w in range(13)]
    legend = maps.Legend("颜色", ("a", "b", "c", "d", "e"))
    events = [trend.Event(AS_OF - timedelta(days=100), "低保标准", "770/630元")]
    heads = leaderboard.Headers("占比", "净增减", "待查", "超期", 0.05)
    return {
        "trend": trend.draw_trend(series, series, "persons_count", events, TEXT, tokens),
        "trend_one_year": trend.draw_trend(series, series.head(0), "persons_count", [], TEXT, tokens),
        "layers": layers.draw_layers(members, TEXT, tokens),
        "bridge": bridge.draw_bridge(21_447, STEPS, 21_486, TEXT, tokens),
        "pyramid": pyramid.draw_pyramid(people, TEXT, tokens),
        "multiples": multiples.draw_multiples(panels, panels[3].index, days, tokens),
        "bars": bars.draw_bars(["a"], [3], [tokens.accent], [""], tokens),
        "matrix": matrix.draw_matrix([f"源{n}" for n in range(8)], [f"{n}周" for n in range(13)], cells, tokens),
        "board": leaderboard.draw_leaderboard(board(), heads, tokens),
        "seats": maps.draw_seats(spots(), areas.district_outline(), legend, tokens),
        "tiles": maps.draw_tiles(spots(), tokens, spots()[0].code),
    }


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_no_trace_fetches_anything_and_the_template_is_kept(tokens: Tokens) -> None:
    for name, figure in every_figure(tokens).items():
        assert {trace.type for trace in figure.data} & FETCHING == set(), name
        layout = figure.layout
        assert layout.font.family == SANS, name
        assert (layout.paper_bgcolor, layout.plot_bgcolor) == (tokens.page, tokens.page), name
        assert (layout.showlegend, layout.dragmode, layout.title.text, layout.images) == (False, False, None, ()), name
        assert "http" not in figure.to_json(), name
        for axis in [*figure.select_xaxes(), *figure.select_yaxes()]:
            assert axis.fixedrange is True, name


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_no_words_are_smaller_than_eleven_pixels(tokens: Tokens) -> None:
    for name, figure in every_figure(tokens).items():
        for note in figure.layout.annotations:
            assert note.font.size >= 11, (name, note.text)


def test_the_bridge_walks_from_opening_to_closing() -> None:
    figure = bridge.draw_bridge(21_447, STEPS, 21_486, TEXT, LIGHT)
    bar = figure.data[0]
    # 21,447 + 68 = 21,515; − 24 = 21,491; − 5 = 21,486.
    assert list(bar.base)[1:4] == [21_447, 21_491, 21_486]
    assert list(bar.y)[1:4] == [68, 24, 5]
    assert bar.base[-1] + bar.y[-1] == 21_486
    assert bar.base[0] + bar.y[0] == 21_447
    assert [note.text for note in figure.layout.annotations].count("≈") == 2


def test_a_bridge_that_starts_at_zero_is_not_called_cut() -> None:
    figure = bridge.draw_bridge(0, [bridge.Step("新认定", 3)], 3, TEXT, LIGHT)
    assert figure.data[0].base[0] == 0
    assert "≈" not in [note.text for note in figure.layout.annotations]


def test_layers_keep_their_order_and_hatch_the_overlap() -> None:
    figure = every_figure(LIGHT)["layers"]
    assert list(figure.data[0].y) == ["特困", "低保", "防返贫", "低边", "刚性支出", "其他"]
    assert list(figure.data[1].x) == [0, 1, 3, 0, 0, 4]
    assert figure.data[1].marker.pattern.shape == "/"


def test_every_row_of_the_leaderboard_can_be_clicked() -> None:
    figure = every_figure(LIGHT)["board"]
    clicked = [trace for trace in figure.data if trace.customdata is not None]
    assert clicked
    assert all(list(trace.customdata) == [str(n) for n in range(26)] for trace in clicked)


def test_overdue_is_bold_and_none_is_a_dot() -> None:
    words = [note.text for note in every_figure(LIGHT)["board"].layout.annotations if note.xref == "x3"]
    assert "<b>1</b>" in words
    assert "·" in words


def test_villages_without_alerts_get_no_empty_columns() -> None:
    rows = [leaderboard.Row("1", "村", 0.05, "5.0", 0, None, None, "")]
    figure = leaderboard.draw_leaderboard(rows, leaderboard.Headers("占比", "净增减", "待查", "超期", 0.05), LIGHT)
    assert not any(note.text in ("待查", "超期", "—") for note in figure.layout.annotations)


def test_a_tile_has_readable_words_in_every_class() -> None:
    figure = every_figure(DARK)["tiles"]
    assert len(figure.layout.shapes) == 26
    assert len({(s.x0, s.y0) for s in figure.layout.shapes}) == 26


def test_charts_are_small_enough_to_send(build, scope, everyone) -> None:
    assert queries.people_by_town_and_week(build, scope, everyone).height <= 26 * 53
    assert all(len(figure.to_json()) < 200_000 for figure in every_figure(LIGHT).values())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Baima", "Baima"), ("Huangying", "Huang-<br>ying"), ("Xiannüshan", "Xiannü-<br>shan"), ("仙女山", "仙女山")],
)
def test_a_long_name_is_broken_between_syllables(name: str, shown: str) -> None:
    assert maps.broken(name) == shown
