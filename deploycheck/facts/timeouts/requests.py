"""What bounds how long a request may take: the app, its server, or a proxy that the project configures."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploycheck.facts.proxies import texts_in_use
from deploycheck.facts.timeouts.server import LONGEST, bounds_requests
from deploycheck.findings import Location, Step
from deploycheck.python.resolution import holds
from deploycheck.python.syntax import last_name, nodes_in

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.facts.web.apps import App
    from deploycheck.python.program import Call, Program
    from deploycheck.sources.tree import Tree

BOUNDS = (
    *("asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "asyncio.timeouts.timeout"),
    *("anyio.fail_after", "anyio.move_on_after", "async_timeout.timeout", "trio.fail_after"),
    *("signal.alarm", "signal.setitimer"),
)
"""Calls by which code gives up on what it waits for."""
ASGI = frozenset({"fastapi", "starlette", "quart", "litestar"})
_MIDDLEWARE = re.compile(r"time_?out", re.IGNORECASE)
_NGINX = re.compile(r"^\s*(?:proxy|uwsgi|grpc|fastcgi)_read_timeout\s+(\d+)(ms|s|m|h|d)?\s*;", re.MULTILINE)
_PASSES = re.compile(r"^\s*(?:proxy|uwsgi|grpc)_pass\s", re.MULTILINE)
_INGRESS = re.compile(r"^\s*nginx\.ingress\.kubernetes\.io/proxy-read-timeout:\s*[\"']?(\d+)", re.MULTILINE)
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def bounded_by(deployment: Deployment, app: App, tree: Tree) -> Step | bool | None:
    """Return what bounds an app's requests, False where nothing does; None where that is not known."""
    own = next(_of_app(deployment), None)
    if own is not None:
        return own
    if any(not m.name for m in deployment.middleware):
        return None
    proxy = next(_proxies(tree), None)
    if proxy is not None:
        return proxy
    server = _by_server(deployment, app)
    return None if server is None else Step("the server ends a request", deployment.at) if server else False


def _by_server(deployment: Deployment, app: App) -> bool | None:
    """Tell whether the server bounds requests; a WSGI app may be started by one that does and is not seen."""
    server = deployment.server
    if app.kind in ASGI:
        daphne = server.option("http_timeout") if server is not None and server.program == "daphne" else None
        return None if daphne is not None else False
    return None if server is None or not server.production else bounds_requests(deployment)


def _of_app(deployment: Deployment) -> Iterator[Step]:
    """Yield the installed middleware, and the class of routes, that gives up on a request."""
    bounds = list(_bounds(deployment))
    for one in deployment.middleware:
        if holds(one.conditions, deployment.environment) is False:
            continue
        node = one.target.node if one.target is not None else None
        by_name = node is None and _MIDDLEWARE.search(one.name.rpartition(".")[2])
        if by_name or any(_contains(node, c) for c in bounds):
            yield Step(one.name, one.at)
    yield from (Step(c.module.source(c.node), c.location) for c in bounds if _in_route_class(c))


def _bounds(deployment: Deployment) -> Iterator[Call]:
    words = ("timeout", "wait_for", "fail_after", "move_on_after", "alarm", "setitimer")
    paths = {
        m.path
        for m in deployment.program.app_modules()
        if m.path in deployment.modules and any(w in m.text for w in words)
    }
    program: Program = deployment.program
    yield from program.calls(*BOUNDS, within=paths) if paths else ()


def _contains(node: ast.AST | None, call: Call) -> bool:
    return node is not None and any(n is call.node for n in nodes_in(node))


def _in_route_class(call: Call) -> bool:
    """Tell whether a call stands in a class of routes: FastAPI hands each request to it."""
    return any(
        isinstance(n, ast.ClassDef)
        and any(last_name(b).endswith("APIRoute") for b in n.bases)
        and any(x is call.node for x in nodes_in(n))
        for n in call.module.tree.body
    )


def _proxies(tree: Tree) -> Iterator[Step]:
    """Yield the places where a proxy gives a request up in time: nginx does after 60 seconds by itself."""
    for path, text in texts_in_use(tree, "*.conf", "*.conf.*", "*nginx*"):
        if not _PASSES.search(text):
            continue
        told = list(_NGINX.finditer(text))
        inside = [m for m in told if int(m[1]) * _UNITS[m[2] or "s"] <= LONGEST]
        if inside or not told:
            at = inside[0].start(1) if inside else 0
            yield Step("a proxy gives requests up", Location(path, text.count("\n", 0, at) + 1))
    for path, text in texts_in_use(tree, "*.yaml", "*.yml", "*.tpl"):
        match = _INGRESS.search(text)
        if match and int(match[1]) <= LONGEST:
            yield Step(match[0].strip(), Location(path, text.count("\n", 0, match.start(1)) + 1))
