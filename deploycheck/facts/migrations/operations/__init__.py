"""What `upgrade()` and `downgrade()` do, statement by statement, on one backend."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.migrations.operations.frames import ModuleNames
from deploycheck.facts.migrations.operations.model import Body, Operation, Raise
from deploycheck.facts.migrations.operations.objects import AnyBackend, Closure
from deploycheck.facts.migrations.operations.reading import read
from deploycheck.facts.migrations.operations.running import Run

if TYPE_CHECKING:
    from deploycheck.python.program import Program
    from deploycheck.python.scopes import FunctionSymbol

__all__ = ["Body", "Operation", "Raise", "depends_on_backend", "read_body"]

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


def depends_on_backend(operation: Operation) -> bool:
    """Tell whether an operation is under a test of the backend, while it is not known which one runs it."""
    tests = (c.test for c in operation.conditions if c.test is not None)
    return any(isinstance(v, AnyBackend) for test in tests for v in test.walk())
