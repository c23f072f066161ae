"""CSV files open right in a Chinese Excel and run nothing there."""

from __future__ import annotations

import csv
import io

import polars
import pytest

from app.download import to_csv


def test_the_file_begins_with_a_byte_order_mark_and_keeps_its_numbers() -> None:
    content = to_csv(polars.DataFrame({"地区": ["白马"], "代码": ["0500156"], "净增减": [-3]}))
    assert content[:3] == b"\xef\xbb\xbf"
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows == [["地区", "代码", "净增减"], ["白马", "0500156", "-3"]]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_looks_like_a_formula_is_disarmed(start: str) -> None:
    cell = f"{start}1+1"
    rows = list(csv.reader(io.StringIO(to_csv(polars.DataFrame({"a": [cell]})).decode("utf-8-sig"), newline="")))
    assert rows[1] == [f"'{cell}"]
