"""A file that breaks its contract is refused whole, with file, place and remedy, and nothing is lost."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from ingest import file_facts
from tests.ingest.deliveries_made import (
    CREMATION,
    FEEDS,
    PAYMENT,
    POPULATION,
    csv_bytes,
    ingest,
    lake,
    new_home,
    put,
    quarantine,
    refusals,
    xlsx_bytes,
)  # fmt: skip
from warehouse.keys import load_keys
from warehouse.manifests import read_sidecars
from warehouse.vault import unseal_file

F02, F17, F16 = (
    "finance__payments__202510__001.csv",
    "funeral__cremations__20251005__001.xlsx",
    "health__deaths__202507__001.jsonl",
)
SHEET = FEEDS["funeral__cremations"].sheet


def payments(count: int = 3) -> list[dict]:
    return [{**PAYMENT, "发放批次": f"B{index}"} for index in range(count)]


def zip_of(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("|", "/"), text)
    return stream.getvalue()


def workbook(**options) -> bytes:
    return xlsx_bytes([CREMATION], options.pop("sheet", SHEET), **options)


GOOD = csv_bytes(payments())
TWO_SAME = csv_bytes([{**PAYMENT, "身份证号": "x"}])
CASES = {
    "a missing mandatory header": (F02, GOOD.decode("gb18030").replace("实发金额", "备注").encode("gb18030"), "header_missing", "实发金额"),
    "a header twice": (F02, TWO_SAME, "header_doubled", "证件号码"),
    "no header at all": (F02, GOOD.split(b"\n", 1)[1], "header_missing", "实发金额"),
    "cut within a line": (F02, GOOD[:-30], "truncated", "line 4"),
    "cut at the end of the last field": (F02, GOOD[:-1], "truncated", "line 4"),
    "cut within a character": (F02, GOOD[: GOOD.rindex("张".encode("gb18030")) + 1], "truncated", "line 4"),
    "an undecodable byte": (F02, GOOD + b"\xff\xff\n", "undecodable_byte", f"byte {len(GOOD) + 1}, line 5"),
    "a UTF-8 file with one bad byte": (
        "medical_insurance__settlements__20251005__001.csv",
        "结算ID,证件号码,就诊类型,医疗机构,出院/结算日期,总费用,个人自付,冲正标志\n医".encode()[:-1] + b"\n",
        "undecodable_byte",
        "line 2",
    ),
    "no byte": (F02, b"", "empty_file", F02),
    "spaces only": (F02, b" \r\n\r\n", "empty_file", F02),
    "a header and no row": (F02, GOOD.split(b"\n")[0] + b"\n", "header_only", "row_count 0"),
    "a workbook with a header and no row": (F17, xlsx_bytes([dict.fromkeys(CREMATION)], SHEET), "header_only", "row_count 0"),
    "a renamed ZIP": (F17, zip_of(notes="text"), "not_a_workbook", "ZIP"),
    "a renamed CSV": (F17, GOOD, "not_a_workbook", F17),
    "an encrypted workbook": (F17, b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not_a_workbook", "encrypted"),
    "a cut workbook": (F17, workbook()[:-200], "not_a_workbook", "no whole archive"),
    "a workbook that lists a sheet it lacks": (
        F17,
        zip_of(**{"xl|workbook.xml": "<workbook/>", "xl|_rels|workbook.xml.rels": "<Relationships/>"}),
        "sheet_missing",
        SHEET,
    ),
    "another sheet": (F17, workbook(sheet="别的"), "sheet_missing", SHEET),
    "the agreed sheet hidden": (F17, workbook(hidden=True), "sheet_missing", "hidden"),
    "JSON cut in its last line": (F16, '{"证件号码":"1","姓名":"张三","死亡日期":"2025-07-01","填报日期":"2025-07-02"}\n{"证件'.encode(), "truncated", "line 2"),
    "JSON without a mandatory key": (F16, '{"证件号码":"1","姓名":"张三"}\n'.encode(), "header_missing", "死亡日期"),
    "an unknown bureau": ("nobody__payments__202510__001.csv", GOOD, "file_name", "contract"),
    "another form": ("finance__payments__202510__001.xlsx", GOOD, "file_name", "csv"),
    "a month that is none": ("finance__payments__202513__001.csv", GOOD, "file_name", "period"),
    "no batch number": ("finance__payments__202510.csv", GOOD, "file_name", "batch_no"),
    "a kind that is not agreed": ("police__population__20251005__001.csv", csv_bytes([POPULATION]), "kind_not_agreed", "delta"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_reason_place_and_remedy_and_kept(case: str, tmp_path, monkeypatch, capsys) -> None:
    name, content, code, named = CASES[case]
    place = new_home(tmp_path)
    sidecar = {"kind": "append"} if code == "kind_not_agreed" else {}
    put(place, name, content, **sidecar)
    assert ingest(place, monkeypatch) == 3

    assert list(place.inbox.iterdir()) == []
    [(folder, landed)] = read_sidecars(place)
    assert landed["status"] == "refused"
    assert landed["refusal"]["code"] == code
    message = landed["refusal"]["message"]
    assert named in message
    assert name in message
    assert landed["refusal"]["remedy"]
    assert message in capsys.readouterr().err
    assert unseal_file(folder / "original.sealed", load_keys(place), landed["sha256"].encode()) == content
    assert [path.name for path in folder.iterdir() if path.suffix == ".part"] == []
    assert not list(place.lake.rglob("*.parquet"))
    # Nothing new has come: the file stays refused and the next run is content.
    assert ingest(place, monkeypatch) == 0


def test_the_others_are_done_when_one_is_refused(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, b"")
    put(place, "finance__payments__202509__001.csv", GOOD)
    assert ingest(place, monkeypatch) == 3
    assert lake(place, "finance__payments").height == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [(F02, GOOD.split(b"\n")[0] + b"\n"), (F17, xlsx_bytes([dict.fromkeys(CREMATION)], SHEET)), (F16, b"")],
)
def test_no_rows_are_accepted_where_the_sidecar_says_so(name: str, content: bytes, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, name, content, row_count=0)
    assert ingest(place, monkeypatch) == 0
    feed = FEEDS[name.rsplit("__", 2)[0]]
    rows = lake(place, feed.feed_id)
    assert rows.height == 0
    assert rows.columns == [column for column, _ in feed.lake_columns()]


@pytest.mark.parametrize(("declared", "code"), [(2, "row_count_differs"), (3, None), (4, "row_count_differs")])
def test_the_declared_row_count(declared: int, code: str | None, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, GOOD, row_count=declared)
    assert ingest(place, monkeypatch) == (3 if code else 0)
    assert [refusal["code"] for refusal in refusals(place)] == ([code] if code else [])


@pytest.mark.parametrize("declared", [3, 4])
def test_a_footer_may_be_counted_or_not(declared: int, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    footer = "合计" + "," * (len(PAYMENT) - 1) + "\n"
    put(place, F02, GOOD + footer.encode("gb18030"), row_count=declared)
    assert ingest(place, monkeypatch) == 0
    assert quarantine(place, "finance__payments")["rule"].to_list() == ["footer_row"]


@pytest.mark.parametrize(
    ("total", "code"),
    [("1557.00", None), (1557, None), ("1556.99", "control_total_differs"), ("1557.01", "control_total_differs"), ("many", "control_total_differs")],
)  # fmt: skip
def test_control_totals_hold_to_the_cent(total: object, code: str | None, tmp_path, monkeypatch) -> None:
    # Three lines of 519.00: 3 · 519.00 = 1557.00
    place = new_home(tmp_path)
    put(place, F02, GOOD, control_totals={"实发金额": total, "due_yuan": "1557"})
    assert ingest(place, monkeypatch) == (3 if code else 0)
    assert [refusal["code"] for refusal in refusals(place)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("unknown", "rows", "refused"),
    [(1, 10, False), (1, 100, False), (2, 200, False), (2, 199, True), (3, 200, True)],
)
def test_codes_outside_the_list_up_to_one_in_a_hundred(
    unknown: int, rows: int, refused: bool, tmp_path, monkeypatch
) -> None:
    place = new_home(tmp_path)
    lines = payments(rows)
    for line in lines[:unknown]:
        line["状态"] = "别的"
    put(place, F02, csv_bytes(lines))
    assert ingest(place, monkeypatch) == (3 if refused else 0)
    if refused:
        [refusal] = refusals(place)
        assert refusal["code"] == "codes_unknown"
        assert "状态" in refusal["where"]
        assert "rows 2, 3" in refusal["where"]
    else:
        assert quarantine(place, "finance__payments")["rule"].to_list() == ["code_unknown"] * unknown


def test_without_that_guard_the_file_would_pass(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    lines = payments(3)
    for line in lines:
        line["状态"] = "别的"
    put(place, F02, csv_bytes(lines))
    monkeypatch.setattr(file_facts, "UNKNOWN_CODES_SHARE", 1.0)
    assert ingest(place, monkeypatch) == 0


def test_other_content_under_a_taken_number_is_refused(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, GOOD)
    assert ingest(place, monkeypatch) == 0
    put(place, F02, csv_bytes(payments(2)))
    assert ingest(place, monkeypatch) == 3
    assert refusals(place)[0]["code"] == "batch_number_taken"
    assert lake(place, "finance__payments").height == 3


def test_a_refused_file_may_be_corrected_under_its_name(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, GOOD[:-30])
    assert ingest(place, monkeypatch) == 3
    put(place, F02, GOOD)
    assert ingest(place, monkeypatch) == 0
    assert lake(place, "finance__payments").height == 3


def test_the_same_refused_file_is_tried_again_with_another_sidecar(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, GOOD, row_count=99)
    assert ingest(place, monkeypatch) == 3
    put(place, F02, GOOD, row_count=3)
    assert ingest(place, monkeypatch) == 0


@pytest.mark.parametrize(
    "sidecar", ["{", "[]", '{"row_count": "3"}', '{"kind": "some"}', '{"sent_at": "soon"}', '{"control_totals": [1]}']
)
def test_an_unreadable_sidecar_refuses_its_file(sidecar: str, tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F02, GOOD)
    (place.inbox / F02).with_suffix(".json").write_text(sidecar)
    assert ingest(place, monkeypatch) == 3
    assert refusals(place)[0]["code"] == "sidecar_unreadable"


def test_a_number_in_a_file_name_is_not_repeated(tmp_path, monkeypatch, capsys) -> None:
    place = new_home(tmp_path)
    put(place, "500232198807151026.csv", b"x")
    assert ingest(place, monkeypatch) == 3
    [(folder, landed)] = read_sidecars(place)
    assert "_unknown" in str(folder)
    assert "500232198807151026" not in json.dumps(landed) + capsys.readouterr().err


def test_a_huge_archive_is_not_unpacked(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    put(place, F17, workbook())
    monkeypatch.setattr("ingest.workbooks.LARGEST_UNPACKED", 100)
    assert ingest(place, monkeypatch) == 3
    assert "unpacks" in refusals(place)[0]["found"]


def test_a_cell_far_away_is_refused_before_room_is_made_for_it(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    stream = io.BytesIO(workbook())
    with zipfile.ZipFile(stream) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    page = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    members[page] = members[page].replace(b"</sheetData>", far)
    put(place, F17, zip_of(**{name.replace("/", "|"): text for name, text in members.items()}))
    assert ingest(place, monkeypatch) == 3
    assert "far outside" in refusals(place)[0]["found"]
