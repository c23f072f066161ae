"""The dictionary for people: feeds, metrics, rules, policy values and columns as one page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from warehouse.columns import load_columns
from warehouse.contracts import Feed
from warehouse.metrics import load_metrics, load_rules
from warehouse.parameters import OPEN_END, load_parameters, load_standards


def text(feeds: dict[str, Feed], mark: str) -> str:
    """The whole page; `mark` says that it is generated."""
    parts = [f"<!-- {mark} -->\n\n# Dictionary 数据字典\n"]
    parts += [_feeds(feeds), _metrics(), _rules(), _parameters(), _standards(), _columns()]
    return "\n".join(parts)


def _feeds(feeds: dict[str, Feed]) -> str:
    lines = ["## Feeds 数据源\n"]
    for feed in feeds.values():
        lines.append(f"### {feed.code} {feed.name_zh} · {feed.name_en} (`{feed.feed_id}`)\n")
        lines.append(
            f"{feed.purpose} {feed.grain}. From {feed.bureau_zh}, steward {feed.steward}. Legal basis: {feed.legal_basis}."
        )
        lines.append(
            f"Delivery: {', '.join(feed.delivery)}; forms: {', '.join(feed.forms)}; deletion: {feed.deletion}. Known faults: {feed.known_faults}\n"
        )
        rows = (
            (
                c.header,
                "、".join(c.synonyms),
                f"`{c.lake_name}`" if c.keep else "not kept",
                c.physical_type,
                "yes" if c.required else "",
                c.classification,
                _codes(c.labels),
            )
            for c in feed.columns
        )
        lines.append(_table(("Header", "Also", "Column", "Type", "Required", "Class", "Codes"), rows))
    return "\n".join(lines)


def _metrics() -> str:
    rows = (
        (
            f"`{m.metric_id}`",
            m.title.zh,
            m.title.en,
            m.kind,
            m.unit.zh,
            m.definition.zh,
            m.numerator.zh,
            m.denominator.zh if m.denominator else "",
            m.owner,
        )
        for m in load_metrics().values()
    )
    return "## Metrics 指标\n\n" + _table(("Id", "名称", "Name", "Kind", "单位", "口径", "分子", "分母", "负责"), rows)


def _rules() -> str:
    rows = (
        (r.rule_id, r.title.zh, r.title.en, r.direction, r.severity, r.condition.zh, r.owner, r.legal_basis)
        for r in load_rules().values()
    )
    return "## Alert rules 预警规则\n\n" + _table(
        ("Id", "名称", "Name", "Direction", "Severity", "条件", "负责", "依据"), rows
    )


def _parameters() -> str:
    rows = (
        (
            f"`{p.parameter_id}`",
            p.title_zh,
            f"{p.value.normalize():f}",
            p.unit,
            p.valid_from,
            _end(p.valid_to),
            p.source,
            "" if p.verified else "unverified 未核实",
        )
        for p in load_parameters()
    )
    return "## Policy parameters 政策参数\n\n" + _table(
        ("Id", "名称", "Value", "Unit", "From", "To", "Source", ""), rows
    )


def _standards() -> str:
    rows = (
        (
            s.programme_code,
            s.urban_rural_code,
            s.class_code,
            s.amount_yuan,
            s.valid_from,
            _end(s.valid_to),
            s.document_no,
            s.source,
            "" if s.verified else "unverified 未核实",
        )
        for s in load_standards()
    )
    return "## Benefit standards 保障标准 (yuan per person per month)\n\n" + _table(
        ("Programme", "Urban 1 / rural 2", "Class", "Amount", "From", "To", "Document", "Source", ""), rows
    )


def _columns() -> str:
    rows = ((f"`{c.name}`", c.description, c.unit, c.sensitivity) for c in load_columns().values())
    return "## Columns of the warehouse 仓库字段\n\n" + _table(("Column", "Meaning", "Unit", "Sensitivity"), rows)


def _codes(labels: dict[str, str]) -> str:
    return "; ".join(f"{code} {label}" for code, label in labels.items())


def _end(day: object) -> str:
    return "" if day == OPEN_END else str(day)


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"
