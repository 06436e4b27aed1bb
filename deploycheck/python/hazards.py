"""Lists and dicts that are changed in place by another name: an alias, or a function that got them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from deploycheck.python.effects import changed_in, effects
from deploycheck.python.scopes import FunctionSymbol, Point
from deploycheck.python.syntax import DEFINITIONS, dotted, end_position, own_nodes, position
from deploycheck.python.values import Listing, Reference, Table, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Scope


def checked(
    ev: Evaluator, scope: Scope, name: str, value: Value | None, before: ast.AST | None
) -> Value | None:
    """Return `value`, or unknown where what it holds may have been changed under another name."""
    if value is None or not _can_change(value):
        return value
    moment = position(before) if before is not None else None
    for target, source, node in _aliases(scope.node):
        if name in {target, source}:
            other = target if name == source else source
            changed = _last_changes(scope.node).get(other)
            if (
                changed is not None
                and changed > position(node)
                and (moment is None or position(node) < moment)
            ):
                return Unknown(f"it is changed through `{other}`", at=scope.module.location(node))
    for call in _handed(scope.node).get(name, ()):
        if (moment is None or position(call) < moment) and _changes_argument(ev, scope, call, name):
            source = scope.module.source(call)
            return Unknown(f"`{source}` changes it", at=scope.module.location(call))
    return value


def _can_change(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Table) or (isinstance(found, Listing) and found.kind in {"list", "set"})


@lru_cache(1 << 14)
def _aliases(scope: ast.AST) -> Sequence[tuple[str, str, ast.AST]]:
    return tuple(_renamed(scope))


def _renamed(scope: ast.AST) -> Iterator[tuple[str, str, ast.AST]]:
    for node in own_nodes(getattr(scope, "body", ()) if not isinstance(scope, ast.Lambda) else ()):
        if isinstance(node, ast.Assign):
            names = [dotted(t) for t in node.targets] + [dotted(node.value)]
            known = [n for n in names if n]
            for index, one in enumerate(known):
                for other in known[index + 1 :]:
                    yield one, other, node


@lru_cache(1 << 14)
def _last_changes(scope: ast.AST) -> dict[str, tuple[int, int]]:
    """Return where each object of a scope is last changed in place, by its dotted name."""
    found: dict[str, tuple[int, int]] = {}
    for node in own_nodes(getattr(scope, "body", ()) if not isinstance(scope, ast.Lambda) else ()):
        if isinstance(node, ast.stmt) and not isinstance(node, DEFINITIONS):
            names = set(effects(node).changes)
            if isinstance(node, ast.AugAssign):
                names.add(dotted(node.target))
            for name in names:
                found[name] = max(found.get(name, (0, 0)), end_position(node))
    return found


@lru_cache(1 << 14)
def _handed(scope: ast.AST) -> dict[str, list[ast.Call]]:
    """Return the calls of a scope by the dotted names that they hand over."""
    found: dict[str, list[ast.Call]] = {}
    for node in own_nodes(getattr(scope, "body", ()) if not isinstance(scope, ast.Lambda) else ()):
        if isinstance(node, ast.Call):
            for argument in (*node.args, *(k.value for k in node.keywords)):
                if isinstance(argument, (ast.Name, ast.Attribute)):
                    found.setdefault(dotted(argument), []).append(node)
    return found


def _changes_argument(ev: Evaluator, scope: Scope, call: ast.Call, name: str) -> bool:
    callee = peel(ev.evaluate(call.func, Point(scope, call)))
    if not isinstance(callee, Reference) or not isinstance(callee.target, FunctionSymbol):
        return False
    function = callee.target.node
    changed = changed_in(function)
    positional = [p.arg for p in (*function.args.posonlyargs, *function.args.args)]
    offset = 0 if callee.receiver is None else 1
    for index, argument in enumerate(call.args):
        if dotted(argument) == name and index + offset < len(positional):
            return positional[index + offset] in changed
    return any(k.arg in changed for k in call.keywords if dotted(k.value) == name)
