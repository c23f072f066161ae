"""What the vault gets from a file: number, name, birth date, sex and area of every person, as far as it lacks them.

In: the readings of a file, chunk by chunk. Out: sealed rows, laid aside until the file's last check, then in the vault.
Rows without a usable number go in under a key of what is written there, so that they can be matched later.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl

from ingest.columns import Readings
from ingest.pseudonyms import Pseudonyms
from ingest.tables import RawTable
from ingest.validate import NO_RECORD, Judgement
from warehouse import vault
from warehouse.contracts import Feed
from warehouse.keys import Keys

AREAS = ("area_code", "area_name", "origin_area_name", "village_name")
BETWEEN = f"[{vault.BETWEEN_FACTS}{vault.BETWEEN_VALUES}]"
# New hashes wait in a small array of their own: sorting the large one at every chunk would cost more than it saves.
MOST_RECENT = 50_000


class Identities:
    """The way into the vault during one run; remembers what the vault is known to hold."""

    def __init__(self, path: Path, keys: Keys, pseudonyms: Pseudonyms) -> None:
        self._path, self._keys, self._pseudonyms = path, keys, pseudonyms
        self._held = _Hashes()
        self._laid_aside: list[np.ndarray] = []
        self._open = ExitStack()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the vault; what wasn't sealed is forgotten."""
        self._open.close()
        self._connection = None

    def collect(
        self,
        feed: Feed,
        table: RawTable,
        readings: Readings,
        judgement: Judgement,
        person_keys: pl.Series,
        batch_id: str,
    ) -> None:
        """Lay aside, sealed, what a chunk of a file says of persons and the vault doesn't hold.

        `person_keys` are the keys of the accepted rows, in order.
        """
        if feed.person_column is None:
            return
        known = _with_number(feed, readings, judgement, person_keys)
        hashes = known.select(pl.concat_str("subject_key", "packed").hash()).to_series().to_numpy()
        fresh = ~self._held.contains(hashes)
        if fresh.any():
            rows = vault.lacking(self._vault(), self._keys, known.filter(pl.Series(fresh)).rows())
            if rows:
                vault.lay_aside(self._vault(), self._keys, rows)
            self._laid_aside.append(hashes[fresh])
        unusable = _without_number(feed, table, readings, judgement, self._pseudonyms, batch_id)
        if unusable.height:
            subjects = unusable.select("subject_key", "packed").unique(maintain_order=True).rows()
            lacking = vault.lacking(self._vault(), self._keys, subjects, "unnumbered")
            places = unusable.select("subject_key", pl.lit(feed.feed_id), pl.lit(batch_id).alias("batch"), "row_number")
            vault.lay_aside(self._vault(), self._keys, lacking, "unnumbered", places.iter_rows())

    def seal(self) -> int:
        """Put what was laid aside into the vault, before its batch is in the lake; how many persons were new (rows)."""
        if self._connection is None:
            return 0
        added = vault.take_in(self._connection, self._keys)
        for hashes in self._laid_aside:
            self._held.add(hashes)
        self._laid_aside = []
        return added

    def discard(self) -> None:
        """Forget what was laid aside: the file is refused, or read again."""
        if self._connection is not None:
            vault.clear_aside(self._connection)
        self._laid_aside = []

    def seal_new(
        self,
        feed: Feed,
        table: RawTable,
        readings: Readings,
        judgement: Judgement,
        person_keys: pl.Series,
        batch_id: str,
    ) -> int:
        """Collect and seal a file that comes in one chunk; how many persons were new (rows)."""
        self.discard()
        self.collect(feed, table, readings, judgement, person_keys, batch_id)
        return self.seal()

    def _vault(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open.enter_context(vault.open_vault(self._path))
        return self._connection


class _Hashes:
    """64-bit hashes seen in this run; equal hashes of different facts would take 10¹⁰ persons (8 bytes each)."""

    def __init__(self) -> None:
        self._sorted = np.empty(0, dtype=np.uint64)
        self._recent = np.empty(0, dtype=np.uint64)

    def contains(self, hashes: np.ndarray) -> np.ndarray:
        """Which of the hashes have been added."""
        return _found(self._sorted, hashes) | _found(self._recent, hashes)

    def add(self, hashes: np.ndarray) -> None:
        """Remember hashes."""
        self._recent = np.union1d(self._recent, hashes)
        if len(self._recent) > MOST_RECENT:
            self._sorted = np.union1d(self._sorted, self._recent)
            self._recent = self._recent[:0]


def _found(known: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    if len(known) == 0:
        return np.zeros(len(hashes), dtype=bool)
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.asarray(known[places] == hashes)


def _packed(columns: dict[str, pl.Series], more: list[pl.Series]) -> pl.DataFrame:
    """The columns of facts as the vault's one text, beside `more`."""
    facts = [
        pl.col(name).str.replace_all(BETWEEN, " ").fill_null("") if name in columns else pl.lit("")
        for name in vault.FACTS
    ]
    frame = pl.DataFrame([series.alias(name) for name, series in columns.items()] + more)
    return frame.select(
        *(series.name for series in more), pl.concat_str(facts, separator=vault.BETWEEN_FACTS).alias("packed")
    )


def _facts(feed: Feed, readings: Readings, number: pl.Series, rows: pl.Series) -> dict[str, pl.Series]:
    columns = {"number": number}
    if feed.name_column is not None:
        columns["name"] = readings.values[feed.name_column.name]
    for name in ("birth_date", "sex_code"):
        if name in readings.values.columns:
            columns[name] = readings.values[name].cast(pl.String)
    area = next((name for name in AREAS if name in readings.values.columns), None)
    if area is not None:
        columns["area"] = readings.values[area].cast(pl.String)
    return {name: series.filter(rows) for name, series in columns.items()}


def _with_number(feed: Feed, readings: Readings, judgement: Judgement, person_keys: pl.Series) -> pl.DataFrame:
    facts = _facts(feed, readings, readings.person["number"], judgement.accepted)
    frame = _packed(facts, [person_keys.alias("subject_key")])
    return frame.filter(pl.col("subject_key").is_not_null()).unique().sort("subject_key", "packed")


def _without_number(
    feed: Feed, table: RawTable, readings: Readings, judgement: Judgement, pseudonyms: Pseudonyms, batch_id: str
) -> pl.DataFrame:
    """Rows with a name or a written number whose number is missing or broken, accepted or not, if they are records.

    Grain: one row per row of the file. Columns: subject_key, packed, row_number. The key is that of what is written:
    the same wrong number beside the same name is one subject in all deliveries of a feed. A row without any number
    takes its record's key columns in, and its place where the record has none: namesakes stay two.
    """
    nothing = pl.DataFrame(schema={"subject_key": pl.String, "packed": pl.String, "row_number": pl.Int32})
    if feed.person_column is None or readings.person["number"].null_count() == 0:
        return nothing
    written = readings.person["written"]
    if feed.person_column.role == "certificate_no":
        written = written.str.slice(0, 18)
    says = written.is_not_null()
    if feed.name_column is not None:
        says |= readings.values[feed.name_column.name].is_not_null()
    wanted = readings.person["number"].is_null() & says
    no_record = judgement.refused.filter(pl.col("rule").is_in([*NO_RECORD, "duplicate_row"]))["place"]
    wanted = wanted.scatter(no_record, False)
    if not wanted.any():
        return nothing
    numbers = table.row_numbers.filter(wanted)
    frame = _packed(_facts(feed, readings, written, wanted), [numbers.cast(pl.Int64).alias("row_number")])
    record = [pl.col(column.name).cast(pl.String).fill_null("") for column in feed.keys if column.keep]
    place = readings.values.filter(wanted).select(
        record=pl.concat_str(record, separator="|") if record else pl.lit(""),
        at=pl.lit(f"{batch_id}|") + numbers.cast(pl.String),
    )
    apart = (
        pl.when(written.filter(wanted).is_not_null()).then(pl.lit("")).when(pl.col("record").str.strip_chars("|") != "")
    )
    content = pl.concat([frame, place], how="horizontal").select(
        pl.concat_str(pl.lit(feed.feed_id), "packed", apart.then("record").otherwise("at"), separator="|")
    )
    return frame.with_columns(pseudonyms.hashes("row", content.to_series()).alias("subject_key"))
