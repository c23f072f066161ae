"""Which files the bureaus send and when: every delivery of the weeks that the simulation covers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.simulate.timeline import at, first_day, last_day, month, month_text, pay_day, quarter_ends, to_date

JSON_LINES_FROM = "202507"  # deaths come as JSON lines from this period on
LATE_WEEK_FROM_END = 10  # the settlements of this week come days late
LATE_BY_DAYS = 9
MISSING_WEEK_FROM_END = 36  # the cremations of this week never come
RESENT_MONTHS_FROM_END = (5, 14)  # payment months sent whole a third time
RETURN_FILE_AFTER_DAYS = 20


@dataclass(frozen=True)
class Delivery:
    """One file as a bureau sends it; period_end is a day number, form one of xlsx, csv, jsonl."""

    feed_id: str
    period: str
    batch_no: int
    kind: str
    period_end: int
    sent_at: datetime
    form: str
    encoding: str = ""
    has_sidecar: bool = True

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return f"{self.feed_id}__{self.period}__{self.batch_no:03d}"

    @property
    def file_name(self) -> str:
        """The file's name."""
        return f"{self.stem}.{self.form}"


def build_calendar(weeks: list[int]) -> list[Delivery]:
    """Every delivery of the weeks that end on these Sundays, with the last full ones before them, by time of sending."""
    found: list[Delivery] = []
    first_month = month(to_date(weeks[0]))
    last_month = month(to_date(weeks[-1]))
    for number in range(first_month - 1, last_month):
        found += _monthly(number)
    for number in range(first_month, last_month + 1):
        found += _payments(number)
    for name, end in quarter_ends(weeks[0] - 100, weeks[-1]):
        found.append(Delivery("police__population", name, 1, "full", end, at(end + 6, 15, 20), "csv", "gb18030"))
    for number, end in enumerate(weeks):
        found += _weekly(end, len(weeks) - number)
    found += resent(weeks)
    return sorted(found, key=lambda d: (d.sent_at, d.feed_id, d.period, d.batch_no))


def last_moment(weeks: list[int]) -> datetime:
    """Nothing is sent later: 8 o'clock on the Monday after the last week."""
    return at(weeks[-1] + 1, 8)


def _monthly(number: int) -> list[Delivery]:
    period, end = month_text(number), last_day(number)
    as_lines = period >= JSON_LINES_FROM
    return [
        Delivery("civil_affairs__register", period, 1, "full", end, at(end + 1 + number % 3, 10, 5), "xlsx"),
        Delivery(
            "disabled_federation__certificates", period, 1, "full", end, at(end + 4, 11, 30), "xlsx", has_sidecar=False
        ),
        Delivery(
            "agriculture__monitored_persons",
            period,
            1,
            "full",
            end,
            at(end + 7, 9, 45),
            "xlsx",
            has_sidecar=number % 2 == 0,
        ),
        Delivery(
            "health__deaths",
            period,
            1,
            "full",
            end,
            at(end + 5, 14, 0),
            "jsonl" if as_lines else "csv",
            "utf-8" if as_lines or number % 2 else "utf-8-sig",
        ),
    ]


def _payments(number: int) -> list[Delivery]:
    period, end, paid = month_text(number), last_day(number), pay_day(number)
    first = Delivery("finance__payments", period, 1, "full", end, at(paid, 16, 40), "csv", "gb18030")
    second = replace(first, batch_no=2, sent_at=at(paid + RETURN_FILE_AFTER_DAYS, 17, 10))
    return [first, second]


def resent(weeks: list[int]) -> list[Delivery]:
    """Payment months that finance sends whole once more."""
    last_month = month(to_date(weeks[-1]))
    found = []
    for back in RESENT_MONTHS_FROM_END:
        if first_day(last_month - back) > weeks[0]:
            second = _payments(last_month - back)[1]
            found.append(replace(second, batch_no=3, sent_at=second.sent_at + timedelta(days=12)))
    return found


def _weekly(end: int, from_end: int) -> list[Delivery]:
    period = to_date(end).strftime("%Y%m%d")
    late = LATE_BY_DAYS if from_end == LATE_WEEK_FROM_END else 0
    found = [
        Delivery("civil_affairs__register", period, 1, "delta", end, at(end + 1, 7, 30), "xlsx"),
        Delivery("police__population", period, 1, "delta", end, at(end + 1, 7, 5), "csv", "gb18030"),
        Delivery(
            "medical_insurance__settlements", period, 1, "append", end, at(end + 1 + late, 6, 30), "csv", "utf-8-sig"
        ),
    ]
    if from_end != MISSING_WEEK_FROM_END:
        found.append(Delivery("funeral__cremations", period, 1, "append", end, at(end + 1, 7, 40), "xlsx"))
    return found
