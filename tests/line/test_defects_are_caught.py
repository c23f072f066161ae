"""Every injected defect is caught by the stage meant to catch it, no clean row is harmed, and the rest is named.

Run with -s for the tables: for each of the 25 defects what was injected, caught, where, and wrongly caught.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import pytest

from tests.line.placed import Expected, Place, Placed, by_group
from tests.line.worlds import World, print_table, read_table
from warehouse.contracts import Feed

QUARANTINED = ("quarantined", "duplicate_quarantined", "misjudged")
VALUED = ("normalised", "mapped", "corrected")
MARKED = ("flagged", "corrected", "unresolved")
# Only where the row's own number is right can a later column be told apart.
NOT_COUNTED = ("in_order", "aside")
WHERE = {
    "quarantined": "quarantine, by rule",
    "duplicate_quarantined": "quarantine, as a copy",
    "misjudged": "quarantine, though right",
    "normalised": "lake, right value",
    "mapped": "lake or header, right value",
    "corrected": "lake, right value and flag",
    "flagged": "lake, flag",
    "unresolved": "lake, flag",
    "two_households": "lake and conflict list",
    "undetectable": "nowhere",
    "superseded": "out of force",
    "late": "deliveries: late or missing",
    "refused": "landing, refused whole",
    "held": "intake gate",
    "warned": "manifest, warning",
    "added": "in force beside the first",
}
# What nothing in the file can tell, by defect; each is injected, listed and counted.
UNDETECTABLE = {
    "D02": "another valid number in place of the person's: a namesake's (in 15 places too), or nobody's",
    "D04": "text ending in 000 that fits its check digit by chance, and no other sign of a spreadsheet",
    "D06": "day and month turned round, a proper day all the same",
    "D07": "a single cell in 分 without a word, within the agreed bounds",
    "D08": "a code of the second scheme that is another place's code today, and no name beside it",
}
MISJUDGED = {
    "D04": "a right number ending in 000 in a file that a spreadsheet spoilt: nobody can tell it from the others"
}
ALL_DEFECTS = [f"D{number:02d}" for number in range(1, 26)]
DEFECT_OF_RULE = {  # whose fault it is when a clean row is caught
    "id_check_digit": "D02", "id_lost_precision": "D04", "id_masked": "D05", "id_malformed": "D03", "id_missing": "D03",
    "date_unreadable": "D06", "amount_unreadable": "D07", "out_of_range": "D07", "code_unknown": "D21",
    "required_missing": "D12", "row_ragged": "D12", "duplicate_row": "D09", "footer_row": "D15", "test_row": "D23",
    "authorisation_expired": "D24", "authorisation_missing": "D24", "unit_corrected": "D07", "amount_rounded": "D07",
    "village_unresolved": "D08", "area_other_scheme": "D08", "name_odd_character": "D13", "birth_date_differs": "D17",
    "sex_differs": "D17", "end_before_start": "D18", "date_in_future": "D18",
}  # fmt: skip


@pytest.fixture(scope="module")
def placed(world: World) -> Placed:
    return Placed(world)


@pytest.fixture(scope="module")
def judged(placed: Placed) -> list[dict[str, Any]]:
    """Every entry of damage of a row with `good`: whether it ended where and as it should."""
    expected = Expected(placed.world)
    entries = placed.defects.filter(pl.col("row_number").is_not_null()).to_dicts()
    lost = {(e["file"], e["row_number"]) for e in entries if e["outcome"] in QUARANTINED}
    for entry in entries:
        entry["good"] = ended_well(entry, placed, expected, lost)
    return entries


def ended_well(entry: dict[str, Any], placed: Placed, expected: Expected, lost: set[Place]) -> bool:
    place, outcome, rule = (entry["file"], entry["row_number"]), entry["outcome"], entry["expected_rule"]
    if outcome in QUARANTINED:
        return placed.quarantined.get(place) == (rule or "duplicate_row")
    if place in lost:  # a second, worse defect of the same row decides where it ends
        return place in placed.quarantined
    row = placed.accepted.get(place)
    if row is None or place in placed.quarantined:
        return False
    flags = set(row["_flags"].split(","))
    if outcome in MARKED and rule not in flags:
        return False
    if outcome in VALUED and entry["column_name"]:
        feed = placed.feeds[entry["feed_id"]]
        if not expected.agrees(feed, entry["column_name"], entry["correct"], row, entry["id_no"]):
            return False
        if entry["defect"] == "D01" and entry["column_name"] == "person_id_no":
            return row["person_id_form"] == "15"
    return True


def test_every_defect_is_caught_where_it_should_be(placed: Placed, judged: list[dict[str, Any]]) -> None:
    harmed = Counter((DEFECT_OF_RULE.get(rule, rule), feed_id) for feed_id, _, rule in harmed_rows(placed))
    counted = [e for e in judged if e["outcome"] not in NOT_COUNTED]
    rows, wrong = [], []
    for (defect, feed_id, outcome), group in by_group(counted, "defect", "feed_id", "outcome").items():
        caught = sum(e["good"] for e in group) if outcome != "undetectable" else 0
        rows.append((defect, feed_id, len(group), caught, WHERE[outcome], harmed.pop((defect, feed_id), 0)))
        wrong += [tuple(e.values()) for e in group if not e["good"] and outcome != "undetectable"]
    rows += [(defect, feed_id, 0, 0, "clean rows", count) for (defect, feed_id), count in sorted(harmed.items())]
    heads = ("defect", "feed", "injected", "caught", "where", "wrongly caught")
    print_table(f"defects of rows on the {placed.world.scale}", heads, rows)
    assert wrong[:8] == []


def test_each_of_the_25_is_injected_and_caught(placed: Placed, judged: list[dict[str, Any]]) -> None:
    good_files = {(e["defect"], e["feed_id"], e["file"]): e["good"] for e in judged_files(placed)}
    harmed = Counter(DEFECT_OF_RULE.get(rule, rule) for _, _, rule in harmed_rows(placed))
    rows = []
    for defect in ALL_DEFECTS:
        mine = [e for e in judged if e["defect"] == defect and e["outcome"] not in NOT_COUNTED]
        of_files = [good for (named, _, _), good in good_files.items() if named == defect]
        nobody = sum(e["outcome"] == "undetectable" for e in mine)
        injected = len(mine) - nobody + len(of_files)
        caught = sum(e["good"] for e in mine if e["outcome"] != "undetectable") + sum(of_files)
        where = ", ".join(sorted({WHERE[e["outcome"]] for e in mine} | outcomes_of_files(placed, defect)))
        rows.append((defect, injected, caught, nobody, harmed.get(defect, 0), where))
    print_table(
        f"the 25 defects on the {placed.world.scale}",
        ("defect", "injected", "caught", "can't be told", "wrongly caught", "where"),
        rows,
    )
    assert [row[0] for row in rows if row[1] == 0] == []
    assert [row for row in rows if row[1] != row[2] or row[4]] == []


def test_what_nobody_can_tell_is_named(placed: Placed, judged: list[dict[str, Any]]) -> None:
    """Injected, listed, counted: not hidden, and not avoided."""
    unseen = [e for e in judged if e["outcome"] == "undetectable"]
    rows = [
        (defect, feed_id, len(group), sum(e["good"] for e in group), UNDETECTABLE[defect])
        for (defect, feed_id), group in by_group(unseen, "defect", "feed_id").items()
    ]
    spoilt = [e for e in judged if e["outcome"] == "misjudged"]
    rows += [
        (defect, feed_id, len(group), 0, MISJUDGED[defect])
        for (defect, feed_id), group in by_group(spoilt, "defect", "feed_id").items()
    ]
    rows += masked_candidates(placed)
    print_table(
        f"what can't be told apart on the {placed.world.scale}", ("defect", "feed", "rows", "passed", "why"), rows
    )
    assert {row[0] for row in rows} >= {"D02", "D05", "D07"}


def masked_candidates(placed: Placed) -> list[tuple[object, ...]]:
    """Masked numbers by how many registered persons fit the mask: with more than one no match can be certain."""
    numbers = placed.world.read_truth("persons")["id_no"].to_list()
    by_mask: Counter[str] = Counter()
    for number in numbers:
        for front in (4, 6):
            by_mask[number[:front] + "*" * (14 - front) + number[14:]] += 1
    masked = placed.defects.filter((pl.col("defect") == "D05") & (pl.col("column_name") != ""))
    several: Counter[str] = Counter()
    for feed_id, written in masked.unique(["feed_id", "written"]).select("feed_id", "written").iter_rows():
        several[feed_id] += by_mask[written] > 1
    return [
        ("D05", feed_id, count, 0, "masked numbers that fit more than one registered person")
        for feed_id, count in sorted(several.items())
    ]


def test_what_looks_like_a_defect_and_is_none_is_left_alone(placed: Placed, judged: list[dict[str, Any]]) -> None:
    near = [e for e in judged if e["outcome"] == "in_order"]
    rows, wrong = [], []
    for (defect, feed_id), group in by_group(near, "defect", "feed_id").items():
        good = sum(e["good"] for e in group)
        rows.append((defect, feed_id, len(group), good))
        wrong += [tuple(e.values()) for e in group if not e["good"]]
    print_table(f"near misses on the {placed.world.scale}", ("what", "feed", "rows", "left alone"), rows)
    assert wrong[:8] == []
    assert {row[0] for row in rows} >= {"NEAR_ZEROS", "NEAR_NAME", "NEAR_ZERO_AMOUNT", "NEAR_YEAR_END", "F02_REVERSAL"}


def test_no_clean_row_is_harmed(placed: Placed) -> None:
    """Neither quarantined nor flagged: every refused row and every mark is in the list of damage."""
    assert harmed_rows(placed)[:10] == []


def harmed_rows(placed: Placed) -> list[tuple[str, Place, str]]:
    """Feed, place and rule or flag of every row that is caught without being listed for it."""
    listed: dict[Place, set[str]] = {}
    for file, row, outcome, rule in (
        placed.defects.filter(pl.col("row_number").is_not_null())
        .select("file", "row_number", "outcome", "expected_rule")
        .iter_rows()
    ):
        found = listed.setdefault((file, row), set())
        if outcome in QUARANTINED or outcome in MARKED:
            found.add(rule or "duplicate_row")
    harmed = [
        (place[0].rsplit("__", 2)[0], place, rule)
        for place, rule in placed.quarantined.items()
        if rule not in listed.get(place, ())
    ]
    for place, flags in placed.flagged.items():
        harmed += [(place[0].rsplit("__", 2)[0], place, flag) for flag in sorted(flags - listed.get(place, set()))]
    return harmed


def judged_files(placed: Placed) -> list[dict[str, Any]]:
    """Every entry of damage of a whole file with `good`."""
    home = placed.world.home
    in_force = dict(read_table(home, "dashboard", "select file_name, is_in_force from pub_batches").iter_rows())
    told = read_table(home, "warehouse", "select feed_id, period, state from lake.deliveries")
    states = {(feed_id, period): state for feed_id, period, state in told.iter_rows()}
    refusals = {name: s["refusal"] for name, s in placed.sidecars.items() if s["status"] == "refused"}
    entries = placed.defects.filter(pl.col("row_number").is_null()).to_dicts()
    for entry in entries:
        entry["good"] = file_ended_well(entry, placed, in_force, states, refusals)
    return entries


def file_ended_well(
    entry: dict[str, Any],
    placed: Placed,
    in_force: dict[str, bool],
    states: dict[tuple[str, str], str],
    refusals: dict[str, dict[str, Any]],
) -> bool:
    file, feed, outcome, rule = entry["file"], placed.feeds[entry["feed_id"]], entry["outcome"], entry["expected_rule"]
    if outcome == "refused":
        return file in refusals and refusals[file]["code"] == rule and sent_again(file, placed.manifests)
    if outcome == "held":
        return in_force[file] is False and sent_again(file, placed.manifests)
    if outcome == "superseded":
        return in_force[file] is False
    if outcome == "late":
        return states[entry["feed_id"], file.split("__")[2]] in ("late", "missing")
    if outcome == "warned":
        return f"{rule}: {feed.column(entry['column_name']).header}" in placed.manifests[file].warnings
    if outcome == "added":
        return file in placed.manifests
    return shape_is_read(entry, placed, feed)


def shape_is_read(entry: dict[str, Any], placed: Placed, feed: Feed) -> bool:
    """Headers and encodings: the file's columns are all there, and what isn't agreed is told."""
    manifest = placed.manifests.get(entry["file"])
    if manifest is None:
        return False
    required = {column.name for column in feed.columns if column.required}
    whole = required <= set(manifest.headers_mapped.values())
    return whole and (entry["column_name"] != "added" or bool(manifest.headers_extra))


def sent_again(file: str, manifests: dict[str, Any]) -> bool:
    """Whether the same period has a batch under the next number."""
    stem, number = file.split(".")[0].rsplit("__", 1)
    return any(name.startswith(f"{stem}__{int(number) + 1:03d}.") for name in manifests)


def outcomes_of_files(placed: Placed, defect: str) -> set[str]:
    found = placed.defects.filter(pl.col("row_number").is_null() & (pl.col("defect") == defect))
    return {WHERE[outcome] for outcome in found["outcome"].to_list()}


def test_every_defect_of_a_file_is_dealt_with(placed: Placed) -> None:
    """Bad files are refused or held and sent again; odd headers and encodings are read; late and missing ones are told."""
    entries = judged_files(placed)
    groups = by_group(entries, "defect", "feed_id", "outcome")
    rows = [(*key[:2], len(group), sum(e["good"] for e in group), WHERE[key[2]]) for key, group in groups.items()]
    print_table(
        f"defects of files on the {placed.world.scale}", ("defect", "feed", "injected", "caught", "where"), rows
    )
    assert [e for e in entries if not e["good"]][:8] == []
    assert {e["outcome"] for e in entries} >= {"refused", "held", "superseded", "late", "warned", "added", "mapped"}


def test_no_right_total_is_doubted(placed: Placed) -> None:
    """A footer's sum is told to differ only where it does."""
    listed = {
        (e["file"], e["column_name"])
        for e in placed.defects.filter(pl.col("outcome") == "warned").iter_rows(named=True)
    }
    columns = {(feed_id, c.header): c.name for feed_id, feed in placed.feeds.items() for c in feed.columns}
    told = {
        (file, columns[manifest.feed_id, warning.split(": ", 1)[1]])
        for file, manifest in placed.manifests.items()
        for warning in manifest.warnings
        if warning.startswith("footer_total_differs")
    }
    assert told - listed == set()


def test_one_person_in_two_households_is_listed(placed: Placed) -> None:
    listed = placed.defects.filter(pl.col("defect") == "D16")
    keys = set(placed.world.person_keys(listed["id_no"].unique().to_list()).values())
    told = read_table(placed.world.home, "casework", "select distinct person_key from case_household_conflicts")
    assert keys
    assert keys - set(told["person_key"].to_list()) == set()


def test_nothing_sent_is_lost(placed: Placed) -> None:
    sent = placed.world.read_truth("files")["file"].to_list()
    assert set(sent) - set(placed.sidecars) == set()
    refused = {name for name, sidecar in placed.sidecars.items() if sidecar["status"] == "refused"}
    assert set(sent) - refused == set(placed.manifests) & set(sent)
