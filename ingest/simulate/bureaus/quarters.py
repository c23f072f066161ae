"""Lists that come whole once a quarter, also that of the last quarter before a bureau joined."""

from __future__ import annotations

from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.timeline import at, quarter_ends

LAST_QUARTER_DAYS = 92


def quarterly_deliveries(feed_id: str, weeks: list[int], days_after: int, hour: int) -> list[Delivery]:
    """One workbook a quarter, sent so many days after its end."""
    return [
        Delivery(feed_id, name, 1, "full", end, at(end + days_after, hour, 30), "xlsx")
        for name, end in quarter_ends(weeks[0] - LAST_QUARTER_DAYS, weeks[-1])
    ]
