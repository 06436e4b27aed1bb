"""What every place for throwaway databases can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self


class ServerProblem(Exception):  # noqa: N818 - named for what it tells
    """The server cannot be started or used as asked; the text is one line, masked, with what to do."""


class ServerLost(ServerProblem):
    """The server went away, or has no room left: what it was asked says nothing about the project."""


@dataclass(frozen=True, slots=True)
class Database:
    """One throwaway database.

    `url` is one that libpq and SQLAlchemy both take (`postgresql://…`, `sqlite:////…`); it may hold the
    password of a user's own server and is not for printing. `name` is the database's, or the file's path.
    """

    url: str
    name: str

    def __repr__(self) -> str:
        """Leave the URL out: it may hold a password."""
        return f"Database({self.name!r})"


class Throwaway(Protocol):
    """A place for throwaway databases; whatever it made is gone once it is closed.

    Every method raises `ServerLost` when the server went away or its disk is full, and `ServerProblem` when
    it refuses.
    """

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""

    @property
    def version(self) -> str:
        """Return what it is, for reading: "PostgreSQL 18.4, embedded"."""

    @property
    def folder(self) -> Path:
        """Return a private folder that goes with the run: a place for files of the project's code."""

    def create(self) -> Database:
        """Make an empty database."""

    def copy(self, database: Database) -> Database:
        """Make a copy of a database in which nobody is."""

    def drop(self, database: Database) -> None:
        """Remove a database, whoever is still in it; one that is gone already is fine."""

    def alive(self) -> bool:
        """Return whether it still answers."""

    def loss(self, sqlstate: str = "", message: str = "") -> str:
        """Return the line that says how the server was lost, given what a statement failed with.

        Empty when the server is well: then the failure is the statement's own.
        """

    def close(self) -> None:
        """Stop it, and remove all that it made; a second time does nothing."""

    def __enter__(self) -> Self:
        """Return itself, started."""

    def __exit__(self, *_: object) -> None:
        """Close it."""
