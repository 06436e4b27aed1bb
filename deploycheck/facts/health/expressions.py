"""Expressions while an endpoint is followed: what they give, and how they fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.health import database, replies
from deploycheck.facts.health.binding import bind
from deploycheck.facts.health.joining import joined
from deploycheck.facts.health.things import (
    Anything,
    Fault,
    Fields,
    Group,
    Handle,
    Known,
    Reply,
    Thing,
    leak_of,
    tainted,
    truth,
)
from deploycheck.facts.health.world import Result, one
from deploycheck.facts.web.objects import qualified
from deploycheck.python.syntax import dotted

if TYPE_CHECKING:
    from deploycheck.facts.health.world import Frame, State, World

_DEBUGGING = re.compile(r"(?i)debug|verbose|\bdev|develop|local|environment|production|\benv\b|detail")
_MOST_ITEMS = 12
Both = tuple["State", tuple[Thing, ...]]


def evaluate(  # noqa: C901, PLR0911 - one return a form
    world: World, node: ast.expr, state: State, frame: Frame, *, awaited: bool = False
) -> list[Result]:
    """Return every way in which an expression turns out, for all that is known."""
    if world.spend():
        return one(state)
    match node:
        case ast.Constant(value=data):
            return one(state, Known(data))
        case ast.Name():
            return one(state, _name(world, node, state, frame))
        case ast.Await(value=inner):
            return evaluate(world, inner, state, frame, awaited=True)
        case ast.Call():
            from deploycheck.facts.health.calls import call

            return call(world, node, state, frame, awaited=awaited)
        case ast.Attribute():
            return _attribute(world, node, state, frame)
        case ast.BoolOp():
            return _bool(world, node, state, frame)
        case ast.IfExp():
            return _choice(world, node, state, frame)
        case ast.NamedExpr(target=ast.Name(id=name), value=inner):
            found = evaluate(world, inner, state, frame)
            return [r if r.raised else replace(r, state=r.state.with_name(name, r.thing)) for r in found]
        case ast.Lambda():
            return one(state)
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            return _comprehension(world, node, state, frame)
        case ast.Yield(value=inner) | ast.Starred(value=inner) if inner is not None:
            return evaluate(world, inner, state, frame)
    return _of_parts(world, node, state, frame)


def parts(
    world: World, nodes: Sequence[ast.expr], state: State, frame: Frame, *, awaited: bool = False
) -> tuple[list[Both], list[Result]]:
    """Return the ways in which several expressions turn out one after the other, and those that fail."""
    fine: list[Both] = [(state, ())]
    failed: list[Result] = []
    for node in nodes:
        further: list[Both] = []
        for before, things in fine:
            for result in evaluate(world, node, before, frame, awaited=awaited):
                if result.raised:
                    failed.append(result)
                else:
                    further.append((result.state, (*things, result.thing)))
        fine = further[:16]
    return fine, failed


def tested(world: World, node: ast.expr, state: State, frame: Frame) -> list[tuple[Result, bool | None]]:
    """Return the ways in which a test turns out, with what it gives; None where that is not known."""
    found = []
    for result in evaluate(world, node, state, frame):
        verdict = None if result.raised else truth(result.thing)
        if verdict is None and not result.raised and not _is_of_state(node, state):
            data = world.decided(world.value(node, frame)) if _is_settled(world, node, frame) else ...
            verdict = None if data is ... else bool(data)
        found.append((result, verdict))
    return found


def _is_of_state(node: ast.expr, state: State) -> bool:
    return any(isinstance(n, ast.Name) and n.id in state.names for n in ast.walk(node))


def _is_settled(world: World, node: ast.expr, frame: Frame) -> bool:
    """Tell whether configuration decides an expression, and nothing that changes while the app runs."""
    return not any(isinstance(n, ast.Call) for n in ast.walk(node)) and bool(
        world.value(node, frame).variables()
    )


def _name(world: World, node: ast.Name, state: State, frame: Frame) -> Thing:
    if node.id in state.names:
        return state.names[node.id]
    value = world.value(node, frame)
    handle = database.handle_of(value)
    if handle is not None:
        return handle
    if node.id.isupper():
        data = world.decided(value)
        return (
            Anything() if data is ... else Known(data) if not isinstance(data, (dict, list)) else Anything()
        )
    return Anything()


def _attribute(world: World, node: ast.Attribute, state: State, frame: Frame) -> list[Result]:
    found = evaluate(world, node.value, state, frame)
    return [r if r.raised else Result(r.state, _of_object(world, node, r.thing, frame)) for r in found]


def _of_object(  # noqa: PLR0911 - one return a kind
    world: World, node: ast.Attribute, owner: Thing, frame: Frame
) -> Thing:
    match owner:
        case Fields(entries=entries) if node.attr in entries:
            return entries[node.attr]
        case Handle() if (found := database.attribute(owner, node.attr)) is not None:
            return found
        case Fault(kind=kind) if node.attr in {"args", "orig", "message"} and kind != "http":
            return Anything(leak=frame.scope.module.location(node))
        case Reply(status=int(status)) if node.attr == "status_code":
            return Known(status)
    if node.attr in {"value", "name"} and isinstance(owner, Known):
        return owner
    if node.attr == "query" and isinstance(owner, Anything) and dotted(node.value)[:1].isupper():
        return Handle("query", is_async=False)
    value = world.value(node, frame)
    constant = replies.constant(qualified(value) or dotted(node))
    handle = database.handle_of(value)
    known = constant if constant is not None else handle
    return known if known is not None else tainted(Anything(), leak_of(owner))


def _bool(world: World, node: ast.BoolOp, state: State, frame: Frame) -> list[Result]:
    stops_at = isinstance(node.op, ast.Or)
    open_ways, done = [Result(state, Known(not stops_at))], list[Result]()
    for index, value in enumerate(node.values):
        further: list[Result] = []
        for way in open_ways:
            for result, verdict in tested(world, value, way.state, frame):
                last = index == len(node.values) - 1
                if result.raised or verdict is stops_at or last:
                    done.append(result if result.raised or verdict is None else _as(result, verdict))
                    continue
                further.append(result)
                if verdict is None:
                    done.append(_as(result, stops_at))
        open_ways = further[:8]
    return done


def _as(result: Result, verdict: bool) -> Result:  # noqa: FBT001 - the value itself
    return (
        result
        if truth(result.thing) is verdict
        else replace(result, thing=Known(verdict, leak=result.thing.leak))
    )


def _choice(world: World, node: ast.IfExp, state: State, frame: Frame) -> list[Result]:
    found: list[Result] = []
    for result, verdict in tested(world, node.test, state, frame):
        if result.raised:
            found.append(result)
            continue
        arms = [node.body] if verdict else [node.orelse] if verdict is False else [node.body, node.orelse]
        for arm in arms:
            found += evaluate(world, arm, result.state, frame)
    if len(found) > 1 and _DEBUGGING.search(ast.unparse(node.test)):
        found = [replace(r, thing=replace(r.thing, leak=None)) if not r.raised else r for r in found]
    return found


def _comprehension(
    world: World,
    node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp,
    state: State,
    frame: Frame,
) -> list[Result]:
    """Read a comprehension over something whose items are known item by item; over anything else once."""
    first = node.generators[0]
    element = node.value if isinstance(node, ast.DictComp) else node.elt
    found: list[Result] = []
    for source in evaluate(world, first.iter, state, frame, awaited=bool(first.is_async)):
        if source.raised:
            found.append(source)
            continue
        known = source.thing.items if isinstance(source.thing, Group) and not first.ifs else None
        if (
            known is None
            or len(node.generators) > 1
            or len(known) > _MOST_ITEMS
            or isinstance(node, ast.DictComp)
        ):
            once = bind(first.target, Anything(), source.state)
            inner = evaluate(world, element, once, frame)
            found += [replace(r, state=r.state.back_in(source.state)) for r in inner if r.raised]
            found.append(Result(source.state, Anything(leak=source.thing.leak)))
            continue
        found += _each(world, first.target, element, known, source.state, frame)
    return found


def _each(  # noqa: PLR0913, PLR0917 - the parts of a comprehension
    world: World, target: ast.expr, element: ast.expr, known: tuple[Thing, ...], state: State, frame: Frame
) -> list[Result]:
    things: list[Thing] = []
    failed: list[Result] = []
    for item in known:
        results = evaluate(world, element, bind(target, item, state), frame)
        failed += [replace(r, state=r.state.back_in(state)) for r in results if r.raised]
        fine = [r.thing for r in results if not r.raised]
        things.append(fine[0] if len(fine) == 1 else Anything())
    return [*failed, Result(state, Group(tuple(things), leak=leak_of(*things)))]


def _of_parts(world: World, node: ast.expr, state: State, frame: Frame) -> list[Result]:
    """Evaluate what is inside of an expression, then put it together."""
    inner = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
    if isinstance(node, ast.Dict):
        inner = node.values
    fine, failed = parts(world, inner, state, frame)
    return [*failed, *(Result(s, joined(node, things, frame)) for s, things in fine)]
