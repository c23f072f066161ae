"""Rows that are no records: totals, subtotals, signatures and repeated headers, at the foot of a table or within it.

In: the first filled cell of every row and the contract's words. Out: which rows are footers, which are totals.
"""

from __future__ import annotations

import re

import polars as pl

from ingest.fixed_width import rows_beyond_ascii
from ingest.normalise import clean, clean_name
from warehouse.contracts import Feed

# A footer with one of these words sums up the rows above it.
TOTALS = r"^(?:本页|本表|全表|全区|全县|以上)?(?:合计|总计|共计|累计)"
# What stands below any table, whatever its contract says of footers.
USUAL = (
    r"^(?:本页|本表|全表|全区|全县|以上)?(?:合计|小计|总计|共计|累计)"
    r"|^(?:制表|填表|审核|复核|审批|填报|报送|经办|统计|单位|部门|分管)?(?:人|日期|时间|单位|员|领导|负责人)(?:签字|签名|盖章|\(盖章\)|\(签字\))?[:]"
    r"|^(?:制表|填表|审核|复核|备注|说明|注)[:]"
    r"|^[-—=*]*以下(?:空白|无正文|无内容)|^共计?[0-9]+(?:条|户|人|笔|行|页)|^第[0-9]+页"
)
# A row in which so many cells are the headers of their columns is the header once more, as on every printed page.
HEADERS_LEAST = 2
# A row that begins like a footer and has this share of its mandatory cells is a record after all.
FILLED_SHARE = 0.5


def footers(first_cells: pl.Series, feed: Feed, cells: pl.DataFrame | None = None) -> pl.Series:
    """Rows whose first filled cell begins with one of the contract's footer words, or with a usual one.

    `cells` are the rows' agreed cells, where they are known: a usual word counts only in a row that is mostly empty.
    """
    nothing = pl.repeat(False, first_cells.len(), dtype=pl.Boolean, eager=True)
    found = _matching(first_cells, USUAL)
    if found is None:
        found = nothing
    elif cells is not None:
        required = [c.name for c in feed.columns if c.required and c.name in cells.columns]
        filled = cells.select(pl.sum_horizontal(pl.col(required).is_not_null())).to_series()
        found &= filled < FILLED_SHARE * len(required)
    if cells is not None:
        found |= _headers_again(first_cells, feed, cells)
    if not feed.skip_rows:
        return found
    words = "|".join(re.escape(word) for word in feed.skip_rows)
    agreed = _matching(first_cells, f"^(?:{words})")
    return found if agreed is None else found | agreed


def totals(first_cells: pl.Series) -> pl.Series:
    """Rows whose first filled cell says that they sum up the others."""
    found = _matching(first_cells, TOTALS)
    return pl.repeat(False, first_cells.len(), dtype=pl.Boolean, eager=True) if found is None else found


def headers_elsewhere(cells: pl.DataFrame, feed: Feed) -> pl.Series:
    """Rows of agreed cells that are a further header line, and one in which columns stand in another order."""
    names = {column.name: {column.header, *column.synonyms} for column in feed.columns}
    known = sorted(set().union(*names.values()))
    is_name = [pl.col(name).str.strip_chars().is_in(known).fill_null(False) for name in cells.columns]
    is_other = [
        pl.col(name).str.strip_chars().is_in([text for text in known if text not in names[name]]).fill_null(False)
        for name in cells.columns
    ]
    is_line = pl.sum_horizontal(is_name) >= max(HEADERS_LEAST, FILLED_SHARE * len(cells.columns))
    return cells.select(is_line & (pl.sum_horizontal(is_other) >= HEADERS_LEAST)).to_series()


def _headers_again(first_cells: pl.Series, feed: Feed, cells: pl.DataFrame) -> pl.Series:
    names = {column.name: [column.header, *column.synonyms] for column in feed.columns}
    likely = first_cells.is_in([name for known in names.values() for name in known]).fill_null(False)
    if not likely.any():
        return likely
    again = pl.sum_horizontal(pl.col(name).is_in(names[name]).fill_null(False) for name in cells.columns)
    return likely & cells.select(again >= HEADERS_LEAST).to_series()


def _matching(cells: pl.Series, words: str) -> pl.Series | None:
    """Cells that begin with such words, None where none does."""
    rows = rows_beyond_ascii(cells)
    if rows.len() == 0:
        return None
    word = clean_name(clean(pl.col("cell")))
    likely = cells.gather(rows).to_frame("cell").lazy().select(word.str.contains(words).fill_null(False))
    found = likely.collect().to_series()
    if not found.any():
        return None
    return pl.repeat(False, cells.len(), dtype=pl.Boolean, eager=True).scatter(rows.filter(found), True)
