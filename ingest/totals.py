"""What a file says of itself against what is in it: declared rows, control totals, the share of unknown codes.

In: a table with its verdicts and the bureau's sidecar. Out: nothing, or the refusal of the whole file.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from ingest.columns import Readings
from ingest.headers import header_key
from ingest.tables import RawTable
from ingest.validate import Judgement, footers
from warehouse.contracts import Feed
from warehouse.errors import RefusedFile

# More unknown codes than this share of the rows are another code list, not a slip (domain.md §3.3, BLOCK).
UNKNOWN_CODES_SHARE = 0.01
UNKNOWN_CODES_LEAST = 2


def check_declared(
    table: RawTable,
    feed: Feed,
    readings: Readings,
    judgement: Judgement,
    sidecar: Mapping[str, Any],
    file: str,
) -> None:
    """Compare the sidecar's row count and control totals with the file; footers are no rows of the bureau's.

    Raises: RefusedFile.
    """
    declared, totals = sidecar.get("row_count"), sidecar.get("control_totals", {})
    if declared is None and not totals:
        return
    footer_places = judgement.refused.filter(pl.col("rule") == "footer_row")["place"]
    records = table.rows_counted - footer_places.len() - int(footers(table.ragged["first_cell"], feed).sum())
    if declared is not None and declared not in (records, table.rows_counted):
        raise RefusedFile(
            "row_count_differs",
            "the file doesn't hold the rows its sidecar declares",
            where=file,
            expected=f"{declared} rows",
            found=f"{records} rows",
            remedy="send the whole file again with the sidecar made from it",
        )
    for label, total in totals.items():
        _check_total(label, total, feed, readings, footer_places, file)


def check_codes(table: RawTable, feed: Feed, judgement: Judgement, file: str) -> None:
    """Refuse a file in which more than one row in a hundred carries a code outside the list. Raises: RefusedFile."""
    unknown = judgement.refused.filter((pl.col("rule") == "code_unknown") | pl.col("also").str.contains("code_unknown"))
    limit = UNKNOWN_CODES_SHARE * table.rows_counted
    if unknown.height >= UNKNOWN_CODES_LEAST and unknown.height > limit:
        by_column = unknown.filter(pl.col("rule") == "code_unknown")["column_name"].mode().sort()
        column = feed.column(by_column[0]).header if by_column.len() else "several columns"
        rows = ", ".join(str(row) for row in table.row_numbers.gather(unknown["place"].head(3)))
        raise RefusedFile(
            "codes_unknown",
            "too many codes are outside the agreed list",
            where=f"{file}: {column}, first in rows {rows}",
            expected=f"at most {UNKNOWN_CODES_SHARE:.0%} of the rows",
            found=f"{unknown.height} of {table.rows_counted} rows",
            remedy="send the agreed codes, or agree the new ones in the contract",
        )


def _check_total(
    label: str,
    total: object,
    feed: Feed,
    readings: Readings,
    footer_places: pl.Series,
    file: str,
) -> None:
    column = next((c for c in feed.columns if label == c.name or header_key(label) == header_key(c.header)), None)
    if column is None or column.logical_type not in ("number", "integer") or not column.keep:
        raise _total_refusal(file, "a control total of an agreed amount", "a total of something else")
    if ("amount_unreadable", column.name) in readings.faults:
        # A row whose amount is unreadable goes to quarantine; its total can't be told, and the intake gate sees the row.
        return
    found = Decimal(
        str(readings.values[column.name].clone().scatter(footer_places, None).cast(pl.Decimal(38, 2)).sum() or 0)
    )
    try:
        expected = Decimal(str(total))
    except InvalidOperation:
        raise _total_refusal(f"{file}: {column.header}", "a number", "something else") from None
    if found != expected:
        raise _total_refusal(f"{file}: {column.header}", f"{expected:,.2f}", f"{found:,.2f}")


def _total_refusal(where: str, expected: str, found: str) -> RefusedFile:
    return RefusedFile(
        "control_total_differs",
        "the file's amounts don't add up to the control total in its sidecar",
        where=where,
        expected=expected,
        found=found,
        remedy="send the whole file again with the sidecar made from it",
    )
