"""Names: which scope binds one, and what it holds at a point."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from deploycheck.python import imports, lazily, outside, parameters
from deploycheck.python.effects import changed_in, effects, set_from_inside, stored_in
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import Point, Scope
from deploycheck.python.syntax import declared
from deploycheck.python.syntax import parameters as parameters_of
from deploycheck.python.values import Literal, Reference, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.evaluator import Evaluator

Moment = tuple[Scope, ast.AST | None]


def look_up(ev: Evaluator, name: str, point: Point) -> Value:
    """Return what a name holds at a point."""
    for scope, before in visible(point):
        value = in_scope(ev, name, scope, before)
        if value is not None:
            return value
    if name == "__name__":
        return Literal(point.module.name)
    if name == "__file__":
        return Literal("/" + point.module.path)
    if hasattr(builtins, name):
        return Reference(f"builtins.{name}")
    starred = imports.star_library(ev, point.module, name)
    return starred if starred is not None else Unknown(f"`{name}` is not defined here")


def visible(point: Point) -> Iterator[Moment]:
    """Yield the scopes whose names can be read at a point, innermost first, and the moment of each."""
    scope: Scope | None = point.scope
    before = point.before
    while scope is not None:
        if scope is point.scope or not isinstance(scope.node, ast.ClassDef):
            yield scope, before
        if scope is point.scope or not isinstance(scope.node, ast.ClassDef):
            before = scope.outer_moment
        # What a method reads of the module it reads when it runs, not when its class is made.
        scope = scope.parent


def in_scope(ev: Evaluator, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
    """Return what a scope itself binds a name to just before a node; None when it leaves it to others."""
    return ev.memory.recall(
        (name, id(scope), id(before)),
        scope,
        lambda: _in_scope(ev, name, scope, before),
        lambda reason: Unknown(f"`{name}`: {reason}"),
        before,
    )


def _in_scope(ev: Evaluator, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
    if scope.turn is not None:
        return _in_turn(ev, name, scope, before)
    if scope.is_function:
        return _in_function(ev, name, scope, before)
    value = None
    if binds_here(name, scope):
        value = Flow(ev, scope).value_of(name, None, before)
    if not isinstance(scope.node, ast.Module):
        return value
    if value is None:
        value = _submodule(ev, name, scope)
    if value is None:
        return lazily.only_in_functions(ev, name, scope)
    value = lazily.with_writers(ev, name, scope, value)
    return outside.of_module(ev, scope.module, name, value)


def binds_here(name: str, scope: Scope) -> bool:
    """Tell whether the statements of a scope bind a name, change it in place or may star-import it."""
    names = stored_in(scope.node)
    return name in names or name in changed_in(scope.node) or "*" in names


def _in_function(ev: Evaluator, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
    node = scope.function
    if name in declared(node, ast.Global):
        initial = lazily.on_entry(ev, name, scope)
        return Flow(ev, scope).value_of(name, initial, before) if initial is not None else None
    if name in declared(node, ast.Nonlocal):
        return Flow(ev, scope).value_of(name, _outer(ev, name, scope), before)
    is_parameter = any(p.arg == name for p in parameters_of(node))
    if is_parameter:
        initial = parameters.value_of(ev, name, scope)
        return Flow(ev, scope).value_of(name, initial, before) if binds_here(name, scope) else initial
    if name in stored_in(node):
        value = Flow(ev, scope).value_of(name, None, before)
        value = value if value is not None else Unknown(f"`{name}` is not set yet here")
        return _with_nonlocal_writers(ev, name, scope, value)
    if name in changed_in(node):
        return Flow(ev, scope).value_of(name, _outer(ev, name, scope), before)
    return None


def _in_turn(ev: Evaluator, name: str, scope: Scope, before: ast.AST | None) -> Value | None:
    """Return a name within one turn of a loop: what it set itself, else what the turn before left."""
    turn = scope.turn
    touched = turn is not None and any(
        name in effects(s).stores or name in effects(s).changes for s in turn.body
    )
    bound = (scope.bindings or {}).get(name)
    if not touched or turn is None or scope.parent is None:
        return bound
    if bound is None:
        if turn.previous is not None:
            bound = in_scope(ev, name, turn.previous, None)
        else:
            bound = look_up(ev, name, Point(scope.parent, scope.seen_at))
    return Flow(ev, scope).value_of(name, bound, before)


def _outer(ev: Evaluator, name: str, scope: Scope) -> Value:
    if scope.parent is None:
        return Unknown(f"`{name}` is not defined here")
    moment = Point(scope.parent, scope.outer_moment)
    if isinstance(scope.parent.node, ast.ClassDef) and scope.parent.parent is not None:
        moment = Point(scope.parent.parent, scope.parent.outer_moment)
    return look_up(ev, name, moment)


def _with_nonlocal_writers(ev: Evaluator, name: str, scope: Scope, value: Value) -> Value:
    """Return a local, or what an inner function that declares it `nonlocal` may have set."""
    for set_name, node in set_from_inside(scope.node):
        if set_name == name:
            written = Unknown(f"`{name}` is set by an inner function", at=scope.module.location(node))
            return ev.one_of([written, value], f"nonlocal {name}")
    return value


def _submodule(ev: Evaluator, name: str, scope: Scope) -> Value | None:
    if not scope.module.is_package:
        return None
    folder = scope.module.path.rpartition("/")[0]
    stem = f"{folder}/{name}" if folder else name
    found = ev.modules.at(f"{stem}.py") or ev.modules.at(f"{stem}/__init__.py")
    return ev.module_reference(found) if found is not None else None


def changed_path(ev: Evaluator, path: str, point: Point, initial: Value) -> Value:
    """Return `x.a.b`, which the scopes around a point may have set or changed, on top of what it is."""
    root = path.partition(".")[0]
    chain: list[Moment] = []
    for scope, before in visible(point):
        if scope.turn is None and path in changed_in(scope.node):
            chain.append((scope, before))
        if scope.bindings is not None and root in scope.bindings:
            break
        if root in stored_in(scope.node) or (scope.is_function and _is_parameter(root, scope)):
            break
    value = initial
    for scope, before in reversed(chain):
        value = Flow(ev, scope).value_of(path, value, before) or value
    return value


def _is_parameter(name: str, scope: Scope) -> bool:
    node = scope.node
    return not isinstance(node, (ast.Module, ast.ClassDef)) and any(
        p.arg == name for p in parameters_of(node)
    )
