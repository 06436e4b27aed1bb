"""What a name holds in the middle of a compound statement, just before a node in one of its blocks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.python import patterns
from deploycheck.python.effects import effects
from deploycheck.python.syntax import handled, within
from deploycheck.python.values import Unknown, Value

if TYPE_CHECKING:
    from deploycheck.python.flow import Flow


def inside(flow: Flow, statement: ast.stmt, name: str, value: Value | None, before: ast.AST) -> Value | None:
    """Fold up to a node within a compound statement; a simple one does not see its own effect."""
    form = _FORMS.get(type(statement))
    return form(flow, statement, name, value, before) if form is not None else value


def _for(
    flow: Flow, statement: ast.For | ast.AsyncFor, name: str, value: Value | None, before: ast.AST
) -> Value | None:
    if within(statement.body, before):
        return flow.fold(statement.body, name, flow.in_loop(statement, name, value), before)
    if within(statement.orelse, before):
        return flow.fold(statement.orelse, name, flow.after(statement, name, value), before)
    return value


def _with(
    flow: Flow, statement: ast.With | ast.AsyncWith, name: str, value: Value | None, before: ast.AST
) -> Value | None:
    if within(statement.body, before):
        return flow.fold(statement.body, name, flow.with_names(statement, name, value), before)
    return value


def _match(flow: Flow, statement: ast.Match, name: str, value: Value | None, before: ast.AST) -> Value | None:
    for case in statement.cases:
        if within(case.body, before):
            return flow.fold(case.body, name, patterns.captured(case, name, value), before)
    return value


def _if(
    flow: Flow, statement: ast.If | ast.While, name: str, value: Value | None, before: ast.AST
) -> Value | None:
    for block in (statement.body, statement.orelse):
        if within(block, before):
            if isinstance(statement, ast.While) and name in effects(statement).stores:
                value = Unknown("it changes in a loop", at=flow.at(statement))
            else:
                value = flow.walrus(statement.test, name, value)
            return flow.fold(block, name, value, before)
    return value


def _try(
    flow: Flow, statement: ast.Try | ast.TryStar, name: str, value: Value | None, before: ast.AST
) -> Value | None:
    if within(statement.body, before):
        return flow.fold(statement.body, name, value, before)
    tried = flow.fold(statement.body, name, value, None)
    if within(statement.orelse, before):
        return flow.fold(statement.orelse, name, tried, before)
    for handler in statement.handlers:
        if within(handler.body, before):
            if handler.name == name:
                return flow.fold(handler.body, name, flow.caught_error(handler), before)
            maybe = flow.either(handler, value, tried, f"except {handled(handler)}")
            return flow.fold(handler.body, name, maybe, before)
    ended = flow.after_try(statement, name, value, finally_too=False)
    return flow.fold(statement.finalbody, name, ended, before)


_FORMS: dict[type[ast.stmt], Callable[..., Value | None]] = {
    ast.If: _if,
    ast.While: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
}
