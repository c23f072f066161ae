"""What the vault gets from a batch: number and full name of every person that it doesn't know yet.

In: the readings of a file. Out: sealed rows in the vault. Rows without a usable number go in under their row's own key,
with birth date, name and area, so that they can be matched later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import polars as pl

from ingest.columns import Readings
from ingest.pseudonyms import Pseudonyms
from ingest.tables import RawTable
from ingest.validate import Judgement
from warehouse import vault
from warehouse.contracts import Feed
from warehouse.keys import Keys

AREAS = ("area_code", "area_name", "origin_area_name", "village_name")


class Identities:
    """The way into the vault during one run; remembers which keys the vault is known to hold."""

    def __init__(self, path: Path, keys: Keys, pseudonyms: Pseudonyms) -> None:
        self._path, self._keys, self._pseudonyms = path, keys, pseudonyms
        self._held = pl.Series("subject_key", [], dtype=pl.String)
        self._open = ExitStack()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the vault."""
        self._open.close()
        self._connection = None

    def seal_new(
        self,
        feed: Feed,
        table: RawTable,
        readings: Readings,
        judgement: Judgement,
        person_keys: pl.Series,
        batch_id: str,
    ) -> int:
        """Seal the persons of a batch whom the vault doesn't hold; how many were new (rows).

        `person_keys` are the keys of the accepted rows, in order.
        """
        known = _with_number(feed, readings, judgement, person_keys)
        candidates = known.join(self._held.to_frame(), on="subject_key", how="anti", maintain_order="left")
        unusable = _without_number(feed, table, readings, judgement, self._pseudonyms, batch_id)
        if candidates.height + unusable.height == 0:
            return 0
        if self._connection is None:
            self._connection = self._open.enter_context(vault.open_vault(self._path))
        new = vault.unknown_keys(self._connection, candidates["subject_key"])
        fresh = candidates.filter(pl.col("subject_key").is_in(list(new))) if new else candidates.clear()
        added = vault.seal_identities(self._connection, self._keys, _fields(fresh))
        added += vault.seal_identities(self._connection, self._keys, _fields(unusable))
        # The persons of a batch are in the vault before the batch is in the lake.
        self._connection.commit()
        self._held = pl.concat([self._held, candidates["subject_key"]])
        return added


def _fields(frame: pl.DataFrame) -> Iterator[tuple[str, dict[str, str]]]:
    names = frame.columns[1:]
    for subject_key, *values in frame.iter_rows():
        yield subject_key, {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _with_number(feed: Feed, readings: Readings, judgement: Judgement, person_keys: pl.Series) -> pl.DataFrame:
    columns = [person_keys.alias("subject_key"), readings.person["number"].filter(judgement.accepted)]
    if feed.name_column is not None:
        columns.append(readings.values[feed.name_column.name].filter(judgement.accepted).alias("name"))
    frame = pl.DataFrame(columns).filter(pl.col("subject_key").is_not_null())
    # In the order of keys the vault's tree grows at one end: several times faster than in the order of the file.
    return frame.unique("subject_key", keep="first", maintain_order=True).sort("subject_key")


def _without_number(
    feed: Feed, table: RawTable, readings: Readings, judgement: Judgement, pseudonyms: Pseudonyms, batch_id: str
) -> pl.DataFrame:
    """Rows with a name whose number is missing or broken, accepted or not; footers and test rows are no persons."""
    nothing = pl.DataFrame(schema={"subject_key": pl.String})
    if feed.name_column is None or readings.person["number"].null_count() == 0:
        return nothing
    names = readings.values[feed.name_column.name]
    wanted = readings.person["number"].is_null() & names.is_not_null()
    no_record = judgement.refused.filter(pl.col("rule").is_in(["footer_row", "test_row"]))["place"]
    wanted = wanted.scatter(no_record, False)
    if not wanted.any():
        return nothing
    columns = [
        pseudonyms.row_keys(batch_id, table.row_numbers.filter(wanted)).alias("subject_key"),
        names.filter(wanted).alias("name"),
        readings.person["written"].filter(wanted).alias("number_as_written"),
    ]
    if "birth_date" in readings.values.columns:
        columns.append(readings.values["birth_date"].filter(wanted).cast(pl.String))
    area = next((name for name in AREAS if name in readings.values.columns), None)
    if area is not None:
        columns.append(readings.values[area].filter(wanted).alias("area"))
    return pl.DataFrame(columns)
