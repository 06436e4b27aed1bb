"""Several values decided together: each way in which an open test may turn out is a world of its own.

Resolved one by one, a URL that is SQLite's or PostgreSQL's and a pool size that is 20 or 5 lose what belongs
to what. Here a test that both depend on has one answer for both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.plain import truth_of
from deploycheck.python.reader import Reader
from deploycheck.python.resolution import Resolved, told_once
from deploycheck.python.values import Branch, Failure, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploycheck.findings import Location, Step
    from deploycheck.python.conditions import Condition
    from deploycheck.python.values import Lookup

MAX_WORLDS = 32
"""With more ways than this, nothing is told."""

_Key = tuple["Location | None", str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class World:
    """One way in which everything that is open may turn out.

    `values` are decided by name. `assumed` are the tests that were taken to be true or false. `reached`
    holds what the conditions read. `certain` tells that the conditions hold without a guess.
    """

    values: Mapping[str, Resolved]
    assumed: tuple[tuple[Value, bool], ...] = ()
    way: tuple[Step, ...] = ()
    certain: bool = True


@dataclass(slots=True)
class _Choices:
    """The answers of one world; the first time that a test is met, it is taken to be true."""

    given: dict[_Key, bool]
    made: dict[_Key, bool] = field(default_factory=dict)
    tests: dict[_Key, Value] = field(default_factory=dict)

    def of(self, branch: Branch) -> bool:
        names = branch.test.variable_names() if branch.test is not None else ()
        key = (branch.at, branch.text, names)
        self.made.setdefault(key, self.given.get(key, True))
        if branch.test is not None:
            self.tests[key] = branch.test
        return self.made[key]


def worlds(values: Mapping[str, Value], conditions: Iterable[Condition], lookup: Lookup) -> tuple[World, ...]:
    """Return every world in which the conditions hold; nothing when there are too many to look at."""
    listed = tuple(conditions)
    found: list[World] = []
    given: dict[_Key, bool] | None = {}
    for _ in range(MAX_WORLDS):
        if given is None:
            return tuple(found)
        choices = _Choices(given)
        world = _world(values, listed, lookup, choices)
        if world is not None:
            found.append(world)
        given = _next(choices.made)
    return tuple(found) if given is None else ()


def _next(made: dict[_Key, bool]) -> dict[_Key, bool] | None:
    """Return the answers of the next world: the last that was true becomes false, what follows is open."""
    answers = list(made.items())
    while answers:
        key, answer = answers.pop()
        if answer:
            return {**dict(answers), key: False}
    return None


def _world(
    values: Mapping[str, Value], conditions: tuple[Condition, ...], lookup: Lookup, choices: _Choices
) -> World | None:
    way: list[Step] = []
    certain = True
    assumed: list[tuple[Value, bool]] = []
    for condition in conditions:
        if condition.test is None:
            certain = False
            continue
        test = _read(condition.test, lookup, choices)
        way += test.trail
        truth = truth_of(test.value)
        if isinstance(test.value, Failure) or (truth is not None and truth != condition.wanted):
            return None
        if truth is None:
            assumed.append((condition.test, condition.wanted))
        certain = certain and truth is not None and test.certain
    decided = {name: _read(value, lookup, choices) for name, value in values.items()}
    assumed += [(choices.tests[k], truth) for k, truth in choices.made.items() if k in choices.tests]
    return World(decided, tuple(assumed), told_once(way), certain)


def _read(value: Value, lookup: Lookup, choices: _Choices) -> Resolved:
    reader = Reader(lookup, choose=choices.of)
    try:
        leaf = reader.read(value)
    except RecursionError:
        leaf = Unknown("it is nested too deeply to follow", at=value.at)
    return Resolved(leaf, told_once(reader.trail), reader.certain, tuple(reader.settings))
