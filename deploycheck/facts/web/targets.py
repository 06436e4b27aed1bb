"""From a server's target, `server.app:create_app()`, to the application that it serves."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.web.kinds import MAKERS, Interface, interface_of
from deploycheck.facts.web.wrapping import Chain, Wrapper, chains
from deploycheck.python.resolution import Nothing, holds
from deploycheck.python.scopes import FunctionSymbol
from deploycheck.python.values import Instance, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.web.apps import App
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program
    from deploycheck.python.values import Lookup

USUAL_NAMES = ("app", "application", "api", "server", "create_app", "make_app")
"""Names that servers try when a target names a module alone."""


def find_app(  # noqa: PLR0913 - a target has two parts, a place and an environment
    program: Program,
    apps: Sequence[App],
    module_name: str,
    attribute: str,
    directory: str = "",
    *,
    lookup: Lookup | None = None,
) -> App | None:
    """Return the application that a server's target serves, with the wrappers it has there; None if unseen.

    `attribute` is what stands after the colon: a name, a path of names, a factory's name or its call.
    Empty, the usual names are tried, then a module with a single app of its own. `directory` is the
    server's working directory, relative to the target. `lookup` decides between several apps; without it,
    the one that the code's own defaults choose is taken.
    """
    module = program.find_module(module_name, directory)
    if module is None:
        return None
    for name in (attribute,) if attribute else USUAL_NAMES:
        held = held_by(program, module, name)
        found = None if held is None else _likeliest(apps, held, lookup)
        if found is not None:
            return replace(found, name=found.name or name.partition("(")[0], module=_module_of(found, module))
    own = [a for a in apps if a.module is module]
    return own[0] if not attribute and len(own) == 1 else None


def _likeliest(apps: Sequence[App], held: Value, lookup: Lookup | None) -> App | None:
    """Return the app whose conditions hold; else the first of which that is not known."""
    ranked: list[tuple[int, App]] = []
    for chain in chains(held):
        truth = holds(chain.conditions, lookup or Nothing())
        rank = {True: 0, None: 1, False: 2}[truth]
        ranked.extend((rank, _as_in(app, chain)) for app in apps if is_made_by(app, chain))
    return min(ranked, key=lambda r: r[0])[1] if ranked else None


def _as_in(app: App, chain: Chain) -> App:
    return replace(app, wrappers=chain.wrappers, interface=_interface(app, chain.wrappers))


def _module_of(app: App, module: Module) -> Module:
    return app.module if app.name else module


def held_by(program: Program, module: Module, attribute: str) -> Value | None:
    """Return what a target's attribute holds; a function is called, as servers do with a factory."""
    try:
        expression = ast.parse(attribute, mode="eval").body
    except SyntaxError:
        return None
    ast.increment_lineno(expression, 10**6)  # after the whole module, and no place in it
    point = program.module_point(module)
    value = program.evaluate(expression, point)
    found = peel(value)
    if isinstance(found, Reference) and isinstance(found.target, FunctionSymbol):
        return program.evaluate(ast.copy_location(ast.Call(expression, [], []), expression), point)
    return None if isinstance(found, Unknown) else value


def seen_through(apps: Sequence[App], value: Value) -> Iterator[App]:
    """Yield the apps that a value is or wraps, each with its wrappers and interface as they are there."""
    for chain in chains(value, any_callee=False):
        for app in apps:
            if is_made_by(app, chain):
                yield _as_in(app, chain)


def is_made_by(app: App, chain: Chain) -> bool:
    """Tell whether a chain leads to an app: one call made it, or it is `self` in the app's own class."""
    if chain.at is not None:
        return chain.at == app.at
    maker = chain.maker
    return isinstance(maker, Instance) and app.own_class is not None and maker.target is app.own_class


def _interface(app: App, wrappers: Sequence[Wrapper]) -> Interface:
    interface = MAKERS[app.library][1]
    for wrapper in reversed(wrappers):
        interface = interface_of(wrapper.callee, interface)
    return interface


def apps_of(apps: Sequence[App], value: Value) -> tuple[App, ...]:
    """Return the apps that a value may hold, wrapped or not, each once."""
    return tuple(dict.fromkeys(seen_through(apps, value)))
