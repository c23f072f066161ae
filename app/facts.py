"""What a page says in words, computed from the frames of the queries: stocks with their changes, alerts, payments.

Pure functions; no SQL, no text. A stock is compared, never summed over time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from math import floor, log10

import polars

from app import queries
from app.queries import WEEK, YEAR

SPARK_WEEKS = 26
SPARK_MONTHS = 13
RECENT_WEEKS = 4
LEADING_TOWNS = 3
OLD_BANDS = ("60-69", "70-79", "80+")


@dataclass(frozen=True)
class Change:
    """A number now, one step ago and a year ago, with its recent history; None where there is none."""

    now: float | None
    before: float | None
    year_ago: float | None
    history: tuple[float, ...]

    @property
    def step(self) -> float | None:
        """Now less one step ago."""
        return None if self.now is None or self.before is None else self.now - self.before

    @property
    def year_step(self) -> float | None:
        """Now less a year ago."""
        return None if self.now is None or self.year_ago is None else self.now - self.year_ago

    @property
    def year_ratio(self) -> float | None:
        """The change over the year as a ratio of the number a year ago."""
        return None if not self.year_ago or self.year_step is None else self.year_step / self.year_ago


def by_week(frame: polars.DataFrame, column: str, week: date) -> Change:
    """A weekly stock or rate at `week`, a week before and 52 weeks before."""
    values = dict(frame.select("week_end_date", column).iter_rows())
    days = sorted(day for day in values if day <= week)[-SPARK_WEEKS:]
    return Change(
        values.get(week),
        values.get(week - WEEK),
        values.get(week - YEAR),
        tuple(values[d] for d in days if values[d] is not None),
    )


def by_month(frame: polars.DataFrame, column: str) -> Change:
    """A monthly figure at the last month of the frame, the month before and the same month a year before."""
    values = dict(frame.select("benefit_month", column).iter_rows())
    if not values:
        return Change(None, None, None, ())
    last = max(values)
    before = (last - timedelta(days=1)).replace(day=1)
    months = sorted(values)[-SPARK_MONTHS:]
    return Change(
        values[last],
        values.get(before),
        values.get(last.replace(year=last.year - 1)),
        tuple(values[month] for month in months if values[month] is not None),
    )


def last_month(frame: polars.DataFrame) -> date | None:
    """The latest month of a monthly frame."""
    return frame["benefit_month"].max() if frame.height else None  # type: ignore[return-value]


def last_row(frame: polars.DataFrame) -> dict:
    """The last row of a monthly frame; empty when there is none."""
    return frame.row(-1, named=True) if frame.height else {}


def paid_in_year(frame: polars.DataFrame) -> float:
    """The sum of paid_yuan over the months of the last month's year."""
    last = last_month(frame)
    if last is None:
        return 0.0
    return float(frame.filter(polars.col("benefit_month").dt.year() == last.year)["paid_yuan"].sum())


@dataclass(frozen=True)
class AlertCount:
    """Open alerts of a direction or a rule: how many, how grave, how late, where; `new` are those of this week."""

    open: int
    new: int
    new_before: int
    overdue: int
    unknown: int
    amount_yuan: float
    by_severity: dict[str, int]
    towns: tuple[str, ...]
    history: tuple[int, ...]


def count_alerts(alerts: polars.DataFrame, week: date) -> AlertCount:
    """Counts the rows of one direction, one rule or all; `towns` are the leading ones with most open alerts."""
    certain = alerts.filter(polars.col("status") == "open")
    total = queries.total(certain, "alerts_count")
    fired: Counter[date] = Counter()
    for day, number in certain.select("fired_week_end_date", "alerts_count").iter_rows():
        fired[day] += number
    severity: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for level, town, number in certain.select("severity", "town_code", "alerts_count").iter_rows():
        severity[level] += number
        places[town] += number
    leading = sorted((town for town in places if town), key=lambda town: (-places[town], town))[:LEADING_TOWNS]
    return AlertCount(
        open=total,
        new=fired[week],
        new_before=fired[week - WEEK],
        overdue=queries.total(certain.filter("is_overdue"), "alerts_count"),
        unknown=queries.total(alerts.filter(polars.col("status") == "unknown"), "alerts_count"),
        amount_yuan=float(certain["amount_yuan"].sum() or 0),
        by_severity={level: severity[level] for level in ("R", "O", "Y")},
        towns=tuple(leading),
        history=tuple(fired[week - WEEK * back] for back in range(SPARK_WEEKS - 1, -1, -1)),
    )


def alerts_by_town(alerts: polars.DataFrame) -> dict[str, tuple[int, int]]:
    """Open and overdue alerts of each town."""
    grouped = (
        alerts.filter(polars.col("status") == "open")
        .group_by("town_code")
        .agg(
            polars.col("alerts_count").sum().alias("open"),
            polars.col("alerts_count").filter(polars.col("is_overdue")).sum().alias("overdue"),
        )
    )
    return {town: (number, late or 0) for town, number, late in grouped.iter_rows()}


def two_years(frame: polars.DataFrame, column: str, week: date) -> tuple[polars.DataFrame, polars.DataFrame]:
    """53 weeks up to `week`, and the 53 before them moved forward by 52 weeks, so that ISO weeks lie over each other."""
    series = frame.select("week_end_date", column).drop_nulls()
    current = series.filter(polars.col("week_end_date").is_between(week - YEAR, week))
    previous = series.filter(polars.col("week_end_date").is_between(week - YEAR * 2, week - YEAR))
    return current, previous.with_columns(polars.col("week_end_date") + YEAR)


def recent_change(frame: polars.DataFrame, column: str, week: date) -> float | None:
    """The stock now less four weeks ago."""
    values = dict(frame.select("week_end_date", column).iter_rows())
    then, now = values.get(week - WEEK * RECENT_WEEKS), values.get(week)
    return None if then is None or now is None else now - then


def ranked(areas: polars.DataFrame, column: str) -> list[dict]:
    """The areas with a value, highest first; ties in the order of their codes."""
    known = areas.filter(polars.col(column).is_not_null()).sort([column, "area_code"], descending=[True, False])
    return list(known.iter_rows(named=True))


def share_of(areas: polars.DataFrame, codes: set[str]) -> float | None:
    """Persons over registered persons of some areas taken together."""
    part = areas.filter(polars.col("area_code").is_in(list(codes)))
    registered = queries.total(part, "registered_persons_count")
    return queries.total(part, "persons_count") / registered if registered else None


def old_share(people: polars.DataFrame) -> float | None:
    """The share of persons aged 60 and over."""
    total = queries.total(people, "persons_count")
    old = queries.total(people.filter(polars.col("age_band_code").is_in(list(OLD_BANDS))), "persons_count")
    return old / total if total else None


def level_of(value: float | None, breaks: tuple[float, ...]) -> int | None:
    """The class of a value: the number of breaks at or below it."""
    return None if value is None else sum(value >= limit for limit in breaks)


def even_breaks(values: list[float], least: float = 0.001) -> tuple[float, ...]:
    """Four round limits, equally far apart, that cut the range of values into five classes; no step under `least`."""
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    raw = max((high - low) / 5, least)
    power = 10.0 ** floor(log10(raw))
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= raw * 0.999)
    first = (floor(low / step) + 1) * step
    return tuple(round(first + step * number, 6) for number in range(4))


def index_to_first(values: list[float]) -> list[float]:
    """A series with its first value as 100; empty when that is 0."""
    return [value / values[0] * 100 for value in values] if values and values[0] else []
