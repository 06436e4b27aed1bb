"""One history from its first revision to its last, in each of the ways in which it is rehearsed."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.rehearsed import Ending
from deploycheck.rehearsal.outcome import DriftProblem
from deploycheck.rehearsal.seen import OURS_TO_BLAME, Seen, fail_first
from deploycheck.rehearsal.stage import Running
from deploycheck.rehearsal.standing import had, pending, starts_of
from deploycheck.rehearsal.steps import Direction, Moment, Step
from deploycheck.rehearsal.walk import Walk

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, RehearsedHistory
    from deploycheck.rehearsal.options import Progress
    from deploycheck.rehearsal.process import AlembicProcess
    from deploycheck.rehearsal.session import Session
    from deploycheck.rehearsal.stage import Stage
    from deploycheck.rehearsal.steps import Known, Watch


@dataclass(frozen=True, slots=True)
class _FromNothing:
    """What `alembic upgrade heads` on an empty database came to, and then the comparison with the models."""

    known: tuple[Known, ...]
    passed: frozenset[str]
    failure: Failure | None
    drift: tuple[str, ...] | None = None
    drift_problem: str = ""


class Whole:
    """The rehearsal of one history; `start` is the revision that the user says the target has, or empty."""

    def __init__(self, stage: Stage, version_table: str, start: str, progress: Progress) -> None:
        """Run nothing yet."""
        self._stage = stage
        self._version_table = version_table
        self._start = start
        self._progress = progress

    def rehearse(self, blank: RehearsedHistory) -> RehearsedHistory:
        """Return `blank` with all that was seen. Raises `CannotRun` and `ServerProblem`."""
        first = self._stage.given_all(self._from_nothing)
        found = replace(
            blank, drift=first.drift, drift_problem=first.drift_problem, isolation=self._stage.isolation
        )
        if first.failure is not None and not _is_of_a_revision(first.failure, first.known):
            return replace(found, not_rehearsed=first.failure.message)
        starts = starts_of(self._stage.project, first.known, self._start)
        found = self._walked(first, starts, replace(found, start=", ".join(starts)))
        if not starts or first.failure is not None or not pending(first.known, starts):
            return found
        failure, problem = self._from(first.known, starts)
        return replace(found, from_start=failure, not_rehearsed=found.not_rehearsed or problem)

    def _from_nothing(self, process: AlembicProcess) -> _FromNothing:
        """Upgrade as production does, and compare with the models. Raises `CannotRun` and `DriftProblem`."""
        process.ready()
        known = process.history()
        self._progress.begin("upgrade from nothing", len(known))
        ran = self._stage.explained(process.upgrade(self._counting))
        passed = frozenset(one.step.revision for one in ran.applied)
        if ran.failure is not None:
            self._stage.learn(process.needs)
            return _FromNothing(known, passed, ran.failure)
        try:
            return _FromNothing(known, passed, None, process.drift())
        except DriftProblem as problem:
            return _FromNothing(known, passed, None, None, problem.message)

    def _walked(
        self, first: _FromNothing, starts: tuple[str, ...], found: RehearsedHistory
    ) -> RehearsedHistory:
        """Go step by step, unless the first step is known to fail."""
        waiting = pending(first.known, starts)
        failure = None if _is_lacking(first.failure) else first.failure
        seen = [Seen(k.id, k.path, len(k.parents) > 1, k.id in waiting, k.parents) for k in first.known]
        if failure is not None and failure.revision == seen[0].id:
            fail_first(seen, failure)
            return replace(found, upgrade=failure, revisions=tuple(one.frozen() for one in seen))
        self._progress.begin("up, down and up again", len(seen))
        with contextlib.closing(Running(self._stage, self._version_table)) as running:
            walk = Walk(running, seen, self._progress.advance, passed=first.passed)
            revisions = walk.run()
            stubbed = running.stubbed()
        return replace(
            found,
            upgrade=failure,
            revisions=revisions,
            stubbed=stubbed,
            not_rehearsed=walk.problem,
        )

    def _from(self, known: tuple[Known, ...], starts: tuple[str, ...]) -> tuple[Failure | None, str]:
        """Upgrade from where the target stands; return why that fails, or why it could not be tried."""
        before = had(known, starts)
        self._progress.begin(f"upgrade from {', '.join(starts)}", len(known))
        with self._stage.opened() as process:
            steps = [Step(Direction.UP, one.id) for one in known if one.id in before]
            ran = self._stage.explained(process.steps(steps, self._counting))
            if ran.failure is not None:
                return (
                    None,
                    f"the revisions up to {', '.join(starts)} could not be run: {ran.failure.message}",
                )
            failure = self._stage.explained(process.upgrade(self._counting)).failure
        if failure is not None and not _is_of_a_revision(failure, known):
            return None, failure.message
        return failure, ""

    @property
    def _counting(self) -> Watch:
        def count(moment: Moment, step: Step, session: Session) -> None:
            del session
            if moment is Moment.BEFORE:
                self._progress.advance(step.revision)

        return count


def _is_lacking(failure: Failure | None) -> bool:
    return failure is not None and failure.ending is Ending.LACKING


def _is_of_a_revision(failure: Failure, known: tuple[Known, ...]) -> bool:
    """Tell whether a failure is that of a step, so that the others can be looked at."""
    blamed = failure.ending not in OURS_TO_BLAME or _is_lacking(failure)
    return blamed and failure.revision in {one.id for one in known}
