from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.rows.keeper import Keeper
from deploycheck.rehearsal.rows.losses import lost
from deploycheck.rehearsal.rows.model import Kept, Rows
from deploycheck.rehearsal.rows.same import same
from tests.rehearsal.servers import Fresh

SCHEMA = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TABLE t (id serial PRIMARY KEY, a text, n int, f numeric(10,2), at timestamptz, j jsonb, m mood)",
    "CREATE TABLE u (a text, b text)",
    "CREATE TABLE p (id int PRIMARY KEY)",
    "CREATE TABLE c (p_id int NOT NULL REFERENCES p)",
)


@pytest.fixture
def session(fresh: Fresh) -> Iterator[DirectSession]:
    with DirectSession(fresh()) as session:
        for statement in SCHEMA:
            session.run(statement)
        session.commit()
        yield session


@pytest.mark.parametrize(
    ("statements", "gone"),
    [
        ([], []),
        (["ALTER TABLE t DROP a", "ALTER TABLE t ADD a text"], ["t.a"]),
        (["ALTER TABLE t DROP a"], ["t.a"]),
        (["ALTER TABLE t DROP n", "ALTER TABLE t ADD n int NOT NULL DEFAULT 0"], ["t.n"]),
        (["ALTER TABLE t ALTER f TYPE numeric(10,0)", "ALTER TABLE t ALTER f TYPE numeric(10,2)"], ["t.f"]),
        (["ALTER TABLE t ALTER at TYPE date", "ALTER TABLE t ALTER at TYPE timestamptz"], ["t.at"]),
        (["ALTER TABLE t ALTER f TYPE numeric(20,5)"], []),
        (["ALTER TABLE t ALTER n TYPE text", "ALTER TABLE t ALTER a TYPE varchar(50)"], []),
        (["ALTER TABLE t ALTER j TYPE text", "ALTER TABLE t ALTER at TYPE timestamp"], []),
        (["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"], ["t.m"]),
        (["ALTER TYPE mood RENAME VALUE 'sad' TO 'b'", "ALTER TYPE mood RENAME VALUE 'b' TO 'sad'"], []),
        (["DELETE FROM c", "TRUNCATE u"], ["c.", "u."]),
        (["DROP TABLE c", "CREATE TABLE c (p_id int NOT NULL REFERENCES p)"], ["c."]),
        (["INSERT INTO u VALUES ('x', 'y')", "UPDATE u SET b = 'z' WHERE a <> 'x'"], ["u.b"]),
        (["INSERT INTO t (a) VALUES ('new')"], []),
        (["ALTER TABLE t RENAME a TO z", "ALTER TABLE t RENAME z TO a"], []),
    ],
    ids=str,
)
def test_what_is_gone_is_named_and_nothing_else(
    session: DirectSession, statements: list[str], gone: list[str]
) -> None:
    keeper = Keeper()
    keeper.before(session)
    session.commit()
    for statement in statements:
        session.run(statement)
    assert [f"{x.table}.{x.column}" for x in keeper.after(session)] == gone


def test_our_rows_go_with_what_refers_to_them_and_seeds_stay(session: DirectSession) -> None:
    keeper = Keeper()
    keeper.before(session)
    session.run("INSERT INTO p VALUES (1)")
    session.run("INSERT INTO c VALUES (1)")
    session.run("CREATE TABLE copied AS SELECT * FROM p")
    session.run("INSERT INTO t (a) VALUES ('seed')")
    keeper.empty(session)
    assert session.query("SELECT id FROM p") == [(1,)]
    assert session.query("SELECT p_id FROM c") == [(1,)]
    assert session.query("SELECT a FROM t") == [("seed",)]
    assert session.query("SELECT count(*) FROM u") == [(0,)]
    assert session.query("SELECT count(*) FROM copied") == [(2,)]
    assert not keeper.rows.ours
    keeper.empty(session, everything=True)
    assert session.query("SELECT count(*) FROM copied") == [(0,)]
    session.run("ALTER TABLE c ADD CONSTRAINT again FOREIGN KEY (p_id) REFERENCES p")


def test_a_table_with_too_many_rows_is_passed_over(session: DirectSession) -> None:
    session.run("INSERT INTO u SELECT i, i FROM generate_series(1, 3000) i")
    keeper = Keeper()
    keeper.before(session)
    session.run("DELETE FROM u WHERE a = '7'")
    assert keeper.after(session) == ()


def test_rows_are_paired_by_their_key_whatever_their_order() -> None:
    one, two = {"id": Decimal(1), "a": "x"}, {"id": Decimal(2), "a": "y"}
    before = Rows({"t": Kept("t", ("id",), (one, two))})
    assert lost(before, Rows({"t": Kept("t", ("id",), (two, one))})) == ()
    [gone] = lost(before, Rows({"t": Kept("t", ("id",), (two,))}))
    assert (gone.table, gone.column) == ("t", "")
    [gone] = lost(before, Rows({"t": Kept("t", ("id",), ({**two, "a": None}, one))}))
    assert gone.column == "a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("1.50"), Decimal("1.5")),
        (Decimal(1), "1"),
        (True, "t"),
        (True, Decimal(1)),
        ("abc  ", "abc"),
        ("2001-02-03", "2001-02-03T00:00:00"),
        ("2001-02-03T04:05:06+00:00", "2001-02-03 04:05:06"),
        ("2001-02-03T04:05:06+02:00", "2001-02-03T02:05:06+00:00"),
        ("00000000000040008000000000007919", "00000000-0000-4000-8000-000000007919"),
        ({"a": Decimal(1), "b": [Decimal("2.0")]}, '{"b": [2], "a": 1}'),
        (None, None),
    ],
    ids=str,
)
def test_another_form_of_a_value_is_the_same(one: object, other: object) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (Decimal(1), Decimal(2)),
        (True, False),
        (True, "true story"),
        ("a", "A"),
        ("2001-02-03T04:05:06", "2001-02-03"),
        ({"a": Decimal(1)}, {}),
        ([Decimal(1), Decimal(2)], [Decimal(2), Decimal(1)]),
        ("", Decimal(0)),
    ],
    ids=str,
)
def test_another_value_is_not(one: object, other: object) -> None:
    assert not same(one, other)
    assert not same(other, one)
