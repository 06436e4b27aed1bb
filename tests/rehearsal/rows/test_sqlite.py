from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.rows.emptying import empty
from deploycheck.rehearsal.rows.filling import fill, remember
from deploycheck.rehearsal.rows.keeper import Keeper
from deploycheck.rehearsal.rows.sqlite import checks

TORTURE = (Path(__file__).parent / "torture_sqlite.sql").read_text(encoding="utf-8")


@pytest.fixture
def session(tmp_path: Path) -> DirectSession:
    return DirectSession(f"sqlite:///{tmp_path / 'throwaway.db'}")


def _run(session: DirectSession, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            session.run(statement)


@pytest.mark.parametrize("enforced", [True, False])
def test_every_table_that_can_take_a_row_gets_one(session: DirectSession, enforced: bool) -> None:
    if enforced:
        session._engine._connection.execute("PRAGMA foreign_keys = ON")
    with session:
        _run(session, TORTURE)
        rows = fill(session)
        assert set(rows.empty) <= {"impossible", "a", "b"}
        assert {name for name, kept in rows.tables.items() if len(kept.rows) != 1} == set(rows.empty)
        assert "alembic_version" not in rows.tables
        nulls = {
            f"{t}.{c}"
            for t, kept in rows.tables.items()
            for r in kept.rows
            for c, v in r.items()
            if v is None
        }
        assert nulls == set()
        assert session.query("PRAGMA foreign_key_check") == []
        assert not {"r", "s"} & set(rows.tables["every"].rows[0])
        assert rows.tables["every"].rows[0]["sel ect"] == "r7919"


def test_rows_are_lost_and_found(session: DirectSession) -> None:
    with session:
        _run(
            session,
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c BLOB);\nCREATE TABLE u (a TEXT)",
        )
        keeper = Keeper()
        keeper.before(session)
        assert keeper.after(session) == ()
        _run(
            session,
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c BLOB);\n"
            "INSERT INTO n SELECT id, NULL, b, c FROM t;\nDROP TABLE t;\n"
            "ALTER TABLE n RENAME TO t;\nDELETE FROM u",
        )
        assert [(x.table, x.column) for x in keeper.after(session)] == [("t", "a"), ("u", "")]


def test_our_rows_go_and_seeds_stay(session: DirectSession) -> None:
    with session:
        _run(
            session,
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB);\nCREATE TABLE u (t INTEGER REFERENCES t (id))",
        )
        fill(session)
        _run(
            session,
            "INSERT INTO t VALUES (1, 'seed');\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (7919)",
        )
        rows = fill(session, remember(session))
        assert rows.ours == {}
        session.run("DELETE FROM t WHERE id = 1")
        session.run("DELETE FROM u")
        session.run("DELETE FROM t")
        rows = fill(session)
        _run(
            session,
            "INSERT INTO t VALUES (1, 'seed');\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (7919)",
        )
        empty(session, remember(session, rows))
        assert session.query("SELECT id FROM t") == [(1,)]
        assert session.query("SELECT t FROM u") == [(1,)]


def test_conditions_are_read_to_their_bracket() -> None:
    ddl = "CREATE TABLE t (a TEXT CHECK (a <> ')' AND (a > '(')), b INT check(b > 0), c CHECK (never closed"
    assert list(checks(ddl)) == ["a <> ')' AND (a > '(')", "b > 0"]
