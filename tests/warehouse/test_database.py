"""The app's connection: read-only, shut in, its settings locked, and openable twice."""

import duckdb
import pytest

from warehouse.database import open_candidate, open_published
from warehouse.errors import MissingBuild


@pytest.fixture
def published(tmp_path):
    path = tmp_path / "dashboard.duckdb"
    with open_candidate(path) as connection:
        connection.execute("create table t as select 1 as a")
    with open_published(path) as first, open_published(path):
        yield first


def test_it_reads(published) -> None:
    assert published.execute("select a from t").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into t values (2)",
        "drop table t",
        "copy t to 'out.csv'",
        "attach 'other.duckdb' as other",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set memory_limit = '1TB'",
        "select 1; drop table t",
    ],
)
def test_it_does_nothing_else(published, statement) -> None:
    with pytest.raises(duckdb.Error):
        published.execute(statement)


def test_a_missing_build_says_what_to_do(tmp_path) -> None:
    with pytest.raises(MissingBuild, match="refresh"):
        open_published(tmp_path / "none.duckdb")
