"""What goes back to a bureau: for each of its deliveries a pack of the rows and files that were not accepted.

In: `case_handback_items` of the published build and the texts of rules. Out: an XLSX and a CSV per delivery under
`data/handback/<bureau>/`, the same bytes for the same items. A pack holds that bureau's rows only, values masked.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from warehouse.builds import current_build
from warehouse.contracts import Feed, load_feeds
from warehouse.database import open_published
from warehouse.errors import WarehouseError
from warehouse.paths import Home
from warehouse.rule_texts import RuleText, load_rule_texts, text_of

INDEX_FILE = "packs.json"
OPEN = ("open", "reopened")
STATUS = {"open": "待更正", "reopened": "再次出现", "closed": "已更正"}
CREATED = datetime(2000, 1, 1)
# What a spreadsheet program takes for a formula at the start of a cell, full-width forms included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
HEADS = (
    ("编号", 12),
    ("文件", 46),
    ("工作表", 12),
    ("行号", 8),
    ("字段", 16),
    ("问题", 22),
    ("说明", 44),
    ("请这样更正", 44),
    ("原值（已脱敏）", 16),
    ("涉及户数", 9),
    ("涉及金额（元）", 14),
    ("首次发现", 12),
    ("出现次数", 9),
    ("状态", 10),
    ("更正期限", 12),
)


@dataclass(frozen=True)
class Pack:
    """The items of one delivery of one feed that wait for their bureau, newest delivery in which they stood."""

    feed: Feed
    batch_id: str
    file: str
    items: tuple[dict[str, Any], ...]

    @property
    def stem(self) -> str:
        """The pack's file name without its ending."""
        return f"{self.file.rsplit('.', 1)[0]}__退回"


def packs(build: Path, feeds: Mapping[str, Feed], bureau: str = "") -> list[Pack]:
    """The packs that a published build makes, of one bureau or of all, by feed and file."""
    connection = open_published(build / "casework.duckdb")
    try:
        rows = connection.execute(
            "select * from case_handback_items where status in ('open', 'reopened') and ($bureau = '' or bureau = $bureau)"
            " order by feed_id, file_name, batch_id, row_number nulls first, rule, item_id",
            {"bureau": bureau},
        )
        names = [column[0] for column in rows.description or ()]
        items = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    finally:
        connection.close()
    grouped: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for item in items:
        grouped.setdefault((item["feed_id"], item["file_name"], item["batch_id"] or ""), []).append(item)
    return [Pack(feeds[feed_id], batch, file, tuple(found)) for (feed_id, file, batch), found in grouped.items()]


def write_packs(home: Home, say: Any = print) -> int:
    """Write the packs of the published build, take away those whose items are all closed; how many changed (packs).

    Raises: WarehouseError when nothing is published yet.
    """
    build = current_build(home)
    if build is None:
        raise WarehouseError("nothing is published yet", where=str(home.root), remedy="python -m warehouse refresh")
    folder, texts = home.root / "handback", load_rule_texts()
    index_path = folder / INDEX_FILE
    before: dict[str, str] = json.loads(index_path.read_text(encoding="utf-8")) if index_path.exists() else {}
    after: dict[str, str] = {}
    changed = 0
    for pack in packs(build.path, load_feeds()):
        place = f"{pack.feed.bureau}/{pack.stem}"
        after[place] = _fingerprint(pack, texts)
        if before.get(place) == after[place] and (folder / f"{place}.xlsx").exists():
            continue
        (folder / pack.feed.bureau).mkdir(parents=True, exist_ok=True)
        _replace(folder / f"{place}.csv", as_csv(pack, texts))
        _replace(folder / f"{place}.xlsx", as_workbook(pack, texts))
        changed += 1
    for place in before.keys() - after.keys():
        for ending in (".csv", ".xlsx"):
            (folder / (place + ending)).unlink(missing_ok=True)
        changed += 1
    if after or before:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(index_path, json.dumps(after, ensure_ascii=False, indent=1, sort_keys=True).encode())
    say(f"hand-back: {len(after)} packs for {len({place.split('/')[0] for place in after})} bureaus, {changed} changed")
    return changed


def as_csv(pack: Pack, texts: dict[str, RuleText]) -> bytes:
    """A pack as UTF-8 with a byte-order mark, so that a Chinese Excel opens it right; nothing in it is a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([head for head, _ in HEADS])
    writer.writerows([[_harmless(str(cell)) for cell in _cells(pack, item, texts)] for item in pack.items])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def as_workbook(pack: Pack, texts: dict[str, RuleText]) -> bytes:
    """A pack as a workbook: a covering sheet with what is asked and by when, and the rows; every text cell is text."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": CREATED})
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    cover = book.add_worksheet("说明")
    cover.set_column(0, 0, 18)
    cover.set_column(1, 1, 90)
    for line, (name, words) in enumerate(_cover(pack)):
        cover.write_string(line, 0, name, head)
        cover.write_string(line, 1, words, text)
    sheet = book.add_worksheet("退回明细")
    sheet.freeze_panes(1, 0)
    for place, (name, width) in enumerate(HEADS):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, head)
    for line, item in enumerate(pack.items, start=1):
        for place, cell in enumerate(_cells(pack, item, texts)):
            if isinstance(cell, int | float | Decimal):
                sheet.write_number(line, place, float(cell))
            else:
                sheet.write_string(line, place, cell, text)
    book.close()
    return stream.getvalue()


def _cover(pack: Pack) -> list[tuple[str, str]]:
    due = min((item["due_date"] for item in pack.items if item["due_date"]), default=None)
    again = sum(item["status"] == "reopened" for item in pack.items)
    households = sum(item["households_count"] or 0 for item in pack.items)
    amount = sum((item["amount_yuan"] or Decimal(0) for item in pack.items), Decimal(0))
    return [
        ("致", f"{pack.feed.bureau_zh} {pack.feed.steward}"),
        ("数据", f"{pack.feed.code} {pack.feed.name_zh}"),
        ("文件", pack.file),
        ("退回", f"{len(pack.items)} 项，其中再次出现 {again} 项"),
        ("影响", f"涉及 {households} 户次、{amount:,.2f} 元"),
        ("期限", f"请于 {due} 前（10个工作日内）更正后重新报送" if due else "请更正后重新报送"),
        ("怎样更正", "在本单位系统中更正，以同一期的下一个批次号重新报送整份文件；更正后对应项目自动销号。"),
        ("说明", "原值已脱敏。行号为文件中的行；请按行号在本单位原件中查找。"),
        ("依据", "《政务数据共享条例》数据校核"),
    ]


def _cells(pack: Pack, item: Mapping[str, Any], texts: dict[str, RuleText]) -> Sequence[str | int | Decimal]:
    text = text_of(texts, item["rule"])
    return (
        f"H-{item['item_id'][:10]}",
        item["file_name"],
        item["sheet"] or "",
        item["row_number"] if item["row_number"] is not None else "整个文件",
        item["header"] or "",
        text.title_zh if text else item["rule"],
        text.explanation_zh if text else "",
        text.remedy_zh if text else "",
        item["masked_value"] or "",
        item["households_count"] or 0,
        item["amount_yuan"] or Decimal(0),
        _day(item["first_seen_date"]),
        item["times_sent_count"] or 1,
        STATUS[item["status"]],
        _day(item["due_date"]),
    )


def _harmless(cell: str) -> str:
    """A text that no spreadsheet program runs."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _fingerprint(pack: Pack, texts: dict[str, RuleText]) -> str:
    return hashlib.sha256(as_csv(pack, texts)).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)
