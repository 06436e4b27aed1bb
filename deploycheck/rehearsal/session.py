"""One connection to a throwaway database, as the parent sees it."""

from __future__ import annotations

from typing import Protocol

Cell = str | int | float | bool | None
"""What a column of an answer may be; anything else comes as text."""


class StatementFailed(Exception):  # noqa: N818 - named for what it tells
    """A statement of ours failed; `sqlstate` is PostgreSQL's code, empty on SQLite."""

    def __init__(self, message: str, sqlstate: str = "") -> None:
        """Keep the database's first line."""
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate


class Session(Protocol):
    """The connection on which the migrations run, between two steps or inside of one.

    What the migrations have not committed yet is seen through it, as nothing else could see it.
    """

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""

    def run(self, sql: str) -> None:
        """Run one statement; when it fails, nothing of it stays, and the transaction goes on.

        Raises `StatementFailed`.
        """


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Return a name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'
