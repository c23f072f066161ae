"""Measures the line at district scale (BENCH_SCALE for another), each speed beside something run on the same files.

Prints tables; asserts only that the work was done.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import duckdb
import pytest

from tests.benchmarks.plain_models import run_plain
from tests.line.worlds import AS_OF, SEED, World, drop_files, environment, print_table, refresh, run
from warehouse.contracts import load_feeds
from warehouse.manifests import read_manifests
from warehouse.paths import PROJECT, Home, home

pytestmark = pytest.mark.bench
SCALE = os.environ.get("BENCH_SCALE", "district")
LAST_WEEK = "2025-11-17"


def measured(*arguments: str, place: Home) -> tuple[float, float]:
    """Wall seconds and peak memory (MiB) of a command and its children."""
    code = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
        "print('PEAK', max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)));"
        "sys.exit(done.returncode)"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, *arguments],
        cwd=PROJECT,
        env=environment(place),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return time.perf_counter() - started, int(done.stdout.rsplit("PEAK", 1)[1]) / 1024


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("bench")
    world = World(SCALE, folder / "sent", folder / "truth", home(folder / "data", folder / "keys"))
    seconds, peak = measured(
        "-m", "ingest.simulate", "--scale", SCALE, "--seed", str(SEED), "--as-of", AS_OF.isoformat(),
        "--out", str(world.sent), "--truth", str(world.truth), place=world.home,
    )  # fmt: skip
    size = sum(path.stat().st_size for path in world.sent.iterdir()) / 1e6
    print_table(
        f"simulate ({SCALE})", ("seconds", "peak MiB", "files", "MB"),
        [(f"{seconds:.0f}", f"{peak:.0f}", len(list(world.sent.iterdir())), f"{size:.0f}")],
    )  # fmt: skip
    run("-m", "warehouse", "keys", place=world.home)
    return world


def early_files(world: World) -> list[str]:
    """Names of the files that were there a week before the as-of date."""
    files = world.read_truth("files")
    names = [name for name, sent in files.select("file", "sent_at").iter_rows() if str(sent)[:10] <= LAST_WEEK]
    return names + [name.rsplit(".", 1)[0] + ".json" for name in names]


def stage_table(title: str, place: Home) -> None:
    timings = json.loads((place.current.resolve() / "timings.json").read_text())
    print_table(
        title, ("stage", "seconds", "peak MiB"),
        [(name, f"{stage['seconds']:.1f}", stage["peak_mib"]) for name, stage in timings["stages"].items()],
    )  # fmt: skip


def test_refresh_cold_one_more_week_and_nothing_new(bench: World) -> None:
    rows = []
    drop_files(bench, bench.home, early_files(bench))
    for title, as_of in (("cold", AS_OF.replace(day=16)), ("one more week", AS_OF), ("nothing new", AS_OF)):
        if title == "one more week":
            drop_files(
                bench,
                bench.home,
                [n for n in (p.name for p in bench.sent.iterdir()) if n not in set(early_files(bench))],
            )
        started = time.perf_counter()
        refresh(bench.home, as_of=as_of)
        rows.append((title, f"{time.perf_counter() - started:.1f}"))
        if title != "nothing new":
            stage_table(f"stages, {title}", bench.home)
    print_table("whole refresh", ("refresh", "seconds"), rows)
    manifests = list(read_manifests(bench.home))
    print_table(
        "lake", ("batches", "rows", "MB as sent"),
        [(len(manifests), sum(m.rows_read for m in manifests), f"{sum(m.size_bytes for m in manifests) / 1e6:.0f}")],
    )  # fmt: skip


def test_ingest_beside_a_bare_parse_of_the_same_files(bench: World, tmp_path) -> None:
    """The CSV feeds through ingest, beside DuckDB reading the same text, transcoded beforehand, into a table."""
    place = home(tmp_path / "data", bench.home.keys)
    names = [path.name for path in sorted(bench.sent.iterdir()) if path.suffix == ".csv"][-60:]
    drop_files(bench, place, names + [name[:-4] + ".json" for name in names])
    size = sum((bench.sent / name).stat().st_size for name in names) / 1e6
    seconds, peak = measured("-m", "ingest", place=place)
    count = sum(manifest.rows_read for manifest in read_manifests(place))

    encodings = {feed.feed_id: feed.encodings[0] for feed in load_feeds().values() if feed.encodings}
    texts = []
    for name in names:
        text = (bench.sent / name).read_bytes().decode(encodings["__".join(name.split("__")[:2])]).lstrip("\ufeff")
        texts.append(tmp_path / name)
        texts[-1].write_text(text, encoding="utf-8")
    started = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        for path in texts:
            connection.execute(
                f"create or replace table t as select * from read_csv('{path}', all_varchar = true, header = true, null_padding = true)"
            )
    bare = time.perf_counter() - started
    print_table(
        "ingest of CSV files beside a bare parse", ("what", "seconds", "rows/s", "MB/s", "peak MiB", "ratio"),
        [("ingest", f"{seconds:.1f}", f"{count / seconds:,.0f}", f"{size / seconds:.1f}", f"{peak:.0f}", f"{seconds / bare:.1f}"),
         ("bare parse", f"{bare:.2f}", f"{count / bare:,.0f}", f"{size / bare:.0f}", "", "1")],
    )  # fmt: skip
    assert count > 0


def test_models_beside_a_plain_script(bench: World, tmp_path) -> None:
    build = bench.home.current.resolve()
    results = json.loads((build / "target" / "run_results.json").read_text())["results"]
    models = sum(r["execution_time"] for r in results if r["unique_id"].startswith("model."))
    tests = sum(r["execution_time"] for r in results if r["unique_id"].split(".")[0] in ("test", "unit_test"))
    plain = min(run_plain(build, tmp_path / f"plain{turn}") for turn in range(3))
    print_table(
        "models beside a plain script", ("what", "seconds", "ratio"),
        [("dbt models, summed", f"{models:.2f}", f"{models / plain:.2f}"), ("plain DuckDB script", f"{plain:.2f}", "1"), ("dbt tests, summed", f"{tests:.2f}", "")],
    )  # fmt: skip
    assert models > 0


def test_warm_pages(bench: World) -> None:
    from streamlit.testing.v1 import AppTest

    os.environ["WAREHOUSE_DATA"], os.environ["WAREHOUSE_KEYS"] = str(bench.home.root), str(bench.home.keys)
    app = AppTest.from_file(str(PROJECT / "app" / "main.py"), default_timeout=120)
    started = time.perf_counter()
    app.run()
    rows = [("first page, cold", f"{time.perf_counter() - started:.2f}")]
    for turn in range(3):
        started = time.perf_counter()
        app.run()
        rows.append((f"warm rerun {turn + 1}", f"{time.perf_counter() - started:.2f}"))
    print_table("page time, script side", ("what", "seconds"), rows)
    assert not app.exception
