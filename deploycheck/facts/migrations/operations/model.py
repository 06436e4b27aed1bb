"""What a revision's function does, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.schema.model import Action

if TYPE_CHECKING:
    from deploycheck.facts.schema.model import Change
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One change that a function asks for, in the order of running.

    `at` is where it stands (in the helper, for one that a helper does), `call_at` where the revision's own
    function leads to it, `text` its source. `conditions` are the tests around it that the backend and
    literals do not decide; with any, it is not `certain` to run. One that is certainly not run on this
    backend is left out. `guarded` is one around which a test asks what stands in the database's schema, or
    whose failing is caught. `batch` is one of a batch (`batch_alter_table`).
    """

    change: Change
    at: Location
    call_at: Location
    text: str
    conditions: tuple[Condition, ...] = ()
    guarded: bool = False
    batch: bool = False

    @property
    def certain(self) -> bool:
        """Whether it surely runs."""
        return not self.conditions


@dataclass(frozen=True, slots=True)
class Raise:
    """An exception that a function surely runs into: its name, its message, and where."""

    error: str
    message: str
    at: Location


@dataclass(frozen=True, slots=True)
class Body:
    """What one function does on one backend.

    `defined` is False where the revision has no such function. `left_out` are operations that tests of the
    backend keep from running on this one. `raises` is set where it surely raises, whatever it did before.
    """

    defined: bool = True
    operations: tuple[Operation, ...] = ()
    left_out: tuple[Operation, ...] = field(default=(), repr=False)
    raises: Raise | None = None
    at: Location | None = None

    @property
    def does_nothing(self) -> bool:
        """Whether it certainly changes nothing: nothing but neutral statements, and none that is unknown."""
        return self.raises is None and all(o.change.action is Action.NEUTRAL for o in self.operations)
