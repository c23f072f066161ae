"""Small deliveries for the tests of ingest: valid rows of each feed, written as the bureau would, ready to be damaged."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from ingest.__main__ import main
from warehouse.contracts import load_feeds
from warehouse.keys import create_keys, load_keys
from warehouse.manifests import read_manifests, read_sidecars
from warehouse.paths import Home

FEEDS = load_feeds()
Row = dict[str, str | float | None]
# Numbers with a right check digit and codes that no longer exist for their birth dates.
NUMBER_A = "512326195503120018"
NUMBER_B = "500232198807151026"
NUMBER_C = "500156201809240014"

POPULATION: Row = {
    "户号": "H000001", "姓名": "张三丰", "公民身份号码": NUMBER_A, "性别": "男", "民族": "汉", "出生日期": "1955-03-12",
    "与户主关系": "户主", "户籍地址": "某镇某村1组", "区划代码": "500156101201", "城乡属性": "农村", "婚姻状况": "已婚",
    "人员状态": "正常", "变动日期": None,
}  # fmt: skip
PAYMENT: Row = {
    "发放批次": "202510010201", "项目编码": "0102", "项目名称": "农村低保", "所属期": "202510", "姓名": "张三丰",
    "证件号码": NUMBER_A, "收款人": "李四", "收款人证件号": NUMBER_B, "账号": "6217000000000000001", "应发金额": "519.00",
    "实发金额": "519.00", "补发月数": "0", "发放日期": "2025-10-10", "状态": "成功", "退回原因": None,
}  # fmt: skip
DEATH: Row = {
    "证件号码": NUMBER_A,
    "姓名": "张三丰",
    "死亡日期": "2025-06-01",
    "死因大类": "肿瘤",
    "填报日期": "2025-06-20",
}
CREMATION: Row = {
    "火化证号": "C0001", "逝者姓名": "张三丰", "证件号码": NUMBER_A, "死亡日期": "2025-10-01", "火化日期": "2025-10-03",
    "经办人": "王经办", "减免项目": "基本", "减免金额": 1200, "户籍地": "白马镇",
}  # fmt: skip
CERTIFICATE: Row = {
    "残疾人证号": NUMBER_A + "43", "姓名": "张三丰", "类别": "肢体", "等级": "三级", "发证日期": "2020-01-01", "有效期止": "长期",
    "状态": "正常", "监护人": "李四", "联系电话": "13800000001", "区划": "白马镇",
}  # fmt: skip
REGISTER: Row = {
    "家庭编号": "F0001", "救助类别": "低保", "城乡类型": "农村", "区划代码": "500156101201", "村(社区)名称": "某村",
    "户主姓名": "张三丰", "姓名": "张三丰", "证件号码": NUMBER_A, "与户主关系": "户主", "是否保障对象": "是",
    "分类重点救助类别": "无", "保障人数": 1, "家庭月收入": 300, "保障金额": 581, "救助类别ABC": "A", "纳入日期": "2024-01-15",
    "最近复核日期": "2025-01-15", "有效期止": None, "停发日期": None, "停发原因": None, "供养方式": None, "自理能力": None,
    "开户银行": "某行", "银行账号": "6217000000000000001", "备案情形": "否",
}  # fmt: skip


def new_home(folder: Path) -> Home:
    """An empty installation with keys."""
    place = Home(folder / "data", folder / "keys")
    create_keys(place)
    place.inbox.mkdir(parents=True)
    return place


def csv_bytes(rows: Sequence[Row], encoding: str = "gb18030", headers: Sequence[str] | None = None) -> bytes:
    """Rows as comma-separated text without quotation marks."""
    headers = headers or list(rows[0])
    lines = [",".join(headers)] + [",".join(_text(row[header]) for header in headers) for row in rows]
    return ("\n".join(lines) + "\n").encode(encoding)


def xlsx_bytes(rows: Sequence[Row], sheet: str, above: Sequence[Sequence[str]] = (), hidden: bool = False) -> bytes:
    """Rows as a workbook: numbers stay numbers; `above` are lines over the header."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2025, 1, 1)})
        page = workbook.add_worksheet(sheet)
        if hidden:
            workbook.add_worksheet("另一张").activate()
            page.hide()
        for index, line in enumerate([*above, list(rows[0]), *[list(row.values()) for row in rows]]):
            for position, cell in enumerate(line):
                if cell is not None:
                    page.write(index, position, cell)
    return stream.getvalue()


def put(place: Home, name: str, content: bytes, **sidecar: object) -> None:
    """Drop a file into the inbox, with a sidecar where something is said of it."""
    (place.inbox / name).write_bytes(content)
    if sidecar:
        (place.inbox / name).with_suffix(".json").write_text(json.dumps(sidecar, ensure_ascii=False))


def ingest(place: Home, monkeypatch, workers: int = 0) -> int:
    """Run the command on an installation, in this process where no worker is asked for; its exit code."""
    monkeypatch.setenv("WAREHOUSE_KEYS", str(place.keys))
    # Reading the contracts takes half a second, and they are the same in every test.
    monkeypatch.setattr("ingest.__main__.load_feeds", lambda: FEEDS)
    return main(["--home", str(place.root), "--workers", str(workers)])


def lake(place: Home, feed_id: str) -> pl.DataFrame:
    """Every accepted row of a feed."""
    return _read(place.lake / feed_id, "_file", "_row_number")


def quarantine(place: Home, feed_id: str) -> pl.DataFrame:
    """Every refused row of a feed."""
    return _read(place.quarantine / feed_id, "_file", "_row_number")


def rules(place: Home, feed_id: str) -> dict[int, str]:
    """Rule by row number."""
    return dict(quarantine(place, feed_id).select("_row_number", "rule").iter_rows())


def refusals(place: Home) -> list[dict[str, str]]:
    """What the sidecars of landing say of refused files."""
    return [sidecar["refusal"] for _, sidecar in read_sidecars(place) if sidecar["status"] == "refused"]


def keyed(place: Home, kind: str, value: str) -> str:
    """The keyed hash of a value, computed apart from ingest."""
    return hmac.new(load_keys(place).person, f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()[:32]


def payments(place: Home, rows: list[dict], name: str = "finance__payments__202510__001.csv") -> None:
    """Drop a file of payment lines."""
    put(place, name, csv_bytes(rows))


def content_of(place: Home) -> dict[str, object]:
    """Every batch's rows, quarantine and manifest."""
    return {
        manifest.batch_id: (
            manifest,
            *(
                pl.read_parquet(part, hive_partitioning=False).rows()
                for root in (place.lake, place.quarantine)
                for part in [root / manifest.feed_id / f"batch={manifest.batch_id}" / "part-0.parquet"]
                if part.exists()
            ),
        )
        for manifest in read_manifests(place)
    }


def _read(folder: Path, *order: str) -> pl.DataFrame:
    parts = sorted(folder.glob("batch=*/part-0.parquet"))
    return pl.concat([pl.read_parquet(part, hive_partitioning=False) for part in parts]).sort(order)


def _text(cell: str | float | None) -> str:
    return "" if cell is None else str(cell)


SETTLEMENT: Row = {
    "结算ID": "S1", "证件号码": NUMBER_A, "就诊类型": "住院", "医疗机构": "区医院", "入院日期": "2025-09-28", "出院/结算日期": "2025-10-02",
    "主诊断ICD10": "I10", "总费用": "1000", "统筹支付": "600", "大病支付": "0", "医疗救助支付": "100", "个人自付": "300",
    "个人自费": "0", "异地标志": "否", "冲正标志": "否", "参保类别": "居民", "资助参保类别": None,
}  # fmt: skip
MONITORED: Row = {
    "户编号": "N1", "人编号": "N1-1", "证件号码": NUMBER_A, "监测对象类别": "边缘易致贫户", "识别时间": "2024-05-01", "主要风险": "因病",
    "人均纯收入": 8123.456, "风险是否消除": "否", "消除时间": None, "家庭人口": 3, "帮扶措施": "x",
}  # fmt: skip
EIGHT: dict[str, Callable[[], bytes]] = {
    "civil_affairs__register__202510__001.xlsx": lambda: xlsx_bytes([REGISTER], "在册名册"),
    "finance__payments__202510__001.csv": lambda: csv_bytes([PAYMENT]),
    "police__population__2025Q3__001.csv": lambda: csv_bytes([POPULATION]),
    "medical_insurance__settlements__20251005__001.csv": lambda: csv_bytes([SETTLEMENT], "utf-8-sig"),
    "disabled_federation__certificates__202510__001.xlsx": lambda: xlsx_bytes([CERTIFICATE], "持证人员"),
    "agriculture__monitored_persons__202510__001.xlsx": lambda: xlsx_bytes([MONITORED], "监测对象"),
    "health__deaths__202505__001.csv": lambda: csv_bytes([DEATH], "utf-8"),
    "funeral__cremations__20251005__001.xlsx": lambda: xlsx_bytes([CREMATION], "火化登记"),
}
