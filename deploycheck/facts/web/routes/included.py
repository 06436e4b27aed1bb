"""Routers in routers: `include_router`, `mount`, `register_blueprint`, `add_namespace`, own prefixes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.construction import library_arguments
from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.routes.graph import Edge, Graph, Key, Leaf, keys
from deploycheck.facts.web.routes.points import each_time
from deploycheck.facts.web.routes.views import views_in
from deploycheck.python.classes import Construction
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Instance, Literal, Made, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.search import Search
    from deploycheck.python.models import Arguments
    from deploycheck.python.program import Call

SLASH = Literal("/")
APIS = (
    "flask_restful.Api",
    "flask_restx.Api",
    "flask_restplus.Api",
    "flask_smorest.Api",
    "flask_rebar.Rebar",
)
OWN_PREFIX = ("prefix", "url_prefix", "path")


def collect(search: Search, graph: Graph) -> None:
    """Add every inclusion, and a route for each thing mounted whose own routes are not seen."""
    for call in search.method_calls("include_router"):
        _include(search, call, graph)
    for call in search.method_calls("mount", "add_subapp", "mount_asgi", "mount_wsgi"):
        _mount(call, graph)
    for call in search.method_calls("register_blueprint", "blueprint", "add_namespace"):
        _register(search, call, graph)
    for call in search.method_calls("add_resource"):
        _resource(search, call, graph)
    for call in search.method_calls("add_routes"):
        _add_routes(search, call, graph)
    for call in search.calls(*APIS):
        _api(call, graph)


def own_prefix(search: Search, value: Value) -> tuple[Value, ...]:
    """Return the prefix that a router, blueprint or namespace was made with."""
    for arm, _ in arms(value):
        if isinstance(arm, Made):
            found = arm.argument(None, *OWN_PREFIX)
            if found is None and arm.callee.endswith(".Namespace"):
                name = arm.argument(0, "name")
                return () if name is None else (SLASH, name)
            return () if found is None else (found,)
        if isinstance(arm, Instance) and isinstance(arm.target, ClassSymbol):
            given = arm.frame.arguments if isinstance(arm.frame, Construction) else None
            reached = library_arguments(search.program, arm.target, given) if given is not None else None
            found = reached.get(None, *OWN_PREFIX) if reached is not None else None
            return () if found is None else (found,)
    return ()


def _include(search: Search, call: Call, graph: Graph) -> None:
    """Read `app.include_router(router, prefix=…)`: the prefix there goes before the router's own."""
    parents = keys(call.receiver())
    for given, _ in each_time(call):
        router = given.get(0, "router")
        prefix = given.get(1, "prefix")
        outer = () if prefix is None else (prefix,)
        if router is None:
            continue
        children = keys(router)
        parts = (*outer, *own_prefix(search, router))
        if children:
            graph.edge(Edge(parents, children, parts, call.location))
        if not children or _is_foreign(router):
            graph.leaf(Leaf(parents, parts, (), None, call.location, "mount", sure=False))


def _is_foreign(router: Value) -> bool:
    """Tell whether a router comes from a library's function: its routes are not seen."""
    made = [arm for arm, _ in arms(router) if isinstance(arm, Made)]
    return any(m.callee.endswith("()") or not m.callee.rpartition(".")[2][:1].isupper() for m in made)


def _mount(call: Call, graph: Graph) -> None:
    """Read `app.mount("/path", other)`, aiohttp's `add_subapp` too."""
    parents = keys(call.receiver())
    for given, _ in each_time(call) if parents else ():
        path, other = given.get(0, "path", "prefix"), given.get(1, "app", "subapp")
        if path is None:
            continue
        children = tuple(k for k in keys(other) if k in graph.apps)
        if children:
            graph.edge(Edge(parents, children, (path,), call.location))
        else:
            graph.leaf(Leaf(parents, (path,), (), None, call.location, "mount", sure=False))


def _register(search: Search, call: Call, graph: Graph) -> None:
    """Read `app.register_blueprint(bp, url_prefix=…)`: a prefix there replaces the blueprint's own."""
    found = keys(call.receiver())
    parents = tuple(k for k in found if k in graph.apps) or _first(found)
    for given, _ in each_time(call) if parents else ():
        child = given.get(0, "blueprint", "ns")
        children = keys(child)
        if child is None or not children:
            graph.leaf(
                Leaf(parents, (Unknown("a blueprint that is not seen"),), (), None, call.location, "mount")
            )
            continue
        prefix = _given_prefix(call, given)
        parts = own_prefix(search, child) if prefix is None else (prefix,)
        graph.edge(Edge(parents, children, (*parts, SLASH), call.location))


def _given_prefix(call: Call, given: Arguments) -> Value | None:
    by_position = 1 if _method(call) == "add_namespace" else None
    found = given.get(by_position, "url_prefix", "path")
    nothing = found is not None and all(isinstance(a, Literal) and a.data is None for a, _ in arms(found))
    return None if nothing else found


def _method(call: Call) -> str:
    return call.node.func.attr if isinstance(call.node.func, ast.Attribute) else ""


def _api(call: Call, graph: Graph) -> None:
    """Read `Api(app, prefix="/api")` and `Api(blueprint)`: it adds its resources to that; also `init_app`."""
    own = call.argument(None, "prefix")
    parts = (own, SLASH) if own is not None else (SLASH,)
    parents = [*keys(call.argument(0, "app"))]
    for later in call.program.method_calls("init_app"):
        if call.location in keys(later.receiver()):
            parents.extend(keys(later.argument(0, "app")))
    outer = tuple(p for p in parents if p != call.location)
    if outer:
        graph.edge(Edge(outer, (call.location,), parts, call.location))


def _resource(search: Search, call: Call, graph: Graph) -> None:
    """Read `api.add_resource(Class, "/path", "/other")`."""
    owner = _first(keys(call.receiver()))
    for given, _ in each_time(call) if owner else ():
        for path in given.positional[1:]:
            for handler, methods in views_in(search.program, given.get(0), ()):
                graph.leaf(
                    Leaf(owner, (path,), methods, handler, call.location, keywords=given.keywords, sure=False)
                )


def _first(found: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return the nearest holder alone: an `Api(app)` is a holder of its own."""
    return found[:1]


def _add_routes(search: Search, call: Call, graph: Graph) -> None:
    """Read aiohttp's `app.add_routes([web.get("/path", view)])` and `app.add_routes(table)`."""
    parents = keys(call.receiver())
    given = call.argument(0, "routes")
    if given is None or not parents:
        return
    children = keys(given)
    if children:
        graph.edge(Edge(parents, children, (), call.location))
    for route in _listed(given):
        path = route.argument(0, "path")
        verb = route.callee.rpartition(".")[2].upper()
        for handler, methods in views_in(search.program, route.argument(1, "handler"), (verb,)):
            if path is not None:
                graph.leaf(Leaf(parents, (path,), methods, handler, route.at or call.location, sure=False))


def _listed(value: Value) -> Iterator[Made]:
    from deploycheck.facts.web.objects import items

    for item, _ in items(value):
        if isinstance(item, Made) and item.callee.startswith("aiohttp.web.") and item.arguments:
            yield item
