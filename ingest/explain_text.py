"""An explanation in words, Chinese or English: the labels from explain_words.yml, the findings from rule_texts.yml.

In: `Explanation`. Out: lines of text. Values of persons come in as quarantine masks them, and nothing else of a row comes in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ingest.explanations import Explanation, absent_headers, renamed_headers
from ingest.validate import INFO
from warehouse.contracts import Feed
from warehouse.rule_texts import RuleText, load_rule_texts, text_of
from warehouse.yaml_files import read_yaml

WORDS = Path(__file__).with_name("explain_words.yml")


class Words:
    """The labels of one language, filled in."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._labels = read_yaml(WORDS)

    def __call__(self, label: str, **facts: object) -> str:
        return str(self._labels[label][self._language].format(**facts))

    def place(self, text: str) -> str:
        """What a refusal says of place, expected or found: it was written in English."""
        if self._language == "zh":
            for pattern, replacement in self._labels["phrases"]:
                text = re.sub(pattern, replacement, text)
        return text

    def name(self, feed: Feed) -> str:
        """A feed's name."""
        return feed.name_zh if self._language == "zh" else feed.name_en

    def bureau(self, feed: Feed) -> str:
        """Who sends a feed."""
        return feed.bureau_zh if self._language == "zh" else feed.bureau.replace("_", " ")


def as_lines(told: Explanation, feeds: Mapping[str, Feed], language: str) -> list[str]:
    """The explanation in words (zh or en), a line each."""
    word = Words(language)
    texts = load_rule_texts()
    lines = [word("file", file=told.file, size=f"{told.size_bytes:,}", sha256=told.sha256[:12])]
    lines += _state(told, word)
    lines += _contract(told, feeds, word)
    for refusal in told.refusals:
        lines += _section(word, "refusals", refusal is told.refusals[0])
        lines += _refusal(refusal, texts, language, word)
    for finding in told.findings:
        lines += _section(word, "quarantine", finding is told.findings[0])
        text = text_of(texts, finding.rule)
        header = _header(feeds, told.feed_id, finding.column_name)
        rows = ", ".join(map(str, finding.rows)) + (" …" if finding.count > len(finding.rows) else "")
        shown = word("shown", values=", ".join(finding.shown)) if finding.shown else ""
        column = word("column", header=header) if header else ""
        title = text.title(language) if text else finding.rule
        lines.append(
            "· "
            + word(
                "finding", title=title, code=finding.rule, column=column, n=f"{finding.count:,}", rows=rows, shown=shown
            )
        )
        lines += _meaning(text, language, word)
    for code, count in told.flags.items():
        lines += _section(word, "flags", code == next(iter(told.flags)))
        text = text_of(texts, code)
        lines.append("· " + word("flag", title=text.title(language) if text else code, code=code, n=f"{count:,}"))
        lines += _meaning(text, language, word)
    for code, detail in told.remarks:
        lines += _section(word, "remarks", (code, detail) == told.remarks[0])
        text = text_of(texts, code)
        lines.append("· " + word("remark", title=text.title(language) if text else code, code=code, detail=detail))
        lines += _meaning(text, language, word)
    return [*lines, "", _conclusion(told, texts, word)]


def _state(told: Explanation, word: Words) -> list[str]:
    moment = {"batch": told.batch_id, "at": told.received_at.replace("T", " ")}
    lines = [
        word({"dry": "dry", "ingested": "ingested", "refused": "kept_refused"}.get(told.state, "is_landed"), **moment)
    ]
    if told.state == "dry" and told.batch_id:
        lines.append(word("known_batch", **moment))
    if told.others:
        lines.append(word("others", n=told.others))
    return lines


def _contract(told: Explanation, feeds: Mapping[str, Feed], word: Words) -> list[str]:
    lines = []
    feed = feeds.get(told.feed_id or "")
    if feed is None:
        lines.append(word("no_contract"))
    else:
        lines.append(
            word(
                "contract",
                code=feed.code,
                name=word.name(feed),
                feed_id=feed.feed_id,
                version=feed.version,
                bureau=word.bureau(feed),
            )
        )
        if told.is_assumed:
            lines.append(word("assumed"))
        elif told.period:
            kind = word(told.kind) if told.kind else "–"
            lines.append(word("period", period=told.period, batch_no=f"{told.batch_no:03d}", kind=kind))
    if told.near and not told.is_assumed:
        lines.append(word("near"))
        for near in told.near:
            other = feeds[near.feed_id]
            facts = {"feed_id": near.feed_id, "name": word.name(other), "found": near.found, "required": near.required}
            line = word("near_one", missing=near.missing, **facts) if near.missing else word("near_complete", **facts)
            form = told.file.rpartition(".")[2].lower()
            lines.append(
                "· " + line + ("" if form in other.forms else word("near_form", forms=" / ".join(other.forms)))
            )
    if told.encoding:
        lines.append(word("encoding", encoding=told.encoding))
    if feed is not None and told.headers is not None:
        if feed.sheet and told.encoding is None:
            lines.append(word("sheet", sheet=feed.sheet))
        lines.append(word("headers", agreed=len(feed.columns), bound=len(set(told.headers.values()))))
        if pairs := renamed_headers(feed, told.headers):
            lines.append(word("renamed", pairs="; ".join(f"{written} → {agreed}" for written, agreed in pairs)))
        if absent := absent_headers(feed, told.headers):
            lines.append(word("absent", headers=", ".join(absent)))
        if told.extra:
            lines.append(word("extra", headers=", ".join(told.extra)))
    if told.rows_read is not None:
        counts = {"read": told.rows_read, "accepted": told.rows_accepted, "quarantined": told.rows_quarantined}
        lines.append(word("rows", **{name: f"{count:,}" for name, count in counts.items()}))
    if told.declared_rows is not None:
        lines.append(word("declared", declared=f"{told.declared_rows:,}"))
    if told.declared_totals and feed is not None:
        known = {column.header for column in feed.columns} | {column.name for column in feed.columns}
        lines.append(
            word("totals", headers=", ".join(total for total in told.declared_totals if total in known) or "–")
        )
    return lines


def _refusal(refusal: Mapping[str, str], texts: dict[str, RuleText], language: str, word: Words) -> list[str]:
    text = text_of(texts, refusal["code"])
    lines = ["· " + word("refusal", title=text.title(language) if text else refusal["what"], code=refusal["code"])]
    for label, entry in (("place", "where"), ("expected", "expected"), ("found", "found")):
        if refusal.get(entry):
            lines.append("  " + word(label, text=word.place(refusal[entry])))
    return lines + _meaning(text, language, word)


def _meaning(text: RuleText | None, language: str, word: Words) -> list[str]:
    if text is None:
        return []
    return ["  " + word("means", text=text.explanation(language)), "  " + word("do", text=text.remedy(language))]


def _conclusion(told: Explanation, texts: dict[str, RuleText], word: Words) -> str:
    if told.fault:
        return word("fault", fault=told.fault)
    if told.refusals:
        return word("refused")
    wrong = sum(finding.count for finding in told.findings if finding.rule not in INFO)
    return word("some", n=f"{wrong:,}") if wrong else word("all_well")


def _section(word: Words, title: str, is_first: bool) -> list[str]:
    return ["", word(title)] if is_first else []


def _header(feeds: Mapping[str, Feed], feed_id: str | None, column_name: str) -> str:
    feed = feeds.get(feed_id or "")
    return next((column.header for column in feed.columns if column.name == column_name), "") if feed else ""
