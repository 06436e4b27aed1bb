"""What an engine is given when it is made: its options as values, for each call that leads to it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.facts.databases.engines import FROM_CONFIG, Engine, flask_settings, options_of, url_of
from deploycheck.facts.databases.kept import without_first_time
from deploycheck.python.binding import arguments_of, bind, spread_keywords
from deploycheck.python.calling import moment_in
from deploycheck.python.conditions import Condition, of_node
from deploycheck.python.parameters import called_by_others
from deploycheck.python.scopes import Point, Scope
from deploycheck.python.values import Reference, Value, peel

if TYPE_CHECKING:
    import ast

    from deploycheck.findings import Location
    from deploycheck.python.program import Program

MAX_HOPS = 4
MAX_CALLS = 6
URL = "url"
"""The name under which the URL stands among an opening's values."""
FLASK_OPTIONS = "SQLALCHEMY_ENGINE_OPTIONS"
FLASK_OLD = {
    "SQLALCHEMY_POOL_SIZE": "pool_size",
    "SQLALCHEMY_POOL_TIMEOUT": "pool_timeout",
    "SQLALCHEMY_POOL_RECYCLE": "pool_recycle",
    "SQLALCHEMY_MAX_OVERFLOW": "max_overflow",
}
"""Keys that Flask-SQLAlchemy took until 2.x and ignores since 3.0."""


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """One way in which an engine is made.

    `values` are the keywords by name, with the URL as `url`; `partial` tells that more may be given.
    `via` are the calls that lead to it, the nearest first; `root` is the scope of the outermost, in which
    `node` stands, and None for a configuration key.
    """

    engine: Engine
    values: Mapping[str, Value]
    conditions: tuple[Condition, ...] = ()
    partial: bool = False
    via: tuple[Location, ...] = ()
    root: Scope | None = field(default=None, repr=False)
    node: ast.AST | None = field(default=None, repr=False)

    @property
    def at_import(self) -> bool:
        """Whether importing a module makes it."""
        scope = self.root
        while scope is not None and not scope.is_function:
            scope = scope.parent
        return scope is None


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A scope as one chain of calls enters it."""

    scope: Scope
    conditions: tuple[Condition, ...]
    via: tuple[Location, ...]
    root: Scope
    node: ast.AST


def openings_of(
    program: Program, engine: Engine, within: Container[str], *, old_flask: bool
) -> list[Opening]:
    """Return each way in which the modules of `within` make an engine.

    A function that is called in several places makes one each time; what it is given is each call's own.
    `old_flask` tells that Flask-SQLAlchemy is older than 3.
    """
    if engine.kind == "flask":
        return [_of_flask(program, engine, within, old=old_flask)]
    call = engine.call
    if call is None:
        return []
    return [
        _opening(program, engine, frame)
        for frame in _frames(program, call.scope, call.node, within, MAX_HOPS)
    ]


def _opening(program: Program, engine: Engine, frame: _Frame) -> Opening:
    call = engine.call
    assert call is not None  # noqa: S101 - only engines with one come here
    given = arguments_of(program.evaluator, call.node, Point(frame.scope, call.node))
    partial, values = given.partial, dict(given.keywords)
    if call.name in FROM_CONFIG:
        table = given.get(0, "configuration")
        partial = partial or table is None or spread_keywords(table) is None
        values = {
            **options_of(given),
            **{k: v for k, v in values.items() if k not in {"configuration", "prefix"}},
        }
    if ".pool." in call.name:
        values |= dict(zip(("minconn", "maxconn"), given.positional, strict=False))
    url = url_of(call.name, given)
    if url is not None:
        values[URL] = url
    return Opening(engine, values, frame.conditions, partial, frame.via, frame.root, frame.node)


def _frames(
    program: Program, scope: Scope, node: ast.AST, within: Container[str], hops: int
) -> Iterator[_Frame]:
    """Yield the scope that a node stands in, once for each chain of calls that enters it."""
    ev = program.evaluator
    if not scope.is_function or hops == 0 or scope.enclosing_class() is not None:
        yield _Frame(scope, _outermost(program, scope, node), (), scope, node)
        return
    function = scope.function
    sites = [s for s in ev.callers.of(ev, function, getattr(function, "name", "")) if s.module.path in within]
    if not sites or len(sites) > MAX_CALLS or called_by_others(ev, scope):
        yield _Frame(scope, _outermost(program, scope, node), (), scope, node)
        return
    for site in sites:
        for outer in _frames(program, site.scope, site.node, within, hops - 1):
            point = Point(outer.scope, site.node)
            callee = peel(ev.evaluate(site.node.func, point))
            receiver = callee.receiver if isinstance(callee, Reference) else None
            bindings = bind(ev, scope, arguments_of(ev, site.node, point), receiver)
            inner = scope.called_with(bindings, moment_in(scope.parent, point))
            own = without_first_time(of_node(ev, inner, node), scope.node, node)
            at = site.module.location(site.node)
            yield _Frame(inner, (*outer.conditions, *own), (at, *outer.via), outer.root, outer.node)


def _outermost(program: Program, scope: Scope, node: ast.AST) -> tuple[Condition, ...]:
    return without_first_time(program.conditions(scope, node), scope.node, node)


# -- Flask-SQLAlchemy ---------------------------------------------------------------------------------


def _of_flask(program: Program, engine: Engine, within: Container[str], *, old: bool) -> Opening:
    values: dict[str, Value] = {}
    partial = _has_hook(program, within)
    for found in _made_with(program, within):
        spread = spread_keywords(found)
        partial = partial or spread is None
        values |= spread or {}
    told = _beside(engine, list(flask_settings(program, within, FLASK_OPTIONS)))
    if told is None:
        partial = True
    elif told.url is not None:
        spread = spread_keywords(told.url)
        partial = partial or spread is None
        values |= spread or {}
    for key, name in FLASK_OLD.items() if old else ():
        setting = _beside(engine, list(flask_settings(program, within, key)))
        if setting is not None and setting.url is not None:
            values[name] = setting.url
    if engine.url is not None:
        values[URL] = engine.url
    return Opening(engine, values, engine.conditions, partial)


def _beside(engine: Engine, found: list[Engine]) -> Engine | None:
    """Return which of several places that set an option goes with a URL; None when it cannot be told."""
    if not found:
        return Engine("flask", None, engine.at, "")
    same_text = [f for f in found if f.at.path == engine.at.path and f.text == engine.text]
    same_call = [f for f in found if f.call is not None and engine.call is not None and f.at == engine.at]
    same_class = [f for f in found if f.at.path == engine.at.path and _doubt(f) == _doubt(engine)]
    for chosen in (same_call, same_text, found if len(found) == 1 else [], same_class):
        if len(chosen) == 1:
            return chosen[0]
    return None


def _doubt(engine: Engine) -> str:
    return next((c.text for c in engine.conditions if c.test is None), "")


def _made_with(program: Program, within: Container[str]) -> Iterator[Value]:
    for call in program.calls("flask_sqlalchemy.SQLAlchemy", within=within):
        options = call.argument(None, "engine_options")
        if options is not None:
            yield options


def _has_hook(program: Program, within: Container[str]) -> bool:
    """Tell whether a subclass sets the pool by itself, in `apply_pool_defaults` or the like."""
    hook = re.compile(r"def (?:apply_pool_defaults|apply_driver_hacks|_make_engine|_apply_driver_defaults)\(")
    found = (program.module_at(m.path) for m in program.app_modules() if m.path in within)
    return any(hook.search(m.text) for m in found if m is not None)
