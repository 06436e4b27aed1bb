"""Routes in lists: Starlette's `routes=[Route(…), Mount(…)]` and Litestar's `route_handlers=[…]`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms, items, qualified
from deploycheck.facts.web.routes.graph import Edge, Graph, Key, Leaf, keys
from deploycheck.facts.web.routes.model import Kind, method_names
from deploycheck.facts.web.routes.views import VERBS, views_in
from deploycheck.facts.web.syntax import definitions_in, symbol_of
from deploycheck.python import calling
from deploycheck.python.classes import of_class
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point
from deploycheck.python.values import Literal, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.search import Search
    from deploycheck.facts.web.syntax import Defined
    from deploycheck.python.program import Call
    from deploycheck.python.scopes import Scope

ROUTERS = ("starlette.routing.Router", "fastapi.APIRouter", "fastapi.routing.APIRouter")
LITESTAR_ROUTERS = ("litestar.Router", "litestar.router.Router", "starlite.Router")
HANDLERS = frozenset(
    f"{lib}.{verb}" for lib in ("litestar", "litestar.handlers", "starlite") for verb in (*VERBS, "route")
)
SLASH = Literal("/")


def collect(search: Search, graph: Graph) -> None:
    """Add the routes of the lists that apps and routers are made with."""
    for app in search.apps:
        _given(search, graph, app.call, app.keywords.get("routes"))
    for call in search.calls(*ROUTERS):
        _given(search, graph, call, call.argument(None, "routes"))
    _litestar(search, graph)


def _given(search: Search, graph: Graph, call: Call, routes: Value | None) -> None:
    if routes is not None:
        _spread(search, graph, call)
        _list(search, graph, (call.location,), (), routes)


def _spread(search: Search, graph: Graph, call: Call) -> None:
    """Read `routes=[*other.routes]`: all of another app's or router's routes."""
    for keyword in call.node.keywords:
        elements = keyword.value.elts if isinstance(keyword.value, (ast.List, ast.Tuple)) else [keyword.value]
        for element in elements if keyword.arg == "routes" else ():
            inner = element.value if isinstance(element, ast.Starred) else element
            if isinstance(inner, ast.Attribute) and inner.attr == "routes":
                children = keys(search.program.evaluate(inner.value, call.point))
                graph.edge(Edge((call.location,), children, (), call.location))


def _list(
    search: Search, graph: Graph, owner: tuple[Key, ...], above: tuple[Value, ...], routes: Value
) -> None:
    for item, _ in items(routes):
        if not isinstance(item, Made):
            continue
        kind = item.callee.rpartition(".")[2]
        path = item.argument(0, "path")
        parts = (*above, *(() if path is None else (path,)))
        if kind in {"Route", "APIRoute", "WebSocketRoute", "APIWebSocketRoute"}:
            _route(search, graph, owner, parts, item)
        elif kind in {"Mount", "Host"}:
            _mount(search, graph, owner, above if kind == "Host" else parts, item)


def _route(
    search: Search, graph: Graph, owner: tuple[Key, ...], parts: tuple[Value, ...], item: Made
) -> None:
    socket = "WebSocket" in item.callee
    methods = () if socket else method_names(item.argument(None, "methods"))
    for handler, answered in views_in(search.program, item.argument(1, "endpoint"), methods):
        if item.at is not None:
            kind: Kind = "websocket" if socket else "route"
            graph.leaf(Leaf(owner, parts, answered, handler, item.at, kind, dict(item.keywords)))


def _mount(
    search: Search, graph: Graph, owner: tuple[Key, ...], parts: tuple[Value, ...], item: Made
) -> None:
    inner, routes = item.argument(1, "app"), item.argument(2, "routes")
    if routes is not None:
        _list(search, graph, owner, (*parts, SLASH), routes)
    at = item.at
    children = tuple(k for k in keys(inner) if k in graph.apps)
    made_routers = [a for a, _ in arms(inner) if qualified(a) in ROUTERS] if inner is not None else []
    if at is None or (inner is None and routes is not None):
        return
    if children or made_routers:
        graph.edge(Edge(owner, children or keys(inner), (*parts, SLASH), at))
    else:
        graph.leaf(Leaf(owner, parts, (), None, at, "mount"))


# -- Litestar ------------------------------------------------------------------------------------------


def _litestar(search: Search, graph: Graph) -> None:
    """Read handlers by their own decorators; lists say which router or app has them."""
    for module in search.modules_with("litestar", "starlite"):
        for defined in definitions_in(search.program, module):
            for node in defined.node.decorator_list:
                for leaf in _handler(search, defined, node):
                    graph.leaf(leaf)
    for app in search.apps:
        if app.kind == "litestar":
            listed = app.keywords.get("route_handlers")
            _handlers(search, graph, app.at, listed if listed is not None else app.call.argument(0))
    for call in search.calls(*LITESTAR_ROUTERS):
        path = call.argument(0, "path")
        _handlers(search, graph, call.location, call.argument(None, "route_handlers"))
        graph.edge(
            Edge(
                (_prefixed(call.location),),
                (call.location,),
                () if path is None else (path, SLASH),
                call.location,
            )
        )


def _prefixed(at: Key) -> Key:
    """Return the key of a router together with its own path, which lists refer to."""
    return hash((at, "prefixed"))


def _handler(search: Search, defined: Defined, node: ast.expr) -> Iterator[Leaf]:
    program = search.program
    if not isinstance(node, ast.Call):
        return
    name = qualified(program.evaluate(node.func, defined.point))
    symbol = symbol_of(program, defined)
    if name not in HANDLERS or not isinstance(symbol, FunctionSymbol):
        return
    given = calling.arguments_of(program.evaluator, node, Point(defined.around, node))
    path = given.get(0, "path")
    verb = name.rpartition(".")[2]
    methods = method_names(given.keywords.get("http_method"), ()) if verb == "route" else (verb.upper(),)
    holder = symbol.scope.enclosing_class()
    key = id(defined.node) if holder is None else id(holder.node)
    own: tuple[Value, ...] = () if path is None else (path,)
    above = _controller_path(search, holder) if holder is not None else ()
    parts = (*above, *own)
    yield Leaf((key,), parts, methods, symbol, defined.module.location(node), keywords=given.keywords)


def _handlers(search: Search, graph: Graph, parent: Key, listed: Value | None) -> None:
    for item, _tests in items(listed) if listed is not None else ():
        for arm, _more in arms(item):
            at = arm.at
            if isinstance(arm, Reference) and isinstance(arm.target, (FunctionSymbol, ClassSymbol)):
                where = at or search.apps[0].at
                graph.edge(Edge((parent,), (id(arm.target.node),), (SLASH,), where))
            elif isinstance(arm, Made) and at is not None:
                router = arm.callee in LITESTAR_ROUTERS
                graph.edge(Edge((parent,), (_prefixed(at),) if router else (at,), (SLASH,), at))
            elif isinstance(arm, Unknown) and at is not None:
                graph.leaf(Leaf((parent,), (arm,), (), None, at, "mount"))


def _controller_path(search: Search, holder: Scope) -> tuple[Value, ...]:
    """Return the path that a controller class gives to all its handlers."""
    assert isinstance(holder.node, ast.ClassDef)  # noqa: S101 - enclosing_class() gives only these
    reference = search.program.evaluator.definition(holder.node, holder.parent or holder)
    if not isinstance(reference.target, ClassSymbol):
        return ()
    path = of_class(search.program.evaluator, reference.target, "path")
    return () if isinstance(peel(path), Unknown) else (path, SLASH)
