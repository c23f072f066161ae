"""Rows of a file as text: every form, every encoding, headers wherever they stand, rows that don't fit."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime

import openpyxl
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.csv_tables import count_rows, read_csv_table
from ingest.json_tables import read_json_table
from ingest.workbook_tables import read_workbook_table
from tests.ingest.deliveries_made import CREMATION, DEATH, FEEDS, NUMBER_A, PAYMENT, REGISTER, csv_bytes, xlsx_bytes

F01, F02, F07, F16, F17 = (
    FEEDS[f"{feed}"]
    for feed in (
        "civil_affairs__register",
        "finance__payments",
        "medical_insurance__settlements",
        "health__deaths",
        "funeral__cremations",
    )
)
HEADER = ",".join(PAYMENT)


def payment_table(text: str, encoding: str = "gb18030"):
    return read_csv_table(text.encode(encoding), F02, "f.csv")


def line(**changes: str) -> str:
    return ",".join(str({**PAYMENT, **changes}[header] or "") for header in PAYMENT)


def agree(table) -> None:
    assert table.rows_read == table.rows_counted


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_and_line_end_gives_the_same_cells(encoding: str, newline: str) -> None:
    text = newline.join([HEADER, line(姓名="𠮷㛃"), line(姓名="张三"), ""])
    table = payment_table(text, encoding)
    assert table.cells["person_name"].to_list() == ["𠮷㛃", "张三"]
    assert table.cells["return_reason"].to_list() == [None, None]
    assert table.row_numbers.to_list() == [2, 3]
    agree(table)


def test_rows_with_too_few_or_too_many_fields_are_ragged_and_the_others_stay() -> None:
    table = payment_table("\n".join([HEADER, line(), "a,b", line() + ",x", line(), ""]))
    assert table.row_numbers.to_list() == [2, 5]
    assert table.ragged.rows() == [(3, "a", 2), (4, PAYMENT["发放批次"], 16)]
    agree(table)


def test_quoted_fields_with_commas_quotes_and_line_breaks() -> None:
    text = "\n".join(
        [HEADER, line(退回原因='"销户,""死亡"""'), line(收款人='"李\n四"'), line(退回原因='""'), line(), ""]
    )
    table = payment_table(text)
    assert table.cells["return_reason"].to_list() == ['销户,"死亡"', None, None, None]
    assert (
        table.cells["payee_name"].to_list() == ["李四", "李\n四", "李四", "李四"]
        or table.cells["payee_name"][1] == "李\n四"
    )
    assert table.row_numbers.to_list() == [2, 3, 5, 6]
    agree(table)


def test_a_line_inside_a_cell_is_no_row_even_when_it_looks_like_one() -> None:
    table = payment_table("\n".join([HEADER, line(收款人='"李\n' + line() + '\n四"'), line(), ""]))
    assert table.cells.height == 2
    assert table.row_numbers.to_list() == [2, 5]
    agree(table)


def test_a_quotation_mark_that_never_closes_costs_its_own_row_only() -> None:
    table = payment_table("\n".join([HEADER, line(姓名='"张三'), line(退回原因='"销户, 死亡"'), line(), ""]))
    assert table.ragged["row_number"].to_list() == [2]
    assert table.row_numbers.to_list() == [3, 4]
    agree(table)


def test_blank_lines_and_lines_of_commas_are_no_rows() -> None:
    table = payment_table("\n".join([HEADER, "", line(), " , ,", "," * 14, '""' + "," * 14, line(), "", ""]))
    assert table.row_numbers.to_list() == [3, 7]
    agree(table)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(
    ['"', '""', ",", "\n", "a,b", 'a"b', '"a', "张 三", " ", "'1", "1\n2", ""]
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CELL, min_size=15, max_size=15), min_size=1, max_size=6), st.permutations(list(PAYMENT)))
def test_whatever_is_written_by_the_csv_module_is_read_back_by_header(rows, headers) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([headers, *rows])
    table = read_csv_table(stream.getvalue().encode(), F02, "f.csv")
    filled = [row for row in rows if any(cell.strip(" \t\r\n") for cell in row)]
    for column in F02.columns:
        expected = [row[headers.index(column.header)].replace("\r\n", "\n") or None for row in filled]
        assert table.cells[column.name].to_list() == expected
    agree(table)


def test_the_count_of_rows_can_fail() -> None:
    """The guard, shown to fail: a count that forgets quoted line breaks differs."""
    body = b'a,"x\ny"\nb,c\n\n'
    assert count_rows(body) == 2
    assert body.count(b"\n") == 4


@settings(max_examples=20, deadline=None)
@given(st.permutations(list(PAYMENT)))
def test_columns_are_bound_by_name_in_any_order(headers) -> None:
    table = read_csv_table(csv_bytes([PAYMENT], headers=headers), F02, "f.csv")
    for column in F02.columns:
        assert table.cells[column.name][0] == PAYMENT[column.header]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("身份证号", "person_id_no"),
        ("身 份 证", "person_id_no"),
        ("公民身份号码", "person_id_no"),
        ("证件号码（必填）", None),
    ],
)
def test_known_renamings_are_bound_and_unknown_ones_are_not(header: str, column: str | None) -> None:
    renamed = {header if name == "证件号码" else name: cell for name, cell in PAYMENT.items()}
    if column is None:
        with pytest.raises(Exception, match="证件号码"):
            read_csv_table(csv_bytes([renamed]), F02, "f.csv")
    else:
        assert read_csv_table(csv_bytes([renamed]), F02, "f.csv").binding.found[header] == column


def test_full_width_brackets_and_units_in_headers() -> None:
    rows = [
        {{"村(社区)名称": "村（社区） 名称", "保障金额": "保障金额(万元)"}.get(k, k): v for k, v in REGISTER.items()}
    ]
    table = read_workbook_table(xlsx_bytes(rows, F01.sheet), F01, "f.xlsx")
    assert table.cells["village_name"][0] == "某村"
    assert table.binding.units == {"household_amount_yuan": "万元"}


def test_an_extra_column_is_kept_out_and_named_and_its_long_numbers_are_not() -> None:
    table = read_csv_table(csv_bytes([{**PAYMENT, "备注": "x", NUMBER_A: "y"}]), F02, "f.csv")
    assert table.binding.extra == ["备注", "column 17"]
    assert set(table.cells.columns) == {column.name for column in F02.columns}


@pytest.mark.parametrize(
    ("above", "header_row"),
    [
        ([], 1),
        ([["在册名册（2025年10月）"]], 2),
        ([["标题"], []], 3),
        ([["家庭信息", "", "", "", "", "人员信息"]], 2),
    ],
)
def test_headers_below_a_title_or_a_line_of_groups(above, header_row: int) -> None:
    table = read_workbook_table(xlsx_bytes([REGISTER], F01.sheet, above), F01, "f.xlsx")
    assert table.row_numbers.to_list() == [header_row + 1]
    assert table.cells["person_id_no"].to_list() == [NUMBER_A]
    agree(table)


def test_a_header_on_two_lines() -> None:
    upper = {name: name for name in REGISTER}
    upper |= {"姓名": "成员", "证件号码": ""}
    lower = {**dict.fromkeys(REGISTER, ""), "姓名": "姓名", "证件号码": "证件号码"}
    content = rewritten([list(upper.values()), list(lower.values()), list(REGISTER.values())], F01.sheet)
    table = read_workbook_table(content, F01, "f.xlsx")
    assert table.row_numbers.to_list() == [3]
    assert table.cells["person_name"].to_list() == ["张三丰"]
    agree(table)


def rewritten(rows: list[list[object]], sheet: str, first_column: int = 0) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        page = workbook.add_worksheet(sheet)
        dates = workbook.add_format({"num_format": "yyyy-mm-dd"})
        for index, cells in enumerate(rows):
            for position, cell in enumerate(cells, start=first_column):
                if isinstance(cell, datetime):
                    page.write_datetime(index, position, cell, dates)
                elif isinstance(cell, str) and cell.startswith("="):
                    page.write_formula(index, position, cell, None, "#REF!")
                elif cell not in (None, ""):
                    page.write(index, position, cell)
    return stream.getvalue()


@pytest.mark.parametrize("first_column", [0, 2, 27])
def test_number_cells_are_known_wherever_the_table_begins(first_column: int) -> None:
    rows = [list(CREMATION), list(CREMATION.values()), list({**CREMATION, "证件号码": float(NUMBER_A)}.values())]
    table = read_workbook_table(rewritten(rows, F17.sheet, first_column), F17, "f.xlsx")
    assert table.number_cells["person_id_no"].to_list() == [False, True]
    agree(table)


def test_dates_numbers_and_error_cells_of_a_workbook() -> None:
    second = {**CREMATION, "死亡日期": datetime(2024, 3, 1), "火化日期": 45352, "减免金额": "=A1/0"}
    rows = [list(CREMATION), list(CREMATION.values()), [], list(second.values())]
    table = read_workbook_table(rewritten(rows, F17.sheet), F17, "f.xlsx")
    assert table.cells["death_date"][1].startswith("2024-03-01")
    assert table.cells["cremation_date"][1] == "45352"
    assert table.cells["relief_yuan"].to_list() == ["1200", "#ERROR"]
    assert table.row_numbers.to_list() == [2, 4]
    agree(table)


def test_the_count_of_a_sheet_agrees_with_openpyxl() -> None:
    rows = [list(CREMATION), *[list({**CREMATION, "火化证号": f"C{i}"}.values()) for i in range(40)], [], ["合计"]]
    content = rewritten(rows, F17.sheet)
    table = read_workbook_table(content, F17, "f.xlsx")
    page = openpyxl.load_workbook(io.BytesIO(content), read_only=True)[F17.sheet]
    counted = sum(1 for row in page.iter_rows(values_only=True) if any(cell is not None for cell in row)) - 1
    assert table.rows_read == table.rows_counted == counted == 41


def test_workbooks_of_another_program_with_empty_texts() -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = F17.sheet
    page.append(list(CREMATION))
    page.append([CREMATION[name] for name in CREMATION])
    page.append([""] * len(CREMATION))
    hidden = book.create_sheet("隐藏")
    hidden.sheet_state = "hidden"
    hidden.append(["x"])
    stream = io.BytesIO()
    book.save(stream)
    table = read_workbook_table(stream.getvalue(), F17, "f.xlsx")
    assert table.row_numbers.to_list() == [2]
    agree(table)


def deaths(*lines: str):
    return read_json_table(("\n".join(lines) + "\n").encode(), F16, "f.jsonl", None)


def test_json_lines_in_any_order_of_keys() -> None:
    table = deaths(
        json.dumps(DEATH, ensure_ascii=False),
        "",
        json.dumps(dict(reversed(DEATH.items())), ensure_ascii=False),
        "not json",
        '["a"]',
        '{"证件号码":[{"x":1}]}',
        json.dumps({**DEATH, "证件号码": 512326195503120018, "姓名": None, "死因大类": True}, ensure_ascii=False),
    )
    assert table.row_numbers.to_list() == [1, 3, 7]
    assert table.ragged["row_number"].to_list() == [4, 5, 6]
    assert table.cells["person_id_no"].to_list() == [NUMBER_A] * 3
    assert table.number_cells["person_id_no"].to_list() == [False, False, True]
    assert table.cells["person_name"].to_list() == ["张三丰", "张三丰", None]
    agree(table)


def test_a_key_twice_in_a_line_is_no_record() -> None:
    twice = json.dumps(DEATH, ensure_ascii=False)[:-1] + ',"姓名":"李四"}'
    table = deaths(json.dumps(DEATH, ensure_ascii=False), twice, json.dumps(DEATH, ensure_ascii=False))
    assert table.ragged["row_number"].to_list() == [2]


def test_a_medium_file_is_cut_into_runs_without_loss() -> None:
    lines = [HEADER]
    for index in range(5000):
        lines.append("short,row" if index % 7 == 3 else line(发放批次=f"B{index}"))
    table = payment_table("\n".join([*lines, ""]))
    whole = [index for index in range(5000) if index % 7 != 3]
    assert table.cells["payment_batch_id_finance"].to_list() == [f"B{index}" for index in whole]
    assert table.row_numbers.to_list() == [index + 2 for index in whole]
    assert table.ragged.height == 5000 - len(whole)
    assert isinstance(table.cells, pl.DataFrame)
    agree(table)
