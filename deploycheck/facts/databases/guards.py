"""Tests of which backend is open (`engine.dialect.name == "sqlite"`), decided by what production opens."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from deploycheck.facts.databases.backends import FAILS, GIVEN, NONE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from deploycheck.python.flow import Condition

_NAMES = re.compile(
    r"dialect\.name$|\.drivername$|get_backend_name\(\)$|get_dialect\(\)\.name$|^dialect_name$"
)
_ALIKE = {"postgres": "postgresql", "mariadb": "mysql"}


def asks_backend(condition: Condition) -> bool:
    """Tell whether a test looks at the name of the open database's backend."""
    return "dialect" in condition.text or "drivername" in condition.text or "backend_name" in condition.text


def holds_on(condition: Condition, backends: AbstractSet[str]) -> bool | None:
    """Tell whether a test of the backend's name turns out as wanted; None where that is not certain.

    `backends` are all that production opens: with several of them, or one that cannot be seen, nothing is.
    """
    if len(backends) != 1 or backends & {GIVEN, UNKNOWN, FAILS, NONE}:
        return None
    try:
        test = ast.parse(condition.text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None  # a longer test is cut in the middle
    truth = _truth(test, _plain(next(iter(backends))))
    return None if truth is None else truth is condition.wanted


def _plain(name: str) -> str:
    backend = name.partition("+")[0].lower()
    return _ALIKE.get(backend, backend)


def _truth(test: ast.expr, backend: str) -> bool | None:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, backend)
            return None if inner is None else not inner
        case ast.BoolOp(op=op, values=values):
            decisive = isinstance(op, ast.Or)
            truths = [_truth(v, backend) for v in values]
            if decisive in truths:
                return decisive
            return None if None in truths else not decisive
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right, backend)
    return None


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, backend: str) -> bool | None:
    if not _NAMES.search(ast.unparse(left)):
        left, right = right, left
        if isinstance(op, (ast.In, ast.NotIn)) or not _NAMES.search(ast.unparse(left)):
            return None
    items = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
    words = [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
    if len(words) != len(items):
        return None
    found = backend in {_plain(w) for w in words}
    if isinstance(op, (ast.Eq, ast.In)):
        return found
    return not found if isinstance(op, (ast.NotEq, ast.NotIn)) else None
