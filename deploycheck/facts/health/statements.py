"""Statements while an endpoint is followed: every way in which they end."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.health import catching
from deploycheck.facts.health.binding import bind
from deploycheck.facts.health.expressions import evaluate, tested
from deploycheck.facts.health.things import Anything, Fault, Group, Handle, Known, Thing, truth
from deploycheck.facts.health.world import Outcome, Result, Way
from deploycheck.python.syntax import last_name

if TYPE_CHECKING:
    from deploycheck.facts.health.world import Frame, State, World

RAISED = "<raised>"
_MOST_TURNS = 12


def run(world: World, body: Sequence[ast.stmt], state: State, frame: Frame) -> list[Outcome]:
    """Return every way in which a block ends."""
    going, done = [Outcome(Way.NEXT, state, Known(None))], list[Outcome]()
    for statement in body:
        after: list[Outcome] = []
        for way in going:
            for outcome in _step(world, statement, way.state, frame):
                (after if outcome.way is Way.NEXT else done).append(outcome)
        going = world.few(after)
        if not going:
            break
    return world.few([*done, *going])


def _step(  # noqa: C901, PLR0911, PLR0912 - one return a form
    world: World, node: ast.stmt, state: State, frame: Frame
) -> list[Outcome]:
    at = frame.scope.module.location(node)
    match node:
        case ast.Return(value=value):
            return _left(world, value, state, frame, Way.RETURN, node)
        case ast.Raise(exc=exception):
            return _raise(world, exception, state, frame, node)
        case ast.Expr(value=ast.Yield(value=value)):
            return _left(world, value, state, frame, Way.RETURN, node)
        case ast.Expr(value=value):
            return [_next(r) for r in evaluate(world, value, state, frame)]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return _assign(world, node, state, frame)
        case ast.If(test=test, body=body, orelse=otherwise):
            return _if(world, test, (body, otherwise), state, frame)
        case ast.For() | ast.AsyncFor() | ast.While():
            return _loop(world, node, state, frame)
        case ast.Try():
            return _try(world, node, state, frame)
        case ast.With() | ast.AsyncWith():
            return _with(world, node, node.items, state, frame)
        case ast.Match(cases=cases):
            return [o for case in cases for o in run(world, case.body, state, frame)] + [
                Outcome(Way.NEXT, state, Known(None))
            ]
        case ast.Break():
            return [Outcome(Way.BREAK, state, Known(None), at)]
        case ast.Continue():
            return [Outcome(Way.CONTINUE, state, Known(None), at)]
        case ast.Assert(test=test):
            return [_next(r) for r in evaluate(world, test, state, frame)]
    return [Outcome(Way.NEXT, state, Known(None))]


def _next(result: Result) -> Outcome:
    return Outcome(Way.RAISE if result.raised else Way.NEXT, result.state, result.thing, result.at)


def _left(  # noqa: PLR0913, PLR0917 - what is left, how, and where
    world: World, value: ast.expr | None, state: State, frame: Frame, way: Way, node: ast.stmt
) -> list[Outcome]:
    at = frame.scope.module.location(node)
    if value is None:
        return [Outcome(way, state, Known(None), at)]
    found = evaluate(world, value, state, frame)
    return [_next(r) if r.raised else Outcome(way, r.state, r.thing, at) for r in found]


def _raise(world: World, value: ast.expr | None, state: State, frame: Frame, node: ast.stmt) -> list[Outcome]:
    at = frame.scope.module.location(node)
    if value is None:
        again = state.names.get(RAISED)
        return [Outcome(Way.RAISE, state, again if again is not None else Fault("other", "", 500, at), at)]
    found = []
    for result in evaluate(world, value, state, frame):
        thing = result.thing
        if not isinstance(thing, Fault):
            thing = Fault("other", last_name(value), None, at)
        found.append(Outcome(Way.RAISE, result.state, thing, result.at if result.raised else at))
    return found


def _assign(
    world: World, node: ast.Assign | ast.AnnAssign | ast.AugAssign, state: State, frame: Frame
) -> list[Outcome]:
    if node.value is None:
        return [Outcome(Way.NEXT, state, Known(None))]
    value = node.value.value if isinstance(node.value, ast.Yield) and node.value.value else node.value
    found = []
    for result in evaluate(world, value, state, frame):
        if result.raised:
            found.append(_next(result))
            continue
        after, thing = result.state, result.thing
        if isinstance(node, ast.AugAssign):
            thing = _changed(node, after, thing)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            after = bind(target, thing, after)
        found.append(Outcome(Way.NEXT, after, Known(None)))
    return found


def _changed(node: ast.AugAssign, state: State, thing: Thing) -> Thing:
    before = state.names.get(node.target.id) if isinstance(node.target, ast.Name) else None
    if isinstance(node.op, ast.BitAnd) and before is not None:
        verdicts = (truth(before), truth(thing))
        if False in verdicts:
            return Known(data=False)
    return Anything(leak=thing.leak)


def _if(
    world: World, test: ast.expr, arms: tuple[list[ast.stmt], list[ast.stmt]], state: State, frame: Frame
) -> list[Outcome]:
    found: list[Outcome] = []
    for result, verdict in tested(world, test, state, frame):
        if result.raised:
            found.append(_next(result))
            continue
        if verdict is not False:
            found += run(world, arms[0], _narrowed(test, result.state, wanted=True), frame)
        if verdict is not True:
            found += run(world, arms[1], _narrowed(test, result.state, wanted=False), frame)
    return found


def _narrowed(test: ast.expr, state: State, *, wanted: bool) -> State:
    """Return what is known once a test of a bare name has turned out: a second one turns out the same."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _narrowed(test.operand, state, wanted=not wanted)
    if isinstance(test, ast.Name) and isinstance(state.names.get(test.id), Anything):
        return state.with_name(test.id, Known(wanted, leak=state.names[test.id].leak))
    return state


def _loop(
    world: World, node: ast.For | ast.AsyncFor | ast.While, state: State, frame: Frame
) -> list[Outcome]:
    """Follow a loop over known items turn by turn, any other for no turn and for one."""
    if isinstance(node, ast.While):
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        return _turn(world, node, run(world, node.body, state, frame), state, frame, endless=endless)
    found: list[Outcome] = []
    for source in evaluate(world, node.iter, state, frame, awaited=isinstance(node, ast.AsyncFor)):
        if source.raised:
            found.append(_next(source))
        elif isinstance(source.thing, Group) and len(source.thing.items) <= _MOST_TURNS:
            found += _turns(world, node, source, frame)
        else:
            item = source.thing if isinstance(source.thing, Handle) else Anything()
            ways = run(world, node.body, bind(node.target, item, source.state), frame)
            found += _turn(world, node, ways, source.state, frame, endless=isinstance(item, Handle))
    return found


def _turn(  # noqa: PLR0913 - a loop, its turns and its place
    world: World,
    node: ast.For | ast.AsyncFor | ast.While,
    ways: list[Outcome],
    before: State,
    frame: Frame,
    *,
    endless: bool,
) -> list[Outcome]:
    found = [o for o in ways if o.way in {Way.RETURN, Way.RAISE}]
    after = [o.state for o in ways if o.way in {Way.NEXT, Way.CONTINUE}]
    left = [Outcome(Way.NEXT, o.state, Known(None)) for o in ways if o.way is Way.BREAK]
    for state in after if endless and after else [*after, *(() if endless else (before,))]:
        left += run(world, node.orelse, state, frame)
    return [*found, *left]


def _turns(world: World, node: ast.For | ast.AsyncFor, source: Result, frame: Frame) -> list[Outcome]:
    assert isinstance(source.thing, Group)  # noqa: S101 - _loop() passes only these
    going, found, left = [source.state], list[Outcome](), list[Outcome]()
    for item in source.thing.items:
        after: list[State] = []
        for state in going:
            for outcome in run(world, node.body, bind(node.target, item, state), frame):
                if outcome.way in {Way.RETURN, Way.RAISE}:
                    found.append(outcome)
                elif outcome.way is Way.BREAK:
                    left.append(replace(outcome, way=Way.NEXT))
                else:
                    after.append(outcome.state)
        going = after[:8]
    return [*found, *left, *(o for s in going for o in run(world, node.orelse, s, frame))]


def _with(
    world: World, node: ast.With | ast.AsyncWith, items: list[ast.withitem], state: State, frame: Frame
) -> list[Outcome]:
    if not items:
        return run(world, node.body, state, frame)
    first, rest = items[0], items[1:]
    suppressed = catching.suppressed(first.context_expr)
    found: list[Outcome] = []
    for result in evaluate(world, first.context_expr, state, frame, awaited=isinstance(node, ast.AsyncWith)):
        if result.raised:
            found.append(_next(result))
            continue
        after = bind(first.optional_vars, result.thing, result.state) if first.optional_vars else result.state
        for outcome in _with(world, node, rest, after, frame):
            hidden = outcome.way is Way.RAISE and catching.takes(suppressed, outcome.thing) is True
            found.append(replace(outcome, way=Way.NEXT) if hidden else outcome)
    return found


def _try(world: World, node: ast.Try, state: State, frame: Frame) -> list[Outcome]:
    found: list[Outcome] = []
    for outcome in run(world, node.body, state, frame):
        if outcome.way is Way.RAISE:
            found += _handled(world, node, outcome, frame)
        elif outcome.way is Way.NEXT:
            found += run(world, node.orelse, outcome.state, frame)
        else:
            found.append(outcome)
    if not world.down:
        for handler in node.handlers:
            fault = Fault("other", "", 500, frame.scope.module.location(handler))
            found += _handler(world, handler, fault, state, frame)
    return _finally(world, node, found, frame) if node.finalbody else found


def _handled(world: World, node: ast.Try, outcome: Outcome, frame: Frame) -> list[Outcome]:
    fault = outcome.thing if isinstance(outcome.thing, Fault) else Fault("other")
    found: list[Outcome] = []
    for handler in node.handlers:
        verdict = catching.takes(catching.names_of(handler), fault)
        if verdict is not False:
            state = outcome.state
            if fault.kind == "http" and fault.status is not None and fault.status >= catching.FAILED:
                state = replace(state, dropped=fault.status)
            found += _handler(world, handler, fault, state, frame)
        if verdict is True:
            return found
    return [*found, outcome]


def _handler(
    world: World, handler: ast.ExceptHandler, fault: Fault, state: State, frame: Frame
) -> list[Outcome]:
    bound = state.with_name(RAISED, fault)
    return run(world, handler.body, bound.with_name(handler.name, fault) if handler.name else bound, frame)


def _finally(world: World, node: ast.Try, outcomes: list[Outcome], frame: Frame) -> list[Outcome]:
    found: list[Outcome] = []
    for outcome in world.few(outcomes):
        found += [
            replace(outcome, state=last.state) if last.way is Way.NEXT else last
            for last in run(world, node.finalbody, outcome.state, frame)
        ]
    return found
