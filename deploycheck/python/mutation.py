"""What one simple statement does to a name: assignments, imports, definitions, changes in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import operations, updates
from deploycheck.python.effects import MUTATORS, changing_calls, walruses
from deploycheck.python.syntax import dotted, held, nodes_in
from deploycheck.python.values import Operation, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point

_SETTERS = frozenset({"setter", "deleter", "register"})


def overwrites(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement gives a name a new value, whatever it held before."""
    match statement:
        case ast.Assign(targets=targets):
            return any(dotted(t) == name for t in targets)
        case ast.AnnAssign(target=target, value=value):
            return value is not None and dotted(target) == name
        case ast.ClassDef():
            return statement.name == name
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return statement.name == name and not _adds_to_another(statement)
        case ast.Import() | ast.ImportFrom():
            return any((a.asname or a.name) == name for a in statement.names)
    return False


def apply(  # noqa: PLR0911 - one short return a kind of statement reads best
    ev: Evaluator, statement: ast.stmt, name: str, value: Value | None, point: Point
) -> Value | None:
    """Return what `name` (or `x.a`) holds after a simple statement that binds or changes it."""
    match statement:
        case ast.Assign(targets=targets, value=expression):
            value = _rest(ev, expression, name, value, point)
            for target in targets:
                value = _assign(ev, target, expression, name, value, point)
            return value
        case ast.AnnAssign(target=target, value=expression) if expression is not None:
            value = _rest(ev, expression, name, value, point)
            return _assign(ev, target, expression, name, value, point)
        case ast.AugAssign():
            return _augmented(ev, statement, name, value, point)
        case ast.Import() | ast.ImportFrom():
            found = ev.imported(statement, name, point)
            return found if found is not None else value
        case ast.FunctionDef() | ast.AsyncFunctionDef() if _adds_to_another(statement):
            return value
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return ev.definition(statement, point.scope) if statement.name == name else value
        case ast.Expr(value=ast.Call() as call) if _changes(call, name):
            return updates.by_call(ev, call, name, value, point)
        case ast.Delete(targets=targets):
            return _deleted(targets, name, value, point)
    return _rest(ev, statement, name, value, point)


def _adds_to_another(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a definition is `@x.setter` of the property `x`, or one more `@f.register`."""
    called = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return any(isinstance(d, ast.Attribute) and d.attr in _SETTERS for d in called)


def walrus(ev: Evaluator, node: ast.AST, name: str, value: Value | None, point: Point) -> Value | None:
    """Return what a name holds after an expression that may set it with `:=`."""
    for one in walruses(node):
        if one.target.id == name:
            value = Via(_step(one.target, one.value, point), ev.evaluate(one.value, point))
    return value


def _rest(ev: Evaluator, node: ast.AST, name: str, value: Value | None, point: Point) -> Value | None:
    """Follow what the expressions of a statement do to a name besides: `:=`, and `x = d.pop("k")`."""
    value = walrus(ev, node, name, value, point)
    for changed, one in changing_calls(node):
        if changed == name:
            value = updates.by_call(ev, one, name, value, point)
    return value


def _changes(call: ast.Call, name: str) -> bool:
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr in MUTATORS and held(func.value) == name


def _assign(  # noqa: PLR0913, PLR0917 - a target, what it gets, and the name in question
    ev: Evaluator, target: ast.expr, expression: ast.expr, name: str, value: Value | None, point: Point
) -> Value | None:
    match target:
        case ast.Name() | ast.Attribute() if dotted(target) == name:
            return Via(_step(target, expression, point), ev.evaluate(expression, point))
        case ast.Tuple() | ast.List() if name in _bound(target):
            whole = ev.evaluate(expression, point)
            return Via(_step(target, expression, point), _part(ev, target, whole, name, point))
        case ast.Subscript() if held(target) == name:
            return updates.by_item(ev, target, name, value, ev.evaluate(expression, point), point)
        case ast.Attribute() if held(target) == name:
            return Unknown("a part of it is set", at=point.module.location(target))
    return value


def _bound(target: ast.expr) -> frozenset[str]:
    return frozenset(dotted(n) for n in nodes_in(target) if isinstance(n, (ast.Name, ast.Attribute)))


def _part(ev: Evaluator, target: ast.Tuple | ast.List, whole: Value, name: str, point: Point) -> Value:
    """Return the part of an unpacked value that goes to a name."""
    at = point.module.location(target)
    for index, element in enumerate(target.elts):
        if isinstance(element, ast.Starred) and name in _bound(element):
            return Unknown("the rest of what is unpacked", at=at)
        if name not in _bound(element):
            continue
        if any(isinstance(e, ast.Starred) for e in target.elts[:index]):
            return Unknown("a part of what is unpacked", at=at)
        found = _item(ev, whole, index, len(target.elts))
        return _part(ev, element, found, name, point) if isinstance(element, (ast.Tuple, ast.List)) else found
    return Unknown("a part of what is unpacked", at=at)


def _item(ev: Evaluator, whole: Value, index: int, length: int) -> Value:
    items = ev.items(whole)
    if items is not None and index < len(items):
        return items[index]
    found = peel(whole)
    if items is None and isinstance(found, Operation):
        return Operation(operations.part_of(index, length), (whole,), "unpacking", at=whole.at)
    return Unknown("a part of what is unpacked", at=whole.at)


def _augmented(
    ev: Evaluator, statement: ast.AugAssign, name: str, value: Value | None, point: Point
) -> Value | None:
    at = point.module.location(statement)
    if dotted(statement.target) == name:
        right = ev.evaluate(statement.value, point)
        joined = operations.binary(statement.op, value or Unknown(f"`{name}` is not set"), right, at)
        return Via(Step(point.module.source(statement), at), joined)
    if held(statement.target) == name:
        return Unknown("an item of it is changed", at=at)
    return value


def _deleted(targets: list[ast.expr], name: str, value: Value | None, point: Point) -> Value | None:
    for target in targets:
        if dotted(target) == name:
            return Unknown(f"`{name}` is deleted", at=point.module.location(target))
        if held(target) == name:
            value = updates.without_item(target, value, point)
    return value


def _step(target: ast.expr, expression: ast.expr, point: Point) -> Step:
    module = point.module
    text = f"{module.source(target)} = {module.source(expression)}"
    return Step(text, module.location(target))
