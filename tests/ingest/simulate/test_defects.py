"""Every defect that is listed is in the files, and none is in them unlisted: the files are read again by other means.

Each file is compared, cell by cell, with the rows that its bureau would have written without a fault.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import openpyxl
import polars as pl
import pytest
from stdnum.cn import ric

from ingest.simulate.bureaus.calendar import build_calendar, last_moment
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.documents import NUMBER_MARK
from ingest.simulate.bureaus.registry import ROWS
from ingest.simulate.defects import with_attempts
from ingest.simulate.defects.damage import PART_SHARE
from ingest.simulate.defects.layouts import UNKNOWN_HEADER
from ingest.simulate.identity_numbers import WITHDRAWN_BEFORE_NUMBERS
from ingest.simulate.ledgers import alert_handling
from ingest.simulate.truth import build_known, cases_table
from ingest.simulate.world.build import World
from tests.ingest.simulate.conftest import Written
from tests.line.files_read_again import read_rows

Cell = tuple[str, int, str]  # file, line or sheet row, column
APPENDED = ("D09", "D16", "D23", "D15")
UNLISTED = ("refused", "held")  # files of which only that is listed, or cut


@pytest.fixture(scope="module")
def world(hamlet_world: World) -> World:
    known = build_known(hamlet_world, last_moment(hamlet_world.weeks))
    hamlet_world.ledgers[alert_handling.FEED] = alert_handling.build(hamlet_world, cases_table(hamlet_world, known))
    return hamlet_world


@pytest.fixture(scope="module")
def sent(small_hamlet: Written, world: World) -> list[Delivery]:
    """Every delivery that was written, as the calendar of the same world gives it."""
    found = [d for d in with_attempts(build_calendar(world.weeks, world.scale)) if d.sent_at < last_moment(world.weeks)]
    assert {d.file_name for d in found} == set(small_hamlet.table("files")["file"].to_list())
    return found


@pytest.fixture(scope="module")
def differing(small_hamlet: Written, world: World, sent: list[Delivery]) -> tuple[set[Cell], Counter[str]]:
    """Cells that differ from what the bureau knows, and the rows that each file has too many."""
    cells: set[Cell] = set()
    extra: Counter[str] = Counter()
    for delivery in sent:
        if delivery.fault in ("header", "codes", "control_total", "cut"):
            continue
        clean = ROWS[delivery.feed_id](world, delivery)
        if delivery.fault in ("half", "part"):
            clean = clean.head(int(len(clean) * PART_SHARE))
        rows = list(read_rows(small_hamlet.inbox / delivery.file_name))
        for (number, found), right in zip(rows, clean.iter_rows(named=True), strict=False):
            for name, value in found.items():
                if not same(value, right[name]):
                    cells.add((delivery.file_name, number, name))
        extra[delivery.file_name] = len(rows) - len(clean)
    return cells, extra


def same(found: Any, right: str | None) -> bool:
    text = right or ""
    if text.startswith(NUMBER_MARK):
        return isinstance(found, int | float) and float(text[1:]) == float(found)
    return (found or "") == text


def test_cells_that_differ_are_those_listed(small_hamlet: Written, differing: tuple[set[Cell], Counter[str]]) -> None:
    cells, extra = differing
    entries = small_hamlet.table("defects").filter(
        pl.col("row_number").is_not_null() & ~pl.col("outcome").is_in(["in_order", *UNLISTED])
    )
    kept = entries.filter((pl.col("column_name") != "") & (pl.col("written") != pl.col("correct")))
    listed = set(kept.select("file", "row_number", "column_name").iter_rows())
    assert sorted(cells - listed)[:10] == []
    assert sorted(listed - cells)[:10] == []
    appended = entries.filter(pl.col("defect").is_in(APPENDED) & (pl.col("column_name") == ""))
    counted = Counter(appended["file"].to_list())
    assert {file: number for file, number in extra.items() if number} == dict(counted)


def test_every_defect_of_the_catalogue_is_in_the_hamlet(small_hamlet: Written) -> None:
    found = set(small_hamlet.table("defects")["defect"].to_list())
    assert {f"D{number:02d}" for number in range(1, 26)} - found == set()


def test_copies_are_whole_rows(small_hamlet: Written) -> None:
    copies = small_hamlet.table("defects").filter(pl.col("defect") == "D09")
    for file in sorted(set(copies["file"].to_list()))[:20]:
        rows = dict(read_rows(small_hamlet.inbox / file))
        for number in copies.filter(pl.col("file") == file)["row_number"].to_list():
            others = [row for other, row in rows.items() if other != number]
            # A merged cell holds its value in the first row only.
            same_rows = [row for row in others if all(v in (None, rows[number][k]) for k, v in row.items())]
            assert same_rows, (file, number)


def test_numbers_of_test_rows_and_mistaken_ones_are_nobody_s(small_hamlet: Written) -> None:
    persons = small_hamlet.table("persons")
    known, names = set(persons["id_no"].to_list()), dict(persons.select("id_no", "name").iter_rows())
    unseen = small_hamlet.table("defects").filter((pl.col("defect") == "D02") & (pl.col("outcome") == "undetectable"))
    numbers = []
    for written, id_no in unseen.select("written", "id_no").iter_rows():
        namesakes = [n for n in known if names[n] == names[id_no] and n != id_no]
        if written not in [*namesakes, *(n[:6] + n[8:17] for n in namesakes)]:
            numbers.append(written)
    for file, row in (
        small_hamlet.table("defects").filter(pl.col("defect") == "D23").select("file", "row_number").iter_rows()
    ):
        cells = dict(read_rows(small_hamlet.inbox / file))[row]
        number = str(cells.get("person_id_no") or cells.get("certificate_no") or "")[:18]
        numbers += [number] if number else []
    assert numbers
    for number in numbers:
        assert number not in known
        assert ric.calc_check_digit(number) == number[17]
        assert number[:6] in WITHDRAWN_BEFORE_NUMBERS


def test_a_refused_file_is_followed_by_a_good_one(small_hamlet: Written, sent: list[Delivery]) -> None:
    bad = small_hamlet.table("defects").filter(pl.col("outcome").is_in(["refused", "held"]))
    assert set(bad["defect"].to_list()) >= {"D12", "D13", "D19", "D20", "D21"}
    places = {(d.feed_id, d.period, d.batch_no): d for d in sent}
    for file in bad["file"].to_list():
        feed_id, name, period, rest = file.split("__")
        number = int(rest[:3])
        first, second = (places[f"{feed_id}__{name}", period, n] for n in (number, number + 1))
        assert first.fault
        assert second.fault == ""
        assert first.sent_at < second.sent_at


def test_an_unknown_header_stands_in_the_refused_file(small_hamlet: Written) -> None:
    refused = small_hamlet.table("defects").filter((pl.col("defect") == "D12") & (pl.col("outcome") == "refused"))
    for file in refused["file"].to_list():
        path = small_hamlet.inbox / file
        if path.suffix == ".xlsx":
            rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(max_row=3, values_only=True)
            assert any(UNKNOWN_HEADER in row for row in rows)
        else:
            assert UNKNOWN_HEADER.encode("gb18030") in path.read_bytes()


def test_a_wrong_number_stays_wrong_in_later_deliveries(small_hamlet: Written) -> None:
    defects = small_hamlet.table("defects")
    for feed_id in ("civil_affairs__register", "police__population"):
        lasting = defects.filter((pl.col("feed_id") == feed_id) & (pl.col("defect") == "D02"))
        by_person = lasting.group_by("id_no").agg(pl.col("file").n_unique())
        assert by_person["file"].max() >= 4


def test_most_damage_keeps_off_the_cases(small_hamlet: Written) -> None:
    cases = small_hamlet.table("cases").filter(~pl.col("is_near_miss"))
    lost = small_hamlet.table("defects").filter(pl.col("outcome") == "quarantined")["id_no"].drop_nulls().unique()
    for rule_id in ("A01", "A05", "A23", "B01", "B02", "B18"):
        people = cases.filter(pl.col("rule_id") == rule_id)["id_no"].unique()
        hit = people.is_in(lost.implode()).sum()
        assert hit <= max(2, len(people) // 3), rule_id
    assert cases["id_no"].is_in(lost.implode()).any()


def test_valid_numbers_that_end_in_three_zeros_stay_in(small_hamlet: Written) -> None:
    numbers = small_hamlet.table("persons")["id_no"]
    assert numbers.str.ends_with("000").sum() >= 1


def test_a_number_in_a_text_column_that_lost_its_tail_is_listed_by_what_can_be_told(world: World) -> None:
    """Of numbers cut to 15 places and zeros one in eleven fits its check digit; those are listed as undetectable."""
    made = np.array([n[:15] + "000" for n in world.persons.id_no])
    fit = np.mean([ric.calc_check_digit(n) == n[17] for n in made])
    assert 0.06 < fit < 0.12
