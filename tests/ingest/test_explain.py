"""`python -m ingest --explain`: a person is told what became of a file and what to do, in two languages, with no value in clear."""

from __future__ import annotations

import ast
import hashlib
import json
import os
from pathlib import Path

import pytest

from ingest import dry_runs, explain, limits, row_rules, villages
from ingest.__main__ import main
from ingest.explain_text import as_lines
from ingest.validate import RULES
from tests.ingest.deliveries_made import (
    CREMATION,
    DEATH,
    FEEDS,
    NUMBER_A,
    NUMBER_B,
    PAYMENT,
    csv_bytes,
    ingest,
    new_home,
    put,
    xlsx_bytes,
)
from warehouse import examples
from warehouse.manifests import read_sidecars
from warehouse.paths import PROJECT
from warehouse.rule_texts import load_rule_texts, text_of

F02 = "finance__payments__202510__001.csv"
BAD_NUMBER = "500232198807151027"
PERSON, ACCOUNT, EXTRA = "欧阳娜娜", "6217000000000000999", "王小明"
# Row 2 and 6 pass, row 6 with a mark; 3 repeats 2, 4 has a wrong check digit, 5 is a test, 7 has no such day.
ROWS = [
    PAYMENT,
    PAYMENT,
    {**PAYMENT, "证件号码": BAD_NUMBER},
    {**PAYMENT, "姓名": "测试" + PERSON},
    {**PAYMENT, "账号": "6.217E+18", "姓名": PERSON},
    {**PAYMENT, "发放日期": "2025-13-01", "账号": ACCOUNT},
]
CONTENT = csv_bytes([{**row, "附注": EXTRA} for row in ROWS]).replace(
    *(h.encode("gb18030") for h in ("收款人证件号", "收款人身份证号"))
)
CLEAR = (NUMBER_A, NUMBER_B, BAD_NUMBER, PERSON, ACCOUNT, EXTRA, "张三丰", "李四", "2025-13-01", "6.217E+18")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty installation; reading the contracts takes a second, and they are the same in every test."""
    monkeypatch.setattr("ingest.__main__.load_feeds", lambda: FEEDS)
    return new_home(tmp_path)


def told(place, what: object, capsys, language: str = "en", expect: int = 0, workers: str = "0") -> str:
    """What the command prints about a file."""
    capsys.readouterr()
    code = main(["--home", str(place.root), "--explain", str(what), "--lang", language, "--workers", workers])
    captured = capsys.readouterr()
    assert code == expect, captured
    assert not [value for value in CLEAR if value in captured.out + captured.err]
    return captured.out


def lying(folder: Path, name: str, content: bytes, **sidecar: object) -> Path:
    """A file somewhere on the disk, with a sidecar where something is said of it."""
    path = folder / name
    path.write_bytes(content)
    if sidecar:
        path.with_suffix(".meta.json").write_text(json.dumps(sidecar, ensure_ascii=False))
    return path


def everything(folder: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


# The texts


def codes_raised() -> set[str]:
    """The code of every RefusedFile that the intake makes, read from its source."""
    found = set()
    for path in [*(PROJECT / "ingest").glob("*.py"), *(PROJECT / "warehouse").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "RefusedFile":
                if isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
                else:
                    # landing gives a refusal that exists already another place.
                    assert ast.unparse(node.args[0]) == "refusal.code", path
    return found


def flags_marked() -> set[str]:
    """Every mark that the intake can put on a row, read from its source."""
    found = {
        villages.UNRESOLVED,
        villages.OTHER_SCHEME,
        villages.DIFFERS,
        *(mark for mark, _, _ in row_rules.CONTRADICTIONS),
    }
    for path in (PROJECT / "ingest").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if isinstance(node, ast.Call) and name in ("flag", "mark"):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_every_rule_refusal_and_flag_has_a_text_and_none_is_left_over() -> None:
    texts = load_rule_texts()
    by_kind = {
        kind: {code for code, text in texts.items() if text.kind == kind} for kind in ("rule", "refusal", "flag")
    }
    assert by_kind["rule"] == set(RULES)
    assert by_kind["refusal"] == codes_raised()
    assert {flag for flag in flags_marked() if text_of(texts, flag) is None} == set()
    assert text_of(texts, "payee_id_unusable") == texts["number_unusable"]
    assert len(codes_raised()) > 20
    assert len(flags_marked()) > 8


def test_the_texts_are_in_their_languages() -> None:
    for text in load_rule_texts().values():
        chinese = text.title_zh + text.explanation_zh + text.remedy_zh
        english = text.title_en + text.explanation_en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
        assert sum("\u4e00" <= letter <= "\u9fff" for letter in english) < 15
        assert "\n" not in chinese + english


# A file on the disk


def test_a_file_is_told_in_english(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, F02, CONTENT, row_count=6, control_totals={"实发金额": 1}), capsys, expect=3)
    for line in (
        "Contract F02 Payment lines (finance__payments",
        "Period 202510, batch 001, full",
        "Encoding gb18030",
        "Headers: 15 of 15 agreed columns found",
        "Known under another name: 收款人身份证号 → 收款人证件号",
        "Extra columns, not read: 附注",
        "Rows: 6 read = 2 accepted + 4 quarantined",
        "The sidecar declares 6 rows",
        "The sidecar declares totals of: 实发金额",
        "· Not the declared total (control_total_differs)",
        "· Date unreadable (date_unreadable), column 发放日期: rows 1, first 7, such as ##…#",
        "· Double row (duplicate_row): rows 1, first 3",
        "· ID check digit wrong (id_check_digit), column 证件号码: rows 1, first 4, such as ##…#",
        "· Test row (test_row), column 姓名: rows 1, first 5",
        "· Another number unusable (account_unusable): rows 1",
        "· Extra column (extra_column): 附注",
        "  Do: Check it against the identity card and send the right 18 digits.",
        "In short: the file is refused whole",
    ):
        assert line in text


def test_a_file_is_told_in_chinese(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, F02, CONTENT), capsys, "zh")
    for line in (
        "数据约定 F02 发放明细（finance__payments",
        "期次 202510，第 001 批，全量",
        "表头：约定 15 列，找到 15 列",
        "行数：读到 6 = 接收 2 + 隔离 4",
        "· 证件号码校验位不符（id_check_digit），列“证件号码”：1 行，首见第 4 行，如 ##…#",
        "  办理：对照身份证核对后，报送正确的18位号码。",
        "结论：可以接收；2 行需要更正后重新报送",
    ):
        assert line in text


def test_nothing_is_written_anywhere(place, tmp_path, capsys) -> None:
    path = lying(tmp_path, F02, CONTENT)
    before = everything(tmp_path)
    told(place, path, capsys)
    told(place, path, capsys, workers="1")
    assert everything(tmp_path) == before


def test_it_needs_no_keys(place, tmp_path, capsys) -> None:
    for key in place.keys.iterdir():
        key.unlink()
    assert "Rows: 6 read" in told(place, lying(tmp_path, F02, CONTENT), capsys)


def test_a_clean_file(place, tmp_path, capsys) -> None:
    path = lying(tmp_path, "funeral__cremations__20251005__001.xlsx", xlsx_bytes([CREMATION], "火化登记"))
    text = told(place, path, capsys)
    assert "Sheet 火化登记" in text
    assert "In short: the file can be taken, and no row needs correction." in text


@pytest.mark.parametrize("feed_id", FEEDS)
def test_the_example_of_every_feed_is_told_without_a_value_of_a_person(place, tmp_path, feed_id: str) -> None:
    feed = FEEDS[feed_id]
    found = explain.find(place, FEEDS, str(lying(tmp_path, examples.file_name(feed), examples.content(feed))), 0)
    assert (found.feed_id, found.refusals, found.rows_read, found.rows_quarantined) == (feed_id, [], 2, 0)
    for language in ("zh", "en"):
        text = "\n".join(as_lines(found, FEEDS, language))
        assert not [value for value in (*examples.PERSONS, *examples.OTHERS, *examples.NAMES) if value in text]


@pytest.mark.parametrize(
    "feed_id",
    ["police__population", "market_supervision__enterprises", "justice__custody", "civil_affairs__case_events"],
)
def test_the_contract_of_a_file_without_a_telling_name(place, tmp_path, feed_id: str) -> None:
    feed = FEEDS[feed_id]
    path = lying(tmp_path, f"导出.{feed.forms[0]}", examples.content(feed))
    found = explain.find(place, FEEDS, str(path), 0)
    assert (found.feed_id, found.is_assumed, found.rows_read) == (feed_id, True, 2)


def test_what_only_the_whole_file_can_tell(place, tmp_path, capsys) -> None:
    # Forty numbers that all end in 000: a spreadsheet cut them, whatever their check digit says.
    rows = [
        {**DEATH, "证件号码": f"50023219880{day:03d}{n}000", "姓名": f"甲{n}"}
        for n in range(8)
        for day in range(701, 706)
    ]
    text = told(place, lying(tmp_path, "health__deaths__202510__001.csv", csv_bytes(rows, "utf-8")), capsys)
    assert "(id_lost_precision), column 证件号码: rows 40, first 2, 3, 4, 5, 6 …" in text


def test_a_file_in_the_inbox_by_its_name(place, capsys) -> None:
    put(place, F02, CONTENT)
    assert "Rows: 6 read" in told(place, F02, capsys)


# Which contract


def test_a_name_that_tells_nothing_and_headers_that_do(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, "十月发放.csv", CONTENT), capsys, expect=3)
    assert "The name does not tell the contract; the headers meet this one" in text
    assert "Contract F02" in text
    assert "Rows: 6 read = 2 accepted + 4 quarantined" in text
    assert "(file_name)" in text


def test_headers_that_are_near_and_what_they_lack(place, tmp_path, capsys) -> None:
    rows = [{key: cell for key, cell in PAYMENT.items() if key != "状态"}]
    text = told(place, lying(tmp_path, "十月发放.csv", csv_bytes(rows)), capsys, expect=3)
    assert "No contract is met." in text
    required = sum(column.required for column in FEEDS["finance__payments"].columns)
    assert (
        f"finance__payments (Payment lines): {required - 1} of {required} mandatory headers found; missing: 状态"
        in text
    )


def test_a_file_under_the_name_of_another_feed(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, "health__deaths__202510__001.csv", CONTENT), capsys, expect=3)
    assert "(header_missing)" in text
    assert "finance__payments (Payment lines): all " in text


def test_a_form_that_is_not_agreed(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, "火化.csv", csv_bytes([CREMATION], "utf-8")), capsys, expect=3)
    assert "Contract F17" in text


def test_something_that_is_no_table_at_all(place, tmp_path, capsys) -> None:
    for name, content in (
        ("x.csv", b"\0" * 100),
        ("y.bin", os.urandom(3000)),
        ("z.xlsx", b"MZ\x90\0" * 40),
        ("e.csv", b""),
    ):
        text = told(place, lying(tmp_path, name, content), capsys, expect=3)
        assert "No contract is met." in text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (CONTENT[:-3], "truncated"),
        (b"", "empty_file"),
        (CONTENT.split(b"\n")[0] + b"\n", "header_only"),
        (b"PK\x03\x04" + b"\0" * 50, "content_not_text"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_is_explained(place, tmp_path, capsys, content: bytes, code: str, language: str) -> None:
    text = told(place, lying(tmp_path, F02, content), capsys, language, expect=3)
    assert f"{load_rule_texts()[code].title(language)}" in text
    assert load_rule_texts()[code].remedy(language) in text


def test_what_a_refusal_says_of_its_place_is_told_in_chinese(place, tmp_path, capsys) -> None:
    text = told(place, lying(tmp_path, F02, CONTENT[:-3], row_count=6), capsys, "zh", expect=3)
    for line in ("第 7 行", "  应为：完整的、以换行结尾的最后一行"):
        assert line in text
    text = told(place, lying(tmp_path, F02, CONTENT, row_count=7), capsys, "zh", expect=3)
    for line in ("  应为：7 行", "  实际：6 行"):
        assert line in text


def test_several_reasons_are_all_told(place, tmp_path, capsys) -> None:
    path = lying(tmp_path, F02, CONTENT, row_count=99, sha256="0" * 64, kind="full", control_totals={"应发金额": "0"})
    text = told(place, path, capsys, expect=3)
    assert "(transfer_incomplete)" in text
    assert "(row_count_differs)" in text


def test_a_file_of_2_gb_is_told_without_reading_it(place, tmp_path, capsys) -> None:
    with (tmp_path / F02).open("wb") as stream:
        stream.truncate(2 * 1024**3)
    assert "(too_large)" in told(place, tmp_path / F02, capsys, expect=3)


# What the installation holds already


def test_a_file_that_was_ingested_by_name_and_by_hash(place, monkeypatch, tmp_path, capsys) -> None:
    before = told(place, lying(tmp_path, F02, CONTENT), capsys)
    put(place, F02, CONTENT)
    assert ingest(place, monkeypatch) == 0
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    after = told(place, F02, capsys)
    assert told(place, sha256, capsys) == told(place, sha256[:12].upper(), capsys) == after
    assert "Ingested: batch " in after
    # Apart from where it lies the file is told as the dry run told it.
    assert [line for line in after.splitlines()[2:] if line] == [line for line in before.splitlines()[2:] if line]
    again = told(place, tmp_path / F02, capsys)
    assert "The same file is ingested already" in again


def test_another_file_under_a_number_that_is_taken(place, monkeypatch, tmp_path, capsys) -> None:
    put(place, F02, CONTENT)
    assert ingest(place, monkeypatch) == 0
    text = told(place, lying(tmp_path, F02, csv_bytes([PAYMENT])), capsys, expect=3)
    assert "(batch_number_taken)" in text


def test_a_file_that_was_refused_and_then_corrected(place, monkeypatch, capsys) -> None:
    put(place, F02, CONTENT[:-3])
    assert ingest(place, monkeypatch) == 3
    [(_, landed)] = read_sidecars(place)
    text = told(place, landed["sha256"], capsys, expect=3)
    assert "Refused: received" in text
    assert "(truncated)" in text
    put(place, F02, CONTENT)
    assert ingest(place, monkeypatch) == 0
    assert "1 more files of this name" in told(place, F02, capsys)


def test_a_file_that_nobody_knows(place, capsys) -> None:
    for name in ("nowhere.csv", "../x", NUMBER_A, "", "\0"):
        assert main(["--home", str(place.root), "--explain", name]) == 1
        err = capsys.readouterr().err
        assert "there is no such file" in err
        assert NUMBER_A not in err


# Limits and faults


def test_a_file_that_costs_too_much_is_told_so(place, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_MEMORY", 1)
    assert "(too_costly)" in told(place, lying(tmp_path, F02, CONTENT), capsys, expect=3, workers="1")


def test_in_a_process_of_its_own_it_says_the_same(place, tmp_path, capsys) -> None:
    path = lying(tmp_path, F02, CONTENT)
    assert told(place, path, capsys, workers="1") == told(place, path, capsys)


def test_a_fault_of_ours_is_told_by_kind_and_place_only(place, tmp_path, capsys, monkeypatch) -> None:
    def broken(*arguments: object) -> None:
        raise ValueError(PERSON)

    monkeypatch.setattr(dry_runs, "judge", broken)
    text = told(place, lying(tmp_path, F02, CONTENT), capsys, expect=1)
    assert "a fault of the program while reading (ValueError, test_explain.py" in text


def test_without_the_masks_values_would_show(place, tmp_path, capsys, monkeypatch) -> None:
    import polars as pl

    monkeypatch.setattr("ingest.quarantine._masked", lambda value: value.cast(pl.String))
    found = explain.find(place, FEEDS, str(lying(tmp_path, F02, CONTENT)), 0)
    assert any(BAD_NUMBER in value for finding in found.findings for value in finding.shown)
