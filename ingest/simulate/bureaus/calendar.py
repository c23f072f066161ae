"""Which files the bureaus send and when: every delivery of the weeks that the simulation covers."""

from __future__ import annotations

from datetime import datetime

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.registry import DAILY, FIRST, LATER
from ingest.simulate.scales import Scale
from ingest.simulate.timeline import at


def build_calendar(weeks: list[int], scale: Scale) -> list[Delivery]:
    """Every delivery of the weeks that end on these Sundays, with the last full ones before them, by time of sending.

    Feeds that joined later send for the scale's last `joined_weeks`, daily ones for its last `daily_weeks`.
    """
    found: list[Delivery] = []
    for bureaus, sending in (
        (FIRST, weeks),
        (LATER, weeks[-scale.joined_weeks :]),
        (DAILY, weeks[-scale.daily_weeks :]),
    ):
        for bureau in bureaus:
            found += bureau.deliveries(sending)
    return sorted(found, key=lambda d: (d.sent_at, d.feed_id, d.period, d.batch_no))


def last_moment(weeks: list[int]) -> datetime:
    """Nothing is sent later: 8 o'clock on the Monday after the last week."""
    return at(weeks[-1] + 1, 8)
