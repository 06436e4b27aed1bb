"""SQL as changes: what each statement of each dialect is read as."""

from __future__ import annotations

import logging
import random

import pytest
import sqlglot
from sqlglot import expressions as exp

from deploycheck.facts.schema.model import Action, Alteration, Change, Thing
from deploycheck.facts.schema.sql import read_sql

PG = [
    ("CREATE TABLE users (id serial PRIMARY KEY)", ["create table users"]),
    ('CREATE TABLE public."Users" (id int)', ["create table Users"]),
    ("CREATE TABLE Audit.Events (id int)", ["create table audit.events"]),
    ("CREATE TABLE p PARTITION OF q FOR VALUES IN (1)", ["create table p"]),
    ("CREATE TABLE copy AS SELECT * FROM users", ["create table copy"]),
    ("SELECT * INTO copy FROM users", ["create table copy"]),
    ("CREATE TEMP TABLE t (a int)", ["neutral table t"]),
    ("DROP TABLE IF EXISTS a, s.b CASCADE", ["drop table a", "drop table s.b"]),
    ("ALTER TABLE users RENAME TO people", ["rename table users to people"]),
    ("ALTER TABLE users SET SCHEMA audit", ["rename table users to audit.users"]),
    ("ALTER TABLE ONLY users RENAME COLUMN a TO b", ["rename column users.a to b"]),
    ("ALTER TABLE users RENAME a TO b", ["rename column users.a to b"]),
    ("ALTER TABLE users RENAME CONSTRAINT a TO b", ["rename constraint a on users to b"]),
    ("ALTER TABLE users ADD a int, DROP b", ["create column users.a", "drop column users.b"]),
    ("ALTER TABLE IF EXISTS users ADD COLUMN IF NOT EXISTS a int", ["create column users.a"]),
    ("ALTER TABLE users ADD UNIQUE (a)", ["create unique constraint (unnamed) on users"]),
    ("ALTER TABLE users ADD CONSTRAINT c CHECK (a > 0) NOT VALID", ["create check constraint c on users"]),
    ("ALTER TABLE users ADD CONSTRAINT c PRIMARY KEY (id)", ["create primary constraint c on users"]),
    ("ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (r WITH &&)", ["create exclude constraint c on t"]),
    (
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES o (id)",
        ["create foreign key constraint c on t"],
    ),
    ("ALTER TABLE t DROP CONSTRAINT IF EXISTS c CASCADE", ["drop constraint c on t"]),
    ("ALTER TABLE t VALIDATE CONSTRAINT c", ["neutral constraint c on t"]),
    ("ALTER TABLE t ALTER a TYPE text USING a::text", ["alter column t.a"]),
    ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", ["alter table t"]),
    ("ALTER TABLE t DISABLE TRIGGER trg", ["alter trigger trg on t"]),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON s.t (a)", ["create index ix on s.t"]),
    ("CREATE INDEX ON t USING gin (a)", ["create index (unnamed) on t"]),
    ("DROP INDEX CONCURRENTLY IF EXISTS s.ix, iy", ["drop index ix", "drop index iy"]),
    ("ALTER INDEX ix RENAME TO iy", ["rename index ix to iy"]),
    ("CREATE TYPE mood AS ENUM ('a', 'b')", ["create type mood"]),
    ("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'x' AFTER 'b'", ["create type value x on mood"]),
    ("ALTER TYPE mood RENAME VALUE 'x' TO 'y'", ["rename type value x on mood to y"]),
    ("ALTER TYPE mood RENAME TO mood_old", ["rename type mood to mood_old"]),
    ("DROP TYPE IF EXISTS mood", ["drop type mood"]),
    ("CREATE DOMAIN d AS text CHECK (VALUE <> '')", ["create type d"]),
    ("CREATE OR REPLACE VIEW v AS SELECT 1", ["create view v"]),
    ("CREATE MATERIALIZED VIEW mv AS SELECT 1", ["create view mv"]),
    ("DROP MATERIALIZED VIEW mv", ["drop view mv"]),
    ("REFRESH MATERIALIZED VIEW mv", ["neutral other"]),
    (
        "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM x; RETURN NEW; END $$ LANGUAGE plpgsql",
        ["create function f"],
    ),
    ("DROP FUNCTION IF EXISTS f(int, text), g()", ["drop function f", "drop function g"]),
    ("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", ["create function p"]),
    (
        "CREATE TRIGGER t BEFORE INSERT OR UPDATE ON s.u FOR EACH ROW EXECUTE FUNCTION f()",
        ["create trigger t on s.u"],
    ),
    ("DROP TRIGGER t ON u", ["drop trigger t on u"]),
    ("CREATE SEQUENCE s START 1", ["create sequence s"]),
    ("ALTER SEQUENCE s OWNED BY t.a", ["alter sequence s"]),
    ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public', ["create extension uuid-ossp"]),
    ("DROP EXTENSION postgis", ["drop extension postgis"]),
    ("CREATE SCHEMA IF NOT EXISTS audit AUTHORIZATION me", ["create schema audit"]),
    ("CREATE POLICY p ON t FOR ALL USING (true)", ["create policy p on t"]),
    ("ALTER POLICY p ON t RENAME TO q", ["rename policy p on t to q"]),
    ("DROP POLICY p ON t", ["drop policy p on t"]),
    ("COMMENT ON TABLE t IS 'x'", ["alter comment on t"]),
    ("COMMENT ON COLUMN t.a IS NULL", ["alter comment a on t"]),
    ("GRANT SELECT ON t TO app", ["create other select on t for app"]),
    ("REVOKE SELECT ON t FROM app", ["drop other select on t for app"]),
    ("INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING", ["insert rows of t"]),
    ("UPDATE ONLY s.t AS x SET a = 1", ["update rows of s.t"]),
    ("DELETE FROM t USING u WHERE true", ["delete rows of t"]),
    ("TRUNCATE TABLE a, b RESTART IDENTITY", ["truncate rows of a", "truncate rows of b"]),
    ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", ["merge rows of t"]),
    ("COPY t (a, b) FROM STDIN", ["insert rows of t"]),
    ("COPY t TO STDOUT", ["neutral other"]),
    (
        "WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d",
        [
            "delete rows of a",
            "insert rows of b",
        ],
    ),
    ("WITH x AS (SELECT replace(a, 'b', 'c') FROM t) SELECT * FROM x", ["neutral other"]),
    ("SELECT AddGeometryColumn('t', 'shape', 4326, 'POINT', 2)", ["create column t.shape"]),
    ("SET LOCAL lock_timeout = '1s'; LOCK TABLE t; ANALYZE t", ["neutral other"] * 3),
    ("CREATE ROLE app WITH LOGIN PASSWORD 'x'", ["create other app"]),
    ("", []),
    ("-- nothing\n/* at /* all */ */ ;;", []),
    ("SELECT ';' ; SELECT $$;$$", ["neutral other"] * 2),
    ("INSERT INTO t VALUES ($x$a;b$x$); DROP TABLE t", ["insert rows of t", "drop table t"]),
    (
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1) THEN CREATE TYPE a AS ENUM ('x'); END IF; END $$",
        ["create type a"],
    ),
    (
        (
            "DO $$ DECLARE r record; n int := 1; BEGIN FOR r IN SELECT 1 LOOP "
            "EXECUTE format('ALTER TABLE %I ADD COLUMN a int', r.t); END LOOP; n := 2; PERFORM f(); END $$"
        ),
        ["create column a"],
    ),
    ("DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident(x); END $$", ["drop table "]),
    ("DO LANGUAGE plpython3u $$ plpy.execute('x') $$", ["a DO block that could not be read"]),
    (
        "COPY t FROM stdin;\n1\tDROP TABLE x;\n\\.\n\\connect x\nDROP TABLE y;",
        [
            "insert rows of t",
            "drop table y",
        ],
    ),
]
MYSQL = [
    ("ALTER TABLE `t` MODIFY COLUMN a VARCHAR(20) NOT NULL", ["alter column t.a"]),
    ("ALTER TABLE t CHANGE a b INT", ["rename column t.a to b", "alter column t.b"]),
    ("ALTER TABLE t CHANGE a a INT", ["alter column t.a"]),
    (
        "ALTER TABLE t ADD INDEX ix (a), ADD KEY (b(10)), ADD key varchar(20)",
        [
            "create index ix on t",
            "create index (unnamed) on t",
            "create column t.key",
        ],
    ),
    (
        "ALTER TABLE t DROP KEY k, DROP INDEX ix, DROP FOREIGN KEY fk, DROP PRIMARY KEY",
        [
            "drop index k on t",
            "drop index ix on t",
            "drop foreign key constraint fk on t",
            "drop primary constraint (unnamed) on t",
        ],
    ),
    ("ALTER TABLE t ADD a int, ALGORITHM=INPLACE, LOCK=NONE", ["create column t.a"]),
    ("DROP INDEX ix ON t", ["drop index ix on t"]),
    ("RENAME TABLE a TO b, c TO d", ["rename table a to b", "rename table c to d"]),
    (
        "INSERT IGNORE INTO t VALUES ('it\\'s; fine'); # x; y\nDELETE FROM t",
        [
            "insert rows of t",
            "delete rows of t",
        ],
    ),
    ("REPLACE INTO t VALUES (1)", ["insert rows of t"]),
    ("CREATE DEFINER = `a`@`b` SQL SECURITY INVOKER VIEW v AS SELECT 1", ["create view v"]),
    (
        "CREATE PROCEDURE p() BEGIN IF 1 THEN DELETE FROM a; END IF; END; DROP TABLE b",
        [
            "create function p",
            "drop table b",
        ],
    ),
]
SQLITE = [
    (
        "CREATE TRIGGER t AFTER INSERT ON u BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; END; PRAGMA x = 1",
        ["create trigger t on u", "neutral other"],
    ),
    ("CREATE TABLE [my tab] (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT", ["create table my tab"]),
    ("CREATE VIRTUAL TABLE f USING fts5(a, b)", ["create table f"]),
    ("ALTER TABLE main.t ADD y", ["create column t.y"]),
    ("INSERT OR REPLACE INTO t VALUES (?, :a)", ["insert rows of t"]),
    ("VACUUM INTO 'x.db'", ["neutral other"]),
]
OTHERS = [
    ("mssql", "ALTER TABLE [dbo].[u] ALTER COLUMN a NVARCHAR(50) NOT NULL", ["alter column u.a"]),
    ("mssql", "ALTER TABLE u ADD a int, b int NULL", ["create column u.a", "create column u.b"]),
    ("mssql", "EXEC sp_rename 'dbo.u.a', 'b', 'COLUMN'", ["rename column u.a to b"]),
    (
        "mssql",
        "IF OBJECT_ID('x') IS NOT NULL DROP TABLE x\nGO\nDROP INDEX t.ix",
        [
            "drop table x",
            "drop index ix on t",
        ],
    ),
    ("oracle", "ALTER TABLE t ADD (a NUMBER, b VARCHAR2(10))", ["create column t.a", "create column t.b"]),
    ("oracle", "ALTER TABLE t MODIFY (a NUMBER NOT NULL)", ["alter column t.a"]),
    ("", "ALTER TABLE `a` ADD `b` int", ["create column a.b"]),
]
UNKNOWN = [
    ("{…} TABLE x", ["SQL that is put together while running"]),
    ("foo bar", ["a statement that is not known: foo"]),
    ("CALL refresh()", ["a procedure that is called: refresh"]),
    ("SELECT 'open", ["SQL with a quote that is not closed"]),
    ("ALTER TABLE x {…}", ["an ALTER TABLE action that is not known: {…}"]),
    ("ALTER TABLE {…} ADD COLUMN {…} TEXT", ["create column"]),
    ("ALTER TABLE t DROP COLUMN {name}", ["drop column on t"]),
    ("CREATE TABLE {schema}.t (id int)", ["create table t"]),
    ("CREATE {…} INDEX ix_{…} ON t (a)", ["create index on t"]),
    ("UPDATE {table} SET a = :b WHERE c = %(d)s", ["update rows of a table"]),
    ("DROP TABLE %s", ["drop table "]),
]


def told(sql: str, dialect: str) -> list[str]:
    return [str(change).strip() for change in read_sql(sql, dialect)]


@pytest.mark.parametrize(("sql", "expected"), PG)
def test_postgresql(sql: str, expected: list[str]) -> None:
    assert told(sql, "postgresql") == [e.strip() for e in expected]


@pytest.mark.parametrize(("sql", "expected"), MYSQL)
def test_mysql(sql: str, expected: list[str]) -> None:
    assert told(sql, "mysql") == expected
    assert told(sql, "mariadb") == expected


@pytest.mark.parametrize(("sql", "expected"), SQLITE)
def test_sqlite(sql: str, expected: list[str]) -> None:
    assert told(sql, "sqlite") == expected


@pytest.mark.parametrize(("dialect", "sql", "expected"), OTHERS)
def test_other_dialects(dialect: str, sql: str, expected: list[str]) -> None:
    assert told(sql, dialect) == expected


@pytest.mark.parametrize(("sql", "expected"), UNKNOWN)
def test_what_is_not_known(sql: str, expected: list[str]) -> None:
    assert told(sql, "postgresql") == [e.strip() for e in expected]


def test_what_an_alter_table_says_of_each_column() -> None:
    sql = (
        "ALTER TABLE t ALTER a TYPE numeric(10, 2), ALTER a SET NOT NULL, ALTER b DROP NOT NULL, "
        "ALTER c SET DEFAULT now() + interval '1 day', ALTER c DROP DEFAULT, ALTER d SET DEFAULT NULL"
    )
    assert [(c.name, *c.alterations) for c in read_sql(sql, "postgresql")] == [
        ("a", Alteration("type", "numeric(10, 2)")),
        ("a", Alteration("nullable", "False")),
        ("b", Alteration("nullable", "True")),
        ("c", Alteration("server_default", "now() + interval '1 day'")),
        ("c", Alteration("server_default", "None")),
        ("d", Alteration("server_default", "None")),
    ]


def test_row_security_is_switched_back_by_its_opposite() -> None:
    on, off = read_sql("ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t DISABLE ROW LEVEL SECURITY")
    assert on.alterations == (Alteration("row security", "True", "False"),)
    assert off.alterations == (Alteration("row security", "False", "True"),)


def test_what_a_table_is_made_of() -> None:
    (made,) = read_sql(
        "CREATE TABLE IF NOT EXISTS t (id bigserial PRIMARY KEY, key text, d double precision NOT NULL "
        "DEFAULT 1.0, at timestamp with time zone DEFAULT (now() at time zone 'utc') NOT NULL, "
        "n int GENERATED ALWAYS AS IDENTITY, o int REFERENCES s.other (id) ON DELETE CASCADE, "
        "tags text[] DEFAULT '{}', CONSTRAINT u UNIQUE (key, d), FOREIGN KEY (o) REFERENCES other)",
        "postgresql",
    )
    columns = {c.name: c for c in made.columns}
    assert list(columns) == ["id", "key", "d", "at", "n", "o", "tags"]
    assert made.tolerant
    assert (columns["id"].generated, columns["id"].primary_key, columns["id"].nullable) == (True, True, False)
    assert (columns["d"].type, columns["d"].nullable, columns["d"].server_default) == (
        "double precision",
        False,
        "1.0",
    )
    assert columns["at"].type == "timestamp with time zone"
    assert columns["at"].server_default == "(now() at time zone 'utc')"
    assert columns["at"].nullable is False
    assert columns["n"].generated
    assert columns["o"].references == "s.other.id"
    assert columns["tags"].server_default == "'{}'"
    assert columns["key"].nullable is None
    unique, foreign = made.constraints
    assert (unique.name, [c.name for c in unique.columns]) == ("u", ["key", "d"])
    assert (foreign.unnamed, foreign.target, [c.name for c in foreign.columns]) == (True, "other", ["o"])


def test_what_a_mysql_table_is_made_of() -> None:
    (made,) = read_sql(
        "CREATE TABLE `t` (`id` int unsigned NOT NULL AUTO_INCREMENT, `s` ENUM('a','b') CHARACTER SET utf8, "
        "`key` varchar(255), PRIMARY KEY (`id`), UNIQUE KEY `uq` (`s`), KEY `ix` (`s`, `key`(10))) "
        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        "mysql",
    )
    assert [(c.name, c.type) for c in made.columns] == [
        ("id", "int unsigned"),
        ("s", "ENUM('a','b')"),
        ("key", "varchar(255)"),
    ]
    assert made.columns[1].values == ("a", "b")
    assert made.columns[0].generated
    assert [str(c) for c in made.constraints] == [
        "create primary constraint (unnamed) on t",
        "create unique constraint uq on t",
    ]
    (index,) = made.indexes
    assert [c.name for c in index.columns] == ["s", "key"]


def test_an_index_says_what_it_is_over_and_how_it_is_made() -> None:
    (index,) = read_sql("CREATE UNIQUE INDEX CONCURRENTLY ix ON t (lower(a), b DESC) WHERE c", "postgresql")
    assert (index.unique, index.concurrently, index.tolerant) == (True, True, False)
    assert [c.name for c in index.columns] == ["", "b"]


def test_a_write_says_which_columns_it_sets() -> None:
    update, insert = read_sql("UPDATE t SET a = 1, (b, c) = (2, 3) WHERE d = 4; INSERT INTO t (e) VALUES (5)")
    assert [c.name for c in update.columns] == ["a", "b", "c"]
    assert [c.name for c in insert.columns] == ["e"]


def test_an_enum_says_its_values() -> None:
    (made,) = read_sql("CREATE TYPE audit.mood AS ENUM ('a', 'it''s')", "postgresql")
    assert (made.name, made.kind, made.columns[0].values) == ("audit.mood", "enum", ("a", "it's"))


def test_a_guarded_statement_of_a_block_is_tolerant() -> None:
    plain, guarded = read_sql(
        "DO $$ BEGIN DROP TYPE a; IF x THEN DROP TYPE b; END IF; END $$; SELECT 1", "postgresql"
    )[:2]
    assert (plain.tolerant, guarded.tolerant) == (False, True)


def test_public_is_where_names_are_looked_for_on_postgresql_only() -> None:
    assert read_sql("DROP TABLE public.t", "postgresql")[0].table == "t"
    assert read_sql("DROP TABLE public.t", "postgres")[0].table == "t"
    assert read_sql("DROP TABLE public.t", "mysql")[0].table == "public.t"


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES ('hunter2')",
        "CREATE ROLE app PASSWORD 'hunter2'",
        "UPDATE t SET a = $$hunter2$$",
        "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (password 'hunter2')",
        "SELECT dblink('password=hunter2')",
        "SELECT 'hunter2",
    ],
)
def test_values_are_not_kept(sql: str) -> None:
    (change,) = read_sql(sql, "postgresql")
    assert change.sql
    assert "hunter2" not in change.sql


WORDS = """CREATE DROP ALTER TABLE INDEX ON ( ) , ; a.b 'x' "y" $$ $a$ -- /* */ {…} IF NOT EXISTS ADD COLUMN
 SET INSERT INTO UPDATE EXEC sp_rename BEGIN END CASE DO WITH AS : :: ` [ ] GO COPY TRUNCATE MERGE COMMENT
 GRANT TO RENAME TYPE VALUE POLICY LANGUAGE plpgsql LOOP EXECUTE format FOREIGN KEY PRIMARY CHECK DEFAULT OR
 GENERATED
 \x00 \\ é 1e3 %s ? @a #b MODIFY CHANGE FIRST USING REFERENCES""".split()


def test_no_text_makes_it_fail() -> None:
    rng = random.Random(7)
    dialects = ["", "postgresql", "sqlite", "mysql", "mssql", "oracle", "no such"]
    for _ in range(3000):
        text = " ".join(rng.choices(WORDS, k=rng.randint(0, 14)))
        assert all(isinstance(c, Change) for c in read_sql(text, rng.choice(dialects)))


@pytest.mark.parametrize(
    "text",
    ["(" * 200_000, "/*" * 100_000, "$a$b" * 50_000, "'" * 100_001, "{" * 100_000, "a." * 100_000],
)
def test_long_and_deep_texts_are_read_in_one_go(text: str) -> None:
    assert len(read_sql(text, "postgresql")) <= 1


def test_a_text_of_many_megabytes_is_not_read() -> None:
    (change,) = read_sql("x" * 5_000_000)
    assert change.action is Action.UNKNOWN


NAMES = {"postgresql": "postgres", "mysql": "mysql", "sqlite": "sqlite"}
AGREED = [
    "CREATE TABLE a.b (id int NOT NULL, name varchar(20) DEFAULT 'x', CONSTRAINT u UNIQUE (name))",
    "CREATE TABLE t (a decimal(10, 2), b text, c timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    "ALTER TABLE t ADD COLUMN a int",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t RENAME TO u",
    "DROP TABLE IF EXISTS a",
    "DROP VIEW v",
    "CREATE VIEW v AS SELECT 1",
    "CREATE UNIQUE INDEX ix ON t (a, b)",
    "INSERT INTO t (a, b) SELECT 1, 2",
    "UPDATE t SET a = 1 WHERE b = 2",
    "DELETE FROM t WHERE a IN (SELECT 1)",
    "SELECT a FROM t",
]


@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("sql", AGREED)
def test_it_agrees_with_a_grammar_of_the_dialect(sql: str, dialect: str) -> None:
    logging.disable(logging.WARNING)
    try:
        (tree,) = sqlglot.parse(sql, read=NAMES[dialect])
    finally:
        logging.disable(logging.NOTSET)
    assert tree is not None
    assert not isinstance(tree, exp.Command)
    (change,) = read_sql(sql, dialect)
    assert [c.name for c in change.columns] == _columns(tree)
    if change.action is not Action.NEUTRAL and change.thing in {Thing.TABLE, Thing.ROWS, Thing.COLUMN}:
        table = tree.find(exp.Table)
        assert table is not None
        assert change.table == ".".join(filter(None, (table.db, table.name)))


def _columns(tree: exp.Expr) -> list[str]:
    """Return the names that sqlglot finds where a change tells columns."""
    if isinstance(tree, exp.Create) and tree.kind == "INDEX":
        return [c.name for c in tree.find_all(exp.Column)]
    if isinstance(tree, exp.Update):
        return [e.this.name for e in tree.expressions]
    if isinstance(tree, exp.Insert):
        return [c.name for c in tree.this.expressions]
    return [c.name for c in tree.find_all(exp.ColumnDef)]
