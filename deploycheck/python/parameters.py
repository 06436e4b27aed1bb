"""Parameters: what a function gets, from the call being followed or from everyone who calls it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import instances
from deploycheck.python.scopes import ClassSymbol, Point, Scope
from deploycheck.python.syntax import decorators, defaults, first_parameter, parameters
from deploycheck.python.values import Instance, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

TRANSPARENT = frozenset(
    {
        "abstractmethod", "alru_cache", "asynccontextmanager", "beartype", "cache", "cached",
        "cached_property", "classmethod", "contextmanager", "final", "inject", "lru_cache", "no_type_check",
        "overload", "override", "property", "staticmethod", "typechecked", "wraps",
    },
)  # fmt: skip
"""Decorators after which a function is still called by the project's own code only."""


def value_of(ev: Evaluator, name: str, scope: Scope) -> Value:
    """Return what a parameter holds: the call being followed, else every call that is made of it."""
    node = scope.function
    if scope.bindings is not None and name in scope.bindings:
        return scope.bindings[name]
    owner = scope.enclosing_class()
    if owner is not None and first_parameter(node) == name and "staticmethod" not in decorators(node):
        return _receiver(ev, owner, node)
    if scope.bindings is None:
        given = ev.callers.values_of(ev, name, scope)
        if given is not None:
            return given
    return default_of(ev, name, scope)


def default_of(ev: Evaluator, name: str, scope: Scope) -> Value:
    """Return what a parameter holds when a call leaves it out."""
    node = scope.function
    called = getattr(node, "name", "a lambda")
    missing = Unknown(f"parameter `{name}` of {called}()", at=scope.module.location(node))
    expression = defaults(node).get(name)
    if expression is None:
        typed = by_annotation(ev, name, scope)
        return typed if typed is not None else missing
    found = ev.evaluate(expression, Point(scope.parent or scope, scope.node))
    model = ev.models.parameter_default(ev, found)
    if model is not None:
        return model
    if scope.bindings is None and called_by_others(ev, scope):
        return Unknown(f"parameter `{name}` of {called}() is given by who calls it", at=missing.at)
    return found


def called_by_others(ev: Evaluator, scope: Scope) -> bool:
    """Tell whether code that is not the project's may call a function: it is decorated, or handed over."""
    if decorators(scope.node) - TRANSPARENT:
        return True
    name = getattr(scope.node, "name", "")
    owner = scope.enclosing_class()
    if name in instances.CONSTRUCTORS and owner is not None:
        name = getattr(owner.node, "name", name)
    return ev.callers.is_passed(name)


def by_annotation(ev: Evaluator, name: str, scope: Scope) -> Value | None:
    """Return what a parameter must be by its annotation.

    That is an object of one of the project's classes, or what `Annotated[Settings, Depends(…)]` tells.
    """
    node = scope.function
    annotation = next((p.annotation for p in parameters(node) if p.arg == name), None)
    if not isinstance(annotation, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    found = peel(ev.evaluate(annotation, Point(scope.parent or scope)))
    if isinstance(found, Made) and found.callee == "typing.Annotated":
        told = (ev.models.parameter_default(ev, peel(extra)) for extra in found.arguments[1:])
        return next((value for value in told if value is not None), None)
    if isinstance(found, Reference) and isinstance(found.target, ClassSymbol):
        made = instances.made_of(ev, found.target)
        return ev.one_of(made, f"one of several {found.target.node.name}") if made else None
    return None


def _receiver(ev: Evaluator, owner: Scope, function: ast.AST) -> Value:
    """Return the object (or class) that a method is called on: any that the project makes of the class."""
    reference = ev.definition(owner.class_node, owner.parent or owner)
    symbol = reference.target
    if not isinstance(symbol, ClassSymbol):
        return reference
    below = ev.callers.subclasses(ev, symbol)
    if decorators(function) & {"classmethod"} or getattr(function, "name", "") == "__new__":
        others = [Reference(s.name, s, at=reference.at) for s in below]
        return ev.one_of([reference, *others], f"{symbol.node.name} or a class below it")
    made = instances.made_of(ev, symbol)
    if made:
        return ev.one_of(made, f"one of several {owner.class_node.name}")
    return Instance(reference.name, symbol)
