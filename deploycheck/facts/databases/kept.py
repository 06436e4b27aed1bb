"""Tests that ask whether something was made before (`if self._engine is None`), true the first time."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.python.flow import Condition


def without_first_time(
    conditions: Sequence[Condition], function: ast.AST, node: ast.AST
) -> tuple[Condition, ...]:
    """Leave out the tests of whether the function has kept what `node` makes.

    Each process makes it once, so such a test is no doubt. One of anything else stays.
    """
    if not conditions:
        return ()
    kept = set(_places(function, node))
    return tuple(c for c in conditions if not _asks_for(c, kept))


def _places(function: ast.AST, node: ast.AST) -> Iterator[str]:
    """Yield the places that the function puts into what a node makes, also by a name of its own."""
    names: set[str] = set()
    for statement in nodes_in(function):
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        value = statement.value
        by_name = isinstance(value, ast.Name) and value.id in names
        if not by_name and all(n is not node for n in ast.walk(value)):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names |= {t.id for t in targets if isinstance(t, ast.Name)}
        yield from (ast.unparse(t) for t in targets)


def _asks_for(condition: Condition, kept: set[str]) -> bool:
    try:
        test = ast.parse(condition.text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return False  # a longer test is cut in the middle
    wanted = condition.wanted
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, not wanted
    place, there = _asked(test)
    return place in kept and wanted is not there


def _asked(test: ast.expr) -> tuple[str, bool]:
    """Return the place that a test looks at, and whether a true test says that something is there."""
    match test:
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[ast.Constant(value=None)]):
            return ast.unparse(left), False
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[ast.Constant(value=None)]):
            return ast.unparse(left), True
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as op], comparators=[table]):
            return f"{ast.unparse(table)}[{ast.unparse(key)}]", isinstance(op, ast.In)
        case ast.Call(func=ast.Name(id="hasattr"), args=[owner, ast.Constant(value=str() as name)]):
            return f"{ast.unparse(owner)}.{name}", True
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return ast.unparse(test), True
    return "", True
