"""Which earlier delivery a full delivery is compared with: the feed's last good one in the order of periods.

In: manifests of one feed. Out: the reference of each full batch. A function of the set of batches alone, so
the order in which files arrive plays no part; a batch whose volume is off is nobody's reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from warehouse.contracts import Feed
from warehouse.manifests import Manifest


def references(
    feed: Feed, batches: Iterable[Manifest], released: frozenset[str], limits: dict[str, Any]
) -> dict[str, Manifest]:
    """For each full batch of a feed, by id, the last earlier full batch of a plausible volume; none for the first."""
    found: dict[str, Manifest] = {}
    last: Manifest | None = None
    low, high = feed.rows_between
    for batch in sorted((b for b in batches if b.kind == "full"), key=lambda b: (b.period_end, b.batch_no, b.batch_id)):
        if last is not None:
            found[batch.batch_id] = last
        agreed = low <= batch.rows_accepted <= high
        if batch.batch_id in released or (agreed and (last is None or not _is_off(batch, last, limits))):
            last = batch
    return found


def _is_off(batch: Manifest, reference: Manifest, limits: dict[str, Any]) -> bool:
    allowed = max(limits["volume_change_share"] * reference.rows_accepted, limits["volume_change_least_rows"])
    if batch.feed_id in limits["event_feeds"]:
        allowed = max(allowed, limits["event_deviations"] * math.sqrt(2 * max(reference.rows_accepted, 1)))
    return abs(batch.rows_accepted - reference.rows_accepted) > allowed
