"""What a server must speak to the object that it is told to serve, where that is certain."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.web.kinds import MAKERS, TO_ASGI, TO_WSGI
from deploycheck.facts.web.objects import arms
from deploycheck.facts.web.targets import held_by, is_made_by
from deploycheck.facts.web.wrapping import Chain, chains
from deploycheck.python.values import Failure, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.server.model import Target
    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.kinds import Interface
    from deploycheck.python.program import Program


def served_interface(program: Program, apps: Sequence[App], target: Target) -> tuple[App, Interface] | None:
    """Return the app of a target and its interface; None where anything about it is a guess.

    Every way through the code must lead to one interface, through wrappers that are known to keep or to
    change it.
    """
    module = program.find_module(target.module, target.directory) if target.module else None
    if module is None or not target.attribute:
        return None
    held = held_by(program, module, target.attribute)
    ways = [arm for arm, _ in arms(held)] if held is not None else []
    found = [_nearest(apps, way) for way in ways if not isinstance(way, Failure)]
    sure = [f for f in found if f is not None]
    interfaces = {interface for _, interface in sure}
    if not sure or len(sure) < len(found) or len(interfaces) != 1 or "" in interfaces:
        return None
    return sure[0]


def _nearest(apps: Sequence[App], way: Value) -> tuple[App, Interface] | None:
    """Return the outermost app that an object is or wraps."""
    for chain in chains(way):
        for app in apps:
            if is_made_by(app, chain):
                return app, _through(app, chain)
    return None


def _through(app: App, chain: Chain) -> Interface:
    """Follow an interface outwards through the wrappers; empty where one of them is not known."""
    interface = MAKERS[app.library][1] if _plain(app) else ""
    for wrapper in reversed(chain.wrappers):
        if wrapper.callee in TO_ASGI:
            interface = "asgi"
        elif wrapper.callee in TO_WSGI:
            interface = "wsgi"
        elif not _keeps(wrapper.callee, interface):
            return ""
    return interface


def _keeps(callee: str, interface: Interface) -> bool:
    """Tell by its name whether a wrapper speaks what it wraps.

    `WSGIMiddleware` is a common name of what makes a WSGI app an ASGI one, so `wsgi` in a name tells nothing.
    """
    name = callee.rpartition(".")[2].lower()
    plain = "wsgi" not in name and (interface == "asgi" or "asgi" not in name)
    return plain and name.endswith(("middleware", "proxyfix", "whitenoise"))


def _plain(app: App) -> bool:
    """Tell whether the app is what its library makes of it: a class may answer calls in its own way."""
    own = app.own_class
    if own is not None and any(
        isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.name == "__call__" for s in own.node.body
    ):
        return False
    return "backend" not in app.keywords
