"""Comprehensions, `map` and `filter`: lists made item by item."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.python import loops, operations
from deploycheck.python.errors import NotKnownError
from deploycheck.python.scopes import Point
from deploycheck.python.values import Data, Listing, Literal, Operation, Table, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

MAX_ITEMS = 500
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
Each = Callable[[Value], Value]


def evaluate(ev: Evaluator, node: Comprehension, point: Point) -> Value:
    """Return the value of a comprehension over one thing."""
    text = point.module.source(node)
    at = point.module.location(node)
    generator = node.generators[0]
    if len(node.generators) != 1 or generator.is_async:
        return _nested(ev, node, point)
    whole = ev.evaluate(generator.iter, point)
    if isinstance(node, ast.DictComp):
        return _table(ev, node, whole, point)
    element = node.elt

    def turn(item: Value) -> Point:
        bindings = loops.unpack(ev, generator.target, item)
        return Point(point.scope.turned(bindings, point.before))

    tests = generator.ifs
    kept: Each | None = None
    if tests:
        joined = tests[0] if len(tests) == 1 else ast.copy_location(ast.BoolOp(ast.And(), tests), tests[0])

        def kept(item: Value) -> Value:
            return ev.evaluate(joined, turn(item))

    kind = "set" if isinstance(node, ast.SetComp) else "list"
    return mapped(ev, whole, lambda item: ev.evaluate(element, turn(item)), text, kept, kind=kind, at=at)


def mapped(  # noqa: PLR0913 - a comprehension's parts
    ev: Evaluator,
    whole: Value,
    each: Each,
    text: str,
    kept: Each | None = None,
    *,
    kind: str = "list",
    at: Location | None = None,
) -> Value:
    """Return the list of what `each` makes of the items of `whole` for which `kept` is true."""
    place = at or whole.at
    items = ev.items(whole)
    if items is not None:
        if len(items) > MAX_ITEMS:
            return Unknown("it is too large to follow", at=place)
        return _listed(ev, items, each, kept, kind, place)

    def run(data: Data) -> Data:
        if not isinstance(data, (list, tuple, set, frozenset, str, dict)) or len(data) > MAX_ITEMS:
            raise NotKnownError("it is no list that can be followed")
        return _listed(ev, [Literal(d, at=place) for d in data], each, kept, kind, place)

    return Operation(run, (whole,), text, at=place)


def _listed(  # noqa: PLR0913, PLR0917 - a comprehension's parts
    ev: Evaluator,
    items: tuple[Value, ...] | list[Value],
    each: Each,
    kept: Each | None,
    kind: str,
    at: Location | None,
) -> Value:
    if kept is None:
        return Listing(tuple(each(i) for i in items), kind, at=at)
    pairs: list[tuple[Value, Value]] = []
    undecided = False
    for item in items:
        test = kept(item)
        truth = ev.settled(test)
        if truth is not False:
            undecided = undecided or truth is None
            pairs.append((test, each(item)))
    if not undecided:
        return Listing(tuple(value for _, value in pairs), kind, at=at)
    return Operation(operations.chosen, tuple(v for pair in pairs for v in pair), "a filtered list", at=at)


def _table(ev: Evaluator, node: ast.DictComp, whole: Value, point: Point) -> Value:
    at = point.module.location(node)
    generator = node.generators[0]
    items = ev.items(whole)
    if items is None or len(items) > MAX_ITEMS:
        return Unknown(f"`{point.module.source(node)}` is not followed", at=at)
    entries: list[tuple[Value, Value]] = []
    for item in items:
        inner = Point(point.scope.turned(loops.unpack(ev, generator.target, item), point.before))
        truths = [ev.decide(test, inner) for test in generator.ifs]
        if None in truths:
            return Unknown(f"`{point.module.source(node)}` is not followed", at=at)
        if all(truths):
            entries.append((peel(ev.evaluate(node.key, inner)), ev.evaluate(node.value, inner)))
    return Table(tuple(entries), at=at)


def _nested(ev: Evaluator, node: Comprehension, point: Point) -> Value:
    """Follow `[x for group in groups for x in group]` where all of it is known."""
    at = point.module.location(node)
    unknown = Unknown(f"`{point.module.source(node)}` is not followed", at=at)
    if isinstance(node, ast.DictComp) or any(g.is_async or g.ifs for g in node.generators):
        return unknown
    points = [point]
    for generator in node.generators:
        following: list[Point] = []
        for one in points:
            items = ev.items(ev.evaluate(generator.iter, one))
            if items is None or len(following) + len(items) > MAX_ITEMS:
                return unknown
            turned = [loops.unpack(ev, generator.target, item) for item in items]
            following.extend(Point(one.scope.turned(b, one.before)) for b in turned)
        points = following
    kind = "set" if isinstance(node, ast.SetComp) else "list"
    return Listing(tuple(ev.evaluate(node.elt, p) for p in points), kind, at=at)
