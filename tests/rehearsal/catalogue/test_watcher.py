from __future__ import annotations

import contextlib
import itertools
import random

import pytest

from deploycheck.rehearsal.catalogue import Watcher, difference, snapshot, tables
from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.session import Cell, StatementFailed
from tests.rehearsal.catalogue.ddl import ROLES, SET_UP, statements
from tests.rehearsal.servers import Fresh


@pytest.mark.parametrize("seed", range(8))
def test_what_is_read_again_is_the_whole_after_any_statement(fresh: Fresh, seed: int) -> None:
    chance = random.Random(seed)
    passed = 0
    with DirectSession(fresh()) as session:
        _set_up(session)
        watcher = Watcher(session)
        for statement in itertools.islice(statements(chance), 150):
            with contextlib.suppress(StatementFailed):
                session.run(statement)
                passed += 1
            if chance.random() < 0.6:
                assert watcher.now() == snapshot(session), statement
            match chance.randrange(12):
                case 0:
                    session.commit()
                case 1:
                    session.rollback()
    assert passed > 30


def _roles(session: DirectSession) -> None:
    """Make the roles where they are not there: they are the server's."""
    for role in ROLES:
        with contextlib.suppress(StatementFailed):
            session.run(f"CREATE ROLE {role}")


def _set_up(session: DirectSession) -> None:
    _roles(session)
    for statement in SET_UP:
        session.run(statement)
    session.commit()


def test_a_query_whose_text_follows_the_columns_of_others_is_read_again(session: DirectSession) -> None:
    session.run("CREATE TABLE a (id integer, x integer)")
    session.run("CREATE TABLE b (id integer, y integer)")
    session.run("CREATE TABLE c (z integer)")
    session.run("CREATE VIEW v AS SELECT id FROM c CROSS JOIN (a FULL JOIN b USING (id))")
    watcher = Watcher(session)
    before = watcher.now()
    session.run("ALTER TABLE c ADD id integer")
    after = watcher.now()
    assert after == snapshot(session)
    assert [line.split(":")[0] for line in difference(before, after)] == [
        "view v",
        "column c.id is still there (integer)",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE apple RENAME TO fruit",
        "ALTER TABLE apple RENAME id TO number",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        "ALTER TYPE mood RENAME TO feeling",
        "ALTER FUNCTION f1(integer) RENAME TO f9",
        "ALTER SCHEMA s1 RENAME TO s9",
        "UPDATE pg_class SET relname = 'fruit' WHERE oid = 'apple'::regclass",
        "ALTER TABLE apple SET SCHEMA s2",
        "ALTER SEQUENCE apple_id_seq RENAME TO counter",
        "ALTER ROLE deploycheck_reader RENAME TO deploycheck_reader2",
    ],
)
def test_a_new_name_is_seen_in_every_text_that_mentions_it(session: DirectSession, statement: str) -> None:
    _roles(session)
    for line in (*SET_UP, *_MENTIONS):
        session.run(line)
    watcher = Watcher(session)
    before = watcher.now()
    session.run(statement)
    after = watcher.now()
    assert after == snapshot(session)
    assert after != before


_MENTIONS = (
    "CREATE SCHEMA s2",
    (
        "CREATE TABLE basket (id integer REFERENCES apple (id), m mood DEFAULT 'sad', n integer CHECK "
        "(f1(n) > 0))"
    ),
    "CREATE INDEX ON basket (f1(n)) WHERE m = 'sad'",
    "CREATE VIEW v2 AS SELECT id, m FROM basket JOIN apple USING (id) JOIN s1.apple z USING (id)",
    "GRANT SELECT ON basket TO deploycheck_reader",
)


def test_an_open_transaction_and_its_end_are_seen(session: DirectSession) -> None:
    watcher = Watcher(session)
    nothing = watcher.now()
    session.run("CREATE TABLE t (id integer)")
    assert difference(nothing, watcher.now()) == ("table t is still there",)
    session.rollback()
    assert watcher.now() == nothing


def test_looking_leaves_the_settings_of_the_session_alone(session: DirectSession) -> None:
    session.run("SET LOCAL search_path TO pg_temp, public")
    session.run("SET LOCAL TimeZone TO 'Asia/Kolkata'")
    snapshot(session)
    assert session.query("SELECT current_setting('search_path'), current_setting('TimeZone')") == [
        ("pg_temp, public", "Asia/Kolkata")
    ]
    session.rollback()
    assert session.query("SELECT current_setting('search_path')") == [('"$user", public',)]


def test_another_connection_and_another_database_are_read_anew(fresh: Fresh) -> None:
    first, second = fresh(), fresh()
    with DirectSession(first) as one, DirectSession(second) as other:
        moving = _Moving(one)
        watcher = Watcher(moving)
        one.run("CREATE TABLE t (id integer)")
        one.commit()
        assert [t.title for t in watcher.now() if t.kind == "relation"] == ["table t"]
        moving.session = other
        assert [t.title for t in watcher.now() if t.kind == "relation"] == []
    with DirectSession(first) as again:
        moving.session = again
        assert [t.title for t in watcher.now() if t.kind == "relation"] == ["table t"]


class _Moving:
    """A session whose connection is replaced behind it."""

    backend = "postgresql"

    def __init__(self, session: DirectSession) -> None:
        self.session = session

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        return self.session.query(sql)

    def run(self, sql: str) -> None:
        self.session.run(sql)


def test_tables_that_hold_rows(session: DirectSession) -> None:
    for statement in (
        "CREATE TABLE t (id serial)",
        "CREATE SCHEMA s",
        "CREATE TABLE s.t (id integer) PARTITION BY RANGE (id)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE alembic_version (version_num text)",
        "CREATE TEMPORARY TABLE tmp (id integer)",
    ):
        session.run(statement)
    assert tables(session) == {"t", "s.t"}
