"""Following a function from its first statement to its last, as Python would run it."""

from __future__ import annotations

import ast
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import calls, expressions, helpers, statements
from deploycheck.facts.migrations.operations.held import Held
from deploycheck.facts.migrations.operations.model import Operation, Raise
from deploycheck.facts.migrations.operations.objects import AnyBackend, Looked, backed, only_looks
from deploycheck.facts.schema.model import Action, Change
from deploycheck.python.flow import Condition
from deploycheck.python.values import (
    Instance,
    Listing,
    Literal,
    Made,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from deploycheck.facts.migrations.operations.frames import Frame, ModuleNames
    from deploycheck.facts.migrations.operations.outcomes import Outcome
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

MAX_STEPS = 1_500
"""Statements followed without finding a change before the rest is not known."""
MAX_OPERATIONS = 4_000
MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Returned:
    """What a `return` statement gives; `looked` where it depends on what stands in the database's schema."""

    value: Value
    looked: bool


class Run:
    """One function being followed on one backend."""

    def __init__(self, program: Program, names: ModuleNames, dialect: str) -> None:
        """Follow nothing yet."""
        self.program = program
        self.ev = program.evaluator
        self.names = names
        self.dialect = dialect
        self.module: Module | None = None
        self.operations: list[Operation] = []
        self.left_out: list[Operation] = []
        self.raises: Raise | None = None
        self.held: list[Held] = []
        self.depth = 0
        self.active: list[ast.AST] = []
        self.nodes: list[tuple[Module, ast.AST]] = []
        self.dead = 0
        self.steps = 0
        self.raised = False
        self._places: dict[int, tuple[Location, str]] = {}
        self.since = 0
        self.returned: list[Returned] = []
        self.tests: dict[int, Value] = {}
        self.yielding: list[statements.Yielded] = []

    # -- values ------------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return the value of an expression, following the calls in it."""
        return expressions.evaluate(self, node, frame)

    def global_value(self, name: str, frame: Frame) -> Value:
        """Return what a name of a module holds."""
        return self.names.get(frame.module, name)

    def constant(self, value: Value) -> object:
        """Return a plain number, text or truth that nothing can change, or None."""
        if isinstance(value, Literal):
            return value.data
        if isinstance(value, _NO_SCALARS) or type(value).__module__ == _OBJECTS:
            return None
        return self.ev.constant(value)

    def truth(self, value: Value) -> bool | None:
        """Tell whether a value is true; None where that is not decided."""
        match value:
            case Literal(data=data):
                return bool(data)
            case Unknown():
                return None
            case Listing(items=listed):
                return bool(listed)
            case Table(entries=entries):
                return bool(entries)
        if type(value).__module__ == _OBJECTS or isinstance(value, (Made, Reference)):
            return None
        return self.ev.settled(value)

    def text(self, value: Value) -> str | None:
        """Return a text, with `{…}` for what is not known of it; None for what is no text."""
        found = peel(value)
        if isinstance(found, Literal):
            return found.data if isinstance(found.data, str) else None
        if isinstance(found, Text):
            return "".join(self._piece(p) for p in found.parts)
        data = self.constant(found)
        return data if isinstance(data, str) else None

    def _piece(self, value: Value) -> str:
        found = peel(value)
        if isinstance(found, Text):
            return self.text(found) or ""
        data = self.constant(found)
        if data is None and not isinstance(found, Literal):
            return "{…}"
        return str(data)

    def items(self, value: Value) -> tuple[Value, ...] | None:
        """Return what a loop goes through; None where that is not known."""
        if isinstance(value, (Listing, Table, Literal, Text)) or type(value).__module__ != _OBJECTS:
            return self.ev.items(value)
        return None

    def bind(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Bind what stands left of `=` (or after `for`) to a value."""
        statements.bind(self, target, value, frame)

    def dialect_name(self) -> Value:
        """Return the name of the backend."""
        return backed(self.dialect) if self.dialect else AnyBackend("the backend is not known")

    # -- calls -------------------------------------------------------------------------------------

    def call(self, node: ast.Call, frame: Frame, *, alone: bool = False) -> Value:
        """Return what a call gives, after doing what it asks for; `alone` is one that is a statement."""
        self.nodes.append((frame.module, node))
        try:
            return calls.call(self, node, frame, alone=alone)
        finally:
            self.nodes.pop()

    def apply(self, function: Value, positional: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """Return what calling a function of the project gives."""
        return helpers.apply(self, function, positional, keywords)

    @property
    def here(self) -> Location:
        """Where the innermost call stands."""
        module, node = self.nodes[-1]
        return module.location(node)

    # -- changes -----------------------------------------------------------------------------------

    def emit(self, change: Change, *, batch: bool = False) -> None:
        """Note a change that the innermost call asks for."""
        module, node = self.nodes[-1]
        if len(self.operations) + len(self.left_out) > MAX_OPERATIONS:
            return
        guarded = any(h.condition is None for h in self.held)
        if guarded and not change.tolerant:
            change = replace(change, tolerant=True)
        conditions = tuple(h.condition for h in self.held if h.condition is not None)
        at, text = self._place(module, node)
        own = (n for n in self.nodes if n[0] is self.module)
        call_at = self._place(*next(own, self.nodes[0]))[0] if len(self.nodes) > 1 else at
        operation = Operation(change, at, call_at, text, conditions, guarded, batch)
        (self.left_out if self.dead else self.operations).append(operation)
        if self.steps < MAX_STEPS:
            self.steps = 0

    def _place(self, module: Module, node: ast.AST) -> tuple[Location, str]:
        """Return where a node stands and its source; a loop asks for the same one at each turn."""
        kept = self._places.get(id(node))
        if kept is None:
            kept = self._places[id(node)] = (module.location(node), module.source(node))
        return kept

    def join_arms(self, start: int, middle: int, held: int) -> None:
        """Make one change of those that both arms of a test ask for: it runs whatever the test says."""
        first, second = self.operations[start:middle], self.operations[middle:]
        if not first or not second:
            return
        kept = list(second)
        for index, one in enumerate(first):
            twin = next((o for o in kept if _same(o.change, one.change)), None)
            if twin is not None:
                kept.remove(twin)
                shorter = one if len(one.conditions) <= len(twin.conditions) else twin
                first[index] = replace(shorter, conditions=_outside(shorter, self.held[:held]))
        self.operations[start:] = [*first, *kept]

    def note_return(self, value: Value) -> None:
        """Note what a `return` statement of the function being followed gives."""
        looked = any(h.condition is None for h in self.held[self.since :])
        self.returned.append(Returned(value, looked))

    def unknown(self, reason: str) -> None:
        """Note that the innermost call may change something, and that it is not known what."""
        self.emit(Change(Action.UNKNOWN, reason=reason))

    def raise_(self, error: str, message: str, node: ast.AST, frame: Frame) -> None:
        """Note an exception; whoever follows decides whether it is surely raised."""
        self.raises = Raise(error, message, frame.module.location(node))

    def raise_text(self, error: str, message: str, at: Location) -> None:
        """Note an exception that a call raises."""
        self.raises = Raise(error, message, at)
        self.raised = True

    def step(self) -> bool:
        """Take a step; False when there have been too many since the last change that was found."""
        self.steps += 1
        if self.steps == MAX_STEPS and self.nodes:
            self.unknown("the rest is too long to follow")
        return self.steps <= MAX_STEPS

    # -- tests -------------------------------------------------------------------------------------

    @contextmanager
    def under(
        self, test: Value | None, node: ast.AST, frame: Frame, *, wanted: bool = True
    ) -> Iterator[None]:
        """Follow something that runs only when a test turns out as wanted."""
        kept = len(self.held)
        self.held.append(Held(self.condition(test, node, frame, wanted=wanted)))
        try:
            yield
        finally:
            del self.held[kept:]

    @contextmanager
    def undecided(self, value: Value) -> Iterator[None]:
        """Follow one of several things, which one is not known."""
        module, node = self.nodes[-1]
        text = getattr(value, "text", "") or module.source(node)
        condition = Condition(getattr(value, "test", None), wanted=True, text=text, at=module.location(node))
        self.held.append(Held(condition))
        kept = len(self.held) - 1
        try:
            yield
        finally:
            del self.held[kept:]

    @contextmanager
    def tolerantly(self, *, really: bool = True) -> Iterator[None]:
        """Follow something whose failing is provided for."""
        kept = len(self.held)
        if really:
            self.held.append(Held(None))
        try:
            yield
        finally:
            del self.held[kept:]

    @contextmanager
    def left_aside(self, frame: Frame) -> Iterator[Frame]:
        """Follow something that the backend keeps from running: its changes are left out."""
        self.dead += 1
        kept, raises = len(self.held), self.raises
        try:
            yield frame.copied()
        finally:
            self.dead -= 1
            self.raises = raises
            del self.held[kept:]

    @staticmethod
    def condition(test: Value | None, node: ast.AST, frame: Frame, *, wanted: bool) -> Condition | None:
        """Return a test as a condition; None for one that only looks whether a thing exists."""
        if test is not None and only_looks(test):
            return None
        return Condition(test, wanted, frame.module.source(node), frame.module.location(node))

    def block(self, body: Sequence[ast.stmt], frame: Frame) -> Outcome:
        """Follow statements."""
        return statements.block(self, body, frame)


def _same(one: Change, other: Change) -> bool:
    return replace(one, tolerant=False) == replace(other, tolerant=False)


def _outside(operation: Operation, held: Sequence[Held]) -> tuple[Condition, ...]:
    """Return the conditions of a change that stand around a test, without the test itself."""
    around = [h.condition for h in held if h.condition is not None]
    inner = operation.conditions[len(around) + 1 :]
    return (*operation.conditions[: len(around)], *inner)


_NO_SCALARS = (Unknown, Listing, Table, Made, Reference, Instance)
_OBJECTS = Looked.__module__
