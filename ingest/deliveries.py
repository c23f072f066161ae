"""One delivered file, from its sealed original to a committed batch, or a refusal.

In: a landed file. Out: a batch in lake and quarantine, identities in the vault. Every row read ends in exactly one of two
places; a file that breaks its contract is refused whole and leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from ingest.batches import batch_id, write_batch
from ingest.columns import read_columns
from ingest.csv_tables import read_csv_table
from ingest.file_names import FileName, delivery_kind
from ingest.identities import Identities
from ingest.json_tables import read_json_table
from ingest.lake_rows import Lineage, lake_rows
from ingest.landing import SEALED_FILE, Landed
from ingest.pseudonyms import Pseudonyms
from ingest.quarantine import quarantine_rows
from ingest.tables import RawTable, check_count, check_size
from ingest.totals import check_codes, check_declared
from ingest.validate import judge
from ingest.workbook_tables import read_workbook_table
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.keys import Keys
from warehouse.manifests import Manifest, read_manifests
from warehouse.paths import Home
from warehouse.vault import unseal_file


@dataclass(frozen=True)
class Run:
    """What one run of ingest works with. `batches`: what each feed, period and batch number is taken by."""

    home: Home
    keys: Keys
    pseudonyms: Pseudonyms
    identities: Identities
    batches: dict[tuple[str, str, int], str]


@contextmanager
def open_run(home: Home, keys: Keys) -> Iterator[Run]:
    """A run over what an installation holds now."""
    pseudonyms = Pseudonyms(keys)
    batches = {(m.feed_id, m.period, m.batch_no): m.batch_id for m in read_manifests(home)}
    identities = Identities(home.vault, keys, pseudonyms)
    try:
        yield Run(home, keys, pseudonyms, identities, batches)
    finally:
        identities.close()


def ingest_file(run: Run, landed: Landed, name: FileName) -> Manifest:
    """Turn one landed file into a committed batch.

    Raises: RefusedFile when it breaks its contract; KeyFault when its seal doesn't open.
    """
    feed, sidecar = name.feed, landed.sidecar
    content = unseal_file(landed.folder / SEALED_FILE, run.keys, sidecar["sha256"].encode())
    if hashlib.sha256(content).hexdigest() != sidecar["sha256"]:
        raise WarehouseError(
            "a sealed original is not what was landed", where=str(landed.folder), remedy="restore it from a backup"
        )
    kind = delivery_kind(name, sidecar.get("kind"))
    batch = batch_id(feed.feed_id, name.period, name.batch_no, sidecar["sha256"])
    _check_place_is_free(run, name, batch)
    declared = sidecar.get("row_count")
    table = read_table(content, feed, name, declared)
    del content
    check_count(table, feed, name.text, declared)
    received_at = datetime.fromisoformat(sidecar["received_at"])
    readings = read_columns(table, feed, received_at.date())
    judgement = judge(table, feed, readings)
    check_declared(table, feed, readings, judgement, sidecar, name.text)
    check_codes(table, feed, judgement, name.text)
    lineage = Lineage(
        feed.feed_id, batch, name.text, sidecar["sha256"], received_at, name.period_end, name.batch_no, kind
    )
    rows = lake_rows(feed, readings, judgement, table.row_numbers, lineage, run.pseudonyms)
    quarantined = quarantine_rows(feed, table, readings, judgement, lineage, run.pseudonyms)
    if rows.height + quarantined.height != table.rows_counted:
        raise ValueError(f"{rows.height} and {quarantined.height} rows are not {table.rows_counted}")
    if "person_key" in rows.columns:
        run.identities.seal_new(feed, table, readings, judgement, rows["person_key"], batch)
    manifest = _manifest(name, sidecar, table, feed, rows, quarantined, lineage)
    write_batch(run.home, manifest, rows, quarantined)
    run.batches[feed.feed_id, name.period, name.batch_no] = batch
    return manifest


def read_table(content: bytes, feed: Feed, name: FileName, declared: int | None) -> RawTable:
    """The file's rows as text, by the reader of its form. Raises: RefusedFile."""
    if name.form == "jsonl" and declared == 0 and not content.strip():
        return read_json_table(b"", feed, name.text, declared)
    check_size(content, name.text)
    if name.form == "xlsx":
        return read_workbook_table(content, feed, name.text)
    if name.form == "jsonl":
        return read_json_table(content, feed, name.text, declared)
    return read_csv_table(content, feed, name.text)


def _check_place_is_free(run: Run, name: FileName, batch: str) -> None:
    if run.batches.get((name.feed.feed_id, name.period, name.batch_no), batch) != batch:
        raise RefusedFile(
            "batch_number_taken",
            "another file has this period and batch number already",
            where=name.text,
            expected=f"a batch number after {name.batch_no:03d}",
            found="other content under the same number",
            remedy="send a correction under the next batch number; it then replaces the earlier one",
        )


def _manifest(
    name: FileName,
    sidecar: Mapping[str, Any],
    table: RawTable,
    feed: Feed,
    rows: pl.DataFrame,
    quarantined: pl.DataFrame,
    lineage: Lineage,
) -> Manifest:
    warnings = [f"extra column kept out: {header}" for header in table.binding.extra]
    if table.encoding is not None and table.encoding.removesuffix("-sig") not in {
        e.removesuffix("-sig") for e in feed.encodings
    }:
        warnings.append(f"encoding not agreed: {table.encoding}")
    flags = rows["_flags"].filter(rows["_flags"] != "").str.split(",").explode()
    sent_at = sidecar.get("sent_at")
    return Manifest(
        batch_id=lineage.batch_id,
        feed_id=feed.feed_id,
        period=name.period,
        period_end=name.period_end,
        batch_no=name.batch_no,
        kind=lineage.kind,
        file=name.text,
        sha256=lineage.sha256,
        size_bytes=sidecar["size_bytes"],
        form=name.form,
        encoding=table.encoding,
        received_at=lineage.received_at,
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        rows_read=table.rows_counted,
        rows_accepted=rows.height,
        rows_quarantined=quarantined.height,
        quarantined_by_rule=_counts(quarantined["rule"]),
        flags=_counts(flags),
        headers_mapped=dict(table.binding.found),
        headers_extra=list(table.binding.extra),
        declared_row_count=sidecar.get("row_count"),
        contract_version=feed.version,
        warnings=warnings,
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(sorted(values.value_counts(name="rows").iter_rows())) if values.len() else {}
