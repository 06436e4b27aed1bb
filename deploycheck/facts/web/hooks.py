"""Middleware of WSGI apps and around apps: Flask's hooks, `app.wsgi_app = …`, wrappers of the app object."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.layers import Kind, Layer, made_by
from deploycheck.facts.web.objects import arms, definitions
from deploycheck.facts.web.sequence import Key, run_key
from deploycheck.facts.web.syntax import definitions_in, scope_at, symbol_of
from deploycheck.facts.web.targets import is_made_by
from deploycheck.facts.web.wrapping import MAX_WRAPPERS, Wrapper, arguments_of, chains
from deploycheck.python.classes import Construction
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Instance, Made, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

HOOKS: dict[str, Kind] = {
    "before_request": "before",
    "before_app_request": "before",
    "after_request": "after",
    "after_app_request": "after",
}
INNER_APPS = ("wsgi_app", "asgi_app")
LAST = "\U0010ffff"
"""Sorts the wrappers of the app object after every place that a statement has: they come on last."""


def hooks(search: Search) -> Iterator[Layer]:
    """Find Flask's and Quart's hooks around a request, as decorators and as calls."""
    program = search.program
    for module in search.modules_with(*HOOKS):
        for defined in definitions_in(program, module):
            for node in defined.node.decorator_list:
                if isinstance(node, ast.Attribute) and node.attr in HOOKS:
                    yield from _hook(search, module, node, defined.around, symbol_of(program, defined))
    for call in search.method_calls(*HOOKS):
        given, func = call.argument(0, "f"), call.node.func
        for target in definitions(given) if given is not None and isinstance(func, ast.Attribute) else ():
            assert isinstance(func, ast.Attribute)  # noqa: S101 - just looked
            yield from _hook(search, call.module, func, call.scope, target)


def _hook(
    search: Search,
    module: Module,
    node: ast.Attribute,
    scope: Scope,
    target: FunctionSymbol | ClassSymbol,
) -> Iterator[Layer]:
    program, at = search.program, module.location(node)
    given = Arguments((), {}, at, module.source(node))
    key, conditions = run_key(program, module, node, scope), program.conditions(scope, node)
    for app in search.owners(program.evaluate(node.value, Point(scope, node))):
        yield Layer(target.name, HOOKS[node.attr], app, at, given, target, None, scope, conditions, key)


def assigned(search: Search) -> Iterator[Layer]:
    """Find `app.wsgi_app = ProxyFix(app.wsgi_app)`; the last one is the outermost."""
    for module in search.modules_with(*INNER_APPS):
        for node in nodes_in(module.tree):
            match node:
                case ast.Assign(targets=[ast.Attribute() as target]) if target.attr in INNER_APPS:
                    yield from _assignment(search, module, node, target)


def _assignment(search: Search, module: Module, node: ast.Assign, target: ast.Attribute) -> Iterator[Layer]:
    program = search.program
    scope = scope_at(program, module, node)
    held = program.evaluate(node.value, Point(scope, node))
    owners = search.owners(program.evaluate(target.value, Point(scope, node)))
    own = module.location(node)
    around = [w for w in _nested(held) if w.at.path == own.path and own.line <= w.at.line <= own.end_line]
    place = run_key(program, module, node, scope)
    for app in owners:
        for index, wrapper in enumerate(around):
            yield _around(program, app, wrapper, (*place, ("", -index, 0)), scope)


def _nested(held: Value, depth: int = MAX_WRAPPERS) -> Iterator[Wrapper]:
    """Yield the calls that are wrapped around each other by their first arguments."""
    for arm, _ in arms(held) if depth else ():
        if isinstance(arm, (Made, Instance)) and arm.at is not None:
            yield Wrapper(arm.callee if isinstance(arm, Made) else arm.name, arm.at, arm)
            for inner in arguments_of(arm)[:1]:
                yield from _nested(inner, depth - 1)


def wrapped(search: Search) -> Iterator[Layer]:
    """Find what is wrapped around the app objects, where they are named or returned."""
    for app in search.apps:
        for index, wrapper in enumerate(app.wrappers):
            key = ((LAST, -index, 0),)
            yield _around(search.program, app, wrapper, key, app.call.scope)


def _around(program: Program, app: App | None, wrapper: Wrapper, key: Key, scope: Scope) -> Layer:
    value = wrapper.value
    call = made_by(program, value)
    target = value.target if isinstance(value, Instance) and isinstance(value.target, ClassSymbol) else None
    own = _without_app(_given(value, wrapper), app)
    conditions = call.conditions() if call is not None else ()
    scope = call.scope if call is not None else scope
    return Layer(wrapper.callee, "wrapper", app, wrapper.at, own, target, call, scope, conditions, key)


def _given(value: Made | Instance, wrapper: Wrapper) -> Arguments:
    if isinstance(value, Made):
        return Arguments(value.arguments, dict(value.keywords), wrapper.at, "", value.partial)
    if isinstance(value.frame, Construction):
        return value.frame.arguments
    return Arguments((), {}, wrapper.at, "", partial=True)


def _without_app(given: Arguments, app: App | None) -> Arguments:
    """Leave out the app that is handed over: first, or by any name."""

    def is_app(value: Value) -> bool:
        return app is not None and any(is_made_by(app, chain) for chain in chains(value))

    leave = bool(given.positional) and (app is None or is_app(given.positional[0]))
    keywords = {k: v for k, v in given.keywords.items() if not is_app(v)}
    return Arguments(given.positional[int(leave) :], keywords, given.at, given.text, given.partial)
