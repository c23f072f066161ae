"""A file that breaks its contract is refused whole with file, place and remedy; nothing is lost, the rest is published."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.line.worlds import World, copy_home, read_table, refresh, run
from warehouse.keys import load_keys
from warehouse.manifests import read_sidecars
from warehouse.vault import unseal_file

pytestmark = pytest.mark.slow
CSV = "finance__payments__202512__001.csv"
XLSX = "funeral__cremations__20251130__001.xlsx"


def _payments(world: World) -> str:
    latest = sorted(world.sent.glob("finance__payments__2025*.csv"))[-1]
    return latest.read_bytes().decode("gb18030")


def _lines(world: World, count: int) -> str:
    return "\n".join(_payments(world).splitlines()[:count]) + "\n"


def _renamed_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("notes.txt", "not a workbook")
    return stream.getvalue()


BAD = {
    "lacks a mandatory header": (CSV, lambda w: _lines(w, 5).replace("实发金额", "备注").encode("gb18030"), "实发金额"),
    "truncated in mid-line": (CSV, lambda w: _lines(w, 6).encode("gb18030")[:-25], ""),
    "undecodable byte": (CSV, lambda w: _lines(w, 3).encode("gb18030") + b"\xff\xff\n", ""),
    "empty": (CSV, lambda w: b"", ""),
    "only a header": (CSV, lambda w: _lines(w, 1).encode("gb18030"), ""),
    "renamed ZIP": (XLSX, lambda w: _renamed_zip(), ""),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_refused_and_kept(hamlet: World, tmp_path, kind: str) -> None:
    name, content, place_named = BAD[kind]
    place = copy_home(hamlet, tmp_path)
    data = content(hamlet)
    place.inbox.mkdir(exist_ok=True)
    (place.inbox / name).write_bytes(data)
    before = {sidecar["file"] for _, sidecar in read_sidecars(place)}

    done = run("-m", "ingest", place=place, expect=3)

    assert not (place.inbox / name).exists()
    folder, sidecar = next((f, s) for f, s in read_sidecars(place) if s["file"] == name)
    assert before | {name} == {s["file"] for _, s in read_sidecars(place)}
    assert sidecar["status"] == "refused"
    message = sidecar["refusal"]["message"]
    assert sidecar["refusal"]["remedy"]
    assert name in message + sidecar["file"]
    assert place_named in message
    assert name in done.stdout + done.stderr
    sealed = unseal_file(folder / "original.sealed", load_keys(place), sidecar["sha256"].encode())
    assert sealed == data
    assert not list(place.lake.glob(f"*/batch=*/{name}"))


def test_an_empty_week_is_accepted_when_the_bureau_says_so(hamlet: World, tmp_path) -> None:
    place = copy_home(hamlet, tmp_path)
    place.inbox.mkdir(exist_ok=True)
    (place.inbox / CSV).write_bytes(_lines(hamlet, 1).encode("gb18030"))
    (place.inbox / CSV).with_suffix(".json").write_text(json.dumps({"row_count": 0, "sent_at": "2025-11-24T07:00:00"}))
    run("-m", "ingest", place=place, expect=0)
    assert next(s for _, s in read_sidecars(place) if s["file"] == CSV)["status"] == "ingested"


def test_the_other_feeds_are_published_and_the_stale_feed_is_shown(hamlet: World, tmp_path) -> None:
    place = copy_home(hamlet, tmp_path)
    place.inbox.mkdir(exist_ok=True)
    good = "funeral__cremations__20251124__001.xlsx"
    source = sorted(hamlet.sent.glob("funeral__cremations__202510*.xlsx"))[0]
    _retitle(source, place.inbox / good)
    (place.inbox / "finance__payments__202511__009.csv").write_bytes(b"")
    before = os.readlink(place.current)
    refresh(place)
    assert os.readlink(place.current) != before
    refusals = read_table(place, "dashboard", "select feed_id, file_name, message from pub_refusals")
    assert ("finance__payments", "finance__payments__202511__009.csv") in set(
        refusals.select("feed_id", "file_name").iter_rows()
    )
    counted = "select refused_count from pub_feeds where feed_id = 'finance__payments'"
    earlier = read_table(hamlet.home, "dashboard", counted)["refused_count"].item()
    assert read_table(place, "dashboard", counted)["refused_count"].item() == earlier + 1


def _retitle(source: Path, target: Path) -> None:
    """The same workbook under another period: its content differs by one property, so it is another file."""
    shutil.copy2(source, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.comment = target.name.encode()
