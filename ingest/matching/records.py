"""The two sides of a match, from the vault: subjects without a usable number, and the persons who come into question.

In: the vault, some thousand rows at a time. Out: two frames of the same columns, in memory only. Of the persons only those
are kept that share a key with a subject, so that memory follows the subjects, not the district.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass

import polars as pl

from ingest.matching.subjects import END, FRONT, PARTS, PLACES, Subject, read_subject, towns_named
from warehouse import vault
from warehouse.keys import Keys

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "unique_id": pl.String,
    "number": pl.String,
    "pattern": pl.String,
    "open_places": pl.Int32,
    "kept": pl.String,
    "names": pl.List(pl.String),
    "birth_dates": pl.List(pl.String),
    "sex": pl.String,
    "towns": pl.List(pl.String),
    "keys": pl.List(pl.String),
    "namesakes_count": pl.Int64,
}


@dataclass(frozen=True)
class Records:
    """Subjects and candidates (columns: SCHEMA), how many persons the vault holds, and how many without a name.

    `namesakes_count`: how many of these have the subject's name (persons).
    """

    subjects: pl.DataFrame
    candidates: pl.DataFrame
    persons_count: int
    nameless_count: int


def read_records(connection: sqlite3.Connection, keys: Keys) -> Records:
    """Both sides, ready to be compared."""
    subjects = [
        read_subject(subject_key, packed)
        for chunk in vault.read_all(connection, keys, "unnumbered")
        for subject_key, packed in zip(*chunk, strict=True)
    ]
    wanted = pl.Series(sorted({key for subject in subjects for key in subject.keys}), dtype=pl.String)
    names = pl.Series(sorted({name for subject in subjects for name in subject.names}), dtype=pl.String)
    parts = {tag: wanted.filter(wanted.str.starts_with(tag + "|")) for tag in PARTS}
    found, counts, persons_count, nameless_count = [pl.DataFrame(schema=SCHEMA)], [], 0, 0
    for chunk in vault.read_all(connection, keys, "identity"):
        frame = _facts(*chunk)
        persons_count += frame.height
        nameless_count += frame["name"].null_count()
        named = frame.select("unique_id", pl.col("name").str.split(vault.BETWEEN_VALUES).alias("named")).explode(
            "named"
        )
        named = named.filter(pl.col("named").is_in(names.implode()))
        counts.append(named.group_by("named").len())
        shared = [_part(tag).is_in(tagged.implode()) for tag, tagged in parts.items() if tagged.len()]
        shared.append(pl.col("unique_id").is_in(named["unique_id"].implode()))
        persons = _persons(frame.filter(pl.any_horizontal(shared)))
        found.append(persons.filter(pl.col("keys").list.eval(pl.element().is_in(wanted.implode())).list.any()))
    return Records(_frame(subjects, _namesakes(counts)), pl.concat(found), persons_count, nameless_count)


def _facts(subject_keys: list[str], packed: list[str]) -> pl.DataFrame:
    texts = pl.Series("packed", packed, dtype=pl.String)
    facts = texts.str.split_exact(vault.BETWEEN_FACTS, len(vault.FACTS) - 1).struct.rename_fields(list(vault.FACTS))
    frame = facts.struct.unnest().with_columns(pl.Series("unique_id", subject_keys, dtype=pl.String))
    return frame.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in vault.FACTS)


def _part(tag: str) -> pl.Expr:
    places = [pl.col("number").str.slice(start, length) for start, length in PARTS[tag]]
    return pl.concat_str(pl.lit(tag + "|"), *places)


def _persons(frame: pl.DataFrame) -> pl.DataFrame:
    """Persons as records; birth date and sex are those of the number, by which the person goes."""
    number = pl.col("number")
    birth = pl.concat_str(*(number.str.slice(at, size) for at, size in ((6, 4), (10, 2), (12, 2))), separator="-")
    towns = [towns_of(text) for text in frame["area"]]
    frame = frame.with_columns(
        pl.Series("towns", towns, dtype=pl.List(pl.String)),
        pattern=pl.lit(None, pl.String),
        open_places=pl.lit(PLACES, pl.Int32),
        kept=pl.lit(None, pl.String),
        names=pl.col("name").str.split(vault.BETWEEN_VALUES).fill_null([]),
        birth=birth,
        birth_dates=pl.concat_list(birth),
        sex=pl.when(number.str.slice(16, 1).cast(pl.Int32) % 2 == 1).then(pl.lit("1")).otherwise(pl.lit("2")),
        namesakes_count=pl.lit(None, pl.Int64),
        first=number.str.slice(0, FRONT),
        last=number.str.slice(PLACES - END),
    )
    named = frame.select("unique_id", "names", "first", "last", "birth", "towns").explode("names").drop_nulls("names")
    by_name = [
        named.select("unique_id", key=pl.concat_str(pl.lit(tag), "names", other, separator="|"))
        for tag, other in (("f", "first"), ("t", "last"), ("d", "birth"))
    ]
    in_town = named.explode("towns").drop_nulls("towns")
    by_name.append(in_town.select("unique_id", key=pl.concat_str(pl.lit("o"), "names", "towns", separator="|")))
    by_part = [frame.select("unique_id", key=_part(tag)) for tag in PARTS]
    keyed = pl.concat([*by_name, *by_part]).group_by("unique_id").agg(pl.col("key").sort().alias("keys"))
    return frame.join(keyed, on="unique_id", maintain_order="left").select(pl.col(n).cast(k) for n, k in SCHEMA.items())


def towns_of(areas: str | None) -> list[str]:
    """The towns that some areas, one text for all, lie in."""
    return sorted({town for area in (areas or "").split(vault.BETWEEN_VALUES) for town in towns_named(area)})


def _namesakes(counts: list[pl.DataFrame]) -> dict[str, int]:
    if not counts:
        return {}
    return dict(pl.concat(counts).group_by("named").agg(pl.col("len").sum()).iter_rows())


def _frame(subjects: list[Subject], namesakes: dict[str, int]) -> pl.DataFrame:
    frame = pl.DataFrame([asdict(subject) for subject in subjects], schema={n: SCHEMA[n] for n in list(SCHEMA)[:-1]})
    counts = [max((namesakes.get(name, 0) for name in subject.names), default=None) for subject in subjects]
    return frame.with_columns(pl.Series("namesakes_count", counts, dtype=pl.Int64))
