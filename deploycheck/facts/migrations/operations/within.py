"""`with` blocks: batches, connections, and the project's own context managers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import assigning, attributes
from deploycheck.facts.migrations.operations.objects import Handle, Object
from deploycheck.facts.migrations.operations.outcomes import FALLS, Outcome
from deploycheck.python.syntax import yields
from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run


Inner = Callable[[Value], Outcome]
"""The rest of a `with` statement, given what its manager gives."""


def with_(run: Run, statement: ast.With | ast.AsyncWith, frame: Frame) -> Outcome:
    """Follow a `with` block, its managers from the first to the last."""
    return _entered(run, statement, 0, frame)


def _entered(run: Run, statement: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Outcome:
    if index == len(statement.items):
        return run.block(statement.body, frame)
    item = statement.items[index]
    call = item.context_expr
    target = item.optional_vars

    def inner(value: Value) -> Outcome:
        if target is not None:
            assigning.bind(run, target, value, frame)
        return _entered(run, statement, index + 1, frame)

    if isinstance(call, ast.Call) and is_generator(run, call, frame):
        outcome = generated(run, call, frame, inner)
        return inner(Unknown("what a context manager gives")) if outcome is None else outcome
    value = run.evaluate(call, frame)
    if isinstance(value, Object):
        return _object(run, value, call, frame, inner)
    if _suppresses(call):
        with run.tolerantly():
            return inner(value)
    return inner(value if isinstance(value, Handle) else Unknown("what a context manager gives"))


def is_generator(run: Run, call: ast.Call, frame: Frame) -> bool:
    """Tell whether a call makes a generator of the project's."""
    function = attributes.function_of(run.evaluate(call.func, frame))
    return function is not None and yields(function.node)


def _suppresses(call: ast.expr) -> bool:
    func = call.func if isinstance(call, ast.Call) else call
    return (func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) == "suppress"


def generated(run: Run, call: ast.Call, frame: Frame, inner: Inner) -> Outcome | None:
    """Follow a generator of the project's: up to each `yield`, the block that stands there, and on."""
    from deploycheck.facts.migrations.operations.statements import Yielded

    waiting = Yielded(inner)
    run.yielding.append(waiting)
    try:
        run.call(call, frame)
    finally:
        if waiting in run.yielding:
            run.yielding.remove(waiting)
    return waiting.outcome


def yielded(run: Run, node: ast.Yield, frame: Frame) -> Outcome:
    """Follow a `yield`: the block of the `with` statement that the generator stands for."""
    value = Literal(None) if node.value is None else run.evaluate(node.value, frame)
    if not run.yielding:
        return FALLS
    waiting = run.yielding.pop()
    outcome = waiting.body(value)
    waiting.outcome = outcome if waiting.outcome is None else waiting.outcome.joined(outcome)
    run.yielding.append(waiting)
    return outcome if outcome.raises else FALLS


def _object(run: Run, value: Object, call: ast.expr, frame: Frame, inner: Inner) -> Outcome:
    """Follow an object of the project: `__enter__`, the block, `__exit__`."""
    run.nodes.append((frame.module, call))
    try:
        entered = run.apply(attributes.of_object(run, value, "__enter__"), (), {})
    finally:
        run.nodes.pop()
    outcome: Outcome = inner(entered)
    run.nodes.append((frame.module, call))
    try:
        nothing = (Literal(None),) * 3
        run.apply(attributes.of_object(run, value, "__exit__"), nothing, {})
    finally:
        run.nodes.pop()
    return outcome
