"""Routes by decorator (`@app.get`, `@router.api_route`, `@bp.route`) and by registering calls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.routes.graph import Graph, Key, Leaf, is_router, keys
from deploycheck.facts.web.routes.model import Kind, method_names
from deploycheck.facts.web.routes.points import each_time
from deploycheck.facts.web.routes.views import VERBS, class_verbs, views, views_in
from deploycheck.facts.web.syntax import definitions_in, symbol_of
from deploycheck.python import calling
from deploycheck.python.scopes import FunctionSymbol, Point
from deploycheck.python.values import Literal, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.search import Search
    from deploycheck.facts.web.syntax import Defined
    from deploycheck.findings import Location
    from deploycheck.python.models import Arguments
    from deploycheck.python.program import Call

ANY = ("route", "api_route")
SOCKETS = ("websocket", "websocket_route", "api_websocket_route")
DECORATORS = frozenset((*VERBS, *ANY, *SOCKETS))
REGISTER = {
    "add_api_route": (1, "endpoint"),
    "add_route": (1, "route"),
    "add_url_rule": (2, "view_func"),
    "add_websocket_route": (1, "route"),
    "add_api_websocket_route": (1, "endpoint"),
}
"""Registering methods of apps and routers: where the view stands among their arguments."""
PATH_NAMES = ("path", "rule", "uri")
VIEW_NAMES = ("endpoint", "route", "view_func", "handler")
AIOHTTP = {f"add_{verb}": verb for verb in VERBS}


def collect(search: Search, graph: Graph) -> None:
    """Add every route that a decorator or a registering call adds."""
    for module in search.modules_with(*(f".{name}(" for name in DECORATORS)):
        for defined in definitions_in(search.program, module):
            for node in defined.node.decorator_list:
                for leaf in _decorator(search, defined, node):
                    graph.leaf(leaf)
    for call in search.method_calls(*REGISTER):
        for leaf in _registered(search, call):
            graph.leaf(leaf)
    for call in search.method_calls(*AIOHTTP):
        _aiohttp(search, call, graph)
    _applied(search, graph)


def _decorator(search: Search, defined: Defined, node: ast.expr) -> Iterator[Leaf]:
    """Read `@owner.verb("/path", …)` above a function, or above a class of views."""
    if not (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DECORATORS
    ):
        return
    program = search.program
    owner = program.evaluate(node.func.value, defined.point)
    given = calling.arguments_of(program.evaluator, node, Point(defined.around, node))
    sure = is_router(owner) or _is_unseen(owner, given)
    if not (sure or keys(owner)):
        return
    symbol = symbol_of(program, defined)
    at = defined.module.location(node)
    methods, kind = _methods(node.func.attr, given), _kind(node.func.attr)
    for path in _paths(given, node.func.attr):
        if isinstance(symbol, FunctionSymbol):
            yield Leaf(keys(owner), (path,), methods, symbol, at, kind, given.keywords, sure)
            continue
        for verb, function in class_verbs(program, symbol):
            yield Leaf(keys(owner), (path,), (verb.upper(),), function, at, kind, given.keywords, sure)


def _is_unseen(owner: Value, given: Arguments) -> bool:
    """Tell whether something that is not known is given a path, as only what holds routes is."""
    path = _path(given)
    literal = next((a for a, _ in arms(path) if isinstance(a, Literal)), None) if path is not None else None
    unseen = any(isinstance(a, Unknown) for a, _ in arms(owner))
    return unseen and literal is not None and isinstance(literal.data, str) and literal.data.startswith("/")


def _path(given: Arguments) -> Value | None:
    return given.get(0, *PATH_NAMES)


def _paths(given: Arguments, name: str) -> tuple[Value, ...]:
    """Return the paths that one decorator gives: several for flask-restx's `@ns.route("/a", "/b")`."""
    first = _path(given)
    if first is None:
        return (Literal(""),)
    more = given.positional[1:] if name == "route" else ()
    return (first, *(v for v in more if isinstance(v, Literal) and isinstance(v.data, str)))


def _methods(name: str, given: Arguments) -> tuple[str, ...]:
    if name in VERBS:
        return (name.upper(),)
    return () if name in SOCKETS else method_names(given.keywords.get("methods"))


def _kind(name: str) -> Kind:
    return "websocket" if "websocket" in name else "route"


def _registered(search: Search, call: Call) -> Iterator[Leaf]:
    """Read `owner.add_api_route("/path", view, methods=[…])` and its like, for each turn of a loop."""
    assert isinstance(call.node.func, ast.Attribute)  # noqa: S101 - method_calls gives only these
    name = call.node.func.attr
    receiver = call.receiver()
    owner, sure = keys(receiver), is_router(receiver)
    for given, point in each_time(call):
        path, view = _path(given), _view_expression(call.node, REGISTER[name][0])
        if path is None or (not owner and view is None):
            continue
        if _is_aiohttp_route(call, given):
            yield from _aiohttp_route(search, owner, given, call.location)
            continue
        methods = () if "websocket" in name else method_names(given.get(None, "methods"))
        answers = views(search.program, view, point, methods) if view is not None else [(None, methods)]
        for handler, answered in answers:
            yield Leaf(owner, (path,), answered, handler, call.location, _kind(name), given.keywords, sure)


def _view_expression(node: ast.Call, position: int) -> ast.expr | None:
    if len(node.args) > position and not any(isinstance(a, ast.Starred) for a in node.args):
        return node.args[position]
    return next((k.value for k in node.keywords if k.arg in VIEW_NAMES[2:] or k.arg in VIEW_NAMES[:2]), None)


def _is_aiohttp_route(call: Call, given: Arguments) -> bool:
    """Tell aiohttp's `add_route("GET", "/path", view)` from Starlette's `add_route("/path", view)`."""
    first = given.get(0)
    found = next((a.data for a, _ in arms(first) if isinstance(a, Literal)), "") if first is not None else ""
    return isinstance(found, str) and (found == "*" or found.lower() in VERBS) and len(call.node.args) > 1


def _aiohttp_route(search: Search, owner: tuple[Key, ...], given: Arguments, at: Location) -> Iterator[Leaf]:
    method, path, view = given.get(0), given.get(1), given.get(2)
    names = method_names(None, (str(getattr(method, "data", "")).upper(),))
    for handler, answered in views_in(search.program, view, names):
        yield Leaf(owner, (path,) if path is not None else (), answered, handler, at, sure=False)


def _aiohttp(search: Search, call: Call, graph: Graph) -> None:
    """Read `app.router.add_get("/path", view)`."""
    assert isinstance(call.node.func, ast.Attribute)  # noqa: S101 - method_calls gives only these
    owner, verb = keys(call.receiver()), AIOHTTP[call.node.func.attr].upper()
    for given, _ in each_time(call) if owner else ():
        path = given.get(0, "path")
        for handler, answered in views_in(search.program, given.get(1, "handler"), (verb,)):
            if path is not None:
                graph.leaf(Leaf(owner, (path,), answered, handler, call.location, sure=False))


def _applied(search: Search, graph: Graph) -> None:
    """Read `router.get("/path")(view)`."""
    for site in search.program.callers.named(""):
        inner = site.node.func
        if not (
            site.module.path in search.paths
            and isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr in DECORATORS
            and site.node.args
        ):
            continue
        owner = keys(search.program.evaluate(inner.func.value, site.point))
        given = calling.arguments_of(search.program.evaluator, inner, site.point)
        path, name = _path(given), inner.func.attr
        answers = views(search.program, site.node.args[0], site.point, _methods(name, given))
        for handler, methods in answers if owner and path is not None else ():
            at = site.module.location(inner)
            graph.leaf(
                Leaf(owner, (path,) if path else (), methods, handler, at, _kind(name), given.keywords)
            )
