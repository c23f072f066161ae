"""Damage to a file's shape: renamed, added and moved columns, title and group rows, merged cells, footers, sums, bytes."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import polars as pl

from ingest.simulate.bureaus.calendar import build_calendar
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK, Layout
from ingest.simulate.bureaus.finance import RESENT_MONTHS_FROM_END
from ingest.simulate.bureaus.funeral import MISSING_WEEK_FROM_END
from ingest.simulate.bureaus.medical_insurance import LATE_WEEK_FROM_END
from ingest.simulate.defects import attempts
from ingest.simulate.defects.ledger import LOG_COLUMNS, Ledger
from ingest.simulate.defects.rates import ADDED_FILES, FOOTER_FILES, MOVED_FILES, RENAMED_FILES, TITLE_FILES
from ingest.simulate.names import has_four_byte_character
from ingest.simulate.timeline import month, month_text, to_date
from ingest.simulate.world.build import World

REGISTER_FORMS = ("plain", "title", "renamed", "added", "moved", "groups")
TITLE = "武隆区社会救助对象在册名册"
ADDED = {"备注": "", "经办人签字": "√"}
COLUMNS_RENAMED = 2
UNKNOWN_HEADER = "证照代码（新）"
CONTROL_TOTALS = {
    "finance__payments": ("due_yuan", "paid_yuan"),
    "housing_fund__deposits": ("monthly_deposit_yuan",),
    "veterans__beneficiaries": ("allowance_yuan",),
}
TOTAL_WORDS = ("合计", "总计")
TOTAL_IN_TEN_THOUSANDS = "finance__payments"  # its footer is written in 万元
WRONG_TOTAL_SHARE = 0.15
WRONG_BY = Decimal("1000.00")
CUT_BYTES = 25
MERGED_IN = {"education__students": "school_name", "civil_affairs__register": "household_id_civil_affairs"}
MOST_MERGED, LONGEST_MERGED = 4, 6
CUT_RULES = {"csv": "truncated", "json": "json_malformed"}
TWO_HEADER_ROWS = "education__students"  # its form, no defect
TEN_THOUSAND = Decimal(10_000)
AMOUNT = re.compile(r"^¥?(-?[\d,]+(?:\.\d+)?)(万元|元|分)?$")
FACTORS = {"万元": TEN_THOUSAND, "元": Decimal(1), "分": Decimal("0.01")}


def choose_layout(ledger: Ledger) -> Layout:
    """The shape of one file, and the list of what differs from the contract's."""
    delivery = ledger.delivery
    layout = Layout(order=ledger.columns, group_headers=delivery.feed_id == TWO_HEADER_ROWS)
    form = _form(ledger)
    _shape(ledger, layout, form)
    for name, unit in ledger.header_units.items():
        header = ledger.feed.column(name).header.removesuffix("㎡")
        layout.renamed[name] = f"{header}({unit})"
        ledger.note_file("D07", "mapped", "unit in the header")
    if form != "plain":
        ledger.note_file("D12", "mapped", form)
    if delivery.encoding == "utf-8-sig":
        ledger.note_file("D13", "mapped", "byte order mark")
    if delivery.encoding == "gb18030":
        persons = ledger.world.persons
        named = np.unique(ledger.person[ledger.person >= 0])
        if ledger.feed.with_role("person_name") and has_four_byte_character(persons.name[named]).any():
            ledger.note_file("D13", "mapped", "four-byte characters")
    _merge(ledger, layout)
    layout.footers = _footers(ledger, layout)
    ledger.note_footers(len(layout.footers))
    for name in CONTROL_TOTALS.get(delivery.feed_id, ()):
        layout.control_totals[ledger.feed.column(name).header] = f"{total_of(ledger, name):.2f}"
    return layout


def spoil(ledger: Ledger, layout: Layout) -> None:
    """What makes the whole file unfit, where the delivery is such a one."""
    fault = ledger.delivery.fault
    defect, rule = {**attempts.REFUSED, **attempts.HELD}.get(fault, ("", ""))
    if fault == "header":
        column = ledger.feed.person_column
        assert column is not None
        layout.renamed[column.name] = UNKNOWN_HEADER
    elif fault == "control_total":
        name = CONTROL_TOTALS[ledger.delivery.feed_id][0]
        header = ledger.feed.column(name).header
        layout.control_totals[header] = f"{Decimal(layout.control_totals[header]) + WRONG_BY:.2f}"
    elif fault == "cut":
        layout.cut_bytes = CUT_BYTES
        rule = CUT_RULES[ledger.delivery.form]
    if defect:
        ledger.note_file(defect, "held" if fault in attempts.HELD else "refused", fault, rule)


def _form(ledger: Ledger) -> str:
    delivery = ledger.delivery
    if delivery.feed_id == "civil_affairs__register" and delivery.kind == "full":
        return REGISTER_FORMS[month(to_date(delivery.period_end)) % len(REGISTER_FORMS)]
    forms = {"renamed": RENAMED_FILES, "added": ADDED_FILES, "moved": MOVED_FILES}
    if delivery.form == "xlsx" and len(ledger.columns) >= 6 and delivery.feed_id != TWO_HEADER_ROWS:
        forms |= {"title": TITLE_FILES, "groups": TITLE_FILES}
    if ledger.feed.rows_from:
        forms = {"renamed": RENAMED_FILES}
    if not len(ledger.table) and delivery.form in ("json", "jsonl"):
        return "plain"  # without a record there is no header
    drawn = ledger.rng.random()
    if ledger.is_showcase:
        return list(forms)[int(drawn * len(forms))]
    for form, share in forms.items():
        if drawn < share:
            return form
        drawn -= share
    return "plain"


def _shape(ledger: Ledger, layout: Layout, form: str) -> None:
    if form == "title":
        layout.title = TITLE if ledger.feed.code == "F01" else ledger.feed.name_zh
    elif form == "groups":
        layout.group_headers = True
    elif form == "renamed":
        layout.renamed |= _renamed(ledger)
    elif form == "added":
        layout.added = dict(ADDED)
    elif form == "moved":
        assert layout.order is not None
        middle = max(1, len(layout.order) // 3)
        layout.order = layout.order[middle:] + layout.order[:middle]


def _merge(ledger: Ledger, layout: Layout) -> None:
    """Equal cells below each other as one merged cell, whose value stands in the first."""
    column = MERGED_IN.get(ledger.delivery.feed_id)
    if column is None or not (layout.group_headers or ledger.is_showcase) or ledger.delivery.form != "xlsx":
        return
    texts = ledger.table[column].fill_null("").to_list()
    whole = [text if not taken else "" for text, taken in zip(texts, ledger.lost | ledger.touched, strict=True)]
    starts = [n for n, text in enumerate(whole) if n == 0 or whole[n - 1] != text]
    runs = [(start, end - 1) for start, end in zip(starts, [*starts[1:], len(whole)], strict=True)]
    runs = [(first, min(last, first + LONGEST_MERGED)) for first, last in runs if last > first and whole[first]]
    for place in sorted(ledger.rng.permutation(len(runs))[:MOST_MERGED].tolist()):
        first, last = runs[place]
        layout.merged.setdefault(column, []).append((first, last))
        below = np.arange(first + 1, last + 1)
        ledger.note(below, column, "D12", "normalised", "", [""] * len(below), [texts[n] for n in below])


def _renamed(ledger: Ledger) -> dict[str, str]:
    """Two columns under another name that the contract knows."""
    listed = f"{ledger.feed.rows_from}." if ledger.feed.rows_from else ""
    known = {
        c.name: [s for s in c.synonyms if s.startswith(listed) == c.header.startswith(listed)]
        for c in ledger.feed.columns
        if c.name in ledger.table.columns
    }
    names = [name for name, synonyms in known.items() if synonyms]
    chosen = ledger.rng.permutation(np.array(names))[:COLUMNS_RENAMED].tolist() if names else []
    return {name: known[name][int(ledger.rng.integers(0, len(known[name])))] for name in chosen}


def _footers(ledger: Ledger, layout: Layout) -> list[list[str]]:
    words = ledger.feed.skip_rows
    unfit = ledger.delivery.form in ("json", "jsonl") or ledger.delivery.kind != "full" or not len(ledger.table)
    if not words or unfit or not ledger.happens(FOOTER_FILES):
        return []
    assert layout.order is not None
    first = [words[0]] + [""] * (len(layout.order) - 1)
    is_total = words[0] in TOTAL_WORDS
    sums = [c for c in ledger.feed.columns if c.role == "yuan" and c.keep and c.name in layout.order[1:]]
    wrong = is_total and bool(sums) and ledger.rng.random() < WRONG_TOTAL_SHARE
    for column in sums if is_total else []:
        total = total_of(ledger, column.name)
        if wrong and column is sums[0]:
            total += WRONG_BY
            ledger.note_file("D20", "warned", column.name, "footer_total_differs")
        first[layout.order.index(column.name)] = _total_text(ledger, total, column.name)
    rows = [first]
    if "制表人" in words:
        rows.append(["制表人：王某", "", "审核：李某"])
    return rows


def _total_text(ledger: Ledger, total: Decimal, name: str) -> str:
    if ledger.delivery.feed_id == TOTAL_IN_TEN_THOUSANDS:
        return f"{(total / TEN_THOUSAND).normalize():f}万元"
    return f"{(total / _header_factor(ledger, name)).normalize():f}"


def _header_factor(ledger: Ledger, name: str) -> Decimal:
    """What one of the unit that the column's header names is in yuan."""
    unit = ledger.header_units.get(name) or ("万元" if "万元" in ledger.feed.column(name).header else "元")
    return FACTORS[unit]


def total_of(ledger: Ledger, name: str) -> Decimal:
    """The sum of a column as it stands in the file (yuan), in whatever form its cells are."""
    in_header = _header_factor(ledger, name)
    total = Decimal(0)
    for text in ledger.table[name].fill_null("").to_list():
        match = AMOUNT.match(text.replace(NUMBER_MARK, "")) if text else None
        if match:
            factor = FACTORS[match[2]] if match[2] else in_header
            total += Decimal(match[1].replace(",", "")) * factor
    return total


def file_level_log(world: World, written: set[str], deliveries: list[Delivery]) -> pl.DataFrame:
    """Files that come late, never, or again: one entry a file, of those written."""
    found = []
    calendar = build_calendar(world.weeks, world.scale)
    late_names = {(d.feed_id, d.period, d.batch_no) for d in attempts.late(calendar)}
    for delivery in deliveries:
        if delivery.file_name not in written:
            continue
        late_week = world.weeks[-LATE_WEEK_FROM_END]
        is_late = delivery.feed_id == "medical_insurance__settlements" and delivery.period_end == late_week
        if is_late or (delivery.feed_id, delivery.period, delivery.batch_no) in late_names:
            found.append(("D11", delivery.feed_id, delivery.file_name, "late", ""))
        elif delivery.fault == "again":
            first = delivery.file_name.replace(f"{delivery.batch_no:03d}.", f"{delivery.batch_no - 1:03d}.")
            found.append(("D10", delivery.feed_id, first, "superseded", ""))
        elif delivery.fault == "part":
            found.append(("D10", delivery.feed_id, delivery.file_name, "added", ""))
    if written and len(world.weeks) >= MISSING_WEEK_FROM_END:
        period = to_date(world.weeks[-MISSING_WEEK_FROM_END]).strftime("%Y%m%d")
        found.append(("D11", "funeral__cremations", f"funeral__cremations__{period}__001.xlsx", "late", ""))
    if written:
        found += [("D11", d.feed_id, d.file_name, "late", "") for d in attempts.missing(calendar)]
    found += _payments_sent_again(world, written)
    rows = [(defect, feed_id, name, None, "", what, rule) for defect, feed_id, name, what, rule in found]
    schema = dict(list(LOG_COLUMNS.items())[:7])
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(
        pl.lit(None, dtype=pl.String).alias("id_no"),
        pl.lit(None, dtype=pl.String).alias("household_no"),
        pl.lit("").alias("written"),
        pl.lit("").alias("correct"),
    )


def _payments_sent_again(world: World, written: set[str]) -> list[tuple[str, str, str, str, str]]:
    """Of a month sent whole once more, the earlier files; the third number may itself be a refused attempt."""
    found = []
    for back in RESENT_MONTHS_FROM_END:
        stem = f"finance__payments__{month_text(month(to_date(world.weeks[-1])) - back)}"
        if f"{stem}__003.csv" in written:
            for batch in (1, 2):
                if f"{stem}__{batch:03d}.csv" in written:
                    found.append(("D10", "finance__payments", f"{stem}__{batch:03d}.csv", "superseded", ""))
    return found
