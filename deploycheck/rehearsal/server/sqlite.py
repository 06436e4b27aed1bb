"""Throwaway databases of SQLite: a file each, in the private folder of the run."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Self
from urllib.parse import quote

from deploycheck.rehearsal.server import losses
from deploycheck.rehearsal.server.folder import RunFolder
from deploycheck.rehearsal.server.interface import Database, ServerLost, ServerProblem
from deploycheck.rehearsal.server.sweep import sweep_folders

_BESIDE = ("-journal", "-wal", "-shm")


class SqliteFiles:
    """Files of SQLite. `version` reads "SQLite 3.46.1, a file", by this interpreter's own library."""

    backend = "sqlite"
    version = f"SQLite {sqlite3.sqlite_version}, a file"

    def __init__(self) -> None:
        """Make the folder. Raises `ServerProblem`."""
        sweep_folders()
        self._folder = RunFolder()
        self.folder.mkdir(mode=0o700)
        self._made: list[Database] = []

    @property
    def folder(self) -> Path:
        """Return the private folder of this run's own files."""
        return self._folder.path / "files"

    def create(self) -> Database:
        """Make an empty database."""
        return self._new(None)

    def copy(self, database: Database) -> Database:
        """Make a copy of a database in which nobody is."""
        return self._new(database)

    def _new(self, template: Database | None) -> Database:
        path = self._folder.path / f"rehearsal_{len(self._made) + 1}.db"
        database = Database(f"sqlite:///{quote(str(path))}", str(path))
        try:
            if template is None:
                path.touch(mode=0o600)
            else:
                _copied(template.name, database.name)
        except OSError as error:
            raise self._told(error) from None
        self._made.append(database)
        return database

    def drop(self, database: Database) -> None:
        """Remove a database of this run, whoever is still in it; any other is left alone."""
        if database in self._made:
            for suffix in ("", *_BESIDE):
                Path(database.name + suffix).unlink(missing_ok=True)

    def alive(self) -> bool:
        """Return whether its folder is there."""
        return self._folder.path.is_dir()

    def loss(self, sqlstate: str = "", message: str = "") -> str:
        """Return the line that says how the files were lost, empty when they are well."""
        if losses.is_disk_full(sqlstate, message):
            return losses.disk_full_in(self._folder.path.parent)
        return "" if self.alive() else "The folder of the throwaway database is gone."

    def close(self) -> None:
        """Remove the folder; a second time does nothing."""
        self._folder.remove()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _told(self, error: OSError) -> ServerProblem:
        why = str(error.strerror)
        if line := self.loss("", why):
            return ServerLost(line)
        return ServerProblem(f"The throwaway database could not be made: {why}.")


def _copied(source: str, target: str) -> None:
    """Copy a database's file, and what SQLite left beside it when it was not closed."""
    shutil.copyfile(source, target)
    for suffix in ("-journal", "-wal"):
        if Path(source + suffix).exists():
            shutil.copyfile(source + suffix, target + suffix)
