"""The health endpoints of a deployment, each followed with the database away, and with anything failing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from deploycheck.facts.health import replies
from deploycheck.facts.health.entering import enter, parameter, told
from deploycheck.facts.health.model import Answer, Endpoint
from deploycheck.facts.health.names import purpose_of
from deploycheck.facts.health.statements import run
from deploycheck.facts.health.things import Anything, Fault, Fields, Reply, Thing
from deploycheck.facts.health.world import Frame, Outcome, State, Way, World
from deploycheck.facts.web.objects import arms, definitions, qualified
from deploycheck.facts.web.routes import Route, find_routes
from deploycheck.python.resolution import resolve
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point
from deploycheck.python.syntax import decorators, defaults, parameters
from deploycheck.python.values import Listing, Made

if TYPE_CHECKING:
    from deploycheck.facts.deployment import Deployment
    from deploycheck.findings import Location
    from deploycheck.python.program import Program
    from deploycheck.python.values import Value

KINDS = frozenset({"fastapi", "starlette", "flask", "quart"})
"""Frameworks whose answers are followed."""
MAX_ENDPOINTS = 24
_DEPENDENCIES = frozenset({"Depends", "Security"})
_GUARD = re.compile(
    r"(?i)auth|user|admin|token|api_?key|permission|require|verify|login|credential|secret|security|role"
)
_KNOWN: WeakKeyDictionary[Program, dict[tuple[str, int], tuple[Endpoint, ...]]] = WeakKeyDictionary()
_ROUTES: WeakKeyDictionary[Program, dict[tuple[str, int], tuple[Route, ...]]] = WeakKeyDictionary()

Dependency = tuple[str, "Value"]
"""The parameter that a dependency fills (empty for none), and what is called for it."""


def routes_of(deployment: Deployment) -> tuple[Route, ...]:
    """Return a deployment's routes, looked for once."""
    kept = _ROUTES.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = find_routes(deployment.program, deployment.apps, deployment.modules)
    return kept[key]


def endpoints_of(deployment: Deployment) -> tuple[Endpoint, ...]:
    """Return the health endpoints of a deployment, in the order of the source; followed once.

    One whose prefix is not known is among them by the end of its path.
    """
    kept = _KNOWN.setdefault(deployment.program, {})
    key = (deployment.name, id(deployment.environment))
    if key not in kept:
        kept[key] = tuple(_endpoints(deployment))
    return kept[key]


def _endpoints(deployment: Deployment) -> Iterator[Endpoint]:
    seen: set[tuple[Location, str]] = set()
    for route in routes_of(deployment):
        path = route.path_under(deployment.environment) or route.tail
        purpose = purpose_of(path) if path and route.kind == "route" else None
        asked = not route.methods or {"GET", "HEAD", "*"} & set(route.methods)
        if purpose is None or not asked or (route.at, path) in seen or len(seen) >= MAX_ENDPOINTS:
            continue
        seen.add((route.at, path))
        yield follow(deployment, Endpoint(path, purpose, route))


def follow(deployment: Deployment, endpoint: Endpoint) -> Endpoint:
    """Return an endpoint with all that is learnt by following its function."""
    route = endpoint.route
    app = route.app or deployment.app
    kind = app.kind if app is not None else ""
    handler = route.handler
    if (
        handler is None
        or kind not in KINDS
        or not isinstance(handler.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ):
        return replace(endpoint, understood=False)
    looks = [World(deployment.program, deployment.environment, down) for down in (True, False)]
    try:
        down, answers = (tuple(_answers(look, route, handler, kind)) for look in looks)
    except RecursionError:
        return replace(endpoint, understood=False)
    touches = {t.at: t for look in looks for t in look.touches.values()}
    unknown = {at: None for look in looks for at in look.unknown}
    scopes = {id(s): s for look in looks for s in look.scopes}
    return replace(
        endpoint,
        down=down,
        answers=answers,
        touches=tuple(touches[at] for at in sorted(touches)),
        unknown=tuple(sorted(unknown)),
        scopes=tuple(scopes.values()),
        understood=not any(look.gave_up for look in looks),
        guarded=any(look.guarded for look in looks),
    )


def _answers(world: World, route: Route, handler: FunctionSymbol, kind: str) -> Iterator[Answer]:
    node = handler.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))  # noqa: S101 - follow() passes only these
    world.guarded = any(_GUARD.search(d) for d in decorators(node))
    frame = Frame(handler.scope, isinstance(node, ast.AsyncFunctionDef), (id(node),))
    world.scopes.append(handler.scope)
    names = {p.arg: parameter(world, handler, p) for p in parameters(node)}
    if handler.scope.enclosing_class() is not None and node.args.args:
        names[node.args.args[0].arg] = _own(world, handler)
    usual = _usual(route, kind)
    for outcome in _before(world, route, handler, State(names), frame):
        if outcome.way is Way.RAISE:
            yield _answer(outcome, kind, usual, handler)
            continue
        for last in run(world, node.body, outcome.state, frame):
            yield _answer(last, kind, usual, handler)


def _own(world: World, handler: FunctionSymbol) -> Thing:
    owner = handler.scope.enclosing_class()
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return Anything()
    target = world.program.evaluator.definition(owner.node, owner.parent or owner).target
    return Fields({}, target, whole=False, is_object=True) if isinstance(target, ClassSymbol) else Anything()


def _usual(route: Route, kind: str) -> int | None:
    given = route.keywords.get("status_code") if kind == "fastapi" else None
    if given is None:
        return 200
    found = resolve(given)
    if found.known and isinstance(found.data, int):
        return int(found.data)
    return replies.number(replies.constant(qualified(given)))


# -- what runs before the function itself --------------------------------------------------------------


def _before(world: World, route: Route, handler: FunctionSymbol, state: State, frame: Frame) -> list[Outcome]:
    """Return the ways in which the dependencies turn out, each followed in its turn."""
    going, done = [Outcome(Way.NEXT, state, Anything())], list[Outcome]()
    for name, value in (*_of_route(route), *_of_parameters(world, handler)):
        after: list[Outcome] = []
        for way in going:
            for result in _depend(world, value, way.state, frame, handler):
                if result.way is Way.RAISE:
                    done.append(result)
                    continue
                bound = (
                    result.state.with_name(name, result.thing)
                    if name and result.thing is not None
                    else result.state
                )
                kept = way.state.names.get(name) if isinstance(result.thing, Anything) else None
                after.append(Outcome(Way.NEXT, bound if kept is None else result.state, Anything()))
        going = world.few(after)
    return [*done, *going]


def _of_route(route: Route) -> Iterator[Dependency]:
    given = route.keywords.get("dependencies")
    for arm, _ in arms(given) if given is not None else ():
        for item in arm.items if isinstance(arm, Listing) else ():
            yield from (("", v) for v in _called_by(item))


def _of_parameters(world: World, handler: FunctionSymbol) -> Iterator[Dependency]:
    node = handler.node
    point = Point(handler.scope.parent or handler.scope)
    given = defaults(node)
    for argument in parameters(node):
        if argument.arg in given:
            yield from (
                (argument.arg, v) for v in _called_by(world.program.evaluate(given[argument.arg], point))
            )
        if argument.annotation is not None:
            found = told(world, handler, argument.annotation)
            extras = (
                found.arguments[1:] if isinstance(found, Made) and found.callee == "typing.Annotated" else ()
            )
            yield from ((argument.arg, v) for extra in extras for v in _called_by(extra))


def _called_by(value: Value) -> Iterator[Value]:
    """Yield what `Depends(function)` calls."""
    for arm, _ in arms(value):
        if isinstance(arm, Made) and arm.callee.rpartition(".")[2] in _DEPENDENCIES:
            inner = arm.argument(0, "dependency")
            if inner is not None:
                yield inner


def _depend(world: World, value: Value, state: State, frame: Frame, handler: FunctionSymbol) -> list[Outcome]:
    found: list[Outcome] = []
    for symbol in definitions(value):
        world.guarded = world.guarded or bool(
            _GUARD.search(symbol.node.name if not isinstance(symbol.node, ast.Lambda) else "")
        )
        if isinstance(symbol, ClassSymbol):
            made = Fields({}, symbol, whole=False, is_object=True)
            found.append(Outcome(Way.NEXT, state, made))
            continue
        inner = replace(frame, on_loop=isinstance(symbol.node, ast.AsyncFunctionDef))
        given = dict[str, Thing]()
        start = state
        for name, below in _of_parameters(world, symbol) if len(frame.stack) < 4 else ():  # noqa: PLR2004 - levels of dependencies
            for one in _depend(
                world, below, start, replace(frame, stack=(*frame.stack, id(symbol.node))), handler
            ):
                if one.way is Way.RAISE:
                    found.append(one)
                else:
                    start, given[name] = one.state, one.thing
        kept = {n: t for n, t in given.items() if not isinstance(t, Anything)}
        for result in enter(world, symbol, (), kept, start, inner):
            way = Way.RAISE if result.raised else Way.NEXT
            found += [Outcome(way, result.state, result.thing, result.at)]
    if not found:
        world.unknown.setdefault(value.at or handler.scope.module.location(handler.node))
        found.append(Outcome(Way.NEXT, state, Anything()))
    return found


# -- what the caller gets ------------------------------------------------------------------------------


def _answer(outcome: Outcome, kind: str, usual: int | None, handler: FunctionSymbol) -> Answer:
    at = outcome.at or handler.scope.module.location(handler.node)
    state, thing = outcome.state, outcome.thing
    if outcome.way is Way.RAISE and isinstance(thing, Fault):
        leak = thing.leak if thing.kind == "http" else None
        return Answer(thing.status if thing.kind != "database" else 500, at, state.touched, leak)
    injected = next((t for t in state.names.values() if isinstance(t, Reply) and t.injected), None)
    status, dropped = replies.returned(kind, thing, usual, injected)
    if outcome.way is Way.NEXT:
        status = usual if kind == "fastapi" else None
        status = (
            injected.status
            if injected is not None and injected.status is not None and kind == "fastapi"
            else status
        )
    why = "tuple" if dropped is not None else "caught" if state.dropped is not None else ""
    return Answer(
        status, at, state.touched, thing.leak, dropped if dropped is not None else state.dropped, why
    )
