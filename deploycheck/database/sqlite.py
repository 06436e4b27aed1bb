"""What is looked at in a SQLite file: its tables and its version tables."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from deploycheck.facts.target import Target, VersionTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from deploycheck.database.urls import Address
    from deploycheck.facts.migrations.version_names import VersionName

_RELATIONS = "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
_COLUMN = "version_num"


def look_at(connection: sqlite3.Connection, address: Address, wanted: Iterable[VersionName]) -> Target:
    """Return what is seen through a connection. Raises sqlite3's errors."""
    relations = [(t, n) for t, n in connection.execute(_RELATIONS) if not n.startswith("sqlite_")]
    tables = [name for type_, name in relations if type_ == "table"]
    encoding = str(connection.execute("PRAGMA encoding").fetchone()[0])
    return Target(
        shown=address.shown,
        dialect="sqlite",
        version=sqlite3.sqlite_version,
        encoding=encoding,
        version_tables=tuple(_version_tables(connection, tables, {w.name for w in wanted})),
        tables=frozenset(("", name) for name in tables),
        views=frozenset(("", name) for type_, name in relations if type_ == "view"),
    )


def _version_tables(
    connection: sqlite3.Connection, tables: list[str], wanted: set[str]
) -> Iterator[VersionTable]:
    statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%version_num%'"
    near = {name for (name,) in connection.execute(statement)}
    for name in tables:
        columns = _columns(connection, name) if name in near else []
        if _COLUMN in columns and (name in wanted or columns == [_COLUMN]):
            query = f'SELECT {_COLUMN} FROM "{_quoted(name)}" WHERE {_COLUMN} IS NOT NULL ORDER BY 1'  # noqa: S608
            yield VersionTable("", name, tuple(str(row[0]) for row in connection.execute(query)))


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{_quoted(table)}")')]


def _quoted(name: str) -> str:
    return name.replace('"', '""')
