"""How the standard library reads the environment: `os.environ`, `os.getenv`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python.modules import Role
from deploycheck.python.operations import is_none, is_not_none
from deploycheck.python.resolution import resolve
from deploycheck.python.values import (
    Branch,
    Literal,
    Operation,
    Reference,
    Unknown,
    Value,
    Variable,
    Via,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.sites import Change

READERS = frozenset(
    {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environ.__getitem__"}
)
ENVIRON = frozenset({"os.environ", "os.environb"})


def is_environ(value: Value | None) -> bool:
    """Tell whether a value is the process's environment itself."""
    found = peel(value) if value is not None else None
    return isinstance(found, Reference) and found.name in ENVIRON


def subscript(evaluator: Evaluator, key: Value, at: Location) -> Value:
    """Return what `os.environ[key]` is: required."""
    return _named(
        evaluator,
        key,
        lambda name: _written(evaluator, name, Variable((name,), None, f'os.environ["{name}"]', at=at)),
        at,
    )


def contains(evaluator: Evaluator, key: Value, at: Location, *, negated: bool) -> Value:
    """Return what `key in os.environ` is."""

    def read(name: str) -> Value:
        variable = _written(evaluator, name, Variable((name,), Literal(None, at=at), "os.environ", at=at))
        return Operation(
            is_none if negated else is_not_none,
            (variable,),
            "not in os.environ" if negated else "in os.environ",
            at=at,
        )

    return _named(evaluator, key, read, at)


def call(
    evaluator: Evaluator, name: str, arguments: list[Value], keywords: dict[str, Value], at: Location
) -> Value | None:
    """Return what a call of a reader such as `os.getenv` gives; None when `name` is no reader."""
    if name in {"os.environ.copy", "os.environ.__copy__"}:
        return Reference("os.environ", at=at)
    if name not in READERS:
        return None
    key = arguments[0] if arguments else keywords.get("key")
    if key is None:
        return Unknown("no variable is named", at=at)
    default = arguments[1] if len(arguments) > 1 else keywords.get("default")
    if default is None and name in {"os.getenv", "os.environ.get"}:
        default = Literal(None, at=at)
    return _named(
        evaluator, key, lambda found: _written(evaluator, found, Variable((found,), default, name, at=at)), at
    )


def _named(evaluator: Evaluator, key: Value, make: Callable[[str], Value], at: Location) -> Value:
    name = evaluator.constant(key)
    if isinstance(name, str):
        return make(name)
    unknown = Unknown("the variable's name is worked out at run time", at=at)
    resolved = resolve(key)
    if resolved.settings:
        return unknown
    options = [p.value.data for p in resolved.possibilities() if isinstance(p.value, Literal)]
    names = [o for o in options if isinstance(o, str)]
    if len(names) <= 1 or len(names) != len(resolved.possibilities()):
        return unknown
    return evaluator.one_of([make(n) for n in names], "one of several variables")


def _written(evaluator: Evaluator, name: str, variable: Variable) -> Value:
    """Return a variable as it is read, where the process may have set it itself before."""
    value: Value = variable
    for change in evaluator.callers.environment_changes(name):
        owner = evaluator.evaluate(change.owner, change.point) if change.owner is not None else None
        if (owner is not None and not is_environ(owner)) or change.module.role not in {Role.APP, Role.SCRIPT}:
            continue
        if change.module.location(change.node) == variable.at:
            continue
        value = _after(evaluator, change, value, variable)
    return value


def _after(evaluator: Evaluator, change: Change, value: Value, variable: Variable) -> Value:
    """Return a variable that one place in the project sets: for certain where that comes before it."""
    location = change.module.location(change.node)
    if change.value is None:
        return Branch(None, Unknown(f"{variable.name} is taken away", at=location), value, at=location)
    text = change.module.source(change.node)
    given: Value = Via(Step(text, location), evaluator.evaluate(change.value, change.point))
    if isinstance(change.node, ast.Call) and text.partition("(")[0].endswith("setdefault"):
        given = replace(variable, default=given)
    at = variable.at
    before = at is not None and at.path == location.path and location.line < at.line
    if before and any(change.node is s or _is_call(s, change.node) for s in change.module.tree.body):
        return given
    return Branch(None, given, value, text, at=location)


def _is_call(statement: ast.stmt, node: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and statement.value is node
