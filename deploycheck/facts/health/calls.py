"""Calls while an endpoint is followed: the database, the framework, the project's own functions."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.health import database, replies
from deploycheck.facts.health.entering import enter, methods_of
from deploycheck.facts.health.expressions import evaluate, parts
from deploycheck.facts.health.harmless import is_harmless, is_harmless_method
from deploycheck.facts.health.model import Touch
from deploycheck.facts.health.plain import Called, of_value
from deploycheck.facts.health.things import (
    Anything,
    Fault,
    Fields,
    Group,
    Handle,
    Thing,
    leak_of,
)
from deploycheck.facts.health.world import Result, one
from deploycheck.facts.web.following import RUNNERS
from deploycheck.facts.web.objects import arms, definitions, qualified
from deploycheck.python.classes import ancestry
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.syntax import dotted, last_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploycheck.facts.health.world import Frame, State, World

_WAITING = RUNNERS | {"wait_for", "gather", "shield", "wait", "timeout"}
_IN_THREADS = frozenset({"to_thread", "run_in_threadpool", "run_in_executor", "run_sync"})
_PASSES_ON = frozenset({"wait_for", "shield", "create_task", "ensure_future", "cast", "deepcopy", "copy"})


def call(world: World, node: ast.Call, state: State, frame: Frame, *, awaited: bool) -> list[Result]:
    """Return every way in which a call turns out."""
    found: list[Result] = []
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    plain = isinstance(node.func, (ast.Attribute, ast.Call))
    for owner in (
        evaluate(world, receiver, state, frame) if plain else one(state, _plain(world, node, state, frame))
    ):
        if owner.raised:
            found.append(owner)
            continue
        waiting = awaited or last_name(node.func) in _WAITING
        keywords = [k.value for k in node.keywords]
        fine, failed = parts(world, [*node.args, *keywords], owner.state, frame, awaited=waiting)
        found += _kept(node, failed)
        for after, things in fine:
            found += _turns_out(
                world, _called(world, node, owner.thing, things, frame, awaited), after, frame
            )
    return found


def _plain(world: World, node: ast.Call, state: State, frame: Frame) -> Thing:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in state.names:
        return state.names[name]
    handle = database.handle_of(world.value(node.func, frame))
    return handle if handle is not None else Anything()


def _called(  # noqa: PLR0913, PLR0917 - the parts of one call
    world: World,
    node: ast.Call,
    owner: Thing,
    things: Sequence[Thing],
    frame: Frame,
    awaited: bool,  # noqa: FBT001
) -> Called:
    value = world.value(node.func, frame)
    count = len(node.args)
    named = {k.arg: t for k, t in zip(node.keywords, things[count:], strict=True) if k.arg is not None}
    name = qualified(value).removesuffix("()") or dotted(node.func)
    return Called(node, name, value, owner, tuple(things[:count]), named, awaited)


def _kept(node: ast.Call, failed: list[Result]) -> list[Result]:
    """Return what fails of arguments: `gather(…, return_exceptions=True)` gives faults as results."""
    if last_name(node.func) == "gather" and any(k.arg == "return_exceptions" for k in node.keywords):
        return [Result(r.state, Anything()) for r in failed]
    return failed


def _turns_out(world: World, one_call: Called, state: State, frame: Frame) -> list[Result]:
    for attempt in (_of_handle, of_value, _of_web, _of_project, _of_runner):
        found = attempt(world, one_call, state, frame)
        if found is not None:
            return found
    if one_call.method in {"format_exc", "format_exception"}:
        return one(state, Anything(leak=frame.scope.module.location(one_call.node)))
    leak = leak_of(*one_call.things, one_call.owner)
    if not (
        is_harmless(one_call.name) or (one_call.name == dotted(one_call.node.func) and _is_quiet(one_call))
    ):
        world.met(one_call.node, frame)
    return one(state, Anything(leak=None if _is_logging(one_call) else leak))


def _is_quiet(one_call: Called) -> bool:
    if one_call.method in {"first", "all", "scalar", "one", "fetchone", "fetchall"}:
        return isinstance(one_call.owner, Handle)
    return is_harmless_method(one_call.method) and isinstance(one_call.node.func, ast.Attribute)


def _is_logging(one_call: Called) -> bool:
    return one_call.method in {"debug", "info", "warning", "error", "exception", "critical", "log", "print"}


# -- the database --------------------------------------------------------------------------------------


def _of_handle(  # noqa: PLR0911 - one return a kind
    world: World, one_call: Called, state: State, frame: Frame
) -> list[Result] | None:
    opened = database.called(one_call.name)
    if opened is not None:
        if one_call.name == "sqlalchemy.inspect" and not _is_way(one_call):
            return one(state)
        return _needed(world, one_call, opened, state, frame)
    owner = one_call.owner
    is_method = isinstance(one_call.node.func, ast.Attribute)
    if isinstance(owner, Handle) and is_method:
        needs, gives = database.method(owner, one_call.method)
        if needs:
            return _needed(world, one_call, gives or owner, state, frame)
        return one(state, gives if gives is not None else Anything())
    if isinstance(owner, Handle) and owner.kind in {"factory", "session"}:
        return one(state, Handle("session", is_async=owner.is_async))
    if isinstance(owner, Handle) and owner.kind == "engine":
        return one(state, owner)
    made = database.handle_of(world.value(one_call.node, frame)) if not _of_ours(one_call) else None
    if made is not None:
        return one(state, made)
    unknown = is_method and isinstance(owner, Anything) and not _of_ours(one_call)
    if unknown and database.looks_needed(_receiver(one_call.node), one_call.method):
        gives = Handle("connection" if one_call.method in {"connect", "begin", "acquire"} else "result")
        return _needed(world, one_call, gives, state, frame)
    return None


def _receiver(node: ast.Call) -> str:
    inner = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return last_name(inner.func) if isinstance(inner, ast.Call) else last_name(inner)


def _is_way(one_call: Called) -> bool:
    return any(isinstance(t, Handle) for t in one_call.things)


def _of_ours(one_call: Called) -> bool:
    return any(True for _ in definitions(one_call.value))


def _needed(world: World, one_call: Called, gives: Handle, state: State, frame: Frame) -> list[Result]:
    at = frame.scope.module.location(one_call.node)
    owner = one_call.owner
    sure = isinstance(owner, Handle) and owner.is_async is False
    sure = sure or (database.called(one_call.name) is not None and gives.is_async is False)
    blocking = frame.on_loop and not one_call.awaited and sure
    text = frame.scope.module.source(one_call.node)
    world.touches.setdefault(at, Touch(text, at, blocking))
    after = replace(state, touched=True)
    if world.down:
        return [Result(after, Fault("database", "OperationalError", 500, at), raised=True, at=at)]
    return one(after, gives)


# -- the framework -------------------------------------------------------------------------------------


def _of_web(world: World, one_call: Called, state: State, frame: Frame) -> list[Result] | None:
    name, at = _library_name(world, one_call), frame.scope.module.location(one_call.node)
    aborted = replies.aborts(name, one_call.given, one_call.named, at)
    if aborted is not None:
        return [Result(state, aborted, raised=True, at=at)]
    made = replies.reply(name, one_call.given, one_call.named)
    if made is None and not _of_ours(one_call):
        made = replies.fault(name, one_call.given, one_call.named, at)
    return None if made is None else one(state, made)


def _library_name(world: World, one_call: Called) -> str:
    """Return the library's class that is called, also by a project's class below it that adds nothing."""
    for symbol in definitions(one_call.value):
        if isinstance(symbol, ClassSymbol) and not any(
            isinstance(s, ast.FunctionDef) and s.name == "__init__" for s in symbol.node.body
        ):
            return next(
                (
                    b
                    for b in ancestry(world.program.evaluator, symbol)
                    if isinstance(b, str) and b.endswith("Response")
                ),
                "",
            )
    return one_call.name


# -- the project's own ---------------------------------------------------------------------------------


def _of_project(world: World, one_call: Called, state: State, frame: Frame) -> list[Result] | None:
    functions = [(s, one_call.owner) for s in definitions(one_call.value) if isinstance(s, FunctionSymbol)]
    classes = [s for s in definitions(one_call.value) if isinstance(s, ClassSymbol)]
    owner = one_call.owner
    if not functions and isinstance(owner, Fields) and owner.owner is not None:
        functions = [(m, owner) for m in methods_of(world, owner.owner, one_call.method)]
    if functions:
        found: list[Result] = []
        for symbol, receiver in functions[:3]:
            found += enter(world, symbol, one_call.given, one_call.named, state, frame, receiver)
        return found
    return one(state, _object(world, classes[0], one_call, frame)) if classes else None


def _object(world: World, symbol: ClassSymbol, one_call: Called, frame: Frame) -> Thing:
    bases = [b for b in ancestry(world.program.evaluator, symbol) if isinstance(b, str)]
    at = frame.scope.module.location(one_call.node)
    if any(b.rpartition(".")[2].endswith(("Exception", "Error")) for b in bases):
        http = any(b.rpartition(".")[2] == "HTTPException" for b in bases)
        return Fault("http" if http else "other", symbol.node.name, None, at, leak=leak_of(*one_call.things))
    if any(b.endswith("Response") for b in bases):
        return Anything(leak=leak_of(*one_call.things))
    return Fields(
        dict[object, Thing](one_call.named.items()),
        symbol,
        whole=False,
        is_object=True,
        leak=leak_of(*one_call.things),
    )


def _of_runner(world: World, one_call: Called, state: State, frame: Frame) -> list[Result] | None:
    if one_call.method in _PASSES_ON and one_call.given:
        return one(state, one_call.given[0])
    if one_call.method == "gather":
        return one(state, Group(one_call.given))
    if one_call.method not in _IN_THREADS:
        return None
    inner = replace(frame, on_loop=False)
    for index, argument in enumerate(one_call.node.args):
        if isinstance(argument, ast.Lambda):
            return evaluate(world, argument.body, state, inner)
        partial = isinstance(argument, ast.Call) and last_name(argument.func) == "partial" and argument.args
        called = argument.args[0] if isinstance(argument, ast.Call) and partial else argument
        for arm, _ in arms(world.value(called, frame)):
            target = getattr(arm, "target", None)
            if isinstance(target, FunctionSymbol):
                given = one_call.given[index + 1 :]
                return enter(world, target, given, {}, state, inner, one_call.owner)
    return None
