"""Control flow: what a name holds at a point of its scope.

Nothing is executed. To learn what `url` is, the statements of its scope that bind `url` are folded in
order, an `if` becoming a `Branch`; everything else is passed over. So the work follows the question.
"""

# ruff: noqa: SLF001 - the tables below the class name its methods

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import hazards, loops, moments, mutation, patterns, returns
from deploycheck.python.conditions import Condition, of_node
from deploycheck.python.effects import effects
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import caught, contains, ends, handled, nodes_in, position
from deploycheck.python.values import Branch, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Scope

__all__ = ["Condition", "Flow"]

_LONG = 8
"""Blocks with more statements than this get an index by name."""
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


class Flow:
    """Folds the statements of one scope."""

    def __init__(self, evaluator: Evaluator, scope: Scope) -> None:
        """Fold for `scope` with the names that `evaluator` resolves."""
        self.evaluator = evaluator
        self.scope = scope
        self._initial: Value | None = None

    def value_of(self, name: str, initial: Value | None, before: ast.AST | None) -> Value | None:
        """Return what `name` holds before a node (at the end for None), or None when unbound."""
        body, self._initial = self.scope.body, initial
        if self.scope.turn is not None:
            body = loops.without_continue(body) or body
        value = self.fold(body, name, initial, before)
        return hazards.checked(self.evaluator, self.scope, name, value, before)

    def returned(self) -> Value:
        """Return what the function of this scope gives to its caller, as a tree of branches."""
        try:
            return returns.of(self)
        except RecursionError:
            return Unknown("it is nested too deeply to follow", at=self.at(self.scope.node))

    def conditions(self, node: ast.AST) -> tuple[Condition, ...]:
        """Return the tests that must hold for a node of this scope to be reached, outermost first."""
        return of_node(self.evaluator, self.scope, node)

    def fold(
        self, body: Sequence[ast.stmt], name: str, value: Value | None, before: ast.AST | None
    ) -> Value | None:
        """Return what a name holds after a block (or before a node in it) that starts with `value`."""
        relevant = self._relevant(body, name)
        last: ast.stmt | None = None
        if before is not None:
            moment = position(before)
            relevant = [s for s in relevant if position(s) < moment or contains(s, before)]
            if relevant and contains(relevant[-1], before):
                last = relevant.pop()
        for index in range(len(relevant) - 1, 0, -1):
            if mutation.overwrites(relevant[index], name):
                relevant = relevant[index:]
                break
        for statement in relevant:
            value = self.after(statement, name, value)
        return (
            moments.inside(self, last, name, value, before)
            if last is not None and before is not None
            else value
        )

    def _relevant(self, body: Sequence[ast.stmt], name: str) -> Sequence[ast.stmt]:
        """Return the statements of a block that may bind a name or change it; for `x.a`, also `x`."""
        root = name.partition(".")[0]
        if len(body) <= _LONG:
            return [s for s in body if _touches(s, name, root)]
        kept = self.evaluator.blocks.get(id(body))
        if kept is None:
            index: dict[str, list[ast.stmt]] = {}
            for statement in body:
                found = effects(statement)
                for touched in found.stores | found.changes:
                    index.setdefault(touched, []).append(statement)
            kept = self.evaluator.blocks[id(body)] = (body, index)
        index = kept[1]
        found_names = {name, root, "*"}
        if len(found_names & index.keys()) <= 1:
            return next((index[n] for n in (name, root, "*") if n in index), ())
        merged = {id(s): s for n in found_names for s in index.get(n, ())}
        return sorted(merged.values(), key=position)

    # -- after a whole statement -------------------------------------------------------------------

    def after(self, statement: ast.stmt, name: str, value: Value | None) -> Value | None:
        """Return what a name holds after a statement that starts with `value`."""
        form = _AFTER.get(type(statement))
        if form is not None:
            return form(self, statement, name, value)
        root, _, attribute = name.partition(".")
        if attribute and root in effects(statement).stores:
            return self._initial  # an attribute of the object that `x` is from here on
        return mutation.apply(self.evaluator, statement, name, value, Point(self.scope, statement))

    def _after_loop(
        self, statement: ast.For | ast.AsyncFor | ast.While, name: str, value: Value | None
    ) -> Value | None:
        return loops.after(self, statement, name, value)

    def _after_with(
        self, statement: ast.With | ast.AsyncWith, name: str, value: Value | None
    ) -> Value | None:
        return self.fold(statement.body, name, self.with_names(statement, name, value), None)

    def _after_if(self, statement: ast.If, name: str, value: Value | None) -> Value | None:
        value = self.walrus(statement.test, name, value)
        point = Point(self.scope, statement.test)
        decided = self.evaluator.decide(statement.test, point)
        if decided is not None:
            return self.fold(statement.body if decided else statement.orelse, name, value, None)
        then = self.fold(statement.body, name, value, None)
        otherwise = self.fold(statement.orelse, name, value, None)
        if ends(statement.body):
            return otherwise
        if statement.orelse and ends(statement.orelse):
            return then
        if then is otherwise:
            return then
        return self.evaluator.branch(statement.test, point, then or _unset(name), otherwise or _unset(name))

    def _after_match(self, statement: ast.Match, name: str, value: Value | None) -> Value | None:
        subject = self.evaluator.evaluate(statement.subject, Point(self.scope, statement))
        joined = value
        for case in reversed(statement.cases):
            if ends(case.body):
                continue
            arm = self.fold(case.body, name, patterns.captured(case, name, value), None)
            test = patterns.test(self.evaluator, case, subject, Point(self.scope, case.pattern))
            if arm is not joined:
                text = f"case {self.scope.module.source(case.pattern)}"
                joined = Branch(
                    test, arm or _unset(name), joined or _unset(name), text, at=self.at(case.pattern)
                )
        return joined

    def after_try(
        self, statement: ast.Try | ast.TryStar, name: str, value: Value | None, *, finally_too: bool = True
    ) -> Value | None:
        """Return what a name holds after a `try`, its `finally` included or not."""
        tried = self.fold(statement.orelse, name, self.fold(statement.body, name, value, None), None)
        arms: list[tuple[ast.ExceptHandler, Value | None]] = []
        for handler in statement.handlers:
            if ends(handler.body) or caught(handler) <= _IMPORT_ERRORS:
                continue
            start = self.caught_error(handler) if handler.name == name else value
            arms.append((handler, self.fold(handler.body, name, start, None)))
        for handler, arm in reversed(arms):
            if arm is not tried:
                test = returns.raised(self, statement.body, caught(handler))
                text, at = f"except {handled(handler)}", self.at(handler)
                tried = Branch(test, arm or _unset(name), tried or _unset(name), text, at=at)
        return self.fold(statement.finalbody, name, tried, None) if finally_too else tried

    # -- parts -------------------------------------------------------------------------------------

    def in_loop(self, statement: ast.For | ast.AsyncFor, name: str, value: Value | None) -> Value | None:
        """Inside a loop, the loop's own variable is one of the items, when those are known."""
        item = loops.variable(self, statement, name)
        if item is not None:
            return item
        found = effects(statement)
        if name in found.stores or name in found.changes or name.partition(".")[0] in found.stores:
            return Unknown("it changes in a loop", at=self.at(statement))
        return value

    def with_names(self, statement: ast.With | ast.AsyncWith, name: str, value: Value | None) -> Value | None:
        """Return what a name holds once the header of a `with` has run."""
        for item in statement.items:
            target = item.optional_vars
            if target is not None and any(isinstance(n, ast.Name) and n.id == name for n in nodes_in(target)):
                source = self.scope.module.source(item.context_expr)
                return Unknown(f"what `{source}` gives", at=self.at(statement))
            value = self.walrus(item.context_expr, name, value)
        return value

    def walrus(self, header: ast.expr, name: str, value: Value | None) -> Value | None:
        """Return what a name holds once a header that may set it with `:=` has run."""
        return mutation.walrus(self.evaluator, header, name, value, Point(self.scope, header))

    def caught_error(self, handler: ast.ExceptHandler) -> Value:
        """Return the exception that a handler names."""
        return Unknown(f"the {handled(handler)} that was raised", at=self.at(handler))

    def either(self, node: ast.AST, one: Value | None, other: Value | None, text: str) -> Value | None:
        """Return one of two values, which one cannot be told."""
        if one is other:
            return one
        unset = Unknown("it is not set on this path")
        return Branch(None, one or unset, other or unset, text, at=self.at(node))

    def at(self, node: ast.AST) -> Location:
        """Return where a node stands."""
        return self.scope.module.location(node)


_AFTER: dict[type[ast.stmt], Callable[..., Value | None]] = {
    ast.If: Flow._after_if,
    ast.While: Flow._after_loop,
    ast.For: Flow._after_loop,
    ast.AsyncFor: Flow._after_loop,
    ast.With: Flow._after_with,
    ast.AsyncWith: Flow._after_with,
    ast.Try: Flow.after_try,
    ast.TryStar: Flow.after_try,
    ast.Match: Flow._after_match,
}


def _touches(statement: ast.stmt, name: str, root: str) -> bool:
    found = effects(statement)
    return root in found.stores or name in found.changes or found.star


def _unset(name: str) -> Value:
    return Unknown(f"`{name}` is not set on this path")
