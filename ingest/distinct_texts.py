"""A column as its different texts and which row holds which: what is read once need not be read a thousand times.

In: a column of text. Out: `DistinctTexts`, and any fact of the texts spread over the rows again.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

# Below this many rows, finding the different texts costs more than it saves.
FEW = 1_000
# Where the first rows differ as much as this, the others will too.
MANY_SHARE = 0.8


class DistinctTexts(NamedTuple):
    """`texts`: the different texts, null among them where a row is empty. `places`: by row, which of them; None: each
    row has its own.
    """

    texts: pl.Series
    places: pl.Series | None

    def spread(self, facts: pl.Series) -> pl.Series:
        """A fact of each text as a fact of each row."""
        return facts if self.places is None else facts.gather(self.places)

    def at(self, facts: pl.Series, rows: pl.Series) -> pl.Series:
        """A fact of the texts for some rows only."""
        return facts.gather(rows if self.places is None else self.places.gather(rows))


def distinct_texts(column: pl.Series) -> DistinctTexts:
    """The different texts of a column."""
    if column.len() <= FEW or column.head(FEW).n_unique() > FEW * MANY_SHARE:
        return DistinctTexts(column, None)
    encoded = column.to_arrow().dictionary_encode(null_encoding="encode")
    places = pl.Series(encoded.indices).cast(pl.UInt32)
    return DistinctTexts(pl.Series(column.name, encoded.dictionary, dtype=pl.String), places)
