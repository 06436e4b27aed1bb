"""What the project's own decorators make of a function: a guard may stand in one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import attributes
from deploycheck.facts.migrations.operations.frames import Frame
from deploycheck.python.parameters import TRANSPARENT
from deploycheck.python.syntax import last_name
from deploycheck.python.values import Made, Reference, Unknown, Value

if TYPE_CHECKING:
    import ast

    from deploycheck.facts.migrations.operations.objects import Closure
    from deploycheck.facts.migrations.operations.running import Run


def decorated(run: Run, function: Closure) -> Value | None:
    """Return what a call of a function really calls; None where no decorator changes that.

    It is the wrapper that a decorator of the project gives, or unknown. A library's decorator is taken to
    hand the function on.
    """
    listed = [] if function.bare else _decorators(function)
    current: Value = replace(function, bare=True, receiver=None)
    changed = False
    for decorator in reversed(listed):
        found = run.evaluate(decorator, Frame(function.module, {}, function.around))
        if attributes.function_of(found) is not None:
            current, changed = run.apply(found, (current,), {}), True
        elif not isinstance(found, (Made, Reference)):
            current, changed = Unknown(f"what @{last_name(decorator)} makes of it"), True
    wrapper = attributes.function_of(current)
    if not changed or (wrapper is not None and wrapper.node is function.node):
        return None
    return current


def _decorators(function: Closure) -> list[ast.expr]:
    listed: list[ast.expr] = getattr(function.node, "decorator_list", [])
    return [d for d in listed if last_name(getattr(d, "func", d)) not in TRANSPARENT]
