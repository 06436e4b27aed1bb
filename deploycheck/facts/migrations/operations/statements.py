"""Statements, in the order of running: what is bound, what is tested, and how a block is left."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import assigning, loops, matching, trying, within
from deploycheck.facts.migrations.operations.held import Held
from deploycheck.facts.migrations.operations.objects import Closure, by_backend, only_looks
from deploycheck.facts.migrations.operations.outcomes import (
    BREAKS,
    CONTINUES,
    FALLS,
    RAISES,
    RETURNS,
    Outcome,
)
from deploycheck.python.flow import Condition
from deploycheck.python.syntax import leaves
from deploycheck.python.values import Literal, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run

bind = assigning.bind


@dataclass(slots=True)
class Yielded:
    """What stands in a `with` block, to be run where its context manager yields."""

    body: Callable[[Value], Outcome]
    outcome: Outcome | None = None


def block(run: Run, body: Sequence[ast.stmt], frame: Frame) -> Outcome:
    """Follow statements until control leaves them; what only another backend would run is left aside."""
    left = FALLS
    for index, statement in enumerate(body):
        if not run.step():
            break
        outcome = _statement(run, statement, frame)
        if not outcome.falls:
            if outcome.by_dialect and index + 1 < len(body):
                with run.left_aside(frame) as other:
                    block(run, body[index + 1 :], other)
            return Outcome(falls=False, exits=left.exits | outcome.exits, by_dialect=outcome.by_dialect)
        early = outcome.exits - {"raise"}
        if early:
            run.held.append(Held(_past(run, statement, frame), min(early)))
        left = Outcome(exits=left.exits | outcome.exits)
    return left


def _past(run: Run, statement: ast.stmt, frame: Frame) -> Condition | None:
    """Return what must hold for control to come past a statement that may leave."""
    at, source = frame.module.location, frame.module.source
    if isinstance(statement, ast.If):
        test = run.tests.get(id(statement))
        if test is not None and only_looks(test):
            return None
        then = any(leaves(s) for s in statement.body)
        other = any(leaves(s) for s in statement.orelse)
        if then is not other:
            return Condition(test, wanted=other, text=source(statement.test), at=at(statement.test))
        return Condition(None, wanted=True, text=source(statement.test), at=at(statement.test))
    return Condition(None, wanted=True, text=source(statement), at=at(statement))


def _statement(run: Run, statement: ast.stmt, frame: Frame) -> Outcome:
    form = _FORMS.get(type(statement))
    outcome = form(run, statement, frame) if form is not None else FALLS
    if run.raised:
        run.raised = False
        return RAISES
    return outcome


def _expression(run: Run, statement: ast.Expr, frame: Frame) -> Outcome:
    value = statement.value
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Call):
        run.call(value, frame, alone=True)
    elif isinstance(value, ast.Yield):
        return within.yielded(run, value, frame)
    elif not isinstance(value, ast.Constant):
        run.evaluate(value, frame)
    return FALLS


def _return(run: Run, statement: ast.Return, frame: Frame) -> Outcome:
    value = Literal(None) if statement.value is None else run.evaluate(statement.value, frame)
    run.note_return(value)
    return RETURNS


def _if(run: Run, statement: ast.If, frame: Frame) -> Outcome:
    test = run.evaluate(statement.test, frame)
    truth = run.truth(test)
    if truth is None:
        return _either(run, statement, test, frame)
    decided_by_backend = by_backend(test)
    chosen, other = (statement.body, statement.orelse) if truth else (statement.orelse, statement.body)
    if decided_by_backend and other:
        with run.left_aside(frame) as copy:
            run.block(other, copy)
    outcome = run.block(chosen, frame)
    return Outcome(outcome.falls, outcome.exits, outcome.by_dialect or decided_by_backend)


def _either(run: Run, statement: ast.If, test: Value, frame: Frame) -> Outcome:
    """Follow both arms of a test that is not decided."""
    run.tests[id(statement)] = test
    other = frame.copied()
    raises, start = run.raises, len(run.operations)
    with run.under(test, statement.test, frame, wanted=True):
        then = run.block(statement.body, frame)
    middle = len(run.operations)
    with run.under(test, statement.test, other, wanted=False):
        otherwise = run.block(statement.orelse, other)
    run.join_arms(start, middle, len(run.held))
    outcome = then.joined(otherwise)
    if outcome.falls:
        run.raises = raises
    assigning.merge(frame, other, test, then=then.falls, otherwise=otherwise.falls)
    return outcome


def _define(run: Run, statement: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Outcome:
    del run
    frame.names[statement.name] = Closure(statement, frame.module, frame)
    return FALLS


def _class(run: Run, statement: ast.ClassDef, frame: Frame) -> Outcome:
    scope = run.ev.module_scope(frame.module)
    frame.names[statement.name] = run.ev.definition(statement, scope)
    return FALLS


def _import(run: Run, statement: ast.Import | ast.ImportFrom, frame: Frame) -> Outcome:
    for alias in statement.names:
        name = alias.asname or (
            alias.name.partition(".")[0] if isinstance(statement, ast.Import) else alias.name
        )
        frame.names[name] = run.names.imported(statement, name, frame.module)
    return FALLS


def _assert(run: Run, statement: ast.Assert, frame: Frame) -> Outcome:
    if run.truth(run.evaluate(statement.test, frame)) is not False:
        return FALLS
    message = run.text(run.evaluate(statement.msg, frame)) if statement.msg is not None else ""
    run.raise_("AssertionError", message or "", statement, frame)
    return RAISES


def _delete(_: Run, statement: ast.Delete, frame: Frame) -> Outcome:
    for target in statement.targets:
        if isinstance(target, ast.Name):
            frame.names.pop(target.id, None)
    return FALLS


def _break(*_: object) -> Outcome:
    return BREAKS


def _continue(*_: object) -> Outcome:
    return CONTINUES


_FORMS: dict[type[ast.stmt], Callable[..., Outcome]] = {
    ast.Expr: _expression,
    ast.Return: _return,
    ast.If: _if,
    ast.Match: matching.match,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Assign: assigning.assign,
    ast.AnnAssign: assigning.annotated,
    ast.AugAssign: assigning.augmented,
    ast.For: loops.for_,
    ast.AsyncFor: loops.for_,
    ast.While: loops.while_,
    ast.With: within.with_,
    ast.AsyncWith: within.with_,
    ast.Try: trying.try_,
    ast.TryStar: trying.try_,
    ast.Raise: trying.raise_,
}
