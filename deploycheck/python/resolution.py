"""Deciding a value under an environment: what production will really use, and how it got there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python.plain import is_plain, plain, truth_of
from deploycheck.python.reader import Reader
from deploycheck.python.values import (
    Branch,
    Data,
    Failure,
    Literal,
    Lookup,
    Setting,
    Text,
    Unknown,
    Value,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.python.flow import Condition

__all__ = ["Nothing", "Resolved", "holds", "is_plain", "plain", "resolve", "told_once", "truth_of"]


class Nothing:
    """An environment in which no variable is set and none can be: what the code says by itself."""

    def settled(self, name: str) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return True: the environment is empty, and closed."""
        return True

    def lookup(self, name: str) -> Setting | None:  # noqa: ARG002 - the protocol's signature
        """Return None: nothing is set."""
        return None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value as an environment decides it.

    `value` is a leaf (or a `Branch` whose test stayed undecided). `certain` is False when the way to
    it took a guess, such as a default that a dashboard may override. `settings` pairs each variable
    that was read with what set it, or None.
    """

    value: Value
    trail: tuple[Step, ...] = ()
    certain: bool = True
    settings: tuple[tuple[Variable, Setting | None], ...] = ()

    @property
    def known(self) -> bool:
        """Whether the value is plain data, whole."""
        return is_plain(self.value)

    @property
    def data(self) -> Data:
        """The plain data; raises ValueError when it is not known."""
        return plain(self.value)

    @property
    def failure(self) -> Failure | None:
        """The failure that the code runs into instead of giving a value."""
        return self.value if isinstance(self.value, Failure) else None

    @property
    def unknown(self) -> str:
        """Why it is not known; empty when it is."""
        match self.value:
            case Unknown(reason=reason):
                return reason
            case Branch(text=text):
                return f"`{text}` is not decided"
        return ""

    @property
    def shape(self) -> str:
        """The text as far as it is known, with `{…}` for the rest; empty for what is not text."""
        match self.value:
            case Literal(data=str(text)):
                return text
            case Text():
                return self.value.shape
        return ""

    def possibilities(self) -> tuple[Resolved, ...]:
        """Return the arms of an undecided branch, none of them certain; itself when decided."""
        if not isinstance(self.value, Branch):
            return (self,)
        arms = (self.value.then, self.value.otherwise)
        guesses = [Resolved(arm, self.trail, certain=False, settings=self.settings) for arm in arms]
        return tuple(p for guess in guesses for p in guess.possibilities())


def resolve(value: Value, lookup: Lookup | None = None) -> Resolved:
    """Decide `value` under an environment; without one, under an empty and closed one."""
    reader = Reader(lookup or Nothing())
    try:
        leaf = reader.read(value)
    except RecursionError:
        leaf = Unknown("it is nested too deeply to follow", at=value.at)
    return Resolved(leaf, told_once(reader.trail), reader.certain, tuple(reader.settings))


def told_once(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return a trail without what an earlier step of the same line already shows."""
    kept: list[Step] = []
    by_line: dict[tuple[str, int], list[str]] = {}
    for step in dict.fromkeys(steps):
        if step.location is not None:
            texts = by_line.setdefault((step.location.path, step.location.line), [])
            if any(step.text in text for text in texts):
                continue
            if texts and " is not set" in step.text and kept[-1].text == texts[-1]:
                kept[-1] = Step(f"{texts[-1]}  ({step.text})", kept[-1].location)
                texts[-1] = kept[-1].text
                continue
            texts.append(step.text)
        kept.append(step)
    return tuple(kept)


def holds(conditions: Iterable[Condition], lookup: Lookup) -> bool | None:
    """Tell whether all conditions hold under an environment; None when one is not decided."""
    verdict: bool | None = True
    for condition in conditions:
        truth = None
        if condition.test is not None:
            decided = resolve(condition.test, lookup)
            truth = truth_of(decided.value)
            if not decided.certain and truth is not None and truth != condition.wanted:
                truth = None
        if truth is None:
            verdict = None
        elif truth != condition.wanted:
            return False
    return verdict
