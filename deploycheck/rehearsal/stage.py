"""One history on one server: makes databases for it, and the processes that migrate them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from deploycheck.facts.rehearsed import Ending
from deploycheck.rehearsal import extensions, variables
from deploycheck.rehearsal.direct import DirectSession
from deploycheck.rehearsal.outcome import CannotRun
from deploycheck.rehearsal.place import Place
from deploycheck.rehearsal.process import AlembicProcess, Limits
from deploycheck.rehearsal.session import StatementFailed, literal, quoted
from deploycheck.rehearsal.surveyor import Surveyor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.migrations.model import ScriptDirectory
    from deploycheck.project import Project
    from deploycheck.rehearsal.outcome import Needs
    from deploycheck.rehearsal.server import Database, Throwaway
    from deploycheck.rehearsal.steps import Ran, Step, Watch
    from deploycheck.rehearsal.variables import Harmless

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """Which interpreter runs the project's code, and how many seconds one revision may take."""

    python: str
    timeout: float


class Stage:
    """What the processes of one history have in common, and what its code was found to ask for."""

    def __init__(self, project: Project, directory: ScriptDirectory, server: Throwaway, run: Run) -> None:
        """Take a history of the project, and the server."""
        self.project = project
        self.server = server
        self.isolation = ""
        self._run = run
        self._place = Place.of(project.root, directory)
        self._directory = directory
        self._first: Database | None = None
        self._wanted = extensions.wanted(directory)
        self._harmless: Harmless | None = None
        self._environment: dict[str, str] = {}

    @contextlib.contextmanager
    def opened(self) -> Iterator[AlembicProcess]:
        """Yield a process on a new, empty database; both are gone afterwards."""
        database = self.create()
        try:
            with self.process(database) as process:
                yield process
        finally:
            self.server.drop(database)

    def create(self) -> Database:
        """Make a database, with the extensions that the history takes for given. Raises `ServerProblem`."""
        database = self.server.create()
        if self.server.backend == "postgresql" and self._wanted.presumed:
            with DirectSession(database.url) as session:
                extensions.provide(session, self._wanted.presumed)
                session.commit()
        return database

    def process(self, database: Database) -> AlembicProcess:
        """Return a process for a database, of which nothing runs yet."""
        if self._first is None:
            self._first = database
            place = variables.Place.of(database.url, self.server.folder)
            self._harmless = variables.Harmless(self.project, self._directory, place)
            self._environment = self._harmless.first
        there = {n: v.replace(self._first.name, database.name) for n, v in self._environment.items()}
        return AlembicProcess(
            self._place,
            database.url,
            environment=there,
            python=Path(self._run.python),
            limits=Limits(self._run.timeout),
        )

    def explained(self, ran: Ran) -> Ran:
        """Return how steps ended, with a failure that is the throwaway server's own told as such."""
        failure = ran.failure
        if failure is None:
            return ran
        if line := self.server.loss(failure.sqlstate, failure.message):
            return replace(ran, failure=replace(failure, ending=Ending.SERVER_LOST, message=line))
        if why := extensions.excuse(failure.sqlstate, failure.message):
            return replace(ran, failure=replace(failure, ending=Ending.LACKING, message=why))
        return ran

    def given_all(self, work: Callable[[AlembicProcess], T]) -> T:
        """Do something with a new process, again with each variable that the code turns out to need.

        Raises `CannotRun` when it asks for what nobody can give it.
        """
        for _ in range(variables.ATTEMPTS):
            with self.opened() as process:
                try:
                    return work(process)
                except CannotRun as problem:
                    if not self._learned(problem.needs):
                        raise
                except _Learned:
                    continue
                finally:
                    self.isolation = process.isolation or self.isolation
        raise CannotRun(variables.INSATIABLE)

    def learn(self, needs: Needs) -> None:
        """Begin the work of `given_all` again, where the code asks for a variable that can be given."""
        if self._learned(needs):
            raise _Learned

    def _learned(self, needs: Needs) -> bool:
        wanted = needs.variables
        more = self._harmless.more(wanted) if self._harmless is not None and wanted else {}
        self._environment = more or self._environment
        return bool(more)


class _Learned(Exception):  # noqa: N818 - an instruction, not an error
    """The environment has what the code asked for: again."""


class Running:
    """Runs the steps of a walk, on one database at a time; `close` ends it."""

    def __init__(self, stage: Stage, version_table: str) -> None:
        """Begin on an empty database; `version_table` is Alembic's."""
        self._stage = stage
        self._table = quoted(version_table)
        self._unseen = frozenset({version_table})
        self._is_wide = False
        self._begin()

    def _begin(self) -> None:
        self._database = self._stage.create()
        self._process = self._stage.process(self._database)
        self._kept = False
        if self._is_wide:
            self._told(f"CREATE TABLE {self._table} (version_num text NOT NULL PRIMARY KEY)")

    @property
    def surveyor(self) -> Surveyor:
        """What looks at the database, which nobody has looked at yet."""
        return Surveyor(self._stage.server.backend, self._unseen)

    def steps(self, steps: Sequence[Step], watch: Watch) -> Ran:
        """Run them on one connection, each committed by itself."""
        return self._stage.explained(self._process.steps(steps, watch))

    def stubbed(self) -> tuple[str, ...]:
        """Return the extensions that a stand-in replaces in the database as it is now."""
        if self._stage.server.backend == "sqlite":
            return ()
        try:
            with DirectSession(self._database.url) as session:
                return extensions.stubbed(session)
        except StatementFailed:
            return ()

    def keep(self) -> None:
        """Keep the database as it is now, where that costs next to nothing: a file of SQLite's."""
        if self._stage.server.backend == "sqlite":
            self._kept = copied(self._database.name, f"{self._database.name}.kept")

    def restore(self) -> bool:
        """Put the database back as it was kept last; return whether that could be done."""
        return self._kept and copied(f"{self._database.name}.kept", self._database.name)

    def renew(self) -> Surveyor:
        """Leave the database for an empty one, and return what looks at that."""
        self.close()
        self._begin()
        return self.surveyor

    def close(self) -> None:
        """End the process, and drop the database."""
        self._process.close()
        self._stage.server.drop(self._database)

    def skip(self, revision: str, parents: Sequence[str]) -> bool:
        """Tell the database that it has a revision; return whether its version table took that."""
        had = ", ".join(literal(parent) for parent in parents) or "''"
        return self._told(
            f"DELETE FROM {self._table} WHERE version_num IN ({had})",  # noqa: S608 - the throwaway's own
            f"INSERT INTO {self._table} VALUES ({literal(revision)})",  # noqa: S608 - the same
        )

    def widen(self) -> bool:
        """Make room for ids of any length in the version table, here and in the databases to come."""
        self._is_wide = self._stage.server.backend == "postgresql" and self._told(
            f"ALTER TABLE {self._table} ALTER COLUMN version_num TYPE text"
        )
        return self._is_wide

    def _told(self, *statements: str) -> bool:
        """Run statements of ours beside the process, which rests; return whether all passed."""
        self._process.close()
        try:
            with DirectSession(self._database.url) as session:
                for statement in statements:
                    session.run(statement)
                session.commit()
        except StatementFailed:
            return False
        return True


def copied(source: str, target: str) -> bool:
    """Copy a database of SQLite's over another, whoever has it open; return whether that could be done."""
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error:
        return False
    return True
