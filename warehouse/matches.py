"""What matching proposes: `data/matches`, written by `python -m ingest.matching`. Keys and scores, no value of a person."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

from warehouse.database import open_memory
from warehouse.paths import Home

PROPOSALS_FILE = "proposals.parquet"
AMBIGUOUS_FILE = "ambiguous.parquet"
ROWS_FILE = "rows.parquet"
STATE_FILE = "state.json"


class Pair(NamedTuple):
    """A subject without a usable number and a person: how likely they are one, what agrees, the newest row it stands in."""

    subject_key: str
    person_key: str
    score: float
    match_reasons: str
    feed_id: str | None
    batch_id: str | None
    row_number: int | None
    created_on: date | None


def matches_folder(home: Home) -> Path:
    """The folder of what matching wrote."""
    return home.root / "matches"


def proposals(home: Home) -> list[Pair]:
    """What matching proposes, one pair a subject, in order of subject."""
    return sorted(Pair(*row) for row in _read(matches_folder(home) / PROPOSALS_FILE, ", ".join(Pair._fields)))


def ambiguous_pairs(home: Home) -> list[Pair]:
    """The persons whom an ambiguous subject fits alike; none of them is proposed, a steward may still decide."""
    return sorted(Pair(*row) for row in _read(matches_folder(home) / AMBIGUOUS_FILE, ", ".join(Pair._fields)))


def forget_person(home: Home, person_key: str) -> None:
    """Take the pairs of an erased person out of the files, at once; the next run of matching makes them anew."""
    for name in (PROPOSALS_FILE, AMBIGUOUS_FILE):
        path = matches_folder(home) / name
        if path.is_file():
            part = path.with_name(name + ".part")
            connection = open_memory()
            try:
                connection.execute(
                    f"copy (from read_parquet('{_quoted(path)}') where person_key <> $key) to '{_quoted(part)}' (format parquet)",
                    {"key": person_key},
                )
            finally:
                connection.close()
            part.replace(path)


def subjects_of(home: Home, person_key: str) -> set[str]:
    """The subjects that matching has proposed for a person or found to fit among others."""
    pairs = [*proposals(home), *ambiguous_pairs(home)]
    return {pair.subject_key for pair in pairs if pair.person_key == person_key}


def _read(path: Path, columns: str) -> list[tuple]:
    if not path.is_file():
        return []
    connection = open_memory()
    try:
        return connection.execute(f"select {columns} from read_parquet('{_quoted(path)}')").fetchall()
    finally:
        connection.close()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
