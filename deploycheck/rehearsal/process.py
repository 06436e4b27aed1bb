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
from deploycheck.rehearsal.launch import Child, Gone, Setting, Silent
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
from deploycheck.rehearsal.steps import Applied, Direction, Known, Moment, Ran, Step, Undo, Watch

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
    Without `namespaces` the child is kept from other databases by guards inside of Python alone.

    After a failure it can be used on: a child that is gone is started anew with the next call.
    """

    def __init__(  # noqa: PLR0913 - all that a child is started with
        self,
        place: Place,
        url: str,
        *,
        environment: Mapping[str, str],
        python: Path,
        limits: Limits | None = None,
        read_only: bool = False,
        namespaces: bool = True,
    ) -> None:
        """Start nothing yet."""
        limit = (limits or Limits()).step
        self._setting = Setting(
            place=place,
            url=url,
            environment=dict(environment),
            python=python,
            limit=limit,
            read_only=read_only,
            namespaces=namespaces,
        )
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
        child = self._running()
        try:
            child.send(asked)
            answer = self._end_of(child.receive())
        except (Gone, Silent) as end:
            failure = self._ended(child, end, _Telling())
            raise CannotRun(failure.message, failure=failure) from end
        if "failure" in answer:
            told = answer["failure"]
            message = why_not(told, str(self._setting.python), self._masker)
            raise CannotRun(message, self.needs, failure_of(told, self._masker))
        return answer

    def _ran(self, asked: Mapping[str, Any], watch: Watch | None) -> Ran:
        telling, child = _Telling(), self._running()
        try:
            child.send({**asked, "watched": watch is not None})
            answer = self._end_of(self._followed(child, telling, watch))
        except (Gone, Silent) as end:
            return Ran(tuple(telling.applied), self._ended(child, end, telling))
        failure = failure_of(answer["failure"], self._masker) if "failure" in answer else None
        return Ran(tuple(telling.applied), failure)

    def _followed(self, child: Child, telling: _Telling, watch: Watch | None) -> Mapping[str, Any]:
        """Follow the steps until the run has ended; return the last message."""
        while "at" in (message := child.receive()):
            step = telling.hear(message)
            if watch is not None:
                child.send({"do": self._decided(watch, message["at"], step, child)})
        return message

    def _decided(self, watch: Watch, at: str, step: Step, child: Child) -> str:
        """Let the parent look; return how the run goes on."""
        decided = ""
        try:
            watch(Moment(at), step, _Paused(child, self._setting.url))
            decided = "go"
        except Undo:
            decided = "undo"
        except (Gone, Silent):
            decided = "gone"
            raise
        finally:
            if not decided:
                self.close()  # the child waits for a word that will not come
        return decided

    def _end_of(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = message["end"]
        self.refused = tuple(one_line(text, self._masker) for text in answer["refused"])
        self.needs = needs_of(answer["failure"], self._masker) if "failure" in answer else Needs()
        return answer

    def _running(self) -> Child:
        """Return the child, started where it is not. Raises `CannotRun`."""
        if self._child is not None:
            return self._child
        try:
            child = self._child = Child(self._setting)
        except OSError as error:
            raise CannotRun(f"{self._setting.python} cannot be started: {error.strerror}") from error
        try:
            self.isolation = child.receive()["isolation"]
        except (Gone, Silent) as end:
            failure = self._ended(child, end, _Telling())
            raise CannotRun(f"{self._setting.python}: {failure.message}", failure=failure) from end
        return child

    def _ended(self, child: Child, end: Gone | Silent, telling: _Telling) -> Failure:
        """Return what a child that is no more makes of the step that it was at."""
        revision, place = telling.revision, Location(telling.path) if telling.path else None
        hung_at = where_it_hung(child.stacks, self._setting.place.root, telling.path)
        last = [] if revision else child.output.strip().splitlines()[-1:]
        self.close()
        if isinstance(end, Silent):
            message = f"it did not end within {self._setting.limit:g} s"
            return Failure(Ending.TIMED_OUT, message, at=hung_at or place, revision=revision)
        if end.code > _SIGNALLED:
            message = f"the process was ended by signal {end.code - _SIGNALLED}"
            return Failure(Ending.KILLED, message, at=place, revision=revision)
        message = f"the process ended by itself with exit status {end.code}"
        message = one_line(": ".join([message, *last]), self._masker)
        return Failure(Ending.EXITED, message, at=place, revision=revision)


class _Telling:
    """What the child has told of its steps so far."""

    def __init__(self) -> None:
        self._step: Step | None = None
        self.path = ""
        self.applied: list[Applied] = []

    @property
    def revision(self) -> str:
        """The revision of the step that it is at, empty before the first."""
        return self._step.revision if self._step else ""

    def hear(self, message: Mapping[str, Any]) -> Step:
        """Take in one message about a step; return the step."""
        step = Step(Direction(message["direction"]), message["revision"])
        self._step, self.path = step, message["path"]
        if message["at"] == Moment.DONE:
            self._step, self.path = None, ""
            self.applied.append(Applied(step, tuple(message["statements"]), message["seconds"]))
        return step


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
