"""Loops over a few known items, followed turn by turn."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.python.errors import NotKnownError
from deploycheck.python.scopes import Point, Round, Scope
from deploycheck.python.syntax import nodes_in, own_nodes
from deploycheck.python.values import Data, Literal, Operation, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.flow import Flow

MAX_TURNS = 64
MAX_OPTIONS = 8


def after(
    flow: Flow, statement: ast.For | ast.AsyncFor | ast.While, name: str, value: Value | None
) -> Value | None:
    """Return what a name holds when a loop has ended."""
    at = flow.scope.module.location(statement)
    changing = Unknown("it changes in a loop", at=at)
    body = without_continue(statement.body)
    if not isinstance(statement, ast.For) or body is None or statement.orelse or "." in name:
        return changing
    whole = flow.evaluator.evaluate(statement.iter, Point(flow.scope, statement))
    items = flow.evaluator.items(whole)
    if items is not None:
        if not items:
            return value
        return _ended(flow, statement, name, items, body) if len(items) <= MAX_TURNS else changing
    if value is None or name in _targets(statement) or not whole.variables():
        return changing

    def run(data: Data) -> Data:
        if not isinstance(data, (list, tuple, set, str, dict)) or len(data) > MAX_TURNS:
            raise NotKnownError("a loop over something that is too long to follow")
        ended = _ended(flow, statement, name, [Literal(d, at=at) for d in data], body) if data else value
        return ended if ended is not None else changing

    return Operation(run, (whole,), flow.scope.module.source(statement.iter), at=at)


def variable(flow: Flow, statement: ast.For | ast.AsyncFor, name: str) -> Value | None:
    """Return what a loop's own variable holds inside: one of the items; None for any other name."""
    if name not in _targets(statement):
        return None
    items = flow.evaluator.items(flow.evaluator.evaluate(statement.iter, Point(flow.scope, statement)))
    if items and len(items) <= MAX_OPTIONS and isinstance(statement, ast.For):
        options = [unpack(flow.evaluator, statement.target, item).get(name) for item in items]
        known = [o for o in options if o is not None]
        if len(known) == len(options):
            return flow.evaluator.one_of(known, "in a loop")
    return Unknown("it is each item of a loop in turn", at=flow.scope.module.location(statement))


def unpack(ev: Evaluator, target: ast.expr, item: Value) -> Mapping[str, Value]:
    """Return what a loop's (or comprehension's) target binds its names to for one item."""
    if isinstance(target, ast.Name):
        return {target.id: item}
    names = [n.id for n in nodes_in(target) if isinstance(n, ast.Name)]
    found: dict[str, Value] = {n: Unknown("one part of an item that is not followed") for n in names}
    parts = ev.items(item)
    if isinstance(target, (ast.Tuple, ast.List)) and parts is not None and len(parts) == len(target.elts):
        for element, part in zip(target.elts, parts, strict=True):
            if not isinstance(element, ast.Starred):
                found |= unpack(ev, element, part)
    return found


def _targets(statement: ast.For | ast.AsyncFor) -> frozenset[str]:
    return frozenset(n.id for n in nodes_in(statement.target) if isinstance(n, ast.Name))


def turns(flow: Flow, statement: ast.For, items: Sequence[Value], body: list[ast.stmt]) -> list[Scope]:
    """Return a scope for each turn of a loop, each following on the one before."""
    scopes: list[Scope] = []
    for item in items:
        bindings = unpack(flow.evaluator, statement.target, item)
        previous = scopes[-1] if scopes else None
        scopes.append(flow.scope.turned(bindings, statement, Round(body, previous)))
    return scopes


def _ended(
    flow: Flow, statement: ast.For, name: str, items: Sequence[Value], body: list[ast.stmt]
) -> Value | None:
    return flow.evaluator.bound_in(name, turns(flow, statement, items, body)[-1], None)


def without_continue(body: Sequence[ast.stmt]) -> list[ast.stmt] | None:
    """Return a loop's body with every `continue` turned into an `else`; None where it leaves otherwise."""
    found = _straight(tuple(body))
    return list(found) if found is not None else None


@lru_cache(1 << 12)
def _straight(body: tuple[ast.stmt, ...]) -> tuple[ast.stmt, ...] | None:
    if not any(isinstance(n, (ast.Break, ast.Continue, ast.Return, ast.Raise)) for n in own_nodes(body)):
        return body
    for index, statement in enumerate(body):
        if isinstance(statement, ast.Continue):
            return body[:index]
        if isinstance(statement, ast.If) and _continues(statement):
            return _with_else(body, index, statement)
        if any(isinstance(n, (ast.Break, ast.Continue, ast.Return)) for n in own_nodes([statement])):
            return None
    return body


def _continues(statement: ast.If) -> bool:
    return any(isinstance(n, ast.Continue) for n in own_nodes([statement]))


def _with_else(body: tuple[ast.stmt, ...], index: int, statement: ast.If) -> tuple[ast.stmt, ...] | None:
    if not isinstance(statement.body[-1], ast.Continue):
        return None
    kept = _straight(tuple(statement.body[:-1]))
    rest = _straight((*statement.orelse, *body[index + 1 :]))
    if kept is None or rest is None:
        return None
    joined = ast.If(statement.test, list(kept) or [ast.copy_location(ast.Pass(), statement)], list(rest))
    ast.copy_location(joined, statement)
    joined.end_lineno, joined.end_col_offset = body[-1].end_lineno, body[-1].end_col_offset
    return (*body[:index], joined)
