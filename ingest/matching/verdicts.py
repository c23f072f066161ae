"""What is proposed: one person for a subject, or nothing.

In: scored pairs. Out: proposals above the threshold, and the candidates of subjects that fit several. Every candidate of a
subject counts against the others, so that of two who fit alike neither is proposed.
"""

from __future__ import annotations

import polars as pl

from ingest.matching.scores import LEVELS
from ingest.matching.weights import Weights

DECIMALS = 6
MOST_BITS = 100.0
VERDICTS = {
    "subject_key": pl.String,
    "person_key": pl.String,
    "score": pl.Float64,
    "match_reasons": pl.String,
}


def judge_pairs(pairs: pl.DataFrame, weights: Weights) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Proposals, one row per subject, and the candidates of ambiguous subjects, one row per pair (columns: VERDICTS).

    The score is the probability that this candidate, and none of the others, is the person.
    """
    odds = pairs.with_columns(odds=2.0 ** pl.col("match_weight").clip(-MOST_BITS, MOST_BITS)).sort(
        "subject_key", "odds", "person_key"
    )
    scored = odds.with_columns(
        score=(pl.col("odds") / (1 + pl.col("odds").sum().over("subject_key"))).round(DECIMALS),
        alone=pl.col("odds") / (1 + pl.col("odds")),
        match_reasons=pl.concat_str([pl.col(name) for name in LEVELS], separator=",", ignore_nulls=True),
    )
    is_proposed = pl.col("score") >= weights.proposal_threshold
    proposals = scored.filter(is_proposed)
    others = scored.filter(~is_proposed.any().over("subject_key") & (pl.col("alone") >= weights.candidate_threshold))
    ambiguous = others.filter(pl.len().over("subject_key") > 1)
    order = ["subject_key", "score", "person_key"]
    return (
        proposals.select(pl.col(name).cast(kind) for name, kind in VERDICTS.items()).sort(order),
        ambiguous.select(pl.col(name).cast(kind) for name, kind in VERDICTS.items()).sort(order),
    )
