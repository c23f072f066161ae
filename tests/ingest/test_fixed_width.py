"""The quick reading of plain dates and names says the same as the long way."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import dates, normalise
from ingest.fixed_width import plain_dates, plain_names
from tests.ingest.test_values import one

DIGITS = st.text("0123456789-./ 年月日X", min_size=6, max_size=11)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.dates(date(1849, 1, 1), date(2151, 12, 31)).map(str), DIGITS), min_size=1, max_size=20))
def test_plain_dates_are_read_like_the_others(texts: list[str]) -> None:
    """The quick way calls nothing plain that the long way reads otherwise."""
    column = pl.Series("x", texts, dtype=pl.String)
    plain = plain_dates(column)
    long = [one(text, dates.read_date) for text in texts]
    assert [day for day, quick in zip(long, plain.is_plain, strict=True) if quick] == [
        day for day, quick in zip(plain.dates, plain.is_plain, strict=True) if quick
    ]
    assert all(day is None for day, quick in zip(plain.dates, plain.is_plain, strict=True) if not quick)


def test_every_day_of_three_centuries_is_plain() -> None:
    days = [date(1850, 1, 1) + timedelta(days=place) for place in range(0, 109_937, 7)]
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d"):
        found = plain_dates(pl.Series([day.strftime(form) for day in days]))
        assert found.is_plain.all()
        assert found.dates.to_list() == days


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("张三丰·李 ")), max_size=4), max_size=20)
)
def test_plain_names_are_left_alone_by_the_long_way(names: list[str]) -> None:
    column = pl.Series("x", names, dtype=pl.String)
    for name, plain in zip(names, plain_names(column), strict=True):
        if plain:
            assert one(name, normalise.clean_name) == name
