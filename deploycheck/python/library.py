"""Calls of what is not the project's: the environment, models, builtins, the standard library."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.python import comprehensions, environ, functions, methods
from deploycheck.python.construction import Above
from deploycheck.python.imports import by_name
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import FUNCTIONS, ClassSymbol, Point, Scope
from deploycheck.python.syntax import first_parameter
from deploycheck.python.values import (
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
    is_data,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator

_PAIR = 2
_TYPES: dict[str, type | tuple[type, ...]] = {
    "builtins.str": str,
    "builtins.int": int,
    "builtins.float": float,
    "builtins.bool": bool,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.dict": dict,
    "builtins.bytes": bytes,
}


def call(ev: Evaluator, callee: Reference, arguments: Arguments, point: Point | None) -> Value:
    """Return what calling a library's function or class gives."""
    read = environ.call(ev, callee.name, list(arguments.positional), dict(arguments.keywords), arguments.at)
    if read is not None:
        return read
    modelled = ev.models.call(ev, callee, arguments)
    if modelled is not None:
        return modelled
    special = _SPECIAL.get(callee.name)
    found = special(ev, arguments, point) if special is not None else None
    if found is not None:
        return found
    if callee.name.startswith("builtins.str.") and arguments.positional:
        method = callee.name.removeprefix("builtins.str.")
        if method in methods.METHODS and not arguments.keywords and not arguments.partial:
            return Operation(methods.method(method), arguments.positional, f".{method}()", at=arguments.at)
    function = functions.FUNCTIONS.get(callee.name)
    if function is not None and not arguments.partial and not arguments.keywords and arguments.positional:
        name = callee.name.removeprefix("builtins.")
        return Operation(function, arguments.positional, name, at=arguments.at)
    return _made(callee.name, arguments)


def call_made(ev: Evaluator, callee: Made, arguments: Arguments, point: Point | None) -> Value:
    """Return what calling something that a library made gives."""
    modelled = ev.models.call(ev, callee, arguments)
    if modelled is not None:
        return modelled
    if callee.callee == "functools.partial" and callee.arguments and not callee.partial:
        joined = Arguments(
            (*callee.arguments[1:], *arguments.positional),
            {**dict(callee.keywords), **arguments.keywords},
            arguments.at,
            arguments.text,
            arguments.partial,
        )
        return ev.apply(callee.arguments[0], joined, point)
    if (
        callee.callee in {"functools.lru_cache", "functools.cache", "functools.wraps"}
        and arguments.positional
    ):
        return arguments.positional[0]
    return _made(f"{callee.callee}()", arguments)


def _made(name: str, arguments: Arguments) -> Made:
    return Made(
        name, arguments.positional, tuple(arguments.keywords.items()), arguments.partial, at=arguments.at
    )


# -- one function a builtin; each may return None to say nothing ---------------------------------------


def _str(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    first = peel(given.positional[0]) if given.positional else Literal("", at=given.at)
    return first if isinstance(first, (Text,)) or not given.positional else None


def _dict(ev: Evaluator, given: Arguments, _: Point | None) -> Value | None:
    if given.partial:
        return None
    entries = tuple((Literal(k, at=given.at), v) for k, v in given.keywords.items())
    if not given.positional:
        return Table(entries, at=given.at)
    if environ.is_environ(given.positional[0]) and not entries:
        return peel(given.positional[0])
    first = peel(given.positional[0])
    if isinstance(first, Table):
        return Table((*first.entries, *entries), at=given.at)
    pairs = [ev.items(p) for p in ev.items(first) or ()] if isinstance(first, Listing) else [None]
    if all(p is not None and len(p) == _PAIR for p in pairs):
        return Table((*((peel(p[0]), p[1]) for p in pairs if p is not None), *entries), at=given.at)
    return None


def _sequence(kind: str) -> Callable[[Evaluator, Arguments, Point | None], Value | None]:
    def make(ev: Evaluator, given: Arguments, _: Point | None) -> Value | None:
        if given.partial or given.keywords:
            return None
        if not given.positional:
            return Listing((), kind, at=given.at)
        first = peel(given.positional[0])
        if isinstance(first, (Listing, Table)):
            return Listing(ev.items(first) or (), kind, at=given.at)
        return None

    return make


def _getattr(ev: Evaluator, given: Arguments, _: Point | None) -> Value | None:
    name = ev.constant(given.positional[1]) if len(given.positional) > 1 else None
    if not isinstance(name, str):
        return Unknown(f"`{given.text}` is not followed", at=given.at)
    found = ev.attribute_at(given.positional[0], name, given.at)
    default = given.get(2)
    if default is None or not isinstance(peel(found), Unknown):
        return found
    return ev.one_of([found, default], given.text)


def _cast(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    return given.positional[1] if len(given.positional) > 1 else None


def _first(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    return given.positional[0] if given.positional else None


def _function(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    """Return a function that is handed to a caching decorator as it is."""
    first = peel(given.positional[0]) if given.positional else None
    return first if isinstance(first, Reference) and first.target is not None else None


def _isinstance(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    undecided = Unknown(f"`{given.text}` is decided at run time", at=given.at)
    if len(given.positional) != _PAIR or not is_data(peel(given.positional[0])):
        return undecided
    kinds = peel(given.positional[1])
    listed = [peel(k) for k in kinds.items] if isinstance(kinds, Listing) else [kinds]
    names = [k.name for k in listed if isinstance(k, Reference) and k.name in _TYPES]
    if len(names) != len(listed):
        return undecided
    wanted = tuple(_TYPES[n] for n in names)
    return Operation(lambda data: isinstance(data, wanted), (given.positional[0],), "isinstance", at=given.at)


def _undecided(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    return Unknown(f"`{given.text}` is decided at run time", at=given.at)


def _type(_: Evaluator, given: Arguments, __: Point | None) -> Value | None:
    first = peel(given.positional[0]) if len(given.positional) == 1 else None
    if isinstance(first, Instance) and isinstance(first.target, ClassSymbol):
        return Reference(first.name, first.target, at=given.at)
    return None


def _super(ev: Evaluator, given: Arguments, point: Point | None) -> Value | None:
    """Return the object of the method around, as the classes above its own see it."""
    scope: Scope | None = point.scope if point is not None else None
    while scope is not None and (scope.enclosing_class() is None or not isinstance(scope.node, FUNCTIONS)):
        scope = scope.parent
    owner = scope.enclosing_class() if scope is not None else None
    if (
        scope is None
        or owner is None
        or not isinstance(scope.node, FUNCTIONS)
        or not isinstance(owner.node, ast.ClassDef)
    ):
        return None
    symbol = ev.definition(owner.node, owner.parent or owner).target
    receiver = ev.name(first_parameter(scope.node), Point(scope))
    made = [v for v in receiver.leaves() if isinstance(v, Instance)]
    if not made or not isinstance(symbol, ClassSymbol):
        return Unknown("`super()` is not followed here", at=given.at)
    above = [Instance(v.name, v.target, Above(symbol, v), at=given.at) for v in made]
    return ev.one_of(above, "super()")


def _map(ev: Evaluator, given: Arguments, point: Point | None) -> Value | None:
    if len(given.positional) != _PAIR:
        return None
    function, whole = given.positional
    return comprehensions.mapped(
        ev, whole, lambda item: ev.apply(function, Arguments((item,), {}, given.at, ""), point), given.text
    )


def _filter(ev: Evaluator, given: Arguments, point: Point | None) -> Value | None:
    if len(given.positional) != _PAIR:
        return None
    function, whole = given.positional
    plain = isinstance(peel(function), Literal)

    def kept(item: Value) -> Value:
        return item if plain else ev.apply(function, Arguments((item,), {}, given.at, ""), point)

    return comprehensions.mapped(ev, whole, lambda item: item, given.text, kept)


def _import(ev: Evaluator, given: Arguments, point: Point | None) -> Value | None:
    name = ev.constant(given.positional[0]) if given.positional else None
    if isinstance(name, str) and not name.startswith(".") and point is not None:
        return by_name(ev, name, point.module.path)
    return Unknown(f"`{given.text}` is not followed", at=given.at)


_SPECIAL: dict[str, Callable[[Evaluator, Arguments, Point | None], Value | None]] = {
    "builtins.str": _str,
    "builtins.dict": _dict,
    **{f"builtins.{kind}": _sequence(kind) for kind in ("list", "tuple", "set", "frozenset")},
    "builtins.__import__": _import,
    "builtins.getattr": _getattr,
    "builtins.isinstance": _isinstance,
    "builtins.hasattr": _undecided,
    "builtins.callable": _undecided,
    "builtins.issubclass": _undecided,
    "builtins.type": _type,
    "builtins.super": _super,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "typing.cast": _cast,
    "asyncio.run": _first,
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "functools.lru_cache": _function,
    "functools.cache": _function,
    "importlib.import_module": _import,
}
