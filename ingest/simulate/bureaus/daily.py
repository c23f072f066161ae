"""Feeds that come every day: the history when the connection goes live, then each day's news the next morning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.simulate.bureaus.deliveries import Delivery, day_period
from ingest.simulate.timeline import at

if TYPE_CHECKING:
    from ingest.simulate.world.build import World

BEFORE_ALL = -1


def daily_deliveries(feed_id: str, weeks: list[int], minute: int, form: str, root: str = "") -> list[Delivery]:
    """One file on the first of these Sundays and one each day after it, sent the next morning after 6."""
    return [
        Delivery(feed_id, day_period(end), 1, "append", end, at(end + 1, 6, minute), form, "utf-8", document_root=root)
        for end in range(weeks[0], weeks[-1] + 1)
    ]


def told_since(world: World, delivery: Delivery) -> int:
    """The first day that a file tells of: its own, or the beginning for the file that holds the history."""
    live = world.weeks[-world.scale.daily_weeks]
    return BEFORE_ALL if delivery.period_end <= live else delivery.period_end
