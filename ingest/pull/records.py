"""JSON read and written so that nothing changes on the way: numbers as they were written, doubled keys kept.

In: the bytes of one page. Out: its records, and each as JSON text again. A page that ends early is no JSON, and says so.
"""

from __future__ import annotations

import json
import re
from typing import Any

HALF_LETTER = re.compile("[\ud800-\udfff]")
LISTS = ("数据", "data", "records", "rows", "list")


class Written(str):
    """A number with a fraction or an exponent, as it was written."""

    __slots__ = ()


class Members(tuple[tuple[str, Any], ...]):
    """An object as (key, value) pairs in their order."""

    __slots__ = ()

    def get(self, key: str) -> Any:
        """The value under a key, None where there is none."""
        return next((value for name, value in self if name == key), None)


def read_page(content: bytes, encoding: str) -> Any:
    """The JSON value of a page. Raises: ValueError when it is cut, no JSON, or not in this encoding."""
    try:
        text = content.decode("utf-8-sig" if encoding in ("utf-8", "utf8") else encoding)
        return json.loads(text, object_pairs_hook=Members, parse_float=Written, parse_constant=_no_constant)
    except (LookupError, RecursionError) as error:
        raise ValueError(type(error).__name__) from None


def records_of(page: Any, path: str | None) -> list[Any] | None:
    """The list of records of a page: at a path, else the page itself or its only list under a usual name."""
    if path:
        found = at_path(page, path)
        return found if isinstance(found, list) else None
    if isinstance(page, list):
        return page
    if not isinstance(page, Members):
        return None
    lists = [value for key, value in page if key in LISTS and isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None


def at_path(page: Any, path: str) -> Any:
    """The value at a dotted path, None where the path ends early."""
    for key in path.split("."):
        page = page.get(key) if isinstance(page, Members) else None
    return page


def as_text(value: Any) -> str:
    """A value as JSON, each number as it was written."""
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, Members):
        return "{" + ",".join(f"{_text(key)}:{as_text(member)}" for key, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_text, value)) + "]"
    return _text(value)


def rows_of(record: Any, rows_from: str | None) -> int:
    """How many rows the contract counts in a record: one, or one for each element of its list (rows)."""
    elements = record.get(rows_from) if rows_from and isinstance(record, Members) else None
    return max(1, len(elements)) if isinstance(elements, list) else 1


def _text(value: Any) -> str:
    # Half a letter (an escaped surrogate alone) stays escaped, as it came: no encoding holds it.
    is_whole = not isinstance(value, str) or not HALF_LETTER.search(value)
    return json.dumps(value, ensure_ascii=not is_whole)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
