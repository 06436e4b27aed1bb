"""How a block of statements ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether control may come past a block, and by which statements it may leave it.

    `exits` are of `return`, `break`, `continue` and `raise`. `by_dialect` is one that is left on this
    backend and perhaps not on another.
    """

    falls: bool = True
    exits: frozenset[str] = frozenset()
    by_dialect: bool = False

    @property
    def raises(self) -> bool:
        """Whether an exception is the only way out."""
        return not self.falls and self.exits == {"raise"}

    def without(self, *exits: str) -> Outcome:
        """Return what is left when something around takes some of the exits, and goes on."""
        taken = self.exits & set(exits)
        return Outcome(self.falls or bool(taken), self.exits - taken, self.by_dialect and not taken)

    def joined(self, other: Outcome) -> Outcome:
        """Return how it ends when either of two blocks runs."""
        return Outcome(self.falls or other.falls, self.exits | other.exits)


FALLS = Outcome()
RETURNS = Outcome(falls=False, exits=frozenset({"return"}))
BREAKS = Outcome(falls=False, exits=frozenset({"break"}))
CONTINUES = Outcome(falls=False, exits=frozenset({"continue"}))
RAISES = Outcome(falls=False, exits=frozenset({"raise"}))
