"""One file under damage: its table, the rows that may still be touched, and the list of what was done."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import polars as pl

from ingest.simulate.bureaus.civil_affairs import household_numbers
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK
from ingest.simulate.bureaus.texts import feed
from ingest.simulate.timeline import to_date
from ingest.simulate.world.build import World

LOG_COLUMNS = {
    "defect": pl.String,
    "feed_id": pl.String,
    "file": pl.String,
    "row_number": pl.Int64,
    "column_name": pl.String,
    "outcome": pl.String,
    "expected_rule": pl.String,
    "id_no": pl.String,
    "household_no": pl.String,
    "written": pl.String,
    "correct": pl.String,
}
FEW = 500  # rows below which plain Python is quicker than an expression
SHOWCASE_FROM, SHOWCASE_TO = 75, 20  # days before the as-of date
DAILY_SHOWCASE_FROM, DAILY_SHOWCASE_TO, EVERY_DAYS = 26, 4, 3


class Entry(NamedTuple):
    """Damage of one kind: places in the table (-1: the file), persons, and by place what was written and is right."""

    places: np.ndarray
    person: np.ndarray
    column: str
    defect: str
    outcome: str
    rule: str
    written: list[str]
    correct: list[str]


class Ledger:
    """A table with its damage. Rows once sent to quarantine, and copies, take no further damage."""

    def __init__(self, world: World, delivery: Delivery, table: pl.DataFrame, protected: np.ndarray) -> None:
        self.world, self.delivery, self.feed = world, delivery, feed(delivery.feed_id)
        self.table = table
        self.rng = np.random.default_rng([world.seed, zlib.crc32(delivery.stem.encode())])
        self.person = table["_person"].to_numpy()
        self.lost = np.zeros(len(table), dtype=bool)
        self.touched = np.zeros(len(table), dtype=bool)
        # Nobody's rows in a feed of persons (an unnamed body) are rare and stay; elsewhere rows aren't about persons.
        of_nobody = self.feed.person_column is not None
        self.shielded = np.where(self.person >= 0, protected[np.maximum(self.person, 0)], of_nobody)
        self.changed: dict[str, np.ndarray] = {}  # by column, which cells are damaged
        self.header_units: dict[str, str] = {}  # by column, the unit that this file's header names
        self.log: list[Entry] = []
        self.is_showcase = self._is_showcase()
        self.alone = self._alone()

    @property
    def columns(self) -> list[str]:
        """The table's columns that are written into the file."""
        return [name for name in self.table.columns if not name.startswith("_")]

    def count(self, rate: float) -> int:
        """How many rows `rate` comes to in this file; the fraction is drawn, and a showcase has one at least."""
        wanted = rate * len(self.table)
        drawn = int(wanted) + bool(self.rng.random() < wanted % 1)
        return max(drawn, 1) if self.is_showcase and len(self.table) else drawn

    def happens(self, share: float) -> bool:
        """Whether something that befalls a share of the files befalls this one."""
        return bool(self.rng.random() < share) or self.is_showcase

    def texts(self, column: str, rows: np.ndarray) -> list[str]:
        """Cells of a column as texts, numbers without their mark."""
        if len(rows) == 0:
            return []
        return [(text or "").replace(NUMBER_MARK, "") for text in self.table[column].gather(rows).to_list()]

    def filled(self, column: str) -> np.ndarray:
        """Which rows have a value in a column."""
        if len(self.table) < FEW:
            return np.array([bool(text) for text in self.table[column].to_list()], dtype=bool)
        return (self.table[column].fill_null("").str.len_chars() > 0).to_numpy()

    def matches(self, column: str, pattern: str) -> np.ndarray:
        """Which rows' cells of a column match a pattern."""
        if len(self.table) < FEW:
            found = re.compile(pattern).search
            return np.array([bool(found(text or "")) for text in self.table[column].to_list()], dtype=bool)
        return self.table[column].fill_null("").str.contains(pattern).to_numpy()

    def is_one_of(self, column: str, texts: Collection[str]) -> np.ndarray:
        """Which rows' cells of a column are one of some texts."""
        if len(self.table) < FEW:
            return np.array([text in texts for text in self.table[column].to_list()], dtype=bool)
        return self.table[column].is_in(list(texts)).fill_null(False).to_numpy()

    def draw(self, count: int, *, harmful: bool, where: np.ndarray | None = None, column: str = "") -> np.ndarray:
        """Up to `count` rows, none lost; harmful damage keeps off shielded rows and rows damaged otherwise.

        `column` is the one to be damaged: a cell is damaged once, and a field of a record only where that is one row.
        """
        if count == 0 or (harmful and len(self.table) < 2):
            return np.empty(0, dtype=np.int64)
        free = ~self.lost & ~(self.touched | self.shielded) if harmful else ~self.lost
        if column and self._is_of_record(column):
            free = free & self.alone
        if column in self.changed:
            free = free & ~self.changed[column]
        places = np.flatnonzero(free if where is None else free & where)
        return np.sort(self.rng.choice(places, min(len(places), count), replace=False))

    def write(
        self, column: str, rows: np.ndarray, values: list[str], defect: str, outcome: str, rule: str = ""
    ) -> None:
        """Put damaged values into a column and note each with what is right."""
        if len(rows) == 0:
            return
        correct = self.texts(column, rows)
        self.put(column, rows, values)
        self.note(rows, column, defect, outcome, rule, values, correct)

    def put(self, column: str, rows: np.ndarray, values: list[str]) -> None:
        """Put values into a column without noting them."""
        if len(rows):
            self.changed.setdefault(column, np.zeros(len(self.table), dtype=bool))[rows] = True
            self.table = self.table.with_columns(
                self.table[column].clone().scatter(rows, pl.Series(values, dtype=pl.String))
            )

    def note(
        self,
        rows: np.ndarray,
        column: str,
        defect: str,
        outcome: str,
        rule: str = "",
        written: list[str] | None = None,
        correct: list[str] | None = None,
    ) -> None:
        """List damage of rows; a quarantined row is lost to further damage."""
        if len(rows) == 0:
            return
        if outcome == "quarantined":
            self.lost[rows] = True
        if outcome != "in_order":
            self.touched[rows] = True
        self._list(rows, self.person[rows], column, defect, outcome, rule, written, correct)

    def append(self, rows: pl.DataFrame, defect: str, outcome: str, rule: str) -> None:
        """Add rows at the end: copies, test rows, a second listing."""
        if len(rows) == 0:
            return
        places = np.arange(len(self.table), len(self.table) + len(rows))
        self.table = pl.concat([self.table, rows.select(self.table.columns)])
        self.person = self.table["_person"].to_numpy()
        more = np.ones(len(rows), dtype=bool)
        self.lost, self.touched = np.r_[self.lost, more], np.r_[self.touched, more]
        self.shielded, self.alone = np.r_[self.shielded, more], np.r_[self.alone, more]
        self._list(places, rows["_person"].to_numpy(), "", defect, outcome, rule)

    def cut_to(self, rows: np.ndarray) -> None:
        """Keep only these rows of a table that has no damage yet."""
        self.table = self.table[rows]
        self.person, self.alone = self.person[rows], self.alone[rows]
        self.lost, self.touched, self.shielded = self.lost[rows], self.touched[rows], self.shielded[rows]

    def note_file(self, defect: str, outcome: str, column: str = "", rule: str = "") -> None:
        """List damage of the whole file."""
        self._list(np.array([-1]), np.array([-1]), column, defect, outcome, rule)

    def note_footers(self, count: int) -> None:
        """List rows below the data."""
        if not count:
            return
        places = np.arange(len(self.table), len(self.table) + count)
        self._list(places, np.full(count, -1), "", "D15", "quarantined", "footer_row")

    def listed(self, first_row: int) -> pl.DataFrame:
        """The list so far, with line or sheet row numbers. Grain: file, row, column, defect; columns LOG_COLUMNS."""
        if not self.log:
            return pl.DataFrame(schema=LOG_COLUMNS)
        persons = self.world.persons
        places = np.concatenate([entry.places for entry in self.log])
        person = np.concatenate([entry.person for entry in self.log])
        known, safe = person >= 0, np.maximum(person, 0)
        lengths = [len(entry.places) for entry in self.log]
        spread = {
            name: np.repeat([getattr(entry, field) for entry in self.log], lengths).tolist()
            for field, name in (
                ("column", "column_name"), ("defect", "defect"), ("outcome", "outcome"), ("rule", "expected_rule"),
            )
        }  # fmt: skip
        households = household_numbers(persons.household[safe]).to_list()
        columns = {
            "feed_id": [self.delivery.feed_id] * len(places),
            "file": [self.delivery.file_name] * len(places),
            "row_number": [int(p) + first_row if p >= 0 else None for p in places],
            "id_no": [number if k else None for number, k in zip(persons.id_no[safe].tolist(), known, strict=True)],
            "household_no": [number if k else None for number, k in zip(households, known, strict=True)],
            "written": [text for entry in self.log for text in entry.written],
            "correct": [text for entry in self.log for text in entry.correct],
        }
        return pl.DataFrame({**columns, **spread}, schema_overrides=LOG_COLUMNS).select(list(LOG_COLUMNS))

    def _list(
        self,
        places: np.ndarray,
        person: np.ndarray,
        column: str,
        defect: str,
        outcome: str,
        rule: str,
        written: list[str] | None = None,
        correct: list[str] | None = None,
    ) -> None:
        none = [""] * len(places)
        self.log.append(
            Entry(
                np.asarray(places), np.asarray(person), column, defect, outcome, rule, written or none, correct or none
            )
        )

    def _is_showcase(self) -> bool:
        age = self.world.today - self.delivery.period_end
        if "day" in {due.period for due in self.feed.due}:
            return DAILY_SHOWCASE_TO <= age < DAILY_SHOWCASE_FROM and self.delivery.period_end % EVERY_DAYS == 0
        return SHOWCASE_TO <= age < SHOWCASE_FROM

    def _is_of_record(self, column: str) -> bool:
        listed = self.feed.rows_from
        return listed is not None and not self.feed.column(column).header.startswith(f"{listed}.")

    def _alone(self) -> np.ndarray:
        """Which rows are a whole record; all of them where a record is a row."""
        if self.feed.rows_from is None or self.feed.keys[0].name not in self.table.columns:
            return np.ones(len(self.table), dtype=bool)
        return (~self.table[self.feed.keys[0].name].is_duplicated()).to_numpy()


def sent_on(ledger: Ledger) -> str:
    """The day of sending, YYYY-MM-DD."""
    return str(ledger.delivery.sent_at.date())


def period_end(ledger: Ledger) -> str:
    """The last day of the delivery's period, YYYY-MM-DD."""
    return str(to_date(ledger.delivery.period_end))
