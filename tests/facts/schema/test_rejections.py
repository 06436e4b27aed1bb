"""What a backend is said to reject, beside SQLite itself, and beside what PostgreSQL 16 was seen to do."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy
from sqlalchemy.dialects import mysql, postgresql, registry

from deploycheck.facts.schema.rejections import cannot_store, rejection_of

BOTH_TAKE = (
    "SELECT 1",
    "CREATE TABLE made (id int, datetime timestamp, blob text)",
    "ALTER TABLE t RENAME COLUMN name TO other",
    "UPDATE t SET name = '' WHERE id = 1",
    "INSERT INTO t VALUES (2, '') ON CONFLICT DO NOTHING",
    "CREATE INDEX made ON t (name)",
    "DROP TABLE t",
    'SELECT "id" FROM "t"',
)
SQLITE_ONLY = (
    "PRAGMA table_info(t)",
    "PRAGMA foreign_keys = OFF",
    "CREATE TABLE made (id INTEGER PRIMARY KEY AUTOINCREMENT)",
    "SELECT name FROM sqlite_master",
    "INSERT OR REPLACE INTO t VALUES (1, '')",
    "INSERT OR IGNORE INTO t VALUES (1, '')",
    "REPLACE INTO t VALUES (1, '')",
    "CREATE TABLE `made` (id int)",
    "CREATE TABLE made (at DATETIME)",
    "ALTER TABLE t ADD COLUMN at DATETIME",
    "ALTER TABLE t ADD COLUMN ready BOOLEAN NOT NULL DEFAULT 0",
    "CREATE TABLE made (id integer, ready bool DEFAULT (1))",
    "ALTER TABLE t ADD COLUMN size INT UNSIGNED",
    "CREATE TABLE made (id int PRIMARY KEY) WITHOUT ROWID",
    "SELECT name FROM t WHERE name = '' COLLATE NOCASE",
)
NEITHER_TAKES = (
    "CREATE TABLE made (id int) ENGINE=InnoDB",
    "CREATE TABLE made (id int) DEFAULT_CHARSET=utf8 ENGINE=InnoDB",
    "INSERT IGNORE INTO t VALUES (1, '')",
    "INSERT INTO t VALUES (1, '') ON DUPLICATE KEY UPDATE id = 1",
    "ALTER TABLE t MODIFY name TEXT",
    "ALTER TABLE t CHANGE COLUMN name other TEXT",
    "ALTER TABLE t DROP FOREIGN KEY fk",
    "DROP INDEX i ON t",
    "RENAME TABLE t TO u",
    "SHOW TABLES",
    "SET FOREIGN_KEY_CHECKS=0",
)
POSTGRESQL_ONLY = (
    "CREATE EXTENSION IF NOT EXISTS citext",
    "UPDATE t SET name = id::text",
    "CREATE TYPE mood AS ENUM ('')",
    "ALTER TYPE mood ADD VALUE ''",
    "ALTER TABLE t ALTER COLUMN name TYPE TEXT",
    "ALTER TABLE t ALTER name SET DEFAULT ''",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id)",
    "CREATE SEQUENCE s",
    "CREATE OR REPLACE FUNCTION f() RETURNS int AS '' LANGUAGE sql",
    "DO ''",
    "CREATE SCHEMA app",
    "COMMENT ON TABLE t IS ''",
    "TRUNCATE TABLE t",
    "GRANT SELECT ON t TO public",
    "SET lock_timeout = ''",
    "CREATE INDEX CONCURRENTLY i ON t (id)",
    "CREATE INDEX i ON t USING gin (name)",
    "CREATE MATERIALIZED VIEW m AS SELECT 1",
    "LOCK TABLE t",
    "SELECT 1 FROM t WHERE name ILIKE ''",
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS z int",
    "DROP TABLE IF EXISTS z CASCADE",
    "CREATE POLICY p ON t",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t OWNER TO shop",
    "ALTER INDEX i RENAME TO j",
)


@pytest.mark.parametrize("sql", [*BOTH_TAKE, *SQLITE_ONLY, *NEITHER_TAKES, *POSTGRESQL_ONLY])
def test_sqlite_rejects_what_is_said(sql: str) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE t (id integer primary key, name text)")
    try:
        database.execute(sql)
    except sqlite3.OperationalError:
        rejected = True
    else:
        rejected = False
    finally:
        database.close()
    assert (rejection_of(sql, "sqlite") is not None) is rejected


@pytest.mark.parametrize("sql", [*SQLITE_ONLY, *NEITHER_TAKES])
def test_postgresql_rejects(sql: str) -> None:
    assert rejection_of(sql, "postgresql") is not None


@pytest.mark.parametrize("sql", [*BOTH_TAKE, *POSTGRESQL_ONLY])
def test_postgresql_takes(sql: str) -> None:
    assert rejection_of(sql, "postgresql") is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE jobs SET engine = '', pragma = ''",
        "SELECT '…' AS pragma FROM t",
        "INSERT INTO t VALUES (1, 'REPLACE INTO `x` :: AUTOINCREMENT')",
        'CREATE TABLE "auto`increment" (id int)',
        "",
        "{…}",
    ],
)
def test_words_in_names_and_texts_are_none(sql: str) -> None:
    assert [rejection_of(sql, d) for d in ("postgresql", "sqlite", "mysql", "oracle", "")] == [None] * 5


@pytest.mark.parametrize("home", ["postgresql", "mysql"])
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_types_are_refused_as_sqlalchemy_does(home: str, dialect: str) -> None:
    module = {"postgresql": postgresql, "mysql": mysql}[home]
    known = registry.load(dialect)()
    checked = 0
    for name in (
        "INET",
        "TSVECTOR",
        "HSTORE",
        "CITEXT",
        "MONEY",
        "LONGTEXT",
        "TINYINT",
        "YEAR",
        "TEXT",
        "DATE",
    ):
        kind = getattr(module, name, None)
        if kind is None:
            continue
        table = sqlalchemy.Table("t", sqlalchemy.MetaData(), sqlalchemy.Column("c", kind()))
        try:
            str(sqlalchemy.schema.CreateTable(table).compile(dialect=known))
        except sqlalchemy.exc.CompileError:
            refused = True
        else:
            refused = False
        assert cannot_store(home, name, dialect) is refused, name
        checked += 1
    assert checked > 3
