"""Expressions while an endpoint is followed: what they give, and how they fail."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.health import database, replies
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

_COMPARED: dict[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
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


def bind(  # noqa: PLR0911 - one return a form
    target: ast.expr, thing: Thing, state: State
) -> State:
    """Return the state after an assignment to a target."""
    match target:
        case ast.Name(id=name):
            return state.with_name(name, thing)
        case ast.Starred(value=inner):
            return bind(inner, Anything(), state)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            known = thing.items if isinstance(thing, Group) and len(thing.items) == len(targets) else None
            for index, inner in enumerate(targets):
                state = bind(inner, known[index] if known else Anything(leak=thing.leak), state)
            return state
        case ast.Attribute(value=owner, attr=name):
            return _change(owner, name, thing, state)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            return _change(owner, key, thing, state)
        case ast.Subscript(value=owner):
            return _change(owner, ..., thing, state)
    return state


def _change(owner: ast.expr, key: object, thing: Thing, state: State) -> State:
    """Return the state after an entry or attribute of something is set, as far as its owner is followed."""
    held = _held(owner, state)
    match held:
        case Reply() if key in {"status_code", "status"}:
            return bind(
                owner, replace(held, status=replies.number(thing), leak=held.leak or thing.leak), state
            )
        case Fields():
            leak = held.leak or thing.leak
            if key is ...:
                loose = dict.fromkeys(held.entries, Anything())
                return bind(owner, replace(held, entries=loose, whole=False, leak=leak), state)
            return bind(owner, replace(held, entries={**held.entries, key: thing}, leak=leak), state)
        case Group() | Anything() if thing.leak is not None and isinstance(owner, ast.Name):
            return bind(owner, tainted(held, thing.leak), state)
    return state


def _held(node: ast.expr, state: State) -> Thing | None:
    match node:
        case ast.Name(id=name):
            return state.names.get(name)
        case ast.Attribute(value=owner, attr=key) | ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            outer = _held(owner, state)
            return outer.entries.get(key) if isinstance(outer, Fields) else None
    return None


def _of_parts(world: World, node: ast.expr, state: State, frame: Frame) -> list[Result]:
    """Evaluate what is inside of an expression, then put it together."""
    inner = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
    if isinstance(node, ast.Dict):
        inner = node.values
    fine, failed = parts(world, inner, state, frame)
    return [*failed, *(Result(s, _joined(node, things, frame)) for s, things in fine)]


def _joined(  # noqa: PLR0911 - one return a form
    node: ast.expr, things: tuple[Thing, ...], frame: Frame
) -> Thing:
    leak = leak_of(*things)
    match node:
        case ast.Dict(keys=keys):
            return _dict(keys, things)
        case ast.List() | ast.Tuple():
            whole = not any(isinstance(e, ast.Starred) for e in node.elts)
            return (
                Group(things, is_tuple=isinstance(node, ast.Tuple), leak=leak)
                if whole
                else Anything(leak=leak)
            )
        case ast.FormattedValue() if isinstance(things[0], Fault) and things[0].kind != "http":
            return Anything(leak=frame.scope.module.location(node))
        case ast.UnaryOp(op=ast.Not()):
            verdict = truth(things[0])
            return Anything() if verdict is None else Known(not verdict)
        case ast.Compare(ops=[op]):
            return _compared(op, *things)
        case ast.Subscript(slice=ast.Constant(value=key)):
            return _item(things[0], key)
        case ast.JoinedStr() if all(isinstance(t, Known) for t in things):
            return Known("".join(str(t.data) for t in things if isinstance(t, Known)), leak=leak)
    return Anything(leak=leak)


def _dict(keys: list[ast.expr | None], things: tuple[Thing, ...]) -> Thing:
    entries: dict[object, Thing] = {}
    whole = True
    for key, thing in zip(keys, things, strict=True):
        match key:
            case ast.Constant(value=name):
                entries[name] = thing
            case None if isinstance(thing, Fields):
                entries |= thing.entries
                whole = whole and thing.whole
            case _:
                whole = False
    return Fields(entries, whole=whole, leak=leak_of(*things))


def _item(owner: Thing, key: object) -> Thing:
    match owner:
        case Fields(entries=entries) if key in entries:
            return entries[key]
        case Group(items=items) if isinstance(key, int) and -len(items) <= key < len(items):
            return items[key]
    return Anything(leak=owner.leak)


def _compared(op: ast.cmpop, left: Thing, right: Thing) -> Thing:
    if isinstance(left, Known) and isinstance(right, Known) and type(op) in _COMPARED:
        return Known(bool(_COMPARED[type(op)](left.data, right.data)))
    if isinstance(op, (ast.Is, ast.IsNot)) and isinstance(right, Known) and right.data is None:
        known = isinstance(left, (Fields, Group, Reply, Fault)) or (
            isinstance(left, Handle) and left.kind not in {"result", "query"}
        )
        return Known(isinstance(op, ast.IsNot)) if known else Anything()
    return Anything()
