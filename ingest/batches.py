"""Batches on the disk: quarantine, then the lake's Parquet, then the manifest, whose appearance is the commit.

In: the frames of one batch, chunk by chunk. Out: immutable folders under their final names. A batch without a manifest is
the rest of a run that was killed; the next run clears it away.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow.parquet as pq

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


@contextmanager
def open_batch(home: Home, feed_id: str, batch: str) -> Iterator[BatchWriter]:
    """A batch to be written; at the end nothing is left of one that was not committed."""
    writer = BatchWriter(home, feed_id, batch)
    try:
        yield writer
    finally:
        writer.clear()


class BatchWriter:
    """Both sides of one batch, under temporary names until the commit."""

    def __init__(self, home: Home, feed_id: str, batch: str) -> None:
        self._lake = _Part(batch_folder(home.lake, feed_id, batch))
        self._quarantine = _Part(batch_folder(home.quarantine, feed_id, batch))

    def append(self, rows: pl.DataFrame, quarantined: pl.DataFrame) -> None:
        """Write the next rows of both sides."""
        self._lake.append(rows)
        if quarantined.height:
            self._quarantine.append(quarantined)

    def clear(self) -> None:
        """Take away what was written and not committed."""
        self._lake.clear()
        self._quarantine.clear()

    def commit(self, manifest: Manifest) -> None:
        """Put both sides under their names and commit them with the manifest; without refused rows no quarantine.

        What the manifest speaks of is on the disk before it. Whether its own name is there too may be left to the
        system: without it the batch is simply made again from the sealed original.
        """
        if self._quarantine.is_begun:
            self._quarantine.put_in_place()
            sync_folder(self._quarantine.folder.parent)
        self._lake.put_in_place()
        write_manifest(manifest, self._lake.folder)


def clear_batch(home: Home, feed_id: str, batch: str) -> None:
    """Take away what a killed worker left of one batch, unless it was committed."""
    for root in (home.lake, home.quarantine):
        folder = batch_folder(root, feed_id, batch)
        shutil.rmtree(folder.with_name(TEMPORARY + folder.name), ignore_errors=True)
        if not is_committed(home, feed_id, batch):
            shutil.rmtree(folder, ignore_errors=True)


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


class _Part:
    """One Parquet file that grows by a row group a chunk, in a folder that gets its name when it is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._temporary = folder.with_name(TEMPORARY + folder.name)
        self._stream: BinaryIO | None = None
        self._writer: Any = None

    @property
    def is_begun(self) -> bool:
        return self._writer is not None

    def append(self, frame: pl.DataFrame) -> None:
        rows = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary.mkdir(parents=True)
            self._stream = (self._temporary / PART_FILE).open("wb")
            self._writer = pq.ParquetWriter(self._stream, rows.schema, compression="zstd", compression_level=1)
        self._writer.write_table(rows, row_group_size=max(rows.num_rows, 1))

    def put_in_place(self) -> None:
        if self._writer is None or self._stream is None:
            raise ValueError("a batch without any chunk")
        self._writer.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.rename(self._temporary, self.folder)

    def clear(self) -> None:
        if self._stream is not None and not self._stream.closed:
            with suppress(OSError):
                self._writer.close()
            self._stream.close()
        self._stream = self._writer = None
        shutil.rmtree(self._temporary, ignore_errors=True)
