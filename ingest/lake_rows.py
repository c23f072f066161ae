"""The accepted rows as the lake keeps them: typed, identity columns replaced by keyed hashes, names masked, lineage added.

In: the readings of a file and its verdicts. Out: a frame with exactly the contract's lake columns. No clear number, name,
account or phone gets into it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ingest.columns import Readings
from ingest.pseudonyms import Pseudonyms, as_hex, masked_name
from ingest.validate import Judgement
from warehouse.contracts import Feed

KINDS = {
    "person_id": "id",
    "other_id": "id",
    "account_no": "account",
    "phone_no": "phone",
    "certificate_no": "certificate",
    "document_no": "document",
}
# Between the parts of a row's key; a cleaned cell never holds it.
PART = "\x1f"
TYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "DATE": pl.Date(),
    "BOOLEAN": pl.Boolean(),
    "INTEGER": pl.Int32(),
    "TIMESTAMP": pl.Datetime("us"),
    "DECIMAL(14,2)": pl.Decimal(14, 2),
}


@dataclass(frozen=True)
class Lineage:
    """Where a batch's rows come from."""

    feed_id: str
    batch_id: str
    file: str
    sha256: str
    received_at: datetime
    period_end: date
    batch_no: int
    kind: str

    def columns(self) -> list[pl.Expr]:
        """The lineage columns that are the same in every row."""
        return [
            pl.lit(self.feed_id).alias("_feed"),
            pl.lit(self.batch_id).alias("_batch_id"),
            pl.lit(self.file).alias("_file"),
            pl.lit(self.sha256).alias("_file_sha256"),
            pl.lit(self.received_at, dtype=pl.Datetime("us")).alias("_received_at"),
            pl.lit(self.period_end, dtype=pl.Date).alias("_period_end"),
            pl.lit(self.batch_no, dtype=pl.Int32).alias("_batch_no"),
            pl.lit(self.kind).alias("_kind"),
        ]


def lake_rows(
    feed: Feed,
    readings: Readings,
    judgement: Judgement,
    row_numbers: pl.Series,
    lineage: Lineage,
    pseudonyms: Pseudonyms,
) -> pl.DataFrame:
    """The batch's rows.

    Grain: one row per accepted row of the file, in its order. Columns: `feed.lake_columns()`, in that order.
    """
    own = [judgement.flags.alias("_flags"), row_numbers.alias("_row_number")]
    values = without_numbers(readings.values, readings, pseudonyms)
    person = readings.person.rename(lambda name: "person " + name)
    rows = pl.concat([values, person, pl.DataFrame(own)], how="horizontal")
    if not judgement.accepted.all():
        rows = rows.filter(judgement.accepted)
    rows = rows.with_columns(_person_columns(feed, rows, pseudonyms))
    replaced: list[pl.Series | pl.Expr] = []
    for column in feed.columns:
        if column.role in KINDS:
            replaced.append(pseudonyms.hashes(KINDS[column.role], rows[column.name]).alias(column.lake_name))
        elif column.role == "person_name":
            replaced.append(masked_name(pl.col(column.name)).alias(column.lake_name))
        elif column.keep and column.classification == "identity":
            raise ValueError(f"{column.name} is an identity column without a role that replaces it")
    rows = rows.with_columns(replaced).with_columns(lineage.columns())
    rows = rows.with_columns(_row_keys(feed, rows))
    return rows.select(pl.col(name).cast(TYPES[kind]) for name, kind in feed.lake_columns())


def without_numbers(values: pl.DataFrame, readings: Readings, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Values in which an identifier that holds somebody's number is the keyed hash of itself."""
    replaced = []
    for name, mask in readings.hidden.items():
        if name in values.columns:
            rows = mask.arg_true()
            hashed = pseudonyms.hashes("document", values[name].gather(rows))
            replaced.append(values[name].clone().scatter(rows, hashed))
    return values.with_columns(replaced)


def _row_keys(feed: Feed, rows: pl.DataFrame) -> pl.Series:
    """The same record in a later delivery has the same key: SHA-256 over the feed and the lake values of its key."""
    columns = feed.keys or tuple(column for column in feed.columns if column.keep)
    parts = [pl.lit(feed.feed_id)] + [pl.col(c.lake_name).cast(pl.String).fill_null("") for c in columns]
    texts = rows.select(pl.concat_str(parts, separator=PART)).to_series()
    digest = hashlib.sha256
    keys = as_hex(b"".join([digest(text).digest() for text in texts.cast(pl.Binary).to_list()]))
    return keys.alias("_row_key")


def _person_columns(feed: Feed, rows: pl.DataFrame, pseudonyms: Pseudonyms) -> list[pl.Series]:
    column = feed.person_column
    if column is None:
        return []
    columns = [
        rows["person birth_date"].alias("person_birth_date"),
        rows["person sex_code"].alias("person_sex_code"),
        rows["person form"].alias("person_id_form"),
    ]
    if feed.name_column is not None:
        head, tail = pseudonyms.hints(rows[feed.name_column.name], rows["person number"])
        columns += [head.alias("hint_head_key"), tail.alias("hint_tail_key")]
    if column.role == "certificate_no":
        columns += [
            pseudonyms.hashes("id", rows["person number"]).alias("person_key"),
            rows["person type_code"].alias("certificate_type_code"),
            rows["person grade_code"].alias("certificate_grade_code"),
        ]
    return columns
