"""Personal values into what may leave ingest: keyed hashes of numbers, masked names.

In: cleaned numbers and names. Out: 32 hex digits (the first half of HMAC-SHA-256 over `<kind>|<value>`), or the first
character of a name with stars. Never keeps a value beyond the run.
"""

from __future__ import annotations

import hashlib

import polars as pl

from ingest.normalise import SMALL
from warehouse.keys import Keys

BLOCK_BYTES = 64
HASH_DIGITS = 32
HEAD = r"^([0-9]{9})"
TAIL = r"([0-9]{8}[0-9X])$"


class Pseudonyms:
    """Keyed hashes under one installation's key."""

    def __init__(self, keys: Keys) -> None:
        block = keys.person.ljust(BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def hashes(self, kind: str, values: pl.Series) -> pl.Series:
        """The keyed hash of every value; equal values are hashed once, null stays null."""
        if values.len() <= SMALL or (values.null_count() == 0 and values.n_unique() == values.len()):
            return pl.Series(values.name, self._hash_all(kind, values.to_list()), dtype=pl.String)
        distinct = values.drop_nulls().unique()
        if distinct.len() == 0:
            return values
        hashed = pl.Series(self._hash_all(kind, distinct.to_list()), dtype=pl.String)
        return values.replace_strict(distinct, hashed, default=None, return_dtype=pl.String)

    def row_keys(self, batch_id: str, row_numbers: pl.Series) -> pl.Series:
        """A key for a row that has no person's number: from its batch and its place there."""
        return self.hashes("row", pl.Series([f"{batch_id}|{number}" for number in row_numbers], dtype=pl.String))

    def hints(self, names: pl.Series, numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Hashes of a name with the first and with the last nine places of its number.

        A number with one wrong digit keeps one of the two, so a rule about absence can say "unknown".
        """
        name, number = pl.col("name"), pl.col("number")
        parts = pl.DataFrame({"name": names, "number": numbers}).select(
            head=pl.concat_str(name, pl.lit("|"), number.str.extract(HEAD)),
            tail=pl.concat_str(name, pl.lit("|"), number.str.extract(TAIL)),
        )
        return self.hashes("hint", parts["head"]), self.hashes("hint", parts["tail"])

    def _hash_all(self, kind: str, values: list[str | None]) -> list[str | None]:
        # Copying the two prepared states is twice as fast as hmac.digest a value (measured 1.3 against 0.6 M/s).
        start, end = self._inner.copy(), self._outer
        start.update(kind.encode() + b"|")
        hashed: list[str | None] = []
        for value in values:
            if value is None:
                hashed.append(None)
                continue
            inner = start.copy()
            inner.update(value.encode())
            outer = end.copy()
            outer.update(inner.digest())
            hashed.append(outer.hexdigest()[:HASH_DIGITS])
        return hashed


def masked_name(name: pl.Expr) -> pl.Expr:
    """The first character and a star for each further one, two at most."""
    further = name.str.len_chars()
    stars = pl.when(further <= 1).then(pl.lit("")).when(further == 2).then(pl.lit("*")).otherwise(pl.lit("**"))
    return pl.when(name.is_not_null()).then(name.str.slice(0, 1) + stars)


def masked_value(value: pl.Expr) -> pl.Expr:
    """Enough of a bad value to find it in the bureau's file: two first characters and the last, digits as #."""
    long = value.str.slice(0, 2) + "…" + value.str.slice(-1)
    short = value.str.slice(0, 1) + "…"
    return pl.when(value.str.len_chars() > 3).then(long).otherwise(short).str.replace_all(r"\p{Nd}", "#")
