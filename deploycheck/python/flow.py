"""Control flow: what a name holds at a point, what a function returns, when a statement runs.

Nothing is executed. To learn what `url` is, the statements of its scope that bind `url` are folded in
order, an `if` becoming a `Branch`; everything else is passed over. So the work follows the question.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.findings import Location, Step
from deploycheck.python import mutation
from deploycheck.python.scopes import Point, binds, contains, end_position, ends, parameters, position
from deploycheck.python.values import Branch, Failure, Listing, Literal, Raised, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Scope

MAX_OPTIONS = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """A test that must turn out as `wanted` for a statement to run; `test` None is never decided."""

    test: Value | None
    wanted: bool
    text: str
    at: Location


class Flow:
    """Folds the statements of one scope."""

    def __init__(self, evaluator: Evaluator, scope: Scope) -> None:
        """Fold for `scope` with the names that `evaluator` resolves."""
        self.evaluator = evaluator
        self.scope = scope

    def value_of(self, name: str, initial: Value | None, before: ast.AST | None) -> Value | None:
        """Return what `name` holds before a node (at the end for None), or None when unbound."""
        return self._fold(self.scope.body, name, initial, before)

    def _fold(
        self, body: Sequence[ast.stmt], name: str, value: Value | None, before: ast.AST | None
    ) -> Value | None:
        for statement in body:
            if before is not None:
                if position(statement) >= position(before) and not contains(statement, before):
                    break
                if contains(statement, before):
                    return self._inside(statement, name, value, before)
            if name in binds(statement):
                value = self._after(statement, name, value)
        return value

    def _inside(self, statement: ast.stmt, name: str, value: Value | None, before: ast.AST) -> Value | None:
        """Fold up to a node within a compound statement; a simple one does not see its own effect."""
        match statement:
            case ast.If() | ast.While():
                for block in (statement.body, statement.orelse):
                    if _holds(block, before):
                        if isinstance(statement, ast.While) and any(name in binds(s) for s in block):
                            value = Unknown("it changes in a loop", at=self._at(statement))
                        return self._fold(block, name, value, before)
            case ast.For() | ast.AsyncFor():
                if _holds(statement.body, before):
                    value = self._loop_value(statement, name, value)
                    return self._fold(statement.body, name, value, before)
                if _holds(statement.orelse, before):
                    return self._fold(statement.orelse, name, self._after(statement, name, value), before)
            case ast.With() | ast.AsyncWith():
                if _holds(statement.body, before):
                    return self._fold(statement.body, name, self._with_names(statement, name, value), before)
            case ast.Try():
                return self._inside_try(statement, name, value, before)
            case ast.Match():
                for case in statement.cases:
                    if _holds(case.body, before):
                        return self._fold(case.body, name, value, before)
        return value

    def _inside_try(
        self, statement: ast.Try, name: str, value: Value | None, before: ast.AST
    ) -> Value | None:
        if _holds(statement.body, before):
            return self._fold(statement.body, name, value, before)
        tried = self._fold(statement.body, name, value, None)
        if _holds(statement.orelse, before):
            return self._fold(statement.orelse, name, tried, before)
        for handler in statement.handlers:
            if _holds(handler.body, before):
                maybe = self._either(handler, value, tried, f"except {_handled(handler)}")
                return self._fold(handler.body, name, maybe, before)
        return self._fold(statement.finalbody, name, tried, before)

    def _after(self, statement: ast.stmt, name: str, value: Value | None) -> Value | None:
        match statement:
            case ast.If():
                return self._after_if(statement, name, value)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._after_loop(statement, name, value)
            case ast.With() | ast.AsyncWith():
                return self._fold(statement.body, name, self._with_names(statement, name, value), None)
            case ast.Try():
                return self._after_try(statement, name, value)
            case ast.Match():
                for case in reversed(statement.cases):
                    arm = self._fold(case.body, name, value, None)
                    if arm is not value and not ends(case.body):
                        value = self._either(statement, arm, value, "match")
                return value
        return mutation.apply(self.evaluator, statement, name, value, Point(self.scope, statement))

    def _after_if(self, statement: ast.If, name: str, value: Value | None) -> Value | None:
        decided = self.evaluator.decide(statement.test, Point(self.scope, statement.test))
        if decided is not None:
            return self._fold(statement.body if decided else statement.orelse, name, value, None)
        then = self._fold(statement.body, name, value, None)
        otherwise = self._fold(statement.orelse, name, value, None)
        if ends(statement.body):
            return otherwise
        if statement.orelse and ends(statement.orelse):
            return then
        if then is otherwise:
            return then
        return self.evaluator.branch(
            statement.test, Point(self.scope, statement.test), then or _unset(name), otherwise or _unset(name)
        )

    def _after_loop(
        self, statement: ast.For | ast.AsyncFor | ast.While, name: str, value: Value | None
    ) -> Value | None:
        if name not in binds(statement):
            return value
        if isinstance(statement, ast.For):
            items = peel(self.evaluator.evaluate(statement.iter, Point(self.scope, statement)))
            if isinstance(items, Listing) and len(items.items) == 0:
                return value
        return Unknown("it changes in a loop", at=self._at(statement))

    def _loop_value(self, statement: ast.For | ast.AsyncFor, name: str, value: Value | None) -> Value | None:
        """Inside a loop, the loop's own variable is one of the items, when those are known."""
        if isinstance(statement.target, ast.Name) and statement.target.id == name:
            turn = (self.scope.bindings or {}).get(f"for {name}")
            if turn is not None:
                return turn
            items = peel(self.evaluator.evaluate(statement.iter, Point(self.scope, statement)))
            if isinstance(items, Listing) and 0 < len(items.items) <= MAX_OPTIONS:
                return self.evaluator.one_of(items.items, "in a loop")
            return Unknown("it is each item of a loop in turn", at=self._at(statement))
        if name in binds(statement):
            return Unknown("it changes in a loop", at=self._at(statement))
        return value

    def _with_names(
        self, statement: ast.With | ast.AsyncWith, name: str, value: Value | None
    ) -> Value | None:
        for item in statement.items:
            if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name:
                return Unknown(
                    f"what `{self.scope.module.source(item.context_expr)}` gives", at=self._at(statement)
                )
        return value

    def _after_try(self, statement: ast.Try, name: str, value: Value | None) -> Value | None:
        tried = self._fold(statement.orelse, name, self._fold(statement.body, name, value, None), None)
        for handler in statement.handlers:
            if ends(handler.body) or _handled(handler) in {"ImportError", "ModuleNotFoundError"}:
                continue
            caught = self._fold(handler.body, name, value, None)
            if caught is not tried:
                unset = _unset(name)
                tried = self._rescued(statement, handler, caught or unset, tried or unset)
        return self._fold(statement.finalbody, name, tried, None)

    def _rescued(self, statement: ast.Try, handler: ast.ExceptHandler, caught: Value, tried: Value) -> Value:
        """Return what a handler gives when the tried block fails, else what the block gives."""
        at = self._at(handler)
        values = tuple(v for s in statement.body for v in self._may_fail(s))
        return Branch(Raised(values, at=at), caught, tried, f"except {_handled(handler)}", at=at)

    def _may_fail(self, statement: ast.stmt) -> Iterator[Value]:
        match statement:
            case ast.Assign(value=value) | ast.AnnAssign(value=value) | ast.AugAssign(value=value):
                if value is not None:
                    yield self.evaluator.evaluate(value, Point(self.scope, statement))
            case ast.Return(value=value) | ast.Expr(value=value):
                if value is not None:
                    yield self.evaluator.evaluate(value, Point(self.scope, statement))
            case ast.Raise():
                yield Failure("raises", self.scope.module.source(statement), at=self._at(statement))
            case ast.Pass() | ast.Import() | ast.ImportFrom():
                return
            case _:
                yield Unknown("whether it raises is not known", at=self._at(statement))

    def _either(self, node: ast.AST, one: Value | None, other: Value | None, text: str) -> Value | None:
        if one is other:
            return one
        unset = Unknown("it is not set on this path")
        return Branch(None, one or unset, other or unset, text, at=self._at(node))

    def _at(self, node: ast.AST) -> Location:
        return self.scope.module.location(node)

    # -- what a function returns -------------------------------------------------------------------

    def returned(self) -> Value:
        """Return what the function of this scope gives to its caller, as a tree of branches."""
        node = self.scope.node
        if isinstance(node, ast.Lambda):
            return self.evaluator.evaluate(node.body, Point(self.scope))
        return self._returns(list(node.body), Literal(None, at=self._at(node)))

    def _returns(self, body: Sequence[ast.stmt], after: Value) -> Value:
        """Return the value of running `body`, then falling into what gives `after`."""
        for index in range(len(body) - 1, -1, -1):
            after = self._step(body[index], after)
        return after

    def _step(self, statement: ast.stmt, after: Value) -> Value:
        match statement:
            case ast.Return(value=None):
                return self._named(statement, Literal(None, at=self._at(statement)))
            case ast.Return(value=expression) if expression is not None:
                return self._named(
                    statement, self.evaluator.evaluate(expression, Point(self.scope, statement))
                )
            case ast.Raise():
                return Failure("raises", self.scope.module.source(statement), at=self._at(statement))
            case ast.If() if _leaves_function(statement):
                decided = self.evaluator.decide(statement.test, Point(self.scope, statement.test))
                if decided is not None:
                    return self._returns(statement.body if decided else statement.orelse, after)
                then = self._returns(statement.body, after)
                otherwise = self._returns(statement.orelse, after)
                if then is otherwise:
                    return then
                return self.evaluator.branch(
                    statement.test, Point(self.scope, statement.test), then, otherwise
                )
            case ast.With() | ast.AsyncWith():
                return self._returns(statement.body, after)
            case ast.Try() if _leaves_function(statement):
                tried = self._returns([*statement.body, *statement.orelse], after)
                for handler in statement.handlers:
                    caught = self._returns(handler.body, after)
                    if caught is not tried and _handled(handler) not in {
                        "ImportError",
                        "ModuleNotFoundError",
                    }:
                        tried = self._rescued(statement, handler, caught, tried)
                return tried
            case ast.For() | ast.AsyncFor() | ast.While() if _leaves_function(statement):
                turns = self._turns(statement)
                if turns is not None:
                    for turn in reversed(turns):
                        after = turn._returns(statement.body, after)  # noqa: SLF001 - of this class
                    return after
                inner = self._returns(statement.body, after)
                return Branch(None, inner, after, "a loop", at=self._at(statement))
            case ast.Match() if _leaves_function(statement):
                for case in reversed(statement.cases):
                    after = Branch(
                        None, self._returns(case.body, after), after, "match", at=self._at(statement)
                    )
                return after
            case ast.Expr() if ends([statement]):
                return Failure("raises", self.scope.module.source(statement), at=self._at(statement))
        return after

    def _turns(self, statement: ast.stmt) -> list[Flow] | None:
        """Return one flow a turn of a loop over a few known items; None for any other loop."""
        if not isinstance(statement, ast.For) or not isinstance(statement.target, ast.Name):
            return None
        inner = [n for part in (*statement.body, *statement.orelse) for n in ast.walk(part)]
        if statement.orelse or any(isinstance(n, (ast.Break, ast.Continue)) for n in inner):
            return None
        items = peel(self.evaluator.evaluate(statement.iter, Point(self.scope, statement)))
        if not isinstance(items, Listing) or len(items.items) > MAX_OPTIONS:
            return None
        bindings = self.scope.bindings
        if bindings is None:
            node = self.scope.node
            assert not isinstance(node, (ast.Module, ast.ClassDef))  # noqa: S101 - only functions return
            bindings = {p.arg: self.evaluator.parameter(p.arg, self.scope) for p in parameters(node)}
        key = f"for {statement.target.id}"
        return [Flow(self.evaluator, self.scope.called_with({**bindings, key: i})) for i in items.items]

    def _named(self, statement: ast.Return, value: Value) -> Value:
        return Via(Step(self.scope.module.source(statement), self._at(statement)), value)

    # -- when a statement runs ---------------------------------------------------------------------

    def conditions(self, node: ast.AST) -> tuple[Condition, ...]:
        """Return the tests that must hold for a node of this scope to be reached, outermost first."""
        found: list[Condition] = []
        body: Sequence[ast.stmt] = self.scope.body
        while True:
            inner = self._next_block(body, node, found)
            if inner is None:
                return tuple(found)
            body = inner

    def _next_block(
        self, body: Sequence[ast.stmt], node: ast.AST, found: list[Condition]
    ) -> Sequence[ast.stmt] | None:
        for statement in body:
            if contains(statement, node):
                return self._block_with(statement, node, found)
            if isinstance(statement, ast.If) and ends(statement.body):
                found.append(self._condition(statement.test, wanted=False))
            elif isinstance(statement, ast.If) and statement.orelse and ends(statement.orelse):
                found.append(self._condition(statement.test, wanted=True))
        return None

    def _block_with(
        self, statement: ast.stmt, node: ast.AST, found: list[Condition]
    ) -> Sequence[ast.stmt] | None:
        match statement:
            case ast.If():
                for block, wanted in ((statement.body, True), (statement.orelse, False)):
                    if _holds(block, node):
                        found.append(self._condition(statement.test, wanted=wanted))
                        return block
            case ast.Try():
                for handler in statement.handlers:
                    if _holds(handler.body, node):
                        found.append(Condition(None, True, f"except {_handled(handler)}", self._at(handler)))
                        return handler.body
                return next(
                    (b for b in (statement.body, statement.orelse, statement.finalbody) if _holds(b, node)),
                    None,
                )
            case ast.Match():
                for case in statement.cases:
                    if _holds(case.body, node):
                        found.append(
                            Condition(None, True, f"case {ast.unparse(case.pattern)}", self._at(case.pattern))
                        )
                        return case.body
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                blocks = (statement.body, getattr(statement, "orelse", []))
                return next((b for b in blocks if _holds(b, node)), None)
        return None

    def _condition(self, test: ast.expr, *, wanted: bool) -> Condition:
        value = self.evaluator.evaluate(test, Point(self.scope, test))
        return Condition(value, wanted, self.scope.module.source(test), self._at(test))


def _holds(block: Sequence[ast.stmt], node: ast.AST) -> bool:
    if not block:
        return False
    return position(block[0]) <= position(node) and end_position(node) <= end_position(block[-1])


def _handled(handler: ast.ExceptHandler) -> str:
    return "Exception" if handler.type is None else ast.unparse(handler.type)


def _unset(name: str) -> Value:
    return Unknown(f"`{name}` is not set on this path")


_LEAVES: dict[int, tuple[ast.stmt, bool]] = {}


def _leaves_function(statement: ast.stmt) -> bool:
    """Tell whether a return or raise stands in a compound statement (nested functions apart)."""
    cached = _LEAVES.get(id(statement))
    if cached is not None and cached[0] is statement:
        return cached[1]
    stack: list[ast.AST] = [statement]
    found = False
    while stack and not found:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        found = isinstance(node, (ast.Return, ast.Raise)) or (
            isinstance(node, ast.stmt) and isinstance(node, ast.Expr) and ends([node])
        )
        stack.extend(ast.iter_child_nodes(node))
    _LEAVES[id(statement)] = (statement, found)
    return found
