"""What differs after a step up and a step down on SQLite, batch mode included."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from deploycheck.rehearsal.catalogue import Watcher, difference
from deploycheck.rehearsal.direct import DirectSession
from tests.rehearsal.catalogue.pairs import Pair, pair

USERS = (
    "CREATE TABLE user (id INTEGER PRIMARY KEY AUTOINCREMENT, email VARCHAR(255) NOT NULL DEFAULT 'x', "
    "age INT CHECK (age > 0), name TEXT COLLATE NOCASE)"
)
ORDERS = (
    USERS,
    (
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user, total INTEGER, "
        "CONSTRAINT positive CHECK (total > 0), CONSTRAINT once UNIQUE (user_id, total))"
    ),
)


def anew(definition: str, columns: str) -> tuple[str, ...]:
    return (
        f"CREATE TABLE _new ({definition})",
        f"INSERT INTO _new ({columns}) SELECT {columns} FROM user",
        "DROP TABLE user",
        "ALTER TABLE _new RENAME TO user",
    )


ALL = "id, email, age, name"
SAME = (
    "\"id\" integer not null, [email] varchar(255) default ('x') NOT NULL, age INTEGER, name text "
    'collate nocase, /* kept */ PRIMARY KEY (id AUTOINCREMENT), CHECK (("age" > 0))'
)

PAIRS = (
    pair("table", "CREATE TABLE t (a)", "DROP TABLE t"),
    pair("table left", "CREATE TABLE t (a)", (), "table t is still there"),
    pair("table lost", "DROP TABLE user", (), "table user is missing", USERS),
    pair("written anew in other words", anew(SAME, ALL), (), (), USERS),
    pair(
        "columns in another order",
        anew(
            "name TEXT COLLATE NOCASE, id INTEGER PRIMARY KEY AUTOINCREMENT, "
            "email VARCHAR(255) NOT NULL DEFAULT 'x', age INT CHECK (age > 0)",
            ALL,
        ),
        (),
        (),
        USERS,
    ),
    pair(
        "check lost",
        anew(SAME.replace(', CHECK (("age" > 0))', ""), ALL),
        (),
        "a constraint of user is missing: was check (age>0)",
        USERS,
    ),
    pair(
        "collation lost",
        anew(SAME.replace("collate nocase", ""), ALL),
        (),
        "column user.name: was text collate nocase, is text",
        USERS,
    ),
    pair(
        "default lost",
        anew(SAME.replace("default ('x')", ""), ALL),
        (),
        "column user.email: was varchar(255) not null default 'x', is varchar(255) not null",
        USERS,
    ),
    pair(
        "autoincrement lost",
        anew(SAME.replace(" AUTOINCREMENT", ""), ALL),
        (),
        (
            "a constraint of user is missing: was primary key (id) autoincrement",
            "a constraint of user is still there (primary key (id))",
        ),
        USERS,
    ),
    pair(
        "type not restored",
        anew(SAME.replace("varchar(255)", "varchar(50)"), ALL),
        (),
        "column user.email: was varchar(255) not null default 'x', is varchar(50) not null default 'x'",
        USERS,
    ),
    pair("column", "ALTER TABLE user ADD a INTEGER", "ALTER TABLE user DROP a", (), USERS),
    pair(
        "column left", "ALTER TABLE user ADD a INTEGER", (), "column user.a is still there (integer)", USERS
    ),
    pair(
        "generated column left",
        "ALTER TABLE user ADD a INTEGER AS (age * 2)",
        (),
        "column user.a is still there (integer generated always as (age*2) virtual)",
        USERS,
    ),
    pair(
        "renamed there and back",
        ("ALTER TABLE user RENAME TO users", "ALTER TABLE users RENAME name TO nick"),
        ("ALTER TABLE users RENAME nick TO name", "ALTER TABLE users RENAME TO user"),
        (),
        ORDERS,
    ),
    pair(
        "WITHOUT ROWID lost",
        ("DROP TABLE t", "CREATE TABLE t (a TEXT PRIMARY KEY)"),
        (),
        "options of table t: was without rowid, is none",
        "CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID",
    ),
    pair(
        "INT is no number of the row",
        ("DROP TABLE t", "CREATE TABLE t (a INT PRIMARY KEY)"),
        (),
        "use of column t.a: was the row's own number, is none",
        "CREATE TABLE t (a INTEGER PRIMARY KEY)",
    ),
    pair(
        "named constraint lost",
        (
            "DROP TABLE orders",
            (
                "CREATE TABLE orders (id INTEGER, user_id INTEGER, total INTEGER, PRIMARY KEY (id), "
                "FOREIGN KEY (user_id) REFERENCES user (id), CONSTRAINT single UNIQUE (user_id, total))"
            ),
        ),
        (),
        (
            "constraint once of orders came back as single",
            "constraint positive of orders is missing: was check (total>0)",
        ),
        ORDERS,
    ),
    pair(
        "reference with an action",
        (
            "DROP TABLE orders",
            (
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, total INTEGER, "
                "CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES user (id) ON DELETE CASCADE ON "
                "UPDATE NO ACTION "
                "DEFERRABLE INITIALLY DEFERRED)"
            ),
        ),
        (),
        "constraint fk of orders: was foreign key (user_id) references user(id) on delete set null, "
        "is foreign "
        "key (user_id) references user(id) on delete cascade deferrable initially deferred",
        (
            USERS,
            (
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER CONSTRAINT fk "
                "REFERENCES user (id) "
                "ON DELETE SET NULL NOT DEFERRABLE, total INTEGER)"
            ),
        ),
    ),
    pair(
        "constraint without its name",
        (
            "DROP TABLE orders",
            (
                "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES user, "
                "total INTEGER CHECK (total > 0), "
                "CONSTRAINT once UNIQUE (user_id, total))"
            ),
        ),
        (),
        "constraint positive of orders came back without its name",
        ORDERS,
    ),
    pair("index", "CREATE INDEX ix ON user (email)", "DROP INDEX ix", (), USERS),
    pair("index left", "CREATE INDEX ix ON user (email)", (), "index ix on user is still there", USERS),
    pair(
        "index without its condition",
        ("DROP INDEX ix", "CREATE UNIQUE INDEX ix ON user (email)"),
        (),
        "index ix on user: was unique (email) where age>3, is unique (email)",
        (USERS, "CREATE UNIQUE INDEX ix ON user (email) WHERE (age > 3)"),
    ),
    pair(
        "index in other words",
        ("DROP INDEX ix", 'CREATE INDEX "ix" ON "user" ("email" ASC, lower(name) DESC)'),
        (),
        (),
        (USERS, "CREATE INDEX IF NOT EXISTS main.ix ON user (email, LOWER(name) DESC)"),
    ),
    pair(
        "index under another name",
        ("DROP INDEX ix", "CREATE INDEX ix2 ON user (email)"),
        (),
        "index ix on user came back as ix2",
        (USERS, "CREATE INDEX ix ON user (email)"),
    ),
    pair("view", "CREATE VIEW v AS SELECT id FROM user", "DROP VIEW v", (), USERS),
    pair("view left", "CREATE VIEW v AS SELECT id FROM user", (), "view v is still there", USERS),
    pair(
        "view not restored",
        ("DROP VIEW v", "CREATE VIEW v AS SELECT id, name FROM user"),
        (),
        "view v: was as select id from user, is as select id,name from user",
        (USERS, "CREATE VIEW v AS SELECT id FROM user"),
    ),
    pair(
        "trigger lost with its table",
        anew(SAME, ALL),
        (),
        "trigger tr on user is missing: was after insert on user begin select 1;end",
        (USERS, "CREATE TRIGGER tr AFTER INSERT ON user BEGIN SELECT 1; END"),
    ),
    pair("Alembic's own table", "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"),
    pair(
        "table of batch mode left",
        "CREATE TABLE _alembic_tmp_t (a)",
        (),
        "table _alembic_tmp_t is still there",
    ),
    pair(
        "full-text search",
        "CREATE VIRTUAL TABLE docs USING fts5(title, body)",
        (),
        "virtual table docs is still there",
    ),
)


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
def test_what_a_pair_leaves(tmp_path: Path, case: Pair) -> None:
    with DirectSession(f"sqlite:///{tmp_path}/app.db") as session:
        for statement in case.before:
            session.run(statement)
        watcher = Watcher(session)
        before = watcher.now()
        for statement in case.up + case.down:
            session.run(statement)
        assert difference(before, watcher.now()) == case.lines


Step = Callable[[Operations], None]


def test_batch_mode_there_and_back_is_no_difference(tmp_path: Path) -> None:
    def up(op: Operations) -> None:
        with op.batch_alter_table("orders") as batch:
            batch.add_column(sa.Column("note", sa.String(20)))
            batch.alter_column("total", type_=sa.BigInteger(), nullable=False)

    def down(op: Operations) -> None:
        with op.batch_alter_table("orders") as batch:
            batch.alter_column("total", type_=sa.Integer(), nullable=True)
            batch.drop_column("note")

    assert _batches(tmp_path, up, down) == ()


def test_batch_mode_loses_what_it_cannot_reflect(tmp_path: Path) -> None:
    def up(op: Operations) -> None:
        with op.batch_alter_table("user") as batch:
            batch.add_column(sa.Column("note", sa.String(20)))

    def down(op: Operations) -> None:
        with op.batch_alter_table("user", recreate="always") as batch:
            batch.drop_column("note")

    assert _batches(tmp_path, up, down) == (
        "column user.name: was text collate nocase, is text",
        "a constraint of user is missing: was check (age>0)",
        "a constraint of user is missing: was primary key (id) autoincrement",
        "a constraint of user is still there (primary key (id))",
    )


def _batches(folder: Path, *steps: Step) -> tuple[str, ...]:
    """Return what differs after some steps of Alembic's own."""
    path = f"sqlite:///{folder}/app.db"
    with DirectSession(path) as session:
        for statement in ORDERS:
            session.run(statement)
        session.commit()
        before = Watcher(session).now()
        session.rollback()
        engine = sa.create_engine(path)
        with engine.begin() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # batch mode says itself what it leaves out
            operations = Operations(MigrationContext.configure(connection))
            for step in steps:
                step(operations)
        engine.dispose()
        return difference(before, Watcher(session).now())
