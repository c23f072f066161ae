"""A file read as ingest would read it, without writing anything: no landing, no lake, no vault, no keys.

In: a path anywhere on disk, the contracts, the manifests of the installation. Out: `Explanation`. The masks are those of
quarantine itself; its keyed hashes are made with a key that is thrown away.
"""

from __future__ import annotations

import hashlib
import secrets
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ingest.batches import batch_id
from ingest.columns import read_columns
from ingest.deliveries import check_place_is_free, open_table
from ingest.duplicates import SeenRows
from ingest.explanations import Explanation, Near, Tally, remarks_of
from ingest.file_facts import FactsCollector, FileFacts
from ingest.file_kinds import kind_of
from ingest.file_names import FileName, delivery_kind, parse_file_name, printable_name
from ingest.lake_rows import Lineage
from ingest.landing import another_content, changed_at, refusal_record, too_large
from ingest.pseudonyms import Pseudonyms
from ingest.quarantine import quarantine_rows
from ingest.sidecars import Declared, read_sidecar, unreadable_sidecar
from ingest.tables import LARGEST_FILE, OpenTable, Source, check_any_rows, check_count
from ingest.validate import judge
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile, WarehouseError
from warehouse.keys import KEY_BYTES, Keys
from warehouse.manifests import read_manifests
from warehouse.paths import Home

PIECE = 4 * 1024 * 1024
HEAD = 4096
FORMS = ("csv", "xlsx", "json", "jsonl")
SHOWN_NEAR = 3
NEAR_SHARE = 0.5


def dry_run(path: Path, feeds: Mapping[str, Feed], home: Home) -> Explanation:
    """What ingest would make of a file. Raises: OSError when it can't be read."""
    size = path.stat().st_size
    told = Explanation(printable_name(path.name), size, "")
    if size > LARGEST_FILE:
        _refuse(told, too_large(told.file, size))
        return told
    with path.open("rb") as stream:
        told.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    name = _name_of(path, feeds, told)
    if name is None:
        return told
    _explain_rows(path, name, told)
    if not told.is_assumed:
        _compare_with_batches(home, name, told)
    if any(refusal["code"] == "header_missing" for refusal in told.refusals):
        near = near_contracts(path, feeds)
        own = next((place for place, entry in enumerate(near) if entry.feed_id == told.feed_id), len(near))
        told.near = near[:own]
    return told


def near_contracts(path: Path, feeds: Mapping[str, Feed]) -> list[Near]:
    """Contracts of which the file has at least half of the mandatory headers, the nearest first."""
    form = _form_of(path)
    found = []
    for feed in feeds.values():
        required = sum(column.required for column in feed.columns)
        try:
            open_table(_source(path), replace(feed, sheet=None), _assumed(path.name, feed, form), None)
        except RefusedFile as refusal:
            if refusal.code != "header_missing":
                continue
            missing = refusal.expected.split(", ")
            found.append(Near(feed.feed_id, required - len(missing), required, refusal.expected))
        except Exception:
            # A contract that the content doesn't suit at all is simply not near.
            continue
        else:
            found.append(Near(feed.feed_id, required, required, ""))
    near = [entry for entry in found if entry.found >= NEAR_SHARE * entry.required and entry.found]
    return sorted(near, key=lambda entry: (-entry.found / entry.required, -entry.found, entry.feed_id))[:SHOWN_NEAR]


def _name_of(path: Path, feeds: Mapping[str, Feed], told: Explanation) -> FileName | None:
    """What the name claims, else the one contract whose headers the file has in full; None when there is none."""
    try:
        return parse_file_name(path.name, feeds)
    except RefusedFile as refusal:
        _refuse(told, refusal)
    told.near = near_contracts(path, feeds)
    complete = [near for near in told.near if not near.missing]
    if not complete or told.near[0].missing:
        return None
    told.is_assumed = True
    return _assumed(path.name, feeds[complete[0].feed_id], _form_of(path))


def _assumed(text: str, feed: Feed, form: str) -> FileName:
    today = datetime.now().date()
    return FileName(printable_name(text), feed, "", today, False, 0, form)


def _explain_rows(path: Path, name: FileName, told: Explanation) -> None:
    feed = name.feed
    told.feed_id, told.period, told.batch_no = feed.feed_id, name.period, name.batch_no
    try:
        declared = _declared(path, feed, told)
        told.kind = feed.delivery[0] if told.is_assumed else delivery_kind(name, declared.facts.get("kind"))
        moment = declared.facts.get("sent_at")
        received_at = datetime.fromisoformat(moment) if moment else changed_at(path)
        _read(_source(path), name, declared, received_at, told)
    except RefusedFile as refusal:
        _refuse(told, refusal)
    except (KeyboardInterrupt, SystemExit, WarehouseError):
        raise
    except BaseException as fault:
        # A library's message may quote a cell, and polars panics outside Exception: kind and place say enough.
        last = traceback.extract_tb(fault.__traceback__)[-1]
        told.fault = f"{type(fault).__name__}, {Path(last.filename).name} {last.lineno}"


def _declared(path: Path, feed: Feed, told: Explanation) -> Declared:
    """What the sidecar beside the file says, nothing where there is none. Raises: RefusedFile."""
    plain = () if "json" in feed.forms else (".json",)
    beside = next((b for end in (".meta.json", *plain) if (b := path.with_name(path.stem + end)).is_file()), None)
    if beside is None or beside.is_symlink():
        return Declared()
    try:
        declared = read_sidecar(beside)
    except (OSError, ValueError):
        raise unreadable_sidecar(beside) from None
    told.declared_rows = declared.facts.get("row_count")
    told.declared_totals = [str(label) for label in declared.facts.get("control_totals", {})]
    if refusal := another_content(declared, told.file, told.sha256, told.size_bytes):
        _refuse(told, refusal)
    return declared


def _read(source: Source, name: FileName, declared: Declared, received_at: datetime, told: Explanation) -> None:
    """Both passes of ingest. Raises: RefusedFile."""
    rows = declared.facts.get("row_count")
    table = open_table(source, name.feed, name, rows)
    told.headers, told.extra, told.encoding = dict(table.binding.found), list(table.binding.extra), table.encoding
    collector = _pass(table, name, received_at, FileFacts(), told)
    facts = collector.facts()
    if facts != FileFacts():
        table = open_table(source, name.feed, name, rows)
        collector = _pass(table, name, received_at, facts, told)
    told.remarks = remarks_of([*table.notes, *collector.warnings()]) + _remarks(name.feed, told)
    checks = (
        lambda: check_any_rows(told.rows_read or 0, name.text, rows),
        lambda: collector.check_declared(declared.facts, name.text),
        lambda: collector.check_codes(name.text),
    )
    for check in checks:
        try:
            check()
        except RefusedFile as refusal:
            _refuse(told, refusal)


def _pass(
    table: OpenTable, name: FileName, received_at: datetime, facts: FileFacts, told: Explanation
) -> FactsCollector:
    feed, tally, seen = name.feed, Tally(), SeenRows()
    collector = FactsCollector(feed, table.binding)
    pseudonyms = Pseudonyms(Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)))
    lineage = Lineage(feed.feed_id, "", name.text, told.sha256, received_at, name.period_end, name.batch_no, told.kind)
    read = quarantined_rows = 0
    for chunk in table.chunks:
        check_count(chunk, name.text)
        readings = read_columns(chunk, feed, received_at.date(), facts)
        judgement = judge(chunk, feed, readings, seen)
        collector.add(chunk, readings, judgement)
        quarantined = quarantine_rows(feed, chunk, readings, judgement, lineage, pseudonyms)
        tally.add(quarantined)
        tally.add_flags(judgement.flags.filter(judgement.accepted))
        read += chunk.rows_counted
        quarantined_rows += quarantined.height
    told.rows_read, told.rows_quarantined, told.rows_accepted = read, quarantined_rows, read - quarantined_rows
    told.findings, told.flags = tally.findings(), dict(sorted(tally.flags.items()))
    return collector


def _remarks(feed: Feed, told: Explanation) -> list[tuple[str, str]]:
    agreed = {encoding.removesuffix("-sig") for encoding in feed.encodings}
    remarks = [("extra_column", header) for header in told.extra]
    if told.encoding is not None and told.encoding.removesuffix("-sig") not in agreed:
        remarks.append(("encoding_not_agreed", told.encoding))
    return remarks


def _compare_with_batches(home: Home, name: FileName, told: Explanation) -> None:
    """Whether the lake holds this very file, or another under its period and number."""
    batch = batch_id(name.feed.feed_id, name.period, name.batch_no, told.sha256)
    for manifest in read_manifests(home, name.feed.feed_id):
        if (manifest.period, manifest.batch_no) == (name.period, name.batch_no):
            try:
                check_place_is_free(name, batch, manifest.batch_id)
            except RefusedFile as refusal:
                _refuse(told, refusal)
            else:
                told.batch_id = batch


def _form_of(path: Path) -> str:
    """The form by the name's ending, else by what the content looks like."""
    if (form := path.suffix.removeprefix(".").lower()) in FORMS:
        return form
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if kind_of(head) is not None:
        return "xlsx"
    return "json" if head.lstrip()[:1] in (b"[", b"{") else "csv"


def _source(path: Path) -> Source:
    def pieces() -> Iterator[bytes]:
        with path.open("rb") as stream:
            while piece := stream.read(PIECE):
                yield piece

    return pieces


def _refuse(told: Explanation, refusal: RefusedFile) -> None:
    told.refusals.append(refusal_record(refusal))
