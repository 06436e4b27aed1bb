"""Match statements: when a case is taken, as a value that can be decided."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import members, operations
from deploycheck.python.syntax import own_nodes
from deploycheck.python.values import Branch, Literal, Operation, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Point


def test(ev: Evaluator, case: ast.match_case, subject: Value, point: Point) -> Value | None:
    """Return whether a case is taken; None for a pattern that is not followed."""
    found = _pattern(ev, case.pattern, subject, point)
    if case.guard is None or found is None:
        return found
    if _captures(case):
        return None
    at = point.module.location(case.guard)
    return Branch(found, ev.evaluate(case.guard, point), Literal(data=False, at=at), "", at=at)


def captured(case: ast.match_case, name: str, value: Value | None) -> Value | None:
    """Return what a name holds in a case's body, before its statements."""
    if name in _captures(case):
        return Unknown(f"`{name}` is a part of what is matched")
    return value


def _captures(case: ast.match_case) -> frozenset[str]:
    names = {getattr(n, "name", None) or getattr(n, "rest", None) for n in own_nodes([case.pattern])}
    return frozenset(n for n in names if n)


def _pattern(  # noqa: PLR0911 - one short return a kind of pattern reads best
    ev: Evaluator, pattern: ast.pattern, subject: Value, point: Point
) -> Value | None:
    at = point.module.location(pattern)
    match pattern:
        case ast.MatchValue(value=value):
            return Operation(members.equal, (subject, ev.evaluate(value, point)), "==", at=at)
        case ast.MatchSingleton(value=None):
            return Operation(operations.is_none, (subject,), "is None", at=at)
        case ast.MatchSingleton(value=value):
            return Operation(operations.same, (subject, Literal(value, at=at)), "is", at=at)
        case ast.MatchAs(pattern=None):
            return Literal(data=True, at=at)
        case ast.MatchAs(pattern=inner) if inner is not None:
            return _pattern(ev, inner, subject, point)
        case ast.MatchOr(patterns=alternatives):
            return _any_of([_pattern(ev, p, subject, point) for p in alternatives])
    return None


def _any_of(tests: list[Value | None]) -> Value | None:
    joined = tests[-1]
    for one in reversed(tests[:-1]):
        if one is None or joined is None:
            return None
        joined = Branch(one, one, joined, "", at=one.at)
    return joined
