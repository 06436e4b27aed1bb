"""Module-level names that functions set through `global`: lazily built engines, switches."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import mutation
from deploycheck.python.effects import effects
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import Point, Scope
from deploycheck.python.syntax import own_nodes
from deploycheck.python.values import Unknown, Value

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

MAX_WRITES = 8


def with_writers(ev: Evaluator, name: str, scope: Scope, value: Value) -> Value:
    """Return a module's value, or what one of the functions that declare it `global` sets it to."""
    found = [w for f in _writers(ev, name, scope) for w in _written(ev, name, f)]
    return _one_of(ev, name, [*found, value])


def only_in_functions(ev: Evaluator, name: str, scope: Scope) -> Value | None:
    """Return a name that only functions bind at module level; None when none does."""
    found = [w for f in _writers(ev, name, scope) for w in _written(ev, name, f)]
    return _one_of(ev, name, found) if found else None


def on_entry(ev: Evaluator, name: str, function: Scope) -> Value | None:
    """Return what a `global` of a function holds when the function starts.

    What the function itself sets counts too, unless it looks before it sets (`if engine is None:`):
    then a second run gives what the first one gave.
    """
    module = ev.module_scope(function.module)
    plain = Flow(ev, module).value_of(name, None, None)
    writers = [w for w in _writers(ev, name, module) if w.node is not function.node]
    found = [w for f in writers for w in _written(ev, name, f)]
    if not _looks_first(name, function):
        earlier = Unknown(
            f"`{name}` is what an earlier call left", at=function.module.location(function.node)
        )
        found.append(earlier)
    if plain is not None:
        found.append(plain)
    return _one_of(ev, name, found) if found else Unknown(f"`{name}` is not set yet here")


def _writers(ev: Evaluator, name: str, scope: Scope) -> list[Scope]:
    return ev.callers.global_writers(scope.module, name)


def _written(ev: Evaluator, name: str, function: Scope) -> list[Value]:
    """Return every value that a function sets a global to."""
    found: list[Value] = []
    for node in own_nodes(function.body):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and name in effects(node).stores:
            unset = Unknown(f"`{name}` is set by {getattr(function.node, 'name', 'a function')}()")
            value = mutation.apply(ev, node, name, unset, Point(function, node))
            found.append(value if value is not None else unset)
    loops = (ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
    if not found or any(isinstance(n, loops) and name in effects(n).stores for n in own_nodes(function.body)):
        found.append(Unknown(f"`{name}` is set in {getattr(function.node, 'name', 'a function')}()"))
    return found


def _looks_first(name: str, function: Scope) -> bool:
    """Tell whether a function sets a global only below a test of it, or before it reads it at all."""
    storing = [s for s in function.body if name in effects(s).stores]
    if all(isinstance(s, (ast.If, ast.With, ast.AsyncWith)) and _reads(name, s) for s in storing):
        return True
    first = next((s for s in function.body if name in effects(s).stores or _reads(name, s)), None)
    return isinstance(first, ast.Assign) and not _reads(name, first.value)


def _reads(name: str, node: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in own_nodes([node])
    )


def _one_of(ev: Evaluator, name: str, options: list[Value]) -> Value:
    unique = list({id(o): o for o in options}.values())
    if len(unique) > MAX_WRITES:
        return Unknown(f"`{name}` is set in many places")
    return unique[0] if len(unique) == 1 else ev.one_of(unique, f"global {name}")
