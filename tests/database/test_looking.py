"""A real PostgreSQL and real SQLite files, looked at."""

from __future__ import annotations

import psycopg

from deploycheck.database.looking import look
from deploycheck.facts.migrations.version_names import VersionName
from deploycheck.facts.target import VersionTable
from tests.postgres import Postgres


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_an_empty_postgresql(postgres: Postgres) -> None:
    seen = look(postgres())
    assert seen.dialect == "postgresql"
    assert seen.version.split(".")[0].isdigit()
    assert seen.encoding == "UTF8"
    assert seen.tables == seen.views == frozenset()
    assert seen.version_tables == ()
    assert seen.connections is not None
    assert (seen.connections.limit, seen.connections.reserved, seen.connections.usable) == (100, 3, 97)
    assert not seen.pooler


def test_tables_views_and_version_tables_of_every_schema(postgres: Postgres) -> None:
    url = postgres()
    execute(
        url,
        "CREATE TABLE tools (id int)",
        "CREATE VIEW shelf AS SELECT * FROM tools",
        "CREATE SCHEMA audit",
        "CREATE TABLE audit.events (id int)",
        "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)",
        "INSERT INTO alembic_version VALUES ('b2'), ('a1')",
        "CREATE TABLE audit.versions (version_num varchar(32) NOT NULL)",
        "CREATE TABLE audit.kept (version_num varchar(32) NOT NULL, at timestamptz)",
        "CREATE TABLE other (version_num varchar(32) NOT NULL, at timestamptz)",
    )
    seen = look(url, [VersionName("kept", "audit")])
    assert seen.version_tables == (
        VersionTable("audit", "kept", (), "audit"),
        VersionTable("audit", "versions", (), "audit"),
        VersionTable("", "alembic_version", ("a1", "b2"), "public"),
    )
    assert {("", "tools"), ("public", "tools"), ("audit", "events")} <= seen.tables
    assert ("", "events") not in seen.tables
    assert ("", "shelf") in seen.views - seen.tables


def test_the_limit_of_one_database_and_what_is_in_use(postgres: Postgres) -> None:
    url = postgres()
    execute(
        url,
        f"ALTER DATABASE {url.partition('/fresh')[1][1:]}{url.partition('/fresh')[2].partition('?')[0]} CONNECTION LIMIT 12",
    )
    with psycopg.connect(url), psycopg.connect(url):
        seen = look(url)
    assert seen.connections is not None
    assert seen.connections.usable == 12
    assert seen.connections.in_use >= 2
