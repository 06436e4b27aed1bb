"""Middleware, however it is added, with the app it belongs to and its place in the stack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.web import hooks, layers
from deploycheck.facts.web.search import search
from deploycheck.facts.web.usage import Usage
from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.layers import Kind, Layer
    from deploycheck.facts.web.sequence import Key
    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition
    from deploycheck.python.models import Arguments
    from deploycheck.python.program import Call, Program
    from deploycheck.python.values import Value

WAYS = (layers.added, layers.listed, layers.functions, hooks.hooks, hooks.assigned, hooks.wrapped)
"""Every way in which middleware is installed."""


@dataclass(frozen=True, slots=True, eq=False)
class Middleware:
    """One piece of middleware that is installed.

    `name` is the qualified name of its class or function; empty for one that cannot be read. `app` is
    None when it cannot be told which app gets it. `kind` says how it is installed: `wrapper` (around the
    app object), `added` (`add_middleware` and the like), `listed` (in the app's `middleware=[…]`),
    `before` and `after` (Flask's hooks around a request). `order` counts from 0 for the outermost of its
    app, which sees a request first and a response last; hooks are counted last, in the order in which
    they run. `arguments` are those of its class, without the app that is handed to it. `bases` are the
    library classes that its class is below, itself included.
    """

    name: str
    kind: Kind
    app: App | None
    at: Location
    arguments: Arguments
    target: FunctionSymbol | ClassSymbol | None = None
    bases: tuple[str, ...] = ()
    call: Call | None = None
    conditions: tuple[Condition, ...] = ()
    order: int = 0
    key: Key = field(default=(), repr=False)

    def argument(self, position: int | None, *names: str) -> Value | None:
        """Return an argument of its class by position (after the app) or name, or None."""
        return self.arguments.get(position, *names)

    def is_a(self, *names: str) -> bool:
        """Tell whether its class is one of these of a library, or a subclass; FastAPI's are Starlette's."""
        wanted = {library_name(n) for n in names}
        return bool(wanted & set(self.bases))


def library_name(name: str) -> str:
    """Return the name under which Starlette itself has what FastAPI passes on."""
    return name.replace("fastapi.middleware.", "starlette.middleware.", 1)


def find_middleware(
    program: Program, apps: Sequence[App], within: Container[str] | None = None
) -> tuple[Middleware, ...]:
    """Return all middleware that is installed: app by app, the outermost first; then what has no known app.

    A function that installs some and is never called, and a class or function never installed, give none.
    """
    where = search(program, apps, within)
    usage = Usage(program, where.paths, apps)
    found = [_middleware(program, one) for way in WAYS for one in way(where) if usage.runs(one.scope)]
    groups: dict[App | None, list[Middleware]] = defaultdict(list)
    for one in found:
        group = groups[one.app]
        if not any(m.at == one.at and m.name == one.name for m in group):
            group.append(one)
    homeless = groups.pop(None, [])
    housed = [groups[app] for app in apps if app in groups]
    return tuple(m for group in (*housed, homeless) for m in _ordered(group))


def _middleware(program: Program, layer: Layer) -> Middleware:
    target = layer.target
    bases: tuple[str, ...] = (library_name(layer.name),) if layer.name else ()
    if isinstance(target, ClassSymbol):
        bases = tuple(library_name(b) for b in ancestry(program.evaluator, target) if isinstance(b, str))
    return Middleware(
        library_name(layer.name),
        layer.kind,
        layer.app,
        layer.at,
        layer.arguments,
        target,
        bases,
        layer.call,
        layer.conditions,
        key=layer.key,
    )


def _ordered(group: list[Middleware]) -> list[Middleware]:
    """Put an app's middleware in the order in which a request meets it."""
    outer = sorted((m for m in group if m.kind == "wrapper"), key=lambda m: m.key, reverse=True)
    added = sorted((m for m in group if m.kind == "added"), key=lambda m: m.key, reverse=True)
    listed = sorted((m for m in group if m.kind == "listed"), key=lambda m: m.key)
    before = sorted((m for m in group if m.kind == "before"), key=lambda m: m.key)
    after = sorted((m for m in group if m.kind == "after"), key=lambda m: m.key, reverse=True)
    ordered = [*outer, *added, *listed, *before, *after]
    return [replace(m, order=index) for index, m in enumerate(ordered)]
