"""What is looked at in a PostgreSQL database: its catalogue, its version tables, its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from deploycheck.facts.target import Connections, Target, VersionTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from deploycheck.database.urls import Address
    from deploycheck.facts.migrations.version_names import VersionName

_SERVER = """
SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.pg_encoding_to_char(d.encoding),
       (SELECT CASE WHEN source = 'client' THEN '' ELSE setting END
          FROM pg_catalog.pg_settings WHERE name = 'TimeZone'),
       pg_catalog.current_schema(),
       pg_catalog.current_setting('max_connections')::int,
       (SELECT pg_catalog.sum(setting::int)
          FROM pg_catalog.pg_settings WHERE name LIKE '%reserved\\_connections')::int,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
         WHERE pid <> pg_catalog.pg_backend_pid()
           AND (backend_type = 'client backend'
                OR (backend_type IS NULL AND datid IS NOT NULL AND usesysid <> 0)))::int,
       CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit END,
       pg_catalog.pg_backend_pid()
  FROM pg_catalog.pg_database d
 WHERE d.datname = pg_catalog.current_database()
"""
"""Of another role's connections, one without rights sees little more than that they are there."""

_RELATIONS = """
SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), c.relkind IN ('r', 'p', 'f'),
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'version_num' AND NOT a.attisdropped),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) = 1,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
   AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, 2
"""

_Relation = tuple[str, str, bool, bool, bool, bool, bool]
"""Schema, name, whether it is found without its schema, is a table, has `version_num`, nothing else, and may
be read."""


def look_at(connection: psycopg.Connection, address: Address, wanted: Iterable[VersionName]) -> Target:
    """Return what is seen through a connection. Raises psycopg's errors."""
    version, encoding, zone, schema, most, reserved, in_use, database_limit, pid = cast(
        "tuple[str, str, str, str | None, int, int, int, int | None, int]",
        connection.execute(_SERVER.encode()).fetchone(),
    )
    relations = cast("list[_Relation]", connection.execute(_RELATIONS.encode()).fetchall())
    pooler = connection.info.backend_pid != pid
    return Target(
        shown=address.shown,
        dialect="postgresql",
        version=version.partition(" ")[0],
        encoding=encoding,
        time_zone=zone,
        version_tables=tuple(_version_tables(connection, relations, schema or "", tuple(wanted))),
        tables=frozenset(n for r in relations if r[3] for n in _names(r)),
        views=frozenset(n for r in relations if not r[3] for n in _names(r)),
        connections=None if pooler else Connections(most, reserved, in_use, database_limit),
        pooler=pooler,
    )


def _names(relation: _Relation) -> Iterator[tuple[str, str]]:
    schema, name, visible, *_ = relation
    yield schema, name
    if visible:
        yield "", name


def _version_tables(
    connection: psycopg.Connection, relations: list[_Relation], default: str, wanted: tuple[VersionName, ...]
) -> Iterator[VersionTable]:
    """Yield the tables of Alembic: those that are named, and others that look like one and may be read.

    One that is named is read in any case, so that a refusal is told.
    """
    for schema, name, visible, _, versioned, alone, readable in relations:
        own = "" if visible else schema
        named = any(
            w.name == name and (w.schema in {own, schema} or (not w.schema and schema == default))
            for w in wanted
        )
        if versioned and (named or (alone and readable)):
            yield VersionTable(own, name, _revisions(connection, schema, name), schema)


def _revisions(connection: psycopg.Connection, schema: str, name: str) -> tuple[str, ...]:
    from psycopg import sql

    query = sql.SQL("SELECT version_num::text FROM {} WHERE version_num IS NOT NULL ORDER BY 1")
    return tuple(row[0] for row in connection.execute(query.format(sql.Identifier(schema, name))))
