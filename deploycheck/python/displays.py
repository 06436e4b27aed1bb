"""Displays: lists, tuples, sets and dicts written out, with other ones spread into them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import environ, operations
from deploycheck.python.values import Branch, Listing, Literal, Operation, Table, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point

MAX_ITEMS = 10_000


_KINDS = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}


def sequence(ev: Evaluator, node: ast.List | ast.Tuple | ast.Set, point: Point) -> Value:
    """Return the value of a list, tuple or set that is written out."""
    at = point.module.location(node)
    if len(node.elts) > MAX_ITEMS:
        return Unknown("it is too large to follow", at=at)
    found: list[Value] = []
    for element in node.elts:
        if not isinstance(element, ast.Starred):
            found.append(ev.evaluate(element, point))
            continue
        whole = ev.evaluate(element.value, point)
        inner = ev.items(whole)
        if inner is None and len(node.elts) == 1:
            return Operation(_SAME_KIND[type(node)], (whole,), point.module.source(node), at=at)
        if inner is None:
            return _joined_lists(ev, node, point)
        found.extend(inner)
    return Listing(tuple(found), _KINDS[type(node)], at=at)


_SAME_KIND: dict[type[ast.expr], operations.Pure] = {ast.List: list, ast.Tuple: tuple, ast.Set: set}


def _joined_lists(ev: Evaluator, node: ast.List | ast.Tuple | ast.Set, point: Point) -> Value:
    """Return `[a, *b, c]` where `b` depends on the environment: known when all of it is."""
    at = point.module.location(node)
    parts: list[Value] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            parts.append(Operation(list, (ev.evaluate(element.value, point),), "*", at=at))
        else:
            parts.append(Listing((ev.evaluate(element, point),), at=at))
    kind = _SAME_KIND[type(node)]
    return Operation(operations.chained(kind), tuple(parts), point.module.source(node), at=at)


def table(ev: Evaluator, node: ast.Dict, point: Point) -> Value:
    """Return the value of a dict that is written out."""
    at = point.module.location(node)
    if len(node.keys) > MAX_ITEMS:
        return Unknown("it is too large to follow", at=at)
    entries: list[tuple[Value, Value]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            entries.append((peel(ev.evaluate(key, point)), ev.evaluate(value, point)))
            continue
        whole = ev.evaluate(value, point)
        if environ.is_environ(whole) and len(node.keys) == 1:
            return peel(whole)
        spread = _spread(whole)
        if spread is None:
            text = f"`**{point.module.source(value)}` cannot be followed"
            return Unknown(text, at=point.module.location(value))
        entries.extend(spread)
    return Table(tuple(entries), at=at)


def _spread(value: Value) -> tuple[tuple[Value, Value], ...] | None:
    """Return the entries of a dict that is spread, each a branch where the dict is one."""
    found = peel(value)
    if isinstance(found, Table):
        return found.entries
    if isinstance(found, Branch):
        one, two = _spread(found.then), _spread(found.otherwise)
        if one is None or two is None or not all(isinstance(k, Literal) for k, _ in (*one, *two)):
            return None
        absent = Unknown("it is not given on this path")
        keys = {k.data: k for k, _ in (*one, *two) if isinstance(k, Literal)}
        left, right = Table(one), Table(two)
        return tuple(
            (k, Branch(found.test, left.get(d) or absent, right.get(d) or absent, found.text, at=found.at))
            for d, k in keys.items()
        )
    return None
