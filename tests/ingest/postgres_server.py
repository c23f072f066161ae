"""A real PostgreSQL server for the tests: Debian's package, a socket in a folder of its own, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

BINARIES = Path("/usr/lib/postgresql")
OWNER = "postgres"
READER, PASSWORD = "wulong_read", "kein Geheimnis 密码"


@dataclass(frozen=True)
class Server:
    """A running server: its socket folder, and how to talk to it as its owner."""

    folder: Path

    def run(self, *statements: str) -> None:
        """Run statements as the owner of the database."""
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname="bureau", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, question: str) -> list[tuple]:
        """Rows as the owner sees them."""
        with psycopg.connect(host=str(self.folder), user=OWNER, dbname="bureau", autocommit=True) as connection:
            return connection.execute(question).fetchall()


def binaries() -> Path | None:
    """The newest server's programs on this machine, None where there is none."""
    found = sorted(BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parent.parent.name.split(".")[0]))
    return found[-1].parent if found else None


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """A fresh server; it refuses to run as root, so it runs as its package's user then."""
    folder = Path(tempfile.mkdtemp(prefix="wulong-pg-", dir="/tmp"))
    account: dict[str, object] = {}
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        account = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def run(*command: str) -> None:
        log = folder / "commands.log"
        with log.open("ab") as stream:
            done = subprocess.run(
                [programs / command[0], *command[1:]], cwd=folder, stdout=stream, stderr=stream, timeout=120, **account
            )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {log.read_text(errors='replace')[-2000:]}")

    data = folder / "data"
    try:
        run("initdb", "-D", str(data), "-U", OWNER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (data / "pg_hba.conf").write_text(f"local all {OWNER} trust\nlocal all all scram-sha-256\n")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "server.log"), "-o", options, "start")
        try:
            with psycopg.connect(host=str(folder), user=OWNER, dbname="postgres", autocommit=True) as connection:
                connection.execute("create database bureau")
            server = Server(folder)
            server.run(
                f"create role {READER} login password '{PASSWORD}'",
                "create schema share",
                f"grant usage on schema share to {READER}",
            )
            yield server
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
