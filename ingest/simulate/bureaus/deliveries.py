"""What one delivery is, and the periods for which bureaus send: weeks, months, quarters, days of the weeks covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ingest.simulate.timeline import month, to_date


@dataclass(frozen=True)
class Delivery:
    """One file as a bureau sends it; period_end is a day number, form one of xlsx, csv, jsonl, json.

    document_root: in a json document the name of its list of records; empty when the document is that list.
    fault: what is wrong with the whole file; empty for almost all.
    """

    feed_id: str
    period: str
    batch_no: int
    kind: str
    period_end: int
    sent_at: datetime
    form: str
    encoding: str = ""
    has_sidecar: bool = True
    document_root: str = ""
    fault: str = ""

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return f"{self.feed_id}__{self.period}__{self.batch_no:03d}"

    @property
    def file_name(self) -> str:
        """The file's name."""
        return f"{self.stem}.{self.form}"


def months_ended(weeks: list[int]) -> range:
    """The months (numbers) for which a monthly feed sends: from the one before the first week to the last that ended."""
    return range(month(to_date(weeks[0])) - 1, month(to_date(weeks[-1])))


def day_period(day_number: int) -> str:
    """A day as files name it: YYYYMMDD."""
    return to_date(day_number).strftime("%Y%m%d")
