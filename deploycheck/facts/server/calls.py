"""Server options given as arguments of a call."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from deploycheck.facts.server.model import Problem, Target
from deploycheck.facts.server.targets import Start, read
from deploycheck.python.resolution import resolve
from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploycheck.python.program import Call


def keywords(
    call: Call, names: Iterable[str], defaults: Mapping[str, Value], positions: Iterable[str] = ()
) -> dict[str, Value]:
    """Return each named argument of a call, or its default; unknown where `**kwargs` may hold it."""
    arguments = call.arguments()
    order = {name: index for index, name in enumerate(positions)}
    options: dict[str, Value] = {}
    for name in names:
        given = arguments.get(order.get(name), name)
        if given is not None:
            options[name] = given
        elif arguments.partial:
            options[name] = Unknown(
                "it is handed over in arguments that could not be followed", at=arguments.at
            )
        elif name in defaults:
            options[name] = defaults[name]
    return options


def strangers(call: Call, function: str, known: Iterable[str]) -> tuple[Problem, ...]:
    """Return a problem for each keyword that a function does not take."""
    names = frozenset(known)
    return tuple(
        Problem("not-an-argument", f"{function}() takes no `{k.arg}`", call.module.location(k), k.arg)
        for k in call.node.keywords
        if k.arg is not None and k.arg not in names
    )


def target(
    start: Start, call: Call, app: Value | None, expression: ast.expr | None, *, factory: bool
) -> Target:
    """Return what a call hands over to be served: an import string, or the object itself."""
    at = call.module.location(expression) if expression is not None else call.location
    if app is None:
        return Target("", "", at, factory)
    if isinstance(resolve(app, start.around).value, Literal):
        return read(start, app, at, factory=factory)
    name = ast.unparse(expression) if isinstance(expression, (ast.Name, ast.Attribute)) else ""
    module = call.module
    return Target(module.name, name, at, factory, "", module.root, module.path, app, passed=True)


def attribute_at(call: Call, owner: ast.expr | None, name: str) -> Value | None:
    """Return an attribute that was set on an object before a call, or None when it was not."""
    if not isinstance(owner, ast.Name):
        return None
    node = ast.Attribute(copy.copy(owner), name, ast.Load())
    for each in (node, node.value):
        ast.copy_location(each, call.node)
    if f"{owner.id}.{name}" not in _bound_names(call):
        return None
    return call.program.evaluate(node, call.point)


def _bound_names(call: Call) -> frozenset[str]:
    from deploycheck.python.scopes import binds

    names: set[str] = set()
    for statement in call.scope.body:
        names |= binds(statement)
    return frozenset(names)


def first_expression(call: Call, keyword: str = "app") -> ast.expr | None:
    """Return the expression of the first argument, or of the one with this keyword."""
    if call.node.args and not isinstance(call.node.args[0], ast.Starred):
        return call.node.args[0]
    return next((k.value for k in call.node.keywords if k.arg == keyword), None)


def is_true(start: Start, value: Value | None) -> bool:
    """Tell whether a value is certainly true under the environment."""
    if value is None:
        return False
    found = resolve(value, start.around)
    return found.known and bool(found.data)
