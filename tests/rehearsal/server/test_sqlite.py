from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.server.sqlite import SqliteFiles


def test_each_database_is_a_file_that_goes_with_the_run() -> None:
    with SqliteFiles() as files:
        first = files.create()
        with DirectSession(first.url) as session:
            session.run("CREATE TABLE t AS SELECT 1 AS id")
            session.commit()
        second = files.copy(first)
        with DirectSession(second.url) as session:
            assert session.query("SELECT id FROM t") == [(1,)]
            session.run("DROP TABLE t")
            session.commit()
        with DirectSession(first.url) as session:
            assert session.query("SELECT id FROM t") == [(1,)]
        files.drop(first)
        assert not Path(first.name).exists()
        assert Path(second.name).exists()
        assert files.version.startswith("SQLite 3.")
    assert not files.alive()
    assert not Path(second.name).exists()


def test_a_copy_takes_what_stands_in_the_log_beside_the_file() -> None:
    with SqliteFiles() as files:
        first = files.create()
        with contextlib.closing(sqlite3.connect(first.name)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE t (id int)")
            connection.commit()
            second = files.copy(first)
        with DirectSession(second.url) as session:
            assert session.query("SELECT count(*) FROM t") == [(0,)]


@pytest.mark.parametrize(
    ("message", "line"),
    [("database or disk is full", "The disk is full where"), ("near 'x': syntax error", "")],
)
def test_a_full_disk_is_told_from_a_statement_that_is_wrong(message: str, line: str) -> None:
    with SqliteFiles() as files:
        assert files.loss("", message).startswith(line)
        assert bool(files.loss("", message)) == bool(line)
