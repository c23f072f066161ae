"""Tables as CSV files that open right in a Chinese Excel and can't run a formula there."""

from __future__ import annotations

import polars

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: polars.DataFrame) -> bytes:
    """The frame as UTF-8 with a byte order mark; a text that Excel would take for a formula gets a leading apostrophe."""
    safe = frame.with_columns(
        polars.when(polars.col(name).str.slice(0, 1).is_in(list(FORMULA_STARTS)))
        .then(polars.concat_str(polars.lit("'"), polars.col(name)))
        .otherwise(polars.col(name))
        .alias(name)
        for name, kind in frame.schema.items()
        if kind == polars.String
    )
    return b"\xef\xbb\xbf" + safe.write_csv().encode("utf-8")
