"""One function an expression form: how each kind of Python expression becomes a value."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.python import comprehensions, displays, environ, instances, items, names, operations
from deploycheck.python.effects import changed_in
from deploycheck.python.syntax import dotted
from deploycheck.python.values import (
    Branch,
    Instance,
    Literal,
    Made,
    Operation,
    Reference,
    Text,
    Unknown,
    Value,
    is_data,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point

__all__ = ["evaluate", "is_data"]


def evaluate(ev: Evaluator, node: ast.expr, point: Point) -> Value:
    """Return the value of an expression that is no constant."""
    form = _FORMS.get(type(node))
    if form is None:
        return Unknown(f"`{point.module.source(node)}` is not followed", at=point.module.location(node))
    return form(ev, node, point)


def _name(ev: Evaluator, node: ast.Name, point: Point) -> Value:
    return ev.name(node.id, point)


def _attribute(ev: Evaluator, node: ast.Attribute, point: Point) -> Value:
    base = ev.evaluate(node.value, point)
    path = dotted(node)
    changed = path and any(path in changed_in(scope.node) for scope, _ in names.visible(point))
    found = instances.held_before(peel(base), node.attr) if changed else None
    if found is None:
        found = ev.attribute_at(base, node.attr, point.module.location(node))
    if changed:
        found = names.changed_path(ev, path, point, found)
    if isinstance(found, (Literal, Reference, Instance, Made, Unknown)):
        return found
    return ev.step(node, point, found)


def _call(ev: Evaluator, node: ast.Call, point: Point) -> Value:
    return ev.call(ev.evaluate(node.func, point), node, point)


def _joined(ev: Evaluator, node: ast.JoinedStr, point: Point) -> Value:
    parts = [
        _formatted(ev, piece, point) if isinstance(piece, ast.FormattedValue) else ev.evaluate(piece, point)
        for piece in node.values
    ]
    return Text(tuple(parts), at=point.module.location(node))


def _formatted(ev: Evaluator, piece: ast.FormattedValue, point: Point) -> Value:
    at = point.module.location(piece)
    value = ev.evaluate(piece.value, point)
    if piece.conversion == ord("r"):
        value = Operation(repr, (value,), "!r", at=at)
    elif piece.conversion == ord("a"):
        return Unknown("a formatted part", at=at)
    if piece.format_spec is None:
        return value
    spec = ev.constant(ev.evaluate(piece.format_spec, point))
    if not isinstance(spec, str):
        return Unknown("a formatted part", at=at)
    return Operation(operations.formatted(spec), (value,), "a format", at=at)


def _bool(ev: Evaluator, node: ast.BoolOp, point: Point) -> Value:
    values = [ev.evaluate(v, point) for v in node.values]
    joined = values[-1]
    for value, source in zip(reversed(values[:-1]), reversed(node.values[:-1]), strict=True):
        text, at = point.module.source(source), point.module.location(source)
        if isinstance(node.op, ast.Or):
            joined = Branch(value, value, joined, text, at=at)
        else:
            joined = Branch(value, joined, value, text, at=at)
    return joined


def _unary(ev: Evaluator, node: ast.UnaryOp, point: Point) -> Value:
    inner, at = ev.evaluate(node.operand, point), point.module.location(node)
    found = peel(inner)
    match node.op:
        case ast.Not():
            return Operation(operations.negate, (inner,), "not", at=at)
        case ast.USub():
            if isinstance(found, Literal) and isinstance(found.data, (int, float)):
                return Literal(-found.data, at=at)
            return Operation(operator.neg, (inner,), "-", at=at)
        case ast.UAdd():
            return Operation(operator.pos, (inner,), "+", at=at)
    return Operation(operator.invert, (inner,), "~", at=at)


def _binary(ev: Evaluator, node: ast.BinOp, point: Point) -> Value:
    """Follow a chain `a + b + c` from the left without going deeper at each step."""
    chain: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        chain.append(left)
        left = left.left
    value = ev.evaluate(left, point)
    for one in reversed(chain):
        value = operations.binary(one.op, value, ev.evaluate(one.right, point), point.module.location(one))
    return value


def _compare(ev: Evaluator, node: ast.Compare, point: Point) -> Value:
    at = point.module.location(node)
    left = ev.evaluate(node.left, point)
    tests: list[Value] = []
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = ev.evaluate(right_node, point)
        tests.append(_comparison(ev, op, left, right, at))
        left = right
    joined = tests[-1]
    for one in reversed(tests[:-1]):
        joined = Branch(one, joined, one, "", at=at)
    return joined


def _comparison(ev: Evaluator, op: ast.cmpop, left: Value, right: Value, at: Location) -> Value:
    if isinstance(op, (ast.In, ast.NotIn)) and environ.is_environ(right):
        return environ.contains(ev, left, at, negated=isinstance(op, ast.NotIn))
    if isinstance(op, (ast.In, ast.NotIn)) and _asks_for_tests(left, right):
        return Literal(isinstance(op, ast.NotIn), at=at)
    if isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
        for none, other in ((right, left), (left, right)):
            found = peel(none)
            if isinstance(found, Literal) and found.data is None:
                function = operations.is_none if isinstance(op, (ast.Is, ast.Eq)) else operations.is_not_none
                text = "is None" if function is operations.is_none else "is not None"
                return Operation(function, (other,), text, at=at)
    return Operation(operations.COMPARE[type(op)], (left, right), type(op).__name__, at=at)


def _asks_for_tests(left: Value, right: Value) -> bool:
    """Tell whether it is `"pytest" in sys.modules`: production loads no runner of tests."""
    name, modules = peel(left), peel(right)
    loaded = isinstance(modules, Reference) and modules.name == "sys.modules"
    return loaded and isinstance(name, Literal) and name.data in {"pytest", "_pytest", "unittest"}


def _conditional(ev: Evaluator, node: ast.IfExp, point: Point) -> Value:
    decided = ev.decide(node.test, point)
    if decided is not None:
        return ev.evaluate(node.body if decided else node.orelse, point)
    return ev.branch(node.test, point, ev.evaluate(node.body, point), ev.evaluate(node.orelse, point))


def _subscript(ev: Evaluator, node: ast.Subscript, point: Point) -> Value:
    whole = ev.evaluate(node.value, point)
    at = point.module.location(node)
    if isinstance(node.slice, ast.Slice):
        bounds = [
            Literal(None) if b is None else ev.evaluate(b, point)
            for b in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        return Operation(operations.cut, (whole, *bounds), "a slice", at=at)
    key = ev.evaluate(node.slice, point)
    if environ.is_environ(whole):
        return environ.subscript(ev, key, at)
    return items.item_of(ev, whole, key, point.module.source(node), at)


def _lambda(ev: Evaluator, node: ast.Lambda, point: Point) -> Value:
    return ev.definition(node, point.scope)


def _inner(ev: Evaluator, node: ast.Await | ast.NamedExpr, point: Point) -> Value:
    return ev.evaluate(node.value, point)


_FORMS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.JoinedStr: _joined,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.List: displays.sequence,
    ast.Tuple: displays.sequence,
    ast.Set: displays.sequence,
    ast.Dict: displays.table,
    ast.Subscript: _subscript,
    ast.ListComp: comprehensions.evaluate,
    ast.SetComp: comprehensions.evaluate,
    ast.GeneratorExp: comprehensions.evaluate,
    ast.DictComp: comprehensions.evaluate,
    ast.Lambda: _lambda,
    ast.Await: _inner,
    ast.NamedExpr: _inner,
}
