from __future__ import annotations

from pathlib import Path

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.rows.filling import fill
from deploycheck.rehearsal.rows.solving import works
from deploycheck.rehearsal.session import Cell, Session, StatementFailed
from tests.rehearsal.servers import Fresh

EVERY_TYPE = (Path(__file__).parent / "every_type.sql").read_text(encoding="utf-8")


class Counting:
    """A session that keeps what it is asked."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.backend = session.backend
        self.asked: list[str] = []

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        self.asked.append(sql)
        return self._session.query(sql)

    def run(self, sql: str) -> None:
        self.asked.append(sql)
        self._session.run(sql)


def _run(session: DirectSession, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            session.run(statement)


def test_a_table_of_every_type_gets_a_whole_row(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _run(session, EVERY_TYPE)
        rows = fill(session)
        assert rows.empty == {}
        [row] = rows.tables["everything"].rows
        without_libxml = set() if works(session, "'<r/>'::xml") else {"cg"}
        assert {name for name, value in row.items() if value is None} == without_libxml
        assert len(row) == len(session.query("SELECT * FROM everything")[0]) - len({"made", "virtual"})
        assert row["flag"] is False


TORTURE = (Path(__file__).parent / "torture.sql").read_text(encoding="utf-8")


def _torture(session: DirectSession) -> None:
    session.run("CREATE TABLE refused (id int PRIMARY KEY)")
    session.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'not here, ever'; END $$"
    )
    session.run("CREATE TRIGGER r BEFORE INSERT ON refused FOR EACH ROW EXECUTE FUNCTION refuse()")
    session.run("CREATE TABLE swallowed (id int)")
    session.run("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$")
    session.run("CREATE TRIGGER r BEFORE INSERT ON swallowed FOR EACH ROW EXECUTE FUNCTION swallow()")
    _run(session, TORTURE)


def test_every_table_that_can_take_a_row_gets_one(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _torture(session)
        rows = fill(session)
        assert rows.empty == {
            "impossible": 'new row for relation "impossible" violates check constraint "impossible_id_check"',
            "nowhere": "it has no partition",
            "orphan": "refused, which it refers to, has no row",
            "refused": "not here, ever",
            "swallowed": "a trigger or rule takes its rows away",
        }
        assert {name for name, kept in rows.tables.items() if len(kept.rows) != 1} == set(rows.empty)
        assert "alembic_version" not in rows.tables
        assert "migrations_done" not in rows.tables
        nulls = {
            f"{t}.{c}"
            for t, kept in rows.tables.items()
            for r in kept.rows
            for c, v in r.items()
            if v is None
        }
        assert nulls in ({"span.m"}, {"span.n"})
        session.commit()
        assert fill(session, rows).ours == rows.ours


def test_it_leaves_nothing_pending_for_an_alter_table(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _torture(session)
        fill(session)
        session.run("ALTER TABLE wait_b ALTER a TYPE bigint")
        session.run("INSERT INTO wait_b VALUES (1, 2)")
        with pytest.raises(StatementFailed, match="wait_b_a_fkey"):
            session.commit()


def test_rows_that_stand_are_left_alone(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _run(
            session,
            "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (3), (4);"
            "CREATE TABLE b (a int NOT NULL REFERENCES a)",
        )
        rows = fill(session)
        assert session.query("SELECT id FROM a ORDER BY id") == [(3,), (4,)]
        assert session.query("SELECT a FROM b") == [(3,)]
        assert set(rows.ours) == {"b"}


def test_columns_that_a_step_added_get_a_value_unless_told_otherwise(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _run(session, "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE a (id int)")
        first = fill(session)
        _run(session, "ALTER TABLE a ADD n text CHECK (length(n) = 2), ADD p int REFERENCES p")
        assert session.query("SELECT n, p FROM a") == [(None, None)]
        fill(session, first, renew=False)
        assert session.query("SELECT n, p FROM a") == [(None, None)]
        fill(session, first)
        [(n, p)] = session.query("SELECT n, p FROM a")
        assert len(str(n)) == 2
        assert p == 7919


def test_a_second_look_asks_only_for_what_changed(fresh: Fresh) -> None:
    with DirectSession(fresh()) as session:
        _run(session, "".join(f"CREATE TABLE t{i} (id serial PRIMARY KEY, name text);" for i in range(120)))
        rows = fill(session)
        counting = Counting(session)
        assert fill(counting, rows) == rows
        assert len(counting.asked) == 1
        session.run("UPDATE t7 SET name = 'other'")
        counting = Counting(session)
        assert fill(counting, rows).tables["t7"].rows[0]["name"] == "other"
        assert len(counting.asked) == 3
