"""Scopes and points: where in the code an expression is read, and what is bound there."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.effects import MUTATORS, binds
from deploycheck.python.syntax import (
    FUNCTIONS,
    Definition,
    Function,
    contains,
    defaults,
    end_position,
    ends,
    parameters,
    position,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.python.modules import Module
    from deploycheck.python.values import Value

__all__ = [
    "FUNCTIONS",
    "MUTATORS",
    "ClassSymbol",
    "Definition",
    "Function",
    "FunctionSymbol",
    "Point",
    "Round",
    "Scope",
    "Scopes",
    "binds",
    "contains",
    "defaults",
    "end_position",
    "ends",
    "parameters",
    "position",
]


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One turn of a loop that is followed turn by turn: its statements, and the turn before it."""

    body: list[ast.stmt]
    previous: Scope | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A module, class or function body, as seen from the scopes around it.

    `bindings` are the values of a function's parameters in the call that is being followed; None when
    no particular call is. `seen_at` is the moment at which it reads the names of the scope around it:
    None for the usual "when that has run". A turn of a loop or comprehension is a scope too: a nameless
    function whose parameters are the loop's variables, with the loop's statements in `turn`.
    """

    module: Module
    node: ast.Module | Definition
    parent: Scope | None = None
    bindings: Mapping[str, Value] | None = field(default=None, repr=False)
    seen_at: ast.AST | None = field(default=None, repr=False)
    turn: Round | None = field(default=None, repr=False)

    @property
    def is_function(self) -> bool:
        """Whether this is a function's body."""
        return isinstance(self.node, FUNCTIONS)

    @property
    def body(self) -> list[ast.stmt]:
        """The statements; none for a lambda."""
        if self.turn is not None:
            return self.turn.body
        return [] if isinstance(self.node, ast.Lambda) else self.node.body

    @property
    def outer_moment(self) -> ast.AST | None:
        """The node before which names of the scope around this one are read; None for its end."""
        return self.node if isinstance(self.node, ast.ClassDef) else self.seen_at

    @property
    def function(self) -> Function:
        """The function whose body this is. Raises TypeError for any other scope."""
        if not isinstance(self.node, FUNCTIONS):
            raise TypeError("not the scope of a function")
        return self.node

    @property
    def class_node(self) -> ast.ClassDef:
        """The class whose body this is. Raises TypeError for any other scope."""
        if not isinstance(self.node, ast.ClassDef):
            raise TypeError("not the scope of a class")
        return self.node

    def enclosing_class(self) -> Scope | None:
        """Return the scope of the class whose method this is, if it is one."""
        parent = self.parent
        return parent if parent is not None and isinstance(parent.node, ast.ClassDef) else None

    def called_with(self, bindings: Mapping[str, Value], seen_at: ast.AST | None = None) -> Scope:
        """Return the same function's scope for one call, made at a moment of the scope around it."""
        return Scope(self.module, self.node, self.parent, bindings, seen_at)

    def turned(self, bindings: Mapping[str, Value], at: ast.AST | None, turn: Round | None = None) -> Scope:
        """Return the scope of one turn of a loop or comprehension that stands in this scope at a node."""
        named = [ast.arg(n) for n in bindings]
        arguments = ast.arguments(posonlyargs=[], args=named, kwonlyargs=[], kw_defaults=[], defaults=[])
        node = ast.Lambda(arguments, ast.Constant(None))
        return Scope(self.module, node, self, bindings, at, turn or Round([]))


class Scopes:
    """Every definition's scope, one object each, so that what is worked out in it is kept."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: dict[int, Scope] = {}

    def of(self, module: Module, node: ast.Module | Definition, parent: Scope | None = None) -> Scope:
        """Return the scope of a definition inside `parent`; a scope bound to a call has its own children."""
        if parent is not None and parent.bindings is not None:
            return Scope(module, node, parent)
        kept = self._known.get(id(node))
        if kept is None:
            kept = self._known[id(node)] = Scope(module, node, parent)
        return kept


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a scope: names have the values they have just before `before` (at the end for None)."""

    scope: Scope
    before: ast.AST | None = None

    @property
    def module(self) -> Module:
        """The module that the point is in."""
        return self.scope.module


@dataclass(frozen=True, slots=True, eq=False)
class FunctionSymbol:
    """A function or method of the project; `scope` is its own scope with no call bound."""

    name: str
    scope: Scope

    @property
    def node(self) -> Function:
        """The definition."""
        return self.scope.function


@dataclass(frozen=True, slots=True, eq=False)
class ClassSymbol:
    """A class of the project; `scope` is its body's scope."""

    name: str
    scope: Scope

    @property
    def node(self) -> ast.ClassDef:
        """The definition."""
        return self.scope.class_node
