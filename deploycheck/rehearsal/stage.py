"""One history on one server: makes databases for it, and the processes that migrate them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from deploycheck.rehearsal import variables
from deploycheck.rehearsal.outcome import CannotRun, DriftProblem
from deploycheck.rehearsal.process import AlembicProcess, Limits
from deploycheck.rehearsal.surveyor import Surveyor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.project import Project
    from deploycheck.rehearsal.place import Place
    from deploycheck.rehearsal.server import Database, Throwaway
    from deploycheck.rehearsal.steps import Ran, Step, Watch

T = TypeVar("T")
_ATTEMPTS = 12
"""How often the code may ask for one more variable before it is taken to be insatiable."""


@dataclass
class Stage:
    """What the processes of one history have in common. `environment` grows with what the code asks for."""

    project: Project
    place: Place
    server: Throwaway
    python: str
    timeout: float
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    isolation: str = ""

    @contextlib.contextmanager
    def opened(self) -> Iterator[AlembicProcess]:
        """Yield a process on a new, empty database; both are gone afterwards."""
        database = self.server.create()
        try:
            with self.process(database) as process:
                yield process
        finally:
            self.server.drop(database)

    def process(self, database: Database) -> AlembicProcess:
        """Return a process for a database, of which nothing runs yet."""
        harmless = variables.harmless(self.project, database.url)
        return AlembicProcess(
            self.place,
            database.url,
            environment={**harmless, **self.environment},
            python=Path(self.python),
            limits=Limits(self.timeout),
        )

    def given_all(self, work: Callable[[AlembicProcess], T]) -> T:
        """Do something with a new process, again with each variable that the code turns out to need.

        Raises `CannotRun` or `DriftProblem` when it asks for what nobody can give it.
        """
        for _ in range(_ATTEMPTS):
            with self.opened() as process:
                try:
                    return work(process)
                except (CannotRun, DriftProblem) as problem:
                    more = variables.more(problem.needs.variables, self.environment)
                    if not more:
                        raise
                    self.environment |= more
                finally:
                    self.isolation = process.isolation or self.isolation
        raise CannotRun(f"its code asks for more than {_ATTEMPTS} variables that nothing in the project names")


class Running:
    """Runs the steps of a walk, on one database at a time; `close` ends it."""

    def __init__(self, stage: Stage, unseen: frozenset[str]) -> None:
        """Take the stage; nothing runs before `renew`."""
        self._stage = stage
        self._unseen = unseen
        self._database: Database | None = None
        self._process: AlembicProcess | None = None

    def steps(self, steps: Sequence[Step], watch: Watch) -> Ran:
        """Run them on one connection, each committed by itself."""
        assert self._process is not None
        return self._process.steps(steps, watch)

    def renew(self) -> Surveyor:
        """Leave the database for an empty one, and return what looks at that."""
        self.close()
        self._database = self._stage.server.create()
        self._process = self._stage.process(self._database)
        return Surveyor(self._stage.server.backend, self._unseen)

    def close(self) -> None:
        """End the process, and drop the database."""
        if self._process is not None:
            self._process.close()
        if self._database is not None:
            self._stage.server.drop(self._database)
        self._process = self._database = None
