"""State that requests share only within one process: containers of modules, singletons, limiters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.holders import SELVES, Kind, Place, holder_of
from deploycheck.facts.web.objects import app_paths, arms, qualified
from deploycheck.facts.web.requests import Reached, request_functions
from deploycheck.facts.web.syntax import definitions_in
from deploycheck.facts.web.writes import Write, names_bound_in, writes_in
from deploycheck.findings import Location, Step
from deploycheck.python.scopes import FunctionSymbol, Point, Scope, parameters
from deploycheck.python.values import Literal as Constant
from deploycheck.python.values import Value

if TYPE_CHECKING:
    from collections.abc import Container

    from deploycheck.facts.web.apps import App
    from deploycheck.facts.web.middleware import Middleware
    from deploycheck.facts.web.routes import Route
    from deploycheck.python.modules import Module
    from deploycheck.python.program import Program

LIMITERS = (
    "slowapi.Limiter",
    "slowapi.extension.Limiter",
    "flask_limiter.Limiter",
    "flask_limiter.extension.Limiter",
)
MEMORIES = frozenset(
    {
        "async_lru.alru_cache",
        "cachetools.cached",
        "cachetools.func.lru_cache",
        "cachetools.func.ttl_cache",
        "functools.cache",
        "functools.lru_cache",
    }
)
"""Decorators that keep a function's results in the memory of the process."""
CACHE_NAME = re.compile(r"cache|memo", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class SharedState:
    """Something that requests write, which lives in one process alone.

    `kind`: a module's `container` or plain `value`, an `attribute` of an object that the module holds,
    `app-state` (`app.state.x`), a `limiter` that counts in memory, or a `memoised` function (`lru_cache`;
    harmless where the function is pure). `name` is as the code says it; `at` is where it is defined,
    `written_at` the first place that a request writes it, `writes` all of them. `handler` is the route
    handler or middleware whose request writes; `steps` the calls from it to the write. `is_cache` tells
    by its name or class that losing it costs time only.
    """

    name: str
    kind: Kind
    module: Module
    at: Location
    written_at: Location
    handler: FunctionSymbol | None = None
    steps: tuple[Step, ...] = ()
    writes: tuple[Location, ...] = ()
    is_cache: bool = False


def shared_state(
    program: Program,
    apps: Sequence[App],
    routes: Sequence[Route],
    middleware: Sequence[Middleware],
    within: Container[str] | None = None,
) -> tuple[SharedState, ...]:
    """Return all state of one process that requests write, each once, in the order of definition.

    `routes` and `middleware` are what was found for the same `apps` and files.
    """
    paths = app_paths(program, within)
    found: dict[tuple[Location, str], SharedState] = {}
    # Following every request is the dearest question of all, and most programs write nothing to share.
    worth_it = any(_may_share(program, path) for path in sorted(paths))
    for reached in request_functions(program, routes, middleware) if worth_it else ():
        for one in (*_written(program, reached), *_memoised(program, reached)):
            key = (one.at, one.name)
            kept = found.setdefault(key, one)
            if kept is not one:
                found[key] = _merged(kept, one)
    for one in _limiters(program, paths) if apps else ():
        found.setdefault((one.at, one.name), one)
    return tuple(sorted(found.values(), key=lambda s: (s.at, s.name)))


def _may_share(program: Program, path: str) -> bool:
    """Tell whether any function of a file changes what is not its own, or keeps its results."""
    module = program.module_at(path)
    if module is None:
        return False
    if any(name.rpartition(".")[2] in module.text for name in MEMORIES):
        return True
    for defined in definitions_in(program, module):
        if isinstance(defined.node, ast.ClassDef) or defined.node.name == "__init__":
            continue
        scope = program.evaluator.scope_of(module, defined.node, defined.around)
        if any(_is_foreign(write, scope) for write in writes_in(scope)):
            return True
    return False


def _is_foreign(write: Write, scope: Scope) -> bool:
    """Tell whether a write may change what outlives the call: not an attribute of a name bound here."""
    target = write.target
    if not isinstance(target, ast.Attribute):
        return True
    owner = target.value
    if isinstance(owner, ast.Attribute):
        return owner.attr == "state"
    return isinstance(owner, ast.Name) and (owner.id in SELVES or owner.id not in names_bound_in(scope))


def _merged(kept: SharedState, more: SharedState) -> SharedState:
    places = tuple(sorted({*kept.writes, *more.writes}))
    return SharedState(
        kept.name,
        kept.kind,
        kept.module,
        kept.at,
        kept.written_at,
        kept.handler,
        kept.steps,
        places,
        kept.is_cache,
    )


def _written(program: Program, reached: Reached) -> Iterator[SharedState]:
    for write in writes_in(reached.scope):
        place = holder_of(program, reached, write)
        if place is not None:
            yield _state(place, reached, write)


def _state(place: Place, reached: Reached, write: Write) -> SharedState:
    at = reached.scope.module.location(write.node)
    return SharedState(
        place.name,
        place.kind,
        place.module,
        place.module.location(place.node),
        at,
        reached.handler,
        (*reached.steps, Step(reached.scope.module.source(write.node), at)),
        (at,),
        _is_cache(place),
    )


def _is_cache(place: Place) -> bool:
    made = ast.unparse(place.value) if isinstance(place.value, ast.Call) else ""
    return bool(CACHE_NAME.search(place.name) or "Cache" in made.partition("(")[0])


def _memoised(program: Program, reached: Reached) -> Iterator[SharedState]:
    """Yield a function that keeps its results, when it takes arguments and a request calls it."""
    node, scope = reached.scope.node, reached.scope
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or not _keeps_results(
        program, node, scope
    ):
        return
    names = {p.arg for p in parameters(node)} - {"self", "cls"}
    if names:
        at = scope.module.location(node)
        yield SharedState(
            node.name, "memoised", scope.module, at, at, reached.handler, reached.steps, (at,), is_cache=True
        )


def _keeps_results(program: Program, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> bool:
    for decorator in node.decorator_list:
        named = decorator.func if isinstance(decorator, ast.Call) else decorator
        if qualified(program.evaluate(named, Point(scope.parent or scope, node))) in MEMORIES:
            return True
    return False


def _limiters(program: Program, paths: Container[str]) -> Iterator[SharedState]:
    """Yield each limiter that counts in the memory of its process."""
    for call in program.calls(*LIMITERS, within=paths):
        storage = call.argument(None, "storage_uri", "storage_url")
        if storage is None or _in_memory(storage):
            name = call.module.source(call.node.func)
            yield SharedState(name, "limiter", call.module, call.location, call.location)


def _in_memory(storage: Value) -> bool:
    found = [arm.data for arm, _ in arms(storage) if isinstance(arm, Constant)]
    return bool(found) and all((isinstance(d, str) and d.startswith("memory")) or d is None for d in found)
