"""The databases of one run on a PostgreSQL, made over a connection of their own that is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.rehearsal.server.interface import Database, ServerLost, ServerProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

GONE = "The throwaway server went away in the middle of the rehearsal."


@dataclass(frozen=True, slots=True)
class Naming:
    """What databases are called.

    `url` gives the URL of one by its name, `prefix` is what all names begin with, `note` a comment on each.
    """

    url: Callable[[str], str]
    prefix: str
    note: str = ""


class Databases:
    """Makes, copies and drops the databases of one run; `loss` is as `Throwaway.loss`."""

    def __init__(self, start: str, naming: Naming, loss: Callable[[str, str], str]) -> None:
        """Connect to the database whose URL is `start`. Raises `ServerProblem`."""
        import psycopg

        self._naming = naming
        self._loss = loss
        self._made: dict[str, Database] = {}
        self._count = 0
        try:
            self.connection = psycopg.connect(start, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise ServerProblem(f"The server for the rehearsal cannot be reached: {line_of(error)}") from None

    def create(self, template: Database | None = None) -> Database:
        """Make a database, empty or a copy of one in which nobody is. Raises `ServerProblem`."""
        from psycopg.sql import SQL, Identifier, Literal

        self._count += 1
        name = f"{self._naming.prefix}_{self._count}"
        source = template.name if template else "template0"
        with self._told():
            self.connection.execute(
                SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(source))
            )
            self._made[name] = Database(self._naming.url(name), name)
            if self._naming.note:
                comment = SQL("COMMENT ON DATABASE {} IS {}")
                self.connection.execute(comment.format(Identifier(name), Literal(self._naming.note)))
        return self._made[name]

    def drop(self, database: Database) -> None:
        """Remove a database of this run, whoever is in it; any other is left alone."""
        if self._made.get(database.name) == database:
            with self._told():
                dropped(self.connection, database.name)
            del self._made[database.name]

    def drop_all(self) -> None:
        """Remove every database of this run that is left, as far as the server lets."""
        for database in list(self._made.values()):
            with contextlib.suppress(ServerProblem):
                self.drop(database)

    def version(self) -> str:
        """Return the server's version, "18.4"."""
        number = self.connection.info.server_version
        return f"{number // 10000}.{number % 10000}"

    def answers(self) -> bool:
        """Return whether the server answers."""
        import psycopg

        try:
            self.connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the driver's error into ours."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            if line := self._loss(error.sqlstate or "", line_of(error)):
                raise ServerLost(line) from None
            raise ServerProblem(f"The server for the rehearsal refused: {line_of(error)}.") from None


def dropped(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever is in it. Raises psycopg's errors."""
    from psycopg.sql import SQL, Identifier

    force = SQL("WITH (FORCE)" if connection.info.server_version >= 130000 else "")  # noqa: PLR2004 - its first version
    connection.execute(SQL("DROP DATABASE IF EXISTS {} {}").format(Identifier(name), force))


def line_of(error: Exception) -> str:
    """Return the first line of a driver's error."""
    return next(iter(str(error).splitlines()), type(error).__name__)
