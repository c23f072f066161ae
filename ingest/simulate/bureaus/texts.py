"""How bureaus write what they know: labels of codes, money, days; whole columns at a time."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.timeline import Days, iso_texts
from warehouse.contracts import Feed, load_feeds


@functools.cache
def feed(feed_id: str) -> Feed:
    """One feed's contract."""
    return load_feeds()[feed_id]


def labels(feed_id: str, column: str, codes: npt.NDArray[np.str_]) -> pl.Series:
    """The contract's labels for codes; empty for an empty code."""
    mapping = {"": "", **feed(feed_id).column(column).labels}
    known = np.array(sorted(mapping))
    texts = pl.Series([mapping[code] for code in known])
    return texts.gather(pl.Series(np.searchsorted(known, codes)))


def yes_no(flags: npt.NDArray[np.bool_]) -> pl.Series:
    """是 or 否."""
    return pl.Series(["否", "是"]).gather(pl.Series(np.asarray(flags).astype(np.int8)))


def money(fen: npt.NDArray[np.int64]) -> pl.Series:
    """Amounts in yuan with two decimals."""
    amount = pl.Series(np.asarray(fen, dtype=np.int64))
    whole = (amount.abs() // 100).cast(pl.String)
    part = (amount.abs() % 100).cast(pl.String).str.zfill(2)
    sign = pl.Series(np.where(np.asarray(fen) < 0, "-", ""))
    return sign + whole + "." + part


def dates(days: Days) -> pl.Series:
    """Days as YYYY-MM-DD; empty for NEVER."""
    return pl.Series(iso_texts(days))


def text_of(values: npt.NDArray[np.str_]) -> pl.Series:
    """A column of texts."""
    return pl.Series(np.asarray(values).tolist(), dtype=pl.String)
