"""The files of matching: `data/matches/*.parquet`, each under a temporary name first. Keys, scores and places only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from warehouse.manifests import MANIFEST_FILE, read_json
from warehouse.matches import AMBIGUOUS_FILE, PROPOSALS_FILE, ROWS_FILE, matches_folder
from warehouse.paths import Home

ROWS = {"subject_key": pl.String, "feed_id": pl.String, "batch_id": pl.String, "row_number": pl.Int32}
PLACES = {**ROWS, "created_on": pl.Date, "period_end": pl.Date, "batch_no": pl.Int32}


def write_results(
    home: Home, proposals: pl.DataFrame, ambiguous: pl.DataFrame, sightings: Sequence[tuple[str, str, str, int]]
) -> None:
    """Write proposals and ambiguous pairs, each with the newest row in which its subject stands, and all such rows."""
    folder = matches_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    rows = pl.DataFrame(sightings, schema=ROWS, orient="row")
    newest = _newest_rows(home, rows)
    for name, frame in ((PROPOSALS_FILE, proposals), (AMBIGUOUS_FILE, ambiguous)):
        _write(folder / name, frame.join(newest, on="subject_key", how="left", maintain_order="left"))
    _write(folder / ROWS_FILE, rows)


def _newest_rows(home: Home, rows: pl.DataFrame) -> pl.DataFrame:
    """Of each subject the row in the newest committed batch, with the day it was received."""
    facts = []
    for feed_id, batch_id in rows.select("feed_id", "batch_id").unique().sort("batch_id").iter_rows():
        path = home.lake / feed_id / f"batch={batch_id}" / MANIFEST_FILE
        # A run that was killed may have sealed persons of a batch that isn't there yet.
        if path.is_file():
            manifest = read_json(path)
            received, end = manifest["received_at"][:10], manifest["period_end"]
            facts.append((batch_id, date.fromisoformat(received), date.fromisoformat(end), manifest["batch_no"]))
    schema = {name: PLACES[name] for name in ("batch_id", "created_on", "period_end", "batch_no")}
    placed = rows.join(pl.DataFrame(facts, schema=schema, orient="row"), on="batch_id")
    placed = placed.sort("subject_key", "period_end", "batch_no", "batch_id", "row_number")
    newest = placed.unique("subject_key", keep="last", maintain_order=True)
    return newest.select(*ROWS, "created_on")


def _write(path: Path, frame: pl.DataFrame) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as stream:
        frame.write_parquet(stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
