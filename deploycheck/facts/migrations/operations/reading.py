"""Reading a revision's function: followed to its end, with what it surely raises."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.facts.migrations.operations.model import Body
from deploycheck.facts.migrations.operations.outcomes import FALLS
from deploycheck.python.syntax import parameters
from deploycheck.python.values import Unknown

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.objects import Closure
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
    run.active.append(node)
    try:
        outcome = run.block(node.body, frame)
    except RecursionError:
        run.nodes = [(function.module, node)]
        run.unknown("it is nested too deeply to follow")
        outcome = FALLS
    raises = run.raises if outcome.raises else None
    return Body(operations=tuple(run.operations), left_out=tuple(run.left_out), raises=raises, at=at)
