"""What a Flask app's configuration holds for a key: `app.config[...]`, `update`, `from_object`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.syntax import scope_at
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Instance, Literal, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.python.program import Call
    from deploycheck.python.scopes import Scope

UPDATES = ("update", "from_mapping")


def config_value(search: Search, app: App | None, key: str) -> Value | None:
    """Return what the code last gives to `key` in an app's configuration; None when it gives nothing.

    What is set on the app directly goes before what a configuration object holds.
    """
    if not any(True for _ in search.modules_with(key)):
        return None
    found = [*_assigned(search, app, key), *_updated(search, app, key)] or list(_objects(search, app, key))
    return found[-1] if found else None


def _assigned(search: Search, app: App | None, key: str) -> Iterator[Value]:
    for module in search.modules_with(key):
        for node in nodes_in(module.tree):
            match node:
                case ast.Assign(
                    targets=[
                        ast.Subscript(
                            value=ast.Attribute(value=owner, attr="config"), slice=ast.Constant(value=name)
                        )
                    ]
                ) if name == key:
                    scope = scope_at(search.program, module, node)
                    if _may_be(search, app, owner, scope, node):
                        yield search.program.evaluate(node.value, Point(scope, node))


def _may_be(search: Search, app: App | None, owner: ast.expr, scope: Scope, node: ast.AST) -> bool:
    owners = search.owners(search.program.evaluate(owner, Point(scope, node)))
    return app is None or app in owners or owners == (None,)


def _on_config(search: Search, app: App | None, call: Call) -> bool:
    func = call.node.func
    match func:
        case ast.Attribute(value=ast.Attribute(value=owner, attr="config")):
            return _may_be(search, app, owner, call.scope, call.node)
    return False


def _updated(search: Search, app: App | None, key: str) -> Iterator[Value]:
    for call in search.method_calls(*UPDATES):
        if key in call.module.text and _on_config(search, app, call):
            value = call.argument(None, key)
            if value is not None:
                yield value


def _objects(search: Search, app: App | None, key: str) -> Iterator[Value]:
    for call in search.method_calls("from_object"):
        given = call.argument(0, "obj") if _on_config(search, app, call) else None
        for arm, _ in arms(given) if given is not None else ():
            held = _held(search, call, arm, key)
            if held is not None:
                yield held


def _held(search: Search, call: Call, holder: Value, key: str) -> Value | None:
    """Return a configuration object's value: a class, an instance, a module, or a dotted name of one."""
    program = search.program
    if isinstance(holder, Literal) and isinstance(holder.data, str):
        found = _by_name(search, holder.data, call.module.path)
        if found is None:
            return None
        holder = found
    if not isinstance(holder, (Reference, Instance)):
        return None
    value = program.evaluator.attribute(holder, key, call.point, call.node)
    plain = peel(value)
    missing = isinstance(plain, Unknown) or (isinstance(plain, Reference) and plain.target is None)
    return None if missing else value


def _by_name(search: Search, dotted: str, near: str) -> Value | None:
    module = search.program.modules.find(dotted, near)
    if module is not None:
        return search.program.evaluator.module_reference(module)
    parent, _, name = dotted.rpartition(".")
    module = search.program.modules.find(parent, near) if parent else None
    value = search.program.attribute(module, name) if module is not None else None
    found = peel(value) if value is not None else None
    return found if isinstance(found, Reference) and isinstance(found.target, ClassSymbol) else None
