"""May a steward put this value in place of what a bureau sent? Checked against the contract and the row in the lake."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from warehouse.contracts import Column, load_feeds
from warehouse.database import open_memory
from warehouse.errors import WarehouseError
from warehouse.manifests import read_manifests
from warehouse.paths import Home

ROW_KEY = re.compile(r"[0-9a-f]{32}")
AREA_CODE = re.compile(r"500156[0-9]{6}")
LONG_NUMBER = re.compile(r"[0-9]{7,}")
PART_FILE = "part-0.parquet"
TRUE_OR_FALSE = ("true", "false")


def checked_override(
    home: Home, feed_id: str, row_key: str, column_name: str, new_value: str | None
) -> tuple[str | None, str | None]:
    """The value that the newest batch has in that place, and the new one as it is compared and stored, both as text.

    Raises: WarehouseError for an unknown feed, row or column, an identity column, or a value that the column can't hold.
    """
    feed = load_feeds().get(feed_id)
    if feed is None:
        raise WarehouseError("there is no such feed", found=feed_id[:60], remedy="see docs/dictionary.md")
    column = next((c for c in feed.columns if c.name == column_name and c.keep), None)
    if column is None or column.encrypted_name or column.classification == "identity":
        raise WarehouseError(
            "this column can't be overridden",
            where=feed_id,
            expected="a column that the lake keeps and that identifies nobody",
            found=column_name[:60],
        )
    if not ROW_KEY.fullmatch(row_key):
        raise WarehouseError("this is no row key", where=feed_id, expected="32 hex digits, as in _row_key")
    written = _written(column, new_value)
    old_value = _value_now(home, feed_id, row_key, column_name)
    if old_value == written:
        raise WarehouseError("the override changes nothing", where=f"{feed_id}: {column_name}")
    return old_value, written


def _written(column: Column, value: str | None) -> str | None:
    if value is None or value == "":
        if column.required:
            raise _unfit(column, "a value, because the contract requires one")
        return None
    if column.codes:
        codes = sorted(set(column.codes.values()))
        if value not in codes:
            raise _unfit(column, "one of " + ", ".join(codes))
        return value
    try:
        if column.logical_type == "date":
            return date.fromisoformat(value).isoformat()
        if column.logical_type == "number":
            return f"{Decimal(value):.2f}"
        if column.logical_type == "integer":
            return str(int(value))
    except (ValueError, InvalidOperation):
        raise _unfit(column, f"a {column.logical_type}") from None
    if column.logical_type == "boolean" and value not in TRUE_OR_FALSE:
        raise _unfit(column, "true or false")
    if LONG_NUMBER.search(value) and not AREA_CODE.fullmatch(value):
        raise _unfit(column, "a text without a long number, which may be somebody's")
    return value


def _unfit(column: Column, expected: str) -> WarehouseError:
    return WarehouseError("the column can't hold this value", where=column.name, expected=expected)


def _value_now(home: Home, feed_id: str, row_key: str, column_name: str) -> str | None:
    for manifest in reversed(list(read_manifests(home, feed_id))):
        part = home.lake / feed_id / f"batch={manifest.batch_id}" / PART_FILE
        if not part.is_file():
            continue
        connection = open_memory()
        try:
            quoted = str(part).replace("'", "''")
            query = f"select \"{column_name}\"::varchar from read_parquet('{quoted}') where _row_key = $key limit 1"
            row = connection.execute(query, {"key": row_key}).fetchone()
        finally:
            connection.close()
        if row is not None:
            return None if row[0] is None else str(row[0])
    raise WarehouseError("no batch has this row", where=feed_id, found=row_key)
