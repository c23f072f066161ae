"""Which rows are refused by which rule, what quarantine keeps of them, and which marks let a row pass."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

from ingest import lake_rows
from tests.ingest.deliveries_made import (
    CERTIFICATE,
    CREMATION,
    MONITORED,
    NUMBER_A,
    NUMBER_B,
    PAYMENT,
    POPULATION,
    REGISTER,
    csv_bytes,
    ingest,
    keyed,
    lake,
    new_home,
    payments,
    put,
    quarantine,
    rules,
    xlsx_bytes,
)
from warehouse.contracts import QUARANTINE_COLUMNS
from warehouse.manifests import read_manifests

F02 = "finance__payments"


BAD = {
    "id_check_digit": {"证件号码": NUMBER_A[:-1] + "9"},
    "id_lost_precision": {"证件号码": "5.12326E+17"},
    "id_masked": {"证件号码": "5123**********0018"},
    "id_malformed": {"证件号码": "51232619550312"},
    "id_missing": {"证件号码": ""},
    "date_unreadable": {"发放日期": "1900-01-00"},
    "amount_unreadable": {"实发金额": "五百"},
    "code_unknown": {"状态": "别的"},
    "required_missing": {"发放批次": " "},
    "out_of_range": {"补发月数": "37"},
    "test_row": {"姓名": "测试人员"},
    "footer_row": {"发放批次": "合计："},
}


def test_every_rule_sends_its_row_to_quarantine_and_the_others_pass(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = [{**PAYMENT, "发放批次": f"B{i}"} for i in range(100)]
    bad = [{**PAYMENT, "发放批次": f"X{i}", **change} for i, change in enumerate(BAD.values())]
    payments(place, [*bad, *rows, rows[0]])
    assert ingest(place, monkeypatch) == 0
    found = quarantine(place, F02)
    assert dict(found.schema) == {name: lake_rows.TYPES[kind] for name, kind in QUARANTINE_COLUMNS}
    expected = {number + 2: rule for number, rule in enumerate(BAD)} | {2 + len(BAD) + 100: "duplicate_row"}
    assert rules(place, F02) == expected
    info = set(found.filter(pl.col("severity") == "info")["rule"])
    assert info == {"duplicate_row", "footer_row", "test_row"}
    assert lake(place, F02).height == 100
    [manifest] = read_manifests(place)
    assert manifest.rows_read == 113 == manifest.rows_accepted + manifest.rows_quarantined
    assert manifest.quarantined_by_rule == dict.fromkeys(sorted([*BAD, "duplicate_row"]), 1)


def test_several_refused_rows_of_which_none_names_a_column(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    payments(place, [PAYMENT, PAYMENT, {**PAYMENT, "发放批次": "合计"}, {**PAYMENT, "发放批次": "制表人：王某"}])
    assert ingest(place, monkeypatch) == 0
    assert rules(place, F02) == {3: "duplicate_row", 4: "footer_row", 5: "footer_row"}
    assert quarantine(place, F02)["masked_value"].to_list() == [None, None, None]


def test_a_row_that_breaks_several_rules_is_one_row_in_their_order(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    row = {**PAYMENT, "证件号码": NUMBER_A[:-1] + "9", "发放日期": "x", "所属期": "y", "实发金额": "z"}
    payments(place, [row, PAYMENT])
    assert ingest(place, monkeypatch) == 0
    [found] = quarantine(place, F02).to_dicts()
    assert (found["rule"], found["column_name"], found["also"]) == (
        "id_check_digit", "person_id_no", "date_unreadable,amount_unreadable",
    )  # fmt: skip
    assert found["masked_value"] == "##…#"
    assert json.loads(found["context"]) == {"programme_code": "0102", "benefit_month": None, "due_yuan": "519.00"}
    assert found["hint_head_key"] == keyed(place, "hint", "张三丰|" + NUMBER_A[:9])
    assert found["hint_tail_key"] != keyed(place, "hint", "张三丰|" + NUMBER_A[9:])


@pytest.mark.parametrize("value", [-0.01, 0, 36, 37])
def test_the_edges_of_a_range(value: float, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    row = {**REGISTER, "保障金额": value, "保障人数": 30 if value < 37 else 31}
    put(place, "civil_affairs__register__202510__001.xlsx", xlsx_bytes([row], "在册名册"))
    assert ingest(place, monkeypatch) == 0
    assert (
        rules(place, "civil_affairs__register") == ({2: "out_of_range"} if value in (-0.01, 37) else {})
        if (place.quarantine.exists())
        else value in (0, 36)
    )


def test_marks_let_a_row_pass(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = [
        {**PAYMENT, "账号": "6.217E+18", "收款人证件号": NUMBER_B[:-1] + "0", "姓名": "张?"},
        {**PAYMENT, "账号": None, "收款人证件号": None},
        PAYMENT,
    ]
    payments(place, rows)
    put(
        place,
        "police__population__2025Q3__001.csv",
        csv_bytes([{**POPULATION, "性别": "女", "出生日期": "1955-03-13"}, {**POPULATION, "性别": "未知"}]),
    )
    put(
        place,
        "disabled_federation__certificates__202510__001.xlsx",
        xlsx_bytes([{**CERTIFICATE, "类别": "视力", "等级": "一级"}], "持证人员"),
    )
    put(place, "agriculture__monitored_persons__202510__001.xlsx", xlsx_bytes([MONITORED], "监测对象"))
    assert ingest(place, monkeypatch) == 0
    found = lake(place, F02)
    assert found["_flags"].to_list() == ["account_unusable,name_odd_character,payee_id_unusable", "", ""]
    assert found["account_key"].is_null().to_list() == [True, True, False]
    assert found["payee_key"].is_null().to_list() == [True, True, False]
    assert lake(place, "police__population")["_flags"].to_list() == ["birth_date_differs,sex_differs", ""]
    certificates = lake(place, "disabled_federation__certificates")
    assert certificates["_flags"].to_list() == ["disability_grade_differs,disability_type_differs"]
    assert certificates.select("certificate_type_code", "certificate_grade_code", "valid_to_date").rows() == [
        ("4", "3", None)
    ]
    monitored = lake(place, "agriculture__monitored_persons")
    assert monitored.select("_flags", "income_year_yuan").rows() == [("amount_rounded", Decimal("8123.46"))]


def test_a_number_cell_in_a_workbook_has_lost_its_end(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    rows = [
        CREMATION,
        {**CREMATION, "火化证号": "C2", "证件号码": float(NUMBER_A)},
        {**CREMATION, "火化证号": "C3", "证件号码": None, "逝者姓名": None},
    ]
    put(place, "funeral__cremations__20251005__001.xlsx", xlsx_bytes(rows, "火化登记"))
    assert ingest(place, monkeypatch) == 0
    assert rules(place, "funeral__cremations") == {3: "id_lost_precision"}
    assert lake(place, "funeral__cremations")["person_key"].to_list() == [keyed(place, "id", NUMBER_A), None]
