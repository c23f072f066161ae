"""Workbooks as any program writes them: dates, numbers, texts, formulas, merged cells, read as the program shows them."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from ingest.workbook_tables import ERROR_TEXT, FORMULA_TEXT, read_workbook_table
from tests.ingest.deliveries_made import CREMATION, NUMBER_A, ingest, lake, new_home, put, quarantine
from tests.ingest.workbooks_made import (
    BOOK,
    F17,
    HEADER,
    MAIN,
    OFFICE,
    SHEET,
    archive,
    book,
    cremations,
    members,
    patched,
    texts,
)  # fmt: skip


def one_row(content: bytes) -> dict[str, str | None]:
    """The only row of a workbook, by header."""
    table = read_workbook_table(content, F17, BOOK)
    assert table.rows_read == table.rows_counted == 1
    return {column.header: table.cells[column.name][0] for column in F17.columns}


def test_formulas_without_a_result_and_errors_are_no_empty_cells(tmp_path, monkeypatch) -> None:
    rows = [
        texts(*{**CREMATION, "减免金额": ("", "<f>A1*2</f>")}.values(), row=2),
        texts(*{**CREMATION, "减免金额": ("", "<f>A1*2</f><v></v>")}.values(), row=3),
        texts(*{**CREMATION, "减免金额": ('t="e"', "<f>#REF!</f><v>#REF!</v>")}.values(), row=4),
        texts(*{**CREMATION, "减免金额": ("", "<f>A1*2</f><v>1200</v>")}.values(), row=5),
        texts(*{**CREMATION, "经办人": ('t="str"', '<f>""</f><v></v>')}.values(), row=6),
        texts(*{**CREMATION, "减免项目": ('t="s"', "<v>99</v>")}.values(), row=7),
        texts(*{**CREMATION, "火化证号": ("", "<f>A1</f>")}.values(), row=8),
    ]
    content = book(HEADER + "".join(rows))
    table = read_workbook_table(content, F17, BOOK)
    assert table.rows_read == table.rows_counted == 7
    assert table.cells["relief_yuan"].to_list() == [
        FORMULA_TEXT,
        FORMULA_TEXT,
        ERROR_TEXT,
        "1200",
        "1200",
        "1200",
        "1200",
    ]
    assert table.bad_cells["relief_yuan"].to_list() == [True, True, True, False, False, False, False]
    place = new_home(tmp_path)
    put(place, BOOK, content)
    assert ingest(place, monkeypatch) == 0
    # Rows 5 and 6 say something; a formula's empty text is a result.
    assert lake(place, F17.feed_id)["_row_number"].to_list() == [5, 6]
    assert quarantine(place, F17.feed_id)["_row_number"].to_list() == [2, 3, 4, 7, 8]


def test_real_date_cells_in_both_calendars() -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="57"/></cellXfs></styleSheet>'
    for style in (1, 2, 3):
        rows = HEADER + texts(
            *{
                **CREMATION,
                "死亡日期": (f's="{style}"', "<v>45352</v>"),
                "减免金额": ('s="0"', "<v>45352</v>"),
            }.values(),
            row=2,
        )
        cells = one_row(book(rows, styles=styles))
        assert cells["死亡日期"] == "2024-03-01"
        assert cells["减免金额"] == "45352"
    rows = HEADER + texts(*{**CREMATION, "死亡日期": ('s="1"', "<v>43890.5</v>")}.values(), row=2)
    content = patched(book(rows, styles=styles), "xl/workbook.xml", b"<sheets>", b'<workbookPr date1904="1"/><sheets>')
    # 43,890 days after 1 January 1904 is 1 March 2024: 1904 + 120 years + 60 days, 30 of them leap days.
    assert date(1904, 1, 1).toordinal() + 43_890 == date(2024, 3, 1).toordinal()
    assert one_row(content)["死亡日期"] == "2024-03-01 12:00:00"


@pytest.mark.parametrize(
    ("written", "text"),
    [("1200", "1200"), ("1200.0", "1200"), ("0.30000000000000004", "0.3"), ("5.12326195503120E+17", "512326195503120000"), ("1E-3", "0.001"), ("-12.5", "-12.5"), ("9133.530000000001", "9133.53")],
)  # fmt: skip
def test_numbers_as_the_spreadsheet_shows_them(written: str, text: str) -> None:
    rows = HEADER + texts(*{**CREMATION, "减免金额": ("", f"<v>{written}</v>")}.values(), row=2)
    assert one_row(book(rows))["减免金额"] == text


def test_texts_in_every_way_a_program_writes_them() -> None:
    shared = '<sst><si><t>a</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">张 </t></r><r><t>三</t></r><rPh sb="0" eb="1"><t>zhang</t></rPh></si><si/><si><t>x &amp; &lt;y&gt; _x000D_z</t></si></sst>'
    cells = one_row(
        book(
            HEADER
            + texts(
                *{
                    **CREMATION,
                    "逝者姓名": ('t="s"', "<v>1</v>"),
                    "减免项目": ('t="s"', "<v>3</v>"),
                    "经办人": ('t="s"', "<v>2</v>"),
                    "户籍地": ('t="str"', "<v>白马&#x9547;</v>"),
                }.values(),
                row=2,
            ),
            sharedStrings=shared,
        )
    )
    assert cells["逝者姓名"] == "张 三"
    assert cells["减免项目"] == "x & <y> \rz"
    assert cells["经办人"] is None
    assert cells["户籍地"] == "白马镇"


def test_other_programs_prefixes_orders_and_missing_places() -> None:
    plain = cremations()
    expected = one_row(plain)
    prefixed = members(plain)
    sheet = prefixed[SHEET]
    assert isinstance(sheet, bytes)
    prefixed[SHEET] = (
        sheet.replace(b"</", b"</x:").replace(b"<", b"<x:").replace(b"<x:/x:", b"</x:").replace(b"xmlns=", b"xmlns:x=")
    )
    unplaced = members(plain)
    unplaced[SHEET] = sheet.replace(b"<row", b"\n  <row").replace(b"<c ", b"<c\n ")
    for row in (1, 2):
        unplaced[SHEET] = unplaced[SHEET].replace(b' r="%d"' % row, b"")  # type: ignore[union-attr]
        for letter in b"ABCDEFGHIJ":
            unplaced[SHEET] = unplaced[SHEET].replace(b' r="%c%d"' % (letter, row), b"")  # type: ignore[union-attr]
    swapped = members(plain)
    swapped[SHEET] = (
        sheet.replace(b't="inlineStr">', b">")
        .replace(b"<c r=", b'<c s="0" t="inlineStr" r=')
        .replace(b't="inlineStr" r="H2"', b'r="H2"')
    )
    lying = patched(
        plain,
        SHEET,
        b"<sheetData>",
        b'<dimension ref="A1:XFD1048576"/><cols><col min="1" max="3" hidden="1"/></cols><sheetData>',
    )
    filtered = patched(plain, SHEET, b'<row r="2">', b'<row r="2" hidden="1">')
    strict = patched(
        plain, "xl/workbook.xml", OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    )
    for content in (archive(prefixed), archive(unplaced), archive(swapped), lying, filtered, strict):
        assert one_row(content) == expected


def test_merged_cells_all_say_what_they_show(tmp_path) -> None:
    stream = io.BytesIO()
    rows = [{**CREMATION, "火化证号": f"C{i}"} for i in range(5)]
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as target:
        page = target.add_worksheet(F17.sheet)
        page.merge_range(0, 0, 0, 9, "火化登记表")
        page.write_row(1, 0, list(CREMATION))
        for index, row in enumerate(rows):
            page.write_row(2 + index, 0, list(row.values()))
        page.merge_range(3, 8, 5, 8, "白马镇")
    table = read_workbook_table(stream.getvalue(), F17, BOOK)
    home = next(c.name for c in F17.columns if c.header == "户籍地")
    assert table.cells[home].to_list() == ["白马镇"] * 5
    assert table.rows_read == table.rows_counted == 5


def test_a_number_cell_is_known_as_one_and_a_date_is_none() -> None:
    rows = HEADER + texts(*{**CREMATION, "证件号码": float(NUMBER_A)}.values(), row=2)
    table = read_workbook_table(book(rows), F17, BOOK)
    assert table.number_cells["person_id_no"].to_list() == [True]
    assert Decimal(table.cells["person_id_no"][0]) % 1000 == 0
