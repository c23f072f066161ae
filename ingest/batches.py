"""Batches on the disk: quarantine, then the lake's Parquet, then the manifest, whose appearance is the commit.

In: the frames of one batch. Out: immutable folders under their final names. A batch without a manifest is the rest of a run
that was killed; the next run clears it away.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import polars as pl

from warehouse.manifests import MANIFEST_FILE, Manifest, write_manifest
from warehouse.paths import Home

PART_FILE = "part-0.parquet"
TEMPORARY = ".part-"
BATCH_DIGITS = 16


def batch_id(feed_id: str, period: str, batch_no: int, sha256: str) -> str:
    """The name of a batch, from what it is: the same file for the same place gives the same name."""
    return hashlib.sha256(f"{feed_id}{period}{batch_no:03d}{sha256}".encode()).hexdigest()[:BATCH_DIGITS]


def batch_folder(root: Path, feed_id: str, batch: str) -> Path:
    """Where a batch lies below the lake or quarantine."""
    return root / feed_id / f"batch={batch}"


def is_committed(home: Home, feed_id: str, batch: str) -> bool:
    """Whether the lake holds the batch, manifest and all."""
    return (batch_folder(home.lake, feed_id, batch) / MANIFEST_FILE).exists()


def write_batch(home: Home, manifest: Manifest, rows: pl.DataFrame, quarantined: pl.DataFrame) -> None:
    """Write both sides of a batch and commit it with its manifest; a batch without refused rows has no quarantine.

    What the manifest speaks of is on the disk before it. Whether its own name is there too may be left to the
    system: without it the batch is simply made again from the sealed original.
    """
    if quarantined.height:
        folder = batch_folder(home.quarantine, manifest.feed_id, manifest.batch_id)
        _write_part(folder, quarantined)
        sync_folder(folder.parent)
    folder = batch_folder(home.lake, manifest.feed_id, manifest.batch_id)
    _write_part(folder, rows)
    write_manifest(manifest, folder)


def clear_unfinished(home: Home) -> int:
    """Take away what killed runs left behind; how many folders (count)."""
    left = [path for root in (home.lake, home.quarantine) for path in root.glob(f"*/{TEMPORARY}*")]
    for root in (home.lake, home.quarantine):
        for path in root.glob("*/batch=*"):
            if not is_committed(home, path.parent.name, path.name.removeprefix("batch=")):
                left.append(path)
    for path in left:
        shutil.rmtree(path)
    for path in home.landing.glob("*/*/*/*.part"):
        path.unlink()
    return len(left)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_part(folder: Path, frame: pl.DataFrame) -> None:
    temporary = folder.with_name(TEMPORARY + folder.name)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    with (temporary / PART_FILE).open("wb") as stream:
        frame.write_parquet(stream, compression="zstd", compression_level=1)
        stream.flush()
        os.fsync(stream.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(temporary, folder)
