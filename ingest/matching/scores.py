"""Pairs of subject and candidate, scored with Splink on DuckDB under fixed weights.

In: two frames, in memory. Out: one row per pair: keys, match weight, what agreed. Nothing is written: the connection has no
file and may not spill to disk. Never trains, never draws at random.
"""

from __future__ import annotations

import logging
import math
from typing import Any

import polars as pl

from ingest.matching.records import Records
from ingest.matching.weights import Weights
from warehouse.database import open_memory

MEMORY_LIMIT = "1GB"
# Memory follows the pairs of so many subjects, whatever the size of the vault (measured: 300 MB).
SUBJECTS_AT_ONCE = 2_000
DIFFERENCE = "hamming(number_l, number_r)"
SAME_NAME = "list_has_any(names_l, names_r)"
SAME_BIRTH = "list_has_any(birth_dates_l, birth_dates_r)"
EITHER_SHARE = "coalesce(name_share_l, name_share_r)"
CUT = "coalesce(kept_l = left(number_r, 15), kept_r = left(number_l, 15))"
MASK = "coalesce(number_r like pattern_l, number_l like pattern_r)"
OPEN = "least(open_places_l, open_places_r)"
SWAPPED = f"{DIFFERENCE} = 2 and damerau_levenshtein(number_l, number_r) = 1"
# As macros, because Splink takes the names inside a lambda for columns.
MACROS = (
    # DuckDB's own distances count bytes, and a character here has three.
    "create macro characters_apart(a, b) as case when length(a) = length(b) then"
    " len(list_filter(list_zip(string_split(a, ''), string_split(b, '')), z -> z[1] <> z[2])) end",
    "create macro one_character(xs, ys) as len(list_filter(flatten(list_transform(xs, a -> list_transform(ys, b ->"
    " length(a) > 1 and characters_apart(a, b) = 1))), x -> x)) > 0",
    "create macro one_part(xs, ys) as len(list_filter(flatten(list_transform(xs, a -> list_transform(ys, b ->"
    " (a[:4] = b[:4])::int + (a[6:7] = b[6:7])::int + (a[9:] = b[9:])::int = 2))), x -> x)) > 0",
)
NO_NUMBER = "(number_l is null and pattern_l is null) or (number_r is null and pattern_r is null)"
# In this order: the first condition that holds is the pair's level. `weights.yml` gives each its probabilities.
LEVELS: dict[str, tuple[str, dict[str, str]]] = {
    "number": (
        NO_NUMBER,
        {
            "number_last_three_lost": CUT,
            "number_same": f"{DIFFERENCE} = 0",
            "number_one_digit_wrong": f"{DIFFERENCE} = 1",
            "number_two_digits_swapped": SWAPPED,
            "mask_leaves_eight": f"{MASK} and {OPEN} >= 8",
            "mask_leaves_few": MASK,
            "number_two_digits_wrong": f"{DIFFERENCE} = 2",
            "number_differs": "ELSE",
        },
    ),
    "name": (
        "len(names_l) = 0",
        {
            "rare_name_same": f"{SAME_NAME} and {EITHER_SHARE} <= {{rare_name_share}}",
            "name_same": f"{SAME_NAME} and {EITHER_SHARE} < {{common_name_share}}",
            "common_name_same": SAME_NAME,
            "person_without_name": "len(names_r) = 0",
            "name_one_character_differs": "one_character(names_l, names_r)",
            "name_differs": "ELSE",
        },
    ),
    "birth_date": (
        # Where the numbers are nearly the same, the birth date in them has been counted already.
        f"len(birth_dates_l) = 0 or len(birth_dates_r) = 0 or ({DIFFERENCE} <= 2 and {SAME_BIRTH})",
        {
            "birth_date_same": SAME_BIRTH,
            "birth_date_one_part_differs": "one_part(birth_dates_l, birth_dates_r)",
            "birth_date_differs": "ELSE",
        },
    ),
    "sex": ("sex_l is null or sex_r is null", {"sex_same": "sex_l = sex_r", "sex_differs": "ELSE"}),
    "town": (
        "len(towns_l) = 0 or len(towns_r) = 0",
        {"town_same": "list_has_any(towns_l, towns_r)", "town_differs": "ELSE"},
    ),
}
PAIRS = {
    "subject_key": pl.String,
    "person_key": pl.String,
    "match_weight": pl.Float64,
    **{name: pl.String for name in LEVELS},
}


def score_pairs(records: Records, weights: Weights) -> pl.DataFrame:
    """Every pair that shares a key.

    Grain: one row per subject and candidate. Columns: PAIRS; match_weight in bits, the prior included; one column per
    comparison with the name of its level, null where one side says nothing.
    """
    found = [pl.DataFrame(schema=PAIRS)]
    subjects, settings = _with_shares(records, weights), _settings(weights, records)
    for start in range(0, subjects.height, SUBJECTS_AT_ONCE):
        some = subjects.slice(start, SUBJECTS_AT_ONCE)
        keys = some.select(pl.col("keys").explode().drop_nulls().unique()).to_series()
        shared = pl.col("keys").list.eval(pl.element().is_in(keys.implode())).list.any()
        candidates = records.candidates.filter(shared).with_columns(name_share=pl.lit(None, pl.Float64))
        if candidates.height:
            found.append(_scored(some, candidates, settings))
    return pl.concat(found).sort("subject_key", "person_key")


def _scored(subjects: pl.DataFrame, candidates: pl.DataFrame, settings: dict[str, Any]) -> pl.DataFrame:
    # Loading Splink takes longer than most runs need.
    from splink import DuckDBAPI, Linker, SettingsCreator

    connection = open_memory()
    try:
        connection.execute("set temp_directory = ''")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        for macro in MACROS:
            connection.execute(macro)
        api = DuckDBAPI(connection=connection)
        sides = []
        # The names decide which side is left: l is the subject.
        for name, frame in (("a_subjects", subjects), ("b_persons", candidates)):
            connection.register(f"{name}_frame", frame.to_arrow())
            connection.execute(f"create table {name} as select * from {name}_frame")
            sides.append(api.register(name, dataset_display_name=name))
        linker = Linker(sides, SettingsCreator(**settings), log_level=logging.ERROR)
        predicted = linker.inference.predict()
        named = [_level_name(comparison) for comparison in LEVELS]
        query = (
            f"select unique_id_l as subject_key, unique_id_r as person_key, match_weight, {', '.join(named)}"
            f" from {predicted.physical_name}"
        )
        pairs = connection.execute(query).pl()
        return pairs.select(pl.col(name).cast(kind) for name, kind in PAIRS.items())
    finally:
        connection.close()


def _level_name(comparison: str) -> str:
    """SQL for the name of the level that Splink has numbered, the last one 0."""
    levels = list(LEVELS[comparison][1])
    cases = " ".join(f"when {len(levels) - 1 - place} then '{level}'" for place, level in enumerate(levels))
    return f"case gamma_{comparison} {cases} end as {comparison}"


def _with_shares(records: Records, weights: Weights) -> pl.DataFrame:
    persons = max(records.persons_count, 10**weights.least_persons_power)
    return records.subjects.with_columns(name_share=pl.col("namesakes_count") / persons)


def _settings(weights: Weights, records: Records) -> dict[str, Any]:
    persons_count = max(records.persons_count, 1)
    nameless_share = records.nameless_count / persons_count
    # In whole powers of ten, so that a few more persons don't move every score.
    prior = 10.0 ** -max(weights.least_persons_power, math.ceil(math.log10(persons_count)))
    return {
        "link_type": "link_only",
        "linker_uid": "matching",
        "probability_two_random_records_match": prior,
        "comparisons": [_comparison(name, weights, nameless_share) for name in LEVELS],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": "l.keys = r.keys", "arrays_to_explode": ["keys"], "sql_dialect": "duckdb"}
        ],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": False,
    }


def _comparison(name: str, weights: Weights, nameless_share: float) -> dict[str, Any]:
    nothing, levels = LEVELS[name]
    rows: list[dict[str, Any]] = [{"sql_condition": nothing, "label_for_charts": "nothing", "is_null_level": True}]
    for level, condition in levels.items():
        m, u = weights.levels[name][level]
        if level == "person_without_name":
            u = max(u, nameless_share)
        sql = condition.format(rare_name_share=weights.rare_name_share, common_name_share=weights.common_name_share)
        rows.append({"sql_condition": sql, "label_for_charts": level, "m_probability": m, "u_probability": u})
    return {"output_column_name": name, "comparison_levels": rows}
