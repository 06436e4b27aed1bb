"""Resolved values as plain data: whether they are, and whether they are true."""

from __future__ import annotations

import ast
import re

from deploycheck.python.values import (
    Branch,
    Data,
    Instance,
    Listing,
    Literal,
    Made,
    Reference,
    Table,
    Text,
    Unknown,
    Value,
)


def truth_of(value: Value) -> bool | None:  # noqa: PLR0911 - one short return a kind of value reads best
    """Tell whether a resolved value is true; None when that is not known."""
    match value:
        case Literal(data=data):
            return bool(data)
        case Listing(items=items):
            return bool(items)
        case Table(entries=entries):
            return bool(entries)
        case Text(parts=parts):
            return True if any(isinstance(p, Literal) and p.data for p in parts) else None
        case Made(callee=name):
            return True if _is_constructor(name) else None
        case Reference(target=target):
            return True if target is not None else None  # what a library's name holds may be anything
        case Instance(target=target):
            return None if _has_own_truth(target) else True
        case Unknown(provided=True):
            return True
        case Branch(then=then, otherwise=otherwise):
            one, two = truth_of(then), truth_of(otherwise)
            return one if one == two else None
    return None


def is_plain(value: Value) -> bool:
    """Tell whether a resolved value is whole, plain data."""
    match value:
        case Literal():
            return True
        case Listing(items=items):
            return all(is_plain(i) for i in items)
        case Table(entries=entries):
            return all(is_plain(k) and is_plain(v) for k, v in entries)
    return False


def plain(value: Value) -> Data:
    """Return a resolved value as plain data; raises ValueError when part of it is not known."""
    match value:
        case Literal(data=data):
            return data
        case Listing(items=items, kind=kind):
            data = [plain(i) for i in items]
            if kind in {"set", "frozenset"}:
                return _as_set(data)
            return tuple(data) if kind == "tuple" else data
        case Table(entries=entries):
            return {_hashable(plain(k)): plain(v) for k, v in entries}
    raise ValueError("the value is not known")


def _as_set(items: list[Data]) -> Data:
    try:
        return set(items)
    except TypeError:
        return items


def _hashable(key: Data) -> Data:
    return tuple(key) if isinstance(key, list) else key


_MAKES = re.compile(r"[A-Z].*|(async_)?(create|make|build|new|from)_.*|sessionmaker|async_sessionmaker")


def _is_constructor(name: str) -> bool:
    """Tell whether a library's callable surely gives an object: a class, or a factory by its name."""
    return _MAKES.fullmatch(name.removesuffix("()").rpartition(".")[2]) is not None


def _has_own_truth(target: object) -> bool:
    scope = getattr(target, "scope", None)
    body = scope.node.body if scope is not None and isinstance(scope.node, ast.ClassDef) else ()
    return any(getattr(s, "name", "") in {"__bool__", "__len__"} for s in body)
