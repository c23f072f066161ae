"""Feeds and their deliveries in words, and the matrix of feeds by weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars

from app import fmt, queries
from app.charts.matrix import LATE, NOTHING, PASSED, REFUSED, WARNED, Cell
from app.context import Context
from app.queries import MATRIX_WEEKS, WEEK
from warehouse.rule_texts import load_rule_texts, text_of

MARKS = {PASSED: "✓", WARNED: "△", LATE: "late", REFUSED: "✕", NOTHING: "–"}
WARNING_SHARE = 0.001
# Messages of refusals are parts joined by " · "; of these reasons the expected headers are worth showing.
NAMING_HEADERS = ("header_missing", "header_doubled")
EXPECTED = "expected: "


@dataclass(frozen=True)
class Matrix:
    """The cells of the matrix with the names of its rows and columns; `bad` counts cells that didn't pass."""

    feeds: list[str]
    weeks: list[str]
    cells: list[Cell]

    @property
    def bad(self) -> int:
        """Cells with a warning, a delay or a refusal."""
        return sum(cell.state in (WARNED, LATE, REFUSED) for cell in self.cells)

    def table(self, context: Context) -> polars.DataFrame:
        """The matrix as rows: feed, week, state."""
        text = context.text
        return polars.DataFrame(
            {
                text("table.feed"): [self.feeds[cell.feed] for cell in self.cells],
                text("table.week"): [self.weeks[cell.week] for cell in self.cells],
                text("table.state"): [text(f"matrix.state_{cell.state}") for cell in self.cells],
            }
        )


def feed_names(context: Context) -> dict[str, str]:
    """The names of the feeds by id."""
    column = "name_zh" if context.lang == "zh" else "name_en"
    return dict(queries.feeds(context.build).select("feed_id", column).iter_rows())


def matrix(context: Context) -> Matrix:
    """What happened to each feed in each of the last weeks, by the day on which a file was sent."""
    last = context.release.weeks[0]
    sundays = [last - WEEK * back for back in range(MATRIX_WEEKS - 1, -1, -1)]
    feeds = queries.feeds(context.build)
    batches = queries.batches(context.build)
    refused = queries.refusals(context.build)
    names = feed_names(context)
    cells = []
    for row, feed in enumerate(feeds.iter_rows(named=True)):
        for column, sunday in enumerate(sundays):
            sent = _sent_for(batches, feed["feed_id"], sunday)
            gone = _sent_for(refused, feed["feed_id"], sunday)
            state = _state(sent, gone, is_late=bool(feed["is_late"]) and sunday == last)
            mark = context.text("matrix.late") if state == LATE else MARKS[state]
            hover = context.text(
                "matrix.hover",
                feed=names[feed["feed_id"]],
                week=fmt.week(sunday, context.lang),
                state=context.text(f"matrix.state_{state}"),
                batches=sent.height,
                rows=fmt.count(queries.total(sent, "rows_read_count")),
                quarantined=fmt.count(queries.total(sent, "rows_quarantined_count")),
            )
            cells.append(Cell(row, column, state, mark, hover))
    return Matrix(
        [names[f] for f in feeds["feed_id"]], [fmt.week_short(sunday, context.lang) for sunday in sundays], cells
    )


def _sent_for(frame: polars.DataFrame, feed_id: str, sunday: date) -> polars.DataFrame:
    """Files that a release of that Sunday uses first: sent from the Tuesday before to the Monday after it."""
    start, end = sunday - timedelta(days=5), sunday + timedelta(days=1)
    return frame.filter((polars.col("feed_id") == feed_id) & polars.col("sent_at").dt.date().is_between(start, end))


def _state(sent: polars.DataFrame, refused: polars.DataFrame, is_late: bool) -> int:
    if refused.height or (sent.height and (sent["verdict"] == "held").any()):
        return REFUSED
    if is_late:
        return LATE
    if sent.is_empty():
        return NOTHING
    quarantined, read = queries.total(sent, "rows_quarantined_count"), queries.total(sent, "rows_read_count")
    return WARNED if read and quarantined / read > WARNING_SHARE else PASSED


def feed_words(context: Context, row: dict) -> str:
    """A feed with its bureau."""
    name = row["name_zh"] if context.lang == "zh" else row["name_en"]
    return f"{name}  \n:small[:gray[{row['feed_code']} · {context.owner(row['bureau_zh'])} · {context.owner(row['steward_zh'])}]]"


def state_words(context: Context, row: dict) -> str:
    """On time, or late by so many days with what stays in use."""
    if row["is_late"]:
        return f":orange-badge[{context.text('feeds.late', n=row['days_late_count'])}]"
    if row["due_date"] is None:
        return context.text("feeds.no_due")
    return context.text("feeds.fine", due=fmt.day(row["due_date"], context.lang))


def rule_name(context: Context, rule: str) -> str:
    """The reason for which rows are put in quarantine, in words."""
    found = text_of(load_rule_texts(), rule)
    return found.title(context.lang) if found else rule


def reason_words(context: Context, row: dict) -> str:
    """Why a file was refused and what to do."""
    code = row["reason_code"]
    found = text_of(load_rule_texts(), code)
    if found is None:
        return f"{code}  \n:small[:gray[{row['message']}]]"
    words = found.title(context.lang)
    if code in NAMING_HEADERS:
        named = [part for part in str(row["message"]).split(" · ") if part.startswith(EXPECTED)]
        words += "".join(f" “{part.removeprefix(EXPECTED)}”" for part in named)
    return f"{words}  \n:small[:gray[{found.remedy(context.lang)}]]"
