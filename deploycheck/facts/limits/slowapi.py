"""slowapi: what its limiters reach (tried with slowapi 0.1.10, FastAPI 0.136 to 0.165)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.limits.model import Limiter
from deploycheck.facts.limits.storages import storage_of
from deploycheck.facts.versions import may_reach
from deploycheck.facts.web.objects import makers
from deploycheck.facts.web.routes import find_routes
from deploycheck.findings import Step
from deploycheck.python.resolution import holds
from deploycheck.python.syntax import last_name, nodes_in
from deploycheck.python.values import Listing, Literal, Value, Variable, peel

if TYPE_CHECKING:
    from deploycheck.facts.limits.context import Context
    from deploycheck.findings import Location
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Call

NAMES = ("slowapi.Limiter", "slowapi.extension.Limiter")
MIDDLEWARE = (
    "slowapi.middleware.SlowAPIMiddleware",
    "slowapi.middleware.SlowAPIASGIMiddleware",
    "slowapi.SlowAPIMiddleware",
)
DECORATORS = ("limit", "shared_limit")
ROUTES = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "api_route", "route", "websocket"}
)
HANDLER = "_rate_limit_exceeded_handler"
LAZY_ROUTERS = "0.137"
"""FastAPI from here on keeps an included router as one route with no endpoint, which slowapi lets pass."""


def find(context: Context) -> Iterator[Limiter]:
    """Yield every limiter of slowapi that the app makes."""
    for call in context.calls("slowapi", *NAMES):
        uses = [c for c in context.methods("limit", call.location, *DECORATORS) if _decorates(c)]
        why = _why_not(context, call, uses)
        uri = call.argument(None, "storage_uri")
        if uri is None:  # slowapi reads this one itself, through starlette's Config
            uri = Variable(("RATELIMIT_STORAGE_URL",), Literal("memory://"), "slowapi")
        storage, resolved = storage_of(uri, context.environment)
        given = [call.argument(None, n) for n in ("default_limits", "application_limits")]
        limits = [v for v in given if v is not None] + [
            v for c in uses if (v := c.argument(0, "limit_value"))
        ]
        yield Limiter(
            "slowapi",
            call.location,
            call.module.source(call.node),
            refuses=not why,
            why_not=why,
            storage=storage,
            storage_value=resolved,
            limits=tuple(limits),
            tells_when=_tells_when(context, call),
            broken=_broken(context),
            steps=tuple(Step(c.module.source(c.node), c.location) for c in uses[:2]),
        )


def _decorates(call: Call) -> bool:
    return _decorated(call) is not None


def _decorated(call: Call) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    for node in nodes_in(call.module.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and call.node in node.decorator_list:
            return node
    return None


def _why_not(context: Context, call: Call, uses: list[Call]) -> str:
    if holds(call.conditions(), context.environment) is False:
        return "it is not made in this environment"
    enabled = call.argument(None, "enabled")
    switch = Variable(("RATELIMIT_ENABLED",), Literal(data=True), "slowapi")
    if context.is_off(enabled) or context.is_off(switch):
        return "it is switched off in this environment"
    if not context.served.runs(call.module, call.node):
        return "nothing runs the code that makes it"
    if any(_reaches(context, use) for use in uses):
        return ""
    given = [call.argument(None, n) for n in ("default_limits", "application_limits")]
    if not any(v is not None and not _is_empty(v) for v in given):
        return "its decorator stands above the route's" if uses else "no route uses it and it has no defaults"
    return _why_no_defaults(context)


def _why_no_defaults(context: Context) -> str:
    """Return why limits for all routes reach none: only the middleware applies them."""
    added = [m for m in context.deployment.middleware if m.is_a(*MIDDLEWARE)]
    if not any(holds(m.conditions, context.environment) is not False for m in added):
        return "its default limits do nothing without SlowAPIMiddleware"
    if _all_included(context):
        return (
            f"from FastAPI {LAZY_ROUTERS} on its default limits do not reach the routes of included routers"
        )
    return ""


def _reaches(context: Context, use: Call) -> bool:
    """Tell whether a decorator limits a route: it must stand below the route's own."""
    function = _decorated(use)
    if function is None or not context.served.runs(use.module, function.body[0]):
        return False
    own = function.decorator_list.index(use.node)
    routes = [i for i, d in enumerate(function.decorator_list) if _is_route(d)]
    return not routes or min(routes) < own


def _is_route(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and last_name(decorator.func) in ROUTES


def _is_empty(value: Value) -> bool:
    found = peel(value)
    return (isinstance(found, Listing) and not found.items) or (isinstance(found, Literal) and not found.data)


def _all_included(context: Context) -> bool:
    """Tell whether every route comes with a router, and production installs a FastAPI that keeps it apart."""
    deployment = context.deployment
    if not may_reach(deployment.installed, "fastapi", LAZY_ROUTERS):
        return False
    routes = find_routes(context.program, deployment.apps, deployment.modules)
    own = [r for r in routes if r.kind == "route" and r.app is not None and r.app.kind == "fastapi"]
    direct = {a.at for a in deployment.apps}
    return bool(own) and not any(_registered_on_app(context, r.at.path, r.at.line, direct) for r in own)


def _registered_on_app(context: Context, path: str, line: int, apps: set[Location]) -> bool:
    """Tell whether the decorator or call at a place is one of an app's own, or of something not known."""
    module = context.program.module_at(path)
    if module is None:
        return True
    names = (*ROUTES, "add_api_route", "add_route")
    for call in context.program.method_calls_in(module, *names):
        if call.location.line <= line <= call.location.end_line:
            receiver = call.receiver()
            made = makers(receiver) if receiver is not None else ()
            return not made or bool(apps & set(made))
    return True


def _tells_when(context: Context, call: Call) -> bool | None:
    if context.writes_retry_after:
        return True
    switch = call.argument(None, "headers_enabled")
    if switch is None:
        switch = Variable(("RATELIMIT_HEADERS_ENABLED",), Literal(data=False), "slowapi")
    return context.is_on(switch)


def _broken(context: Context) -> str:
    """Return what happens where slowapi's own handler is used and does not find the limiter."""
    if not any(_uses(module, HANDLER) for module in context.modules(HANDLER)):
        return ""
    for module in context.modules("limiter"):
        for node in nodes_in(module.tree):
            match node:
                case ast.Attribute(value=ast.Attribute(attr="state"), attr="limiter", ctx=ast.Store()):
                    return ""
                case ast.Call(func=ast.Name(id="setattr")):
                    return ""
    return "app.state.limiter is not set, so slowapi's own handler fails: a refused caller gets 500"


def _uses(module: Module, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        for n in nodes_in(module.tree)
    )
