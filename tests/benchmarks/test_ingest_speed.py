"""Measures ingest feed by feed at district scale (BENCH_SCALE for another), each speed beside a bare parse of the same file.

Prints tables; asserts that the work was done and that no file takes a process beyond one GiB.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest

from ingest.csv_tables import open_csv_table
from ingest.identity_numbers import read_numbers
from ingest.pseudonyms import Pseudonyms
from ingest.tables import in_memory
from ingest.workbook_tables import open_workbook_table
from tests.line.worlds import SEED, environment, print_table, run, simulate
from warehouse.contracts import Feed, load_feeds
from warehouse.keys import load_keys
from warehouse.manifests import read_manifests, read_sidecars
from warehouse.paths import PROJECT, Home, home

pytestmark = pytest.mark.bench
SCALE = os.environ.get("BENCH_SCALE", "district")
TIMES = 10
MOST_MIB = 1024
VALUES = 1_000_000 if SCALE == "district" else 100_000
FEEDS = load_feeds()
POPULATION = "police__population"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# Runs the command and tells the largest memory of any process under it (KiB), which the kernel keeps.
WATCHED = (
    "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
    "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
)


@pytest.fixture(scope="module")
def sent(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("speed")
    simulate(SCALE, folder / "sent", folder / "truth")
    return folder / "sent"


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    place = home(tmp_path_factory.mktemp("keys") / "data", tmp_path_factory.mktemp("keys") / "keys")
    run("-m", "warehouse", "keys", place=place)
    return place.keys


def largest(sent: Path, feed_id: str, *forms: str) -> Path | None:
    """The feed's largest data file of some forms, of all its forms where none is named."""
    forms = forms or FEEDS[feed_id].forms
    files = [
        path for form in forms for path in sent.glob(f"{feed_id}__*.{form}") if not path.name.endswith(".meta.json")
    ]
    return max(files, key=lambda path: path.stat().st_size, default=None)


def ingested(folder: Path, keys: Path, *files: Path) -> tuple[int, float, float]:
    """Rows, seconds within the worker, and peak memory (MiB) of the files through `python -m ingest`."""
    place = Home(folder / "data", keys)
    shutil.rmtree(place.root, ignore_errors=True)
    place.inbox.mkdir(parents=True)
    for path in files:
        shutil.copy2(path, place.inbox / path.name)
        (place.inbox / f"{path.name}.done").touch()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, sys.executable, "-m", "ingest", "--workers", "1"],
        cwd=PROJECT, env={**environment(place), "WAREHOUSE_QUIET_SECONDS": "0"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr[-3000:]
    refused = [
        (sidecar["refusal"]["code"], sidecar["refusal"]["where"])
        for _, sidecar in read_sidecars(place)
        if sidecar["status"] == "refused"
    ]
    seconds = sum(float(found) for found in re.findall(r" quarantined, ([0-9.]+) s$", done.stderr, re.MULTILINE))
    assert not refused or len(refused) < len(files), refused
    rows = sum(manifest.rows_read for manifest in read_manifests(place))
    return rows, seconds, int(done.stdout.rsplit("PEAK", 1)[1]) / 1024


def seconds_of(work: Callable[[], object]) -> float:
    """The better of two turns (seconds)."""
    turns = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        turns.append(time.perf_counter() - started)
    return min(turns)


def bare_parse(path: Path, feed: Feed) -> Callable[[], object]:
    """The quickest plain way to get a file's cells as text."""
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        return lambda: fastexcel.read_excel(content).load_sheet(0, header_row=None, dtypes="string").to_polars()
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else feed.encodings[0]
    if path.suffix == ".csv":
        return lambda: pl.read_csv(
            content.decode(encoding, "ignore").encode(), infer_schema=False, truncate_ragged_lines=True, quote_char=None
        )
    if path.suffix == ".json":
        return lambda: json.loads(content)
    return lambda: [json.loads(line) for line in content.splitlines() if line.startswith(b"{") and line.endswith(b"}")]


def test_each_feed(sent: Path, keys: Path, tmp_path) -> None:
    table = []
    for feed in FEEDS.values():
        path = largest(sent, feed.feed_id)
        if path is None:
            continue
        rows, seconds, peak = ingested(tmp_path, keys, path)
        bare = seconds_of(bare_parse(path, feed))
        size = path.stat().st_size / 1e6
        speed = f"{rows / seconds:,.0f}" if seconds else "-"
        table.append(
            (feed.code, feed.feed_id, path.suffix[1:], f"{size:.2f}", f"{rows:,}", f"{seconds:.2f}", speed, f"{peak:.0f}", f"{bare:.3f}", f"{seconds / bare:.0f}")
        )  # fmt: skip
        assert peak < MOST_MIB
    heads = ("feed", "file of", "form", "MB", "rows", "seconds", "rows/s", "peak MiB", "bare parse s", "ratio")
    print_table(
        f"each feed's largest file through ingest ({SCALE}), seal, hashes, vault and Parquet included", heads, table
    )
    assert table


def test_reading_and_judging_alone(sent: Path) -> None:
    """Without hashes, vault and Parquet: how fast rows are validated, from both encodings."""
    from ingest.columns import read_columns
    from ingest.duplicates import SeenRows
    from ingest.read_ahead import ReadAhead
    from ingest.validate import judge

    path = largest(sent, POPULATION)
    assert path is not None
    content, feed = path.read_bytes(), FEEDS[POPULATION]
    texts = {"gb18030": content, "utf-8": content.decode("gb18030").encode()}
    table = []
    for encoding, text in texts.items():
        rows = 0

        def work(text: bytes = text) -> None:
            nonlocal rows
            rows, seen = 0, SeenRows()
            opened = open_csv_table(in_memory(text), feed, "f.csv")
            for chunk in ReadAhead(opened.chunks):
                judge(chunk, feed, read_columns(chunk, feed, date(2025, 10, 1)), seen)
                rows += chunk.rows_read

        def read(text: bytes = text) -> None:
            for _ in open_csv_table(in_memory(text), feed, "f.csv").chunks:
                pass

        def bare(text: bytes = text, encoding: str = encoding) -> None:
            pl.read_csv(text.decode(encoding).encode(), infer_schema=False, quote_char=None)

        whole, reading, plain = seconds_of(work), seconds_of(read), seconds_of(bare)
        table.append(
            (
                encoding,
                f"{rows:,}",
                f"{rows / whole:,.0f}",
                f"{rows / reading:,.0f}",
                f"{rows / plain:,.0f}",
                f"{whole / plain:.1f}",
            )
        )
        assert rows
    print_table("validated rows a second", ("encoding", "rows", "validated", "read", "bare parse", "ratio"), table)


def test_numbers_and_hashes_alone(keys: Path) -> None:
    bodies = [f"500156{1950 + i % 60}{1 + i % 12:02d}{1 + i % 28:02d}{i % 1000:03d}" for i in range(VALUES)]
    numbers = pl.Series(with_check_characters(pl.Series(bodies)))
    hashing = Pseudonyms(load_keys(Home(keys.parent / "none", keys)))
    bare = seconds_of(lambda: numbers.str.len_bytes().sum())
    check = seconds_of(lambda: read_numbers(numbers, None, date(2025, 11, 1), False))
    keyed = seconds_of(lambda: hashing.hashes("id", numbers))
    rows = [
        ("ID check", f"{VALUES / check:,.0f}", f"{check / bare:.0f}"),
        ("keyed hash", f"{VALUES / keyed:,.0f}", f"{keyed / bare:.0f}"),
        ("length of the text", f"{VALUES / bare:,.0f}", "1"),
    ]
    print_table("values a second", ("what", "values/s", "ratio"), rows)
    assert read_numbers(numbers, None, date(2025, 11, 1), False)["number"].null_count() == 0


def test_workbooks_beside_openpyxl(sent: Path) -> None:
    paths = [path for feed_id in FEEDS if (path := largest(sent, feed_id, "xlsx")) is not None]
    path = max(paths, key=lambda path: path.stat().st_size)
    feed, content = FEEDS["__".join(path.name.split("__")[:2])], path.read_bytes()
    rows = open_workbook_table(in_memory(content), feed, path.name).whole().rows_read

    def with_openpyxl() -> int:
        page = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        return sum(1 for _ in page.iter_rows(values_only=True))

    ours = seconds_of(lambda: open_workbook_table(in_memory(content), feed, path.name).whole())
    fast = seconds_of(bare_parse(path, feed))
    slow = seconds_of(with_openpyxl)
    table = [
        (name, f"{seconds:.2f}", f"{rows / seconds:,.0f}", f"{seconds / fast:.1f}")
        for name, seconds in (
            ("ingest's reader", ours),
            ("fastexcel (whole sheet held)", fast),
            ("openpyxl (read_only)", slow),
        )
    ]
    print_table(f"{path.name}: {rows:,} rows", ("reader", "seconds", "rows/s", "ratio"), table)
    assert ours < slow


def test_ten_times_the_largest_file(sent: Path, keys: Path, tmp_path) -> None:
    path = largest(sent, POPULATION)
    assert path is not None
    table = []
    for encoding in ("gb18030", "utf-8-sig"):
        large = tmp_path / path.name
        size = repeated(path.read_bytes().decode("gb18030"), large, encoding)
        rows, seconds, peak = ingested(tmp_path, keys, large)
        large.unlink()
        table.append(
            (encoding, f"{size / 1e6:.0f}", f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{peak:.0f}")
        )
        assert peak < MOST_MIB
        assert rows > 0
    heads = ("encoding", "MB", "rows", "seconds", "rows/s", "peak MiB")
    print_table(f"the population {TIMES} times, everybody new to the vault (seed {SEED})", heads, table)


def repeated(text: str, target: Path, encoding: str) -> int:
    """Write a file of the population ten times over, each time with other persons; its size (bytes)."""
    header, _, body = text.partition("\n")
    positions = open_csv_table(in_memory(text.encode()), FEEDS[POPULATION], "f.csv").binding.positions
    frame = pl.read_csv(body.encode(), has_header=False, infer_schema=False, truncate_ragged_lines=True)
    column, house = (frame.columns[positions[name]] for name in ("person_id_no", "household_id_police"))
    with target.open("wb") as stream:
        stream.write((header + "\n").encode(encoding))
        for turn in range(TIMES):
            # Everybody's house number and order within the day of birth are moved on: other valid numbers.
            order = (pl.col(column).str.slice(14, 3).cast(pl.Int32, strict=False) + 97 * turn) % 1000
            moved = pl.col(column).str.slice(0, 14) + order.cast(pl.String).str.zfill(3)
            bodies = frame.select(pl.when(pl.col(column).str.contains(r"^[0-9]{17}[0-9X]$")).then(moved)).to_series()
            numbers = pl.Series(with_check_characters(bodies)).fill_null(frame[column])
            changed = frame.with_columns(
                numbers.alias(column), (pl.lit(f"{turn}") + pl.col(house).str.slice(1)).alias(house)
            )
            stream.write(changed.write_csv(include_header=False).encode(encoding.removesuffix("-sig")))
    return target.stat().st_size


def with_check_characters(bodies: pl.Series) -> pl.Series:
    """Numbers of 17 digits with the 18th place that belongs to them (GB 11643); null stays null."""
    digits = bodies.cast(pl.Int64)
    total = sum(digits // 10 ** (16 - place) % 10 * weight for place, weight in enumerate(WEIGHTS))
    return bodies + pl.select(pl.lit("10X98765432").str.slice(total % 11, 1)).to_series()
