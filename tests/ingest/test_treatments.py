"""What becomes of one row's defects, feed by feed: authorisations, order of dates, the future, test rows, broken cells."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import polars as pl
import pytest

from ingest import lake_rows, normalise
from ingest.headers import bind_headers
from tests.ingest.deliveries_made import (
    FEEDS,
    NUMBER_A,
    content_of,
    csv_bytes,
    ingest,
    keyed,
    lake,
    new_home,
    put,
    quarantine,
    rules,
)
from tests.ingest.valid_rows import file_bytes, file_name, identity_number, valid_rows
from warehouse.contracts import Feed
from warehouse.manifests import read_manifests
from warehouse.paths import Home

F03, F05, F06, F08, F09, F12, F19, F24, F26 = (
    FEEDS[name]
    for name in (
        "civil_affairs__case_events", "traffic_police__vehicles", "human_resources__social_insurance",
        "natural_resources__property", "market_supervision__enterprises", "check_centre__asset_reports",
        "justice__custody", "hotline__work_orders", "civil_affairs__marriages",
    )
)  # fmt: skip


def taken(place: Home, feed: Feed, changes: list[dict], monkeypatch, batch_no: int = 1) -> None:
    """Send valid rows of a feed, each with some cells changed."""
    rows = [row | change for row, change in zip(valid_rows(feed, len(changes)), changes, strict=True)]
    put(place, file_name(feed, batch_no), file_bytes(feed, rows))
    assert ingest(place, monkeypatch) == 0


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.code)
def test_valid_rows_of_every_feed_pass_without_a_mark(feed: Feed, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, feed, [{}] * 30, monkeypatch)
    kept = lake(place, feed.feed_id)
    assert kept.height == 30
    assert set(kept["_flags"]) == {""}
    assert kept["_row_key"].str.contains("^[0-9a-f]{32}$").all()
    types = [(name, lake_rows.TYPES[kind]) for name, kind in feed.lake_columns()]
    assert list(kept.schema.items()) == types
    assert [manifest.warnings for manifest in read_manifests(place)] == [[]]


def test_an_asset_report_needs_a_live_authorisation(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    changes = [
        {"报告日": "2025-10-09", "授权有效期": "2025-10-09"},  # its last valid day
        {"报告日": "2025-10-09", "授权有效期": "2025-10-08"},  # the day before
        {"授权编号": None},
        {"授权有效期": ""},
        {"授权编号": None, "报告日": "2025-10-09", "授权有效期": "2025-10-08"},
        {"授权有效期": "2025-02-30"},
    ]
    taken(place, F12, changes, monkeypatch)
    assert lake(place, F12.feed_id).height == 1
    found = quarantine(place, F12.feed_id).select("_row_number", "rule", "severity", "also").rows()
    first = found[0][0]
    assert [(number - first, *rest) for number, *rest in found] == [
        (0, "authorisation_expired", "info", ""),
        (1, "authorisation_missing", "info", ""),
        (2, "authorisation_missing", "info", ""),
        (3, "authorisation_missing", "info", "authorisation_expired"),
        (4, "date_unreadable", "warning", ""),
    ]


def test_an_end_before_its_start_and_a_day_to_come_are_marked(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    ahead = f"{datetime.now().year + 2}-01-01"
    taken(place, F19, [{"起始": "2025-10-07", "终止": "2025-10-07"}, {"起始": "2025-10-07", "终止": "2025-10-06"}, {"终止": ahead}, {"起始": ahead, "终止": None}], monkeypatch)  # fmt: skip
    assert lake(place, F19.feed_id)["_flags"].to_list() == ["", "end_before_start", "", "date_in_future"]
    taken(place, F03, [{}, {"开始时间": "2025-10-09 09:30:01", "完成时间": "2025-10-09T01:30:00Z"}], monkeypatch)
    kept = lake(place, F03.feed_id)
    # 01:30:00 in Greenwich is 09:30:00 in Wulong, a second before the start.
    assert kept["_flags"].to_list() == ["", "end_before_start"]
    assert kept["ended_at"].to_list() == [datetime(2025, 10, 9, 9, 30)] * 2


def test_a_span_in_one_column_fills_two(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = []
    for row, span in zip(valid_rows(F06, 3), ["2025-01-01至2025-06-30", "2025.1-2025.6", None], strict=True):
        kept = {header: cell for header, cell in row.items() if not header.startswith("失业金")}
        rows.append(kept | {"失业金起止": span})
    put(place, file_name(F06), csv_bytes(rows, F06.encodings[0]))
    assert ingest(place, monkeypatch) == 0
    dates = lake(place, F06.feed_id).select(pl.col("^unemployment_.*$").cast(pl.String)).rows()
    assert dates == [("2025-01-01", "2025-06-30")] * 2 + [(None, None)]


def test_test_rows_are_known_by_their_names_and_by_agreed_columns(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, F03, [{}, {"业务编号": "测试0001"}, {"办理人": "系统演示账号"}, {"业务编号": "TEST-7"}], monkeypatch)
    assert list(rules(place, F03.feed_id).values()) == ["test_row"] * 3
    # Where the contract names no such column, the word is a word.
    taken(place, F19, [{}], monkeypatch)
    assert lake(place, F19.feed_id).height == 1


def test_documents_are_hashed_in_one_form_and_credit_codes_checked(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, F05, [{"号牌号码": "渝g12345"}, {"号牌号码": " 渝 G１２３４５"}], monkeypatch)
    assert lake(place, F05.feed_id)["plate_key"].to_list() == [keyed(place, "document", "渝G12345")] * 2
    taken(place, F06, [{"单位信用代码": "115002320086902886"}, {"单位信用代码": "115002320086902887"}, {"单位信用代码": NUMBER_A}, {"单位信用代码": None}], monkeypatch)  # fmt: skip
    kept = lake(place, F06.feed_id)
    assert kept["employer_credit_code"].to_list() == [
        "115002320086902886", "115002320086902887", keyed(place, "document", NUMBER_A), None,
    ]  # fmt: skip
    assert kept["_flags"].to_list() == ["", "credit_code_invalid", "credit_code_invalid,number_hidden", ""]


def test_a_second_person_s_number_is_marked_and_none_is_no_fault(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    wrong = identity_number(1)[:-1] + ("1" if identity_number(1)[-1] != "1" else "2")
    taken(
        place,
        F26,
        [{"女方证件号": None}, {"女方证件号": wrong}, {"男方证件号": None}, {"男方证件号": wrong}],
        monkeypatch,
    )
    assert lake(place, F26.feed_id)["_flags"].to_list() == ["", "spouse_id_unusable", ""]
    assert list(rules(place, F26.feed_id).values()) == ["id_check_digit"]


@pytest.mark.parametrize(
    "written",
    ["5123**********0018", "512326********001X", "512326●●●●●●●●0018", "512326________0018", "512326xxxxxxxx0018",
     "512326－－－－－－－－0018", "512326****0018", "51232619550312001?", "***", "512326××××××××0018", "证件号码已隐去"],
)  # fmt: skip
def test_every_form_of_a_mask(written: str, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, F05, [{"所有人证件号": written}], monkeypatch)
    [found] = quarantine(place, F05.feed_id).to_dicts()
    assert found["rule"] == "id_masked"
    assert found["written_key"] is not None


def test_a_long_number_in_a_spreadsheet_or_as_a_float_has_lost_its_end(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    changes = [{"所有人证件号": text} for text in ("5.12326E+17", "512326195503120000.0", "5.12326195503120E17")]
    taken(place, F05, changes, monkeypatch)
    assert set(rules(place, F05.feed_id).values()) == {"id_lost_precision"}
    put(
        place,
        file_name(F24),
        json.dumps([valid_rows(F24, 1)[0] | {"来电人证件号": int(NUMBER_A)}], ensure_ascii=False).encode(),
    )
    assert ingest(place, monkeypatch) == 0
    assert set(rules(place, F24.feed_id).values()) == {"id_lost_precision"}


def test_the_same_record_has_the_same_key_in_every_delivery(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, F08, [{}, {}], monkeypatch)
    rows = valid_rows(F08, 2)
    later = [rows[1] | {"份额": "1/2"}, rows[0] | {"不动产单元号": "D000000009"}]
    put(place, file_name(F08, 2), file_bytes(F08, later))
    assert ingest(place, monkeypatch) == 0
    kept = lake(place, F08.feed_id).sort("_batch_no", "_row_number")
    keys = kept["_row_key"].to_list()
    assert keys[2] == keys[1]
    assert len(set(keys)) == 3
    # SHA-256 over the feed and the lake values of its key columns.
    parts = [F08.feed_id, *kept.select("property_unit_key", "person_key").row(0)]
    assert keys[0] == hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def test_a_number_in_an_identifier_or_free_text_stays_out_of_the_lake(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(
        place,
        F24,
        [{"工单号": f"W-{NUMBER_A}", "办理单位": f"某所 {NUMBER_A}"}, {"工单号": "13912345678", "分类": "乱"}, {}],
        monkeypatch,
    )
    kept, refused = lake(place, F24.feed_id), quarantine(place, F24.feed_id)
    assert kept["order_id"].to_list()[0] == keyed(place, "document", f"W-{NUMBER_A}")
    assert kept["handling_org"].to_list()[0] == "某所 #"
    assert kept["_flags"].to_list() == ["number_hidden", ""]
    assert refused["rule"].to_list() == ["code_unknown"]
    assert "13912345678" not in repr(refused.rows())


def test_what_the_bureau_wrote_is_hardly_shown(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    taken(place, F19, [{"状态": "欧阳明月"}, {"起始": "欧阳明月等三人"}, {"起始": NUMBER_A}, {}], monkeypatch)
    assert quarantine(place, F19.feed_id)["masked_value"].to_list() == ["欧…", "欧阳…人", "##…#"]


@pytest.mark.parametrize("lines", [1, 2])
def test_headers_on_two_lines_with_merged_cells(lines: int) -> None:
    """A cell merged over several columns, and one merged over both lines, as a reader gives them: the first only."""
    headers = [column.header for column in F06.columns]
    groups, below = [""] * len(headers), list(headers)
    for place, header in enumerate(headers):
        if header.startswith("失业金"):
            groups[place], below[place] = ("失业金" if header.endswith("起始") else ""), header[3:]
        elif lines == 1:
            groups[place], below[place] = header, ""
    binding = bind_headers([["社会保险参保情况表"], groups, below], F06, "file")
    assert binding.positions == {column.name: place for place, column in enumerate(F06.columns)}
    assert binding.last_header_row == 2


def test_a_row_of_the_table_never_passes_for_a_line_of_its_header() -> None:
    """A cell of the first row reads like a header that the file lacks; the row stays a row."""
    headers = [column.header for column in F19.columns if column.header != "终止"]
    row = [identity_number(1), "服刑", "2025-10-01", "终止"]
    binding = bind_headers([[*headers, "备注"], row, row], F19, "file")
    assert binding.last_header_row == 0
    assert "end_date" not in binding.positions
    # A line without values is one.
    assert bind_headers([[*headers, "期间"], [None, None, None, "终止"], row], F19, "file").last_header_row == 1


def test_an_unknown_header_with_a_number_in_it_is_not_named() -> None:
    headers = [column.header for column in F19.columns]
    extra = ["备注", NUMBER_A, "5 1 2 3 2 6", "５１２３２６", "x" * 21, "电话\n备用"]
    binding = bind_headers([[*headers, *extra]], F19, "file")
    assert binding.extra == ["备注", "column 6", "column 7", "column 8", "column 9", "电话 备用"]


def test_units_are_read_from_the_end_of_a_header() -> None:
    def units(feed: Feed, old: str, new: str) -> dict[str, str]:
        headers = [new if column.header == old else column.header for column in feed.columns]
        binding = bind_headers([headers], feed, "file")
        assert len(binding.positions) == len(headers)
        return binding.units

    assert units(F08, "建筑面积㎡", "建筑面积（亩）") == {"floor_area_m2": "亩"}
    assert units(F08, "建筑面积㎡", "建筑面积（平方米）") == {}
    assert units(F06, "缴费基数", "缴费基数(单位：分)") == {"base_yuan": "分"}
    assert units(F06, "缴费基数", "缴费基数【千元】") == {"base_yuan": "千元"}


def test_nothing_depends_on_how_long_a_file_is(tmp_path, monkeypatch) -> None:
    """The short and the long way through a column give the same lake: rows that only the long way meets in bulk."""
    contents: list[list[list]] = []
    keys = new_home(tmp_path / "keys").keys
    for few in (normalise.SMALL, 10):
        place = Home(tmp_path / str(few), keys)
        place.inbox.mkdir(parents=True)
        for name in ("ingest.cells.FEW", "ingest.columns.FEW", "ingest.distinct_texts.FEW"):
            monkeypatch.setattr(name, few)
        feed = FEEDS["police__population"]
        changes = [{}] * 40 + [
            {"姓名": "张?"}, {"姓名": " 张 三"}, {"姓名": "测试人"}, {"出生日期": "1950年1月1日"}, {"出生日期": "19500230"},
            {"公民身份号码": " " + identity_number(45)}, {"公民身份号码": "无"}, {"性别": "男"}, {"性别": "？"}, {"变动日期": "45352"},
        ]  # fmt: skip
        taken(place, feed, changes, monkeypatch)
        contents.append([rows for _, *rows in content_of(place).values()])
    lake_short, lake_long = ([_without_arrival(rows) for rows in content] for content in contents)
    assert lake_short == lake_long


def _without_arrival(tables: list[list[tuple]]) -> list[list[tuple]]:
    return [[tuple(cell for cell in row if not isinstance(cell, datetime)) for row in rows] for rows in tables]
