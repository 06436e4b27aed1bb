"""Who includes whom: apps, routers, blueprints and mounts, from a handler up to what serves it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms, qualified
from deploycheck.facts.web.routes.model import UNKNOWN_PREFIX, Kind, Route
from deploycheck.facts.web.wrapping import arguments_of
from deploycheck.findings import Location
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.values import Instance, Made, Reference, Value

if TYPE_CHECKING:
    from deploycheck.facts.web.apps import App

Key = Location | int
"""What holds routes: the place of the call that made it, or a class of the project (its node's id)."""
MAX_LEVELS = 10
SAME = frozenset({"router", "server", "app", "wsgi_app", "asgi_app"})


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A route as it is registered on a holder, its path from there.

    `sure` tells that the holder is one of routes even if nothing is seen to include it.
    """

    owners: tuple[Key, ...]
    parts: tuple[Value, ...]
    methods: tuple[str, ...]
    handler: FunctionSymbol | None
    at: Location
    kind: Kind = "route"
    keywords: Mapping[str, Value] = field(default_factory=dict)
    sure: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A holder takes in all routes of another, under a prefix."""

    parents: tuple[Key, ...]
    children: tuple[Key, ...]
    parts: tuple[Value, ...]
    at: Location


@dataclass(frozen=True, slots=True, eq=False)
class Mounted:
    """One app mounted in another, at `parts` below the parent's root."""

    parent: App
    child: App
    parts: tuple[Value, ...]
    at: Location


def is_router(value: Value | None) -> bool:
    """Tell by the class that made it whether a value holds routes: a router, a blueprint, a namespace."""
    for arm, _ in arms(value) if value is not None else ():
        name = qualified(arm).removesuffix("()").rpartition(".")[2]
        if name.endswith(("Router", "Blueprint", "Api", "API", "Namespace", "RouteTableDef")):
            return True
    return False


def keys(value: Value | None) -> tuple[Key, ...]:
    """Return what a value may hold routes as; a wrapper counts as what it wraps."""
    return tuple(dict.fromkeys(_keys(value, MAX_LEVELS))) if value is not None else ()


def _keys(value: Value, depth: int) -> Iterator[Key]:
    for arm, _ in arms(value) if depth else ():
        match arm:
            case Made() | Instance():
                if arm.at is not None:
                    yield arm.at
                if isinstance(arm, Instance) and isinstance(arm.target, ClassSymbol):
                    yield id(arm.target.node)
                for inner in arguments_of(arm)[:1]:
                    yield from (k for k in _keys(inner, depth - 1) if isinstance(arm, Made))
            case Reference(receiver=receiver, name=name) if (
                receiver is not None and name.rpartition(".")[2] in SAME
            ):
                yield from _keys(receiver, depth - 1)


class Graph:
    """Collects leaves and edges; gives routes with their whole paths."""

    def __init__(self, apps: Iterable[App]) -> None:
        """Start with the apps, which are holders that nothing need include."""
        self.apps: dict[Key, App] = {}
        for app in apps:
            self.apps[app.at] = app
            if app.own_class is not None:
                self.apps.setdefault(id(app.own_class.node), app)
        self.leaves: list[Leaf] = []
        self.edges: list[Edge] = []
        self._above: dict[Key, list[Edge]] = defaultdict(list)

    def leaf(self, leaf: Leaf) -> None:
        """Add a route."""
        self.leaves.append(leaf)

    def edge(self, edge: Edge) -> None:
        """Add an inclusion."""
        self.edges.append(edge)
        for child in edge.children:
            self._above[child].append(edge)

    def routes(self) -> Iterator[Route]:
        """Yield every route for every app that serves it; for no app, with an unknown prefix, for none."""
        for leaf in self.leaves:
            ways = {
                (way[0].at, *map(id, way[1])): way for owner in leaf.owners for way in self._ways(owner, ())
            }
            for app, prefix in ways.values():
                yield self._route(leaf, (*prefix, *leaf.parts), app)
            if not ways and leaf.sure:
                yield self._route(leaf, (UNKNOWN_PREFIX, *leaf.parts), None)

    def _route(self, leaf: Leaf, parts: tuple[Value, ...], app: App | None) -> Route:
        return Route(parts, leaf.methods, leaf.handler, leaf.at, app, leaf.kind, leaf.keywords)

    def _ways(
        self, holder: Key, below: tuple[Value, ...], seen: frozenset[Key] = frozenset()
    ) -> Iterator[tuple[App, tuple[Value, ...]]]:
        """Yield each app above a holder with the prefix from that app down."""
        if holder in seen or len(seen) > MAX_LEVELS:
            return
        if holder in self.apps:
            yield self.apps[holder], below
        for edge in self._above[holder]:
            for parent in edge.parents:
                yield from self._ways(parent, (*edge.parts, *below), seen | {holder})

    def mounts(self) -> Iterator[Mounted]:
        """Yield each app that another app mounts, directly or through routers."""
        for child_key, child in self.apps.items():
            for parent, parts in self._ways(child_key, ()):
                if parent != child and isinstance(child_key, Location):
                    at = self._above[child_key][0].at
                    yield Mounted(parent, child, parts, at)
