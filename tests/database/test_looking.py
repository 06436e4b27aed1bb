"""A real PostgreSQL and real SQLite files, looked at: what is seen, and that looking leaves no trace."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from deploycheck.database import connecting
from deploycheck.database.connecting import Limits
from deploycheck.database.errors import Unreachable
from deploycheck.database.looking import look
from deploycheck.database.urls import address_of
from deploycheck.facts.migrations.version_names import VersionName
from deploycheck.facts.target import VersionTable
from tests.postgres import Postgres

VERSION = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)"


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def named(url: str) -> str:
    with psycopg.connect(url) as connection:
        return connection.info.dbname


# -- PostgreSQL ------------------------------------------------------------------------------------


def test_an_empty_postgresql(postgres: Postgres) -> None:
    seen = look(postgres())
    assert seen.dialect == "postgresql"
    assert seen.version.split(".")[0].isdigit()
    assert seen.encoding == "UTF8"
    assert seen.tables == seen.views == frozenset()
    assert seen.version_tables == ()
    assert seen.connections is not None
    assert (seen.connections.limit, seen.connections.reserved, seen.connections.usable) == (100, 3, 97)
    assert not seen.pooler


def test_tables_views_and_version_tables_of_every_schema(postgres: Postgres) -> None:
    url = postgres()
    execute(
        url,
        "CREATE TABLE tools (id int)",
        "CREATE VIEW shelf AS SELECT * FROM tools",
        "CREATE SCHEMA audit",
        "CREATE TABLE audit.events (id int)",
        VERSION,
        "INSERT INTO alembic_version VALUES ('b2'), ('a1')",
        "CREATE TABLE audit.versions (version_num varchar(32) NOT NULL)",
        "CREATE TABLE audit.kept (version_num varchar(32) NOT NULL, at timestamptz)",
        "CREATE TABLE other (version_num varchar(32) NOT NULL, at timestamptz)",
    )
    seen = look(url, [VersionName("kept", "audit")])
    assert seen.version_tables == (
        VersionTable("audit", "kept", (), "audit"),
        VersionTable("audit", "versions", (), "audit"),
        VersionTable("", "alembic_version", ("a1", "b2"), "public"),
    )
    assert {("", "tools"), ("public", "tools"), ("audit", "events")} <= seen.tables
    assert ("", "events") not in seen.tables
    assert ("", "shelf") in seen.views - seen.tables


def test_the_search_path_of_the_url_counts(postgres: Postgres) -> None:
    url = postgres()
    execute(url, "CREATE SCHEMA shop", f"SET search_path = shop; {VERSION}")
    seen = look(f"{url}&options=-csearch_path%3Dshop")
    assert seen.version_tables == (VersionTable("", "alembic_version", (), "shop"),)


def test_the_limit_of_one_database_and_what_is_in_use(postgres: Postgres) -> None:
    url = postgres()
    execute(url, f"ALTER DATABASE {named(url)} CONNECTION LIMIT 12")
    with psycopg.connect(url), psycopg.connect(url):
        seen = look(url)
    assert seen.connections is not None
    assert seen.connections.usable == 12
    assert seen.connections.in_use >= 2


def test_a_role_without_rights_counts_the_connections_of_others(postgres: Postgres) -> None:
    url = postgres()
    execute(url, "DROP ROLE IF EXISTS watcher", "CREATE ROLE watcher LOGIN")
    with psycopg.connect(url), psycopg.connect(url):
        seen = look(url.replace("postgres:@", "watcher@"))
    assert seen.connections is not None
    assert seen.connections.in_use >= 2


def test_the_server_s_encoding_and_time_zone(postgres: Postgres) -> None:
    url = postgres()
    execute(url, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    other = url.replace(named(url), "bytes")
    execute(other, "ALTER DATABASE bytes SET timezone = 'Asia/Tokyo'", "CREATE TABLE tools (id int)")
    seen = look(other)
    assert (seen.encoding, seen.time_zone) == ("SQL_ASCII", "Asia/Tokyo")
    assert ("", "tools") in seen.tables


def test_nothing_can_be_written_and_nothing_is_locked_but_for_reading(postgres: Postgres) -> None:
    url = postgres()
    execute(url, VERSION, "INSERT INTO alembic_version VALUES ('a1')")
    with connecting.postgresql(address_of(url), Limits()) as connection:
        connection.execute(b"SELECT version_num FROM alembic_version")
        shown = connection.execute(b"SHOW default_transaction_read_only").fetchone()
        assert shown == ("on",)
        with psycopg.connect(url) as other:
            query = "SELECT DISTINCT mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'"
            modes = other.execute(query, [connection.info.backend_pid]).fetchall()
        assert modes == [("AccessShareLock",)]
    for statement in (
        b"INSERT INTO alembic_version VALUES ('b2')",
        b"CREATE TABLE x ()",
        b"SELECT nextval('s')",
    ):
        execute(url, "CREATE SEQUENCE IF NOT EXISTS s")
        with (
            pytest.raises(Unreachable, match="read-only transaction"),
            connecting.postgresql(address_of(url), Limits()) as connection,
        ):
            connection.execute(statement)
    assert look(url).version_tables[0].revisions == ("a1",)


def test_looking_changes_no_counter_of_writes(postgres: Postgres) -> None:
    url = postgres()
    execute(url, VERSION, "INSERT INTO alembic_version VALUES ('a1')")
    count = (
        "SELECT pg_stat_force_next_flush(), sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_all_tables"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        before = connection.execute(count.encode()).fetchone()
        look(url)
        assert connection.execute(count.encode()).fetchone() == before


def test_a_slow_statement_is_cancelled(postgres: Postgres) -> None:
    address = address_of(postgres())
    with (
        pytest.raises(Unreachable, match="statement timeout: the server is too slow"),
        connecting.postgresql(address, Limits(statement=0.1)) as connection,
    ):
        connection.execute(b"SELECT pg_sleep(60)")


def test_a_table_that_a_migration_has_locked_is_not_waited_for(postgres: Postgres) -> None:
    url = postgres()
    execute(url, VERSION)
    with psycopg.connect(url) as other:
        other.execute(b"LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unreachable, match="lock timeout: a migration may be running"):
            look(url, limits=Limits(lock=0.1))


def test_a_version_table_that_may_not_be_read(postgres: Postgres) -> None:
    url = postgres()
    execute(url, VERSION, "CREATE SCHEMA hidden", "CREATE TABLE hidden.v (version_num varchar(32))")
    execute(url, "DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
    theirs = url.replace("postgres:@", "stranger@")
    assert look(theirs).version_tables == ()
    with pytest.raises(
        Unreachable, match="permission denied for table alembic_version: let this role SELECT"
    ):
        look(theirs, [VersionName()])
    with pytest.raises(Unreachable, match="permission denied for schema hidden"):
        look(theirs, [VersionName("v", "hidden")])


def test_a_database_that_is_not_there(postgres: Postgres) -> None:
    url = postgres()
    with pytest.raises(
        Unreachable, match='database "nowhere" does not exist: check the name of the database'
    ):
        look(url.replace(named(url), "nowhere"))


# -- servers that misbehave ------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server, server.getsockname()[1]


def test_a_port_that_accepts_and_never_answers() -> None:
    with listening() as (_, port), pytest.raises(Unreachable) as raised:
        look(f"postgresql://u:sentinel-pw@127.0.0.1:{port}/shop", limits=Limits(connect=2))
    text = str(raised.value)
    assert text.startswith(f"cannot look at postgresql://u:***@127.0.0.1:{port}/shop: ")
    assert "check that the server can be reached from here" in text
    assert "\n" not in text
    assert "sentinel-pw" not in text


def test_a_port_where_nobody_listens() -> None:
    with listening() as (_, port):
        pass
    with pytest.raises(Unreachable, match="Connection refused: check the host and the port"):
        look(f"postgresql://u:p@127.0.0.1:{port}/shop")


def test_a_host_that_no_name_server_knows() -> None:
    with pytest.raises(Unreachable, match="check the name of the host"):
        look("postgresql://u:p@nowhere.invalid/shop")


def test_a_server_of_another_kind() -> None:
    with listening() as (server, port):

        def talk() -> None:
            line, _ = server.accept()
            line.recv(8)
            line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            line.close()

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(Unreachable) as raised:
            look(f"postgresql://u:p@127.0.0.1:{port}/shop")
        thread.join()
    assert "\n" not in str(raised.value)


def test_a_line_that_goes_dead_after_connecting(postgres: Postgres) -> None:
    with (
        pytest.raises(Unreachable, match=r"no answer within 0\.2 s"),
        connecting.postgresql(address_of(postgres()), Limits(whole=0.2, statement=0)) as connection,
    ):
        connection.execute(b"SELECT pg_sleep(60)")


# -- SQLite ----------------------------------------------------------------------------------------


def made(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return f"sqlite:///{path}"


def files_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in sorted(folder.iterdir())}


ROW = "INSERT INTO alembic_version VALUES ('a1')"


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_sqlite_file_stays_as_it_was(tmp_path: Path, mode: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    url = made(
        folder / "a b é.db", f"PRAGMA journal_mode = {mode}", VERSION, ROW, "CREATE VIEW v AS SELECT 1"
    )
    before = files_of(folder)
    seen = look(url.replace("sqlite:", "sqlite+aiosqlite:"))
    assert files_of(folder) == before
    assert seen.version_tables == (VersionTable("", "alembic_version", ("a1",)),)
    assert seen.tables == {("", "alembic_version")}
    assert seen.views == {("", "v")}
    assert (seen.dialect, seen.encoding, seen.connections) == ("sqlite", "UTF-8", None)


WRITER = """
import sqlite3, sys
writer = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2:]:
    writer.execute(statement)
writer.commit()
print("written", flush=True)
sys.stdin.read()
"""


@contextmanager
def written_by_another_process(path: Path) -> Iterator[None]:
    """Another process holds the file open, so that what it wrote stands in the log alone."""
    words = [sys.executable, "-c", WRITER, str(path), "PRAGMA journal_mode = wal", VERSION, ROW]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline().strip() == b"written"
        yield


def test_what_stands_only_in_the_log_is_seen_and_the_log_stays(tmp_path: Path) -> None:
    with written_by_another_process(tmp_path / "shop.db"):
        before = files_of(tmp_path)
        seen = look(f"sqlite:///{tmp_path / 'shop.db'}")
        assert files_of(tmp_path) == before
    assert seen.version_tables == (VersionTable("", "alembic_version", ("a1",)),)


def test_a_log_without_its_index_is_told_and_not_passed_over(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with written_by_another_process(tmp_path / "shop.db"):
        for name in ("shop.db", "shop.db-wal"):
            (copy / name).write_bytes((tmp_path / name).read_bytes())
    before = files_of(copy)
    with pytest.raises(Unreachable, match="write-ahead log has no index"):
        look(f"sqlite:///{copy / 'shop.db'}")
    assert files_of(copy) == before


def test_nothing_can_be_written_to_a_file(tmp_path: Path) -> None:
    address = address_of(made(tmp_path / "shop.db", VERSION))
    with pytest.raises(Unreachable, match="readonly"), connecting.sqlite(address, Limits()) as connection:
        connection.execute(ROW)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="No such file or directory: check the path"):
        look(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database, and long enough to have a header" * 40)
    with pytest.raises(Unreachable, match="file is not a database: check that this is the file"):
        look(f"sqlite:///{file}")
    with pytest.raises(Unreachable, match="Is a directory"):
        look(f"sqlite:///{tmp_path}")


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch()
    assert look(f"sqlite:///{tmp_path / 'shop.db'}").tables == frozenset()


def test_a_file_that_another_process_writes_to(tmp_path: Path) -> None:
    url = made(tmp_path / "shop.db", VERSION)
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unreachable, match="locked: another process is writing"):
            look(url, limits=Limits(lock=0.05))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    url = made(tmp_path / "shop.db", VERSION)
    (tmp_path / "shop.db").chmod(0)
    with pytest.raises(Unreachable, match="Permission denied: let this user read it"):
        look(url)
