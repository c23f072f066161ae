"""The answers to the request list, written without any defect: they keep their contracts, and ingest accepts every row."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from stdnum.cn import ric, uscc

from ingest.simulate.bureaus import (
    check_centre,
    housing_fund,
    human_resources,
    justice,
    market_supervision,
    marriage_registry,
    mental_registry,
    natural_resources,
    taxation,
    traffic_police,
)
from ingest.simulate.bureaus.calendar import build_calendar, last_moment
from ingest.simulate.bureaus.deliveries import Delivery
from ingest.simulate.bureaus.files import NUMBER_MARK, Layout, write_delivery
from ingest.simulate.ledgers.credit_codes import credit_codes
from ingest.simulate.world.build import World
from warehouse.contracts import load_feeds

BUREAUS = (
    traffic_police,
    human_resources,
    natural_resources,
    market_supervision,
    taxation,
    housing_fund,
    check_centre,
    mental_registry,
    justice,
    marriage_registry,
)
FEEDS = load_feeds()


def sent(world: World, feed_id: str) -> list[Delivery]:
    calendar = build_calendar(world.weeks, world.scale)
    return [d for d in calendar if d.feed_id == feed_id and d.sent_at < last_moment(world.weeks)]


def write_clean(world: World, delivery: Delivery, folder: Path) -> int:
    table = pl.DataFrame(_rows(world, delivery))
    layout = Layout(order=[c for c in table.columns if not c.startswith("_")])
    return write_delivery(delivery, table.drop("_person", "_household"), layout, folder)


def _rows(world: World, delivery: Delivery) -> pl.DataFrame:
    return next(b for b in BUREAUS if delivery.feed_id == b.FEED).rows_of(world, delivery)


@pytest.mark.parametrize("bureau", BUREAUS, ids=lambda b: b.FEED)
def test_rows_keep_the_contract(hamlet_world: World, bureau) -> None:
    feed = FEEDS[bureau.FEED]
    deliveries = sent(hamlet_world, bureau.FEED)
    assert {d.form for d in deliveries} <= set(feed.forms)
    assert all(d.kind in feed.delivery and d.encoding in (*feed.encodings, "") for d in deliveries)
    rows = pl.concat([bureau.rows_of(hamlet_world, d) for d in deliveries[-3:]])
    assert len(rows) > 0
    assert set(rows.columns) == {c.name for c in feed.columns} | {"_person", "_household"}
    for column in feed.columns:
        texts = rows[column.name].fill_null("").str.strip_prefix(NUMBER_MARK)
        filled = texts.filter(texts != "")
        if column.required:
            assert len(filled) == len(texts), column.name
        if column.codes:
            assert set(filled) <= set(column.codes), column.name
        elif column.role == "month":
            assert filled.str.contains(r"^20\d\d(0[1-9]|1[0-2])$").all(), column.name
        elif column.logical_type == "date":
            assert filled.str.contains(r"^\d{4}-\d\d-\d\d$").all(), column.name
        elif column.role in ("person_id", "other_id"):
            assert all(ric.calc_check_digit(n) == n[17] for n in filled.unique()), column.name
        elif column.role == "credit_code":
            assert all(uscc.is_valid(code) for code in filled.unique()), column.name
        elif column.role in ("yuan", "square_metres"):
            assert filled.str.contains(r"^\d+\.\d\d$").all(), column.name
    for delivery in deliveries[-3:]:
        once = bureau.rows_of(hamlet_world, delivery)
        keys = [c.name for c in feed.keys]
        if keys:
            assert not once.select(keys).is_duplicated().any()
        assert not once.is_duplicated().any()


@pytest.mark.parametrize("bureau", BUREAUS, ids=lambda b: b.FEED)
def test_the_person_of_a_row_is_the_one_written(hamlet_world: World, bureau) -> None:
    rows = bureau.rows_of(hamlet_world, sent(hamlet_world, bureau.FEED)[-2])
    if "person_id_no" in rows.columns:
        person = rows["_person"].to_numpy()
        expected = np.where(person >= 0, hamlet_world.persons.id_no[np.maximum(person, 0)], "")
        assert rows["person_id_no"].to_list() == expected.tolist()


def test_same_seed_same_bytes_in_every_form(hamlet_world: World, tmp_path: Path) -> None:
    for bureau in (natural_resources, market_supervision, check_centre, human_resources):
        delivery = sent(hamlet_world, bureau.FEED)[-1]
        for name in ("one", "two"):
            (tmp_path / name).mkdir(exist_ok=True)
            write_clean(hamlet_world, delivery, tmp_path / name)
        one, two = (tmp_path / name / delivery.file_name for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_document_nests_shareholders_in_their_enterprise(hamlet_world: World, tmp_path: Path) -> None:
    delivery = sent(hamlet_world, market_supervision.FEED)[-1]
    rows = write_clean(hamlet_world, delivery, tmp_path)
    records = json.loads((tmp_path / delivery.file_name).read_text(encoding="utf-8"))
    assert len({r["uscc"] for r in records}) == len(records)
    assert sum(max(1, len(r["股东"])) for r in records) == rows
    assert {len(r["股东"]) == 0 for r in records} == {True, False}
    shareholder = next(r["股东"] for r in records if r["股东"])[0]
    assert set(shareholder) == {"证件号", "认缴", "实缴", "单位"}
    assert isinstance(shareholder["认缴"], (int, float))
    beside = json.loads((tmp_path / f"{delivery.stem}.meta.json").read_text(encoding="utf-8"))
    assert (beside["row_count"], beside["kind"]) == (rows, "full")


def test_a_document_may_hold_its_list_under_a_name(hamlet_world: World, tmp_path: Path) -> None:
    delivery = sent(hamlet_world, check_centre.FEED)[-1]
    rows = write_clean(hamlet_world, delivery, tmp_path)
    document = json.loads((tmp_path / delivery.file_name).read_text(encoding="utf-8"))
    assert set(document) == {"数据"}
    assert len(document["数据"]) == rows
    assert isinstance(document["数据"][0]["机构数"], int)


def test_nobody_has_the_numbers_written(hamlet_world: World) -> None:
    """A region of the made-up codes, a plate's letter and a parcel's county that were never given out."""
    assert credit_codes("91", [1]) != credit_codes("92", [1])
    for bureau, column, pattern in (
        (traffic_police, "plate_no", r"^渝I[0-9A-HJ-NP-Z]{5}$"),
        (natural_resources, "property_unit_no", r"^512729\d{6}(JC|GB)\d{5}F\d{8}$"),
        (market_supervision, "credit_code", r"^9[123]509900\w{10}$"),
        (marriage_registry, "registration_no", r"^[JLBC]509900-\d{4}-\d{6}$"),
    ):
        for delivery in sent(hamlet_world, bureau.FEED)[-2:]:
            texts = bureau.rows_of(hamlet_world, delivery)[column]
            assert all(re.fullmatch(pattern, text) for text in texts), bureau.FEED
    units = natural_resources.rows_of(hamlet_world, sent(hamlet_world, natural_resources.FEED)[-1])
    assert set(units["property_unit_no"].str.len_chars()) == {28}
