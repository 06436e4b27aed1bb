"""The evaluator: turns an expression, read at a point in the code, into a `Value`.

It runs nothing. It follows names to what binds them, attributes to classes and instances, calls to
the project's own functions; what a library's call means is told by `Models`, handed in from above.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import calling, classes, expressions, imports, names, parameters, resolution
from deploycheck.python.imports import absolute_name
from deploycheck.python.memory import Memory
from deploycheck.python.scopes import ClassSymbol, Definition, FunctionSymbol, Point, Scope, Scopes
from deploycheck.python.values import (
    Branch,
    Data,
    Listing,
    Literal,
    Reference,
    Table,
    Unknown,
    Value,
    Via,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.findings import Location
    from deploycheck.python.callers import Callers
    from deploycheck.python.models import Arguments, Models
    from deploycheck.python.modules import Module, ModuleIndex

__all__ = ["MAX_ITEMS", "Evaluator", "absolute_name"]

MAX_ITEMS = 10_000
"""Longer lists and dicts are not followed."""


class Evaluator:
    """Evaluates expressions of one project, remembering what it has worked out."""

    def __init__(self, modules: ModuleIndex, models: Models, callers: Callers, scopes: Scopes) -> None:
        """Evaluate over `modules`; `models` know libraries, `callers` find who calls a function."""
        self.modules = modules
        self.models = models
        self.callers = callers
        self.memory = Memory()
        self.blocks: dict[int, tuple[object, dict[str, list[ast.stmt]]]] = {}
        self.lines: dict[int, tuple[ClassSymbol | str, ...]] = {}
        self._scopes = scopes
        self._symbols: dict[int, Reference] = {}
        self._active: Counter[int] = Counter()
        self._decorating: set[int] = set()

    def enter(self, function: ast.AST, limit: int) -> bool:
        """Note that a function is being followed into; False when it already is, `limit` times over."""
        if self._active[id(function)] >= limit:
            return False
        self._active[id(function)] += 1
        return True

    def leave(self, function: ast.AST) -> None:
        """Note that following into a function has ended."""
        self._active[id(function)] -= 1

    def enter_decorated(self, node: ast.AST) -> bool:
        """Note that a definition's decorators are being followed; False when they already are."""
        if id(node) in self._decorating:
            return False
        self._decorating.add(id(node))
        return True

    def leave_decorated(self, node: ast.AST) -> None:
        """Note that following a definition's decorators has ended."""
        self._decorating.discard(id(node))

    # -- scopes and definitions --------------------------------------------------------------------

    def module_scope(self, module: Module) -> Scope:
        """Return the scope of a module's body."""
        return self._scopes.of(module, module.tree)

    def scope_of(self, module: Module, node: Definition, parent: Scope) -> Scope:
        """Return the scope of a definition that stands in `parent`."""
        return self._scopes.of(module, node, parent)

    def definition(self, node: Definition, scope: Scope) -> Reference:
        """Return the reference to a function or class that is defined in `scope`."""
        bound = scope.bindings is not None
        if not bound and id(node) in self._symbols:
            return self._symbols[id(node)]
        qualified = f"{_scope_name(scope)}.{getattr(node, 'name', '<lambda>')}"
        inner = self._scopes.of(scope.module, node, scope)
        symbol: ClassSymbol | FunctionSymbol
        if isinstance(node, ast.ClassDef):
            symbol = ClassSymbol(qualified, inner)
        else:
            symbol = FunctionSymbol(qualified, inner)
        reference = Reference(qualified, symbol, at=scope.module.location(node))
        if not bound:
            self._symbols[id(node)] = reference
        return reference

    # -- evaluating --------------------------------------------------------------------------------

    def evaluate(self, expression: ast.expr, point: Point) -> Value:
        """Return the value of an expression as it stands at a point; never raises for any code."""
        if isinstance(expression, ast.Constant):
            return Literal(expression.value, at=point.module.location(expression))
        return self.memory.recall(
            (id(expression), id(point.scope), id(point.before)),
            point.scope,
            lambda: expressions.evaluate(self, expression, point),
            lambda reason: Unknown(reason, at=point.module.location(expression)),
            expression,
            point.before,
        )

    def constant(self, value: Value) -> Data:
        """Return plain data that no environment can change, or None."""
        found = peel(value)
        if isinstance(found, Literal):
            return found.data
        resolved = resolution.resolve(value)
        return resolved.data if resolved.known and not resolved.settings else None

    def decide(self, test: ast.expr, point: Point) -> bool | None:
        """Tell whether a test is always true or always false; None when it depends on anything."""
        return self.settled(self.evaluate(test, point))

    def settled(self, value: Value) -> bool | None:
        """Tell whether a value is always true or always false; None when it depends on anything."""
        resolved = resolution.resolve(value)
        return None if resolved.settings else resolution.truth_of(resolved.value)

    def items(self, value: Value) -> tuple[Value, ...] | None:
        """Return what a loop over a value goes through, when that is the same in every environment."""
        found = peel(value)
        if isinstance(found, Listing):
            return found.items if len(found.items) <= MAX_ITEMS else None
        if isinstance(found, Table):
            return tuple(dict.fromkeys(k for k, _ in found.entries))
        data = self.constant(found)
        if isinstance(data, (list, tuple, str)) and len(data) <= MAX_ITEMS:
            return tuple(Literal(one, at=found.at) for one in data)
        return None

    def branch(self, test: ast.expr, point: Point, then: Value, otherwise: Value) -> Value:
        """Return `then if test else otherwise`."""
        value = self.evaluate(test, point)
        return Branch(value, then, otherwise, point.module.source(test), at=point.module.location(test))

    def one_of(self, options: Iterable[Value], text: str) -> Value:
        """Return a value that is one of several, which one cannot be told."""
        listed = list(options)
        joined = listed[-1]
        for option in reversed(listed[:-1]):
            joined = Branch(None, option, joined, text, at=option.at)
        return joined

    def step(self, node: ast.AST, point: Point, value: Value) -> Via:
        """Return `value`, with the source of `node` as the step that led to it."""
        module = point.module
        return Via(Step(module.source(node), module.location(node)), value)

    def step_at(self, text: str, at: Location, value: Value) -> Via:
        """Return `value`, with a text as the step that led to it."""
        return Via(Step(text, at), value)

    # -- what its rooms answer ---------------------------------------------------------------------

    def name(self, name: str, point: Point) -> Value:
        """Return what a name holds at a point."""
        return names.look_up(self, name, point)

    def bound_in(self, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
        """Return what a scope itself binds a name to just before a node; None when it does not."""
        return names.in_scope(self, name, scope, before)

    def attribute_of_module(self, module: Module, name: str) -> Value | None:
        """Return the final value of a module's name, or of its submodule; None when it has neither."""
        return names.in_scope(self, name, self.module_scope(module), None)

    def module_reference(self, module: Module) -> Reference:
        """Return the reference to a module of the project."""
        return Reference(module.name or module.path, module)

    def imported(self, statement: ast.Import | ast.ImportFrom, name: str, point: Point) -> Value | None:
        """Return what an import statement binds a name to."""
        return imports.imported(self, statement, name, point.module)

    def attribute(self, value: Value, name: str, point: Point, node: ast.AST) -> Value:
        """Return `value.name`, read by a node at a point."""
        return classes.attribute(self, value, name, point.module.location(node))

    def attribute_at(self, value: Value, name: str, at: Location) -> Value:
        """Return `value.name`, read at a place."""
        return classes.attribute(self, value, name, at)

    def parameter(self, name: str, scope: Scope) -> Value:
        """Return what a parameter of a function holds."""
        return parameters.value_of(self, name, scope)

    def is_typed_dict(self, symbol: ClassSymbol) -> bool:
        """Tell whether a class is a dict whose keys are declared."""
        return classes.inherits(self, symbol, "typing.TypedDict", "typing_extensions.TypedDict")

    def apply(self, callee: Value, arguments: Arguments, point: Point | None) -> Value:
        """Return what calling `callee` with these arguments gives."""
        return calling.apply(self, callee, arguments, point)

    def call(self, callee: Value, node: ast.Call, point: Point) -> Value:
        """Return what calling `callee` with a call's arguments gives."""
        return calling.call(self, callee, node, point)


def _scope_name(scope: Scope) -> str:
    if isinstance(scope.node, ast.Module):
        return scope.module.name or scope.module.path
    parent = _scope_name(scope.parent) if scope.parent is not None else ""
    return parent if scope.turn is not None else f"{parent}.{getattr(scope.node, 'name', '<lambda>')}"
