"""What following an endpoint carries along: the state of names, the place in the calls, and what was met."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.health.things import Anything, Thing
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import Point

if TYPE_CHECKING:
    import ast

    from deploycheck.facts.health.model import Touch
    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope
    from deploycheck.python.values import Lookup, Value

MAX_STEPS = 6000
MAX_WAYS = 48
MAX_DEPTH = 7


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What names hold, whether the database was asked, and a failure that was meant and got lost."""

    names: Mapping[str, Thing] = field(default_factory=dict)
    touched: bool = False
    dropped: int | None = None

    def with_name(self, name: str, thing: Thing) -> State:
        """Return the state after a name is bound."""
        return replace(self, names={**self.names, name: thing})

    def back_in(self, caller: State) -> State:
        """Return the caller's state after a call that ends in this one."""
        return replace(self, names=caller.names)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The function that is followed: its scope, whether it runs on the event loop, the functions around."""

    scope: Scope
    on_loop: bool
    stack: tuple[int, ...] = ()

    def point(self, node: ast.AST) -> Point:
        """Return the point at which an expression of it is read."""
        return Point(self.scope, node)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One way in which an expression turns out; `raised` tells that it does not: `thing` is the fault."""

    state: State
    thing: Thing
    raised: bool = False
    at: Location | None = None


class Way(enum.Enum):
    """How control leaves a statement."""

    NEXT = "next"
    RETURN = "return"
    RAISE = "raise"
    BREAK = "break"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One way in which statements end; `thing` is what is returned or raised, `at` where."""

    way: Way
    state: State
    thing: Thing
    at: Location | None = None


@dataclass(slots=True, eq=False)
class World:
    """One look at an endpoint. `down`: the database cannot be reached; else any `try` may fail."""

    program: Program
    environment: Lookup
    down: bool
    touches: dict[Location, Touch] = field(default_factory=dict)
    unknown: dict[Location, None] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    steps: int = 0
    gave_up: bool = False
    guarded: bool = False

    def value(self, node: ast.expr, frame: Frame) -> Value:
        """Return what the program knows of an expression."""
        return self.program.evaluate(node, frame.point(node))

    def decided(self, value: Value) -> object:
        """Return the data that a value is under production's environment; `Ellipsis` where not known."""
        found = resolve(value, self.environment)
        return found.data if found.known else ...

    def met(self, node: ast.AST, frame: Frame) -> None:
        """Note a call of which it is not known what it does."""
        self.unknown.setdefault(frame.scope.module.location(node))

    def spend(self) -> bool:
        """Count one step; tell whether there is none left."""
        self.steps += 1
        self.gave_up = self.gave_up or self.steps > MAX_STEPS
        return self.gave_up

    def few(self, ways: list[Outcome]) -> list[Outcome]:
        """Return no more ways than are followed."""
        self.gave_up = self.gave_up or len(ways) > MAX_WAYS
        return ways[:MAX_WAYS]


def one(state: State, thing: Thing | None = None) -> list[Result]:
    """Return the only way in which an expression turns out."""
    return [Result(state, thing if thing is not None else Anything())]
