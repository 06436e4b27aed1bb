"""Places where start-up raises, exits or asserts because of what the environment holds."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING

from deploycheck.facts.startup import EXITS, StartUp, own
from deploycheck.facts.variables.model import Stop
from deploycheck.python.flow import Condition
from deploycheck.python.scopes import Point, Scope, contains
from deploycheck.python.syntax import last_name, nodes_in
from deploycheck.python.values import Listing, Literal, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_ITEMS = 24
_SERVING = re.compile(r"^(?:run|serve|main|listen)(?:_|$)|(?:server|forever)$")
_WORDS = re.compile(r"\b(?:raise|assert|exit|_exit|abort)\b")


def find_stops(start_up: StartUp) -> Iterator[Stop]:
    """Yield every stop that start-up reaches and that a variable decides; not those that are caught."""
    program = start_up.program
    for scope in start_up.scopes():
        if not _WORDS.search(scope.module.text):
            continue
        for node, inner in own(program, scope):
            if isinstance(node, (ast.Raise, ast.Assert)) or (_exits(node) and not _served(inner, node)):
                yield from _stops(start_up, node, inner)


def _exits(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in EXITS
    )


def _served(scope: Scope, node: ast.AST) -> bool:
    """Tell whether an exit only ends what ran before: it stands, with no test, behind a call that serves."""
    before = [s for s in scope.body if getattr(s, "lineno", 0) < getattr(node, "lineno", 0)]
    calls = (s.value for s in before if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call))
    return node in scope.body and any(_SERVING.search(last_name(c.func)) for c in calls)


def _stops(start_up: StartUp, node: ast.AST, scope: Scope) -> Iterator[Stop]:
    run = start_up.run_around(scope, node)
    if run is None:
        return
    module = scope.module
    asserted = _asserted(start_up, node, scope) if isinstance(node, ast.Assert) else ()
    for around in _variants(start_up, scope, node):
        conditions = (*around, *asserted)
        variables = dict.fromkeys(v for c in conditions if c.test is not None for v in c.test.variables())
        if variables:
            yield Stop(module.location(node), module.source(node), conditions, tuple(variables), run)


def _asserted(start_up: StartUp, node: ast.Assert, scope: Scope) -> tuple[Condition, ...]:
    test = start_up.program.evaluate(node.test, Point(scope, node))
    module = scope.module
    return (Condition(test, wanted=False, text=module.source(node.test), at=module.location(node.test)),)


def _variants(start_up: StartUp, scope: Scope, node: ast.AST) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions of a place; inside a loop over a written list, those for each item."""
    loop = _loop(scope.body, node)
    items = _items(start_up, loop, scope) if loop is not None else ()
    if loop is None or not items:
        yield start_up.conditions(scope, node)
        return
    assert isinstance(loop.target, ast.Name)  # noqa: S101 - _loop looked
    for item in items:
        replaced = _Named(loop.target.id, item)
        found = []
        for condition in start_up.conditions(scope, node):
            expression = _test_at(loop, condition)
            if expression is None:
                found.append(condition)
                continue
            test = replaced.visit(copy.deepcopy(expression))
            value = start_up.program.evaluate(test, Point(scope, node))
            found.append(Condition(value, condition.wanted, condition.text, condition.at))
        yield tuple(found)


def _loop(body: list[ast.stmt], node: ast.AST) -> ast.For | None:
    for statement in body:
        if contains(statement, node):
            for inner in nodes_in(statement):
                if (
                    isinstance(inner, ast.For)
                    and isinstance(inner.target, ast.Name)
                    and contains(inner, node)
                ):
                    return inner
    return None


def _items(start_up: StartUp, loop: ast.For | None, scope: Scope) -> tuple[str, ...]:
    if loop is None:
        return ()
    found = peel(start_up.program.evaluate(loop.iter, Point(scope, loop)))
    if not isinstance(found, Listing) or len(found.items) > MAX_ITEMS:
        return ()
    plain = [i.data for i in map(peel, found.items) if isinstance(i, Literal) and isinstance(i.data, str)]
    return tuple(plain) if len(plain) == len(found.items) else ()


def _test_at(loop: ast.For, condition: Condition) -> ast.expr | None:
    for inner in nodes_in(loop):
        if isinstance(inner, ast.If):
            at = (inner.test.lineno, inner.test.col_offset + 1)
            if at == (condition.at.line, condition.at.column):
                return inner.test
    return None


class _Named(ast.NodeTransformer):
    """Puts a constant in place of a name."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Replace the name."""
        if node.id == self.name:
            return ast.copy_location(ast.Constant(self.value), node)
        return node
