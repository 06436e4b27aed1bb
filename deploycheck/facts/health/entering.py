"""Into the project's own functions: what their parameters hold, and what comes back."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from deploycheck.facts.health.database import annotated
from deploycheck.facts.health.things import Anything, Fields, Known, Reply, Thing
from deploycheck.facts.health.world import MAX_DEPTH, Frame, Result, State, Way, one
from deploycheck.facts.web.objects import qualified
from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point
from deploycheck.python.syntax import decorators, defaults, last_name, parameters
from deploycheck.python.values import Made, Reference, peel

if TYPE_CHECKING:
    from deploycheck.facts.health.world import Outcome, World
    from deploycheck.python.values import Value

Functions = ast.FunctionDef | ast.AsyncFunctionDef


def methods_of(world: World, symbol: ClassSymbol, name: str) -> Iterator[FunctionSymbol]:
    """Yield the method of a project's class by its name: the nearest one that does something."""
    for owner in ancestry(world.program.evaluator, symbol):
        if not isinstance(owner, ClassSymbol):
            continue
        for node in owner.node.body:
            if isinstance(node, Functions) and node.name == name:
                target = world.program.evaluator.definition(node, owner.scope).target
                if isinstance(target, FunctionSymbol):
                    yield target
                    return


def enter(  # noqa: PLR0913, PLR0917 - a call has a function, arguments and a place
    world: World,
    symbol: FunctionSymbol,
    given: Sequence[Thing],
    named: Mapping[str, Thing],
    state: State,
    frame: Frame,
    receiver: Thing | None = None,
) -> list[Result]:
    """Return every way in which a call of the project's own function turns out."""
    from deploycheck.facts.health.statements import run

    node = symbol.node
    if not isinstance(node, Functions):
        return one(state)
    if id(node) in frame.stack or len(frame.stack) >= MAX_DEPTH or _is_empty(node):
        world.unknown.setdefault(symbol.scope.module.location(node))
        return one(state)
    names = _bound(world, symbol, given, named, receiver)
    world.scopes.append(symbol.scope)
    inner = Frame(symbol.scope, frame.on_loop, (*frame.stack, id(node)))
    return [
        _back(outcome, state, names)
        for outcome in run(world, node.body, State(names, state.touched, state.dropped), inner)
    ]


def _back(outcome: Outcome, caller: State, names: Mapping[str, Thing]) -> Result:
    """Return to the caller; the framework's response takes along the status that it was given."""
    after = outcome.state.back_in(caller)
    for name, thing in names.items():
        now = outcome.state.names.get(name)
        if isinstance(thing, Reply) and thing.injected and isinstance(now, Reply):
            for outer, held in caller.names.items():
                after = after.with_name(outer, now) if held is thing else after
    thing = outcome.thing if outcome.way in {Way.RETURN, Way.RAISE} else Known(None)
    return Result(after, thing, outcome.way is Way.RAISE, outcome.at)


def _is_empty(node: Functions) -> bool:
    """Tell whether a function only stands for others: `...`, `pass`, `raise NotImplementedError`."""
    body = [s for s in node.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Raise) and "NotImpl" in ast.unparse(s)) for s in body
    )


def _bound(
    world: World,
    symbol: FunctionSymbol,
    given: Sequence[Thing],
    named: Mapping[str, Thing],
    receiver: Thing | None,
) -> dict[str, Thing]:
    node = symbol.node
    assert isinstance(node, Functions)  # noqa: S101 - enter() passes only these
    positional = [p.arg for p in (*node.args.posonlyargs, *node.args.args)]
    names = {p.arg: parameter(world, symbol, p) for p in parameters(node)}
    for name, default in defaults(node).items():
        if isinstance(default, ast.Constant):
            names[name] = Known(default.value)
    owner = symbol.scope.enclosing_class()
    if owner is not None and positional and "staticmethod" not in decorators(node):
        names[positional[0]] = receiver if isinstance(receiver, Fields) else _self(world, owner.node, symbol)
        positional = positional[1:]
    names |= dict(zip(positional, given, strict=False))
    return names | {n: t for n, t in named.items() if n in names}


def _self(world: World, node: ast.AST, symbol: FunctionSymbol) -> Thing:
    owner = symbol.scope.enclosing_class()
    around = owner.parent if owner is not None else None
    if not isinstance(node, ast.ClassDef) or around is None:
        return Anything()
    target = world.program.evaluator.definition(node, around).target
    return Fields({}, target, whole=False, is_object=True) if isinstance(target, ClassSymbol) else Anything()


def parameter(world: World, symbol: FunctionSymbol, argument: ast.arg) -> Thing:
    """Return what a parameter holds by its annotation, whoever calls."""
    if argument.annotation is None:
        return Anything()
    found = told(world, symbol, argument.annotation)
    inner = found.arguments[0] if isinstance(found, Made) and found.arguments else found
    name = qualified(inner) or last_name(argument.annotation)
    handle = annotated(name)
    if handle is not None:
        return handle
    if name in {"fastapi.Response", "starlette.responses.Response", "fastapi.responses.Response"}:
        return Reply(None, injected=True)
    target = peel(inner)
    if isinstance(target, Reference) and isinstance(target.target, ClassSymbol):
        return Fields({}, target.target, whole=False, is_object=True)
    return Anything()


def told(world: World, symbol: FunctionSymbol, annotation: ast.expr) -> Value:
    """Return what the program knows of an annotation: `Annotated[…]` is a call of it."""
    return peel(world.program.evaluate(annotation, Point(symbol.scope.parent or symbol.scope)))
