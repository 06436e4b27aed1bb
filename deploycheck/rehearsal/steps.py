"""What the parent asks of the child, and what it hears back: what `process` and the runs share."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.rehearsal.session import Session

if TYPE_CHECKING:
    from deploycheck.facts.rehearsed import Failure


class Direction(enum.StrEnum):
    """Which way a step goes."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, up or down."""

    direction: Direction
    revision: str


class Moment(enum.StrEnum):
    """When the parent is asked, in the course of a step."""

    BEFORE = "before"
    """Nothing of it has run; the step before it is committed."""
    APPLIED = "applied"
    """It has run, and its transaction is still open: its locks can be seen."""
    DONE = "done"
    """It is committed (where the project's own settings let it be)."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One step that passed: what ran, as SQL text with its parameters left out."""

    step: Step
    statements: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of some steps: those that passed, in order, and why the next one did not."""

    applied: tuple[Applied, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One revision as Alembic itself walks the history. `path` is relative to the target."""

    id: str
    path: str
    parents: tuple[str, ...] = ()
    branch_labels: tuple[str, ...] = ()


class Undo(Exception):  # noqa: N818 - an instruction, not an error
    """Raised by a watch to end the steps: at BEFORE, the step does not begin; at APPLIED, it is rolled back.

    `Ran` then tells of the steps before it, and of no failure. Where the step's own statements were committed
    already (no transactional DDL), what can be rolled back is.
    """


Watch = Callable[[Moment, Step, Session], None]
"""Called in the parent at each moment of each step, with the connection on which the step runs.

It may raise `Undo`; any other error of it is the parent's own, and comes out of the call that ran the steps.
"""
