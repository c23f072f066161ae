"""What only the whole file can tell: numbers a spreadsheet cut, amounts in another unit, counts, sums, bad codes.

In: one chunk of the file after the other, read and judged. Out: `FileFacts` to read it by, the refusal of a file that
contradicts its sidecar, warnings for the manifest. The answers are the same whatever the size of the chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import polars as pl

from ingest.amounts import worth
from ingest.footers import footers, headers_elsewhere, totals
from ingest.headers import Binding, header_key
from ingest.tables import RawTable
from ingest.whole_columns import MedianSide, SpreadsheetZeros
from warehouse.contracts import Column, Feed
from warehouse.errors import RefusedFile

if TYPE_CHECKING:
    from ingest.columns import Readings
    from ingest.validate import Judgement

# More unknown codes than this share of the rows are another code list, not a slip (domain.md §3.3, BLOCK).
UNKNOWN_CODES_SHARE = 0.01
UNKNOWN_CODES_LEAST = 2
ROWS_NAMED = 3
NO_MEASURE = ("footer_row", "test_row", "duplicate_row")
SUM = pl.Decimal(38, 2)


@dataclass(frozen=True)
class FileFacts:
    """What the whole file says of its columns.

    `lost_precision`: columns of numbers that came out of a spreadsheet. `unit_factors`: by column, what its amounts
    must be multiplied by to be in the contract's unit.
    """

    lost_precision: frozenset[str] = frozenset()
    unit_factors: Mapping[str, Decimal] = field(default_factory=dict)


# What is known before the file has been read once.
NOTHING_YET = FileFacts()


class FactsCollector:
    """Facts of one file, gathered chunk by chunk."""

    def __init__(self, feed: Feed, binding: Binding) -> None:
        self._feed, self._binding = feed, binding
        self._rows = self._footers = self._unknown = 0
        self._unknown_rows: list[int] = []
        self._moved_rows: list[int] = []
        self._unknown_columns: dict[str, int] = {}
        summed = [c for c in feed.columns if c.keep and c.logical_type in ("number", "integer")]
        self._sums = {column.name: Decimal(0) for column in summed}
        self._unreadable: set[str] = set()
        self._footer_totals: list[tuple[str, Decimal, Decimal]] = []
        self._factors: Mapping[str, Decimal] = {}
        self._zeros: dict[str, SpreadsheetZeros] = {}
        self._medians: dict[str, MedianSide] = {}

    def add(self, table: RawTable, readings: Readings, judgement: Judgement) -> None:
        """Take the next chunk in."""
        self._rows += table.rows_read
        self._factors = readings.unit_factors
        refused = judgement.refused
        footer_places = refused.filter(pl.col("rule") == "footer_row")["place"]
        self._footers += footer_places.len() + int(footers(table.ragged["first_cell"], self._feed).sum())
        self._add_moved(table, refused)
        self._add_codes(table, refused)
        self._add_sums(table, readings, footer_places)
        for name, written in readings.numbers.items():
            self._zeros.setdefault(name, SpreadsheetZeros()).add(written)
        if readings.unstated:
            measured = pl.repeat(True, table.cells.height, dtype=pl.Boolean, eager=True)
            measured = measured.scatter(refused.filter(pl.col("rule").is_in(NO_MEASURE))["place"], False)
            for name, values in readings.unstated.items():
                side = self._medians.setdefault(name, MedianSide.of(self._feed.column(name)))
                side.add(values.filter(measured))

    def facts(self) -> FileFacts:
        """What the chunks taken in so far say of the whole."""
        factors = {name: side.factor() for name, side in sorted(self._medians.items())}
        return FileFacts(
            frozenset(name for name, zeros in self._zeros.items() if zeros.are_made()),
            {name: factor for name, factor in factors.items() if factor is not None},
        )

    def check_declared(self, sidecar: Mapping[str, Any], file: str) -> None:
        """Compare the sidecar's row count and control totals with the file; footers are no rows of the bureau's.

        Raises: RefusedFile.
        """
        declared, control_totals = sidecar.get("row_count"), sidecar.get("control_totals", {})
        records = self._rows - self._footers
        if declared is not None and declared not in (records, self._rows):
            raise RefusedFile(
                "row_count_differs",
                "the file doesn't hold the rows its sidecar declares",
                where=file,
                expected=f"{declared} rows",
                found=f"{records} rows",
                remedy="send the whole file again with the sidecar made from it",
            )
        for label, total in control_totals.items():
            self._check_total(label, total, file)

    def check_codes(self, file: str) -> None:
        """Refuse a file whose columns change places on the way, or in which more than one row in a hundred carries a
        code outside the list. Raises: RefusedFile.
        """
        if self._moved_rows:
            raise RefusedFile(
                "header_doubled",
                "a further header line puts columns elsewhere",
                where=f"{file}: row {self._moved_rows[0]}",
                expected="one table, its columns in one order to the end",
                found="another order below a second header",
                remedy="put all rows under one header and send the file again",
            )
        limit = UNKNOWN_CODES_SHARE * self._rows
        if self._unknown < UNKNOWN_CODES_LEAST or self._unknown <= limit:
            return
        by_column = sorted(self._unknown_columns, key=lambda name: (-self._unknown_columns[name], name))
        column = self._feed.column(by_column[0]).header if by_column else "several columns"
        rows = ", ".join(map(str, self._unknown_rows))
        raise RefusedFile(
            "codes_unknown",
            "too many codes are outside the agreed list",
            where=f"{file}: {column}, first in rows {rows}",
            expected=f"at most {UNKNOWN_CODES_SHARE:.0%} of the rows",
            found=f"{self._unknown} of {self._rows} rows",
            remedy="send the agreed codes, or agree the new ones in the contract",
        )

    def warnings(self) -> list[str]:
        """What the manifest should say of the file (one line each)."""
        found = []
        for name, factor in self._factors.items():
            found.append(f"unit_corrected: {self._feed.column(name).header} × {factor}")
        wrong = {name for name, total, above in self._footer_totals if total not in (above, self._sums[name])}
        for name in sorted(wrong - self._unreadable):
            found.append(f"footer_total_differs: {self._feed.column(name).header}")
        return found

    def _add_moved(self, table: RawTable, refused: pl.DataFrame) -> None:
        # A header's cells are no values: its row is among the refused ones.
        places = refused["place"]
        if places.len() and table.cells.width:
            moved = table.row_numbers.gather(places).filter(headers_elsewhere(table.cells[places], self._feed))
            self._moved_rows = (self._moved_rows + moved.head(1).to_list())[:1]

    def _add_codes(self, table: RawTable, refused: pl.DataFrame) -> None:
        unknown = refused.filter((pl.col("rule") == "code_unknown") | pl.col("also").str.contains("code_unknown"))
        if unknown.height == 0:
            return
        self._unknown += unknown.height
        rows = table.row_numbers.gather(unknown["place"].head(ROWS_NAMED)).to_list()
        self._unknown_rows = (self._unknown_rows + rows)[:ROWS_NAMED]
        named = unknown.filter(pl.col("rule") == "code_unknown")["column_name"].value_counts()
        for name, count in named.iter_rows():
            self._unknown_columns[name] = self._unknown_columns.get(name, 0) + count

    def _add_sums(self, table: RawTable, readings: Readings, footer_places: pl.Series) -> None:
        self._unreadable |= {name for rule, name in readings.faults if rule == "amount_unreadable"}
        names = [name for name in self._sums if name in table.cells.columns]
        if not names:
            return
        values = readings.values.select(pl.col(names).cast(SUM))
        if footer_places.len():
            is_total = totals(table.first_cells)
            for place in footer_places.filter(is_total.gather(footer_places)):
                above = (
                    values.head(place).with_row_index("place").filter(~pl.col("place").is_in(footer_places.implode()))
                )
                before = above.drop("place").sum().row(0, named=True)
                for name, total in values.row(place, named=True).items():
                    if total is not None:
                        self._footer_totals.append((name, total, self._sums[name] + (before[name] or 0)))
            values = (
                values.with_row_index("place").filter(~pl.col("place").is_in(footer_places.implode())).drop("place")
            )
        for name, total in values.sum().row(0, named=True).items():
            self._sums[name] += total or 0

    def _check_total(self, label: str, total: object, file: str) -> None:
        column = self._labelled(label)
        if column is None or column.name not in self._sums:
            raise _total_refusal(file, "a control total of an agreed amount", "a total of something else")
        if column.name in self._unreadable:
            # A row whose amount is unreadable goes to quarantine; its total can't be told, the intake gate sees the row.
            return
        try:
            expected = Decimal(str(total))
        except InvalidOperation:
            raise _total_refusal(f"{file}: {column.header}", "a number", "something else") from None
        found = self._sums[column.name]
        # A bureau sums up what stands in its file: in the file's unit, where that isn't the contract's.
        unit = worth(column, self._binding.units.get(column.name)) * self._factors.get(column.name, Decimal(1))
        if found not in (expected, expected * unit):
            raise _total_refusal(f"{file}: {column.header}", f"{expected:,.2f}", f"{found:,.2f}")

    def _labelled(self, label: str) -> Column | None:
        """The column that a control total is of: by its name, its header, or the header that the file has."""
        wanted = {header_key(header): name for header, name in self._binding.found.items()}.get(header_key(label))
        for column in self._feed.columns:
            if label == column.name or column.name == wanted or header_key(label) == header_key(column.header):
                return column
        return None


def _total_refusal(where: str, expected: str, found: str) -> RefusedFile:
    return RefusedFile(
        "control_total_differs",
        "the file's amounts don't add up to the control total in its sidecar",
        where=where,
        expected=expected,
        found=found,
        remedy="send the whole file again with the sidecar made from it",
    )
