"""Text as the bureaus meant it: full-width, spaces of every kind, invisible characters, Excel's leading apostrophe.

In: columns of text as read. Out: the same columns cleaned, empty cells null; and the way to apply a reader to a
column's distinct values. Never changes a value's meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

# Below this many rows one expression over the whole column is quicker than finding its distinct values first.
SMALL = 20_000
PLAIN = r"^[\x21-\x26\x28-\x7E\u00B7\u4E00-\u9FFF](?:[\x20-\x7E\u00B7\u4E00-\u9FFF]*[\x21-\x7E\u4E00-\u9FFF])?$"
INVISIBLE = r"[\p{Cf}\p{Cc}&&[^\t\n\r]]"
MIDDLE_DOTS = r"[\u2022\u30FB\u2027\u2219\u22C5\u2024\uFF65\u25CF\u0387\u00B7]"
# A dot between two Han characters is a transliterated name's divider, typed on the wrong key.
DOT_BETWEEN_HAN = r"(\p{Han})[.\u3002](\p{Han})"
ODD_IN_NAME = r"[?\u{FFFD}\u{E000}-\u{F8FF}\u{F0000}-\u{10FFFD}]"
LONG_NUMBER = r"[0-9]{7,}[0-9Xx]?"
Reader = Callable[[pl.Expr], pl.Expr]


def clean_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells in NFKC without invisible characters, outer spaces and a leading apostrophe; empty ones are null.

    Only the columns, and in a long table only the cells, that need it are touched: few do.
    """
    if cells.width == 0 or cells.height == 0:
        return cells
    is_odd = cells.select(~pl.all().str.contains(PLAIN).fill_null(True).all()).row(0)
    odd = [name for name, flag in zip(cells.columns, is_odd, strict=True) if flag]
    if cells.height <= SMALL:
        return cells.with_columns(clean(pl.col(name)) for name in odd)
    for name in odd:
        texts = cells[name]
        places = (~texts.str.contains(PLAIN)).fill_null(False).arg_true()
        cleaned = texts.gather(places).to_frame().select(clean(pl.col(name))).to_series()
        cells = cells.with_columns(texts.clone().scatter(places, cleaned))
    return cells


def clean(text: pl.Expr) -> pl.Expr:
    """One column of text, cleaned."""
    cleaned = (
        text.str.normalize("NFKC")
        .str.replace_all(INVISIBLE, "")
        .str.replace_all(r"\s+", " ")
        .str.replace(r"^[\s'\u2018\u2019`]+", "")
        .str.strip_chars()
    )
    return empty_as_null(cleaned)


def empty_as_null(text: pl.Expr) -> pl.Expr:
    """Text with empty cells as null."""
    return pl.when(text != "").then(text)


def compact(text: pl.Expr) -> pl.Expr:
    """Cleaned text without any space: for numbers, codes and dates."""
    return text.str.replace_all(" ", "", literal=True)


def clean_name(text: pl.Expr) -> pl.Expr:
    """A name from cleaned text: no inner spaces, one kind of middle dot."""
    return compact(text).str.replace_all(MIDDLE_DOTS, "·").str.replace_all(DOT_BETWEEN_HAN, "$1·$2")


def without_long_numbers(text: pl.Expr) -> pl.Expr:
    """Free text with every run of 7 or more digits blanked: an account, phone or identity number may hide in it."""
    return text.str.replace_all(LONG_NUMBER, "#")


def read_values(texts: pl.DataFrame, readers: Mapping[str, Reader]) -> pl.DataFrame:
    """Each named column read by its reader; in a long table the distinct values are read and spread over it."""
    if texts.height <= SMALL:
        return _select(texts, [reader(pl.col(name)).alias(name) for name, reader in readers.items()])
    return pl.DataFrame([_by_distinct(texts[name], reader) for name, reader in readers.items()])


def _by_distinct(texts: pl.Series, reader: Reader) -> pl.Series:
    read = reader(pl.col("text")).alias("text")
    # An empty cell is a value too: some code lists read it as a code.
    distinct = texts.unique().to_frame("text")
    if distinct.height * 2 > texts.len():
        return _select(texts.to_frame("text"), [read])["text"].rename(texts.name)
    values = _select(distinct, [read])["text"]
    return texts.replace_strict(distinct["text"], values, default=None, return_dtype=values.dtype)


def _select(frame: pl.DataFrame, expressions: list[pl.Expr]) -> pl.DataFrame:
    # A reader names its steps more than once; only the lazy engine takes each step once (measured: six times faster).
    return frame.lazy().select(expressions).collect()
