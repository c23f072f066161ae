"""A bureau's database view as a CSV file: agreed columns only, values in the form of the contract, read in one snapshot.

In: connection, view or query. Out: a finished draft. The transaction is read-only and its time limited; the rows come
through a server-side cursor, so memory doesn't grow with them. The server's own messages may quote a row and are restated.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.abc import Buffer
from psycopg.types.string import TextLoader

from ingest.headers import bind_headers, header_key
from ingest.pull.delivery import Draft
from ingest.pull.faults import PullFault
from ingest.pull.periods import Period
from ingest.pull.sources import Source, read_secret
from ingest.pull.values import cell_text, check_types
from warehouse.contracts import Column
from warehouse.errors import RefusedFile

CONNECT_SECONDS = 15
STATEMENT_SECONDS = 600
ROWS_A_FETCH = 5_000
# What the server writes exactly and Python would round, refuse (infinity, year 0044 BC) or write otherwise.
AS_WRITTEN = ("numeric", "date", "time", "timestamp", "timetz", "interval", "uuid", "inet", "xml")
LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006")
ZONE_OFFSET = re.compile(r"[+-][0-9]{2}(:[0-9]{2}){0,2}$")
UTF8_NAMES = ("utf-8", "utf-8-sig")


class LocalTimeLoader(TextLoader):
    """A moment as the clock in the district shows it: the session's zone is that of the contract."""

    def load(self, data: Buffer) -> bytes | str:
        text = super().load(data)
        return ZONE_OFFSET.sub("", text) if isinstance(text, str) else text


def write_rows(source: Source, period: Period, draft: Draft) -> None:
    """Write every row of the source's view or query into the draft.

    Raises: PullFault naming what is missing, refused or lost; ContractError for a password that isn't there.
    """
    password = read_secret(source.settings.get("password_from"), source.label)
    with _connect(source, password) as connection:
        try:
            _write(connection, source, period, draft)
        except psycopg.Error as error:
            raise _restated(error, source) from None
        except UnicodeDecodeError:
            raise PullFault(
                "encoding",
                "the database sends text that is no UTF-8",
                where=_place(source),
                remedy="ask the bureau for a view in a database with a declared encoding (server_encoding)",
            ) from None


def _connect(source: Source, password: str | None) -> psycopg.Connection[Any]:
    settings = source.settings
    limit = int(settings.get("statement_timeout_seconds", STATEMENT_SECONDS) * 1000)
    optional = {key: settings[key] for key in ("sslmode", "sslrootcert") if key in settings}
    try:
        connection = psycopg.connect(
            host=settings["host"],
            port=settings.get("port", 5432),
            dbname=settings["database"],
            user=settings["user"],
            password=password,
            connect_timeout=settings.get("connect_timeout_seconds", CONNECT_SECONDS),
            application_name="wulong-monitor",
            client_encoding="UTF8",
            options=f"-c statement_timeout={max(1, limit)} -c default_transaction_read_only=on "
            "-c timezone=Asia/Shanghai -c datestyle=ISO -c intervalstyle=iso_8601",
            keepalives=1,
            keepalives_idle=30,
            tcp_user_timeout=60_000,
            **optional,
        )
    except psycopg.Error as error:
        raise _not_connected(str(error), source) from None
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    for kind in AS_WRITTEN:
        connection.adapters.register_loader(kind, TextLoader)
    connection.adapters.register_loader("timestamptz", LocalTimeLoader)
    return connection


def _write(connection: psycopg.Connection[Any], source: Source, period: Period, draft: Draft) -> None:
    feed, settings = source.feed, source.settings
    relation, bound = _relation(settings, period)
    deadline = time.monotonic() + settings.get("statement_timeout_seconds", STATEMENT_SECONDS)
    described = connection.execute(sql.SQL("select * from {} limit 0").format(relation), bound).description or []
    found = {column.name: column.type_code for column in described}
    columns = _agreed(found, source)
    _check_complete(list(columns), source)
    check_types({name: (column, found[name]) for name, column in columns.values()}, _place(source))
    counted = connection.execute(sql.SQL("select count(*) from {}").format(relation), bound).fetchone()
    wanted = sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns.values())
    agreed = list(columns.values())
    encoding = "utf-8" if not feed.encodings or set(UTF8_NAMES) & set(feed.encodings) else feed.encodings[0]
    draft.write(_line(list(columns), encoding))
    with connection.cursor(name="wulong_pull") as cursor:
        cursor.itersize = ROWS_A_FETCH
        cursor.execute(sql.SQL("select {} from {}").format(wanted, relation), bound)
        for row in cursor:
            cells = [cell_text(cell, column) for cell, (_, column) in zip(row, agreed, strict=True)]
            draft.write_record(_line(cells, encoding), after=b"")
            if draft.rows % ROWS_A_FETCH == 0 and time.monotonic() > deadline:
                raise _too_slow(source)
    if counted is None or counted[0] != draft.rows:
        raise PullFault(
            "count_differs",
            "the rows that came are not as many as the server counts",
            where=_place(source),
            expected=f"{counted[0] if counted else 0} rows",
            found=f"{draft.rows} rows",
            remedy="pull again; when it happens again, ask the bureau whether the view gives the same rows twice",
        )


def _relation(settings: Mapping[str, Any], period: Period) -> tuple[sql.Composable, dict[str, object] | None]:
    """What stands behind `from`, and the values bound into it."""
    if "view" in settings:
        return sql.Identifier(*settings["view"].split(".")), None
    query = settings["query"].strip().rstrip(";")
    bound = {"period_start": period.start, "period_end": period.end, "period": period.text}
    return sql.SQL("({}) as pulled").format(sql.SQL(query)), bound if "%(" in query else None


def _agreed(found: Mapping[str, int], source: Source) -> dict[str, tuple[str, Column]]:
    """By header: the view's column and the contract's, in the order of the contract; nothing else leaves the bureau."""
    renamed = {name: header for header, name in source.settings.get("columns", {}).items()}
    absent = sorted(set(renamed) - set(found))
    if absent:
        raise _no_column(source, "columns named in sources.yml: " + ", ".join(absent))
    known: dict[str, Column] = {}
    for column in source.feed.columns:
        for text in (column.header, column.name, *column.synonyms):
            known.setdefault(header_key(text), column)
    by_column: dict[str, tuple[str, str]] = {}
    for name in found:
        header = renamed.get(name, name)
        match = known.get(header_key(header)) or _with_unit(header, known)
        if match is not None and (match.name not in by_column or name in renamed):
            by_column[match.name] = (match.header if header_key(header) in known else header, name)
    ordered = [column for column in source.feed.columns if column.name in by_column]
    return {by_column[column.name][0]: (by_column[column.name][1], column) for column in ordered}


def _with_unit(header: str, known: Mapping[str, Column]) -> Column | None:
    """The column of a header that ends in its unit, as 缴费基数(分) does."""
    opening = max(header.rfind("("), header.rfind("（"))
    return known.get(header_key(header[:opening])) if opening > 0 else None


def _check_complete(headers: Sequence[str], source: Source) -> None:
    try:
        bind_headers([list(headers)], source.feed, source.label)
    except RefusedFile as refusal:
        raise _no_column(source, refusal.expected) from None


def _line(cells: Sequence[str], encoding: str) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue().encode(encoding)


def _place(source: Source) -> str:
    settings = source.settings
    return f"{source.label}: {settings.get('view', 'query')} in {settings['database']} at {settings['host']}"


def _no_column(source: Source, expected: str) -> PullFault:
    return PullFault(
        "column_missing",
        "the view lacks a column of the contract",
        where=_place(source),
        expected=expected,
        remedy="ask the bureau to restore it, or name the view's column under columns: in sources.yml",
    )


def _too_slow(source: Source) -> PullFault:
    limit = source.settings.get("statement_timeout_seconds", STATEMENT_SECONDS)
    return PullFault(
        "timeout",
        "the query took too long and was stopped",
        where=_place(source),
        expected=f"at most {limit:g} s",
        remedy="ask the bureau for an index or a smaller view, or raise statement_timeout_seconds",
    )


def _not_connected(message: str, source: Source) -> PullFault:
    """A connection that was not made. libpq tells why in words only; they hold no row, but hosts' own languages differ."""
    text = message.lower()
    for code, signs, what, remedy in (
        ("login_refused", ("password", "authentication", "pg_hba", "认证", "role ", "角色"), "the database refuses the login", "check user, password_from and the bureau's pg_hba.conf"),
        ("tls", ("ssl", "certificate", "tls"), "the encrypted connection fails", "check sslmode and sslrootcert"),
        ("no_database", ("database", "数据库"), "there is no such database", "check database in sources.yml"),
    ):  # fmt: skip
        if any(sign in text for sign in signs):
            return PullFault(code, what, where=_place(source), remedy=remedy)
    return PullFault(
        "unreachable",
        "the database can't be reached",
        where=f"{_place(source)}:{source.settings.get('port', 5432)}",
        remedy="check host, port, network and firewall; the bureau's server may be down",
    )


def _restated(error: psycopg.Error, source: Source) -> PullFault:
    """A server's error by its code: its text may quote a row."""
    where, state = _place(source), error.sqlstate
    if isinstance(error, errors.QueryCanceled):
        return _too_slow(source)
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return PullFault(
            "view_missing",
            "the view isn't there",
            where=where,
            remedy="ask the bureau whether it was renamed or removed",
        )
    if isinstance(error, errors.UndefinedColumn | errors.AmbiguousColumn):
        return PullFault(
            "column_missing",
            "the query names a column that isn't there",
            where=where,
            remedy="correct query in sources.yml",
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return PullFault(
            "permission_denied",
            "the login may not read this view",
            where=where,
            expected=f"SELECT for {source.settings['user']}",
            remedy="ask the bureau to grant it",
        )
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return PullFault("not_read_only", "the query wants to write", where=where, remedy="a source may only read")
    if isinstance(error, psycopg.OperationalError) and (state is None or state in LOST):
        return PullFault(
            "connection_lost",
            "the connection was lost before the last row",
            where=where,
            remedy="pull again; nothing of this pull was kept",
        )
    return PullFault(
        "query_failed",
        "the database refuses the query",
        where=where,
        found=f"SQLSTATE {state}",
        remedy="try the view with psql; the code stands in appendix A of the PostgreSQL manual",
    )
