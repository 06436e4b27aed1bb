"""The points at which a call in a loop is read, one an item: `for r in routers: include(r)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import calling
from deploycheck.python.scopes import Point, Scope, contains
from deploycheck.python.values import Listing, Literal, Table, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.python.models import Arguments
    from deploycheck.python.program import Call

MAX_ITEMS = 200


def each_time(call: Call) -> Iterator[tuple[Arguments, Point]]:
    """Yield a call's arguments for every item of the loop around it; once where there is none to follow."""
    for point in _points(call):
        given = calling.arguments_of(call.program.evaluator, call.node, point)
        yield given, point


def _points(call: Call) -> Iterator[Point]:
    loops = [s for s in _statements(call.scope.body) if isinstance(s, ast.For) and contains(s, call.node)]
    if not loops:
        yield call.point
        return
    loop = loops[-1]
    items = _items(call.program.evaluate(loop.iter, Point(call.scope, loop)))
    if items is None:
        yield call.point
        return
    for item in items:
        yield Point(_bound(call.scope, _targets(loop.target, item)), call.node)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, [])
            if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield from _statements(inner)


def _items(value: Value) -> list[Value] | None:
    found = peel(value)
    if isinstance(found, Listing) and len(found.items) <= MAX_ITEMS:
        return list(found.items)
    if isinstance(found, Table) and len(found.entries) <= MAX_ITEMS:
        return [key for key, _ in found.entries]
    return None


def _targets(target: ast.expr, item: Value) -> dict[str, Value]:
    if isinstance(target, ast.Name):
        return {target.id: item}
    parts = peel(item)
    if isinstance(parts, Literal) and isinstance(parts.data, (tuple, list)):
        parts = Listing(tuple(Literal(d) for d in parts.data))
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(parts, Listing):
        pairs = zip(target.elts, parts.items, strict=False)
        return {e.id: v for e, v in pairs if isinstance(e, ast.Name)}
    return {}


def _bound(scope: Scope, bindings: dict[str, Value]) -> Scope:
    """Return a scope inside `scope` in which the loop's variables are bound, as a lambda's parameters."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(n) for n in bindings], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return Scope(scope.module, ast.Lambda(arguments, ast.Constant(None)), scope, bindings)
