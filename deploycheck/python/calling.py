"""Calls: the project's functions are followed into, pure ones computed, a library's kept as made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import datamethods, enums, library
from deploycheck.python.binding import arguments_of, bind, spread_keywords
from deploycheck.python.construction import Construction
from deploycheck.python.flow import Flow
from deploycheck.python.models import Arguments
from deploycheck.python.parameters import TRANSPARENT
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope
from deploycheck.python.syntax import Function, first_parameter, last_name, parameters, yields
from deploycheck.python.values import Branch, Failure, Instance, Made, Reference, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

__all__ = ["apply", "arguments_of", "bind", "call", "call_value", "construct", "run", "spread_keywords"]

MAX_ACTIVE = 2


def call(ev: Evaluator, callee: Value, node: ast.Call, point: Point) -> Value:
    """Return what a call gives."""
    return apply(ev, callee, arguments_of(ev, node, point), point)


def apply(ev: Evaluator, callee: Value, arguments: Arguments, point: Point | None) -> Value:
    """Return what calling `callee` with these arguments gives."""
    if not ev.memory.spend():
        return Unknown("it is too large to follow", at=arguments.at)
    form = _FORMS.get(type(callee))
    if form is not None:
        return form(ev, callee, arguments, point)
    return Unknown(f"`{arguments.text}` is not followed", at=arguments.at)


def _via(ev: Evaluator, callee: Via, arguments: Arguments, point: Point | None) -> Value:
    return apply(ev, callee.inner, arguments, point)


def _branch(ev: Evaluator, callee: Branch, arguments: Arguments, point: Point | None) -> Value:
    then, otherwise = (apply(ev, arm, arguments, point) for arm in (callee.then, callee.otherwise))
    return Branch(callee.test, then, otherwise, callee.text, at=callee.at)


def _reference(ev: Evaluator, callee: Reference, arguments: Arguments, point: Point | None) -> Value:
    match callee.target:
        case FunctionSymbol():
            return _follow(ev, callee, arguments, point)
        case ClassSymbol() as symbol:
            decorated = _decorated(ev, callee, symbol.node, symbol.scope, arguments, point)
            return decorated if decorated is not None else construct(ev, symbol, arguments)
    if callee.name.startswith("data.") and callee.receiver is not None:
        return datamethods.call(ev, callee.receiver, callee.name.removeprefix("data."), arguments)
    return library.call(ev, callee, arguments, point)


def _made(ev: Evaluator, callee: Made, arguments: Arguments, point: Point | None) -> Value:
    return library.call_made(ev, callee, arguments, point)


def _instance(ev: Evaluator, callee: Instance, arguments: Arguments, point: Point | None) -> Value:
    method = peel(ev.attribute_at(callee, "__call__", arguments.at))
    if isinstance(method, Reference):
        return apply(ev, method, arguments, point)
    return Unknown(f"`{arguments.text}` is not followed", at=arguments.at)


def _unknown(_: Evaluator, callee: Unknown, arguments: Arguments, __: Point | None) -> Value:
    return Unknown(callee.reason, at=arguments.at)


def _failure(_: Evaluator, callee: Failure, __: Arguments, ___: Point | None) -> Value:
    return callee


# -- the project's own functions and classes ---------------------------------------------------------


def _follow(ev: Evaluator, function: Reference, arguments: Arguments, point: Point | None) -> Value:
    """Follow a call into the project's own function, through its decorators where these are ours too."""
    symbol = _symbol_of(function)
    decorated = _decorated(ev, function, symbol.node, symbol.scope, arguments, point)
    if decorated is not None:
        return decorated
    bindings = bind(ev, symbol.scope, arguments, function.receiver)
    moment = moment_in(symbol.scope.parent, point)
    return run(ev, function, bindings, arguments.at, arguments.text, moment)


def run(  # noqa: PLR0913, PLR0917 - a call's parts
    ev: Evaluator,
    function: Reference,
    bindings: Mapping[str, Value],
    at: Location,
    text: str = "",
    moment: ast.AST | None = None,
) -> Value:
    """Return what the project's own function gives for these bindings.

    `text` is the call's source for the trail. `moment` is the node of the scope around the function that
    is being run, when the call is made while that scope is.
    """
    symbol = _symbol_of(function)
    node = symbol.node
    if yields(node):
        return Unknown(f"what {symbol.name.rpartition('.')[2]}() yields", at=at)
    full = dict(bindings)
    if function.receiver is not None and not full and first_parameter(node):
        full[first_parameter(node)] = function.receiver
    if not ev.enter(node, MAX_ACTIVE):
        return Unknown(f"{symbol.name}() calls itself", at=at)
    try:
        # A call without arguments is the same every time, so its scope is shared.
        shared = moment is None and not full and not parameters(node)
        value = Flow(ev, symbol.scope if shared else symbol.scope.called_with(full, moment)).returned()
    finally:
        ev.leave(node)
    return ev.step_at(text, at, value) if text else value


def _symbol_of(function: Reference) -> FunctionSymbol:
    if not isinstance(function.target, FunctionSymbol):
        raise TypeError(f"{function.name} is no function of the project")
    return function.target


def call_value(ev: Evaluator, callee: Value, at: Location | None) -> Value:
    """Return what calling a value without arguments gives (a default factory)."""
    place = at or peel(callee).at
    if place is None:
        return Unknown("a factory that is not followed")
    return apply(ev, callee, Arguments((), {}, place, ""), None)


def moment_in(scope: Scope | None, point: Point | None) -> ast.AST | None:
    """Return the node of a scope that is running when a call is made at a point; None when it has run.

    A function that is called while its own module is still being imported sees what is set so far.
    """
    current: Scope | None = point.scope if point is not None else None
    moment = point.before if point is not None else None
    while current is not None and scope is not None:
        if current.node is scope.node:
            return moment
        moment, current = current.outer_moment, current.parent
    return None


def _decorated(  # noqa: PLR0913, PLR0917 - a call's parts, and what is called
    ev: Evaluator,
    reference: Reference,
    node: Function | ast.ClassDef,
    scope: Scope,
    arguments: Arguments,
    point: Point | None,
) -> Value | None:
    """Return what the project's own decorators make of a call; None when there are none around it.

    A library's decorators are taken to hand the result on: routes, caches, retries.
    """
    around = [d for d in getattr(node, "decorator_list", ()) if _may_be_own(d)]
    if not around or not ev.enter_decorated(node):
        return None
    try:
        outside = Point(scope.parent or scope, node)
        callee: Value = Reference(reference.name, reference.target, at=reference.at)
        changed = False
        for decorator in reversed(around):
            found = ev.evaluate(decorator, outside)
            if _is_own(found):
                given = Arguments((callee,), {}, arguments.at, "")
                callee, changed = apply(ev, found, given, outside), True
        if not changed or _is_the_same(callee, reference):
            return None
        if reference.receiver is not None:
            arguments = Arguments(
                (reference.receiver, *arguments.positional),
                arguments.keywords,
                arguments.at,
                arguments.text,
                arguments.partial,
            )
        return apply(ev, callee, arguments, point)
    finally:
        ev.leave_decorated(node)


def _may_be_own(decorator: ast.expr) -> bool:
    return last_name(decorator.func if isinstance(decorator, ast.Call) else decorator) not in TRANSPARENT


def _is_own(value: Value) -> bool:
    """Tell whether a decorator is the project's own, or not known: that may make anything of a function."""
    found = peel(value)
    if isinstance(found, Reference):
        return isinstance(found.target, (FunctionSymbol, ClassSymbol))
    return isinstance(found, (Unknown, Branch, Instance))


def _is_the_same(value: Value, reference: Reference) -> bool:
    found = peel(value)
    return isinstance(found, Reference) and found.target is reference.target


def construct(ev: Evaluator, symbol: ClassSymbol, arguments: Arguments) -> Value:
    """Return the instance that calling a project's class gives."""
    if enums.is_enum(ev, symbol):
        if len(arguments.positional) != 1:
            return Unknown(f"`{arguments.text}` is not followed", at=arguments.at)
        return enums.by_value(ev, symbol, arguments.positional[0], arguments.at)
    return Instance(symbol.name, symbol, Construction(arguments), at=arguments.at)


_FORMS: dict[type[Value], Callable[..., Value]] = {
    Via: _via,
    Branch: _branch,
    Reference: _reference,
    Made: _made,
    Instance: _instance,
    Unknown: _unknown,
    Failure: _failure,
}
