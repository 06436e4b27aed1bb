"""What statements do to names: which they bind, and whose objects they change in place."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from deploycheck.python.syntax import COMPREHENSIONS, DEFINITIONS, KEPT, children_of, held, nodes_in

MUTATORS = frozenset(
    {
        "append", "extend", "insert", "update", "setdefault", "add", "remove", "clear", "pop", "popitem",
        "discard", "sort", "reverse", "difference_update", "intersection_update",
        "symmetric_difference_update", "__setitem__",
    },
)  # fmt: skip
"""Methods of lists, sets and dicts that change them in place."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What a statement does to names, nested blocks included and nested functions left out.

    `stores` are the plain names that it binds or deletes. `changes` are dotted names whose object it
    changes in place (`d` of `d["k"] = 1`) or sets (`x.a` of `x.a = 1`). `star` tells of a star import.
    """

    stores: frozenset[str]
    changes: frozenset[str]
    star: bool


@lru_cache(KEPT)
def effects(statement: ast.stmt) -> Effects:
    """Return what a statement does to names."""
    nested: list[ast.stmt] = [statement]
    for one in nested:
        nested.extend(_inner_statements(one))
    for one in reversed(nested):  # from the inside out, so that no depth of nesting is a depth of calls
        found = _single(one)
    return found


@lru_cache(KEPT)
def _single(statement: ast.stmt) -> Effects:
    """Return what a statement does to names, from what those right inside it do."""
    stores: set[str] = set()
    changes: set[str] = set()
    inner = _inner_statements(statement)
    for one in inner:
        found = _single(one)
        stores |= found.stores
        changes |= found.changes
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        effect = _EFFECTS.get(type(node))
        if effect is not None:
            effect(node, stores, changes)
        if isinstance(node, DEFINITIONS):
            stack.extend(getattr(node, "decorator_list", ()))
        elif not isinstance(node, COMPREHENSIONS):
            stack.extend(c for c in children_of(node) if not isinstance(c, ast.stmt))
    stores.discard("")
    changes.discard("")
    return Effects(frozenset(stores), frozenset(changes), "*" in stores)


@lru_cache(KEPT)
def _inner_statements(statement: ast.stmt) -> tuple[ast.stmt, ...]:
    """Return the statements of the blocks of a compound statement."""
    if isinstance(statement, DEFINITIONS):
        return ()
    blocks = [getattr(statement, name, ()) for name in ("body", "orelse", "finalbody")]
    blocks.extend(part.body for name in ("handlers", "cases") for part in getattr(statement, name, ()))
    return tuple(one for block in blocks for one in block)


def binds(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement binds or changes in place, nested blocks included."""
    found = effects(statement)
    return found.stores | found.changes


def _named(node: ast.AST, stores: set[str], _: set[str]) -> None:
    stores.add(getattr(node, "name", None) or "")


def _name(node: ast.Name, stores: set[str], _: set[str]) -> None:
    if not isinstance(node.ctx, ast.Load):
        stores.add(node.id)


def _alias(node: ast.alias, stores: set[str], _: set[str]) -> None:
    stores.add(node.asname or node.name.partition(".")[0])


def _rest(node: ast.MatchMapping, stores: set[str], _: set[str]) -> None:
    stores.add(node.rest or "")


def _item(node: ast.Subscript | ast.Attribute, _: set[str], changes: set[str]) -> None:
    if not isinstance(node.ctx, ast.Load):
        changes.add(held(node))


def _method(node: ast.Call, _: set[str], changes: set[str]) -> None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        changes.add(held(node.func.value))


_EFFECTS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Name: _name,
    ast.alias: _alias,
    ast.FunctionDef: _named,
    ast.AsyncFunctionDef: _named,
    ast.ClassDef: _named,
    ast.ExceptHandler: _named,
    ast.MatchAs: _named,
    ast.MatchStar: _named,
    ast.MatchMapping: _rest,
    ast.Subscript: _item,
    ast.Attribute: _item,
    ast.Call: _method,
}


@lru_cache(KEPT)
def stored_in(scope: ast.AST) -> frozenset[str]:
    """Return the names that the statements of a scope bind."""
    body = getattr(scope, "body", ())
    return frozenset().union(*(effects(s).stores for s in body)) if isinstance(body, list) else frozenset()


@lru_cache(KEPT)
def changed_in(scope: ast.AST) -> frozenset[str]:
    """Return the dotted names whose objects the statements of a scope change in place."""
    body = getattr(scope, "body", ())
    return frozenset().union(*(effects(s).changes for s in body)) if isinstance(body, list) else frozenset()


@lru_cache(KEPT)
def walruses(node: ast.AST) -> tuple[ast.NamedExpr, ...]:
    """Return the `name := value` inside of a node."""
    return tuple(n for n in nodes_in(node) if isinstance(n, ast.NamedExpr))


@lru_cache(KEPT)
def changing_calls(node: ast.AST) -> tuple[tuple[str, ast.Call], ...]:
    """Return the calls inside of a node that change an object in place, with the object's dotted name."""
    return tuple(
        (held(n.func.value), n)
        for n in nodes_in(node)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in MUTATORS
    )


@lru_cache(KEPT)
def set_from_inside(function: ast.AST) -> tuple[tuple[str, ast.Nonlocal], ...]:
    """Return the names that functions inside of one declare `nonlocal`, with the declarations."""
    found = (n for n in nodes_in(function) if isinstance(n, ast.Nonlocal))
    return tuple((name, n) for n in found for name in n.names)
