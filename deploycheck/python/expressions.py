"""One function an expression form: how each kind of Python expression becomes a value."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import environ, operations, resolution
from deploycheck.python.errors import NotKnownError
from deploycheck.python.scopes import Point, Scope
from deploycheck.python.values import (
    Branch,
    Data,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    Via,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploycheck.python.evaluator import Evaluator

MAX_ITEMS = 500
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


def evaluate(evaluator: Evaluator, node: ast.expr, point: Point) -> Value:
    """Return the value of an expression that is no constant."""
    form = _FORMS.get(type(node))
    if form is None:
        return Unknown(f"`{point.module.source(node)}` is not followed", at=point.module.location(node))
    return form(evaluator, node, point)


def _name(ev: Evaluator, node: ast.Name, point: Point) -> Value:
    return ev.name(node.id, point)


def _attribute(ev: Evaluator, node: ast.Attribute, point: Point) -> Value:
    base = ev.evaluate(node.value, point)
    found = ev.attribute(base, node.attr, point, node)
    if isinstance(found, (Via, Branch)) or found.variables():
        return Via(Step(point.module.source(node), point.module.location(node)), found)
    return found


def _call(ev: Evaluator, node: ast.Call, point: Point) -> Value:
    return ev.call(ev.evaluate(node.func, point), node, point)


def _joined(ev: Evaluator, node: ast.JoinedStr, point: Point) -> Value:
    parts: list[Value] = []
    for piece in node.values:
        if isinstance(piece, ast.FormattedValue):
            inner = ev.evaluate(piece.value, point)
            plain = piece.format_spec is None and piece.conversion in {-1, ord("s")}
            parts.append(inner if plain else Unknown("a formatted part", at=point.module.location(piece)))
        else:
            parts.append(ev.evaluate(piece, point))
    return Text(tuple(parts), at=point.module.location(node))


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
    match node.op:
        case ast.Not():
            return Operation(operations.negate, (inner,), "not", at=at)
        case ast.USub():
            found = peel(inner)
            if isinstance(found, Literal) and isinstance(found.data, (int, float)):
                return Literal(-found.data, at=at)
            return Operation(lambda x: -x, (inner,), "-", at=at)  # type: ignore[operator]
    return Unknown(f"`{point.module.source(node)}` is not followed", at=at)


def _binary(ev: Evaluator, node: ast.BinOp, point: Point) -> Value:
    left, right = ev.evaluate(node.left, point), ev.evaluate(node.right, point)
    return operations.binary(node.op, left, right, point.module.location(node))


def _compare(ev: Evaluator, node: ast.Compare, point: Point) -> Value:
    at = point.module.location(node)
    left_node, joined = node.left, None
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        left, right = ev.evaluate(left_node, point), ev.evaluate(right_node, point)
        one = _comparison(ev, op, left, right, point.module.location(left_node))
        joined = one if joined is None else Branch(joined, one, joined, "", at=at)
        left_node = right_node
    return joined if joined is not None else Unknown("an empty comparison", at=at)


def _comparison(ev: Evaluator, op: ast.cmpop, left: Value, right: Value, at: object) -> Value:
    place = at if not isinstance(at, str) else None
    if isinstance(op, (ast.In, ast.NotIn)) and environ.is_environ(right):
        return environ.contains(ev, left, place, negated=isinstance(op, ast.NotIn))  # type: ignore[arg-type]
    right_plain = peel(right)
    if (
        isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
        and isinstance(right_plain, Literal)
        and right_plain.data is None
    ):
        function = operations.is_none if isinstance(op, (ast.Is, ast.Eq)) else operations.is_not_none
        text = "is None" if function is operations.is_none else "is not None"
        return Operation(function, (left,), text, at=place)  # type: ignore[arg-type]
    return Operation(operations.COMPARE[type(op)], (left, right), type(op).__name__, at=place)  # type: ignore[arg-type]


def _conditional(ev: Evaluator, node: ast.IfExp, point: Point) -> Value:
    decided = ev.decide(node.test, point)
    if decided is not None:
        return ev.evaluate(node.body if decided else node.orelse, point)
    return ev.branch(node.test, point, ev.evaluate(node.body, point), ev.evaluate(node.orelse, point))


def _display(ev: Evaluator, node: ast.List | ast.Tuple | ast.Set, point: Point) -> Value:
    items: list[Value] = []
    for element in node.elts[: MAX_ITEMS + 1]:
        if isinstance(element, ast.Starred):
            inner = peel(ev.evaluate(element.value, point))
            if not isinstance(inner, Listing):
                items.append(
                    Unknown(f"`*{point.module.source(element.value)}`", at=point.module.location(element))
                )
                continue
            items.extend(inner.items)
        else:
            items.append(ev.evaluate(element, point))
    if len(node.elts) > MAX_ITEMS:
        return Unknown("it is too large to follow", at=point.module.location(node))
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
    return Listing(tuple(items), kind, at=point.module.location(node))


def _dict(ev: Evaluator, node: ast.Dict, point: Point) -> Value:
    entries: list[tuple[Value, Value]] = []
    for key, value in zip(node.keys[:MAX_ITEMS], node.values[:MAX_ITEMS], strict=True):
        if key is None:
            spread = _spread(ev.evaluate(value, point))
            if spread is None:
                return Unknown(
                    f"`**{point.module.source(value)}` cannot be followed", at=point.module.location(value)
                )
            entries.extend(spread)
        else:
            entries.append((peel(ev.evaluate(key, point)), ev.evaluate(value, point)))
    return Table(tuple(entries), at=point.module.location(node))


def _spread(value: Value) -> tuple[tuple[Value, Value], ...] | None:
    """Return the entries of a dict that is spread, each a branch where the dict is one."""
    found = peel(value)
    if isinstance(found, Table):
        return found.entries
    if isinstance(found, Branch):
        one, two = _spread(found.then), _spread(found.otherwise)
        if one is None or two is None:
            return None
        absent = Unknown("it is not given on this path")
        keys = {k.data: k for k, _ in (*one, *two) if isinstance(k, Literal)}
        left, right = Table(one), Table(two)
        return tuple(
            (k, Branch(found.test, left.get(d) or absent, right.get(d) or absent, found.text, at=found.at))
            for d, k in keys.items()
        )
    return None


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
    return item_of(ev, whole, key, point.module.source(node), at)


def item_of(ev: Evaluator, whole: Value, key: Value, text: str, at: object) -> Value:
    """Return `whole[key]`."""
    found = peel(whole)
    constant = ev.constant(key)
    if isinstance(found, Branch):
        then, otherwise = (item_of(ev, arm, key, text, at) for arm in (found.then, found.otherwise))
        return Branch(found.test, then, otherwise, found.text, at=found.at)
    if isinstance(found, Table) and constant is not None:
        return found.get(constant) or Unknown(f"`{text}` has no such key here")
    if isinstance(found, Table):
        return _any_key(found, key, text)
    if (
        isinstance(found, Listing)
        and isinstance(constant, int)
        and -len(found.items) <= constant < len(found.items)
    ):
        return found.items[constant]
    if isinstance(found, Reference) and found.name.endswith(".Annotated") and isinstance(key, Listing):
        return Made("typing.Annotated", key.items, at=key.at)
    modelled = ev.models.subscript(ev, found, key)
    if modelled is not None:
        return modelled
    if is_data(found):
        return Operation(operations.subscript, (whole, key), text, at=at if not isinstance(at, str) else None)  # type: ignore[arg-type]
    return Unknown(f"`{text}` is not followed")


def _any_key(table: Table, key: Value, text: str) -> Value:
    """Pick from a dict by a key that the environment decides: one test an entry."""
    picked: Value = Unknown(f"`{text}` has no such key")
    for entry_key, entry in reversed(table.entries):
        test = Operation(operations.COMPARE[ast.Eq], (key, entry_key), "==", at=key.at)
        picked = Branch(test, entry, picked, "", at=entry.at)
    return picked


def is_data(value: Value) -> bool:
    """Tell whether a value is plain data once it is decided, as far as its form tells."""
    return isinstance(value, (Literal, Listing, Table, Operation, Text)) or type(value).__name__ == "Variable"


def _comprehension(ev: Evaluator, node: Comprehension, point: Point) -> Value:
    at = point.module.location(node)
    if len(node.generators) != 1:
        return Unknown(f"`{point.module.source(node)}` is not followed", at=at)
    generator = node.generators[0]
    items = ev.evaluate(generator.iter, point)
    found = peel(items)
    if isinstance(node, ast.DictComp):
        return _dict_comprehension(ev, node, found, point)
    if isinstance(found, Listing) and not generator.ifs and len(found.items) <= MAX_ITEMS:
        listed = tuple(ev.evaluate(node.elt, _loop_point(ev, generator, item, point)) for item in found.items)
        return Listing(listed, "set" if isinstance(node, ast.SetComp) else "list", at=at)
    return Operation(_each(ev, node, generator, point), (items,), point.module.source(node), at=at)


def _dict_comprehension(ev: Evaluator, node: ast.DictComp, items: Value, point: Point) -> Value:
    at = point.module.location(node)
    generator = node.generators[0]
    if not isinstance(items, Listing) or generator.ifs or len(items.items) > MAX_ITEMS:
        return Unknown(f"`{point.module.source(node)}` is not followed", at=at)
    points = [_loop_point(ev, generator, item, point) for item in items.items]
    return Table(tuple((peel(ev.evaluate(node.key, p)), ev.evaluate(node.value, p)) for p in points), at=at)


def _each(
    ev: Evaluator,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp,
    generator: ast.comprehension,
    point: Point,
) -> Callable[..., Data]:
    """Return the pure function that runs a comprehension over plain items."""

    def run(items: object) -> list[Data]:
        if not isinstance(items, (list, tuple, set, str, dict)) or len(items) > MAX_ITEMS:
            raise NotKnownError("it is no list that can be followed")
        results: list[Data] = []
        for item in items:
            inner = _loop_point(ev, generator, Literal(item), point)
            kept = [resolution.resolve(ev.evaluate(test, inner)) for test in generator.ifs]
            truths = [resolution.truth_of(k.value) for k in kept]
            if None in truths:
                raise NotKnownError("a filter in it is not decided")
            if all(truths):
                result = resolution.resolve(ev.evaluate(node.elt, inner))
                if result.failure is not None or not result.known:
                    raise NotKnownError(result.unknown or "an item of it is not known")
                results.append(result.data)
        return results

    return run


def _loop_point(ev: Evaluator, generator: ast.comprehension, item: Value, point: Point) -> Point:
    bindings: dict[str, Value] = {}
    if isinstance(generator.target, ast.Name):
        bindings[generator.target.id] = item
    elif isinstance(generator.target, ast.Tuple):
        parts = peel(item)
        if isinstance(parts, Literal) and isinstance(parts.data, (tuple, list)):
            parts = Listing(tuple(Literal(d) for d in parts.data))
        for index, element in enumerate(generator.target.elts):
            if isinstance(element, ast.Name) and isinstance(parts, Listing) and index < len(parts.items):
                bindings[element.id] = parts.items[index]
    return Point(_with_bindings(point.scope, bindings))


def _with_bindings(scope: Scope, bindings: dict[str, Value]) -> Scope:
    """Return a scope inside `scope` in which the loop's variables are bound, as a lambda's parameters."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(n) for n in bindings], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return Scope(scope.module, ast.Lambda(arguments, ast.Constant(None)), scope, bindings)


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
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Lambda: _lambda,
    ast.Await: _inner,
    ast.NamedExpr: _inner,
}

__all__ = ["evaluate", "is_data", "item_of"]

_ = Sequence if TYPE_CHECKING else None
