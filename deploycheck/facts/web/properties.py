"""Properties of the project's own classes: code that reading an attribute runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.following import Entered
from deploycheck.facts.web.objects import arms
from deploycheck.python.classes import ancestry
from deploycheck.python.instances import PROPERTIES
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.syntax import decorators, nodes_in
from deploycheck.python.values import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def property_names(program: Program) -> frozenset[str]:
    """Return the names of all properties that classes of the app define."""
    return frozenset(
        node.name
        for module in program.app_modules()
        if any(name in module.text for name in PROPERTIES)
        for node in nodes_in(module.tree)
        if isinstance(node, _FUNCTIONS) and decorators(node) & PROPERTIES
    )


def properties_read(
    program: Program, scope: Scope, names: frozenset[str]
) -> Iterator[tuple[ast.AST, Entered]]:
    """Yield each place in a function that reads one of the properties, with the function that it runs."""
    for node in nodes_in(scope.node):
        if isinstance(node, ast.Attribute) and node.attr in names and isinstance(node.ctx, ast.Load):
            for symbol, instance in _owners(program, scope, node):
                found = _getter(program, symbol, node.attr)
                if found is not None:
                    yield node, Entered(found, instance)


def _owners(
    program: Program, scope: Scope, node: ast.Attribute
) -> Iterator[tuple[ClassSymbol, Instance | None]]:
    """Yield the classes that the object of `object.name` may be of."""
    owner = scope.enclosing_class() if scope.is_function else None
    if isinstance(node.value, ast.Name) and node.value.id == "self" and owner is not None:
        if isinstance(owner.node, ast.ClassDef):
            yield ClassSymbol(owner.node.name, owner), None
        return
    for arm, _ in arms(program.evaluate(node.value, Point(scope, node))):
        if isinstance(arm, Instance) and isinstance(arm.target, ClassSymbol):
            yield arm.target, arm


def _getter(program: Program, symbol: ClassSymbol, name: str) -> Scope | None:
    for one in ancestry(program.evaluator, symbol):
        if not isinstance(one, ClassSymbol):
            continue
        for node in one.node.body:
            if isinstance(node, _FUNCTIONS) and node.name == name and decorators(node) & PROPERTIES:
                return program.evaluator.scope_of(one.scope.module, node, one.scope)
    return None
