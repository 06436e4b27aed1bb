"""What the rest of the project changes from outside: `settings.debug = True`, `config.ORIGINS.append(…)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import imports
from deploycheck.python.effects import stored_in
from deploycheck.python.modules import Module, Role
from deploycheck.python.syntax import FUNCTIONS, nodes_in, parameters
from deploycheck.python.values import Branch, Reference, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import Scope
    from deploycheck.python.sites import Change

MAX_CHANGES = 40
"""An attribute of a more common name is only looked at in so many places."""


def of_module(ev: Evaluator, module: Module, name: str, value: Value) -> Value:
    """Return a module's value, or what other code makes of it."""

    def applies(change: Change) -> bool:
        if change.owner is not None:
            found = peel(ev.evaluate(change.owner, change.point))
            return isinstance(found, Reference) and found.target is module
        if change.module is module:
            return change.scope.node is not module.tree and _is_free(change.local, change.scope)
        return _is_free(change.local, change.scope) and imports.origin(ev, change.module, change.local) == (
            module,
            name,
        )

    return _changed(ev, name, module, applies, value)


def of_object(
    ev: Evaluator, module: Module, name: str, value: Value, is_it: Callable[[Value], bool]
) -> Value:
    """Return an attribute of a class or instance defined in `module`, or what other code makes of it."""

    def applies(change: Change) -> bool:
        if change.owner is None:
            return False
        return any(is_it(leaf) for leaf in ev.evaluate(change.owner, change.point).leaves())

    return _changed(ev, name, module, applies, value)


def _changed(
    ev: Evaluator, name: str, module: Module, applies: Callable[[Change], bool], value: Value
) -> Value:
    found = [c for c in _relevant(ev.callers.changes(name), module) if applies(c)]
    for change in reversed(found):
        value = Branch(None, _after(ev, change), value, change.module.source(change.node), at=value.at)
    return value


def _relevant(changes: Iterable[Change], module: Module) -> list[Change]:
    """Return the changes that the part of the project which `module` belongs to may run."""
    roles = {Role.APP, module.role}
    return [c for c in changes if c.module.role in roles][:MAX_CHANGES]


def _after(ev: Evaluator, change: Change) -> Value:
    step = ev.step(change.node, change.point, Unknown(""))
    if change.value is None:
        text = f"`{change.module.source(change.node)}` changes it"
        return Unknown(text, at=change.module.location(change.node))
    return Via(step.step, ev.evaluate(change.value, change.point))


def _is_free(name: str, scope: Scope | None) -> bool:
    """Tell whether a name in a scope means the module's, and no local of a function or class."""
    while scope is not None and not isinstance(scope.node, ast.Module):
        node = scope.node
        if name in stored_in(node):
            return any(
                isinstance(n, ast.ImportFrom) and any((a.asname or a.name) == name for a in n.names)
                for n in nodes_in(node)
            )
        if isinstance(node, FUNCTIONS) and any(p.arg == name for p in parameters(node)):
            return False
        scope = scope.parent
    return True
