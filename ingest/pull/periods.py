"""Which period a source is pulled for: named in sources.yml as last or this month, quarter, week or day.

In: that word and the day of the pull. Out: the period as files name it, with its first and last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from ingest.file_names import period_end
from ingest.pull.sources import Source
from warehouse.deliveries import WEEK_DAYS, period_bounds
from warehouse.errors import ContractError

MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """A period as file names write it, with its first and last day."""

    text: str
    start: date
    end: date


def period_of(source: Source, today: date, named: str | None = None) -> Period:
    """The period to pull: the named one, else what the source says, else what its contract promises.

    Raises: ContractError for a name that is no period, or a source whose contract promises no regular one.
    """
    word = source.period or _promised(source)
    if named is not None:
        if period_end(named) is None:
            raise ContractError("there is no such period", expected="YYYYMM, YYYYQn or YYYYMMDD", found=named[:20])
        start, end = period_bounds(named)
        # A name with a day stands for the week that ends there, or for that day alone.
        return Period(named, end if word == "last_day" else start, end)
    if word is None:
        raise ContractError(
            "a source says no period and its contract promises none",
            where=source.label,
            expected="period in sources.yml, or --period with --source",
        )
    return _around(word, today)


def _around(word: str, today: date) -> Period:
    which, _, unit = word.partition("_")
    if unit == "day":
        end = today - timedelta(days=1)
        return Period(end.strftime("%Y%m%d"), end, end)
    if unit == "week":
        end = today - timedelta(days=today.isoweekday())
        return Period(end.strftime("%Y%m%d"), end - timedelta(days=WEEK_DAYS - 1), end)
    if unit == "quarter":
        first = date(today.year, (today.month - 1) // MONTHS_A_QUARTER * MONTHS_A_QUARTER + 1, 1)
    else:
        first = date(today.year, today.month, 1)
    if which == "last":
        first = first - timedelta(days=1)
    text = f"{first.year}Q{(first.month - 1) // MONTHS_A_QUARTER + 1}" if unit == "quarter" else first.strftime("%Y%m")
    return Period(text, *period_bounds(text))


def _promised(source: Source) -> str | None:
    """The contract's own rhythm for this kind of delivery: due from a period's start means the running one."""
    for due in source.feed.due:
        if source.kind in (None, due.kind):
            word = f"{'this' if due.counted_from == 'start' else 'last'}_{due.period}"
            return word if word in ("last_day", "last_week") or due.period in ("month", "quarter") else None
    return None
