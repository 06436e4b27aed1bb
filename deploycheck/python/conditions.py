"""When a statement runs: the tests of the blocks around it, and of the early exits before it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python import patterns
from deploycheck.python.scopes import Point, Scope
from deploycheck.python.syntax import children_of, contains, ends, handled, leaves, own_nodes, within
from deploycheck.python.values import Branch, Literal, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator


@dataclass(frozen=True, slots=True)
class Condition:
    """A test that must turn out as `wanted` for a statement to run; `test` None is never decided."""

    test: Value | None
    wanted: bool
    text: str
    at: Location


def of_node(ev: Evaluator, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
    """Return the tests that must hold for a node of a scope to be reached, outermost first."""
    try:
        return tuple(_Path(ev, scope, node).follow())
    except RecursionError:
        at = scope.module.location(node)
        return (Condition(None, wanted=True, text="something that is nested too deeply to follow", at=at),)


class _Path:
    """The way from the top of a scope's body down to one node."""

    def __init__(self, evaluator: Evaluator, scope: Scope, node: ast.AST) -> None:
        self.evaluator = evaluator
        self.scope = scope
        self.node = node
        self.found: list[Condition] = []

    def follow(self) -> list[Condition]:
        body: Sequence[ast.stmt] | None = self.scope.body
        while body:
            body = self._through(body)
        return self.found

    def _through(self, body: Sequence[ast.stmt]) -> Sequence[ast.stmt] | None:
        """Note the exits before the statement that holds the node; return its block that does."""
        for statement in body:
            if contains(statement, self.node):
                inner = self._into(statement)
                if inner is None:
                    self._within_expressions(statement)
                return inner
            self._past(statement)
        return None

    def _past(self, statement: ast.stmt) -> None:
        """Note that control came past a statement that may have left."""
        if isinstance(statement, ast.If) and ends(statement.body) and not _any_leaves(statement.orelse):
            self._add(statement.test, wanted=False)
        elif isinstance(statement, ast.If) and ends(statement.orelse) and not _any_leaves(statement.body):
            self._add(statement.test, wanted=True)
        elif leaves(statement) and not isinstance(statement, (ast.For, ast.AsyncFor, ast.While)):
            left, text = self._left([statement]), self._text(statement)
            self.found.append(Condition(left, wanted=False, text=text, at=self._at(statement)))
        elif leaves(statement) and _returns(statement):
            text = self._text(statement)
            self.found.append(Condition(None, wanted=True, text=text, at=self._at(statement)))

    def _left(self, body: Sequence[ast.stmt]) -> Value:
        """Return whether running a block leaves the function (or the turn of a loop)."""
        left: Value = Literal(data=False)
        for statement in reversed(body):
            if leaves(statement):
                left = self._leaving(statement, left)
        return left

    def _leaving(self, statement: ast.stmt, after: Value) -> Value:
        match statement:
            case ast.If():
                point = Point(self.scope, statement.test)
                then, otherwise = self._left(statement.body), self._left(statement.orelse)
                test = self.evaluator.evaluate(statement.test, point)
                left = Branch(test, then, otherwise, self.scope.module.source(statement.test), at=test.at)
                return Branch(left, Literal(data=True), after)
            case ast.With() | ast.AsyncWith():
                return Branch(self._left(statement.body), Literal(data=True), after)
        if ends([statement]):
            return Literal(data=True)
        return Unknown("whether it leaves is not decided", at=self._at(statement))

    def _into(self, statement: ast.stmt) -> Sequence[ast.stmt] | None:
        match statement:
            case ast.If() | ast.While():
                for block, wanted in ((statement.body, True), (statement.orelse, False)):
                    if within(block, self.node):
                        if isinstance(statement, ast.If) or wanted:
                            self._add(statement.test, wanted=wanted)
                        return block
            case ast.Try() | ast.TryStar():
                return self._into_try(statement)
            case ast.Match():
                return self._into_match(statement)
            case ast.For() | ast.AsyncFor() | ast.With() | ast.AsyncWith():
                blocks = (statement.body, getattr(statement, "orelse", []))
                return next((b for b in blocks if within(b, self.node)), None)
        return None

    def _into_try(self, statement: ast.Try | ast.TryStar) -> Sequence[ast.stmt] | None:
        for handler in statement.handlers:
            if within(handler.body, self.node):
                text = f"except {handled(handler)}"
                self.found.append(Condition(None, wanted=True, text=text, at=self._at(handler)))
                return handler.body
        blocks = (statement.body, statement.orelse, statement.finalbody)
        return next((b for b in blocks if within(b, self.node)), None)

    def _into_match(self, statement: ast.Match) -> Sequence[ast.stmt] | None:
        subject = self.evaluator.evaluate(statement.subject, Point(self.scope, statement))
        for case in statement.cases:
            test = patterns.test(self.evaluator, case, subject, Point(self.scope, case.pattern))
            here = within(case.body, self.node)
            if here or within([case.pattern], self.node):
                text = f"case {self.scope.module.source(case.pattern)}"
                self.found.append(Condition(test, wanted=True, text=text, at=self._at(case.pattern)))
                return case.body if here else None
            text = f"case {self.scope.module.source(case.pattern)}"
            self.found.append(Condition(test, wanted=False, text=text, at=self._at(case.pattern)))
        return None

    def _within_expressions(self, statement: ast.stmt) -> None:
        """Note the tests inside of the statement: `debug and app.add(…)`, `make() if x else None`."""
        node: ast.AST = statement
        while node is not self.node:
            inner = next((c for c in children_of(node) if contains(c, self.node)), None)
            if inner is None or isinstance(inner, ast.stmt):
                return
            match node:
                case ast.IfExp(test=test, body=body, orelse=orelse) if inner in {body, orelse}:
                    self._add(test, wanted=inner is body)
                case ast.BoolOp(op=op, values=values):
                    for value in values[: values.index(inner)]:  # type: ignore[arg-type]
                        self._add(value, wanted=isinstance(op, ast.And))
            node = inner

    def _add(self, test: ast.expr, *, wanted: bool) -> None:
        value = self.evaluator.evaluate(test, Point(self.scope, test))
        self.found.append(Condition(value, wanted, self.scope.module.source(test), self._at(test)))

    def _text(self, statement: ast.stmt) -> str:
        shown = statement.test if isinstance(statement, ast.If) else statement
        return self.scope.module.source(shown)

    def _at(self, node: ast.AST) -> Location:
        return self.scope.module.location(node)


def _any_leaves(body: Sequence[ast.stmt]) -> bool:
    return any(leaves(s) for s in body)


def _returns(statement: ast.stmt) -> bool:
    return any(isinstance(n, (ast.Return, ast.Raise)) for n in own_nodes([statement]))
