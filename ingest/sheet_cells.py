"""The cells of a sheet from its XML, a piece of whole rows at a time: where each stands, what it says, what it was.

In: the XML between two rows. Out: a frame of cells. polars takes the XML apart by its own expressions: as fast as a
parser that holds the whole sheet, and in as much memory as a piece takes.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import polars as pl

from ingest.workbook_texts import joined_runs, unescaped

FORMULA_TEXT, ERROR_TEXT = "#FORMULA", "#ERROR"
PLACE = r'r="(?<letters>[A-Z]{1,3})(?<row>[0-9]{1,7})"'
# How nearly every program writes a cell; the others go the longer way, with the same result.
USUAL = rf'^{PLACE}(?: s="(?<style>[0-9]+)")?(?: t="(?<kind>[a-zA-Z]+)")?(?:/>|>(?:<v>(?<written>[^<]*)</v>)?</c>)'
CELL_START = re.compile(r"<c(?=[\s>])\s*")
UNNUMBERED = re.compile(r'<(?:c|row)(?=[\s/>])(?![^>]*\br=")')
ROW_OR_CELL = re.compile(r'<(row|c)(?=[\s/>])((?:[^>"]|"[^"]*")*?)(/?)>')
PLACE_WRITTEN = re.compile(r'\br="([A-Z]*)(\d+)"')
# Day 60 of a sheet is 29 February 1900, which never was: from March 1900 on the count fits this day 0.
EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
LAST_DAY = 2_958_465
# A spreadsheet keeps 15 places of a number; what is written behind them is the noise of its binary form.
EXACT_DIGITS = 15
LONG_NUMBER = rf"[eE]|[0-9.]{{{EXACT_DIGITS + 1},}}"
CELLS = {
    "row": pl.Int32, "column": pl.Int32, "text": pl.String, "is_number": pl.Boolean, "is_bad": pl.Boolean,
}  # fmt: skip


def read_cells(xml: str, texts: pl.Series, date_styles: frozenset[int], from_1904: bool) -> pl.DataFrame:
    """The filled cells in some rows.

    Grain: one row per cell that says something. Columns: row (from 1), column (from 0), text, is_number (written as a
    number and not shown as a date), is_bad (an error, or a formula whose result was not saved).
    """
    if any(f"<c{mark}" in xml for mark in ">\n\r\t"):
        xml = CELL_START.sub("<c ", xml)
    parts = pl.Series("cell", [xml]).str.split("<c ").explode().slice(1)
    if parts.len() == 0:
        return pl.DataFrame(schema=CELLS)
    cells = parts.str.extract_groups(USUAL).struct.unnest()
    unusual = cells["row"].is_null().arg_true()
    cells = cells.with_columns(has_formula=pl.lit(False), runs=pl.lit(None, dtype=pl.String))
    if unusual.len():
        other = _read_unusual(parts.gather(unusual))
        cells = cells.with_row_index("place").update(other.with_columns(place=unusual), on="place").drop("place")
    return _meanings(cells, texts, date_styles, from_1904)


def number_rows(xml: str, row: int) -> tuple[str, int]:
    """Rows and cells that don't say where they stand, told so by their order; `row` is the last one before."""
    # Nearly every program writes the place first: then counting tells what a search would.
    are_usual = all(xml.count(f"<{tag} ") == xml.count(f'<{tag} r="') for tag in ("row", "c"))
    if (are_usual and "<row>" not in xml and "<c>" not in xml) or not UNNUMBERED.search(xml):
        last = PLACE_WRITTEN.search(xml, xml.rfind("<row")) if "<row" in xml else None
        return xml, int(last[2]) if last else row
    column = 0

    def numbered(match: re.Match[str]) -> str:
        nonlocal row, column
        is_row, attributes = match[1] == "row", match[2]
        written = PLACE_WRITTEN.search(attributes)
        if is_row:
            row, column = int(written[2]) if written else row + 1, 0
            place = str(row)
        else:
            column = column_index(written[1]) + 1 if written else column + 1
            place = f"{column_letters(column - 1)}{row}"
        own = attributes if written else f' r="{place}"{attributes}'
        return f"<{match[1]}{own}{match[3]}>"

    return ROW_OR_CELL.sub(numbered, xml), row


def column_index(letters: str) -> int:
    """The place of a column from its letters: A is 0."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def column_letters(index: int) -> str:
    """The letters of a column from its place."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _read_unusual(parts: pl.Series) -> pl.DataFrame:
    attributes = parts.str.extract(r'^((?:[^>"]|"[^"]*")*)>')
    body = pl.when(attributes.str.ends_with("/")).then(pl.lit("")).otherwise(parts.str.extract(r"(?s)^(.*?)</c>"))
    return pl.select(
        letters=attributes.str.extract(r'(?:^|\s)r="([A-Z]+)'),
        row=attributes.str.extract(r'(?:^|\s)r="[A-Z]+([0-9]+)"'),
        style=attributes.str.extract(r'(?:^|\s)s="([0-9]+)"'),
        kind=attributes.str.extract(r'(?:^|\s)t="([a-zA-Z]+)"'),
        body=body,
    ).select(
        "letters",
        "row",
        "style",
        "kind",
        written=pl.col("body").str.extract(r"<v(?: [^>]*)?>([^<]*)</v>"),
        has_formula=pl.col("body").str.contains(r"<f[\s/>]"),
        runs=pl.when(pl.col("kind") == "inlineStr").then(pl.col("body").map_batches(joined_runs)),
    )


def _meanings(cells: pl.DataFrame, texts: pl.Series, date_styles: frozenset[int], from_1904: bool) -> pl.DataFrame:
    kind, written = pl.col("kind").fill_null("n"), pl.col("written")
    cells = (
        cells.lazy()
        .with_columns(
            kind=kind,
            row=pl.col("row").cast(pl.Int32, strict=False),
            # An empty result of a formula is a result; one that was never worked out leaves no kind behind.
            lacks_result=pl.col("has_formula") & (written.fill_null("") == "") & (kind == "n"),
        )
        .collect()
    )
    letters = cells["letters"].unique().drop_nulls()
    places = pl.Series([column_index(text) for text in letters], dtype=pl.Int32)
    shared = cells["written"].cast(pl.Int64, strict=False)
    is_shared = (cells["kind"] == "s") & shared.is_between(0, texts.len() - 1).fill_null(False)
    shared_text = (
        texts.gather(shared.set(~is_shared, None).cast(pl.UInt32))
        if texts.len()
        else pl.Series([None], dtype=pl.String)
    )
    # A cell that refers to a text that isn't there says something that is lost.
    is_lost = (cells["kind"] == "s") & ~is_shared & cells["written"].is_not_null()
    number = _numbers(cells["written"].set(cells["kind"] != "n", None))
    is_date = cells["style"].cast(pl.Int64, strict=False).is_in(sorted(date_styles)) & number.is_not_null()
    shown = _dates(number, is_date, from_1904) if is_date.any() else number
    text = (
        pl.when(pl.col("lacks_result")).then(pl.lit(FORMULA_TEXT))
        .when((pl.col("kind") == "s") & is_lost).then(pl.lit(ERROR_TEXT))
        .when(pl.col("kind") == "s").then(shared_text)
        .when(pl.col("kind") == "n").then(shown)
        .when(pl.col("kind") == "inlineStr").then(pl.col("runs"))
        .when(pl.col("kind") == "e").then(pl.lit(ERROR_TEXT))
        .when(pl.col("kind") == "b").then(pl.when(pl.col("written") == "1").then(pl.lit("true")).otherwise(pl.lit("false")))
        .otherwise(unescaped(cells["written"]))
    )  # fmt: skip
    return (
        cells.with_columns(text=text, is_date=is_date, is_lost=is_lost)
        .filter(pl.col("text").is_not_null() & (pl.col("text") != ""))
        .select(
            "row",
            pl.col("letters").replace_strict(letters, places, default=None, return_dtype=pl.Int32).alias("column"),
            "text",
            ((pl.col("kind") == "n") & ~pl.col("is_date").fill_null(False) & ~pl.col("lacks_result")).alias(
                "is_number"
            ),
            (pl.col("lacks_result") | (pl.col("kind") == "e") | pl.col("is_lost")).alias("is_bad"),
        )
    )


def _numbers(written: pl.Series) -> pl.Series:
    """Numbers in plain digits, as Excel shows them: 15 places that count, 5.1E+17 written out, 1200.0 as 1200."""
    plain = written.str.replace(r"\.0+$", "")
    places = plain.str.contains(LONG_NUMBER).fill_null(False).arg_true()
    if places.len():
        plain = plain.scatter(places, pl.Series([_in_digits(text) for text in plain.gather(places)], dtype=pl.String))
    return plain


def _in_digits(text: str) -> str:
    try:
        digits = format(Decimal(format(float(text), f".{EXACT_DIGITS}g")), "f")
    except ValueError:
        return text
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _dates(number: pl.Series, is_date: pl.Series, from_1904: bool) -> pl.Series:
    """Days for the numbers that a style shows as such, with the time where there is one."""
    value, first = pl.col("value"), pl.lit(EPOCH_1904 if from_1904 else EPOCH).cast(pl.Datetime("us"))
    moment = first + pl.duration(seconds=(value * 86_400).round())
    is_whole = value == value.floor()
    day = pl.when(is_whole).then(moment.dt.strftime("%Y-%m-%d")).otherwise(moment.dt.strftime("%Y-%m-%d %H:%M:%S"))
    shown = pl.when(pl.col("is_date") & value.is_between(1, LAST_DAY)).then(day).otherwise(pl.col("number"))
    frame = pl.DataFrame({"number": number, "is_date": is_date, "value": number.cast(pl.Float64, strict=False)})
    return frame.select(shown.alias("shown")).to_series()
