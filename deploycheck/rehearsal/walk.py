"""The walk through a history: each revision up with rows in the tables, down, and up again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from deploycheck.facts.rehearsed import Ending, Failure
from deploycheck.rehearsal.rows import OURS
from deploycheck.rehearsal.seen import NOT_YET, OURS_TO_BLAME, Part, Phase, Seen
from deploycheck.rehearsal.session import StatementFailed
from deploycheck.rehearsal.steps import Applied, Moment, Undo

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import RehearsedRevision
    from deploycheck.rehearsal.session import Session
    from deploycheck.rehearsal.steps import Ran, Step, Watch
    from deploycheck.rehearsal.surveyor import Surveyor

_TOO_LONG = "22001"
_DATA = "22"
"""How the states begin that tell of a value which does not fit."""
_RESTORATIONS = 30
"""How often a walk begins anew on another database; a history that needs more is not walked to its end."""


class Runner(Protocol):
    """Runs steps on one throwaway database."""

    @property
    def surveyor(self) -> Surveyor:
        """What looks at the database, which nobody has looked at yet."""

    def steps(self, steps: Sequence[Step], watch: Watch) -> Ran:
        """Run them on one connection, each committed by itself."""

    def renew(self) -> Surveyor:
        """Leave the database for an empty one, and return what looks at that."""

    def keep(self) -> None:
        """Keep the database as it is now, where that costs next to nothing."""

    def restore(self) -> bool:
        """Put the database back as it was kept last; return whether that could be done."""

    def skip(self, revision: str, parents: Sequence[str]) -> bool:
        """Tell the database that it has a revision, whose step did not run; return whether it took that."""

    def widen(self) -> bool:
        """Make room for ids of any length in the version table; return whether that could be done."""


class Walk:
    """One walk. `seen` is what became of each revision; `problem` why it ended before the last one."""

    def __init__(
        self,
        runner: Runner,
        revisions: Iterable[Seen],
        on_turn: Callable[[str], None],
        *,
        passed: frozenset[str] = frozenset(),
    ) -> None:
        """Take the revisions in the order of Alembic's own upgrade; `on_turn` is told of each turn.

        `passed` are those whose step up is known to pass on a database that never had a row of ours.
        """
        self._runner = runner
        self._on_turn = on_turn
        self.seen = {one.id: one for one in revisions}
        self.problem = ""
        self._plan: list[Part] = []
        self._up: list[str] = []
        self._skipped: set[str] = set()
        self._passed = passed
        self._tried_anew: set[str] = set()
        self._kept: Failure | None = None
        self._doubt = False
        self._is_dirty = False
        self._restorations = 0
        self._surveyor = runner.surveyor

    def run(self) -> tuple[RehearsedRevision, ...]:
        """Walk to the end, or as far as it goes, and return what was seen of every revision."""
        self._plan = [Part(phase, id_) for id_ in self.seen for phase in (Phase.UP, Phase.DOWN, Phase.AGAIN)]
        while self._plan:
            if self._plan[0].phase is Phase.SKIP:
                self._skip(self.seen[self._plan[0].revision])
                continue
            together = itertools.takewhile(lambda part: part.phase is not Phase.SKIP, self._plan)
            try:
                ran = self._runner.steps([part.step for part in together], self._watch)
            except StatementFailed as failed:
                self._stop(f"the throwaway database could not be looked at: {failed.message}")
                break
            self._keep(ran.applied)
            self._go_on(ran.failure)
        return tuple(one.frozen() for one in self.seen.values())

    # While steps run.

    def _watch(self, moment: Moment, step: Step, session: Session) -> None:
        """Look at the database at each moment of a step; the plan's first part is the one that runs."""
        part, one = self._plan[0], self.seen[step.revision]
        if part.phase is Phase.REPLAY:
            if moment is Moment.DONE:
                self._pass(part)
            return
        with self._surveyor.through(session):
            if moment is Moment.BEFORE:
                self._before(part, one)
            elif moment is Moment.APPLIED:
                self._applied(part, one)
            else:
                self._done(part, one)

    def _before(self, part: Part, one: Seen) -> None:
        if self._doubt and not self._surveyor.is_as_expected():
            self._is_dirty = True
            raise Undo
        self._doubt = False
        if part.phase is Phase.UP:
            self._on_turn(one.id)
            one.not_rehearsed = ""
            one.filled = self._surveyor.prepare(whether_it_locks=one.pending)
        elif part.phase in {Phase.BARE_UP, Phase.BARE_DOWN}:
            self._surveyor.empty()

    def _applied(self, part: Part, one: Seen) -> None:
        if part.phase in {Phase.UP, Phase.BARE_UP}:
            if one.pending:
                one.locks = self._surveyor.locks()
        elif part.phase in {Phase.DOWN, Phase.BARE_DOWN}:
            one.traces = self._surveyor.traces()
            if part.phase is Phase.BARE_DOWN:
                one.down_with_rows, self._kept = self._kept, None
            if part.phase is Phase.DOWN:
                one.lost = self._surveyor.lost()
            if one.traces:
                one.went_down = True
                raise Undo

    def _done(self, part: Part, one: Seen) -> None:
        match part.phase:
            case Phase.UP | Phase.BARE_UP:
                one.changed = self._surveyor.went_up()
                self._up.append(one.id)
                self._runner.keep()
            case Phase.DOWN | Phase.BARE_DOWN:
                one.went_down = True
                self._surveyor.went_down()
                self._up.remove(one.id)
            case _:
                one.differs = self._surveyor.went_up_again()
                self._up.append(one.id)
                self._runner.keep()
        if part.phase is Phase.BARE_UP:
            one.with_rows, self._kept = self._kept, None
        self._pass(part)

    def _pass(self, part: Part) -> None:
        if part.phase is Phase.REPLAY:
            self._up.append(part.revision)
        self._plan.pop(0)

    # Between runs.

    def _go_on(self, failure: Failure | None) -> None:
        """Take in how a run of steps ended, and change the plan so that the next one can go on."""
        if self._is_dirty:
            self._restore()
        elif failure is not None and self._plan:
            self._failed(self._plan[0], failure)
        elif failure is not None:
            self.problem = failure.message
        elif self._plan and self._plan[0].phase in {Phase.DOWN, Phase.BARE_DOWN}:
            self._leave(self._plan[0])  # taken back, for the traces that it leaves
        elif self._plan and self._plan[0].phase is not Phase.SKIP:
            self._stop("its env.py ends before all steps have run")

    def _keep(self, applied: Iterable[Applied]) -> None:
        for one in applied:
            seen = self.seen[one.step.revision]
            if one.step.direction == "up" and not seen.statements:
                seen.statements, seen.seconds = one.statements, one.seconds

    def _leave(self, part: Part) -> None:
        """Leave a revision as it is, up, and go on with the next."""
        self._doubt = True
        self._kept = None
        self._plan = [p for p in self._plan if p.revision != part.revision]

    def _failed(self, part: Part, failure: Failure) -> None:
        if failure.ending is Ending.LACKING and part.phase in {Phase.UP, Phase.BARE_UP}:
            self.seen[part.revision].not_rehearsed = failure.message
            self._leave_out(part.revision)
            return
        if failure.ending in OURS_TO_BLAME or failure.revision != part.revision:
            self.seen[part.revision].not_rehearsed = failure.message
            self._stop(failure.message, part.revision)
            return
        self._doubt = True
        one = self.seen[part.revision]
        match part.phase:
            case Phase.UP | Phase.BARE_UP if (
                _is_too_narrow(failure) and one.up is None and self._runner.widen()
            ):
                one.up, self._kept = failure, None
                self._plan[0] = Part(Phase.UP, part.revision)
            case Phase.UP | Phase.DOWN if self._surveyor.has_rows and failure.ending is Ending.FAILED:
                self._kept = None if part.phase is Phase.DOWN and _is_of_our_making(failure) else failure
                bare = Phase.BARE_UP if part.phase is Phase.UP else Phase.BARE_DOWN
                self._plan[0] = Part(bare, part.revision)
            case Phase.BARE_UP if one.id in self._passed - self._tried_anew:
                # What was made of our rows may still be there: only a database that never had any tells.
                self._tried_anew.add(one.id)
                self._begin_anew()
            case Phase.UP | Phase.BARE_UP:
                self._fails(one, failure)
            case Phase.DOWN | Phase.BARE_DOWN:
                one.down = self._kept or failure
                self._leave(part)
            case Phase.AGAIN:
                one.again = failure
                self._plan.pop(0)
                self._up.append(part.revision)
                self._restore()
            case _:
                self._stop(f"what had passed fails on a second database: {failure.message}")

    def _fails(self, one: Seen, failure: Failure) -> None:
        """Go on without a revision that fails, as far as that is possible."""
        self._kept = None
        if one.without:
            one.not_rehearsed = f"it fails where {one.without}, which fails itself, was left out before it"
        else:
            one.up, one.not_rehearsed = failure, ""  # its step may never have begun
        self._leave_out(one.id)

    def _leave_out(self, id_: str) -> None:
        """Let the next ones run on a database that takes it that it has this one."""
        self._doubt = True
        self._plan = [Part(Phase.SKIP, id_), *(p for p in self._plan if p.revision != id_)]

    def _skip(self, one: Seen) -> None:
        if not self._runner.skip(one.id, one.parents):
            self._stop(f"the step up of {one.id}, before it, fails", one.id)
            return
        self._plan.pop(0)
        self._up.append(one.id)
        self._skipped.add(one.id)
        for later in self.seen.values():
            if later.not_rehearsed == NOT_YET:
                later.without = later.without or one.id

    def _restore(self) -> None:
        """Go back to where the walk stands: to what was kept, else from nothing."""
        self._is_dirty = self._doubt = False
        if self._runner.restore():
            self._surveyor.is_back()
        else:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Begin on an empty database, up to where the walk stands."""
        self._restorations += 1
        if self._restorations > _RESTORATIONS:
            self._stop(
                "too many steps could not be taken back, as the backend or they themselves commit on the way"
            )
            return
        self._surveyor = self._runner.renew()
        done, self._up = self._up, []
        phases = ((id_, Phase.SKIP if id_ in self._skipped else Phase.REPLAY) for id_ in done)
        self._plan = [*(Part(phase, id_) for id_, phase in phases), *self._plan]

    def _stop(self, why: str, at: str = "") -> None:
        """End the walk; `at` is the revision that ended it, where one did."""
        if not at or self.seen[at].not_rehearsed:
            self.problem = self.problem or why
        for one in self.seen.values():
            one.not_rehearsed = why if one.not_rehearsed == NOT_YET else one.not_rehearsed
        self._plan = []


def _is_too_narrow(failure: Failure) -> bool:
    """Tell whether the version table did not take the id, whose step has passed."""
    return failure.sqlstate == _TOO_LONG and "version_num" in failure.statement


def _is_of_our_making(failure: Failure) -> bool:
    """Tell whether a step stops at a value that no app would write.

    On the way back the rows are those of the app of that time, which knows its values; on the way up they may
    be old, and hold any.
    """
    return failure.sqlstate.startswith(_DATA) and OURS in failure.message
