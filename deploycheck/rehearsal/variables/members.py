"""The values of an enum, by its name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.syntax import nodes_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploycheck.python.modules import Module


def members_of(name: str, modules: Iterable[Module]) -> tuple[str, ...]:
    """Return the values that the members of a class are written with, in order; of `auto()` their names."""
    for module in modules:
        for node in nodes_in(module.tree) if name in module.words else ():
            if isinstance(node, ast.ClassDef) and node.name == name:
                return tuple(text for one in node.body if (text := _value(one)) is not None)
    return ()


def _value(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=str() | int() as value)):
            return str(value)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()):
            return name.lower()
    return None
