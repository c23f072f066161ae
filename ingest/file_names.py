"""The grammar of delivered files: `<bureau>__<feed>__<period>__<batch_no>.<ext>`.

In: a file name and the contracts. Out: which feed, period and batch it claims to be. Refuses everything else.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

GRAMMAR = "<bureau>__<feed>__<period>__<batch_no>.<ext>"
PATTERN = re.compile(r"(?P<feed_id>[a-z][a-z0-9_]*)__(?P<period>[0-9Q]+)__(?P<batch_no>[0-9]{3})\.(?P<ext>[a-z]+)")
MONTH = re.compile(r"([0-9]{4})([0-9]{2})")
QUARTER = re.compile(r"([0-9]{4})Q([1-4])")
DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
LONG_NUMBER = re.compile(r"[0-9]{9,}[Xx]?")
MONTHS_A_QUARTER = 3
# No bureau's register reaches further back; an earlier period is a slip of the keys.
EARLIEST_PERIOD = date(2010, 1, 1)


@dataclass(frozen=True)
class FileName:
    """What a file's name claims: its feed, the period it covers and its place within the period."""

    text: str
    feed: Feed
    period: str
    period_end: date
    is_day: bool
    batch_no: int
    form: str


def parse_file_name(text: str, feeds: Mapping[str, Feed]) -> FileName:
    """What a delivered file claims to be. Raises: RefusedFile when the name breaks the grammar or no contract knows it."""
    match = PATTERN.fullmatch(text)
    if match is None:
        raise _refusal(text, f"a name of the form {GRAMMAR}", "a name of another form")
    feed = feeds.get(match["feed_id"])
    if feed is None:
        raise _refusal(text, "one of " + ", ".join(feeds), "a bureau and feed without a contract")
    end = period_end(match["period"])
    if end is None or end < EARLIEST_PERIOD:
        raise _refusal(text, f"a period YYYYMM, YYYYQn or YYYYMMDD since {EARLIEST_PERIOD.year}", "no such period")
    if match["ext"] not in feed.forms:
        raise _refusal(text, "a file of the form " + " or ".join(feed.forms), "." + match["ext"])
    is_day = DAY.fullmatch(match["period"]) is not None
    return FileName(text, feed, match["period"], end, is_day, int(match["batch_no"]), match["ext"])


def period_end(period: str) -> date | None:
    """Last day of a month or quarter, or the day itself; None when there is no such period."""
    if match := QUARTER.fullmatch(period):
        year, month, day = int(match[1]), int(match[2]) * MONTHS_A_QUARTER, 0
    elif match := DAY.fullmatch(period):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        if day == 0:
            return None
    elif match := MONTH.fullmatch(period):
        year, month, day = int(match[1]), int(match[2]), 0
    else:
        return None
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        return None


def delivery_kind(name: FileName, declared: str | None) -> str:
    """Full, delta or append: what the bureau's sidecar says, else the only kind agreed, else the form of the period.

    Raises: RefusedFile when the contract doesn't allow that kind. Source: domain.md R24.
    """
    agreed = name.feed.delivery
    kind = declared or (agreed[0] if len(agreed) == 1 else "delta" if name.is_day else "full")
    if kind not in agreed:
        raise RefusedFile(
            "kind_not_agreed",
            "the kind of delivery is not agreed",
            where=name.text,
            expected=" or ".join(agreed),
            found=kind if kind in ("full", "delta", "append") else "another word",
            remedy="send one of the agreed kinds, or name the kind in the sidecar",
        )
    return kind


def printable_name(text: str) -> str:
    """A file's name as it may be shown: without any long number, which may be somebody's, and without what a screen
    or a JSON file can't hold (control characters, bytes of another encoding).
    """
    readable = "".join(letter if letter.isprintable() else "?" for letter in unicodedata.normalize("NFKC", text))
    return LONG_NUMBER.sub("#", readable)


def _refusal(text: str, expected: str, found: str) -> RefusedFile:
    return RefusedFile(
        "file_name",
        "the file's name doesn't say what it is",
        where=printable_name(text),
        expected=expected,
        found=found,
        remedy="rename the file and put it into the inbox again; this copy is kept, sealed, in landing/_unknown",
    )
