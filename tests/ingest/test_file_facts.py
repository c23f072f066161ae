"""What only the whole file tells: a unit that nobody wrote, a spreadsheet's zeros, sums at the foot, all in any chunks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ingest import decoding, tables
from ingest.columns import Readings, read_columns
from ingest.csv_tables import open_csv_table
from ingest.duplicates import SeenRows
from ingest.file_facts import NOTHING_YET, FactsCollector, FileFacts
from ingest.validate import Judgement, judge
from ingest.whole_columns import SMALLEST_KEPT, DistinctCount
from tests.ingest.deliveries_made import (
    FEEDS,
    csv_bytes,
    ingest,
    lake,
    new_home,
    put,
    quarantine,
    refusals,
    rules,
    xlsx_bytes,
)
from tests.ingest.test_identity_numbers import others, zeros
from tests.ingest.valid_rows import file_bytes, file_name, valid_rows
from warehouse.contracts import Feed
from warehouse.manifests import read_manifests

TODAY = date(2025, 11, 23)
INSURANCE, PROPERTY, ENTERPRISES = (
    FEEDS[name]
    for name in ("human_resources__social_insurance", "natural_resources__property", "market_supervision__enterprises")
)


WHOLE, PIECES = 2**24, 400


def collected(feed: Feed, content: bytes, piece: int, facts: FileFacts = NOTHING_YET):
    """The collector, and the verdicts, of a CSV read in chunks of so many bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK_BYTES", piece)
        patch.setattr(decoding, "HEAD_BYTES", piece)
        return _collected(feed, content, piece, facts)


def _collected(feed: Feed, content: bytes, piece: int, facts: FileFacts):
    table = open_csv_table(tables.in_memory(content, piece), feed, "file.csv")
    collector, seen = FactsCollector(feed, table.binding), SeenRows()
    verdicts: list[tuple[Readings, Judgement]] = []
    for chunk in table.chunks:
        readings = read_columns(chunk, feed, TODAY, facts)
        verdicts.append((readings, judge(chunk, feed, readings, seen)))
        collector.add(chunk, *verdicts[-1])
    return collector, verdicts


def insurance(amounts: list[str], feed: Feed = INSURANCE) -> list[dict]:
    return [{**row, "缴费基数": amount} for row, amount in zip(valid_rows(feed, len(amounts)), amounts, strict=True)]


@pytest.mark.parametrize(
    ("amounts", "factor"),
    [
        # The contract's band for a contribution base is 300 to 30,000 yuan a month.
        (["4500"] * 10, None),
        (["450000"] * 10, "0.01"),  # 分
        (["0.45"] * 10, "10000"),  # 万元
        (["450000"] * 9, None),  # too few to tell
        (["450000"] * 6 + ["4500"] * 5, "0.01"),  # the median of 11 is the 6th
        (["450000"] * 5 + ["4500"] * 6, None),
        (["30000"] * 10, None),  # the band's edge belongs to it
        (["30000.01"] * 10, "0.01"),  # a cent above: 300.0001 yuan is in it
        (["3000000"] * 10, "0.01"),  # 30,000.00
        (["3000001"] * 10, None),  # no unit brings it in: the gate holds the batch
        (["450000元"] * 10, None),  # a unit that is written is believed
        (["0"] * 20 + ["450000"] * 10, "0.01"),  # zeros say nothing of the unit
    ],
)
def test_a_unit_that_nobody_wrote_is_told_by_the_median(amounts: list[str], factor: str | None) -> None:
    for piece in (WHOLE, PIECES):
        collector, _ = collected(INSURANCE, file_bytes(INSURANCE, insurance(amounts)), piece)
        found = collector.facts().unit_factors
        assert found == ({} if factor is None else {"base_yuan": Decimal(factor)})


def test_corrected_amounts_are_marked_and_the_manifest_warns(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = insurance(["450000.5"] * 10 + ["4,500.00元", ""])
    put(place, file_name(INSURANCE), file_bytes(INSURANCE, rows))
    assert ingest(place, monkeypatch) == 0
    kept = lake(place, INSURANCE.feed_id)
    # 450,000.5 fen are 4,500.005 yuan: half a cent goes up.
    assert kept["base_yuan"].to_list() == [Decimal("4500.01")] * 10 + [Decimal("4500.00"), None]
    assert kept["_flags"].to_list() == ["amount_rounded,unit_corrected"] * 10 + ["", ""]
    [manifest] = read_manifests(place)
    assert manifest.warnings == ["unit_corrected: 缴费基数 × 0.01"]


def test_a_header_in_mu_and_a_unit_beside_each_amount(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = [{**row, "建筑面积㎡": "0.15"} for row in valid_rows(PROPERTY, 12)]
    put(place, "natural_resources__property__202510__001.xlsx", file_bytes(PROPERTY, rows))
    named = [{("建筑面积（亩）" if h == "建筑面积㎡" else h): cell for h, cell in row.items()} for row in rows]
    put(place, "natural_resources__property__202509__001.xlsx", xlsx_bytes(named, PROPERTY.sheet))
    capital = [
        {**row, "股东.认缴": "3.5", "股东.单位": unit}
        for row, unit in zip(valid_rows(ENTERPRISES, 3), ["万元", "元", None], strict=True)
    ]
    put(place, file_name(ENTERPRISES), file_bytes(ENTERPRISES, capital))
    assert ingest(place, monkeypatch) == 0
    kept = lake(place, PROPERTY.feed_id)
    # 0.15 × 666.67 = 100.0005, whether the header says so or the size does; only the guess is marked.
    assert set(kept["floor_area_m2"]) == {Decimal("100.00")}
    assert kept.group_by("_period_end").agg(pl.col("_flags").unique()).sort("_period_end")["_flags"].to_list() == [
        [""], ["unit_corrected"],
    ]  # fmt: skip
    assert lake(place, ENTERPRISES.feed_id)["subscribed_yuan"].to_list() == [
        Decimal("35000.00"), Decimal("3.50"), Decimal("3.50"),
    ]  # fmt: skip


def test_a_unit_above_the_table_holds_for_every_amount(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    feed = FEEDS["veterans__beneficiaries"]
    rows = [{**row, "月抚恤补助": 0.12} for row in valid_rows(feed, 2)]
    put(place, file_name(feed), xlsx_bytes(rows, feed.sheet, above=[["优抚对象名册"], ["", "", "单位：万元"]]))
    assert ingest(place, monkeypatch) == 0
    assert lake(place, feed.feed_id)["allowance_yuan"].to_list() == [Decimal("1200.00")] * 2


@pytest.mark.parametrize("piece", [WHOLE, PIECES])
def test_a_spreadsheet_s_zeros_are_found_over_all_chunks(piece: int) -> None:
    numbers = [*zeros(7), *others(60)]
    rows = [{**row, "证件号码": number} for row, number in zip(valid_rows(INSURANCE, 67), numbers, strict=True)]
    content = file_bytes(INSURANCE, rows)
    collector, verdicts = collected(INSURANCE, content, piece)
    assert collector.facts().lost_precision == {"person_id_no"}
    assert {rule for _, judged in verdicts for rule in judged.refused["rule"]} == {"id_check_digit"}
    _, verdicts = collected(INSURANCE, content, piece, collector.facts())
    assert [rule for _, judged in verdicts for rule in judged.refused["rule"]] == ["id_lost_precision"] * 7


def test_different_values_are_counted_exactly_and_then_estimated() -> None:
    for count in (0, 1, SMALLEST_KEPT - 1, 50 * SMALLEST_KEPT):
        counted, in_pieces = DistinctCount(), DistinctCount()
        values = pl.Series([f"{place}" for place in range(count)], dtype=pl.String)
        counted.add(values)
        for start in range(0, count, 999):
            in_pieces.add(values.slice(start, 1500))
        assert in_pieces.estimate() == counted.estimate()
        assert counted.estimate() == pytest.approx(count, rel=0.05)


def footed(total: object) -> list[dict]:
    rows = [{**row, "月抚恤补助": 1200.5} for row in valid_rows(FEEDS["veterans__beneficiaries"], 4)]
    return [*rows, dict.fromkeys(rows[0]) | {"姓名": "合 计：", "月抚恤补助": total}]


@pytest.mark.parametrize(
    ("total", "warned"),
    # 4 × 1,200.50 = 4,802.00
    [(4802, False), ("4,802.00元", False), ("0.4802万元", False), (4802.01, True), (None, False), ("约四千", False)],
)
def test_a_total_at_the_foot_is_compared_and_kept_out(total: object, warned: bool, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    feed = FEEDS["veterans__beneficiaries"]
    put(
        place,
        file_name(feed),
        xlsx_bytes(footed(total), feed.sheet),
        control_totals={"月抚恤补助": "4802"},
        row_count=4,
    )
    assert ingest(place, monkeypatch) == 0
    assert rules(place, feed.feed_id) == {6: "footer_row"}
    [manifest] = read_manifests(place)
    assert manifest.warnings == (["footer_total_differs: 月抚恤补助"] if warned else [])


def test_totals_within_the_table_are_of_the_rows_above_them() -> None:
    feed = FEEDS["housing_fund__deposits"]
    amounts = ["100", "200", "300", "600", "400", "1000", "7"]
    rows = [{**row, "月缴存额": amount} for row, amount in zip(valid_rows(feed, 7), amounts, strict=True)]
    for place, word in ((3, "小计"), (5, "总计"), (6, "合计")):
        rows[place] = dict.fromkeys(rows[0]) | {"证件号码": word, "月缴存额": amounts[place]}
    for piece in (WHOLE, 100):
        collector, verdicts = collected(feed, csv_bytes(rows, feed.encodings[0]), piece)
        # 100 + 200 + 300 + 400 = 1,000; a subtotal isn't compared, the last total is wrong.
        assert collector.warnings() == ["footer_total_differs: 月缴存额"]
        assert sum(judged.refused.height for _, judged in verdicts) == 3


@pytest.mark.parametrize(
    ("first", "is_footer"),
    [
        ("合计", True), ("本页小计", True), ("总 计", True), ("制表人：王某", True), ("审核:", True), ("填表日期：2025年11月1日", True),
        ("单位负责人（签字）：", True), ("备注：本表一式两份", True), ("注: 以上", True), ("以下空白", True), ("共 20 条", True), ("第1页 共3页", True), ("说明", False), ("人和镇合计划", False),
    ],
)  # fmt: skip
def test_usual_footers_are_known_whatever_the_contract_says(first: str, is_footer: bool) -> None:
    feed = FEEDS["police__population"]
    assert feed.skip_rows == ()
    rows = [*valid_rows(feed, 3), dict.fromkeys(valid_rows(feed, 1)[0]) | {"户号": first}]
    _, [(_, judged)] = collected(feed, file_bytes(feed, rows), WHOLE)
    assert (judged.refused["rule"].to_list() == ["footer_row"]) == is_footer
    # The same word in a row that has what a record must have is no footer.
    _, [(_, judged)] = collected(feed, file_bytes(feed, [{**rows[0], "户号": first}]), WHOLE)
    assert judged.refused.height == 0


def test_a_header_on_every_page_is_no_record() -> None:
    feed = FEEDS["justice__custody"]
    rows = valid_rows(feed, 3)
    again = {header: header for header in rows[0]}
    other = again | {"证件号码": "身份证号", "起始": "起始日期"}
    _, [(_, judged)] = collected(feed, file_bytes(feed, [rows[0], again, rows[1], other, rows[2]]), WHOLE)
    assert judged.refused.select("place", "rule").rows() == [(1, "footer_row"), (3, "footer_row")]
    # One such word is a wrong cell.
    _, [(_, judged)] = collected(feed, file_bytes(feed, [rows[0], rows[1] | {"证件号码": "证件号码"}]), WHOLE)
    assert judged.refused["rule"].to_list() == ["id_malformed"]


def test_copies_are_found_over_all_chunks() -> None:
    feed = FEEDS["police__population"]
    rows = valid_rows(feed, 40)
    content = file_bytes(feed, [*rows, rows[0], *rows[39:], {**rows[5], "姓名": "别人"}, rows[5], rows[5]])
    expected = None
    for piece in (WHOLE, PIECES, 150):
        _, verdicts = collected(feed, content, piece)
        assert piece == WHOLE or len(verdicts) > 1
        found = [flag for _, judged in verdicts for flag in (~judged.accepted).to_list()]
        expected = expected or found
        assert found == expected
    assert [place for place, is_copy in enumerate(expected) if is_copy] == [40, 41, 43, 44]


def test_control_totals_are_in_the_file_s_unit_or_the_contract_s(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    feed = FEEDS["veterans__beneficiaries"]
    rows = [
        {("月抚恤补助(万元)" if h == "月抚恤补助" else h): 0.12 if h == "月抚恤补助" else c for h, c in row.items()}
        for row in valid_rows(feed, 2)
    ]
    for number, total in enumerate(["0.24", "2400", "24"], start=1):
        put(place, file_name(feed, number), xlsx_bytes(rows, feed.sheet), control_totals={"月抚恤补助(万元)": total})
    assert ingest(place, monkeypatch) == 3
    assert [refusal["code"] for refusal in refusals(place)] == ["control_total_differs"]
    assert {manifest.batch_no for manifest in read_manifests(place)} == {1, 2}
    assert not (place.quarantine / feed.feed_id).exists() or quarantine(place, feed.feed_id).height == 0
