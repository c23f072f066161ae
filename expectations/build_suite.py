"""The build suite: the rules of `rules/build.yml`, each repeated over its tables or feeds.

In: the rule file and the feeds under contract. Out: `Rule`s over a candidate's databases, each with its mutant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expectations.rules import Rule, load_document, metrics_of, quarantine_percent
from warehouse.contracts import Feed
from warehouse.metrics import load_metrics

PREVIOUS = "previous"


def rules(feeds: Mapping[str, Feed]) -> list[Rule]:
    """Every rule of the build suite, in the order of its file."""
    document = load_document("build.yml")
    rested_on = {feed_id for metric in load_metrics().values() for feed_id in metric.feeds}
    lists: dict[str, list[str]] = {
        **document["lists"],
        "feeds": list(feeds),
        "feeds with a due day": [feed.feed_id for feed in feeds.values() if feed.due],
        "feeds of metrics": [feed_id for feed_id in feeds if feed_id in rested_on],
    }
    return [
        _make(entry, document["owners"], place, feeds.get(place))
        for entry in document["rules"]
        for place in lists.get(entry.get("each"), [""])
    ]


def _make(entry: dict[str, Any], owners: dict[str, Any], place: str, feed: Feed | None) -> Rule:
    owner = owners[entry["owner"]]
    words = {"{table}": place, "{feed}": place, "{key}": entry.get("mutant_keys", {}).get(place, "")}
    if feed is not None:
        words["{percent}"] = str(quarantine_percent(feed))
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
        feed_id=feed.feed_id if feed else "",
        metrics=metrics_of(place) if feed else tuple(entry.get("metrics", ())),
        needs=entry.get("needs"),
        mutant=_fill(entry["mutant"], words).strip(),
    )


def _fill(text: str, words: dict[str, str]) -> str:
    # not str.format: a regular expression in a rule has braces of its own
    for word, value in words.items():
        text = text.replace(word, value)
    return text
