"""Where middleware is installed, one way a function; `middleware.py` puts what is found in order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deploycheck.facts.web.objects import definitions, items, qualified, together
from deploycheck.facts.web.sequence import Key, run_key
from deploycheck.facts.web.syntax import call_at, definitions_in, scope_at, symbol_of
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Made, Value

if TYPE_CHECKING:
    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call, Program

Kind = Literal["wrapper", "added", "listed", "before", "after"]
ENTRIES = frozenset(
    {
        "starlette.middleware.Middleware",
        "fastapi.middleware.Middleware",
        "litestar.middleware.DefineMiddleware",
        "litestar.middleware.base.DefineMiddleware",
        "starlite.DefineMiddleware",
    }
)
"""Classes that name a middleware class and its arguments in a list."""
CLASS_NAMES = frozenset({"cls", "middleware", "middleware_class"})
LISTS = ("middleware", "middlewares")


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One installation as it is found; see `Middleware` for what the fields mean."""

    name: str
    kind: Kind
    app: App | None
    at: Location
    arguments: Arguments
    target: FunctionSymbol | ClassSymbol | None
    call: Call | None
    scope: Scope
    conditions: tuple[Condition, ...]
    key: Key


def added(search: Search) -> Iterator[Layer]:
    """Find `app.add_middleware(Class, **options)`."""
    for call in search.method_calls("add_middleware"):
        given = call.arguments()
        entry = given.get(0, "middleware_class")
        name, target = named(entry)
        owners = search.owners(call.receiver())
        if owners == (None,) and not name.endswith("Middleware"):
            continue
        own, conditions = without_class(given), call.conditions()
        key = run_key(search.program, call.module, call.node, call.scope)
        for app in owners:
            at = call.location
            yield Layer(name, "added", app, at, own, target, call, call.scope, conditions, key)


def named(entry: Value | None) -> tuple[str, FunctionSymbol | ClassSymbol | None]:
    """Return the qualified name of a middleware class or function, and the project's definition of it."""
    return ("", None) if entry is None else (qualified(entry), next(definitions(entry), None))


def without_class(given: Arguments) -> Arguments:
    """Return what is left for a middleware class after the argument that names the class."""
    keywords = {k: v for k, v in given.keywords.items() if k not in CLASS_NAMES}
    return Arguments(given.positional[1:], keywords, given.at, given.text, given.partial)


def listed(search: Search) -> Iterator[Layer]:
    """Find the items of `middleware=[…]` in an app's own arguments, wherever the list is built."""
    for app in search.apps:
        for keyword in LISTS:
            given = app.keywords.get(keyword)
            for index, (item, tests) in enumerate(items(given) if given is not None else ()):
                yield _listed_item(search.program, app, item, tests, index)


def _listed_item(program: Program, app: App, item: Value, tests: tuple[Condition, ...], index: int) -> Layer:
    at = item.at or app.at
    entry: Value | None = item
    arguments = Arguments((), {}, at, "")
    if isinstance(item, Made):
        arguments = Arguments(item.arguments, dict(item.keywords), at, "", item.partial)
        if item.callee in ENTRIES:
            entry = item.argument(0, *CLASS_NAMES)
            arguments = without_class(arguments)
    call = made_by(program, item)
    conditions = together(app.call.conditions(), tests, call.conditions() if call is not None else ())
    name, target = named(entry)
    return Layer(
        name, "listed", app, at, arguments, target, call, app.call.scope, conditions, (("", index, 0),)
    )


def made_by(program: Program, value: Value) -> Call | None:
    """Return the call that made a library's object, or None when it does not stand in the source."""
    if isinstance(value, Made) and value.at is not None:
        for call in program.calls(value.callee, within={value.at.path}):
            if call.location == value.at:
                return call
    return None


def functions(search: Search) -> Iterator[Layer]:
    """Find `@app.middleware("http")` and `app.middleware("http")(function)`."""
    program = search.program
    for module in search.modules_with(".middleware("):
        for defined in definitions_in(program, module):
            for decorator in defined.node.decorator_list:
                if _is_middleware_call(decorator):
                    at = module.location(defined.node)
                    yield from _one_function(search, module, decorator, symbol_of(program, defined), at)
        for node in nodes_in(module.tree):
            if isinstance(node, ast.Call) and _is_middleware_call(node.func) and node.args:
                scope = scope_at(program, module, node)
                for target in definitions(program.evaluate(node.args[0], Point(scope, node))):
                    yield from _one_function(search, module, node.func, target, module.location(node))


def _is_middleware_call(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "middleware"
    )


def _one_function(
    search: Search, module: Module, node: ast.expr, target: FunctionSymbol | ClassSymbol, at: Location
) -> Iterator[Layer]:
    assert isinstance(node, ast.Call)  # noqa: S101 - _is_middleware_call says so
    call = call_at(search.program, module, node)
    key, conditions = run_key(search.program, module, node, call.scope), call.conditions()
    arguments = Arguments((), {}, at, "")
    for app in search.owners(call.receiver()):
        yield Layer(target.name, "added", app, at, arguments, target, call, call.scope, conditions, key)
