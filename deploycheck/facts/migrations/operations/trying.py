"""Exceptions: what is raised, and what catches it."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.held import Held
from deploycheck.facts.migrations.operations.objects import tail
from deploycheck.facts.migrations.operations.outcomes import RAISES, Outcome
from deploycheck.python.flow import Condition
from deploycheck.python.syntax import caught, handled, last_name

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run

_ALL = frozenset({"Exception", "BaseException"})
_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


def raise_(run: Run, statement: ast.Raise, frame: Frame) -> Outcome:
    """Follow a `raise`."""
    error, message = "", ""
    match statement.exc:
        case ast.Call(func=func, args=arguments):
            error = last_name(func)
            message = (run.text(run.evaluate(arguments[0], frame)) or "") if arguments else ""
        case ast.expr() as exc:
            error = last_name(exc)
    run.raise_(error, message, statement, frame)
    return RAISES


def try_(run: Run, statement: ast.Try | ast.TryStar, frame: Frame) -> Outcome:
    """Follow a `try`: its body runs; a handler counts where it is surely reached, or changes something."""
    before = run.raises
    forgiven = any(_forgives(h) for h in statement.handlers)
    with run.tolerantly(really=forgiven):
        outcome = run.block(statement.body, frame)
    catching = None
    if outcome.raises and run.raises is not None:
        error = run.raises.error
        catching = next((h for h in statement.handlers if _catches(h, error)), None)
        if catching is not None:
            run.raises = before
            outcome = _handler(run, catching, frame)
    if outcome.falls and statement.orelse and catching is None:
        outcome = outcome.joined(run.block(statement.orelse, frame)) if outcome.exits else run.block(
            statement.orelse, frame
        )  # fmt: skip
    for handler in statement.handlers:
        if handler is not catching:
            _maybe(run, handler, frame)
    if statement.finalbody:
        last = run.block(statement.finalbody, frame)
        outcome = last if not last.falls else Outcome(outcome.falls, outcome.exits, outcome.by_dialect)
    return outcome


def _handler(run: Run, handler: ast.ExceptHandler, frame: Frame) -> Outcome:
    return run.block(handler.body, frame)


def _maybe(run: Run, handler: ast.ExceptHandler, frame: Frame) -> None:
    """Follow a handler that is reached only when something fails."""
    held, raises = len(run.held), run.raises
    at = frame.module.location(handler)
    run.held.append(Held(Condition(None, wanted=True, text=f"except {handled(handler)}", at=at)))
    run.block(handler.body, frame.copied())
    del run.held[held:]
    run.raises = raises


def _catches(handler: ast.ExceptHandler, error: str) -> bool:
    """Tell whether a handler catches an exception of this name; one of the project's own is an Exception."""
    names = caught(handler)
    kind = getattr(builtins, error, None)
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        return bool(names & _ALL) or tail(error) in names
    above = {one.__name__ for one in kind.__mro__}
    return bool(names & above)


def _forgives(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler passes over a failing change: it does not raise, and not for an import."""
    if caught(handler) <= _IMPORT_ERRORS:
        return False
    return not any(isinstance(s, ast.Raise) for s in handler.body)
