"""How bureaus write what they know: labels of codes, money, days; whole columns at a time."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ingest.simulate.timeline import Days, iso_texts
from warehouse.contracts import FEEDS, Feed, load_feed

FEW = 2_000  # rows below which plain Python is quicker than an expression


@functools.cache
def feed(feed_id: str) -> Feed:
    """One feed's contract."""
    return load_feed(FEEDS / f"{feed_id}.yaml")


def labels(feed_id: str, column: str, codes: npt.NDArray[np.str_]) -> pl.Series:
    """The contract's labels for codes; empty for an empty code."""
    mapping = {"": "", **feed(feed_id).column(column).labels}
    if len(codes) < FEW:
        return pl.Series([mapping[code] for code in codes.tolist()], dtype=pl.String)
    known = np.array(sorted(mapping))
    texts = pl.Series([mapping[code] for code in known.tolist()])
    return texts.gather(pl.Series(np.searchsorted(known, codes)))


def yes_no(flags: npt.NDArray[np.bool_]) -> pl.Series:
    """是 or 否."""
    return text_of(np.where(flags, "是", "否"))


def money(fen: npt.NDArray[np.int64]) -> pl.Series:
    """Amounts in yuan with two decimals."""
    if len(fen) < FEW:
        return pl.Series(
            [f"{'-' if f < 0 else ''}{abs(f) // 100}.{abs(f) % 100:02d}" for f in fen.tolist()], dtype=pl.String
        )
    amount = pl.Series(np.asarray(fen, dtype=np.int64))
    whole = (amount.abs() // 100).cast(pl.String)
    part = (amount.abs() % 100).cast(pl.String).str.zfill(2)
    sign = pl.Series(np.where(fen < 0, "-", ""))
    return sign + whole + "." + part


def dates(days: Days) -> pl.Series:
    """Days as YYYY-MM-DD; empty for NEVER."""
    return pl.Series(iso_texts(days))


def text_of(values: Sequence[str] | npt.NDArray[np.str_]) -> pl.Series:
    """A column of texts."""
    return pl.Series(values.tolist() if isinstance(values, np.ndarray) else list(values), dtype=pl.String)


def numbered(prefix: str, numbers: npt.NDArray[np.integer[Any]], width: int) -> pl.Series:
    """Running numbers as a bureau writes them: a prefix and `width` places."""
    if len(numbers) < FEW:
        return pl.Series([f"{prefix}{number:0{width}d}" for number in numbers.tolist()], dtype=pl.String)
    return prefix + pl.Series(np.asarray(numbers, dtype=np.int64)).cast(pl.String).str.zfill(width)


def where_known(texts: pl.Series, known: npt.NDArray[np.bool_]) -> pl.Series:
    """The texts, empty where they are not known."""
    return texts.zip_with(pl.Series(known), pl.Series([""] * len(texts), dtype=pl.String))
