"""Text as the bureaus meant it: full-width, spaces of every kind, invisible characters, Excel's leading apostrophe.

In: columns of text as read. Out: the same columns cleaned, empty cells null; free text without the numbers that may be
somebody's. Never changes a value's meaning.
"""

from __future__ import annotations

import polars as pl

# Below this many rows one expression over the whole column is quicker than finding its distinct values first.
SMALL = 20_000
PLAIN = r"^[\x21-\x26\x28-\x7E\u00B7\u4E00-\u9FFF](?:[\x20-\x7E\u00B7\u4E00-\u9FFF]*[\x21-\x7E\u4E00-\u9FFF])?$"
INVISIBLE = r"[\p{Cf}\p{Cc}&&[^\t\n\r]]"
MIDDLE_DOTS = r"[\u2022\u30FB\u2027\u2219\u22C5\u2024\uFF65\u25CF\u0387\u00B7]"
# A dot between two Han characters is a transliterated name's divider, typed on the wrong key.
DOT_BETWEEN_HAN = r"(\p{Han})[.\u3002](\p{Han})"
ODD_IN_NAME = r"[?\u{FFFD}\u{E000}-\u{F8FF}\u{F0000}-\u{10FFFD}]"
# Seven digits in a row, or eleven with a space or hyphen between some: an account, a phone or an identity number.
LONG_NUMBER = r"[0-9](?:[ \-]?[0-9]){10,}[Xx]?|[0-9]{7,}[Xx]?"
# Whole texts with long numbers that are nobody's: places of the district, amounts of money, hashes.
NOBODYS = r"^(?:500156[0-9]{6}|-?[0-9]{7,9}\.[0-9]{2}|[0-9a-f]{32})$"
_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
IDENTITY_NUMBER = rf"({_PROVINCE}[0-9]{{4}}(?:18|19|20)[0-9]{{2}}{_MONTH_DAY}[0-9]{{3}}[0-9Xx])"
SOMEBODYS = r"(?:^|[^0-9])(?:1[3-9][0-9]{9}|62[0-9]{14,17})(?:$|[^0-9])"
# Numbers of 15 places were given until 1999, so none begins with the district's code of today; household numbers do.
OLD_NUMBER = rf"(?:^|[^0-9])({_PROVINCE}[0-9]{{6}}{_MONTH_DAY}[0-9]{{3}})(?:$|[^0-9])"
DISTRICT = "500156"


def clean_column(texts: pl.Series) -> pl.Series:
    """Cells in NFKC without invisible characters, outer spaces and a leading apostrophe; empty ones are null.

    Only the cells that need it are touched: few do.
    """
    if texts.len() == 0:
        return texts
    odd = (~texts.str.contains(PLAIN)).fill_null(False)
    if not odd.any():
        return texts
    places = odd.arg_true()
    cleaned = texts.gather(places).to_frame("text").lazy().select(clean(pl.col("text"))).collect().to_series()
    return texts.clone().scatter(places, cleaned)


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
    """Free text with every number blanked that may be somebody's account, phone or identity number."""
    blanked = text.str.replace_all(LONG_NUMBER, "#")
    return pl.when(text.str.contains(NOBODYS)).then(text).otherwise(blanked)


def identity_number_in(text: pl.Expr) -> pl.Expr:
    """The first 18 places within an identifier that look like an identity number."""
    return text.str.extract(IDENTITY_NUMBER, 1).str.to_uppercase()


def holds_other_number(text: pl.Expr) -> pl.Expr:
    """Whether an identifier is, or holds, what looks like a mobile number, a bank card or an identity number of old."""
    old_number = text.str.extract(OLD_NUMBER, 1)
    return text.str.contains(SOMEBODYS) | (old_number.is_not_null() & ~old_number.str.starts_with(DISTRICT))
