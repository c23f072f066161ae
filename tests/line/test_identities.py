"""One person, one key: exact linking merges nobody wrongly, and what is proposed for unusable numbers is right.

The truth knows whose number was damaged. What leaves too little to tell a person from a neighbour is counted, not proposed.
"""

from __future__ import annotations

import hashlib
import hmac

import polars as pl
import pytest

from tests.line.worlds import World, print_table
from warehouse.contracts import load_feeds
from warehouse.keys import load_keys
from warehouse.manifests import read_manifests
from warehouse.matches import PROPOSALS_FILE, ROWS_FILE, matches_folder

UNUSABLE = ("D02", "D04", "D05")
LEAST_PRECISION = 0.99


def hashed(world: World, kind: str, values: pl.Series) -> pl.Series:
    """The keyed hash of each value, computed apart from the line."""
    secret = load_keys(world.home).person
    place = {
        value: hmac.digest(secret, f"{kind}|{value}".encode(), hashlib.sha256).hex()[:32]
        for value in values.unique().drop_nulls()
    }
    return values.replace_strict(place, default=None, return_dtype=pl.String)


@pytest.fixture(scope="module")
def persons(world: World) -> pl.DataFrame:
    """Grain: one row per true person. Columns: id_no, name, person_key, head, tail (hashes of name with half the number)."""
    persons = world.read_truth("persons").select("id_no", "name")
    number, name = pl.col("id_no"), pl.col("name")
    halves = persons.select(
        head=name + "|" + number.str.slice(0, 9),
        tail=name + "|" + number.str.slice(9),
    )
    return persons.with_columns(
        hashed(world, "id", persons["id_no"]).alias("person_key"),
        hashed(world, "hint", halves["head"]).alias("head"),
        hashed(world, "hint", halves["tail"]).alias("tail"),
    )


@pytest.fixture(scope="module")
def damaged(world: World) -> pl.DataFrame:
    """Grain: one row per row of a file whose person's number was damaged. Columns: file, row, defect, outcome, id_no."""
    person_columns = {feed_id: feed.person_column.name for feed_id, feed in load_feeds().items() if feed.person_column}
    defects = world.read_truth("defects").filter(pl.col("row_number").is_not_null())
    own = pl.col("column_name") == pl.col("feed_id").replace_strict(person_columns, default="")
    return defects.filter(own & pl.col("id_no").is_not_null()).select(
        "file", pl.col("row_number").cast(pl.Int32).alias("row"), "defect", "outcome", "id_no"
    )


def accepted(world: World, feed_id: str, *columns: str) -> pl.LazyFrame:
    frame = pl.scan_parquet(world.home.lake / feed_id / "batch=*" / "*.parquet", hive_partitioning=False)
    return frame.select("_file", "_row_number", "person_key", "_flags", *columns)


def test_exact_linking_merges_nobody_wrongly(world: World, persons: pl.DataFrame, damaged: pl.DataFrame) -> None:
    """Every accepted row with a name stands under the key of the person whose name and number it bears."""
    wrong, rows_count, people = {}, 0, set()
    undetectable = damaged.filter(pl.col("outcome") == "undetectable").select("file", "row").unique()
    for feed in load_feeds().values():
        if feed.person_column is None or feed.name_column is None or not (world.home.lake / feed.feed_id).is_dir():
            continue
        rows = (
            accepted(world, feed.feed_id, "hint_head_key", "hint_tail_key")
            .filter(pl.col("person_key").is_not_null() & ~pl.col("_flags").str.contains("name_odd_character"))
            .join(undetectable.lazy(), left_on=["_file", "_row_number"], right_on=["file", "row"], how="anti")
            .group_by("person_key", "hint_head_key", "hint_tail_key")
            .len()
            .collect()
        )
        rows_count += rows["len"].sum()
        people |= set(rows["person_key"])
        strangers = rows.join(
            persons,
            left_on=["person_key", "hint_head_key", "hint_tail_key"],
            right_on=["person_key", "head", "tail"],
            how="anti",
        )
        if strangers.height:
            wrong[feed.feed_id] = strangers.height
    print(
        f"\nexact linking: {rows_count:,} rows with names of {len(people):,} persons, {len(wrong)} feeds with wrong merges"
    )
    assert people
    assert wrong == {}


def test_a_repaired_number_is_the_persons_own(world: World, persons: pl.DataFrame, damaged: pl.DataFrame) -> None:
    """15 places, full width, spaces: the row stands under the key of the person whose number was written so."""
    repaired = damaged.filter(pl.col("outcome") == "normalised").join(persons, on="id_no")
    seen, wrong = 0, []
    for feed_id in load_feeds():
        if load_feeds()[feed_id].person_column is None or not (world.home.lake / feed_id).is_dir():
            continue
        rows = accepted(world, feed_id).collect()
        both = rows.join(repaired, left_on=["_file", "_row_number"], right_on=["file", "row"])
        seen += both.height
        wrong += both.filter(pl.col("person_key") != pl.col("person_key_right"))["_file"].to_list()
    print(f"\nrepaired numbers: {seen:,} rows, {len(wrong)} under another key")
    assert seen
    assert wrong == []


def test_proposals_are_right_and_their_recall_is_printed(
    world: World, persons: pl.DataFrame, damaged: pl.DataFrame
) -> None:
    """Of every hundred proposals ninety-nine name the right person, by every kind of defect."""
    folder, files = matches_folder(world.home), {m.batch_id: m.file for m in read_manifests(world.home)}
    rows = pl.read_parquet(folder / ROWS_FILE).with_columns(
        file=pl.col("batch_id").replace_strict(files, default=None, return_dtype=pl.String)
    )
    proposals = pl.read_parquet(folder / PROPOSALS_FILE).select("subject_key", proposed="person_key")
    named = [feed_id for feed_id, feed in load_feeds().items() if feed.name_column]
    owners = damaged.join(persons.select("id_no", "person_key"), on="id_no", how="left")
    subjects = (
        rows.join(
            owners.filter(pl.col("defect").is_in(UNUSABLE)),
            left_on=["file", "row_number"],
            right_on=["file", "row"],
        )
        .group_by("subject_key", "feed_id", maintain_order=True)
        .agg(pl.col("defect").first(), pl.col("person_key").unique())
        .join(proposals, on="subject_key", how="left")
        .with_columns(
            has_name=pl.col("feed_id").is_in(named),
            is_right=(pl.col("person_key").list.len() == 1)
            & pl.col("person_key").list.contains(pl.col("proposed")).fill_null(False),
        )
    )
    table, precise = [], True
    for (defect, has_name), group in sorted(subjects.group_by("defect", "has_name"), key=lambda g: g[0]):
        told, right = group["proposed"].count(), group["is_right"].sum()
        precise &= right >= LEAST_PRECISION * told
        table.append(
            (
                defect,
                "yes" if has_name else "no",
                group.height,
                told,
                right,
                f"{right / told:.4f}" if told else "-",
                f"{right / group.height:.3f}",
            )
        )
    print_table("proposals", ("defect", "name", "subjects", "proposed", "right", "precision", "recall"), table)
    told, right = subjects["proposed"].count(), subjects["is_right"].sum()
    print(f"  in all {told:,} proposed, {right:,} right; {subjects.height:,} subjects with a known owner")
    assert told
    assert precise
    assert right >= LEAST_PRECISION * told
    # A name beside the damaged number tells its person in most cases, or the stage isn't worth its time. Without a name
    # every second wrong number is as near to a neighbour's: those are left alone, and counted above.
    with_name = subjects.filter("has_name")
    assert with_name["is_right"].sum() >= with_name.height / 2


def test_rows_that_name_nobody_real_are_not_proposed(world: World, damaged: pl.DataFrame) -> None:
    """Every proposal rests on a row whose owner the truth knows; none comes from a test row or a footer."""
    folder, files = matches_folder(world.home), {m.batch_id: m.file for m in read_manifests(world.home)}
    proposals = pl.read_parquet(folder / PROPOSALS_FILE).with_columns(
        file=pl.col("batch_id").replace_strict(files, default=None, return_dtype=pl.String)
    )
    numbered = proposals.filter(pl.col("match_reasons").str.contains("number|mask"))
    stray = numbered.join(damaged, left_on=["file", "row_number"], right_on=["file", "row"], how="anti")
    assert stray["file"].to_list() == []
