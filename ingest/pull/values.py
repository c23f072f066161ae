"""Values of a database as the text that a bureau would have written: digits whole, dates ISO, no exponents.

In: one value and its column. Out: its text, empty for null. An identity number kept as a floating number has lost its
last digits already, so such a column is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ingest.pull.faults import PullFault
from warehouse.contracts import Column

# PostgreSQL's type numbers of float4 and float8, and of bytea.
FLOATING = (700, 701)
BINARY = 17
# A moment with parts of a second, where the contract wants the day.
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]+")
IDENTITY_ROLES = (
    "person_id",
    "other_id",
    "certificate_no",
    "account_no",
    "phone_no",
    "document_no",
    "credit_code",
)


def check_types(found: Mapping[str, tuple[Column, int]], where: str) -> None:
    """Refuse a column whose type can't hold what the contract asks for. Raises: PullFault."""
    for name, (column, kind) in found.items():
        if kind == BINARY or (kind in FLOATING and column.role in IDENTITY_ROLES):
            raise PullFault(
                "column_type",
                "a column has a type that can't hold its values",
                where=f"{where}: {name}",
                expected="text" if kind in FLOATING else "text, number or date",
                found="a floating number, which rounds the last digits" if kind in FLOATING else "bytes",
                remedy="ask the bureau to give the column as text",
            )


def cell_text(value: Any, column: Column) -> str:
    """One value as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.partition(".")[0] if column.logical_type == "date" and MOMENT.fullmatch(value) else value
    if isinstance(value, bool):
        return _yes_or_no(value, column)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f") if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list) and all(not isinstance(item, list | dict) for item in value):
        return ",".join(cell_text(item, column) for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _yes_or_no(value: bool, column: Column) -> str:
    for yes, no in (("是", "否"), ("1", "0"), ("true", "false")):
        if yes in column.codes and no in column.codes:
            return yes if value else no
    return "true" if value else "false"
