"""Constants at the top of a module, read without the rest of the project: a history has hundreds of files.

What cannot be read so is left to the evaluator, which knows everything and looks at everything.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.imports import absolute_name, source_of

if TYPE_CHECKING:
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

UNKNOWN = object()
"""Stands for what is not told by a constant."""
MAX_HOPS = 4


def literal(program: Program, module: Module, node: ast.expr | None, hops: int = MAX_HOPS) -> object:
    """Return a string, None, or a tuple of strings that an expression of a module is; else `UNKNOWN`."""
    match node:
        case ast.Constant(value=None | str()):
            return node.value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            parts = tuple(literal(program, module, item, hops) for item in items)
            return parts if all(isinstance(p, str) for p in parts) else UNKNOWN
        case ast.Name(id=name) if hops:
            return _named(program, module, name, hops - 1)
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if hops:
            found = _imported_module(program, module, owner)
            return _named(program, found, name, hops - 1) if found is not None else UNKNOWN
    return UNKNOWN


def bound_last(module: Module, name: str) -> ast.stmt | None:
    """Return the last statement at the top of a module that may bind a name."""
    return next((s for s in reversed(module.tree.body) if binds(s, name)), None)


def targets(statement: ast.stmt) -> tuple[str, ...]:
    """Return the plain names that an assignment, annotated or not, gives a value."""
    match statement:
        case ast.Assign(targets=nodes):
            return tuple(t.id for t in nodes if isinstance(t, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            return (name,)
    return ()


def binds(statement: ast.stmt, name: str) -> bool:
    """Tell whether a statement at a module's top may bind a name; a block may where any part of it does."""
    match statement:
        case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) | ast.ClassDef(name=bound):
            return bound == name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return any((a.asname or a.name.partition(".")[0]) in {name, "*"} for a in names)
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Delete() | ast.Expr():
            return any(n.id == name for n in _stores(statement))
    return any(binds(s, name) for s in ast.iter_child_nodes(statement) if isinstance(s, ast.stmt)) or any(
        n.id == name for n in _stores(statement)
    )


def _stores(statement: ast.stmt) -> list[ast.Name]:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, (ast.Constant, ast.Call)):
        return []
    nodes = ast.walk(statement)
    return [n for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del))]


def _named(program: Program, module: Module, name: str, hops: int) -> object:
    """Return the constant that a module's name is; `UNKNOWN` for one bound twice, or by a function."""
    bindings = [s for s in module.tree.body if binds(s, name)]
    if len(bindings) != 1 or f"global {name}" in module.text:
        return UNKNOWN
    match bindings[0]:
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if name in targets(bindings[0]):
            return literal(program, module, value, hops)
        case ast.ImportFrom(names=names) as statement:
            own = next((a.name for a in names if (a.asname or a.name) == name), "")
            source = source_of(program.modules, statement, module) if own else None
            return _named(program, source, own, hops - 1) if source is not None and hops > 0 else UNKNOWN
    return UNKNOWN


def _imported_module(program: Program, module: Module, name: str) -> Module | None:
    """Return the project's module that an import at the top of another binds to a name."""
    bindings = [s for s in module.tree.body if binds(s, name)]
    if len(bindings) != 1:
        return None
    match bindings[0]:
        case ast.ImportFrom(names=names) as statement:
            own = next((a.name for a in names if (a.asname or a.name) == name), "")
            return (
                program.find_module(f"{absolute_name(statement, module)}.{own}", module.path) if own else None
            )
        case ast.Import(names=names):
            own = next((a.name for a in names if name in {a.asname, a.name}), "")
            return program.find_module(own, module.path) if own else None
    return None
