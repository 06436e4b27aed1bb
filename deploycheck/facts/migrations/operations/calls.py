"""Calls: who is called decides what is asked of the database."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import (
    alembic,
    assigning,
    constructs,
    executing,
    handles,
    harmless,
    helpers,
    libraries,
)
from deploycheck.facts.migrations.operations.attributes import function_of
from deploycheck.facts.migrations.operations.objects import (
    Above,
    Bound,
    Carried,
    Handle,
    Kind,
    Object,
    Statement,
    reaches,
    root,
    tail,
)
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Branch, Literal, Made, Reference, Table, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call. `partial` tells that some are not known; `alone` that it is a statement."""

    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    partial: bool = False
    alone: bool = False

    def get(self, position: int | None, *names: str) -> Value | None:
        """Return the argument given by position or by one of `names`, or None."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[n] for n in names if n in self.keywords), None)

    @property
    def reaches(self) -> bool:
        """Whether the callee can change the database with what it is given."""
        return any(reaches(v) for v in (*self.positional, *self.keywords.values()))


def call(run: Run, node: ast.Call, frame: Frame, *, alone: bool) -> Value:
    """Return what a call gives, after doing what it asks for."""
    callee = run.evaluate(node.func, frame)
    if isinstance(callee, Reference) and callee.name == "builtins.super":
        return _above(frame)
    given = _given(run, node, frame, alone=alone)
    if isinstance(callee, Bound) and assigning.mutated(run, node, callee.receiver, given.positional, frame):
        return Literal(None)
    return dispatch(run, callee, given, node)


def _above(frame: Frame) -> Value:
    """Return what `super()` gives in a method."""
    current: Frame | None = frame
    while current is not None:
        function = current.function
        if function is not None and function.owner is not None and isinstance(function.receiver, Object):
            return Above(function.receiver, function.owner)
        current = current.around
    return Unknown("super() outside of a method")


def _given(run: Run, node: ast.Call, frame: Frame, *, alone: bool) -> Given:
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    partial = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            spread = run.items(run.evaluate(argument.value, frame))
            partial = partial or spread is None
            positional.extend(spread or ())
        else:
            positional.append(run.evaluate(argument, frame))
    for keyword in node.keywords:
        value = run.evaluate(keyword.value, frame)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value, Table):
            keywords |= {str(k.data): v for k, v in value.entries if isinstance(k, Literal)}
        else:
            partial = True
    return Given(tuple(positional), keywords, partial, alone)


def dispatch(  # noqa: PLR0911 - one short return a kind of callee reads best
    run: Run, callee: Value, given: Given, node: ast.Call
) -> Value:
    """Do what calling `callee` asks for."""
    function = function_of(callee)
    if function is not None:
        return helpers.follow(run, function, given)
    match callee:
        case Reference(target=ClassSymbol() as symbol):
            return helpers.construct(run, symbol, given)
        case Reference(name=name):
            return _library(run, name, given)
        case Bound(receiver=receiver, name=name):
            return _method(run, receiver, name, given, node)
        case Object():
            return helpers.method(run, callee, "__call__", given)
        case Made(callee="functools.partial"):
            whole = {**dict(callee.keywords), **given.keywords}
            joined = Given((*callee.arguments[1:], *given.positional), whole, given.partial, given.alone)
            return dispatch(run, callee.arguments[0], joined, node) if callee.arguments else callee
        case Made(callee=made) if tail(made) in constructs.SESSION_MAKERS:
            return Handle(kind=Kind.SESSION)
        case Branch(then=then, otherwise=otherwise):
            with run.undecided(callee):
                values = [dispatch(run, arm, given, node) for arm in (then, otherwise)]
            return Branch(callee.test, values[0], values[1], callee.text)
    return _unknown(run, callee, given, node)


def _library(run: Run, name: str, given: Given) -> Value:
    match root(name):
        case "alembic":
            return alembic.call(run, name, given)
        case "sqlalchemy" | "sqlmodel" | "geoalchemy2" | "sqlalchemy_utils" | "flask_sqlalchemy":
            return constructs.call(run, name, given)
    return libraries.call(run, name, given)


def _method(run: Run, receiver: Value, name: str, given: Given, node: ast.Call) -> Value:
    match receiver:
        case Handle():
            return handles.method(run, receiver, name, given)
        case Made() | Statement() | Bound() | Reference():
            return constructs.method(run, receiver, name, given)
        case Object():
            return helpers.method(run, receiver, name, given)
    return libraries.data_method(run, receiver, name, given, node)


def _unknown(run: Run, callee: Value, given: Given, node: ast.Call) -> Value:
    """Return what calling something unknown gives; it may change the database if it is given the means."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute) and name in executing.METHODS and given.positional:
        return executing.execute(run, given.positional[0])
    if name in constructs.SESSION_MAKERS:
        return Handle(kind=Kind.SESSION)
    if isinstance(node.func, ast.Attribute) and name in libraries.BUILDERS and not given.positional:
        return Statement(name)
    read = isinstance(node.func, ast.Attribute) and harmless.reads(name)
    if (given.reaches and not read) or (
        given.alone and isinstance(node.func, ast.Name) and not harmless.is_name(name)
    ):
        reason = callee.reason if isinstance(callee, Unknown) else ""
        run.unknown(f"{name or 'what is called'}() is not followed" + (f": {reason}" if reason else ""))
    if isinstance(callee, Carried):
        return callee
    return Unknown(f"what {name or 'a call'}() gives")
