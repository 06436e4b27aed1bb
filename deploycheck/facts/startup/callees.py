"""The project's own functions that a call runs."""

from __future__ import annotations

import ast
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import definitions
from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point
from deploycheck.python.syntax import KEPT
from deploycheck.python.values import Listing, Reference, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

EVENTS = frozenset({"startup", "before_startup", "main_process_start", "before_server_start"})
RUNNERS = frozenset({"to_thread", "run_sync", "run_in_threadpool", "run_until_complete", "run_in_executor"})
"""Calls that run the function that they are given, and wait for it."""
CONSTRUCTORS = frozenset({"__init__", "__new__", "__post_init__"})

_NAMED = re.compile(r"\b(?:def|class|as)\s+(\w+)")


class Callees:
    """Looks up what calls in a set of modules run."""

    def __init__(self, program: Program, within: frozenset[str]) -> None:
        """Know the functions and classes of the modules `within`."""
        self.program = program
        self.within = within

    def of(self, node: ast.Call, scope: Scope) -> Iterator[FunctionSymbol]:
        """Yield the project's functions that a call runs; what cannot be one of them is not evaluated."""
        name = _last(node.func)
        given = node.args if name in RUNNERS else ()
        if name == "add_event_handler" and len(node.args) > 1 and is_event(node.args[0]):
            given = node.args[1:2]
        for expression in (node.func, *given):
            # `add_event_handler("startup", handler_of(app))` is handed what the project's function gives.
            named = expression.func if isinstance(expression, ast.Call) else expression
            if _last(named) not in self._defined or not self._is_plain(expression):
                continue
            own = self._own_method(expression, scope)
            if own is not None:
                yield own
            else:
                yield from self._targets(peel(self.program.evaluate(expression, Point(scope, node))))

    def _is_plain(self, node: ast.expr) -> bool:
        """Tell whether an expression is a name with attributes, and calls of the project's own."""
        while isinstance(node, (ast.Attribute, ast.Call)):
            if isinstance(node, ast.Call) and _last(node.func) not in self._defined:
                return False
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name)

    def _own_method(self, expression: ast.expr, scope: Scope) -> FunctionSymbol | None:
        """Return the method that `self.name` means in a class of the project."""
        owner = scope.enclosing_class() if scope.is_function else None
        match expression:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if owner is not None:
                for statement in owner.body:
                    if (
                        isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
                        and statement.name == name
                    ):
                        found = self.program.evaluator.definition(statement, owner).target
                        return found if isinstance(found, FunctionSymbol) else None
        return None

    @cached_property
    def _defined(self) -> frozenset[str]:
        """The names of all functions and classes of the modules that may run, and what imports call them."""
        modules = (m for m in map(self.program.module_at, self.within) if m is not None)
        return frozenset().union(*map(_named, modules))

    def _targets(self, callee: object) -> Iterator[FunctionSymbol]:
        target = callee.target if isinstance(callee, Reference) else None
        if isinstance(target, FunctionSymbol):
            yield target
        elif isinstance(target, ClassSymbol):
            for one in ancestry(self.program.evaluator, target):
                if isinstance(one, ClassSymbol):
                    yield from self._constructors(one)

    def _constructors(self, symbol: ClassSymbol) -> Iterator[FunctionSymbol]:
        for statement in symbol.node.body:
            if isinstance(statement, ast.FunctionDef) and statement.name in CONSTRUCTORS:
                found = self.program.evaluator.definition(statement, symbol.scope).target
                if isinstance(found, FunctionSymbol):
                    yield found


@lru_cache(KEPT)
def _named(module: Module) -> frozenset[str]:
    return frozenset(_NAMED.findall(module.text))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def definitions_of(value: object) -> Iterator[FunctionSymbol]:
    """Yield the project's functions that a value may be, or that a list of it holds."""
    if isinstance(value, Value):
        found = peel(value)
        for item in found.items if isinstance(found, Listing) else (value,):
            yield from (d for d in definitions(item) if isinstance(d, FunctionSymbol))


def is_event(node: ast.expr) -> bool:
    """Tell whether an argument names the event of start-up."""
    return isinstance(node, ast.Constant) and node.value in EVENTS
