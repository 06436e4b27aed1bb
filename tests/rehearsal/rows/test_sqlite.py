from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.rows.emptying import empty
from deploycheck.rehearsal.rows.filling import fill, remember
from deploycheck.rehearsal.rows.keeper import Keeper
from deploycheck.rehearsal.rows.sqlite import checks

TORTURE = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE root (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(3) NOT NULL UNIQUE);
CREATE TABLE child (id INTEGER NOT NULL, root_id INTEGER NOT NULL, PRIMARY KEY (id), FOREIGN KEY(root_id) REFERENCES Root (id));
CREATE TABLE implied (root_id INTEGER NOT NULL REFERENCES root);
CREATE TABLE selfish (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES selfish (id));
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INTEGER REFERENCES egg (id));
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INTEGER NOT NULL REFERENCES hen (id));
CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES b (id));
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id));
CREATE TABLE every (a BOOLEAN DEFAULT 1, b DATETIME, c DATE, d TIME, e JSON, f CHAR(32), g CHAR(36), h BIGINT, i VARCHAR(2), j TEXT,
  k BLOB, l FLOAT, m NUMERIC(10, 2), n, o DOUBLE PRECISION, p GEOMETRY, q UUID, "sel ect" TEXT, r INTEGER AS (h * 2) STORED, s INTEGER AS (h) VIRTUAL);
CREATE TABLE checked (kind VARCHAR(8) CONSTRAINT "mood (x)" CHECK (kind IN ('north', 'it''s (')), a INTEGER CHECK (a BETWEEN 11 AND 13),
  b DATE, c DATE, d TEXT NOT NULL CHECK (length(d) = 17 AND d <> ')'), e JSON, CHECK (json_type(e) = 'array'), CHECK (b < c));
CREATE TABLE impossible (a INTEGER NOT NULL CHECK (a > 5 AND a < 3));
CREATE TABLE strict_one (a INT NOT NULL, b TEXT, c REAL, d BLOB) STRICT;
CREATE TABLE keyed (a TEXT PRIMARY KEY, b INTEGER) WITHOUT ROWID;
CREATE VIEW seen AS SELECT * FROM root;
"""


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
        session._engine._connection.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
    with session:
        _run(session, TORTURE)
        rows = fill(session)
        assert set(rows.empty) <= {"impossible", "a", "b"}
        assert {name for name, kept in rows.tables.items() if len(kept.rows) != 1} == set(rows.empty)
        assert "alembic_version" not in rows.tables
        nulls = {f"{t}.{c}" for t, kept in rows.tables.items() for r in kept.rows for c, v in r.items() if v is None}
        assert nulls == set()
        assert session.query("PRAGMA foreign_key_check") == []
        assert not {"r", "s"} & set(rows.tables["every"].rows[0])
        assert rows.tables["every"].rows[0]["sel ect"] == "r7919"


def test_rows_are_lost_and_found(session: DirectSession) -> None:
    with session:
        _run(session, "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c BLOB);\nCREATE TABLE u (a TEXT)")
        keeper = Keeper()
        keeper.before(session)
        assert keeper.after(session) == ()
        _run(
            session,
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c BLOB);\n"
            "INSERT INTO n SELECT id, NULL, b, c FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\nDELETE FROM u",
        )
        assert [(x.table, x.column) for x in keeper.after(session)] == [("t", "a"), ("u", "")]


def test_our_rows_go_and_seeds_stay(session: DirectSession) -> None:
    with session:
        _run(session, "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB);\nCREATE TABLE u (t INTEGER REFERENCES t (id))")
        fill(session)
        _run(session, "INSERT INTO t VALUES (1, 'seed');\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (7919)")
        rows = fill(session, remember(session))
        assert rows.ours == {}
        session.run("DELETE FROM t WHERE id = 1")
        session.run("DELETE FROM u")
        session.run("DELETE FROM t")
        rows = fill(session)
        _run(session, "INSERT INTO t VALUES (1, 'seed');\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (7919)")
        empty(session, remember(session, rows))
        assert session.query("SELECT id FROM t") == [(1,)]
        assert session.query("SELECT t FROM u") == [(1,)]


def test_conditions_are_read_to_their_bracket() -> None:
    ddl = "CREATE TABLE t (a TEXT CHECK (a <> ')' AND (a > '(')), b INT check(b > 0), c CHECK (never closed"
    assert list(checks(ddl)) == ["a <> ')' AND (a > '(')", "b > 0"]
