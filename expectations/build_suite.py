"""The build suite: the rules of `rules/build.yml`, each repeated over its tables or feeds.

In: the rule file and the feeds under contract. Out: `Rule`s over a candidate's databases, each with its mutant.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expectations.rules import Rule, load_document

PREVIOUS = "previous"


def rules(feed_ids: Iterable[str]) -> list[Rule]:
    """Every rule of the build suite, in the order of its file."""
    document = load_document("build.yml")
    lists: dict[str, list[str]] = {**document["lists"], "feeds": list(feed_ids)}
    return [
        _make(entry, document["owners"], place)
        for entry in document["rules"]
        for place in lists.get(entry.get("each"), [""])
    ]


def _make(entry: dict[str, Any], owners: dict[str, Any], place: str) -> Rule:
    owner = owners[entry["owner"]]
    words = {"{table}": place, "{feed}": place, "{key}": entry.get("mutant_keys", {}).get(place, "")}
    return Rule(
        rule_id=entry["id"] + (f".{place.rsplit('.', 1)[-1]}" if place else ""),
        title_zh=entry["title_zh"],
        title_en=entry["title_en"],
        owner_zh=owner["zh"],
        owner_en=owner["en"],
        dimension=entry["dimension"],
        severity=entry["severity"],
        table=entry.get("table") or place,
        sql=_fill(entry["sql"], words).strip(),
        feed_id=place if entry.get("each") == "feeds" else "",
        metrics=tuple(entry.get("metrics", ())),
        needs=entry.get("needs"),
        mutant=_fill(entry["mutant"], words).strip(),
    )


def _fill(text: str, words: dict[str, str]) -> str:
    # not str.format: a regular expression in a rule has braces of its own
    for word, value in words.items():
        text = text.replace(word, value)
    return text
