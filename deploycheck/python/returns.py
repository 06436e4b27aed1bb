"""What a function gives to its caller: its statements read backwards, each falling into the next."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.python import loops, patterns
from deploycheck.python.scopes import Point
from deploycheck.python.syntax import caught, ends, handled, last_name, leaves
from deploycheck.python.values import Branch, Failure, Literal, Raised, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.flow import Flow

_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True, slots=True)
class _Way:
    """Where control goes from a statement: on to `after`, to a loop's next turn, or out of the loop."""

    after: Value
    next_turn: Value | None = None
    outside: Value | None = None


_NOWHERE = _Way(Unknown("nowhere"))


def of(flow: Flow) -> Value:
    """Return what the function of a flow's scope gives to its caller, as a tree of branches."""
    node = flow.scope.node
    if isinstance(node, ast.Lambda):
        return flow.evaluator.evaluate(node.body, Point(flow.scope))
    return _block(flow, flow.scope.body, _Way(Literal(None, at=_at(flow, node))))


def _block(flow: Flow, body: Sequence[ast.stmt], way: _Way) -> Value:
    """Return the value of running `body`, then falling into what gives `way.after`."""
    for statement in reversed(body):
        if leaves(statement):
            form = _FORMS.get(type(statement))
            if form is not None:
                way = replace(way, after=form(flow, statement, way))
    return way.after


def _return(flow: Flow, statement: ast.Return, _: _Way) -> Value:
    value: Value = Literal(None, at=_at(flow, statement))
    if statement.value is not None:
        value = flow.evaluator.evaluate(statement.value, Point(flow.scope, statement))
    return flow.evaluator.step(statement, Point(flow.scope), value)


def _raise(flow: Flow, statement: ast.Raise | ast.Expr, _: _Way) -> Value:
    error = ""
    if isinstance(statement, ast.Expr):
        error = "SystemExit"
    elif statement.exc is not None:
        error = last_name(statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc)
    return Failure("raises", flow.scope.module.source(statement), error=error, at=_at(flow, statement))


def _expression(flow: Flow, statement: ast.Expr, way: _Way) -> Value:
    return _raise(flow, statement, way) if ends([statement]) else way.after


def _continue(flow: Flow, statement: ast.Continue, way: _Way) -> Value:
    return way.next_turn if way.next_turn is not None else _left(flow, statement)


def _break(flow: Flow, statement: ast.Break, way: _Way) -> Value:
    return way.outside if way.outside is not None else _left(flow, statement)


def _left(flow: Flow, statement: ast.stmt) -> Value:
    return Unknown("a loop is left", at=_at(flow, statement))


def _if(flow: Flow, statement: ast.If, way: _Way) -> Value:
    point = Point(flow.scope, statement.test)
    decided = flow.evaluator.decide(statement.test, point)
    if decided is not None:
        return _block(flow, statement.body if decided else statement.orelse, way)
    then = _block(flow, statement.body, way)
    otherwise = _block(flow, statement.orelse, way)
    return then if then is otherwise else flow.evaluator.branch(statement.test, point, then, otherwise)


def _with(flow: Flow, statement: ast.With | ast.AsyncWith, way: _Way) -> Value:
    return _block(flow, statement.body, way)


def _try(flow: Flow, statement: ast.Try | ast.TryStar, way: _Way) -> Value:
    if any(leaves(s) for s in statement.finalbody):
        return _block(flow, statement.finalbody, way)
    tried = _block(flow, [*statement.body, *statement.orelse], way)
    for handler in reversed(statement.handlers):
        names = caught(handler)
        recovered = _block(flow, handler.body, way)
        if recovered is not tried and not names <= _IMPORT_ERRORS:
            test = raised(flow, statement.body, names)
            text = f"except {handled(handler)}"
            tried = Branch(test, recovered, tried, text, at=_at(flow, handler))
    return tried


def _for(flow: Flow, statement: ast.For | ast.AsyncFor | ast.While, way: _Way) -> Value:
    outside = _block(flow, statement.orelse, way)
    if isinstance(statement, ast.For):
        whole = flow.evaluator.evaluate(statement.iter, Point(flow.scope, statement))
        items = flow.evaluator.items(whole)
        if items is not None and len(items) <= loops.MAX_TURNS:
            value = outside
            for scope in reversed(loops.turns(flow, statement, items, statement.body)):
                value = _block(
                    type(flow)(flow.evaluator, scope), statement.body, _Way(value, value, way.after)
                )
            return value
    inner = _block(flow, statement.body, _Way(outside, outside, way.after))
    return Branch(None, inner, outside, "a loop", at=_at(flow, statement))


def _match(flow: Flow, statement: ast.Match, way: _Way) -> Value:
    subject = flow.evaluator.evaluate(statement.subject, Point(flow.scope, statement))
    value = way.after
    for case in reversed(statement.cases):
        arm = _block(flow, case.body, way)
        test = patterns.test(flow.evaluator, case, subject, Point(flow.scope, case.pattern))
        text = f"case {flow.scope.module.source(case.pattern)}"
        value = Branch(test, arm, value, text, at=_at(flow, case.pattern))
    return value


def raised(flow: Flow, body: Sequence[ast.stmt], names: frozenset[str]) -> Value:
    """Return whether one of a `try`'s statements raises what an `except` with these names catches."""
    values: list[Value] = []
    for statement in body:
        match statement:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Return() | ast.Expr():
                if statement.value is not None:
                    point = Point(flow.scope, statement)
                    values.append(flow.evaluator.evaluate(statement.value, point))
            case ast.Raise():
                values.append(_raise(flow, statement, _NOWHERE))
            case ast.Pass() | ast.Import() | ast.ImportFrom():
                continue
            case _:
                values.append(Unknown("whether it raises is not known", at=_at(flow, statement)))
    return Raised(tuple(values), names, at=_at(flow, body[0]))


def _at(flow: Flow, node: ast.AST) -> Location:
    return flow.scope.module.location(node)


_FORMS: dict[type[ast.stmt], Callable[..., Value]] = {
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Expr: _expression,
    ast.Continue: _continue,
    ast.Break: _break,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _for,
    ast.Match: _match,
}
