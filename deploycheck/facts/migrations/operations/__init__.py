"""What `upgrade()` and `downgrade()` do, statement by statement, on one backend."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.migrations.operations.frames import ModuleNames
from deploycheck.facts.migrations.operations.model import Body, Operation, Raise
from deploycheck.facts.migrations.operations.objects import Closure
from deploycheck.facts.migrations.operations.running import Run, read

if TYPE_CHECKING:
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import FunctionSymbol

__all__ = ["Body", "Operation", "Raise", "read_body"]

_NAMES: WeakKeyDictionary[Program, ModuleNames] = WeakKeyDictionary()


def read_body(program: Program, function: FunctionSymbol | None, dialect: str = "") -> Body:
    """Return what a revision's function does on a backend (`postgresql`), or on any, for an empty name."""
    if function is None:
        return Body(defined=False)
    names = _NAMES.get(program)
    if names is None:
        names = _NAMES[program] = ModuleNames(program)
    run = Run(program, names, dialect)
    return read(run, Closure(function.node, function.scope.module))
