"""Engines of classes that a table offers by name: which of them production makes is not known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.conditions import Condition
from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from deploycheck.python.program import Call, Program
    from deploycheck.python.scopes import Scope


def one_of_a_table(call: Call) -> tuple[Condition, ...]:
    """Return the test that is never decided, for a call in a class that only a dict of classes names.

    `{"sqlite": SqliteStore, "mysql": MysqlStore}[backend](…)` makes one of them; a class that the code
    calls by its name is made all the same.
    """
    name = _class_around(call.scope)
    if not name or any(True for _ in call.program.callers.named(name)) or not _is_offered(call.program, name):
        return ()
    return (Condition(None, wanted=True, text=f"which class of a table is made: {name}", at=call.location),)


def _class_around(scope: Scope | None) -> str:
    while scope is not None:
        if isinstance(scope.node, ast.ClassDef):
            return scope.node.name
        scope = scope.parent
    return ""


def _is_offered(program: Program, name: str) -> bool:
    """Tell whether a dict of several classes holds this one."""
    return any(
        isinstance(node, ast.Dict) and len(node.values) > 1 and name in map(_last, node.values)
        for module in program.app_modules()
        if name in module.text
        for node in nodes_in(module.tree)
    )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
