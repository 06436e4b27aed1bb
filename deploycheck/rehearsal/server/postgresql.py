"""What a PostgreSQL of our own and one of the user's have in common."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Self

from deploycheck.rehearsal.server.databases import GONE, Databases
from deploycheck.rehearsal.server.folder import RunFolder
from deploycheck.rehearsal.server.interface import ServerLost
from deploycheck.rehearsal.server.sweep import sweep_folders

if TYPE_CHECKING:
    from pathlib import Path

    from deploycheck.rehearsal.server.interface import Database


class Postgres(abc.ABC):
    """A server, with databases of this run on it and a private folder beside it; see `Throwaway`."""

    backend = "postgresql"
    version: str

    def __init__(self) -> None:
        """Remove what earlier runs left, and make the folder. Raises `ServerProblem`."""
        sweep_folders()
        self._folder = RunFolder()
        self._databases: Databases | None = None
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    @abc.abstractmethod
    def _begin(self) -> None:
        """Find the server, and tell its version; what was made is removed where this raises."""

    @property
    def folder(self) -> Path:
        """Return the private folder of this run's own files, on this machine."""
        return self._folder.path / "files"

    def create(self) -> Database:
        """Make an empty database."""
        return self._open.create()

    def copy(self, database: Database) -> Database:
        """Make a copy of a database in which nobody is."""
        return self._open.create(database)

    def drop(self, database: Database) -> None:
        """Remove a database of this run, whoever is still in it."""
        self._open.drop(database)

    def alive(self) -> bool:
        """Return whether the server answers."""
        return self._databases is not None and self._databases.answers()

    @abc.abstractmethod
    def loss(self, sqlstate: str = "", message: str = "") -> str:
        """Return the line that says how the server was lost, empty when it is well."""

    @abc.abstractmethod
    def close(self) -> None:
        """Leave the server, and remove all that was made; a second time does nothing."""

    def __enter__(self) -> Self:
        """Return itself: it can be used already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @property
    def _open(self) -> Databases:
        if self._databases is None:
            raise ServerLost(GONE)
        return self._databases
