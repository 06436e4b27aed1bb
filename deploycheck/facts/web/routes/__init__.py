"""Routes: every path that an app serves, its prefixes resolved, and the function that answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploycheck.facts.web.routes import decorated, django, included, listed
from deploycheck.facts.web.routes.graph import Graph, Mounted
from deploycheck.facts.web.routes.model import Route, tidy
from deploycheck.facts.web.search import search

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from deploycheck.facts.web.apps import App
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup

COLLECTORS = (decorated.collect, included.collect, listed.collect, django.collect)
PARAMETER = re.compile(r"\{[^{}/]*:path\}|<path:[^<>]*>|\{[^{}]*\}|<[^<>]*>|\(\?P<[^)]*\)")


def route_graph(program: Program, apps: Sequence[App], within: Container[str] | None = None) -> Graph:
    """Return who includes whom, from which both routes and mounts are read."""
    where, graph = search(program, apps, within), Graph(apps)
    for collect in COLLECTORS:
        collect(where, graph)
    return graph


def find_routes(
    program: Program, apps: Sequence[App], within: Container[str] | None = None
) -> tuple[Route, ...]:
    """Return every route, for each app that serves it, in the order of the source."""
    return routes_of_graph(route_graph(program, apps, within))


def routes_of_graph(graph: Graph) -> tuple[Route, ...]:
    """Return a graph's routes, in the order of the source."""
    return tuple(sorted(graph.routes(), key=lambda r: (r.at, str(r.app.at) if r.app is not None else "")))


def serves(
    routes: Iterable[Route], app: App, path: str, method: str = "GET", lookup: Lookup | None = None
) -> bool | None:
    """Tell whether an app answers a request to `path`; None when routes that are not seen may.

    Parameters of a path match one part each (`{x:path}` any number); a slash at the end is ignored.
    """
    wanted, verdict = tidy(path).rstrip("/") or "/", False
    maybe = False
    for route in routes:
        if route.app is None:
            maybe = maybe or (bool(route.tail) and wanted.endswith(route.tail.rstrip("/")))
        elif route.app == app:
            answer = _answers(route, wanted, method, lookup)
            verdict, maybe = verdict or answer is True, maybe or answer is None
    return True if verdict else None if maybe else False


def _answers(route: Route, wanted: str, method: str, lookup: Lookup | None) -> bool | None:
    own = route.path_under(lookup)
    if own is None:
        return None
    if route.kind == "mount":
        root = own.rstrip("/")
        return None if wanted == root or wanted.startswith(root + "/") else False
    known = {method, "*"} | ({"GET"} if method == "HEAD" else set())
    if route.kind == "websocket" or (route.methods and not known & set(route.methods)):
        return False
    return bool(re.fullmatch(_pattern(own.rstrip("/") or "/"), wanted))


def _pattern(path: str) -> str:
    """Return the regular expression of the paths that a route's own path matches."""
    found, end = [], 0
    for match in PARAMETER.finditer(path):
        found.append(re.escape(path[end : match.start()]))
        found.append(".*" if "path" in match.group() and ":" in match.group() else "[^/]+")
        end = match.end()
    return "".join([*found, re.escape(path[end:])])


__all__ = ["Graph", "Mounted", "Route", "find_routes", "route_graph", "routes_of_graph", "serves"]
