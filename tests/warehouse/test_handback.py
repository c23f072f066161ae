"""Hand-back packs: the bureau's own rows, masked, as text that no spreadsheet runs; closed items take their pack away."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from warehouse import handback
from warehouse.contracts import load_feeds
from warehouse.database import open_candidate
from warehouse.errors import WarehouseError
from warehouse.paths import Home, home
from warehouse.rule_texts import load_rule_texts

COLUMNS = """item_id varchar, bureau varchar, feed_id varchar, batch_id varchar, file_name varchar, sheet varchar,
    row_number integer, rule varchar, column_name varchar, header varchar, masked_value varchar, times_sent_count bigint,
    status varchar, first_seen_date date, last_seen_date date, due_date date, households_count bigint, amount_yuan decimal(14, 2)"""
PAYMENTS, DEATHS = "finance__payments", "health__deaths"
SENT, DUE = date(2025, 11, 10), date(2025, 11, 24)


def item(number: int, feed_id: str, **changes: object) -> tuple:
    """One item; ten working days after 10 November (a Monday) is the 24th."""
    facts: dict[str, object] = {
        "item_id": f"{number:032x}",
        "bureau": feed_id.split("__")[0],
        "feed_id": feed_id,
        "batch_id": "b1",
        "file_name": f"{feed_id}__202511__001.csv",
        "sheet": None,
        "row_number": number,
        "rule": "id_check_digit",
        "column_name": "person_id_no",
        "header": "证件号码",
        "masked_value": "51###9",
        "times_sent_count": 1,
        "status": "open",
        "first_seen_date": SENT,
        "last_seen_date": SENT,
        "due_date": DUE,
        "households_count": 1,
        "amount_yuan": Decimal("630.00"),
    } | changes
    return tuple(facts.values())


@pytest.fixture
def place(tmp_path: Path) -> Home:
    """An installation without a build."""
    return home(tmp_path / "data", tmp_path / "keys")


def publish(place: Home, items: list[tuple], name: str = "b-20251123-00000001") -> Path:
    """Publish a build whose casework holds these items."""
    folder = place.builds / name
    folder.mkdir(parents=True)
    connection = open_candidate(folder / "casework.duckdb")
    connection.execute(f"create table case_handback_items ({COLUMNS})")
    if items:
        connection.executemany(f"insert into case_handback_items values ({', '.join('?' * 18)})", items)
    connection.close()
    (folder / "receipt.json").write_text(json.dumps({"build_id": name, "as_of": "2025-11-23", "verdict": "passed"}))
    place.published.mkdir(exist_ok=True)
    place.current.unlink(missing_ok=True)
    place.current.symlink_to(folder)
    return folder


def rows_of(content: bytes) -> list[list[str]]:
    """A pack's CSV without its heads."""
    assert content.startswith(b"\xef\xbb\xbf"), "Excel tells UTF-8 by its mark"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]


def test_without_a_build_there_is_nothing_to_hand_back(place: Home) -> None:
    with pytest.raises(WarehouseError, match="nothing is published"):
        handback.write_packs(place)


def test_a_pack_holds_its_own_bureau_s_rows_only(place: Home) -> None:
    publish(place, [item(2, PAYMENTS), item(3, PAYMENTS, status="closed"), item(4, DEATHS, status="reopened")])
    assert handback.write_packs(place, say=lambda _: None) == 2
    found = sorted(path.relative_to(place.root / "handback").as_posix() for path in place.root.glob("handback/*/*"))
    assert found == [
        "finance/finance__payments__202511__001__退回.csv",
        "finance/finance__payments__202511__001__退回.xlsx",
        "health/health__deaths__202511__001__退回.csv",
        "health/health__deaths__202511__001__退回.xlsx",
    ]
    payments = rows_of((place.root / "handback" / found[0]).read_bytes())
    assert [row[3] for row in payments] == ["2"], "the closed one isn't asked for again"
    assert "health" not in str(payments)


def test_a_pack_says_what_where_why_and_by_when(place: Home) -> None:
    publish(place, [item(7, PAYMENTS, times_sent_count=3, status="reopened")])
    handback.write_packs(place, say=lambda _: None)
    row = rows_of(next(place.root.glob("handback/finance/*.csv")).read_bytes())[0]
    text = load_rule_texts()["id_check_digit"]
    assert row[1:5] == ["finance__payments__202511__001.csv", "", "7", "证件号码"]
    assert row[5:8] == [text.title_zh, text.explanation_zh, text.remedy_zh]
    assert row[8:] == ["51###9", "1", "630.00", "2025-11-10", "3", "再次出现", "2025-11-24"]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠1"])
def test_nothing_in_a_pack_is_a_formula(place: Home, value: str) -> None:
    publish(place, [item(2, PAYMENTS, masked_value=value, header=value)])
    handback.write_packs(place, say=lambda _: None)
    row = rows_of(next(place.root.glob("handback/finance/*.csv")).read_bytes())[0]
    assert (row[4], row[8]) == ("'" + value.replace("\r", "\r"), "'" + value)
    book = openpyxl.load_workbook(next(place.root.glob("handback/finance/*.xlsx")))
    cells = [cell for cells in book["退回明细"].iter_rows() for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no cell holds a formula"


def test_the_guard_against_formulas_is_what_keeps_them_out(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handback, "FORMULA_STARTS", ("never",))
    publish(place, [item(2, PAYMENTS, masked_value="=1+1")])
    handback.write_packs(place, say=lambda _: None)
    assert rows_of(next(place.root.glob("handback/finance/*.csv")).read_bytes())[0][8] == "=1+1"


def test_a_long_number_opens_as_text(place: Home) -> None:
    publish(place, [item(2, PAYMENTS, file_name="20251123000000000001")])
    handback.write_packs(place, say=lambda _: None)
    sheet = openpyxl.load_workbook(next(place.root.glob("handback/finance/*.xlsx")))["退回明细"]
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["B2"].number_format) == ("20251123000000000001", "s", "@")


def test_the_cover_adds_up(place: Home) -> None:
    again = item(3, PAYMENTS, status="reopened", amount_yuan=Decimal("70.50"), due_date=date(2025, 11, 20))
    publish(place, [item(2, PAYMENTS), again])
    handback.write_packs(place, say=lambda _: None)
    cover = openpyxl.load_workbook(next(place.root.glob("handback/finance/*.xlsx")))["说明"]
    words = {row[0].value: row[1].value for row in cover.iter_rows()}
    assert words["退回"] == "2 项，其中再次出现 1 项"
    assert words["影响"] == "涉及 2 户次、700.50 元"  # 630.00 + 70.50
    assert "2025-11-20" in words["期限"], "the earliest due date"


def test_the_same_items_give_the_same_bytes_and_are_not_written_again(place: Home) -> None:
    folder = publish(place, [item(2, PAYMENTS)])
    handback.write_packs(place, say=lambda _: None)
    pack = handback.packs(folder, load_feeds())[0]
    texts = load_rule_texts()
    assert handback.as_workbook(pack, texts) == handback.as_workbook(pack, texts)
    assert handback.write_packs(place, say=lambda _: None) == 0


def test_a_corrected_delivery_takes_its_pack_away(place: Home) -> None:
    publish(place, [item(2, PAYMENTS)])
    handback.write_packs(place, say=lambda _: None)
    publish(place, [item(2, PAYMENTS, status="closed")], name="b-20251130-00000002")
    assert handback.write_packs(place, say=lambda _: None) == 1
    assert list(place.root.glob("handback/*/*")) == []


def test_a_refused_file_is_an_item_of_the_whole_file(place: Home) -> None:
    publish(place, [item(2, PAYMENTS, row_number=None, rule="header_missing", header=None, batch_id=None)])
    handback.write_packs(place, say=lambda _: None)
    row = rows_of(next(place.root.glob("handback/finance/*.csv")).read_bytes())[0]
    assert (row[3], row[5]) == ("整个文件", load_rule_texts()["header_missing"].title_zh)
