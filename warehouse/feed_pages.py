"""The page of a feed that its bureau gets: what to send, when, in which form, and what becomes of it.

In: a contract. Out: Markdown, Chinese first. Generated into `docs/feeds/`, with an example file beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

from warehouse import examples
from warehouse.contracts import Column, Due, Feed

PERIODS = {
    "day": ("每日", "every day", "YYYYMMDD"),
    "week": ("每周（至周日）", "every week, to Sunday", "YYYYMMDD"),
    "month": ("每月", "every month", "YYYYMM"),
    "quarter": ("每季", "every quarter", "YYYYQn"),
    "halfyear": ("每学期（3月、10月）", "each term (March, October)", "YYYYMM"),
}
KINDS = {
    "full": ("全量", "full: replaces its period"),
    "delta": ("增量", "delta: changes since the last delivery"),
    "append": ("追加", "append: new records only"),
}
FORMS = {
    "csv": "CSV（逗号分隔，首行表头）",
    "xlsx": "Excel 工作簿 .xlsx",
    "jsonl": "JSON 行（每行一个对象）",
    "json": "JSON 文档（对象数组，或 data 下的对象数组）",
}
TYPES = {"string": "文本", "date": "日期", "timestamp": "时间", "number": "数值", "integer": "整数", "boolean": "是/否"}
CLASSES = {"internal": "内部", "sensitive": "敏感", "identity": "身份", "restricted": "受限"}
DIMENSIONS = {
    "completeness": "完整性",
    "conformity": "规范性",
    "accuracy": "准确性",
    "consistency": "一致性",
    "timeliness": "时效性",
}
CHECKS = {
    "row_identity": ("读入行数 = 入库行数 + 隔离行数", "行数对不上，就有人没被看见"),
    "quarantine_share": ("一次报送中隔离行的占比", "依赖本次数据的数字不完整"),
    "row_count": ("全量报送的入库行数", "行数远超约定，多半不是约定的那份数据"),
}
SEVERITIES = {"critical": "阻断", "warning": "提醒", "info": "记录"}
ROLES = {
    "person_id": "公民身份号码，按文本填写；入库时换成密钥散列，不保留原号",
    "other_id": "公民身份号码，按文本填写；入库时换成密钥散列，不保留原号",
    "certificate_no": "残疾人证号，按文本填写；入库时换成密钥散列，不保留原号",
    "document_no": "证照或编号，按文本填写；入库时换成密钥散列",
    "account_no": "账号，按文本填写；入库时换成密钥散列",
    "phone_no": "电话，按文本填写；入库时换成密钥散列",
    "person_name": "姓名；入库时打星号",
    "credit_code": "18位统一社会信用代码",
    "area_code": "统计用区划代码，12位（村社区）或9位（乡镇街道）",
    "village_name": "村（社区）名称，可写旧称",
    "month": "年月，如 202510",
    "yuan": "金额，单位元；如用万元或分，写在表头括号里",
    "square_metres": "面积，单位平方米；如用亩，写在表头括号里",
    "quantity": "数值",
}


def page(feed: Feed) -> str:
    """A feed's page, whole."""
    name = examples.file_name(feed)
    parts = [
        f"# {feed.code} {feed.name_zh} · {feed.name_en}\n",
        f"{feed.bureau_zh}（{feed.steward}）送区民政局。{feed.chinese['purpose']}依据：{feed.legal_basis}。\n\n"
        f"{feed.purpose} From {feed.bureau_zh}, steward {feed.steward}.\n",
        "## 怎样报送 · How to send\n",
        _table(("", ""), _sending(feed, name)),
        "## 字段 · Columns\n\n按表头识别，与列的顺序无关；多出的列不读取。Bound by header, never by position.\n",
        _table(("表头", "也可写作", "类型", "必填", "说明", "级别", "库中字段", "Meaning"), map(_column, feed.columns)),
        _codes(feed),
        "## 检查 · Checks\n",
        _table(
            ("检查", "维度", "级别", "影响"),
            (
                (
                    f"{CHECKS[rule.name][0]}{_limit(rule.at_most, rule.between)} · {rule.description}",
                    DIMENSIONS[rule.dimension],
                    SEVERITIES[rule.severity],
                    f"{CHECKS[rule.name][1]} · {rule.business_impact}",
                )
                for rule in feed.rules
            ),
        ),
        "每一行要么入库，要么进入隔离区并注明原因、文件、行号；读入行数 = 入库行数 + 隔离行数。缺必填表头、编码不能识别、"
        "申报行数或合计不符、代码表外的值超过 1% 时，整个文件退回，上一期数据继续使用。\n\n"
        "A row is either accepted or set aside with its reason and line; a file that breaks the contract is refused whole.\n",
    ]
    return "\n".join(parts)


def _sending(feed: Feed, name: str) -> list[tuple[str, str]]:
    rows = [
        ("每行是 · One row", f"{feed.chinese['grain']} · {feed.grain}"),
        (
            "形式 · Form",
            "；".join(FORMS[form] for form in feed.forms) + (f"；工作表“{feed.sheet}”" if feed.sheet else ""),
        ),
    ]
    if feed.encodings:
        rows.append(("编码 · Encoding", " / ".join(feed.encodings)))
    rows.append(
        (
            "文件名 · File name",
            f"`{feed.feed_id}__<期>__<批次号三位>.{feed.forms[0]}`，例如 [`{name}`](examples/{name})",
        )
    )
    rows += [(f"{KINDS[due.kind][0]} · {KINDS[due.kind][1]}", _due(due)) for due in feed.due]
    rows += [
        (f"{KINDS[kind][0]} · {KINDS[kind][1]}", "有事即报 · when there is something to send; 期 YYYYMMDD")
        for kind in feed.delivery
        if kind not in {due.kind for due in feed.due}
    ]
    sidecar = ".meta.json" if "json" in feed.forms else ".json"
    rows += [
        (
            "说明文件 · Sidecar",
            f"可附同名 `{sidecar}`：`sent_at`、`row_count`、`kind`、`control_totals`（表头: 合计）。没有记录的一期送表头并写 `row_count` 0",
        ),
        ("更正 · Correction", "同一期用下一个批次号重新报送 · the next batch number of the same period"),
        ("删除 · Deletion", f"{feed.chinese['deletion']} · {feed.deletion}"),
        ("已知问题 · Known faults", f"{feed.chinese['faults']} · {feed.known_faults}"),
    ]
    low, high = feed.rows_between
    rows.append(("一期行数 · Rows in a full delivery", f"{low:,} – {high:,}"))
    return rows


def _due(due: Due) -> str:
    zh, en, form = PERIODS[due.period]
    after = "期末后" if due.counted_from == "end" else "当期"
    counted = "after the period ends" if due.counted_from == "end" else "of the period"
    return f"{zh}，{after}第 {due.day} 日前；期 {form} · {en}, by day {due.day} {counted}"


def _column(column: Column) -> tuple[str, ...]:
    notes = [ROLES[column.role]] if column.role else []
    if column.codes and column.logical_type != "boolean":
        notes.append("代码，见下表；也可写名称")
    if column.minimum is not None or column.maximum is not None:
        notes.append(f"范围 {_number(column.minimum)}–{_number(column.maximum)}")
    if column.unit_from:
        notes.append("单位见同行的单位列")
    if column.open_ended:
        notes.append("无期限写" + "或".join(f"“{word}”" for word in column.open_ended))
    if column.key_position:
        notes.append(f"主键第 {column.key_position} 位")
    label = column.header if column.label == column.header else f"{column.header}（{column.label}）"
    return (
        label,
        "、".join(column.synonyms),
        TYPES[column.logical_type],
        "是" if column.required else "",
        "；".join(notes),
        CLASSES.get(column.classification, column.classification),
        f"`{column.lake_name}`" if column.keep else "不入库",
        column.description,
    )


def _codes(feed: Feed) -> str:
    rows = [
        (column.label, code, label)
        for column in feed.columns
        for code, label in column.labels.items()
        if column.logical_type != "boolean"
    ]
    return "### 代码表 · Code lists\n\n" + _table(("字段", "代码", "名称"), rows) if rows else ""


def _limit(at_most: float | None, between: tuple[float, float] | None) -> str:
    if between:
        return f" ({between[0]:,.0f}–{between[1]:,.0f})"
    return f" (≤ {at_most:g} %)" if at_most is not None else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
