"""Whole deliveries that go wrong: a file that is refused or held and sent again, sent twice, in part, late, or never.

In: the calendar as the bureaus keep it. Out: the calendar as it happens. A bad file is followed by the good one under the
next number within hours, so that every feed ends in order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ingest.simulate.bureaus.deliveries import Delivery

REPAIRED_AFTER = timedelta(hours=3)
REPEATED_AFTER = timedelta(days=1)
# Fault of a file: what becomes of it, and the rule that says so.
REFUSED = {
    "header": ("D12", "header_missing"),
    "codes": ("D21", "codes_unknown"),
    "control_total": ("D20", "control_total_differs"),
    "cut": ("D13", ""),  # by the file's form
}
HELD = {"half": ("D19", "volume_change")}
REPEATED = ("again", "part")
FULL, DELTA = "full", "delta"
# Feed, kind, how many deliveries of that kind before the last one, fault.
PLANNED = (
    ("civil_affairs__register", FULL, 2, "header"),
    ("disabled_federation__certificates", FULL, 3, "half"),
    ("agriculture__monitored_persons", FULL, 4, "codes"),
    ("finance__payments", FULL, -1, "control_total"),
    ("human_resources__social_insurance", FULL, 2, "cut"),
    ("traffic_police__vehicles", FULL, 2, "header"),
    ("market_supervision__enterprises", FULL, 2, "cut"),
    ("housing_fund__deposits", FULL, 0, "control_total"),
    ("justice__custody", FULL, 3, "codes"),
    ("natural_resources__property", FULL, 4, "again"),
    ("taxation__income_bands", FULL, 0, "again"),
    ("police__population", DELTA, 5, "part"),
    ("civil_affairs__register", DELTA, 6, "part"),
)
LATE = (
    ("health__mental_registry", 3, timedelta(days=12)),
    ("human_resources__social_insurance", 4, timedelta(days=16)),
)
MISSING = (("traffic_police__vehicles", 4),)
THIRD = 3  # the number of the payment file that a month is sent again with


def with_attempts(calendar: list[Delivery]) -> list[Delivery]:
    """The calendar with bad attempts before their good deliveries, repetitions, late files; what never comes is left out."""
    changed: dict[Delivery, list[Delivery]] = {}
    for feed_id, kind, back, fault in PLANNED:
        chosen = _chosen(calendar, feed_id, kind, back)
        if chosen is None:
            continue
        following = chosen.batch_no + 1
        if fault in REPEATED:
            sent_kind = DELTA if fault == "part" else chosen.kind
            again = replace(
                chosen, batch_no=following, sent_at=chosen.sent_at + REPEATED_AFTER, fault=fault, kind=sent_kind
            )
            changed[chosen] = [chosen, again]
        else:
            good = replace(chosen, batch_no=following, sent_at=chosen.sent_at + REPAIRED_AFTER)
            changed[chosen] = [replace(chosen, fault=fault), good]
    for feed_id, back, delay in LATE:
        chosen = _chosen(calendar, feed_id, FULL, back)
        if chosen is not None:
            changed[chosen] = [replace(chosen, sent_at=chosen.sent_at + delay)]
    for chosen in missing(calendar):
        changed[chosen] = []
    found = [happens for delivery in calendar for happens in changed.get(delivery, [delivery])]
    return sorted(found, key=lambda d: (d.sent_at, d.feed_id, d.period, d.batch_no))


def missing(calendar: list[Delivery]) -> list[Delivery]:
    """Deliveries that never come."""
    chosen = (_chosen(calendar, feed_id, FULL, back) for feed_id, back in MISSING)
    return [delivery for delivery in chosen if delivery is not None]


def late(calendar: list[Delivery]) -> list[Delivery]:
    """Deliveries that come days after they were due, as the bureaus had planned them."""
    chosen = (_chosen(calendar, feed_id, FULL, back) for feed_id, back, _ in LATE)
    return [delivery for delivery in chosen if delivery is not None]


def _chosen(calendar: list[Delivery], feed_id: str, kind: str, back: int) -> Delivery | None:
    """The delivery so many before the last; `back` -1: the last that a month was sent again with."""
    mine = [d for d in calendar if d.feed_id == feed_id and d.kind == kind and (back >= 0 or d.batch_no == THIRD)]
    mine.sort(key=lambda d: (d.period_end, d.batch_no))
    place = max(back, 0)
    return mine[-1 - place] if len(mine) > place else None
