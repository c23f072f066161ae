"""A delivered file as a table of text: the cells of its agreed columns, each with the row it stands in.

In: a file's bytes, its form and its contract. Out: `RawTable`. Nothing is typed here, and no row is left out but
blank ones, headers and titles.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ingest.headers import Binding
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

LARGEST_FILE = 1024**3
RAGGED_SCHEMA = {"row_number": pl.Int32, "first_cell": pl.String, "fields": pl.Int32}


@dataclass(frozen=True)
class RawTable:
    """The rows of one file.

    `cells`: one row per whole row, a text column per agreed column that the file has. `row_numbers`: line of the
    file or row of the sheet, the header's first line being 1 in a file without a title. `first_cells`: the first
    cell that isn't empty. `ragged`: rows with too few or too many fields. `number_cells`: by column, which cells
    were numbers where text is due. `rows_counted`: rows by an independent count.
    """

    binding: Binding
    cells: pl.DataFrame
    row_numbers: pl.Series
    first_cells: pl.Series
    ragged: pl.DataFrame
    rows_counted: int
    encoding: str | None = None
    number_cells: dict[str, pl.Series] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Whole and ragged rows (rows)."""
        return self.cells.height + self.ragged.height


def no_ragged_rows() -> pl.DataFrame:
    """An empty frame of ragged rows."""
    return pl.DataFrame(schema=RAGGED_SCHEMA)


def check_size(content: bytes, file: str) -> None:
    """Refuse an empty file and one too large to be read in one piece. Raises: RefusedFile."""
    if not content.strip():
        raise RefusedFile(
            "empty_file",
            "the file is empty",
            where=file,
            expected="a header and rows",
            found=f"{len(content)} bytes",
            remedy="export the file again; for a period without rows send the header and a sidecar with row_count 0",
        )
    if len(content) > LARGEST_FILE:
        raise RefusedFile(
            "too_large",
            "the file is too large",
            where=file,
            expected=f"at most {LARGEST_FILE:,} bytes",
            found=f"{len(content):,} bytes",
            remedy="send the period in several batches",
        )


def check_count(table: RawTable, feed: Feed, file: str, declared: int | None) -> None:
    """Compare the rows read with the independent count, and refuse a file without rows unless it says so.

    Raises: RefusedFile.
    """
    if table.rows_read != table.rows_counted:
        raise RefusedFile(
            "count_differs",
            "two counts of the file's rows disagree",
            where=file,
            expected=f"{table.rows_counted} rows",
            found=f"{table.rows_read} rows",
            remedy="look for unbalanced quotation marks or line breaks within cells, and send the file again",
        )
    if table.rows_read == 0 and declared != 0:
        raise RefusedFile(
            "header_only",
            "the file has a header and no rows",
            where=file,
            expected="rows, or a sidecar that says row_count 0",
            found="0 rows",
            remedy="send the rows; when there are none in the period, say row_count 0 in the sidecar",
        )
