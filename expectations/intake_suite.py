"""The intake suite of a feed, made from its contract: what to measure in each batch, and what to ask of it.

In: a contract and `rules/intake.yml`. Out: named aggregates for one scan of the batches, and the rules over
the tables of `warehouse.inspection`. Pure; runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from expectations.rules import Rule, load_document, quarantine_percent
from warehouse.contracts import Column, Feed

# An identity number in clear: 18 places with a real-looking birth date, not inside a longer number or a hash.
IDENTITY = "(^|[^0-9A-Za-z])[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]($|[^0-9A-Za-z])"
HASH = "[0-9a-f]{32}"
MASKED = "[^0-9*][*]{0,2}"
# roles whose magnitude can be mistaken: a unit is
MEASURED = ("yuan", "square_metres")
# questions about a full delivery, or about one beside the full delivery before it
FULL_ONLY = ("row_count", "volume_change", "amount_unit", "went_blank")
WITH_ROWS = "select batch_id as subject from judged where rows_accepted > 0"
WITH_REFERENCE = f"{WITH_ROWS} and reference_batch_id is not null"


def measures(feed: Feed) -> dict[str, str]:
    """Aggregates by name, one value a batch: rows, and rows that break something (medians in yuan)."""
    limits = load_document("intake.yml")["limits"]
    found = {"rows_count": "count(*)", "volume": _volume(feed)}
    for column in _kept(feed):
        name, quoted = column.lake_name, f'"{column.lake_name}"'
        text = column.encrypted_name is not None or column.physical_type == "VARCHAR"
        if column.required:
            found[f"required.{name}"] = _rows(f"{quoted} is null or {quoted} = ''" if text else f"{quoted} is null")
        else:
            found[f"filled.{name}"] = _rows(f"{quoted} is not null")
        if column.codes and column.physical_type == "VARCHAR":
            codes = ", ".join(f"'{code}'" for code in sorted(set(column.codes.values())))
            found[f"code_list.{name}"] = _rows(f"{quoted} not in ({codes})")
        if column.physical_type in ("DATE", "TIMESTAMP"):
            low, high = f"date '{limits['earliest_date']}'", f"date '{limits['latest_date']}'"
            found[f"date_range.{name}"] = _rows(f"{quoted} < {low} or {quoted} >= {high}")
            if not column.may_lie_ahead and column.role != "month":
                found[f"date_ahead.{name}"] = _rows(f"cast({quoted} as date) > cast(_received_at as date)")
        if (bounds := _bounds(column)) is not None:
            found[f"amount_range.{name}"] = _rows(bounds)
        if column.role in MEASURED:
            found[f"median.{name}"] = f"cast(median(abs({quoted})) filter (where {quoted} <> 0) as decimal(18, 2))"
            found[f"nonzero.{name}"] = _rows(f"{quoted} <> 0")
    found.update(_identity_measures(feed))
    if feed.keys:
        keys = ", ".join(f'"{column.lake_name}"' for column in feed.keys)
        found["key_unique"] = f"count(*) - count(distinct hash({keys}))"
    found["lineage"] = _rows(
        f"_feed <> '{feed.feed_id}' or _feed is null or _file is null or _file_sha256 is null or _row_number is null"
        " or _received_at is null or _period_end is null or _batch_no is null or _kind is null"
    )
    found["lines_repeated"] = "count(*) - count(distinct _row_number)"
    return found


def rules(feed: Feed) -> list[Rule]:
    """Every rule of a feed's suite, in the order of `rules/intake.yml`."""
    document = load_document("intake.yml")
    made = [_make(feed, name, asked, column, sql, subjects) for name, asked in document["rules"].items()
            for column, sql, subjects in _queries(feed, name, document["limits"])]  # fmt: skip
    return made


def _make(feed: Feed, name: str, asked: dict[str, Any], column: Column | None, sql: str, subjects: str) -> Rule:
    words = {"header": column.header, "column": column.lake_name} if column else {}
    return Rule(
        rule_id=f"{feed.code}.{name}" + (f".{column.lake_name}" if column else ""),
        feed_id=feed.feed_id,
        title_zh=asked["title_zh"].format(**words),
        title_en=asked["title_en"].format(**words),
        owner_zh=feed.steward,
        owner_en=f"steward of {feed.name_en.lower()}",
        dimension=asked["dimension"],
        severity=asked["severity"],
        table=f"lake.{feed.feed_id}",
        sql=sql,
        subjects=subjects,
    )


def _queries(feed: Feed, name: str, limits: dict[str, Any]) -> Iterator[tuple[Column | None, str, str]]:
    """The queries of one question: none where the contract gives no ground for it, one a column, or one."""
    if name in FULL_ONLY and "full" not in feed.delivery:
        return
    if name == "on_time" and not feed.due:
        return
    if name in BATCH_QUERIES:
        yield None, BATCH_QUERIES[name], "select batch_id as subject from judged"
    elif name == "not_empty":
        subjects = "select batch_id as subject from judged where coalesce(declared_row_count, 1) <> 0"
        yield None, _judged("1", _is_empty(feed, limits)), subjects
    elif name == "row_count":
        low, high = feed.rows_between
        full = "select batch_id as subject from judged where kind = 'full'"
        yield None, _judged("1", f"(rows_accepted not between {low} and {high})::int"), full
    elif name == "volume_change":
        yield (
            None,
            _volume_change(feed, limits),
            "select batch_id as subject from judged where reference_batch_id is not null",
        )
    elif name == "control_total":
        declared = "select batch_id as subject from judged where declared_row_count is not null"
        yield None, _judged("1", "(declared_row_count <> rows_read)::int"), declared
    elif name == "quarantine_share":
        yield (
            None,
            _quarantine_share(quarantine_percent(feed)),
            "select batch_id as subject from judged where rows_read > 0",
        )
    elif name == "on_time":
        due = "select batch_id as subject from judged where due_date is not null"
        yield None, _judged("1", "(cast(received_at as date) > due_date)::int"), due
    elif name in ("amount_unit", "went_blank"):
        yield from _comparisons(feed, name, limits)
    elif name == "amount_typical":
        yield from _typical(feed, limits)
    else:
        yield from _measured(feed, name, limits)


def _is_empty(feed: Feed, limits: dict[str, Any]) -> str:
    """No row was read, or none of so many was good.

    A small place may send a week's one row, and that one in quarantine, or a footer alone: held back, its quarantine
    would be lost to the rules about absence.
    """
    least = 1 if feed.rows_between[0] > 0 else limits["blank_least_rows"]
    return (
        "(rows_accepted = 0 and (rows_read = 0"
        f" or rows_read >= if(kind = 'full', {least}, {limits['blank_least_rows']})))::int"
    )


def _volume(feed: Feed) -> str:
    """Rows that count towards a delivery's volume: where lines carry a month, those of the delivery's own.

    Back-pay after a rise of the standards doubles the lines of one delivery and says nothing of its completeness.
    A month that may be empty is no month of the line: it tells when something was paid last.
    """
    month = next((column for column in feed.columns if column.role == "month" and column.required), None)
    return "count(*)" if month is None else _rows(f"\"{month.lake_name}\" = date_trunc('month', _period_end)")


def _volume_change(feed: Feed, limits: dict[str, Any]) -> str:
    allowed = [f"{limits['volume_change_share']} * r.volume", str(limits["volume_change_least_rows"])]
    if feed.feed_id in limits["event_feeds"]:
        # the difference of two Poisson counts has twice the variance of one
        allowed.append(f"{limits['event_deviations']} * sqrt(2 * greatest(r.volume, 1))")
    return (
        "select j.batch_id as subject, coalesce(r.volume, 0) + 1 as examined,"
        f" (abs(if(j.rows_accepted = 0, 0, m.volume) - coalesce(r.volume, 0)) > greatest({', '.join(allowed)}))::int as failing"
        " from judged as j left join measured as m on m.batch_id = j.batch_id"
        " left join measured as r on r.batch_id = j.reference_batch_id"
    )


def _measured(feed: Feed, name: str, limits: dict[str, Any]) -> Iterator[tuple[Column | None, str, str]]:
    known = measures(feed)
    if name in known:
        failing = f'm."{name}"' + (" + m.lines_repeated" if name == "lineage" else "")
        yield None, _content(failing), WITH_ROWS
    for column in _kept(feed):
        place = f"{name}.{column.lake_name}"
        if place not in known:
            continue
        failing = f'm."{place}"'
        if name == "date_range" and f"date_ahead.{column.lake_name}" in known:
            ahead = f'm."date_ahead.{column.lake_name}"'
            least = f"{ahead} >= {limits['future_least_rows']}"
            failing += f" + if({least} and {ahead} > {limits['future_share']} * m.rows_count, {ahead}, 0)"
        yield column, _content(failing), WITH_ROWS


def _typical(feed: Feed, limits: dict[str, Any]) -> Iterator[tuple[Column | None, str, str]]:
    """Columns whose contract names the band in which their median lies; a few rows have no median worth the name."""
    for column in _kept(feed):
        if column.typical_median is None:
            continue
        low, high = column.typical_median
        median, nonzero = f'm."median.{column.lake_name}"', f'm."nonzero.{column.lake_name}"'
        is_off = f"{nonzero} >= {limits['magnitude_least_rows']} and {median} not between {low} and {high}"
        yield column, _content(f"if({is_off}, {nonzero}, 0)"), WITH_ROWS


def _comparisons(feed: Feed, name: str, limits: dict[str, Any]) -> Iterator[tuple[Column | None, str, str]]:
    """Rules that set a batch beside its reference."""
    for column in _kept(feed):
        if name == "amount_unit" and column.role in MEASURED:
            value, least = f'"median.{column.lake_name}"', f'"nonzero.{column.lake_name}"'
            factor, rows = limits["magnitude_factor"], limits["magnitude_least_rows"]
            failing = (
                f"if(least(m.{least}, r.{least}) >= {rows}"
                f" and (m.{value} > {factor} * r.{value} or m.{value} * {factor} < r.{value}), m.{least}, 0)"
            )
        elif name == "went_blank" and not column.required:
            filled = f'"filled.{column.lake_name}"'
            failing = (
                f"if(m.rows_count >= {limits['blank_least_rows']} and m.{filled} = 0 and r.{filled} > 0"
                f" and r.{filled} >= {limits['blank_least_share']} * r.rows_count, m.rows_count, 0)"
            )
        else:
            continue
        sql = (
            f"select j.batch_id as subject, m.rows_count as examined, {failing} as failing from judged as j"
            " left join measured as m on m.batch_id = j.batch_id"
            " left join measured as r on r.batch_id = j.reference_batch_id where j.reference_batch_id is not null"
        )
        yield column, sql, WITH_REFERENCE


def _identity_measures(feed: Feed) -> dict[str, str]:
    hashes = [column.lake_name for column in _kept(feed) if column.encrypted_name and column.role != "person_name"]
    names = [column.lake_name for column in _kept(feed) if column.encrypted_name and column.role == "person_name"]
    hints = [
        name
        for name, _ in feed.lake_columns()
        if name.startswith("hint_") or (name == "person_key" and name not in hashes)
    ]
    texts = [
        c.lake_name for c in _kept(feed) if c.encrypted_name is None and c.physical_type == "VARCHAR" and not c.codes
    ]
    found = {"no_identity": _any(f"regexp_matches(\"{name}\", '{IDENTITY}')" for name in [*texts, *names, "_file"])}
    if hashes or hints:
        found["key_form"] = _any(f"not regexp_full_match(\"{name}\", '{HASH}')" for name in hashes + hints)
    if names:
        found["name_masked"] = _any(f"not regexp_full_match(\"{name}\", '{MASKED}')" for name in names)
    return found


def _kept(feed: Feed) -> list[Column]:
    return [column for column in feed.columns if column.keep]


def _bounds(column: Column) -> str | None:
    tests = []
    if column.minimum is not None:
        tests.append(f'"{column.lake_name}" < {column.minimum}')
    if column.maximum is not None:
        tests.append(f'"{column.lake_name}" > {column.maximum}')
    return " or ".join(tests) or None


def _rows(condition: str) -> str:
    return f"count(*) filter (where {condition})"


def _any(conditions: Iterator[str]) -> str:
    return _rows(" or ".join(f"coalesce({condition}, false)" for condition in conditions))


def _judged(examined: str, failing: str) -> str:
    return f"select batch_id as subject, {examined} as examined, {failing} as failing from judged"


def _content(failing: str) -> str:
    return (
        f"select j.batch_id as subject, m.rows_count as examined, {failing} as failing"
        " from judged as j left join measured as m on m.batch_id = j.batch_id where j.rows_accepted > 0"
    )


def _quarantine_share(percent: float) -> str:
    return (
        "select j.batch_id as subject, j.rows_read as examined,"
        f" if(coalesce(q.rows_count, 0) * 100 > {percent} * j.rows_read, q.rows_count, 0) as failing from judged as j left join"
        " (select batch_id, sum(rows_count) as rows_count from quarantined where severity <> 'info' group by batch_id) as q"
        " on q.batch_id = j.batch_id where j.rows_read > 0"
    )


BATCH_QUERIES = {
    "readable": (
        "select j.batch_id as subject, count(*) as examined, count(*) filter (where c.column_type is distinct from x.column_type)"
        " + if(any_value(j.is_readable) or any_value(j.rows_accepted) = 0, 0, 1) as failing"
        " from judged as j cross join contract_columns as x left join columns as c"
        " on c.batch_id = j.batch_id and c.column_name = x.column_name"
        " where j.is_readable or j.rows_accepted > 0 group by j.batch_id"
        " union all select batch_id, 1, 0 from judged where not is_readable and rows_accepted = 0"
    ),
    "row_identity": (
        "select j.batch_id as subject, 1 as examined,"
        " (j.rows_read <> j.rows_accepted + j.rows_quarantined or coalesce(m.rows_count, 0) <> j.rows_accepted"
        " or coalesce(q.rows_count, 0) <> j.rows_quarantined)::int as failing"
        " from judged as j left join measured as m on m.batch_id = j.batch_id left join"
        " (select batch_id, sum(rows_count) as rows_count from quarantined group by batch_id) as q on q.batch_id = j.batch_id"
    ),
}
