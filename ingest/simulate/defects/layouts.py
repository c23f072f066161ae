"""Damage to a file's shape: renamed, added and moved columns, title and group rows, footers, encodings, lateness."""

from __future__ import annotations

import numpy as np
import polars as pl

from ingest.simulate.bureaus.calendar import LATE_WEEK_FROM_END, MISSING_WEEK_FROM_END, RESENT_MONTHS_FROM_END, Delivery
from ingest.simulate.bureaus.files import Layout
from ingest.simulate.bureaus.texts import feed
from ingest.simulate.defects.ledger import LOG_COLUMNS, Ledger
from ingest.simulate.names import has_four_byte_character
from ingest.simulate.timeline import month, month_text, to_date
from ingest.simulate.world.build import World

FOOTER_SHARE = 0.25
FORMS = ("plain", "title", "renamed", "added", "moved", "groups")
RENAMED = {
    "civil_affairs__register": {"person_id_no": "身份证号码", "category_code": "救助类型", "village_name": "村社区"},
    "disabled_federation__certificates": {"certificate_no": "残疾证号", "issue_date": "签发日期"},
    "agriculture__monitored_persons": {"person_id_no": "身份证号", "identified_date": "识别日期"},
    "finance__payments": {"person_id_no": "身份证号", "account_no": "银行账号"},
    "police__population": {"person_id_no": "身份证号码"},
}
ADDED = {"civil_affairs__register": {"备注": "", "经办人签字": "√"}, "finance__payments": {"备注": "正常发放"}}
TITLE = "武隆区社会救助对象在册名册"


def choose_layout(ledger: Ledger) -> Layout:
    """The shape of one file, and the list of what differs from the contract's."""
    delivery = ledger.delivery
    layout = Layout(order=[c for c in ledger.table.columns if not c.startswith("_")])
    if delivery.feed_id == "civil_affairs__register" and delivery.kind == "full":
        form = FORMS[month(to_date(delivery.period_end)) % len(FORMS)]
    elif delivery.feed_id in RENAMED and ledger.rng.random() < 0.12:
        form = "renamed"
    elif delivery.feed_id == "finance__payments" and ledger.rng.random() < 0.1:
        form = "added"
    else:
        form = "plain"
    _shape(layout, form, delivery.feed_id)
    if form != "plain":
        ledger.note_file("D12", "mapped", form)
    if delivery.encoding == "utf-8-sig":
        ledger.note_file("D13", "mapped", "byte order mark")
    if delivery.encoding == "gb18030":
        persons = ledger.world.persons
        named = np.unique(ledger.person[ledger.person >= 0])
        if has_four_byte_character(persons.name[named]).any():
            ledger.note_file("D13", "mapped", "four-byte characters")
    layout.footers = _footers(ledger)
    ledger.note_footers(len(layout.footers))
    return layout


def _shape(layout: Layout, form: str, feed_id: str) -> None:
    if form == "title":
        layout.title = TITLE
    elif form == "groups":
        layout.group_headers = True
    elif form == "renamed":
        layout.renamed = RENAMED[feed_id]
    elif form == "added":
        layout.added = ADDED[feed_id]
    elif form == "moved":
        assert layout.order is not None
        layout.order = layout.order[7:] + layout.order[:7]


def _footers(ledger: Ledger) -> list[list[str]]:
    words = feed(ledger.delivery.feed_id).skip_rows
    if not words or ledger.delivery.kind == "delta" or ledger.rng.random() >= FOOTER_SHARE:
        return []
    rows = [[words[0], "", "", str(len(ledger.table))]]
    if "制表人" in words:
        rows.append(["制表人：王某", "", "审核：李某"])
    return rows


def file_level_log(world: World, written: set[str], deliveries: list[Delivery]) -> pl.DataFrame:
    """Files that come late, never, or again: one entry a file, of those written."""
    found = []
    late, missing = world.weeks[-LATE_WEEK_FROM_END], None
    if len(world.weeks) >= MISSING_WEEK_FROM_END:
        missing = world.weeks[-MISSING_WEEK_FROM_END]
    for delivery in deliveries:
        if delivery.file_name not in written:
            continue
        if delivery.feed_id == "medical_insurance__settlements" and delivery.period_end == late:
            found.append(("D11", delivery.feed_id, delivery.file_name, "late"))
    if missing is not None and written:
        period = to_date(missing).strftime("%Y%m%d")
        found.append(("D11", "funeral__cremations", f"funeral__cremations__{period}__001.xlsx", "late"))
    for back in RESENT_MONTHS_FROM_END:
        period = month_text(month(to_date(world.weeks[-1])) - back)
        for batch in (1, 2):
            name = f"finance__payments__{period}__{batch:03d}.csv"
            if name in written and f"finance__payments__{period}__003.csv" in written:
                found.append(("D10", "finance__payments", name, "superseded"))
    rows = [(defect, feed_id, name, None, "", outcome, "", None, None) for defect, feed_id, name, outcome in found]
    return pl.DataFrame(rows, schema=LOG_COLUMNS, orient="row")
