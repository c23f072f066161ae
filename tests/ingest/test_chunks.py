"""A file is read in chunks and by several processes: what comes of it doesn't depend on either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import decoding, json_documents, json_tables, limits, tables
from ingest.csv_tables import open_csv_table, read_csv_table
from ingest.file_facts import FileFacts
from ingest.json_documents import read_json_document
from ingest.json_tables import open_json_table, read_json_table
from ingest.read_ahead import ReadAhead
from ingest.workbook_tables import open_workbook_table, read_workbook_table
from tests.ingest.deliveries_made import (
    CREMATION,
    DEATH,
    EIGHT,
    FEEDS,
    NUMBER_A,
    NUMBER_B,
    PAYMENT,
    content_of,
    csv_bytes,
    ingest,
    lake,
    new_home,
    put,
    refusals,
    rules,
    xlsx_bytes,
)
from warehouse.errors import RefusedFile
from warehouse.keys import create_keys
from warehouse.paths import PROJECT, Home

F02, F09, F16, F17 = (
    FEEDS[name]
    for name in ("finance__payments", "market_supervision__enterprises", "health__deaths", "funeral__cremations")
)
HEADER = ",".join(PAYMENT)


def same(left, right) -> None:
    assert left.binding == right.binding
    assert left.cells.equals(right.cells)
    assert left.row_numbers.to_list() == right.row_numbers.to_list()
    assert left.first_cells.to_list() == right.first_cells.to_list()
    assert left.ragged.rows() == right.ragged.rows()
    assert left.rows_counted == right.rows_counted
    assert {name: cells.to_list() for name, cells in left.number_cells.items()} == {
        name: cells.to_list() for name, cells in right.number_cells.items()
    }


def line(**changes: str) -> str:
    return ",".join(str({**PAYMENT, **changes}[header] or "") for header in PAYMENT)


LINES = st.lists(
    st.sampled_from(
        [line(), line(姓名='"张\n三"'), line(姓名='"a,b"'), line(姓名='"'), line(退回原因='""'), "", ",,", "a,b", '"x', line() + ",1",
         line(姓名="𠮷\r"), line(姓名='"一\n二\n三\n四"')]
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(LINES, st.integers(1, 400), st.sampled_from(["gb18030", "utf-8", "utf-8-sig", "utf-16"]))
def test_text_in_any_chunks_is_the_same_table(lines, size: int, encoding: str) -> None:
    content = "\n".join([HEADER, *lines, ""]).encode(encoding)
    whole = read_csv_table(content, F02, "f.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CHUNK_BYTES", size)
        # The beginning that tells the encoding is one piece; here it holds the header and little more.
        patch.setattr(decoding, "HEAD_BYTES", 250)
        same(open_csv_table(tables.in_memory(content, size), F02, "f.csv").whole(), whole)


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_json_lines_in_any_chunks_are_the_same_table(size: int, monkeypatch) -> None:
    records = [{**DEATH, "姓名": f"张{i}"} for i in range(60)]
    records[50]["新列"] = "only here"
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    lines[20] = "not json"
    content = ("\n".join(lines) + "\n").encode()
    whole = read_json_table(content, F16, "f.jsonl", None)
    monkeypatch.setattr(tables, "CHUNK_BYTES", size)
    monkeypatch.setattr(decoding, "HEAD_BYTES", 250)
    monkeypatch.setattr(json_tables, "PIECE_LINES", 7)
    same(open_json_table(tables.in_memory(content, size), F16, "f.jsonl", None).whole(), whole)
    assert whole.binding.extra == ["新列"]


ENTERPRISE = {
    "uscc": "91500156MA5U000001", "名称": "某店", "类型": "个体", "法定代表人证件号": NUMBER_A, "成立日期": "2020-01-01", "状态": "存续",
    "经营范围": ["零售", "餐饮"],
    "股东": [{"证件号": NUMBER_A, "认缴": 1.5, "实缴": 1, "单位": "万元"}, {"证件号": NUMBER_B, "认缴": 2, "实缴": 2, "单位": "万元"}],
}  # fmt: skip


def document(*records: object, root: str | None = None) -> bytes:
    content: object = list(records)
    return json.dumps({"code": 0, root: content, "n": {"x": [1]}} if root else content, ensure_ascii=False).encode()


def test_one_row_for_each_element_of_the_agreed_list() -> None:
    alone = {**ENTERPRISE, "uscc": "B", "股东": []}
    table = read_json_document(document(ENTERPRISE, alone, ENTERPRISE), F09, "f.json", None)
    # 2 shareholders, none, 2 shareholders: 2 + 1 + 2 rows.
    assert table.row_numbers.to_list() == [1, 2, 3, 4, 5]
    assert table.rows_counted == 5
    column = next(c.name for c in F09.columns if c.header == "股东.证件号")
    assert table.cells[column].to_list() == [NUMBER_A, NUMBER_B, None, NUMBER_A, NUMBER_B]
    scope = next(c.name for c in F09.columns if c.header == "经营范围")
    assert set(table.cells[scope]) == {"零售,餐饮"}


@pytest.mark.parametrize("root", [None, "数据", "data", "records", "rows", "list"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_document_in_any_chunks_encoding_and_wrapping(root: str | None, encoding: str, monkeypatch) -> None:
    records = [{**ENTERPRISE, "名称": f'店"{i}\\', "股东": ENTERPRISE["股东"][: i % 3]} for i in range(20)]
    content = document(*records, "no object", {**ENTERPRISE, "股东": "x"}, root=root).decode().encode(encoding)
    # The text between the records is no record: the brackets don't count it, so the document is refused.
    table = read_json_document(content, F09, "f.json", None)
    with pytest.raises(RefusedFile, match="two counts"):
        tables.check_count(table, "f.json")
    content = document(*records, root=root).decode().encode(encoding)
    whole = read_json_document(content, F09, "f.json", None)
    # i % 3 of two shareholders: 7 records with none (one row), 7 with one, 6 with two: 7 + 7 + 12 = 26.
    assert whole.rows_read == whole.rows_counted == 26
    monkeypatch.setattr(json_documents, "PIECE_RECORDS", 3)
    for size in (1, 7, 64):
        same(json_documents.open_json_document(tables.in_memory(content, size), F09, "f.json", None).whole(), whole)


@pytest.mark.parametrize("size", [1, 500, 5000])
def test_a_sheet_in_any_chunks_is_the_same_table(size: int, monkeypatch) -> None:
    rows = [{**CREMATION, "火化证号": f"C{i}", "减免金额": i / 3} for i in range(50)]
    content = xlsx_bytes(rows, F17.sheet, above=[["标题"]])
    whole = read_workbook_table(content, F17, "f.xlsx")
    assert whole.rows_read == whole.rows_counted == 50
    monkeypatch.setattr(tables, "CHUNK_BYTES", size)
    same(open_workbook_table(tables.in_memory(content), F17, "f.xlsx").whole(), whole)


def mixed_payments(count: int) -> bytes:
    rows = [{**PAYMENT, "发放批次": f"B{i}"} for i in range(count)]
    rows[3]["证件号码"] = NUMBER_A[:-1] + "0"
    rows[7] = rows[5]
    rows[count - 1] = rows[1]
    return csv_bytes(rows) + "合计,,,,,,,,,100,100,,,,\n".encode("gb18030")


def test_a_batch_is_the_same_whatever_the_chunks(tmp_path, monkeypatch) -> None:
    contents = []
    for size in (64, 1000, tables.CHUNK_BYTES):
        place = Home(tmp_path / str(size), tmp_path / "keys")
        create_keys(place)
        place.inbox.mkdir(parents=True)
        put(place, "finance__payments__202510__001.csv", mixed_payments(60), sent_at="2025-11-01T08:00:00")
        monkeypatch.setattr(tables, "CHUNK_BYTES", size)
        monkeypatch.setattr(decoding, "HEAD_BYTES", 250)
        assert ingest(place, monkeypatch) == 0
        contents.append(content_of(place))
    assert contents[0] == contents[1] == contents[2]
    # Row 5 has a wrong check digit; rows 9 and 61 are copies of rows 7 and 3; row 62 sums up.
    assert rules(place, F02.feed_id) == {
        5: "id_check_digit", 9: "duplicate_row", 61: "duplicate_row", 62: "footer_row",
    }  # fmt: skip


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(body: str) -> str:
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def test_what_only_the_whole_file_tells_is_known_to_its_first_chunk(tmp_path, monkeypatch) -> None:
    """Numbers that a spreadsheet cut make even those suspect that fit by chance; here the rows that tell come last."""
    bodies = [f"5123261955{month:02d}{day:02d}000"[:15] + "00" for month in range(1, 13) for day in range(1, 29)]
    fitting = [body + "0" for body in bodies if check_character(body) == "0"]
    broken = [body + "0" for body in bodies if check_character(body) != "0"]
    numbers = [fitting[0], *[NUMBER_A] * 30, *broken[:8]]
    rows = [{**PAYMENT, "发放批次": f"B{i}", "证件号码": number} for i, number in enumerate(numbers)]
    monkeypatch.setattr(tables, "CHUNK_BYTES", 300)
    monkeypatch.setattr(decoding, "HEAD_BYTES", 250)
    place = new_home(tmp_path)
    put(place, "finance__payments__202510__001.csv", csv_bytes(rows))
    assert ingest(place, monkeypatch) == 0
    assert rules(place, F02.feed_id) == {row: "id_lost_precision" for row in (2, *range(33, 41))}
    # The guard off: without the second reading the first row would have passed for a person.
    monkeypatch.setattr("ingest.file_facts.FactsCollector.facts", lambda _: FileFacts())
    place = new_home(tmp_path / "off")
    put(place, "finance__payments__202510__001.csv", csv_bytes(rows))
    assert ingest(place, monkeypatch) == 0
    assert 2 not in rules(place, F02.feed_id)


@pytest.fixture(scope="module")
def read_in_one_process(tmp_path_factory) -> tuple[Home, dict[str, object]]:
    place = new_home(tmp_path_factory.mktemp("one"))
    with pytest.MonkeyPatch.context() as patch:
        deliver_all(place)
        assert ingest(place, patch) == 3
    return place, content_of(place)


def deliver_all(place: Home) -> None:
    for name, content in EIGHT.items():
        put(place, name, content(), sent_at="2025-11-01T08:00:00")
    put(place, "finance__payments__202509__001.csv", mixed_payments(40), sent_at="2025-11-01T08:00:00")
    put(place, "finance__payments__202508__001.csv", b"no header\n", sent_at="2025-11-01T08:00:00")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_lake_is_the_same_whatever_the_workers(workers: int, read_in_one_process, tmp_path, monkeypatch) -> None:
    one, content = read_in_one_process
    place = Home(tmp_path / "data", one.keys)
    place.inbox.mkdir(parents=True)
    deliver_all(place)
    assert ingest(place, monkeypatch, workers) == 3
    assert content_of(place) == content
    assert [refusal["code"] for refusal in refusals(place)] == ["header_missing"]


def test_two_files_for_one_place_at_once_and_the_first_has_it(tmp_path, monkeypatch) -> None:
    place = new_home(tmp_path)
    for second in range(3):
        # The same name at another time: only the landing tells them apart.
        put(
            place,
            "finance__payments__202510__001.csv",
            mixed_payments(40 + second),
            sent_at=f"2025-11-0{second + 1}T08:00:00",
        )
        monkeypatch.setattr("ingest.__main__.run_jobs", lambda *_: iter(()))
        assert ingest(place, monkeypatch) == 0
        monkeypatch.undo()
    assert ingest(place, monkeypatch, workers=2) == 3
    assert [refusal["code"] for refusal in refusals(place)] == ["batch_number_taken"] * 2
    [batch] = content_of(place).values()
    assert batch[0].rows_read == 41  # 40 payments and the sum at the foot: the file of the first of November


def large_file(place: Home, megabytes: int) -> None:
    header, row, _ = csv_bytes([PAYMENT]).split(b"\n")
    rest = row[len("202510010201") :]
    rows = (b"%012d%s" % (number, rest) for number in range(megabytes * 1024**2 // (len(row) + 1)))
    content = b"\n".join([header, *rows, b""])
    put(place, "finance__payments__202509__001.csv", content, sent_at="2025-11-01T08:00:00")


@pytest.mark.parametrize(("limit", "value"), [("MOST_MEMORY", 1), ("SHORTEST_TIME", -1e6)])
def test_a_file_that_costs_too_much_is_refused_and_the_others_go_on(
    limit: str, value: float, tmp_path, monkeypatch
) -> None:
    place = new_home(tmp_path)
    large_file(place, 8)
    monkeypatch.setattr(limits, limit, value)
    assert ingest(place, monkeypatch, workers=1) == 3
    [refusal] = refusals(place)
    assert refusal["code"] == "too_costly"
    assert refusal["found"] == ("more memory" if limit == "MOST_MEMORY" else "more time")
    assert list(place.lake.rglob("*.parquet")) == []
    # The guard off: the same file again, and it is read.
    monkeypatch.undo()
    large_file(place, 8)
    assert ingest(place, monkeypatch, workers=1) == 0


def test_a_worker_that_breaks_down_costs_its_file_only(tmp_path) -> None:
    place = new_home(tmp_path)
    large_file(place, 24)
    put(place, "finance__payments__202510__001.csv", mixed_payments(40), sent_at="2025-11-02T08:00:00")
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest", "--home", str(place.root), "--workers", "1"],
        env={**os.environ, "WAREHOUSE_KEYS": str(place.keys)}, cwd=PROJECT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (begun := list(place.lake.glob("*/.part-*"))) and time.monotonic() < until:
        time.sleep(0.02)
    assert begun
    [worker] = [child for child in psutil.Process(process.pid).children() if "spawn_main" in " ".join(child.cmdline())]
    worker.kill()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert [refusal["found"] for refusal in refusals(place)] == ["the process that read it broke down"]
    assert lake(place, F02.feed_id).height > 30
    assert list(place.lake.glob("*/.part-*")) == []


def test_workers_end_with_a_parent_that_is_killed(tmp_path) -> None:
    place = new_home(tmp_path)
    large_file(place, 24)
    process = subprocess.Popen(
        [sys.executable, "-m", "ingest", "--home", str(place.root)],
        env={**os.environ, "WAREHOUSE_KEYS": str(place.keys)}, cwd=PROJECT, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not list(place.lake.glob("*/.part-*")) and time.monotonic() < until:
        time.sleep(0.02)
    children = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert gone


def test_reading_ahead_keeps_the_order_gives_faults_and_can_be_left() -> None:
    def items(fault: bool):
        yield from range(5)
        if fault:
            raise RefusedFile("code", "what")

    assert list(ReadAhead(items(fault=False))) == [0, 1, 2, 3, 4]
    taken = []
    with pytest.raises(RefusedFile, match="what"):
        taken.extend(ReadAhead(items(fault=True)))
    ahead = ReadAhead(items(fault=False))
    assert next(iter(ahead)) == 0
    before = threading.active_count()
    ahead.close()
    assert threading.active_count() == before - 1
