"""Places: old county codes, former towns, the second scheme of town codes, names old, short and shared."""

from __future__ import annotations

import polars as pl
import pytest

from ingest.distinct_texts import FEW, DistinctTexts, distinct_texts
from ingest.villages import gazetteer, place_marks
from tests.ingest.deliveries_made import FEEDS, REGISTER, ingest, lake, new_home, put, rules, xlsx_bytes
from tests.ingest.valid_rows import file_bytes, file_name, valid_rows
from warehouse import areas
from warehouse.areas import AreaAlias, load_area_aliases, load_areas
from warehouse.errors import ContractError

FENGSHAN, FURONG, XIANNUSHAN, YANGJIAO, BAIMA = (f"500156{n}000" for n in ("001", "002", "003", "004", "101"))
TONGZI, CHANGBA, HUANGYING, SHUANGHE, FENGLAI, MIAOYA = (
    f"500156{n}000" for n in ("109", "107", "203", "112", "113", "201")
)
OTHER, UNRESOLVED, DIFFERS = "area_other_scheme", "village_unresolved", "area_code_differs"


@pytest.mark.parametrize(
    ("code", "name", "found", "mark"),
    [
        # A code of today needs no name; the county's codes of before mean the same places (D25).
        ("500156101201", None, "500156101201", None),
        ("500232101201", None, "500156101201", None),
        ("517023101201", None, "500156101201", None),
        ("512326101201", None, "500156101201", None),
        ("500156101", None, BAIMA, None),
        ("500232", None, "500156000000", None),
        # No code: the name alone, with and without its town, in every form of its office (D08).
        (None, "仙女山街道石梁子社区", "500156003001", None),
        (None, "重庆市武隆区仙女山街道石梁子社区居民委员会", "500156003001", None),
        (None, "石梁子社区居委会", "500156003001", None),
        (None, "石梁子", "500156003001", None),
        (None, "石梁子社区3组", "500156003001", None),
        # Former towns: renamed, merged, raised, split in two.
        (None, "仙女山镇白果村", "500156003202", None),
        (None, "羊角镇", YANGJIAO, None),
        (None, "土坎镇", YANGJIAO, None),
        (None, "凤来乡", FENGLAI, None),
        (None, "巷口镇城东村", "500156001203", None),
        (None, "巷口镇柏杨村", "500156002200", None),
        (None, "巷口镇", None, UNRESOLVED),
        (None, "文复乡", "500156205000", None),
        # Homonyms: 双河社区 lies in one town, 双河村 in another; the town that the row is in decides.
        (None, "双河村", "500156203200", None),
        (None, "双河社区", "500156112001", None),
        (HUANGYING, "双河", "500156203200", None),
        (SHUANGHE, "双河", SHUANGHE, None),
        (FENGSHAN, "复兴", "500156001001", None),
        (HUANGYING, "复兴", "500156203205", None),
        (None, "复兴", None, UNRESOLVED),
        # A town's code and a village of it; the longest name within the text wins.
        (XIANNUSHAN, "白果村", "500156003202", None),
        (FURONG, "芙蓉中路社区", "500156002001", None),
        (XIANNUSHAN, "某村", XIANNUSHAN, UNRESOLVED),
        ("500156000000", "白果村", "500156003202", None),
        ("500156000000", "某村", "500156000000", UNRESOLVED),
        # A whole code and another village of the same town: the name is believed, and the row says so.
        ("500156001204", "城东村", "500156001203", DIFFERS),
        ("500156001204", "走马村", "500156001204", None),
        # A whole code and a name that nobody knows: nothing contradicts the code. A town elsewhere does.
        ("500156101201", "某村", "500156101201", None),
        ("500156001202", "白马镇", "500156001202", UNRESOLVED),
        # The second scheme: 500156101 is 白马镇 here and 桐梓镇 there, 500156107 长坝镇 here and 白马镇 there.
        ("500156101", "桐梓镇", TONGZI, OTHER),
        ("500156107", "白马镇", BAIMA, OTHER),
        ("500156107", "长坝镇", CHANGBA, None),
        ("500156107", None, CHANGBA, None),
        ("500156231", None, MIAOYA, OTHER),
        ("500232231", None, MIAOYA, OTHER),
        # A code of before 2020 that the second scheme gives to another town: only a name can tell.
        ("500156103", "仙女山镇", XIANNUSHAN, None),
        ("500156103", "江口镇", "500156102000", OTHER),
        ("500156103", None, "500156103000", UNRESOLVED),
        ("500156110", None, YANGJIAO, None),
        ("500156200", None, FENGLAI, None),
        # Nothing to go by.
        (None, None, None, None),
        ("50015610", None, None, None),
        ("500100101", None, "500100101000", None),
        ("白马镇", None, BAIMA, None),
        ("某处", None, None, None),
    ],
)  # fmt: skip
def test_places(code: str | None, name: str | None, found: str | None, mark: str | None) -> None:
    assert gazetteer().place(code, name) == (found, mark)


def test_every_place_is_found_by_its_code_and_by_its_name_within_its_town() -> None:
    for area in load_areas():
        assert gazetteer().place(area.area_code, area.name) == (area.area_code, None)
        if area.level == "village":
            assert gazetteer().place(area.parent_code, area.name) == (area.area_code, None)


def test_every_town_is_found_by_the_other_scheme_and_its_name() -> None:
    for town in areas.towns():
        found = gazetteer().place(town.alternative_code, town.name)
        assert found == (town.area_code, None if town.alternative_code == town.area_code[:9] else OTHER)


@pytest.mark.parametrize(
    ("code", "name", "found", "mark"),
    [
        ("500156101", None, TONGZI, None),
        ("500232101", None, TONGZI, None),
        ("500156107201", None, "500156101201", None),
        ("500156107", "白马镇", BAIMA, None),
        ("500156", None, "500156000000", None),
        ("500156105", None, "500156105000", OTHER),  # 鸭江镇 in the statistical scheme; the other has no such code
        (None, "白马镇", BAIMA, None),
        (None, None, None, None),
    ],
)
def test_a_contract_may_agree_the_other_scheme(code: str | None, name: str | None, found: str | None, mark) -> None:
    assert gazetteer().place(code, name, "alternative") == (found, mark)


def test_nine_codes_mean_different_towns_in_the_two_schemes() -> None:
    here = {town.area_code[:9]: town.name for town in areas.towns()}
    assert sum(here.get(town.alternative_code, town.name) != town.name for town in areas.towns()) == 9


def test_pairs_are_spread_over_the_rows() -> None:
    codes = pl.Series([FENGSHAN, None, HUANGYING, "500156101"] * FEW)
    names = pl.Series(["复兴", None, "复兴", "桐梓镇"] * FEW)
    code, name = (distinct_texts(column) for column in (codes, names))
    assert code.places is not None
    found = place_marks((code, code.texts), (name, name.texts))
    assert found.codes.to_list() == ["500156001001", None, "500156203205", TONGZI] * FEW
    assert {mark: mask.to_list() for mark, mask in found.marks.items()} == {OTHER: [False, False, False, True] * FEW}
    alone = place_marks((DistinctTexts(codes, None), codes), None)
    assert alone.codes.to_list() == [FENGSHAN, None, HUANGYING, BAIMA] * FEW


def test_the_hotline_s_codes_are_of_the_other_scheme(tmp_path, monkeypatch) -> None:
    place, feed = new_home(tmp_path), FEEDS["hotline__work_orders"]
    rows = [
        row | {"区划": code} for row, code in zip(valid_rows(feed, 2), ["500156101000", "500156107000"], strict=True)
    ]
    put(place, file_name(feed), file_bytes(feed, rows))
    assert ingest(place, monkeypatch) == 0
    assert lake(place, feed.feed_id).select("area_code", "_flags").rows() == [(TONGZI, ""), (BAIMA, "")]


def test_the_register_s_village_names_fill_its_codes(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    changes = [
        (None, "白果村"),
        ("500156101", "桐梓镇"),
        ("500156101201", "某村"),
        (None, "某村"),
        (None, None),
        ("乱写", "白果村"),
    ]
    sent = [
        {**REGISTER, "家庭编号": f"F{i}", "区划代码": code, "村(社区)名称": name}
        for i, (code, name) in enumerate(changes)
    ]
    sent += [{**REGISTER, "家庭编号": f"G{i}"} for i in range(200)]
    put(place, "civil_affairs__register__202510__001.xlsx", xlsx_bytes(sent, "在册名册"))
    assert ingest(place, monkeypatch) == 0
    kept = lake(place, "civil_affairs__register").head(3)
    assert kept["area_code"].to_list() == ["500156003202", TONGZI, "500156101201"]
    assert kept["_flags"].to_list() == ["", OTHER, ""]
    # Row 2 is the first below the header.
    assert rules(place, "civil_affairs__register") == {5: "required_missing", 6: "required_missing", 7: "code_unknown"}


def test_an_alias_of_an_unknown_area_is_refused(tmp_path) -> None:
    table = tmp_path / "area_aliases.csv"
    table.write_text("alias,alias_kind,area_code\n旧镇,former_name,500156999000\n", encoding="utf-8")
    with pytest.raises(ContractError, match="旧镇"):
        load_area_aliases(table)
    assert AreaAlias("仙女山镇", "former_name", XIANNUSHAN) in load_area_aliases()
