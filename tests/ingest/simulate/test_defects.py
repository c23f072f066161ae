"""Every defect that is listed is in the files, and none is in them unlisted: the files are read again by other means."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from stdnum.cn import ric

from tests.ingest.simulate.conftest import Written
from warehouse.contracts import load_feeds

Row = tuple[str, int, dict[str, object]]  # file, line or sheet row, cells by contract column
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|长期|")


@pytest.fixture(scope="module")
def rows(small_hamlet: Written) -> list[Row]:
    found: list[Row] = []
    feeds = load_feeds()
    for path in sorted(small_hamlet.inbox.iterdir()):
        feed = feeds.get("__".join(path.name.split("__")[:2]))
        if path.suffix == ".json" or feed is None:
            continue
        columns = {name: c.name for c in feed.columns for name in (c.header, *c.synonyms)}
        for number, cells in read_cells(path):
            found.append((path.name, number, {columns[h]: v for h, v in cells.items() if h in columns}))
    return found


def read_cells(path: Path) -> list[tuple[int, dict[str, object]]]:
    if path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf-8").splitlines()
        return [(n, json.loads(line)) for n, line in enumerate(lines, start=1)]
    if path.suffix == ".csv":
        raw = path.read_bytes()
        text = raw.decode("gb18030" if path.name.startswith(("finance", "police")) else "utf-8-sig")
        table: list[list[object]] = list(csv.reader(io.StringIO(text)))
        top = 0
    else:
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        table = [list(row) for row in sheet.iter_rows(values_only=True)]
        top = next(n for n, row in enumerate(table) if sum(isinstance(c, str) and len(c) > 1 for c in row) > 6)
        top = top + 1 if str(table[top][0]).startswith("家庭信息") else top
    headers = [str(h) for h in table[top]]
    return [(n + 1, dict(zip(headers, row, strict=False))) for n, row in enumerate(table) if n > top]


def listed(written: Written, *defects: str) -> set[tuple[str, int]]:
    found = written.table("defects").filter(pl.col("defect").is_in(defects) & pl.col("row_number").is_not_null())
    return set(found.select("file", "row_number").iter_rows())


def number_of(cells: dict[str, object]) -> str:
    value = cells.get("person_id_no") or cells.get("certificate_no") or ""
    return str(value) if isinstance(value, str) else f"{value:.0f}"


def is_record(file: str, cells: dict[str, object]) -> bool:
    first = next((v for v in cells.values() if v), "")
    return not str(first).startswith(("合计", "制表人"))


def test_wrong_numbers_are_those_listed(small_hamlet: Written, rows: list[Row]) -> None:
    found: dict[str, set[tuple[str, int]]] = {"D01": set(), "D02": set(), "D03": set(), "D04": set()}
    for file, number, cells in rows:
        text = number_of(cells)
        if not text or not is_record(file, cells):
            continue
        cleaned = "".join(c for c in text if not c.isspace() and c != "'").translate(
            {0xFF10 + n: str(n) for n in range(10)} | {0xFF38: "X", 0xFF58: "x"}
        )
        if not isinstance(cells.get("person_id_no") or cells.get("certificate_no"), str):
            found["D04"].add((file, number))
        elif cleaned.upper() != text:
            found["D03"].add((file, number))
        elif len(cleaned) == 15:
            found["D01"].add((file, number))
        elif ric.calc_check_digit(cleaned[:18]) != cleaned[17]:
            found["D02"].add((file, number))
    copies = {d: {place for place in found[d] if place not in listed(small_hamlet, "D09", "D23")} for d in found}
    for defect, places in copies.items():
        expected = {
            (f, r)
            for f, r in small_hamlet.table("defects")
            .filter((pl.col("defect") == defect) & pl.col("column_name").is_in(["person_id_no", "certificate_no"]))
            .select("file", "row_number")
            .iter_rows()
        }
        assert places == expected, defect
        assert places, defect


def test_copies_footers_and_test_rows_are_those_listed(small_hamlet: Written, rows: list[Row]) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    copies, footers, tests = set(), set(), set()
    for file, number, cells in rows:
        content = (file, repr(sorted(cells.items())))
        seen[content] += 1
        if seen[content] > 1:
            copies.add((file, number))
        if not is_record(file, cells):
            footers.add((file, number))
        if "测试" in str(cells.get("person_name", "")):
            tests.add((file, number))
    assert copies == listed(small_hamlet, "D09")
    assert footers == listed(small_hamlet, "D15")
    assert tests == listed(small_hamlet, "D23")
    assert min(len(copies), len(footers), len(tests)) > 0


def test_odd_dates_amounts_codes_and_names_are_those_listed(small_hamlet: Written, rows: list[Row]) -> None:
    feeds = load_feeds()
    found: dict[str, set[tuple[str, int]]] = {d: set() for d in ("D06", "D07", "D14", "D21", "D22", "D25")}
    for file, number, cells in rows:
        if not is_record(file, cells):
            continue
        feed = feeds["__".join(file.split("__")[:2])]
        programme = cells.get("programme_code")  # written as its code by rights
        for column in feed.columns:
            value = cells.get(column.name)
            text = "" if value is None else str(value)
            if (
                column.logical_type == "date"
                and column.role is None
                and (text == "1900-01-00" or not DATE.fullmatch(text))
            ):
                found["D06"].add((file, number))
            elif (column.role == "yuan" and isinstance(value, str) and not re.fullmatch(r"-?\d*(\.\d\d)?", value)) or (
                column.role == "yuan" and feed.code in ("F01", "F15") and isinstance(value, str)
            ):
                found["D07"].add((file, number))
            elif column.codes and column.keep and text and text not in column.codes:
                found["D21"].add((file, number))
            elif column.codes and column.keep and text and text not in (*column.labels.values(), programme):
                found["D14"].add((file, number))
            elif column.role == "person_name" and column.name != "head_name" and re.search(r"[\s•・‧]", text):
                found["D22"].add((file, number))
            elif column.role == "area_code" and text.startswith("500232"):
                found["D25"].add((file, number))
    copied = listed(small_hamlet, "D23")
    for defect, places in found.items():
        assert places - copied == listed(small_hamlet, defect), defect


def test_a_wrong_number_stays_wrong_in_later_deliveries(small_hamlet: Written) -> None:
    defects = small_hamlet.table("defects")
    for feed_id in ("civil_affairs__register", "police__population"):
        lasting = defects.filter((pl.col("feed_id") == feed_id) & (pl.col("defect") == "D02"))
        by_person = lasting.group_by("id_no").agg(pl.col("file").n_unique())
        assert by_person["file"].max() >= 4


def test_most_damage_keeps_off_the_cases(small_hamlet: Written) -> None:
    cases = small_hamlet.table("cases").filter(~pl.col("is_near_miss"))
    lost = small_hamlet.table("defects").filter(pl.col("outcome") == "quarantined")["id_no"].drop_nulls().unique()
    for rule_id in ("A01", "A05", "A23", "B01", "B02", "B18"):
        people = cases.filter(pl.col("rule_id") == rule_id)["id_no"].unique()
        hit = people.is_in(lost.implode()).sum()
        assert hit <= max(2, len(people) // 3), rule_id
    assert cases["id_no"].is_in(lost.implode()).any()


def test_valid_numbers_that_end_in_three_zeros_stay_in(small_hamlet: Written) -> None:
    numbers = small_hamlet.table("persons")["id_no"]
    assert numbers.str.ends_with("000").sum() >= 1
