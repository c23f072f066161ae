"""Files that would harm whoever opens them are refused in seconds, with a reason; workbooks of any program are read right."""

from __future__ import annotations

import gzip
import io
import json
import resource
import time
import zipfile
from collections.abc import Callable

import polars as pl
import pytest

from ingest.csv_tables import open_csv_table
from ingest.deliveries import open_table
from ingest.file_names import parse_file_name
from ingest.tables import in_memory
from tests.ingest.deliveries_made import (
    CREMATION,
    FEEDS,
    PAYMENT,
    csv_bytes,
    ingest,
    lake,
    new_home,
    put,
    refusals,
    xlsx_bytes,
)
from tests.ingest.workbooks_made import BOOK, F17, HEADER, MAIN, SHEET, archive, book, cremations, members, texts
from warehouse.errors import RefusedFile

CSV, LINES, DOCUMENT = (
    "finance__payments__202510__001.csv",
    "health__deaths__202507__001.jsonl",
    "market_supervision__enterprises__202510__001.json",
)
GOOD = csv_bytes([PAYMENT])
MIB = 1024 * 1024


def read(name: str, content: bytes) -> pl.DataFrame:
    """The cells of a file, read to its end. Raises: RefusedFile."""
    parsed = parse_file_name(name, FEEDS)
    return open_table(in_memory(content), parsed.feed, parsed, None).whole().cells


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
ENDLESS_ROWS = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(1, 30)) * 20_000
REFUSED: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "rows without end in a small archive": (BOOK, lambda: book(ENDLESS_ROWS), "not_a_workbook", "times its size"),
    "one text of 60 MiB": (BOOK, lambda: book(HEADER, sharedStrings=b"<sst><si><t>" + b"a" * 60 * MIB + b"</t></si></sst>"), "not_a_workbook", "times its size"),
    "entities in the sheet": (BOOK, lambda: book(sheet=LAUGHS + f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'), "not_a_workbook", "XML"),
    "entities in the texts": (BOOK, lambda: book(HEADER, sharedStrings=LAUGHS + "<sst><si><t>&b;</t></si></sst>"), "not_a_workbook", "XML"),
    "entities in the styles": (BOOK, lambda: book(HEADER, styles=LAUGHS + "<styleSheet/>"), "not_a_workbook", "XML"),
    "a cell in the last column": (BOOK, lambda: book(HEADER + '<row r="2"><c r="XFD2"><v>1</v></c></row>'), "not_a_workbook", "far outside"),
    "a cell in the last row": (BOOK, lambda: book(HEADER + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "not_a_workbook", "far outside"),
    "a row beyond the last": (BOOK, lambda: book(HEADER + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), "not_a_workbook", "far outside"),
    "a row without end": (BOOK, lambda: book(b'<row r="1">' + b'<c r="A1"/>' * 2_000_000), "not_a_workbook", "times its size"),
    "the same cell twice": (BOOK, lambda: book(HEADER + texts(*CREMATION.values(), row=2).replace("B2", "A2")), "not_a_workbook", "twice"),
    "a part twice": (BOOK, lambda: twice(cremations()), "not_a_workbook", "twice"),
    "a sheet that ends early": (BOOK, lambda: book(sheet=f'<worksheet xmlns="{MAIN}"><sheetData>{HEADER}'), "not_a_workbook", "ends early"),
    "a damaged archive": (BOOK, lambda: damaged(xlsx_bytes([CREMATION], F17.sheet)), "not_a_workbook", ""),
    "macros": (BOOK, lambda: book(HEADER) and archive({**members(cremations()), "xl/vbaProject.bin": b"x"}), "not_a_workbook", "macros"),
    "a binary workbook": (BOOK, lambda: archive({"xl/workbook.bin": b"x"}), "not_a_workbook", ".xlsb"),
    "an OpenDocument file": (BOOK, lambda: archive({"mimetype": "x", "content.xml": "<x/>"}), "not_a_workbook", ".ods"),
    "an old or locked workbook": (BOOK, lambda: b"\xd0\xcf\x11\xe0" + bytes(5000), "not_a_workbook", "old or encrypted"),
    "a web page called .xlsx": (BOOK, lambda: b"<html><table><tr><td>1</td></tr></table></html>", "not_a_workbook", "web page"),
    "a program called .xlsx": (BOOK, lambda: b"MZ\x90\0" + bytes(200), "not_a_workbook", "program"),
    "text called .xlsx": (BOOK, lambda: GOOD, "not_a_workbook", "no whole archive"),
    "a workbook called .csv": (CSV, lambda: xlsx_bytes([CREMATION], "x"), "content_not_text", "workbook"),
    "a program called .csv": (CSV, lambda: b"MZ\x90\0" + bytes(200), "content_not_text", "program"),
    "a Linux program called .csv": (CSV, lambda: b"\x7fELF" + bytes(200), "content_not_text", "program"),
    "a compressed file called .csv": (CSV, lambda: gzip.compress(GOOD), "content_not_text", "gzip"),
    "a web page called .csv": (CSV, lambda: b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><html>login</html>\n", "content_not_text", "web page"),
    "a PDF called .jsonl": (LINES, lambda: b"%PDF-1.7\n", "content_not_text", "PDF"),
    "an archive called .json": (DOCUMENT, lambda: archive({"a": "b"}), "content_not_text", "archive"),
    "a line of 40 MiB": (CSV, lambda: GOOD + b"a" * 40 * MIB + b"\n", "line_too_long", "line 3"),
    "a long line within a chunk": (CSV, lambda: GOOD + b"a" * 2 * MIB + b"\n" + GOOD, "line_too_long", "line 3"),
    "nothing but zero bytes": (CSV, lambda: bytes(40 * MIB), "line_too_long", "line 1"),
    "100,000 columns": (CSV, lambda: b"\n".join(line + b"," + b",".join(b"c%d" % i for i in range(100_000)) for line in GOOD.split(b"\n")[:2]) + b"\n", "too_many_columns", "100,01"),
    "a quotation mark in every line": (CSV, lambda: GOOD + b'"a,b\n' * 300_000, "lines_uneven", "from line 3"),
    "UTF-32": (CSV, lambda: GOOD.decode("gb18030").encode("utf-32"), "encoding_unknown", "UTF-32"),
    "semicolons": (CSV, lambda: GOOD.replace(b",", b";"), "separator_not_agreed", "semicolons"),
    "tabs": (CSV, lambda: GOOD.replace(b",", b"\t"), "separator_not_agreed", "tabs"),
    "a line of JSON without end": (LINES, lambda: b'{"a":"' + b"a" * 40 * MIB + b'"}\n', "line_too_long", "line 1"),
    "brackets without end in a line": (LINES, lambda: b"[" * 500_000 + b"\n", "header_missing", ""),
    "brackets without end": (DOCUMENT, lambda: b"[" * 5_000_000, "json_malformed", ""),
    "objects within objects without end": (DOCUMENT, lambda: b'[{"a":' + b'{"a":' * 1_000_000, "json_malformed", ""),
    "a document cut in half": (DOCUMENT, lambda: b'[{"uscc":"1"},{"usc', "json_malformed", "ends early"),
    "text called .json": (DOCUMENT, lambda: csv_bytes([PAYMENT], "utf-8"), "json_malformed", "no JSON"),
    "a document without a list": (DOCUMENT, lambda: b'{"code":0,"message":"please log in"}', "json_malformed", "no list"),
    "a number of a million digits": (DOCUMENT, lambda: b'[{"uscc":' + b"9" * 1_000_000 + b"}]", "json_malformed", "number without end"),
    "20,000 parts": (BOOK, lambda: archive({**members(cremations()), **{f"x{i}": b"" for i in range(20_000)}}), "not_a_workbook", "parts"),
    "100,000 keys": (DOCUMENT, lambda: json.dumps([{f"k{i}": i for i in range(100_000)}]).encode(), "too_many_columns", "100,000"),
}  # fmt: skip


def twice(content: bytes) -> bytes:
    stream = io.BytesIO(content)
    with zipfile.ZipFile(stream, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr(SHEET, "<worksheet/>")
    return stream.getvalue()


def damaged(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        entry = source.getinfo(SHEET)
    place = entry.header_offset + len(entry.filename) + 60
    return content[:place] + bytes(byte ^ 0xFF for byte in content[place : place + 20]) + content[place + 20 :]


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_in_seconds_with_a_reason(case: str) -> None:
    name, content, code, needle = REFUSED[case]
    made = content()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(RefusedFile) as refusal:
        read(name, made)
    assert time.process_time() - started < 5
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 300
    assert refusal.value.code == code
    assert needle in refusal.value.message()
    assert refusal.value.remedy
    assert name in refusal.value.where


OFF: dict[str, tuple[str, str, object]] = {
    "rows without end in a small archive": ("ingest.workbooks", "STEEPEST_RATIO", 10**9),
    "one text of 60 MiB": ("ingest.workbooks", "STEEPEST_RATIO", 10**9),
    "entities in the styles": ("ingest.workbooks", "checked_xml", lambda xml, _: xml),
    "a cell in the last column": ("ingest.workbook_tables", "MOST_COLUMNS", 10**9),
    "a cell in the last row": ("ingest.workbook_tables", "FAR_ROWS", 10**9),
    "macros": ("ingest.workbooks", "MACROS", "-"),
    "a workbook called .csv": ("ingest.csv_tables", "refuse_other_kinds", lambda content, _: content),
    "a compressed file called .csv": ("ingest.csv_tables", "refuse_other_kinds", lambda content, _: content),
    "a line of 40 MiB": ("ingest.tables", "LONGEST_LINE", 10**9),
    "a long line within a chunk": ("ingest.tables", "LONGEST_LINE", 10**9),
    "100,000 columns": ("ingest.tables", "MOST_COLUMNS", 10**9),
    "semicolons": ("ingest.csv_tables", "OTHER_SEPARATORS", {}),
    "100,000 keys": ("ingest.tables", "MOST_COLUMNS", 10**9),
}


@pytest.mark.parametrize("case", OFF)
def test_with_its_guard_off_it_is_not_refused_so(case: str, monkeypatch) -> None:
    name, content, code, needle = REFUSED[case]
    module, guard, value = OFF[case]
    monkeypatch.setattr(f"{module}.{guard}", value)
    said = ""
    try:
        read(name, content())
    except RefusedFile as refusal:
        said = f"{refusal.code}: {refusal.message()}"
    except Exception as fault:
        said = type(fault).__name__
    assert code not in said or needle not in said


def test_behind_the_ratio_stand_a_guard_for_one_text_and_one_for_all(monkeypatch) -> None:
    monkeypatch.setattr("ingest.workbooks.STEEPEST_RATIO", 10**9)
    long = b"<sst><si><t>" + b"a" * 60 * MIB + b"</t></si></sst>"
    with pytest.raises(RefusedFile, match="a text without end"):
        read(BOOK, book(HEADER, sharedStrings=long))
    monkeypatch.setattr("ingest.workbook_texts.LARGEST_TEXTS", 1000)
    with pytest.raises(RefusedFile, match="bytes of texts"):
        read(BOOK, book(HEADER, sharedStrings="<sst>" + "<si><t>some text</t></si>" * 1000 + "</sst>"))


def test_a_sheet_filled_to_its_last_row_may_have_lost_rows(monkeypatch) -> None:
    monkeypatch.setattr("ingest.workbook_tables.LAST_ROW", 2)
    with pytest.raises(RefusedFile) as refusal:
        read(BOOK, cremations())
    assert refusal.value.code == "sheet_full"


def test_the_rest_of_the_intake_goes_on(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, BOOK, REFUSED["rows without end in a small archive"][1]())
    put(place, LINES, b"[" * 500_000 + b"\n")
    put(place, DOCUMENT, b"[" * 1_000_000)
    put(place, CSV.replace("202510", "202509"), REFUSED["a long line within a chunk"][1]())
    put(place, CSV, GOOD)
    started = time.monotonic()
    assert ingest(place, monkeypatch, workers=2) == 3
    assert time.monotonic() - started < 30
    assert len(refusals(place)) == 4
    assert lake(place, "finance__payments").height == 1
    assert list(place.inbox.iterdir()) == []


@pytest.mark.parametrize("text", ["张\0三", "\ufeff张三", "张三\u202e", "张\u200b三"])
def test_invisible_characters_in_a_value_do_no_harm(text: str, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, CSV, csv_bytes([{**PAYMENT, "姓名": text}], "utf-8"))
    assert ingest(place, monkeypatch) == 0
    assert lake(place, "finance__payments")["name_masked"].to_list() == ["张*"]


def test_mixed_line_ends_and_a_second_mark_within_the_file() -> None:
    header, row, _ = csv_bytes([PAYMENT], "utf-8").split(b"\n")
    content = b"\xef\xbb\xbf" + header + b"\r\n" + row + b"\n\xef\xbb\xbf" + row + b"\r\n" + row + b"\n"
    table = open_csv_table(in_memory(content), FEEDS["finance__payments"], CSV).whole()
    assert table.row_numbers.to_list() == [2, 3, 4]
    assert table.rows_counted == 3


def test_a_header_whose_cells_hold_line_breaks() -> None:
    header, row, _ = csv_bytes([PAYMENT], "utf-8").decode().split("\n")
    header = header.replace("应发金额", '"应发金额\n(元)"')
    content = f"{header}\n{row}\n".encode()
    table = open_csv_table(in_memory(content), FEEDS["finance__payments"], CSV).whole()
    assert table.row_numbers.to_list() == [3]
    assert table.cells["due_yuan"].to_list() == ["519.00"]
