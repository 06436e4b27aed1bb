"""A `Session` that this very process holds: for the parent's own preparations, and for tests."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from deploycheck.rehearsal.session import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from deploycheck.rehearsal.session import Cell

_SAVEPOINT = "deploycheck_statement"


class DirectSession:
    """One connection with one open transaction, on PostgreSQL by psycopg or on a file by sqlite3.

    `url` is as `Database.url`: `postgresql://…`, as libpq takes it, or `sqlite:///` and a path. What was
    run is gone at `close` unless `commit` was called. Raises `StatementFailed` where no server answers.
    """

    def __init__(self, url: str) -> None:
        """Connect."""
        self._engine: _Postgres | _Sqlite
        self._engine = _Sqlite(url) if url.startswith("sqlite:") else _Postgres(url)

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""
        return self._engine.backend

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT; when it fails, the transaction goes on. Raises `StatementFailed`."""
        with self._engine.told(), self._savepoint():
            return self._engine.rows(sql)

    def run(self, sql: str) -> None:
        """Run one statement; when it fails, nothing of it stays. Raises `StatementFailed`."""
        with self._engine.told(), self._savepoint():
            self._engine.execute(sql)

    def commit(self) -> None:
        """Keep what ran so far, and begin anew. Raises `StatementFailed`, as deferred constraints do."""
        with self._engine.told():
            self._engine.commit()

    def rollback(self) -> None:
        """Take back what ran since the last commit."""
        with self._engine.told():
            self._engine.rollback()

    def close(self) -> None:
        """End the connection; what was not committed is gone."""
        self._engine.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the connection."""
        self.close()

    @contextlib.contextmanager
    def _savepoint(self) -> Iterator[None]:
        self._engine.execute(f"SAVEPOINT {_SAVEPOINT}")
        try:
            yield
        except self._engine.errors:
            self._engine.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            self._engine.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")
            raise
        self._engine.execute(f"RELEASE SAVEPOINT {_SAVEPOINT}")


class _Postgres:
    """psycopg's connection; what is no number, truth or text comes as the text that the server writes."""

    backend = "postgresql"

    def __init__(self, url: str) -> None:
        import psycopg

        self.errors: tuple[type[Exception], ...] = (psycopg.Error,)
        with self.told():
            self._connection = psycopg.connect(url, connect_timeout=10)
        _text_for_the_rest(self._connection)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn the driver's error into ours."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise StatementFailed(_first_line(error), error.sqlstate or "") from None

    def rows(self, sql: str) -> list[tuple[Cell, ...]]:
        with self._connection.cursor() as cursor:
            return cursor.execute(sql.encode()).fetchall()

    def execute(self, sql: str) -> None:
        self._connection.execute(sql.encode())

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


_AS_THEMSELVES = frozenset("bool int2 int4 int8 oid float4 float8 text varchar bpchar name char".split())


def _text_for_the_rest(connection: psycopg.Connection) -> None:
    from psycopg.types.string import TextLoader

    for known in connection.adapters.types:
        if known.name not in _AS_THEMSELVES:
            connection.adapters.register_loader(known.oid, TextLoader)
        if known.array_oid:
            connection.adapters.register_loader(known.array_oid, TextLoader)


class _Sqlite:
    """The standard library's connection, whose transactions are ours alone."""

    backend = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, url: str) -> None:
        with self.told():
            self._connection = sqlite3.connect(_path_of(url), isolation_level=None)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Turn the driver's error into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise StatementFailed(_first_line(error)) from None

    def rows(self, sql: str) -> list[tuple[Cell, ...]]:
        return [tuple(map(_cell, row)) for row in self._connection.execute(sql)]

    def execute(self, sql: str) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")
        self._connection.execute(sql)

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


def _cell(value: Cell | bytes) -> Cell:
    return value.hex() if isinstance(value, bytes) else value


def _path_of(url: str) -> str:
    """Return the file that a `sqlite:///` URL names: three slashes and a path, maybe an absolute one."""
    return unquote(urlsplit(url).path)[1:]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
