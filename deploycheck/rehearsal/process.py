"""The project's real Alembic environment in a process apart, as the parent handles it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploycheck.facts.rehearsed import Ending, Failure
from deploycheck.findings import Location
from deploycheck.masking import Masker
from deploycheck.rehearsal.hung import where_it_hung
from deploycheck.rehearsal.launch import Child, Gone, Silent
from deploycheck.rehearsal.outcome import (
    CannotRun,
    DriftProblem,
    Needs,
    failure_of,
    needs_of,
    one_line,
    why_not,
)
from deploycheck.rehearsal.place import Place
from deploycheck.rehearsal.session import Cell, StatementFailed
from deploycheck.rehearsal.steps import Applied, Direction, Known, Moment, Ran, Step, Watch

__all__ = ["AlembicProcess", "CannotRun", "DriftProblem", "Limits", "Needs", "Place"]

_SIGNALLED = 128


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds: one step, and likewise the start, an import of the models."""

    step: float = 60.0


class AlembicProcess:
    """The child, from `with` to its end.

    `url` is the neutral URL of the one database that it reaches. `environment` is all that the project's code
    finds in its environment, but for PATH, the locale and the time zone. `python` is the interpreter that has
    the project's requirements. With `read_only` every connection is, for a database that is not ours.

    After a failure it can be used on: a child that is gone is started anew with the next call.
    """

    def __init__(
        self,
        place: Place,
        url: str,
        *,
        environment: Mapping[str, str],
        python: Path,
        limits: Limits | None = None,
        read_only: bool = False,
    ) -> None:
        """Start nothing yet."""
        self._place = place
        self._url = url
        self._environment = dict(environment)
        self._python = python
        self._limits = limits or Limits()
        self._read_only = read_only
        self._child: Child | None = None
        self._masker = Masker()
        self._masker.learn(url, "")
        self.isolation = ""
        """How the child is kept from everything else, in words; known once it runs."""
        self.needs = Needs()
        """What the last failure asks for."""
        self.refused: tuple[str, ...] = ()
        """Calls that were refused so far, also those whose error the project's code caught."""

    def __enter__(self) -> Self:
        """Start when first needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child and all that it started."""
        self.close()

    def close(self) -> None:
        """End the child and all that it started; a later call starts another."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def ready(self) -> None:
        """Run env.py without any step, so that it is known whether it can. Raises `CannotRun`."""
        self._must_answer({"do": "ready"})

    def history(self) -> tuple[Known, ...]:
        """Return the revisions in the order in which Alembic goes up from nothing. Raises `CannotRun`."""
        answer = self._must_answer({"do": "history"})
        return tuple(
            Known(r["id"], r["path"], tuple(r["parents"]), tuple(r["labels"])) for r in answer["history"]
        )

    def upgrade(self, watch: Watch | None = None, to: str = "heads") -> Ran:
        """Do exactly what `alembic upgrade` does, in the transactions that the project's env.py makes."""
        return self._ran({"do": "upgrade", "to": to}, watch)

    def steps(self, steps: Sequence[Step], watch: Watch | None = None) -> Ran:
        """Do these steps in one run of env.py on one connection, each committed by itself."""
        asked = [(step.direction.value, step.revision) for step in steps]
        return self._ran({"do": "steps", "steps": asked}, watch)

    def drift(self) -> tuple[str, ...]:
        """Return what Alembic would still write to have the database like the models.

        Raises `DriftProblem`.
        """
        try:
            answer = self._must_answer({"do": "drift"})
        except CannotRun as problem:
            raise DriftProblem(problem.message, problem.needs) from problem
        return tuple(one_line(line, self._masker) for line in answer["drift"])

    def _must_answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        telling = _Telling(self._place.root)
        try:
            child = self._running()
            child.send(asked)
            answer = self._end_of(child.receive())
        except (Gone, Silent) as end:
            failure = self._ended(end, telling)
            raise CannotRun(failure.message, failure=failure) from end
        if "failure" in answer:
            told = answer["failure"]
            message = why_not(told, str(self._python), self._masker)
            raise CannotRun(message, self.needs, failure_of(told, self._masker))
        return answer

    def _ran(self, asked: Mapping[str, Any], watch: Watch | None) -> Ran:
        telling = _Telling(self._place.root)
        try:
            child = self._running()
            child.send({**asked, "watched": watch is not None})
            answer = self._end_of(self._followed(child, telling, watch))
        except (Gone, Silent) as end:
            return Ran(tuple(telling.applied), self._ended(end, telling))
        failure = failure_of(answer["failure"], self._masker) if "failure" in answer else None
        return Ran(tuple(telling.applied), failure)

    def _followed(self, child: Child, telling: _Telling, watch: Watch | None) -> Mapping[str, Any]:
        """Follow the steps until the run has ended; return the last message."""
        while "at" in (message := child.receive()):
            telling.hear(message)
            if watch is not None:
                assert telling.step is not None
                watch(Moment(message["at"]), telling.step, _Paused(child, self._url))
                child.send({"do": "go"})
        return message

    def _end_of(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = message["end"]
        self.refused = tuple(one_line(text, self._masker) for text in answer["refused"])
        self.needs = needs_of(answer["failure"], self._masker) if "failure" in answer else Needs()
        return answer

    def _running(self) -> Child:
        """Return the child, started where it is not."""
        if self._child is None:
            try:
                self._child = Child(
                    self._place,
                    self._url,
                    environment=self._environment,
                    python=self._python,
                    limit=self._limits.step,
                    read_only=self._read_only,
                )
            except OSError as error:
                raise CannotRun(f"{self._python} cannot be started: {error.strerror}") from error
            self.isolation = self._child.receive()["isolation"]
        return self._child

    def _ended(self, end: Gone | Silent, telling: _Telling) -> Failure:
        """Return what a child that is no more makes of the step that it was at."""
        assert self._child is not None
        revision = telling.step.revision if telling.step else ""
        at = where_it_hung(self._child.stacks, self._place.root, telling.path)
        output = self._child.output
        self.close()
        if isinstance(end, Silent):
            message = f"it did not end within {self._limits.step:g} s"
            return Failure(Ending.TIMED_OUT, message, at=at, revision=revision)
        at = Location(telling.path) if telling.path else None
        if end.code > _SIGNALLED:
            message = f"the process was ended by signal {end.code - _SIGNALLED}"
            return Failure(Ending.KILLED, message, at=at, revision=revision)
        message = f"the process ended by itself with exit status {end.code}"
        last = output.strip().splitlines()[-1:] if not revision else []
        message = one_line(": ".join([message, *last]), self._masker)
        return Failure(Ending.EXITED, message, at=at, revision=revision)


class _Telling:
    """What the child has told of its steps so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.step: Step | None = None
        self.path = ""
        self.applied: list[Applied] = []

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take in one message about a step."""
        if message["at"] == "before":
            self.step = Step(Direction(message["direction"]), message["revision"])
            self.path = message["path"]
        elif message["at"] == "done":
            assert self.step is not None
            self.applied.append(Applied(self.step, tuple(message["statements"]), message["seconds"]))


class _Paused:
    """The child's connection while it waits for us."""

    def __init__(self, child: Child, url: str) -> None:
        self._child = child
        self._backend = url.partition(":")[0].partition("+")[0]

    @property
    def backend(self) -> str:
        """Return `postgresql` or `sqlite`."""
        return self._backend

    def query(self, sql: str) -> list[tuple[Cell, ...]]:
        """Return the rows of a SELECT. Raises `StatementFailed`."""
        return [tuple(row) for row in self._ask("query", sql)["rows"]]

    def run(self, sql: str) -> None:
        """Run one statement. Raises `StatementFailed`."""
        self._ask("run", sql)

    def _ask(self, what: str, sql: str) -> Mapping[str, Any]:
        self._child.send({"do": what, "sql": sql})
        answer = self._child.receive()
        if "error" in answer:
            raise StatementFailed(answer["error"], answer["sqlstate"])
        return answer
