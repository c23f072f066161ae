"""A delivered file as a table of text, a chunk of rows at a time: the cells of its agreed columns, each with its row.

In: a file's bytes, its form and its contract. Out: `OpenTable` and its `RawTable`s. Nothing is typed here, and no row
is left out but blank ones, headers and titles. Memory depends on the size of a chunk, never on that of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from ingest.headers import Binding
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

LARGEST_FILE = 1024**3
# Text of one chunk (bytes): some ten thousand rows of a usual extract.
CHUNK_BYTES = 8 * 1024 * 1024
CHUNK_ROWS = 100_000
# No record of a bureau comes near it; a longer line is a file that is no table.
LONGEST_LINE = 1024 * 1024
# The widest extract has 30 columns.
MOST_COLUMNS = 500
RAGGED_SCHEMA = {"row_number": pl.Int32, "first_cell": pl.String, "fields": pl.Int32}
# Gives the file's bytes from the beginning, in pieces of a few MiB, each time it is called.
Source = Callable[[], Iterator[bytes]]


@dataclass(frozen=True)
class RawTable:
    """Some rows of one file that follow each other.

    `cells`: one row per whole row, a text column per agreed column that the file has. `row_numbers`: line of the
    file or row of the sheet, the header's first line being 1 in a file without a title. `first_cells`: the first
    cell that isn't empty. `ragged`: rows with too few or too many fields. `number_cells`: by column, which cells
    were numbers where text is due. `bad_cells`: by column, which cells hold an error or a formula without a result,
    only where one does. `rows_counted`: rows by an independent count.
    """

    binding: Binding
    cells: pl.DataFrame
    row_numbers: pl.Series
    first_cells: pl.Series
    ragged: pl.DataFrame
    rows_counted: int
    encoding: str | None = None
    number_cells: dict[str, pl.Series] = field(default_factory=dict)
    bad_cells: dict[str, pl.Series] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Whole and ragged rows (rows)."""
        return self.cells.height + self.ragged.height

    def marked_bad(self, name: str) -> pl.Series:
        """Which cells of a column hold an error or a formula without a result."""
        nowhere = pl.repeat(False, self.cells.height, dtype=pl.Boolean, eager=True)
        return self.bad_cells.get(name, nowhere)


@dataclass(frozen=True)
class OpenTable:
    """A file whose header is bound: its chunks come once, in the order of the file, and there is at least one.

    `notes`: what the manifest should say of the file, as (short warnings).
    """

    binding: Binding
    encoding: str | None
    chunks: Iterator[RawTable]
    notes: tuple[str, ...] = ()

    def whole(self) -> RawTable:
        """All rows in one piece: for a file that is known to be small."""
        chunks = list(self.chunks)
        if len(chunks) == 1:
            return chunks[0]
        bad = {name for chunk in chunks for name in chunk.bad_cells}
        return replace(
            chunks[0],
            cells=pl.concat([chunk.cells for chunk in chunks]),
            row_numbers=pl.concat([chunk.row_numbers for chunk in chunks]),
            first_cells=pl.concat([chunk.first_cells for chunk in chunks]),
            ragged=pl.concat([chunk.ragged for chunk in chunks]),
            rows_counted=sum(chunk.rows_counted for chunk in chunks),
            number_cells={
                name: pl.concat([chunk.number_cells[name] for chunk in chunks]) for name in chunks[0].number_cells
            },
            bad_cells={name: pl.concat([chunk.marked_bad(name) for chunk in chunks]) for name in sorted(bad)},
        )


def no_ragged_rows() -> pl.DataFrame:
    """An empty frame of ragged rows."""
    return pl.DataFrame(schema=RAGGED_SCHEMA)


def first_filled(cells: pl.DataFrame) -> pl.Series:
    """The first cell of every row that isn't empty."""
    return cells.select(pl.coalesce(pl.all()).alias("first_cell")).to_series()


def in_memory(content: bytes, piece: int = CHUNK_BYTES) -> Source:
    """A source over bytes that are held already."""
    return lambda: iter([content[start : start + piece] for start in range(0, max(len(content), 1), piece)])


def checked_content(pieces: Iterable[bytes], file: str) -> Iterator[bytes]:
    """The pieces of a file as they come. Raises: RefusedFile for one that is empty or too large."""
    size, filled = 0, False
    for piece in pieces:
        size += len(piece)
        filled = filled or bool(piece.strip())
        if size > LARGEST_FILE:
            raise RefusedFile(
                "too_large",
                "the file is too large",
                where=file,
                expected=f"at most {LARGEST_FILE:,} bytes",
                found="more",
                remedy="send the period in several batches",
            )
        yield piece
    if not filled:
        raise RefusedFile(
            "empty_file",
            "the file is empty",
            where=file,
            expected="a header and rows",
            found=f"{size} bytes",
            remedy="export the file again; for a period without rows send the header and a sidecar with row_count 0",
        )


def check_count(table: RawTable, file: str) -> None:
    """Compare the rows read with the independent count. Raises: RefusedFile."""
    if table.rows_read != table.rows_counted:
        first = table.row_numbers[0] if table.row_numbers.len() else 0
        raise RefusedFile(
            "count_differs",
            "two counts of the file's rows disagree",
            where=f"{file}: from row {first}",
            expected=f"{table.rows_counted} rows",
            found=f"{table.rows_read} rows",
            remedy="look for unbalanced quotation marks or line breaks within cells, and send the file again",
        )


def check_any_rows(rows_read: int, file: str, declared: int | None) -> None:
    """Refuse a file without rows unless its sidecar says so. Raises: RefusedFile."""
    if rows_read == 0 and declared != 0:
        raise RefusedFile(
            "header_only",
            "the file has a header and no rows",
            where=file,
            expected="rows, or a sidecar that says row_count 0",
            found="0 rows",
            remedy="send the rows; when there are none in the period, say row_count 0 in the sidecar",
        )


def check_width(columns: int, file: str) -> None:
    """Refuse a table that is far wider than any extract. Raises: RefusedFile."""
    if columns > MOST_COLUMNS:
        raise RefusedFile(
            "too_many_columns",
            "the table has too many columns",
            where=file,
            expected=f"at most {MOST_COLUMNS} columns",
            found=f"{columns:,} columns",
            remedy="send the agreed columns only",
        )


def line_too_long(where: str) -> RefusedFile:
    """The refusal of a file with a line that no table has."""
    return RefusedFile(
        "line_too_long",
        "a line has no end",
        where=where,
        expected=f"lines of at most {LONGEST_LINE:,} bytes",
        found="a longer one",
        remedy="export the table again with a line break after every row",
    )


def headers_of(feed: Feed) -> list[str]:
    """The contract's headers: for a file without any record, which has no header of its own."""
    return [column.header for column in feed.columns]
