"""Calls: the project's functions are followed into, pure ones computed, a library's kept as made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import environ, operations
from deploycheck.python.flow import Flow
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope, parameters
from deploycheck.python.values import (
    Branch,
    Instance,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
    Via,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

IDENTITIES = frozenset(
    {"get_secret_value", "unicode_string", "__str__", "encoded_string", "render_as_string", "human_repr"}
)
"""Methods that give the same plain data again."""
MAX_ACTIVE = 2


def call(ev: Evaluator, callee: Value, node: ast.Call, point: Point) -> Value:
    """Return what a call gives."""
    arguments = arguments_of(ev, node, point)
    return apply(ev, callee, arguments, point)


def call_value(ev: Evaluator, callee: Value, at: Location | None) -> Value:
    """Return what calling a value without arguments gives (a default factory)."""
    found = peel(callee)
    place = at or found.at
    if place is None:
        return Unknown("a factory that is not followed")
    return apply(ev, callee, Arguments((), {}, place, ""), None)


def apply(ev: Evaluator, callee: Value, arguments: Arguments, point: Point | None) -> Value:
    """Return what calling `callee` with these arguments gives."""
    match callee:
        case Via():
            return apply(ev, callee.inner, arguments, point)
        case Branch():
            then, otherwise = (
                apply(ev, callee.then, arguments, point),
                apply(ev, callee.otherwise, arguments, point),
            )
            return Branch(callee.test, then, otherwise, callee.text, at=callee.at)
        case Reference(target=FunctionSymbol() as function):
            return run(
                ev, callee, bind(ev, function.scope, arguments, callee.receiver), arguments.at, arguments.text
            )
        case Reference(target=ClassSymbol() as symbol):
            return construct(ev, symbol, arguments)
        case Reference(name=name, receiver=receiver) if name.startswith("data.") and receiver is not None:
            return _data_method(receiver, name.removeprefix("data."), arguments)
        case Reference():
            return _library(ev, callee, arguments, point)
        case Made():
            modelled = ev.models.call(ev, callee, arguments)
            return modelled if modelled is not None else _made(f"{callee.callee}()", arguments)
        case Instance():
            method = ev.attribute(callee, "__call__", point, ast.Pass()) if point is not None else None
            if isinstance(method, Reference):
                return apply(ev, method, arguments, point)
        case Unknown():
            return Unknown(callee.reason, at=arguments.at)
    return Unknown(f"`{arguments.text}` is not followed", at=arguments.at)


def arguments_of(ev: Evaluator, node: ast.Call, point: Point) -> Arguments:
    """Return a call's arguments, `*args` and `**kwargs` unpacked where they are known."""
    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    partial = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            inner = peel(ev.evaluate(argument.value, point))
            if isinstance(inner, Listing) and not partial:
                positional.extend(inner.items)
            else:
                partial = True
        else:
            positional.append(ev.evaluate(argument, point))
    for keyword in node.keywords:
        if keyword.arg is not None:
            keywords[keyword.arg] = ev.evaluate(keyword.value, point)
            continue
        spread = spread_keywords(ev.evaluate(keyword.value, point))
        partial = partial or spread is None
        keywords.update(spread or {})
    return Arguments(
        tuple(positional), keywords, point.module.location(node), point.module.source(node), partial
    )


def spread_keywords(value: Value) -> dict[str, Value] | None:
    """Return the entries of a dict of keyword arguments, or None when it is not known."""
    trail: list[Step] = []
    while isinstance(value, Via):
        trail.append(value.step)
        value = value.inner
    if isinstance(value, Table):
        named = {str(k.data): v for k, v in value.entries if isinstance(k, Literal)}
        return {k: _through(trail, v) for k, v in named.items()} if len(named) <= len(value.entries) else None
    if isinstance(value, Branch):
        one, two = spread_keywords(value.then), spread_keywords(value.otherwise)
        if one is None or two is None:
            return None
        absent = Unknown("it is not given on this path")
        keys = dict.fromkeys([*one, *two])
        return {
            k: _through(
                trail, Branch(value.test, one.get(k, absent), two.get(k, absent), value.text, at=value.at)
            )
            for k in keys
        }
    return None


def _through(trail: list[Step], value: Value) -> Value:
    for step in reversed(trail):
        value = Via(step, value)
    return value


def bind(ev: Evaluator, scope: Scope, arguments: Arguments, receiver: Value | None) -> dict[str, Value]:
    """Return the bindings of a function's parameters for one call; a default is left to its parameter."""
    node = scope.node
    assert not isinstance(node, (ast.Module, ast.ClassDef))  # noqa: S101 - only functions are called
    bindings: dict[str, Value] = {}
    names = [p.arg for p in (*node.args.posonlyargs, *node.args.args)]
    given = [*([receiver] if receiver is not None and names else []), *arguments.positional]
    for name, value in zip(names, given, strict=False):
        bindings[name] = value
    if node.args.vararg is not None:
        bindings[node.args.vararg.arg] = Listing(tuple(given[len(names) :]), "tuple")
    known = {p.arg for p in parameters(node)}
    extra: list[tuple[Value, Value]] = []
    for name, value in arguments.keywords.items():
        if name in known and name not in bindings:
            bindings[name] = value
        else:
            extra.append((Literal(name), value))
    if node.args.kwarg is not None:
        rest = Unknown("arguments that cannot be followed") if arguments.partial else Table(tuple(extra))
        bindings[node.args.kwarg.arg] = rest
    if arguments.partial:
        for parameter in parameters(node):
            bindings.setdefault(
                parameter.arg,
                Unknown(f"parameter `{parameter.arg}` comes from arguments that cannot be followed"),
            )
    _ = ev
    return bindings


def run(
    ev: Evaluator, function: Reference, bindings: Mapping[str, Value], at: Location, text: str = ""
) -> Value:
    """Return what the project's own function gives for these bindings."""
    symbol = function.target
    assert isinstance(symbol, FunctionSymbol)  # noqa: S101 - the callers looked
    node = symbol.node
    if _yields(node):
        return Unknown(f"what {symbol.name.rpartition('.')[2]}() yields", at=at)
    full = dict(bindings)
    if function.receiver is not None and not full:
        names = [*node.args.posonlyargs, *node.args.args]
        full |= {names[0].arg: function.receiver} if names else {}
    if not ev.enter(node, MAX_ACTIVE):
        return Unknown(f"{symbol.name}() calls itself", at=at)
    try:
        # A call without arguments is the same every time, so its scope (and memory) can be shared.
        scope = symbol.scope if not full and not parameters(node) else symbol.scope.called_with(full)
        value = Flow(ev, scope).returned()
    finally:
        ev.leave(node)
    return Via(Step(text, at), value) if text else value


def construct(ev: Evaluator, symbol: ClassSymbol, arguments: Arguments) -> Value:
    """Return the instance that calling a project's class gives."""
    from deploycheck.python.classes import ENUMS, Construction, inherits, members

    if inherits(ev, symbol, *ENUMS):
        known = [peel(v) for v in members(ev, symbol).values()]
        allowed = [v.data for v in known if isinstance(v, Literal)]
        if arguments.positional and len(allowed) == len(known):
            return Operation(
                _one_of(symbol.node.name, allowed),
                (arguments.positional[0],),
                symbol.node.name,
                at=arguments.at,
            )
    return Instance(symbol.name, symbol, Construction(arguments), at=arguments.at)


def _one_of(name: str, allowed: list[object]) -> operations.Pure:
    def check(data: object) -> object:
        if data not in allowed:
            raise ValueError(f"not one of {name}")
        return data

    return check


def _data_method(receiver: Value, name: str, arguments: Arguments) -> Value:
    if name in IDENTITIES:
        return receiver
    found = peel(receiver)
    if isinstance(found, Table) and name == "get" and arguments.positional:
        key = peel(arguments.positional[0])
        if isinstance(key, Literal):
            default = (
                arguments.positional[1] if len(arguments.positional) > 1 else Literal(None, at=arguments.at)
            )
            return found.get(key.data) or default
    if isinstance(found, (Listing, Table)) and name == "copy":
        return found
    if isinstance(found, Table) and name in {"items", "keys", "values"}:
        parts = {"items": [Listing(e, "tuple") for e in found.entries], "keys": [k for k, _ in found.entries]}
        return Listing(tuple(parts.get(name, [v for _, v in found.entries])), at=arguments.at)
    if name == "join" and arguments.positional and isinstance(peel(arguments.positional[0]), Listing):
        return Operation(
            operations.method(name), (receiver, arguments.positional[0]), ".join()", at=arguments.at
        )
    if name == "format" and isinstance(found, Literal) and isinstance(found.data, str):
        return _format(found.data, arguments)
    if arguments.partial or arguments.keywords:
        return Unknown(f"`{arguments.text}` is not followed", at=arguments.at)
    return Operation(
        operations.method(name), (receiver, *arguments.positional), f".{name}()", at=arguments.at
    )


def _format(template: str, arguments: Arguments) -> Value:
    import string

    parts: list[Value] = []
    position = 0
    try:
        for literal, field, spec, conversion in string.Formatter().parse(template):
            parts.append(Literal(literal, at=arguments.at))
            if field is None:
                continue
            if not field:
                field, position = str(position), position + 1
            value = arguments.get(int(field)) if field.isdigit() else arguments.keywords.get(field)
            parts.append(
                value if value is not None and not spec and not conversion else Unknown(f"`{{{field}}}`")
            )
    except ValueError:
        return Unknown("a format string that is not valid", at=arguments.at)
    return Text(tuple(parts), at=arguments.at)


def _library(ev: Evaluator, callee: Reference, arguments: Arguments, point: Point | None) -> Value:
    read = environ.call(ev, callee.name, list(arguments.positional), dict(arguments.keywords), arguments.at)
    if read is not None:
        return read
    modelled = ev.models.call(ev, callee, arguments)
    if modelled is not None:
        return modelled
    special = _builtin(ev, callee.name, arguments, point)
    if special is not None:
        return special
    function = operations.FUNCTIONS.get(callee.name)
    if function is not None and not arguments.partial and not arguments.keywords and arguments.positional:
        name = callee.name.removeprefix("builtins.")
        return Operation(function, arguments.positional, name, at=arguments.at)
    return _made(callee.name, arguments)


def _builtin(ev: Evaluator, name: str, arguments: Arguments, point: Point | None) -> Value | None:
    first = peel(arguments.positional[0]) if arguments.positional else None
    match name:
        case "builtins.str" if isinstance(first, Text):
            return arguments.positional[0]
        case "builtins.dict":
            entries = tuple((Literal(k), v) for k, v in arguments.keywords.items())
            spread = first.entries if isinstance(first, Table) else ()
            if first is None or isinstance(first, Table):
                return Table((*spread, *entries), at=arguments.at)
        case "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.frozenset" if first is None:
            return Listing((), name.removeprefix("builtins."), at=arguments.at)
        case "builtins.list" | "builtins.tuple" | "builtins.set" if isinstance(first, Listing):
            return Listing(first.items, name.removeprefix("builtins."), at=arguments.at)
        case "builtins.getattr" if len(arguments.positional) > 1 and point is not None:
            attribute = ev.constant(arguments.positional[1])
            if isinstance(attribute, str):
                found = ev.attribute(arguments.positional[0], attribute, point, point.scope.node)
                default = arguments.get(2)
                return default if isinstance(peel(found), Unknown) and default is not None else found
        case "typing.cast" if len(arguments.positional) > 1:
            return arguments.positional[1]
        case "builtins.isinstance" | "builtins.hasattr" | "builtins.callable" | "builtins.issubclass":
            return Unknown(f"`{arguments.text}` is decided at run time", at=arguments.at)
        case "functools.lru_cache" | "functools.cache" | "functools.wraps" | "functools.partial":
            return (
                arguments.positional[0]
                if arguments.positional and not arguments.keywords
                else _made(name, arguments)
            )
    return None


def _made(name: str, arguments: Arguments) -> Made:
    return Made(
        name, arguments.positional, tuple(arguments.keywords.items()), arguments.partial, at=arguments.at
    )


_YIELDS: dict[int, tuple[ast.AST, bool]] = {}


def _yields(function: ast.AST) -> bool:
    kept = _YIELDS.get(id(function))
    if kept is None or kept[0] is not function:
        found = False
        stack: list[ast.AST] = list(ast.iter_child_nodes(function))
        while stack and not found:
            node = stack.pop()
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                found = isinstance(node, (ast.Yield, ast.YieldFrom))
                stack.extend(ast.iter_child_nodes(node))
        kept = (function, found)
        _YIELDS[id(function)] = kept
    return kept[1]
