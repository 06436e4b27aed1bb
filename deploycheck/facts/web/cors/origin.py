"""Whether an expression is the request's own Origin, and what is asked before it is sent back."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import own_nodes
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import Point, contains, ends
from deploycheck.python.syntax import children_of, nodes_in
from deploycheck.python.values import Literal, Value, Via

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import Scope

NAMES = frozenset({"origin", "http_origin", "http-origin"})
"""The header's name, in a request, a WSGI environment or Django's META."""
MAX_HOPS = 4


@dataclass(frozen=True, slots=True)
class Check:
    """What code asks about an origin: the test's text, and the list that it must be in, when it is one."""

    text: str
    at: Location
    allowed: Value | None


class Origin:
    """Follows the request's Origin inside one function."""

    def __init__(self, program: Program, scope: Scope, before: ast.AST) -> None:
        """Look around `before`, which stands in `scope`."""
        self._program = program
        self._scope = scope
        self._before = before
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in own_nodes(scope.node):
            for name, value in _assignments(node):
                self._assigned.setdefault(name, []).append(value)

    def is_read_in(self, expression: ast.expr, hops: int = MAX_HOPS) -> bool:
        """Tell whether an expression gives back the request's Origin, followed through local names."""
        if isinstance(expression, ast.Call) and not _reads_origin(expression):
            carried = (
                *expression.args,
                *([expression.func] if isinstance(expression.func, ast.Attribute) else []),
            )
            return any(self.is_read_in(a, hops) for a in carried)
        if _reads_origin(expression):
            return True
        if isinstance(expression, ast.Name):
            found = self._assigned.get(expression.id, ()) if hops else ()
            return any(self.is_read_in(value, hops - 1) for value in found)
        if isinstance(expression, ast.IfExp):
            return self.is_read_in(expression.body, hops) or self.is_read_in(expression.orelse, hops)
        if isinstance(expression, (ast.Compare, ast.Lambda)):
            return False
        inner = (c for c in children_of(expression) if isinstance(c, ast.expr))
        return any(self.is_read_in(child, hops) for child in inner)

    def check(self, expression: ast.expr) -> Check | None:
        """Return the test that stands between the request's Origin and the response, or None."""
        tests = (*self._tests_in(expression), *self._tests_around(), *self._tests_of_names(expression))
        for test in tests:
            found = self._as_check(test)
            if found is not None:
                return found
        return None

    def _tests_in(self, expression: ast.expr, hops: int = MAX_HOPS) -> Iterator[ast.expr]:
        """Yield the tests of conditional expressions on the way, and calls that the origin goes through."""
        for node in nodes_in(expression):
            if isinstance(node, ast.IfExp):
                yield node.test
            elif isinstance(node, ast.Name) and hops:
                for value in self._assigned.get(node.id, ()):
                    yield from self._tests_in(value, hops - 1)
            elif (
                isinstance(node, ast.Call)
                and not _reads_origin(node)
                and any(map(self.is_read_in, node.args))
            ):
                yield node

    def _tests_around(self) -> Iterator[ast.expr]:
        """Yield the tests of the statements around and, where they leave the function, before."""
        wanted = {
            (c.at.line, c.at.column)
            for c in Flow(self._program.evaluator, self._scope).conditions(self._before)
        }
        for node in own_nodes(self._scope.node):
            if isinstance(node, (ast.If, ast.While)):
                place = (node.test.lineno, node.test.col_offset + 1)
                if place in wanted or (ends(node.body) and node.lineno < getattr(self._before, "lineno", 0)):
                    yield node.test

    def _tests_of_names(self, expression: ast.expr) -> Iterator[ast.expr]:
        """Yield the tests that stand around every assignment by which a name gets the request's Origin."""
        for node in nodes_in(expression):
            if isinstance(node, ast.Name):
                given = [v for v in self._assigned.get(node.id, ()) if self.is_read_in(v)]
                around = [self._tests_above(value) for value in given]
                if all(around):
                    yield from (test for tests in around for test in tests)

    def _tests_above(self, value: ast.expr) -> list[ast.expr]:
        """Return the tests that must hold for an assignment to run."""
        ifs = (n for n in own_nodes(self._scope.node) if isinstance(n, ast.If))
        return [n.test for n in ifs if any(contains(s, value) for s in n.body)]

    def _as_check(self, test: ast.expr) -> Check | None:
        at, text = self._scope.module.location(test), self._scope.module.source(test)
        for node in self._within(test):
            match node:
                case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]) if (
                    self.is_read_in(left)
                ):
                    return Check(text, at, self._program.evaluate(right, Point(self._scope, test)))
                case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                    if self._is_compared(left, right) or self._is_compared(right, left):
                        return Check(text, at, None)
                case ast.Call() if self._asks(node):
                    return Check(text, at, None)
        return None

    def _within(self, test: ast.expr, hops: int = MAX_HOPS) -> Iterator[ast.AST]:
        """Yield the nodes of a test, and of what its local names were assigned."""
        for node in nodes_in(test):
            yield node
            if isinstance(node, ast.Name) and hops:
                for value in self._assigned.get(node.id, ()):
                    yield from self._within(value, hops - 1)

    def _is_compared(self, one: ast.expr, other: ast.expr) -> bool:
        """Tell whether an origin is compared with something that says anything: not with nothing."""
        empty = isinstance(other, ast.Constant) and not other.value
        return not empty and self.is_read_in(one)

    def _asks(self, call: ast.Call) -> bool:
        """Tell whether a call is asked about an origin: `allowed(origin)`, `origin.endswith(…)`."""
        if _reads_origin(call) or _last_name(call.func) in {"bool", "str", "len", "print", "isinstance"}:
            return False
        if any(self.is_read_in(a) for a in (*call.args, *(k.value for k in call.keywords))):
            return True
        func = call.func
        asked = isinstance(func, ast.Attribute) and func.attr in {"startswith", "endswith"}
        return asked and isinstance(func, ast.Attribute) and self.is_read_in(func.value)


def _assignments(node: ast.AST) -> Iterable[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return [(name, value)]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            return [(name, value)]
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            return [(name, value)]
    return []


def _reads_origin(node: ast.expr) -> bool:
    """Tell whether an expression itself reads the header: `….get("origin")`, `…["Origin"]`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="get" | "getlist" | "get_header"), args=[key, *_]):
            return _is_origin(key)
        case ast.Subscript(slice=key):
            return _is_origin(key)
        case ast.Attribute(value=ast.Name(id="request" | "req"), attr="origin"):
            return True
        case ast.Attribute(attr="origin", value=ast.Attribute(attr="headers" | "request")):
            return True
    return False


def _is_origin(key: ast.expr) -> bool:
    value = key.value if isinstance(key, ast.Constant) else None
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(text, str) and text.lower().replace("-", "_") in {n.replace("-", "_") for n in NAMES}


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def credentials_in(
    program: Program,
    scope: Scope,
    writes: Callable[[ast.AST], Iterator[tuple[ast.AST, ast.expr]]],
    at: Location,
) -> Value:
    """Return whether the same function also sends `Access-Control-Allow-Credentials: true`."""
    for node, value in writes(scope.node):
        held = program.evaluate(value, Point(scope, node))
        inner = held
        while isinstance(inner, Via):
            inner = inner.inner
        if not isinstance(inner, Literal):
            return held
        text = inner.data.decode("latin-1") if isinstance(inner.data, bytes) else str(inner.data)
        return Literal(text.lower() == "true", at=scope.module.location(node))
    return Literal(data=False, at=at)
