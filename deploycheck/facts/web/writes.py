"""Writes in one function to what outlives the call: names of modules, attributes of shared objects."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.facts.web.syntax import own_nodes
from deploycheck.python.scopes import parameters
from deploycheck.python.syntax import KEPT

if TYPE_CHECKING:
    from deploycheck.python.scopes import Scope

MUTATORS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "setdefault",
        "subtract",
        "update",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """One change of something: `target` is what holds it; `replaces` tells of a plain assignment."""

    target: ast.expr
    node: ast.AST
    replaces: bool = False


def writes_in(scope: Scope) -> Iterator[Write]:
    """Yield every change that a function's own body makes to a name not its own, or to an attribute."""
    local, declared = _local_names(scope)
    for node in own_nodes(scope.node):
        for write in _writes(node):
            target = write.target
            if isinstance(target, ast.Attribute):
                yield write
            elif isinstance(target, ast.Name):
                foreign = target.id in declared or (not write.replaces and target.id not in local)
                if foreign:
                    yield write


def names_bound_in(scope: Scope) -> frozenset[str]:
    """Return the names that a function binds itself, parameters included, and those around it."""
    return _local_names(scope)[0]


def _writes(node: ast.AST) -> Iterator[Write]:
    match node:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _assigned(target, node)
        case ast.AugAssign(target=target):
            yield Write(_whole(target), node, replaces=not isinstance(target, ast.Subscript))
        case ast.AnnAssign(target=target, value=ast.expr()):
            yield from _assigned(target, node)
        case ast.Delete(targets=targets):
            yield from (Write(_whole(t), node) for t in targets if isinstance(t, ast.Subscript))
        case ast.Call(func=ast.Attribute(value=holder, attr=name)) if name in MUTATORS:
            yield Write(_whole(holder), node)


def _assigned(target: ast.expr, node: ast.AST) -> Iterator[Write]:
    match target:
        case ast.Subscript():
            yield Write(_whole(target), node)
        case ast.Name() | ast.Attribute():
            yield Write(target, node, replaces=True)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _assigned(element, node)


def _whole(target: ast.expr) -> ast.expr:
    """Return what holds an item, however deep: `hits` for `hits[day][key]`."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


@lru_cache(KEPT)
def _local_names(scope: Scope) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a function binds itself, around it too, and those that it declares global."""
    local: set[str] = set()
    declared: set[str] = set()
    found: Scope | None = scope
    while found is not None and found.is_function:
        node = found.node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            local |= {p.arg for p in parameters(node)}
        for inner in own_nodes(node):
            if isinstance(inner, ast.Global):
                declared |= set(inner.names)
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                local.add(inner.id)
        found = found.parent
    return frozenset(local), frozenset(declared)
