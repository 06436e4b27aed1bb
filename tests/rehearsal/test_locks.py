from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploycheck.facts.rehearsed import Lock
from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.locks import held, standing
from tests.rehearsal.servers import Fresh

SCHEMA = """
CREATE TABLE p (id int PRIMARY KEY, n int);
INSERT INTO p VALUES (1, 1);
CREATE TABLE a (id int PRIMARY KEY, p_id int, x int, t varchar(10), v int);
CREATE INDEX a_x ON a (x);
INSERT INTO a VALUES (1, 1, 3, 'q', 5);
CREATE TABLE e (id int PRIMARY KEY, x int);
CREATE TABLE parted (id int) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1);
ALTER TABLE a ADD CONSTRAINT known CHECK (v IS NOT NULL);
ALTER TABLE a ADD CONSTRAINT later CHECK (x > 0) NOT VALID
"""


@pytest.fixture
def session(fresh: Fresh) -> Iterator[DirectSession]:
    with DirectSession(fresh()) as session:
        for statement in SCHEMA.split(";"):
            session.run(statement)
        session.commit()
        yield session


def _waiting(session: DirectSession, *statements: str) -> list[str]:
    before = standing(session)
    for statement in statements:
        session.run(statement)
    locks = held(session, before)
    return [
        f"{lock.table} {lock.mode}{' rewrote' * lock.rewrote}" for lock in locks if lock.waits(statements)
    ]


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE a ADD COLUMN y int"],
        ["ALTER TABLE a ADD COLUMN y int NOT NULL DEFAULT 5"],
        ["ALTER TABLE a ADD COLUMN y int REFERENCES p"],
        ["ALTER TABLE a ADD COLUMN y int GENERATED ALWAYS AS (x * 2) VIRTUAL"],
        ["ALTER TABLE a DROP COLUMN x"],
        ["ALTER TABLE a ALTER COLUMN t TYPE text"],
        ["ALTER TABLE a ALTER COLUMN v SET NOT NULL"],
        ["ALTER TABLE a ALTER COLUMN x SET DEFAULT 4"],
        ["ALTER TABLE a RENAME TO z"],
        ["ALTER TABLE a ADD CONSTRAINT c CHECK (x > 0) NOT VALID"],
        ["ALTER TABLE a VALIDATE CONSTRAINT later"],
        ["ALTER TABLE a ADD FOREIGN KEY (p_id) REFERENCES p NOT VALID"],
        ["DROP INDEX a_x"],
        ["DROP TABLE a"],
        ["TRUNCATE a"],
        ["TRUNCATE a", "INSERT INTO a VALUES (2, 2, 2, 'q', 2)"],
        ["TRUNCATE e"],
        ["UPDATE a SET x = 1"],
        ["UPDATE a SET x = 1", "ALTER TABLE a ADD COLUMN y int"],
        ["SELECT * FROM a JOIN a b USING (x)", 'ALTER TABLE "a" ADD COLUMN y int'],
        ["CREATE TABLE n (id int REFERENCES p)", "INSERT INTO n VALUES (1)", "CREATE INDEX ON n (id)"],
        ["CREATE TABLE n (id int)", "INSERT INTO n VALUES (1)", "ALTER TABLE n ALTER id TYPE bigint"],
        ["SELECT * FROM a"],
        ["CREATE TABLE kept AS SELECT * FROM a", "COMMENT ON TABLE a IS 'x'", "ALTER TABLE a DROP COLUMN x"],
        ["UPDATE a SET x = 1 WHERE a.x > 0", "DELETE FROM a WHERE a.x > 5", "ALTER TABLE a DROP COLUMN x"],
    ],
    ids="; ".join,
)
def test_an_instant_is_no_hazard(session: DirectSession, statements: list[str]) -> None:
    assert _waiting(session, *statements) == []


@pytest.mark.parametrize(
    ("statements", "waiting"),
    [
        (["ALTER TABLE a ADD COLUMN y uuid DEFAULT gen_random_uuid()"], ["a AccessExclusiveLock rewrote"]),
        (
            ["ALTER TABLE a ADD COLUMN y int GENERATED ALWAYS AS (x * 2) STORED"],
            ["a AccessExclusiveLock rewrote"],
        ),
        (["ALTER TABLE a ADD COLUMN y serial"], ["a AccessExclusiveLock rewrote"]),
        (["ALTER TABLE a ALTER COLUMN x TYPE bigint"], ["a AccessExclusiveLock rewrote"]),
        (["ALTER TABLE e ALTER COLUMN x TYPE bigint"], ["e AccessExclusiveLock rewrote"]),
        (["ALTER TABLE a ALTER COLUMN t TYPE varchar(5)"], ["a AccessExclusiveLock rewrote"]),
        (["ALTER TABLE a ALTER COLUMN x SET NOT NULL"], ["a AccessExclusiveLock"]),
        (["ALTER TABLE a ADD CHECK (x > 0)"], ["a AccessExclusiveLock"]),
        (["ALTER TABLE a ADD UNIQUE (x)"], ["a AccessExclusiveLock"]),
        (
            ["ALTER TABLE a ADD FOREIGN KEY (p_id) REFERENCES p"],
            ["a ShareRowExclusiveLock", "p ShareRowExclusiveLock"],
        ),
        (["CREATE INDEX ON a (p_id)"], ["a ShareLock"]),
        (["REINDEX TABLE a"], ["a ShareLock"]),
        (["ALTER TABLE a ADD COLUMN y int", "UPDATE a SET y = 1"], ["a AccessExclusiveLock"]),
        (["UPDATE a SET x = 1", "ALTER TABLE a ALTER COLUMN x SET NOT NULL"], ["a AccessExclusiveLock"]),
        (["SELECT a.id, a.x FROM a", "ALTER TABLE a ALTER COLUMN x SET NOT NULL"], ["a AccessExclusiveLock"]),
        (
            ["INSERT INTO a (id, x, v) VALUES (2, 2, 2)", "ALTER TABLE a ALTER COLUMN x SET NOT NULL"],
            ["a AccessExclusiveLock"],
        ),
        (
            ["ALTER TABLE parted ALTER COLUMN id SET NOT NULL"],
            ["part AccessExclusiveLock"],
        ),
    ],
    ids=str,
)
def test_rows_gone_through_under_a_lock_are(
    session: DirectSession, statements: list[str], waiting: list[str]
) -> None:
    assert _waiting(session, *statements) == waiting


def test_every_strong_lock_is_told(session: DirectSession) -> None:
    before = standing(session)
    session.run("CREATE TABLE n (id int REFERENCES p)")
    session.run("ALTER TABLE a ADD COLUMN y int")
    assert held(session, before) == (Lock("a", "AccessExclusiveLock"), Lock("p", "ShareRowExclusiveLock"))


def test_reading_in_an_earlier_transaction_does_not_count(session: DirectSession) -> None:
    session.query("SELECT * FROM a")
    session.commit()
    before = standing(session)
    session.commit()
    session.run("ALTER TABLE a ADD COLUMN y int")
    assert held(session, before) == (Lock("a", "AccessExclusiveLock"),)


def test_sqlite_has_no_locks_on_tables(tmp_path: Path) -> None:
    with DirectSession(f"sqlite:///{tmp_path / 'x.db'}") as session:
        session.run("CREATE TABLE a (id int)")
        assert held(session, standing(session)) == ()
