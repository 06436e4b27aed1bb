"""Django's routes: `urlpatterns` from the root module down, through `include`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.web.objects import arms, items
from deploycheck.facts.web.routes.graph import Graph, Leaf
from deploycheck.facts.web.routes.views import views_in
from deploycheck.python.modules import Module
from deploycheck.python.values import Listing, Literal, Made, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.search import Search
    from deploycheck.findings import Location

MAX_LEVELS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """The place in the tree of URL configurations: the app, and what stands before the patterns there."""

    search: Search
    graph: Graph
    app: App
    above: tuple[Value, ...] = ()
    levels: int = MAX_LEVELS

    def down(self, part: Value) -> Below:
        """Return the place one `include` further down."""
        return replace(self, above=(*self.above, part), levels=self.levels - 1)

    def unseen(self, part: Value, at: Location | None) -> None:
        """Note that there are routes here which are not seen."""
        leaf = Leaf((self.app.at,), (*self.above, part), (), None, at or self.app.at, "mount")
        self.graph.leaf(leaf)


def collect(search: Search, graph: Graph) -> None:
    """Add the routes of every URL configuration that a settings module names as the root."""
    for app in search.apps:
        for root in _roots(search) if app.kind == "django" else ():
            _module(Below(search, graph, app), root)


def _roots(search: Search) -> Iterator[Module]:
    seen: set[str] = set()
    for module in search.modules_with("ROOT_URLCONF"):
        value = search.program.attribute(module, "ROOT_URLCONF")
        for arm, _ in arms(value) if value is not None else ():
            name = arm.data if isinstance(arm, Literal) else None
            found = search.program.find_module(name, module.root) if isinstance(name, str) else None
            if found is not None and found.path not in seen:
                seen.add(found.path)
                yield found


def _module(here: Below, module: Module) -> None:
    patterns = here.search.program.attribute(module, "urlpatterns")
    if patterns is not None and here.levels:
        _patterns(here, patterns)


def _patterns(here: Below, patterns: Value) -> None:
    for item, _ in items(patterns):
        if not isinstance(item, Made) or item.callee.rpartition(".")[2] not in {"path", "re_path", "url"}:
            here.unseen(Unknown("a pattern that is not followed"), item.at)
            continue
        part, view = _plain(item), item.argument(1, "view")
        inner = next((a for a, _ in arms(view) if isinstance(a, Made)), None) if view is not None else None
        if inner is not None and inner.callee.endswith(".include"):
            _include(here.down(part), inner)
            continue
        for handler, methods in views_in(here.search.program, view, ()):
            at = item.at or here.app.at
            here.graph.leaf(Leaf((here.app.at,), (*here.above, part), methods, handler, at))


def _plain(item: Made) -> Value:
    """Return a pattern without the signs of a regular expression that only anchor it."""
    route = item.argument(0, "route", "regex")
    if isinstance(route, Literal) and isinstance(route.data, str) and not item.callee.endswith(".path"):
        return Literal(route.data.removeprefix("^").removesuffix("$"), at=route.at)
    return route if route is not None else Unknown("a pattern that is not followed")


def _include(here: Below, include: Made) -> None:
    given = include.argument(0, "arg")
    for arm, _ in arms(given) if given is not None else ():
        first = arm.items[0] if isinstance(arm, Listing) and arm.kind == "tuple" and arm.items else arm
        module = _included_module(here, peel(first), include)
        if module is not None:
            _module(here, module)
        elif isinstance(peel(first), Listing):
            _patterns(here, first)
        else:
            here.unseen(Literal(""), include.at)


def _included_module(here: Below, included: Value, include: Made) -> Module | None:
    if isinstance(included, Literal) and isinstance(included.data, str):
        near = (include.at or here.app.at).path.rpartition("/")[0]
        return here.search.program.find_module(included.data, near)
    target = here.search.program.definition_of(included)
    return target if isinstance(target, Module) else None
