"""Type aliases: the expression behind a name that an annotation uses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.evaluator import absolute_name
from deploycheck.python.scopes import Point

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.modules import Module

MAX_HOPS = 6


def definition(
    ev: Evaluator, node: ast.expr, point: Point, hops: int = MAX_HOPS
) -> tuple[ast.expr, Point] | None:
    """Return the expression that a name stands for and where to read it, imports followed; else None."""
    if hops == 0 or not isinstance(node, ast.Name):
        return None
    return _in_module(ev, node.id, point.module, hops)


def _in_module(ev: Evaluator, name: str, module: Module, hops: int) -> tuple[ast.expr, Point] | None:
    if hops == 0:
        return None
    point = Point(ev.module_scope(module))
    for statement in reversed(module.tree.body):
        match statement:
            case ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
                return _through(ev, value, name, point, hops)
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if bound == name:
                return _through(ev, value, name, point, hops)
            case ast.ImportFrom(names=names):
                for alias in names:
                    source = _source(ev, statement, module) if (alias.asname or alias.name) == name else None
                    if source is not None and source is not module:
                        return _in_module(ev, alias.name, source, hops - 1)
        if type(statement).__name__ == "TypeAlias" and statement.name.id == name:  # type: ignore[attr-defined]
            return statement.value, point  # type: ignore[attr-defined]
    return None


def _through(
    ev: Evaluator, value: ast.expr, name: str, point: Point, hops: int
) -> tuple[ast.expr, Point] | None:
    if isinstance(value, ast.Name):
        return None if value.id == name else definition(ev, value, point, hops - 1) or (value, point)
    return value, point


def _source(ev: Evaluator, statement: ast.ImportFrom, module: Module) -> Module | None:
    dotted = absolute_name(statement, module)
    return ev.modules.find(dotted, module.path) if dotted else None
