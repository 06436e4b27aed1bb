"""How start-up gets to a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Step


@dataclass(frozen=True, slots=True)
class Run:
    """How start-up gets to a place.

    `sure` tells that nothing undecided stands before it; `caught` that an exception there is caught on the
    way, so that it does not stop the process; `beside` that it runs in a task that start-up does not wait
    for.
    """

    sure: bool
    caught: bool = False
    steps: tuple[Step, ...] = ()
    beside: bool = False

    @property
    def fatal(self) -> bool:
        """Whether an exception there certainly ends the process."""
        return self.sure and not self.caught

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Sorts a more certain way after a less certain one."""
        return (not self.beside, not self.caught, self.sure)
