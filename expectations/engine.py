"""The one module that imports Great Expectations: rules in, outcomes out.

Each rule becomes one UnexpectedRowsExpectation on DuckDB. Only booleans are asked of Great Expectations:
its other result formats carry cells. A rule that raises, or examines nothing, has not passed.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.results import Row
from expectations.rules import Rule
from warehouse.database import SQLALCHEMY_ARGUMENTS, sqlalchemy_url

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when Great Expectations is imported

import great_expectations as gx
import great_expectations.execution_engine.sqlalchemy_execution_engine as gx_sqlalchemy
import sqlalchemy
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.metadata_types import FailureSeverity

DIALECT = "duckdb"
PRIVATE_NAME = "_PERSISTED_CONNECTION_DIALECTS"
BOOLEAN_ONLY = {"result_format": "BOOLEAN_ONLY"}


class _Dialect(str):
    """A dialect name as Great Expectations compares it: a string with a `value`."""

    @property
    def value(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Outcome:
    """What became of one rule: passed, failed, errored or not_applicable (rows)."""

    rule: Rule
    status: str
    examined: int
    failing: int
    findings: tuple[Row, ...]

    @property
    def severity(self) -> str:
        """The rule's severity; a check that could not run is critical, whatever it declares."""
        return "critical" if self.status == "errored" else self.rule.severity

    @property
    def blocks(self) -> bool:
        """True when nothing may pass this outcome."""
        return self.status == "errored" or (self.status == "failed" and self.rule.severity == "critical")


def keep_duckdb_connection() -> None:
    """Make Great Expectations keep its DuckDB connection open while it reads a result.

    Seen in 1.24.1: it returns the cursor of a connection it has closed, and every check on DuckDB ends in
    "list index out of range". The name is private, so the version is pinned and a test holds the behaviour.
    """
    kept = getattr(gx_sqlalchemy, PRIVATE_NAME)
    if DIALECT not in kept:
        setattr(gx_sqlalchemy, PRIVATE_NAME, (*kept, _Dialect(DIALECT)))


def run_rules(database: Path, rules: Sequence[Rule], attached: Mapping[str, Path] | None = None) -> list[Outcome]:
    """Run every rule on a finished database, other databases attached under their names; outcomes in order of rules."""
    if not rules:
        return []
    keep_duckdb_connection()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run(database, list(rules), dict(attached or {}))


def _run(database: Path, rules: list[Rule], attached: dict[str, Path]) -> list[Outcome]:
    # No Data Docs: their pages carry cells as they are (research: an <img onerror> of a supplier came alive in them).
    nothing_kept = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    settings = DataContextConfig(
        store_backend_defaults=nothing_kept, analytics_enabled=False, progress_bars=ProgressBarsConfig(globally=False)
    )
    context = gx.get_context(mode="ephemeral", project_config=settings)
    source = context.data_sources.add_sql(
        "candidate",
        connection_string=sqlalchemy_url(database),
        create_temp_table=False,
        kwargs=SQLALCHEMY_ARGUMENTS,  # type: ignore[call-arg]  # passed on to SQLAlchemy, missing from the stub
    )
    engine = source.get_execution_engine()
    with engine.get_connection() as connection:
        try:
            for name, path in attached.items():
                connection.execute(sqlalchemy.text(f"attach '{path}' as {name} (read_only)"))
            connection.commit()  # else a rule that raises would roll the attachments back
            asked = [rule for rule in rules if rule.needs is None or rule.needs in attached]
            asked = [rule for rule in asked if not _without_subjects(connection, rule)]
            examined = [_examine(connection, rule) for rule in asked]
            # One rule that raises makes Great Expectations start all others again: 40 s instead of 2 for ten of them.
            passed = _validate(context, source, [entry.rule for entry in examined if entry.status != "errored"])
            judged = {_place(entry.rule): _agreed(entry, passed) for entry in examined}
            return [judged.get(_place(rule)) or Outcome(rule, "not_applicable", 0, 0, ()) for rule in rules]
        finally:
            connection.close()
            engine.close()
            engine.engine.dispose()
            source.get_engine().dispose()


def _validate(context: Any, source: Any, rules: list[Rule]) -> dict[tuple[str, str], bool | None]:
    if not rules:
        return {}
    batch = source.add_query_asset("rules", query="select 1 as one").add_batch_definition("whole").get_batch()
    suite = gx.ExpectationSuite(
        name="gate",
        expectations=[
            gx.expectations.UnexpectedRowsExpectation(
                unexpected_rows_query=f"select * from ({_escaped(broken(rule))}) as broken where exists (select 1 from {{batch}})",
                severity=FailureSeverity(rule.severity),
                meta={"rule_id": rule.rule_id, "feed_id": rule.feed_id},
            )
            for rule in rules
        ],
    )
    report = batch.validate(suite, result_format=BOOLEAN_ONLY)
    found: dict[tuple[str, str], bool | None] = {}
    for result in report.results:
        meta = result.expectation_config.meta
        raised = any(_raised(info) for info in _infos(result.exception_info))
        found[meta["rule_id"], meta["feed_id"]] = None if raised else bool(result.success)
    return found


def broken(rule: Rule) -> str:
    """The query for the subjects that break a rule, were not examined, or of which nothing was examined."""
    return f"with {_checked(rule)} select subject, failing, examined from broken"


def _checked(rule: Rule) -> str:
    if rule.subjects is not None:
        return (
            f"checked as materialized ({rule.sql}), expected as ({rule.subjects}), broken as ("
            "select e.subject, coalesce(c.failing, 0) as failing, coalesce(c.examined, 0) as examined "
            "from expected as e left join checked as c on c.subject = e.subject "
            "where c.subject is null or coalesce(c.examined, 0) <= 0 or c.failing is null or c.failing > 0)"
        )
    return (
        f"checked as materialized ({rule.sql}), broken as ("
        "select subject::varchar as subject, failing, examined from checked "
        "where coalesce(examined, 0) <= 0 or failing is null or failing > 0 "
        "union all select 'nothing to examine', 0, 0 where not exists (select 1 from checked))"
    )


def _examine(connection: Any, rule: Rule) -> Outcome:
    """What the rule's own query finds: the subjects and counts that Great Expectations is not asked for."""
    query = (
        f"with {_checked(rule)} select true as is_total, null as subject, sum(failing), sum(examined) from checked "
        "union all select false, subject::varchar, failing, examined from broken order by 1 desc, 3 desc, 2"
    )
    try:
        total, *rest = connection.execute(sqlalchemy.text(_colons(query))).fetchall()
    except sqlalchemy.exc.SQLAlchemyError:
        connection.rollback()
        return Outcome(rule, "errored", 0, 0, ())
    found = tuple(Row(str(row[1]), int(row[2] or 0), int(row[3] or 0)) for row in rest)
    return Outcome(rule, "failed" if found else "passed", int(total[3] or 0), int(total[2] or 0), found)


def _agreed(outcome: Outcome, passed: dict[tuple[str, str], bool | None]) -> Outcome:
    """The outcome as Great Expectations judged it; without its word, or against it, nothing has passed."""
    verdict = passed.get(_place(outcome.rule))
    if verdict is None or verdict != (outcome.status == "passed"):
        return Outcome(outcome.rule, "errored", 0, 0, ())
    return outcome


def _place(rule: Rule) -> tuple[str, str]:
    return rule.rule_id, rule.feed_id


def _without_subjects(connection: Any, rule: Rule) -> bool:
    if rule.subjects is None:
        return False
    try:
        return connection.execute(sqlalchemy.text(_colons(f"select count(*) from ({rule.subjects})"))).scalar() == 0
    except sqlalchemy.exc.SQLAlchemyError:
        connection.rollback()
        return False  # then the rule itself raises, and that is an error, not an absence


def _infos(info: Any) -> list[Any]:
    if not isinstance(info, dict):
        return []
    return [info] if "raised_exception" in info else list(info.values())


def _raised(info: Any) -> bool:
    return bool(info.get("raised_exception")) if isinstance(info, dict) else True


def _escaped(query: str) -> str:
    return query.replace("{", "{{").replace("}", "}}")


def _colons(query: str) -> str:
    return query.replace(":", "\\:")
