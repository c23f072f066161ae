"""A steward's link changes what rests on it, and its undo gives every table back as it was, but for the record of the decision."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.line.worlds import DATABASES, World, copy_home, read_table, refresh
from warehouse import decisions
from warehouse.database import open_build
from warehouse.manifests import read_manifests
from warehouse.matches import proposals
from warehouse.steward_feeds import LINKS

WHO = {"reason": "核对户口簿", "steward": "数据管理岗"}
# Which decisions there are is what these tables are about.
OF_DECISIONS = (
    "stg_data_steward__identity_links",
    "int_identities__linked",
    "fct_identity_proposal",
    "case_identity_proposals",
)
# Three refreshes: with the proofs, and on the hamlet.
pytestmark = [pytest.mark.slow, pytest.mark.district]


def differing(first: Path, second: Path) -> dict[str, int]:
    """Rows that only one of two builds has, by table, without those that speak of the feed of decisions itself."""
    found: dict[str, int] = {}
    for database in DATABASES:
        with open_build(first / f"{database}.duckdb") as connection:
            other = str(second / f"{database}.duckdb").replace("'", "''")
            connection.execute(f"attach '{other}' as other (read_only)")
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_type = 'BASE TABLE' and table_catalog = current_catalog() order by 1, 2"
            ).fetchall()
            for schema, table in tables:
                one, two = f'"{schema}"."{table}"', f'other."{schema}"."{table}"'
                rows = connection.execute(
                    f"with a as (select t::varchar as row from {one} as t), b as (select t::varchar as row from {two} as t)"
                    " select count(*) from ((from a except all from b) union all (from b except all from a))"
                    " where row not like '%data_steward%'"
                ).fetchone()[0]
                if rows and not table.endswith(OF_DECISIONS):
                    found[f"{database}.{schema}.{table}"] = rows
    return found


def test_a_link_and_its_undo(hamlet: World, tmp_path: Path) -> None:
    place = copy_home(hamlet, tmp_path)
    before = place.current.resolve()
    pair = next(p for p in proposals(place) if p.feed_id in ("finance__payments", "civil_affairs__register"))
    decisions.decide(place, pair.subject_key, pair.person_key, "link", **WHO, at="2025-11-20T10:00:00")
    refresh(place)
    linked = place.current.resolve()
    assert linked != before
    query = f"select count(*) from main.int_identities__rows where person_key = '{pair.person_key}'"
    assert read_table(place, "warehouse", query).item() > 0
    assert differing(before, linked), "the link has changed nothing"
    decisions.decide(place, pair.subject_key, pair.person_key, "undo", **WHO, at="2025-11-21T10:00:00")
    refresh(place)
    assert place.current.resolve() not in (before, linked)
    assert differing(before, place.current.resolve()) == {}
    told = [(m.file, m.rows_accepted) for m in read_manifests(place, LINKS)]
    assert told == [(f"{LINKS}__20251123__001.jsonl", 1), (f"{LINKS}__20251123__002.jsonl", 2)]
    # Nothing was decided since: nothing is delivered, and the same build stands.
    shown = place.current.resolve()
    refresh(place)
    assert place.current.resolve() == shown
    assert len(list(read_manifests(place, LINKS))) == 2
