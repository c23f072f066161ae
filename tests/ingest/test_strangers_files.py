"""Files as bureaus really save them: units in odd places, tables under tables, placeholders, numbers that lost their end.

One run of ingest takes them all. Each case says what must become of it: the values meant, the rule of a row set aside, or
the refusal; nothing accepted may say something else than the bureau meant.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.ingest.deliveries_made import CREMATION, DEATH, FEEDS, PAYMENT, REGISTER, ingest, new_home
from tests.ingest.valid_rows import file_name, identity_number, valid_rows
from warehouse.manifests import Manifest, read_manifests, read_sidecars
from warehouse.paths import Home

F01, F02, F09, F12 = (
    "civil_affairs__register", "finance__payments", "market_supervision__enterprises", "check_centre__asset_reports",
)  # fmt: skip
F16, F17 = "health__deaths", "funeral__cremations"
NUMBERS = [identity_number(place) for place in range(100, 140)]
PHONE = "13812345678"
Line = Sequence[object]


@dataclass(frozen=True)
class Case:
    """A file, and what must become of it: `column` has `values` in the lake, `rules` hold in quarantine, or `refusal`."""

    name: str
    feed: str
    content: bytes
    column: str = ""
    values: tuple[object, ...] = ()
    rules: tuple[str, ...] = ()
    refusal: str = ""
    sidecar: str = ""


def lines(row: dict, *changes: dict) -> list[list[object]]:
    """A header and one line for each set of changed cells, each of another person."""
    rows = [{**row, "证件号码": NUMBERS[place], **change} for place, change in enumerate(changes)]
    return [list(row), *[[cells[header] for header in row] for cells in rows]]


def text(table: Sequence[Line], encoding: str = "gb18030") -> bytes:
    """A table as comma-separated text."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerows([["" if c is None else c for c in line] for line in table])
    return stream.getvalue().encode(encoding)


def book(sheet: str, table: Sequence[Line]) -> bytes:
    """A table as a workbook of another program than the tests' usual one."""
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    for line in table:
        page.append(list(line))
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def renamed(table: Sequence[Line], old: str, new: str) -> list[Line]:
    """The table with one header written otherwise."""
    return [[new if header == old else header for header in table[0]], *table[1:]]


def reliefs(header: str = "减免金额", above: Sequence[Line] = (), below: Sequence[Line] = ()) -> bytes:
    """Two cremations with 0.12 in 减免金额: 1,200 yuan where the unit is 万元."""
    table = lines(CREMATION, *[{"火化证号": f"C{place}", "减免金额": 0.12} for place in range(2)])
    table = list(renamed(table, "减免金额", header))
    return book("火化登记", [*above, table[0], *below, *table[1:]])


def units() -> list[Case]:
    """0.12 万元 is 1,200 yuan, wherever the unit stands; a unit that nobody knows is not guessed at."""
    ten_thousands = (Decimal("1200.00"),) * 2
    gap = [None] * 7
    headers = [
        "减免金额（万元）", "减免金额(人民币万元)", "减免金额（单位:人民币万元）", "减免金额（万）", "减免金额\n（万元）", "减免金额,万元",
    ]  # fmt: skip
    titles = [
        "（单位：万元）", "单位:人民币万元", "单位：万元、人", "单位：人、万元", "单位：万元  2025年10月", "单位（万元）",
        "填报单位：某所  单位：万元  日期：2025-10-1", "火化减免明细（万元）",
    ]  # fmt: skip
    cases = [Case(f"unit in {header!r}", F17, reliefs(header), "relief_yuan", ten_thousands) for header in headers]
    cases += [Case(f"unit above {t}", F17, reliefs(above=[[t]]), "relief_yuan", ten_thousands) for t in titles]
    group = ["基本信息", None, None, "日期", None, "办理", None, "金额（万元）", None]
    cases.append(Case("unit of a group", F17, reliefs(above=[group]), "relief_yuan", ten_thousands))
    for unit in ("万元", "（万元）"):
        cases.append(Case(f"row {unit}", F17, reliefs(below=[[*gap, unit, None]]), "relief_yuan", ten_thousands))
    yuan = (Decimal("0.12"),) * 2
    cases.append(Case("plain", F17, reliefs(), "relief_yuan", yuan))
    cases.append(Case("元", F17, reliefs("减免金额（元）"), "relief_yuan", yuan))
    cases.append(Case("a name like a unit", F17, reliefs(above=[["填报单位：民政分局"]]), "relief_yuan", yuan))
    for header in ("减免金额（角）", "减免金额（美元）", "减免金额(万元/人)", "减免金额（十万元）"):
        cases.append(Case(f"unit {header}", F17, reliefs(header), refusal="header_missing"))
    return cases


def layouts() -> list[Case]:
    """A further header in the middle of a table, two tables on a sheet, notes, placeholders."""
    paid = {"应发金额": "600", "实发金额": "519"}
    table = lines(PAYMENT, paid, paid)
    swapped = {header: {"应发金额": "实发金额", "实发金额": "应发金额"}.get(header, header) for header in table[0]}
    order = [table[0].index(swapped[header]) for header in table[0]]
    other = [[line[place] for place in order] for line in [table[0], lines(PAYMENT, {}, {}, paid)[3]]]
    again = [table[0], *lines(PAYMENT, {}, {}, paid)[3:]]
    cremations = lines(CREMATION, {"火化证号": "C1"}, {"火化证号": "C2"})
    dates = [cremations[0][place] for place in (0, 1, 2, 4, 3, 5, 6, 7, 8)]
    empty = [
        {"停发日期": t, "停发原因": t, "供养方式": t, "最近复核日期": t, "家庭编号": f"F{n}"}
        for n, t in enumerate(["/", "无", "-", "—", None])
    ]
    households = [{"家庭编号": number} for number in (500156202400012345, "500156202400012346", 50015620240001)]
    spaced = [" ".join([n[:6], n[6:14], n[14:]]) for n in NUMBERS[:1]]
    abroad = ("810000199408230021", "830000199201300022")
    return [
        Case("header again", F02, text([*table, *again]), "due_yuan", (600, 600, 600), ("footer_row",)),
        Case("header again in another order", F02, text([*table, *other]), refusal="header_doubled"),
        Case("second table of other order", F17, book("火化登记", [*cremations, [], dates, *cremations[1:]]), refusal="header_doubled"),
        Case("placeholders", F01, book("在册名册", lines(REGISTER, *empty)), "stop_date", (None,) * 5),
        Case("households as numbers", F01, book("在册名册", lines(REGISTER, *households)), "household_id_civil_affairs",
             ("500156202400012346", "50015620240001"), ("id_lost_precision",)),
        Case("grouped", F02, text(lines(PAYMENT, {"证件号码": spaced[0]})), "person_id_form", ("cleaned",)),
        Case("residence permits", F02, text(lines(PAYMENT, *[{"证件号码": n} for n in abroad])), "person_id_form", ("18", "18")),
        Case("other numbers", F02, text(lines(PAYMENT, {"证件号码": NUMBERS[1] + "（已注销）"}, {"证件号码": "E12345678"}, {})),
             "person_id_form", ("18",), ("id_malformed", "id_malformed")),
        Case("tabs", F02, text(table).replace(b",", b"\t"), refusal="separator_not_agreed"),
        Case("another feed", F02, text(lines(DEATH, {})), refusal="header_missing"),
    ]  # fmt: skip


def documents() -> list[Case]:
    """JSON: units beside amounts, shareholders that are no list, authorisations that are none."""
    record = valid_rows(FEEDS[F09], 1, 100)[0]
    own = {header: cell for header, cell in record.items() if not header.startswith("股东.")}

    def firm(place: int, holders: object) -> dict[str, object]:
        return {**own, "名称": f"ENTE{place}", "股东": holders}

    def holder(unit: object) -> dict[str, object]:
        return {"证件号": NUMBERS[2], "认缴": 100, "实缴": 100, "单位": unit}

    def document(*firms: object) -> bytes:
        return json.dumps(firms, ensure_ascii=False).encode()

    reports = valid_rows(FEEDS[F12], 3, 100)
    for report, number in zip(reports, ("无", "—", "AUTH1"), strict=True):
        report["授权编号"] = number
    return [
        Case("units beside", F09, document(*[firm(n, [holder(u)]) for n, u in enumerate(["万元", "万", "元", "02", "美元"])]),
             "subscribed_yuan", (Decimal(1_000_000), Decimal(1_000_000), Decimal(100)), ("amount_unreadable",) * 2),
        Case("shareholders as text", F09, document(firm(1, [holder("元")]), firm(2, json.dumps([holder("元")]))),
             "subscribed_yuan", (Decimal(100),), ("row_ragged",)),
        Case("no shareholders", F09, document(firm(1, [holder("元")]), firm(2, []), firm(3, None)),
             "subscribed_yuan", (Decimal(100), None, None)),
        Case("no authorisation", F12, json.dumps(reports, ensure_ascii=False).encode(), "check_id", (reports[2]["核对编号"],),
             ("authorisation_missing",) * 2),
    ]  # fmt: skip


def sidecars() -> list[Case]:
    """A sidecar keeps no number of a person, and a moment with slashes is one."""
    table = text(lines(DEATH, {}, {}), "utf-8")
    told = {"sender_org": f"王五 {PHONE} {NUMBERS[3]}", "sent_at": "2025/10/01 08:00", "row_count": 2}
    totals = {"control_totals": {NUMBERS[4]: 5}}
    return [
        Case("sender", F16, table, "cause_group_code", (), sidecar=json.dumps(told)),
        Case("totals", F16, table, refusal="control_total_differs", sidecar=json.dumps(totals)),
    ]


CASES = [*units(), *layouts(), *documents(), *sidecars()]


@pytest.fixture(scope="module")
def taken(tmp_path_factory) -> tuple[Home, dict[str, str]]:
    """An installation that took every case in one run, and the file of each case."""
    place, files, numbers = new_home(tmp_path_factory.mktemp("strangers")), {}, {}
    for case in CASES:
        numbers[case.feed] = numbers.get(case.feed, 0) + 1
        files[case.name] = file_name(FEEDS[case.feed], numbers[case.feed])
        (place.inbox / files[case.name]).write_bytes(case.content)
        if case.sidecar:
            (place.inbox / files[case.name]).with_suffix(".meta.json").write_text(case.sidecar)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_QUIET_SECONDS", "0")
        assert ingest(place, patch) == 3
    return place, files


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_strangers_file(case: Case, taken) -> None:
    place, files = taken
    refused = [
        side["refusal"]["code"]
        for _, side in read_sidecars(place)
        if side["status"] == "refused" and side["refusal"]["where"].startswith(files[case.name])
    ]
    assert refused == ([case.refusal] if case.refusal else [])
    if case.refusal:
        return
    (manifest,) = (found for found in read_manifests(place) if found.file == files[case.name])
    assert manifest.rows_read == manifest.rows_accepted + manifest.rows_quarantined
    if case.values:
        assert tuple(_part(place.lake, manifest)[case.column]) == case.values
    assert sorted(_part(place.quarantine, manifest)["rule"]) == sorted(case.rules)


def test_no_clear_number_is_left_of_them(taken) -> None:
    place, _ = taken
    kept = "".join(
        pl.read_parquet(path, hive_partitioning=False).cast(pl.String).write_csv()
        for root in (place.lake, place.quarantine)
        for path in root.rglob("*.parquet")
    )
    kept += "".join(path.read_text() for root in (place.lake, place.landing) for path in root.rglob("*.json"))
    assert not [number for number in (*NUMBERS, PHONE, "810000199408230021") if number in kept]


def _part(root: Path, manifest: Manifest) -> pl.DataFrame:
    path = root / manifest.feed_id / f"batch={manifest.batch_id}" / "part-0.parquet"
    if not path.exists():
        return pl.DataFrame({"rule": []}, schema={"rule": pl.String})
    return pl.read_parquet(path, hive_partitioning=False).sort("_row_number")
