"""What a walk has seen of each revision so far."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from deploycheck.facts.rehearsed import Ending, RehearsedRevision
from deploycheck.rehearsal.steps import Direction, Step

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure, Hazard, Lock, Lost

OURS_TO_BLAME = frozenset({Ending.KILLED, Ending.REFUSED, Ending.SERVER_LOST, Ending.LACKING})
"""How steps end for which no revision answers: they say nothing about production."""

NOT_YET = "its turn did not come"


class Phase(enum.Enum):
    """Which part of a revision's turn a step is."""

    UP = enum.auto()
    BARE_UP = enum.auto()
    """The step up once more, without our rows."""
    DOWN = enum.auto()
    BARE_DOWN = enum.auto()
    AGAIN = enum.auto()
    REPLAY = enum.auto()
    """Up once more on a new database, only to get back to where the walk was."""
    SKIP = enum.auto()
    """Not run at all, as it fails: the database is told that it has it, so that the next ones can run."""


_DOWNWARD = frozenset({Phase.DOWN, Phase.BARE_DOWN})


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the walk."""

    phase: Phase
    revision: str

    @property
    def step(self) -> Step:
        """What the child is asked for."""
        return Step(Direction.DOWN if self.phase in _DOWNWARD else Direction.UP, self.revision)


@dataclass(slots=True)
class Seen:
    """One revision's turn; the fields are those of `RehearsedRevision`."""

    id: str
    path: str
    is_merge: bool
    pending: bool
    parents: tuple[str, ...] = ()
    without: str = ""
    line: int = 1
    up: Failure | None = None
    down: Failure | None = None
    again: Failure | None = None
    went_down: bool = False
    traces: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    changed: bool = False
    filled: bool = False
    with_rows: Failure | None = None
    down_with_rows: Failure | None = None
    lost: tuple[Lost, ...] = ()
    locks: tuple[Lock, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    statements: tuple[str, ...] = field(default=(), repr=False)
    seconds: float = 0.0
    not_rehearsed: str = NOT_YET

    def frozen(self) -> RehearsedRevision:
        """Return what is known of it now."""
        names = (f.name for f in fields(self) if f.name != "parents")
        return RehearsedRevision(**{name: getattr(self, name) for name in names})


def fail_first(seen: Sequence[Seen], failure: Failure) -> None:
    """Take it that the first step up fails, so that no other can run."""
    for one in seen[1:]:
        one.not_rehearsed = f"the step up of {seen[0].id}, before it, fails"
    seen[0].up, seen[0].not_rehearsed = failure, ""
