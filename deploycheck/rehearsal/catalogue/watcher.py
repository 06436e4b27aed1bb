"""Looks at the schema of one session's database, whichever backend that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.rehearsal.catalogue.postgresql.watching import PostgresWatcher
from deploycheck.rehearsal.catalogue.sqlite.reading import read_sqlite

if TYPE_CHECKING:
    from deploycheck.rehearsal.catalogue.model import Catalogue
    from deploycheck.rehearsal.session import Session

VERSION_TABLE = "alembic_version"
"""Where Alembic notes which revisions a database has: never part of a schema."""


class Watcher:
    """Returns the schema that a session sees, its own open transaction included, as often as it is asked.

    The first look reads everything. A later one reads what was written to since, wherever that is the same
    (see `postgresql.watching`). `unseen` are tables that are left out.
    """

    def __init__(self, session: Session, unseen: frozenset[str] = frozenset({VERSION_TABLE})) -> None:
        """Look through `session`; nothing is asked yet."""
        self._session = session
        self._unseen = unseen
        self._postgresql = PostgresWatcher(session, unseen)

    def now(self) -> Catalogue:
        """Return the schema as it is. Raises `StatementFailed`."""
        if self._session.backend == "postgresql":
            return self._postgresql.now()
        return read_sqlite(self._session, self._unseen)


def snapshot(session: Session, unseen: frozenset[str] = frozenset({VERSION_TABLE})) -> Catalogue:
    """Return the whole schema that a session sees, without `unseen` tables. Raises `StatementFailed`."""
    return Watcher(session, unseen).now()


def tables(session: Session, unseen: frozenset[str] = frozenset({VERSION_TABLE})) -> frozenset[str]:
    """Return the names of the tables that hold rows, with their schema where it is not the usual one.

    Partitioned tables count, foreign ones and those of extensions do not. Raises `StatementFailed`.
    """
    query = _POSTGRESQL_TABLES if session.backend == "postgresql" else _SQLITE_TABLES
    return frozenset(str(shown) for name, shown in session.query(query) if name not in unseen)


_POSTGRESQL_TABLES = """SELECT c.relname,
CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
AND c.relpersistence <> 't' AND c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e
WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"""
_SQLITE_TABLES = """SELECT name, name FROM sqlite_master WHERE type = 'table'
AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
AND NOT upper(sql) LIKE 'CREATE VIRTUAL%'"""
