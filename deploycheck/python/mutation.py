"""What one simple statement does to a name: assignments, imports, definitions, changes in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import operations
from deploycheck.python.values import Branch, Listing, Literal, Reference, Table, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point


def apply(
    evaluator: Evaluator, statement: ast.stmt, name: str, value: Value | None, point: Point
) -> Value | None:
    """Return what `name` holds after a simple statement that binds or changes it."""
    match statement:
        case ast.Assign(targets=targets, value=expression):
            for target in targets:
                value = _assign(evaluator, target, expression, name, value, point)
            return value
        case ast.AnnAssign(target=target, value=expression) if expression is not None:
            return _assign(evaluator, target, expression, name, value, point)
        case ast.AugAssign(target=ast.Name(id=target_name)) if target_name == name:
            right = evaluator.evaluate(statement.value, point)
            at = point.module.location(statement)
            joined = operations.binary(statement.op, value or Unknown(f"`{name}` is not set"), right, at)
            return Via(Step(point.module.source(statement), at), joined)
        case ast.Import() | ast.ImportFrom():
            return evaluator.imported(statement, name, point) or value
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return evaluator.definition(statement, point.scope)
        case ast.Expr(value=ast.Call() as call):
            return _call(evaluator, call, name, value, point)
        case ast.Delete():
            return None
    for walrus in ast.walk(statement):
        if isinstance(walrus, ast.NamedExpr) and walrus.target.id == name:
            return evaluator.evaluate(walrus.value, point)
    return value


def _assign(
    evaluator: Evaluator, target: ast.expr, expression: ast.expr, name: str, value: Value | None, point: Point
) -> Value | None:
    match target:
        case ast.Name(id=bound) if bound == name:
            found = evaluator.evaluate(expression, point)
            return Via(_step(target, expression, point), found)
        case ast.Attribute(value=ast.Name(id=owner), attr=attr) if f"{owner}.{attr}" == name:
            return Via(_step(target, expression, point), evaluator.evaluate(expression, point))
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return _unpack(evaluator, elements, expression, name, value, point)
        case ast.Subscript(value=ast.Name(id=bound), slice=key) if bound == name:
            return _set_item(value, evaluator.evaluate(key, point), evaluator.evaluate(expression, point))
    return value


def _unpack(
    evaluator: Evaluator,
    elements: list[ast.expr],
    expression: ast.expr,
    name: str,
    value: Value | None,
    point: Point,
) -> Value | None:
    for index, element in enumerate(elements):
        if isinstance(element, ast.Name) and element.id == name:
            whole = peel(evaluator.evaluate(expression, point))
            if isinstance(whole, Listing) and len(whole.items) == len(elements):
                return Via(_step(element, expression, point), whole.items[index])
            return Unknown(
                f"one part of `{point.module.source(expression)}`", at=point.module.location(element)
            )
    return value


def _step(target: ast.expr, expression: ast.expr, point: Point) -> Step:
    module = point.module
    text = f"{module.source(target)} = {module.source(expression)}"
    return Step(text, module.location(target))


def _set_item(value: Value | None, key: Value, item: Value) -> Value:
    table = peel(value) if value is not None else None
    if isinstance(table, Table) and isinstance(peel(key), Literal):
        return Table((*table.entries, (peel(key), item)), at=table.at)
    if isinstance(table, Branch):
        return Branch(
            table.test,
            _set_item(table.then, key, item),
            _set_item(table.otherwise, key, item),
            table.text,
            at=table.at,
        )
    return Unknown("an item of it is set where it cannot be followed", at=key.at)


def _call(evaluator: Evaluator, call: ast.Call, name: str, value: Value | None, point: Point) -> Value | None:
    """Follow `x.append(…)`, `x.extend(…)`, `x.update(…)` and the like on a name."""
    if not (isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == name):
        return value
    current = peel(value) if value is not None else None
    arguments = [evaluator.evaluate(a, point) for a in call.args if not isinstance(a, ast.Starred)]
    at = point.module.location(call)
    step = Step(point.module.source(call), at)
    if isinstance(current, Branch):
        return Via(step, Branch(
            current.test,
            _call(evaluator, call, name, current.then, point) or current.then,
            _call(evaluator, call, name, current.otherwise, point) or current.otherwise,
            current.text,
            at=current.at,
        ))  # fmt: skip
    match call.func.attr, current:
        case "append" | "add", Listing() if len(arguments) == 1:
            return Via(step, Listing((*current.items, arguments[0]), current.kind, at=current.at))
        case "insert", Listing() if len(arguments) == 2:  # noqa: PLR2004 - list.insert takes two
            return Via(step, Listing((arguments[1], *current.items), current.kind, at=current.at))
        case "extend" | "update", Listing() if len(arguments) == 1:
            return Via(step, operations.binary(ast.Add(), current, arguments[0], at))
        case "update", Table():
            return Via(step, _update(evaluator, current, call, arguments, point))
        case "setdefault", Table() if arguments:
            return value
        case _, Listing() | Table() | Literal():
            return Unknown(f"`{point.module.source(call)}` changes it", at=at)
    return value


def _update(
    evaluator: Evaluator, table: Table, call: ast.Call, arguments: list[Value], point: Point
) -> Value:
    entries = list(table.entries)
    extra: list[Value] = [*arguments]
    for keyword in call.keywords:
        found = evaluator.evaluate(keyword.value, point)
        if keyword.arg is None:
            extra.append(found)
        else:
            entries.append((Literal(keyword.arg), found))
    for more in extra:
        inner = peel(more)
        if not isinstance(inner, Table):
            return Unknown("it is updated with something that cannot be followed", at=more.at)
        entries.extend(inner.entries)
    return Table(tuple(entries), at=table.at)


__all__ = ["Reference", "apply"]
