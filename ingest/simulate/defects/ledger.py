"""One file under damage: its table, the rows that may still be touched, and the list of what was done."""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl

from ingest.simulate.bureaus.calendar import Delivery
from ingest.simulate.bureaus.civil_affairs import household_numbers
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
}


class Ledger:
    """A table with its damage. Rows once sent to quarantine, and copies, take no further damage."""

    def __init__(self, world: World, delivery: Delivery, table: pl.DataFrame, protected: np.ndarray) -> None:
        self.world, self.delivery = world, delivery
        self.table = table
        self.rng = np.random.default_rng([world.seed, zlib.crc32(delivery.stem.encode())])
        self.person = table["_person"].to_numpy()
        self.lost = np.zeros(len(table), dtype=bool)
        self.touched = np.zeros(len(table), dtype=bool)
        self.shielded = np.where(self.person >= 0, protected[np.maximum(self.person, 0)], True)
        self.log: list[tuple[np.ndarray, np.ndarray, str, str, str, str]] = []

    def count(self, rate: float) -> int:
        """How many rows `rate` comes to in this file; the fraction is drawn."""
        wanted = rate * len(self.table)
        return int(wanted) + bool(self.rng.random() < wanted % 1)

    def draw(self, count: int, *, harmful: bool, where: np.ndarray | None = None) -> np.ndarray:
        """Up to `count` rows, none lost; harmful damage keeps off shielded rows and rows damaged otherwise."""
        if count == 0:
            return np.empty(0, dtype=np.int64)
        free = ~self.lost & ~(self.touched | self.shielded) if harmful else ~self.lost
        places = np.flatnonzero(free if where is None else free & where)
        return np.sort(self.rng.choice(places, min(len(places), count), replace=False))

    def write(
        self, column: str, rows: np.ndarray, values: list[str], defect: str, outcome: str, rule: str = ""
    ) -> None:
        """Put damaged values into a column and note each."""
        if len(rows) == 0:
            return
        self.table = self.table.with_columns(
            self.table[column].clone().scatter(rows, pl.Series(values, dtype=pl.String))
        )
        self.note(rows, column, defect, outcome, rule)

    def note(self, rows: np.ndarray, column: str, defect: str, outcome: str, rule: str = "") -> None:
        """List damage of rows; a quarantined row is lost to further damage."""
        if len(rows) == 0:
            return
        if outcome == "quarantined":
            self.lost[rows] = True
        self.touched[rows] = True
        self._list(rows, self.person[rows], column, defect, outcome, rule)

    def append(self, rows: pl.DataFrame, defect: str, outcome: str, rule: str) -> None:
        """Add rows at the end: copies and test rows."""
        if len(rows) == 0:
            return
        places = np.arange(len(self.table), len(self.table) + len(rows))
        self.table = pl.concat([self.table, rows.select(self.table.columns)])
        self.person = self.table["_person"].to_numpy()
        more = np.ones(len(rows), dtype=bool)
        self.lost, self.touched = np.r_[self.lost, more], np.r_[self.touched, more]
        self.shielded = np.r_[self.shielded, more]
        self._list(places, rows["_person"].to_numpy(), "", defect, outcome, rule)

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
        places, person = (np.concatenate([entry[n] for entry in self.log]) for n in (0, 1))
        known, safe = person >= 0, np.maximum(person, 0)
        spread = {
            name: np.repeat([entry[n] for entry in self.log], [len(entry[0]) for entry in self.log]).tolist()
            for n, name in ((2, "column_name"), (3, "defect"), (4, "outcome"), (5, "expected_rule"))
        }
        households = household_numbers(persons.household[safe]).to_list()
        columns = {
            "feed_id": [self.delivery.feed_id] * len(places),
            "file": [self.delivery.file_name] * len(places),
            "row_number": [int(p) + first_row if p >= 0 else None for p in places],
            "id_no": [number if k else None for number, k in zip(persons.id_no[safe].tolist(), known, strict=True)],
            "household_no": [number if k else None for number, k in zip(households, known, strict=True)],
        }
        return pl.DataFrame({**columns, **spread}, schema_overrides=LOG_COLUMNS).select(list(LOG_COLUMNS))

    def _list(self, places: np.ndarray, person: np.ndarray, column: str, defect: str, outcome: str, rule: str) -> None:
        self.log.append((np.asarray(places), np.asarray(person), column, defect, outcome, rule))
