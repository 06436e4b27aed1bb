"""Expressions as values, worked out in the order of running; calls may ask for changes on the way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import attributes, comparing, comprehending
from deploycheck.facts.migrations.operations.objects import (
    OPAQUE,
    Bound,
    Carried,
    Closure,
    Handle,
    Kind,
    Looked,
    Object,
    backed,
    by_backend,
)
from deploycheck.python import items, operations
from deploycheck.python.values import (
    Branch,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run

MAX_ITEMS = 2_000


def evaluate(run: Run, node: ast.expr, frame: Frame) -> Value:
    """Return the value of an expression."""
    if isinstance(node, ast.Constant):
        return Literal(node.value)
    form = _FORMS.get(type(node))
    return form(run, node, frame) if form is not None else Unknown("an expression that is not followed")


def _name(run: Run, node: ast.Name, frame: Frame) -> Value:
    found = frame.local(node.id)
    return found if found is not None else run.global_value(node.id, frame)


def _attribute(run: Run, node: ast.Attribute, frame: Frame) -> Value:
    return attributes.attribute(run, run.evaluate(node.value, frame), node.attr)


def _call(run: Run, node: ast.Call, frame: Frame) -> Value:
    return run.call(node, frame)


def _joined(run: Run, node: ast.JoinedStr, frame: Frame) -> Value:
    parts = [_formatted(run, p, frame) if isinstance(p, ast.FormattedValue) else run.evaluate(p, frame)
             for p in node.values]  # fmt: skip
    return Text(tuple(parts))


def _formatted(run: Run, piece: ast.FormattedValue, frame: Frame) -> Value:
    value = run.evaluate(piece.value, frame)
    if piece.conversion == ord("r"):
        value = Operation(repr, (value,), "!r")
    if piece.format_spec is None:
        return value
    spec = run.constant(run.evaluate(piece.format_spec, frame))
    if not isinstance(spec, str):
        return Unknown("a formatted part")
    return Operation(operations.formatted(spec), (value,), "a format")


def _bool(run: Run, node: ast.BoolOp, frame: Frame) -> Value:
    """Return what `and` and `or` give; one operand that decides it is enough, wherever it stands."""
    stop = isinstance(node.op, ast.Or)
    open_: list[Value] = []
    for one in node.values:
        value = run.evaluate(one, frame)
        truth = run.truth(value)
        if truth is stop:
            return value if not open_ or by_backend(value) else Literal(data=stop)
        if truth is None or one is node.values[-1]:
            open_.append(value)
    if len(open_) == 1:
        return open_[0]
    carried = next((v for v in open_ if isinstance(v, Carried)), None)
    if carried is not None and all(isinstance(v, type(carried)) or run.truth(v) is not None for v in open_):
        return carried
    joined = open_[-1]
    for value in reversed(open_[:-1]):
        joined = Branch(value, value, joined) if stop else Branch(value, joined, value)
    return joined


def _unary(run: Run, node: ast.UnaryOp, frame: Frame) -> Value:
    value = run.evaluate(node.operand, frame)
    if isinstance(value, Carried):
        return value
    if isinstance(node.op, ast.Not):
        truth = run.truth(value)
        if truth is not None:
            return backed(not truth) if by_backend(value) else Literal(not truth)
        return Operation(operations.negate, (value,), "not")
    data = run.constant(value)
    if isinstance(node.op, ast.USub) and isinstance(data, (int, float)):
        return Literal(-data)
    return Unknown("an operator that is not followed")


def _binary(run: Run, node: ast.BinOp, frame: Frame) -> Value:
    chain: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        chain.append(left)
        left = left.left
    value = run.evaluate(left, frame)
    for one in reversed(chain):
        right = run.evaluate(one.right, frame)
        looked = next((v for v in (value, right) if isinstance(v, Carried)), None)
        if looked is not None:
            value = looked
        elif isinstance(one.op, ast.Mod) and isinstance(value, (Text, Literal)):
            value = _percent(run, value, right)
        else:
            value = operations.binary(one.op, value, right, None)
    return value


def _percent(run: Run, template: Value, right: Value) -> Value:
    """Return `"… %s …" % value`, with what is not known left out of the text."""
    data = run.constant(template)
    if isinstance(data, str) and isinstance(right, Table):
        given = {str(k.data): v for k, v in right.entries if isinstance(k, Literal)}
        return _named_percent(data, given)
    if isinstance(data, str) and "%" in data and not isinstance(right, (Listing, Literal, Text, Table)):
        right = Listing((right,), "tuple")
    return operations.binary(ast.Mod(), template, right, None)


def _named_percent(template: str, given: dict[str, Value]) -> Value:
    parts: list[Value] = []
    rest = template
    while "%(" in rest:
        before, _, rest = rest.partition("%(")
        name, _, rest = rest.partition(")")
        parts += [Literal(before.replace("%%", "%")), given.get(name, Unknown(f"`{name}`"))]
        rest = rest[1:]
    return Text((*parts, Literal(rest.replace("%%", "%"))))


def _conditional(run: Run, node: ast.IfExp, frame: Frame) -> Value:
    test = run.evaluate(node.test, frame)
    truth = run.truth(test)
    if truth is not None:
        return run.evaluate(node.body if truth else node.orelse, frame)
    arms = []
    for arm, wanted in ((node.body, True), (node.orelse, False)):
        with run.under(test, node.test, frame, wanted=wanted):
            arms.append(run.evaluate(arm, frame))
    return Branch(test, arms[0], arms[1], frame.module.source(node.test))


def _sequence(run: Run, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Value:
    found: list[Value] = []
    for element in node.elts[:MAX_ITEMS]:
        value = run.evaluate(element.value if isinstance(element, ast.Starred) else element, frame)
        if not isinstance(element, ast.Starred):
            found.append(value)
            continue
        spread = run.items(value)
        found.extend(spread if spread is not None else (Unknown("items that are not known"),))
    kind = "list" if isinstance(node, ast.List) else "tuple" if isinstance(node, ast.Tuple) else "set"
    return Listing(tuple(found), kind)


def _table(run: Run, node: ast.Dict, frame: Frame) -> Value:
    entries: list[tuple[Value, Value]] = []
    for key, value in zip(node.keys[:MAX_ITEMS], node.values, strict=False):
        found = run.evaluate(value, frame)
        if key is not None:
            entries.append((run.evaluate(key, frame), found))
        elif isinstance(found, Table):
            entries.extend(found.entries)
        else:
            return Unknown("a dict that another one is spread into")
    return Table(tuple(entries))


def _subscript(run: Run, node: ast.Subscript, frame: Frame) -> Value:
    whole = run.evaluate(node.value, frame)
    if isinstance(node.slice, ast.Slice):
        bounds = [Literal(None) if b is None else run.evaluate(b, frame)
                  for b in (node.slice.lower, node.slice.upper, node.slice.step)]  # fmt: skip
        return _cut(run, whole, bounds)
    key = run.evaluate(node.slice, frame)
    if isinstance(whole, (Looked, Handle)):
        return whole if isinstance(whole, Looked) or whole.kind is Kind.ROW else attributes.item(whole)
    if isinstance(whole, Reference) and whole.name == "os.environ":
        name = run.text(key)
        return Variable((name,)) if name is not None else Unknown("a variable of the environment")
    if isinstance(whole, (Unknown, Bound, Made, Object, Closure, Reference)):
        return Unknown("an item that is not followed")
    found = items.item_of(run.ev, whole, key, frame.module.source(node), frame.module.location(node))
    data = run.constant(peel(found)) if by_backend(key) else None
    return peel(found) if data is None else backed(data)


def _cut(run: Run, whole: Value, bounds: list[Value]) -> Value:
    if isinstance(whole, Listing):
        ends = [e for e in map(run.constant, bounds) if e is None or isinstance(e, int)]
        if len(ends) == len(bounds) and ends[2] != 0:
            return Listing(whole.items[slice(*ends)], whole.kind)
    if isinstance(whole, OPAQUE):
        return whole if isinstance(whole, (Unknown, Handle)) else Unknown("a slice that is not followed")
    return Operation(operations.cut, (whole, *bounds), "a slice")


def _lambda(_: Run, node: ast.Lambda, frame: Frame) -> Value:
    return Closure(node, frame.module, frame)


def _named(run: Run, node: ast.NamedExpr, frame: Frame) -> Value:
    value = run.evaluate(node.value, frame)
    frame.names[node.target.id] = value
    return value


def _inner(run: Run, node: ast.Await | ast.Starred, frame: Frame) -> Value:
    return run.evaluate(node.value, frame)


_FORMS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.JoinedStr: _joined,
    ast.BoolOp: _bool,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Compare: comparing.compare,
    ast.IfExp: _conditional,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _table,
    ast.Subscript: _subscript,
    ast.ListComp: comprehending.comprehension,
    ast.SetComp: comprehending.comprehension,
    ast.GeneratorExp: comprehending.comprehension,
    ast.DictComp: comprehending.comprehension,
    ast.Lambda: _lambda,
    ast.NamedExpr: _named,
    ast.Await: _inner,
    ast.Starred: _inner,
}
