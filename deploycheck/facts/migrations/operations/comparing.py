"""Comparisons: decided where both sides are known, and known to depend on the backend or the schema."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.objects import (
    OPAQUE,
    Carried,
    Closure,
    Handle,
    Kind,
    Looked,
    Object,
    Statement,
    backed,
    by_backend,
)
from deploycheck.python import operations
from deploycheck.python.values import Branch, Listing, Literal, Made, Operation, Table, Text, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run


def compare(run: Run, node: ast.Compare, frame: Frame) -> Value:
    """Return what `a < b < c` gives."""
    left = run.evaluate(node.left, frame)
    result: Value = Literal(data=True)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = run.evaluate(right_node, frame)
        result = _comparison(run, op, left, right)
        if run.truth(result) is False:
            return result
        left = right
    return result


def _comparison(run: Run, op: ast.cmpop, left: Value, right: Value) -> Value:
    looked = next((v for v in (left, right) if isinstance(v, Carried)), None)
    if looked is not None:
        return looked
    if isinstance(op, (ast.Is, ast.IsNot)):
        return _identity(run, left, right, negated=isinstance(op, ast.IsNot))
    if isinstance(op, (ast.In, ast.NotIn)) and isinstance(right, (Listing, Table)):
        return _contained(run, left, right, negated=isinstance(op, ast.NotIn))
    if any(isinstance(v, OPAQUE) for v in (left, right)):
        return Unknown("a comparison that is decided while it runs")
    return Operation(operations.COMPARE[type(op)], (left, right), type(op).__name__)


def _contained(run: Run, left: Value, right: Listing | Table, *, negated: bool) -> Value:
    """Return whether a text or number is among some."""
    wanted, items_ = _scalar(run, left), run.items(right)
    if wanted is None or items_ is None:
        return Unknown("what is looked for is not known")
    found: bool | None = False
    for item in items_:
        data = _scalar(run, item)
        if data == wanted:
            found = True
            break
        found = None if data is None else found
    if found is None:
        return Unknown("what it is looked for in is not known")
    return backed(found is not negated) if by_backend(left) else Literal(found is not negated)


def _scalar(run: Run, value: Value) -> object:
    """Return plain data that is known whole, or None."""
    if isinstance(value, Literal):
        return value.data
    if isinstance(value, Text):
        text = run.text(value)
        return None if text is None or "{…}" in text else text
    return run.constant(value)


def _is_none(run: Run, value: Value, *, negated: bool) -> Value:
    """Return whether a value is None, where it is certainly something, or plain data."""
    if isinstance(value, Branch) and isinstance(value.test, Looked):
        return value.test
    is_rows = isinstance(value, Handle) and value.kind in {Kind.ROW, Kind.RESULT}
    is_sqlalchemy = isinstance(value, Made) and value.callee.startswith("sqlalchemy.")
    if is_sqlalchemy or (isinstance(value, _THINGS) and not is_rows):
        return Literal(negated)
    data = run.constant(value)
    if data is None and not isinstance(value, Literal):
        return Unknown("whether it is None")
    return Literal((data is None) is not negated)


_THINGS = (Closure, Handle, Object, Listing, Table, Text, Statement)


def _identity(run: Run, left: Value, right: Value, *, negated: bool) -> Value:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Literal) and one.data is None:
            return _is_none(run, other, negated=negated)
    function = operations.COMPARE[ast.IsNot if negated else ast.Is]
    if any(isinstance(v, OPAQUE) for v in (left, right)):
        return Unknown("a comparison that is decided while it runs")
    return Operation(function, (left, right), "is")
