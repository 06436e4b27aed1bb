"""Reading a revision's function: followed to its end, with what it surely raises."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import attributes, helpers
from deploycheck.facts.migrations.operations.calls import Given
from deploycheck.facts.migrations.operations.decorated import decorated
from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.facts.migrations.operations.held import Held
from deploycheck.facts.migrations.operations.model import Body
from deploycheck.facts.migrations.operations.outcomes import FALLS
from deploycheck.python.flow import Condition
from deploycheck.python.syntax import parameters
from deploycheck.python.values import Unknown

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.objects import Closure
    from deploycheck.facts.migrations.operations.outcomes import Outcome
    from deploycheck.facts.migrations.operations.running import Run


def read(run: Run, function: Closure) -> Body:
    """Follow a revision's function and return what it does."""
    node = function.node
    at = function.module.location(node)
    frame = Frame(function.module, {})
    if isinstance(node, ast.Lambda):
        run.evaluate(node.body, frame)
        return Body(operations=tuple(run.operations), left_out=tuple(run.left_out), at=at)
    for parameter in parameters(node):
        frame.names[parameter.arg] = Unknown(f"parameter `{parameter.arg}`")
    run.module = function.module
    run.active.append(node)
    try:
        outcome = _followed(run, function, node, frame)
    except RecursionError:
        run.nodes = [(function.module, node)]
        run.unknown("it is nested too deeply to follow")
        outcome = FALLS
    raises = run.raises if outcome.raises else None
    return Body(operations=tuple(run.operations), left_out=tuple(run.left_out), raises=raises, at=at)


def _followed(
    run: Run, function: Closure, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame
) -> Outcome:
    """Follow the function's statements, or those of the wrapper that its decorators put around it."""
    made = decorated(run, function)
    wrapper = attributes.function_of(made) if made is not None else None
    if wrapper is not None and not isinstance(wrapper.node, ast.Lambda):
        inner = Frame(wrapper.module, {}, wrapper.around, wrapper)
        helpers.bind(run, wrapper, Given((), {}), inner)
        return run.block(wrapper.node.body, inner)
    if made is not None:
        at = function.module.location(node)
        run.held.append(Held(Condition(None, wanted=True, text="what its decorator does", at=at)))
    return run.block(node.body, frame)
