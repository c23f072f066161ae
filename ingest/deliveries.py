"""One delivered file, from its sealed original to a committed batch, or a refusal.

In: a landed file. Out: a batch in lake and quarantine, identities in the vault. Every row read ends in exactly one of two
places; a file that breaks its contract is refused whole and leaves nothing behind. Chunk by chunk: memory stays flat.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from ingest.batches import BatchWriter, batch_id, open_batch
from ingest.columns import read_columns
from ingest.csv_tables import open_csv_table
from ingest.duplicates import SeenRows
from ingest.file_facts import FactsCollector, FileFacts
from ingest.file_names import FileName, delivery_kind
from ingest.identities import Identities
from ingest.json_documents import open_json_document
from ingest.json_tables import open_json_table
from ingest.lake_rows import Lineage, lake_rows
from ingest.landing import SEALED_FILE, Landed
from ingest.pseudonyms import Pseudonyms
from ingest.quarantine import quarantine_rows
from ingest.read_ahead import ReadAhead
from ingest.tables import OpenTable, RawTable, Source, check_any_rows, check_count
from ingest.validate import judge
from ingest.workbook_tables import open_workbook_table
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.keys import Keys
from warehouse.manifests import Manifest
from warehouse.paths import Home
from warehouse.vault import unseal_chunks


@dataclass(frozen=True)
class Run:
    """What one process of ingest works with."""

    home: Home
    keys: Keys
    pseudonyms: Pseudonyms
    identities: Identities


@dataclass
class Pass:
    """What one reading of a file came to: the table it read, the facts it found, its rows counted."""

    table: OpenTable
    collector: FactsCollector
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    by_rule: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)


@contextmanager
def open_run(home: Home, keys: Keys) -> Iterator[Run]:
    """A run over what an installation holds now."""
    pseudonyms = Pseudonyms(keys)
    identities = Identities(home.vault, keys, pseudonyms)
    try:
        yield Run(home, keys, pseudonyms, identities)
    finally:
        identities.close()


def ingest_file(run: Run, landed: Landed, name: FileName, taken_by: str | None) -> Manifest:
    """Turn one landed file into a committed batch; `taken_by` is the batch that has its period and number already.

    Raises: RefusedFile when it breaks its contract; KeyFault when its seal doesn't open.
    """
    feed, sidecar = name.feed, landed.sidecar
    kind = delivery_kind(name, sidecar.get("kind"))
    batch = batch_id(feed.feed_id, name.period, name.batch_no, sidecar["sha256"])
    check_place_is_free(name, batch, taken_by)
    received_at = datetime.fromisoformat(sidecar["received_at"])
    lineage = Lineage(
        feed.feed_id, batch, name.text, sidecar["sha256"], received_at, name.period_end, name.batch_no, kind
    )
    source = _sealed_source(run, landed)
    with open_batch(run.home, feed.feed_id, batch) as writer:
        try:
            read = _read(run, source, name, sidecar, lineage, FileFacts(), writer)
            facts = read.collector.facts()
            if facts != FileFacts():
                # Only the whole file could tell; now that it has, every row is read again in that light.
                writer.clear()
                run.identities.discard()
                read = _read(run, source, name, sidecar, lineage, facts, writer)
            check_any_rows(read.rows_read, name.text, sidecar.get("row_count"))
            read.collector.check_declared(sidecar, name.text)
            read.collector.check_codes(name.text)
            manifest = _manifest(name, sidecar, read, lineage)
            # The persons of a batch are in the vault before the batch is in the lake.
            run.identities.seal()
        finally:
            run.identities.discard()
        writer.commit(manifest)
    return manifest


def open_table(source: Source, feed: Feed, name: FileName, declared: int | None) -> OpenTable:
    """The file's rows as text, by the reader of its form. Raises: RefusedFile."""
    if name.form == "xlsx":
        return open_workbook_table(source, feed, name.text)
    if name.form == "jsonl":
        return open_json_table(source, feed, name.text, declared)
    if name.form == "json":
        return open_json_document(source, feed, name.text, declared)
    return open_csv_table(source, feed, name.text)


def _sealed_source(run: Run, landed: Landed) -> Source:
    sha256 = landed.sidecar["sha256"]

    def pieces() -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in unseal_chunks(landed.folder / SEALED_FILE, run.keys, sha256.encode()):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != sha256:
            raise WarehouseError(
                "a sealed original is not what was landed", where=str(landed.folder), remedy="restore it from a backup"
            )

    return pieces


def _read(
    run: Run,
    source: Source,
    name: FileName,
    sidecar: Mapping[str, Any],
    lineage: Lineage,
    facts: FileFacts,
    writer: BatchWriter,
) -> Pass:
    """Read the whole file in the light of some facts; its rows go to the writer, its persons are laid aside."""
    table = open_table(source, name.feed, name, sidecar.get("row_count"))
    read = Pass(table, FactsCollector(name.feed, table.binding))
    seen = SeenRows()
    with closing(ReadAhead(table.chunks)) as chunks:
        for chunk in chunks:
            check_count(chunk, name.text)
            _take(run, chunk, name.feed, lineage, facts, seen, read, writer)
    return read


def _take(
    run: Run,
    chunk: RawTable,
    feed: Feed,
    lineage: Lineage,
    facts: FileFacts,
    seen: SeenRows,
    read: Pass,
    writer: BatchWriter,
) -> None:
    readings = read_columns(chunk, feed, lineage.received_at.date(), facts)
    judgement = judge(chunk, feed, readings, seen)
    read.collector.add(chunk, readings, judgement)
    rows = lake_rows(feed, readings, judgement, chunk.row_numbers, lineage, run.pseudonyms)
    quarantined = quarantine_rows(feed, chunk, readings, judgement, lineage, run.pseudonyms)
    if rows.height + quarantined.height != chunk.rows_counted:
        raise ValueError(f"{rows.height} and {quarantined.height} rows are not {chunk.rows_counted}")
    if "person_key" in rows.columns:
        run.identities.collect(feed, chunk, readings, judgement, rows["person_key"], lineage.batch_id)
    writer.append(rows, quarantined)
    read.rows_read += chunk.rows_counted
    read.rows_accepted += rows.height
    read.rows_quarantined += quarantined.height
    read.by_rule.update(_counts(quarantined["rule"]))
    read.flags.update(_counts(rows["_flags"].filter(rows["_flags"] != "").str.split(",").explode()))


def check_place_is_free(name: FileName, batch: str, taken_by: str | None) -> None:
    """Refuse other content under a period and batch number that are taken. Raises: RefusedFile."""
    if taken_by not in (None, batch):
        raise RefusedFile(
            "batch_number_taken",
            "another file has this period and batch number already",
            where=name.text,
            expected=f"a batch number after {name.batch_no:03d}",
            found="other content under the same number",
            remedy="send a correction under the next batch number; it then replaces the earlier one",
        )


def _manifest(name: FileName, sidecar: Mapping[str, Any], read: Pass, lineage: Lineage) -> Manifest:
    feed, table = name.feed, read.table
    warnings = [f"extra column kept out: {header}" for header in table.binding.extra]
    if table.encoding is not None and table.encoding.removesuffix("-sig") not in {
        e.removesuffix("-sig") for e in feed.encodings
    }:
        warnings.append(f"encoding not agreed: {table.encoding}")
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
        rows_read=read.rows_read,
        rows_accepted=read.rows_accepted,
        rows_quarantined=read.rows_quarantined,
        quarantined_by_rule=dict(sorted(read.by_rule.items())),
        flags=dict(sorted(read.flags.items())),
        headers_mapped=dict(table.binding.found),
        headers_extra=list(table.binding.extra),
        declared_row_count=sidecar.get("row_count"),
        contract_version=feed.version,
        warnings=[*warnings, *table.notes, *read.collector.warnings()],
    )


def _counts(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts(name="rows").iter_rows()) if values.len() else {}
