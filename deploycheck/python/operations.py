"""The pure operations that a value may be built with: casts, operators, string and list methods."""

from __future__ import annotations

import ast
import json
import operator
import os.path
import posixpath
import urllib.parse
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploycheck.python import paths
from deploycheck.python.errors import NotKnownError
from deploycheck.python.values import Data, Listing, Literal, Operation, Table, Text, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location

Pure = Callable[..., Data]

MAX_TEXT = 10_000
"""Longer strings and lists than this are never built."""


def is_none(data: Data) -> bool:
    """`x is None`: decided even for a value that is unknown and certainly set."""
    return data is None


def is_not_none(data: Data) -> bool:
    """`x is not None`."""
    return data is not None


def negate(data: Data) -> bool:
    """`not x`."""
    return not data


def truth(data: Data) -> bool:
    """`bool(x)`."""
    return bool(data)


def same(left: Data, right: Data) -> bool:
    """`x is y` for plain data: singletons by identity, the rest by equality."""
    return left is right if right is None or isinstance(right, bool) else left == right


def within(left: Any, right: Any) -> bool:
    """`x in y`."""
    return bool(left in right)


def _times(left: Any, right: Any) -> Data:
    for number, other in ((left, right), (right, left)):
        if (
            isinstance(number, int)
            and isinstance(other, (str, bytes, list, tuple))
            and number * len(other) > MAX_TEXT
        ):
            raise NotKnownError("it is too large")
    return left * right


def _power(left: Any, right: Any) -> Data:
    if isinstance(right, (int, float)) and abs(right) > 64:  # noqa: PLR2004 - a bound, not a meaning
        raise NotKnownError("it is too large")
    return left**right


def _shift(left: Any, right: Any) -> Data:
    if isinstance(right, int) and right > 256:  # noqa: PLR2004 - a bound, not a meaning
        raise NotKnownError("it is too large")
    return left << right


BINARY: dict[type[ast.operator], Pure] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.LShift: _shift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}

BINARY_ADD = BINARY[ast.Add]

COMPARE: dict[type[ast.cmpop], Pure] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: same,
    ast.IsNot: lambda left, right: not same(left, right),
    ast.In: within,
    ast.NotIn: lambda left, right: not within(left, right),
}


def _sorted(items: Any, **_: Data) -> Data:
    return sorted(items)


def _loads(text: Any, **_: Data) -> Data:
    return json.loads(text)  # type: ignore[no-any-return]


def _cast(_: Data, value: Data) -> Data:
    return value


FUNCTIONS: dict[str, Pure] = {
    "builtins.int": int,
    "builtins.str": str,
    "builtins.float": float,
    "builtins.bool": bool,
    "builtins.len": len,
    "builtins.list": list,
    "builtins.tuple": tuple,
    "builtins.set": set,
    "builtins.frozenset": frozenset,
    "builtins.dict": dict,
    "builtins.sorted": _sorted,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.any": any,
    "builtins.all": all,
    "builtins.sum": sum,
    "builtins.abs": abs,
    "builtins.round": round,
    "json.loads": _loads,
    "ast.literal_eval": ast.literal_eval,
    "typing.cast": _cast,
    "os.path.join": posixpath.join,
    "os.path.basename": os.path.basename,
    "os.path.dirname": posixpath.dirname,
    "os.path.abspath": paths.absolute,
    "os.path.realpath": paths.absolute,
    "posixpath.join": posixpath.join,
    "pathlib.Path": paths.from_parts,
    "pathlib.PurePath": paths.from_parts,
    "urllib.parse.quote": urllib.parse.quote,
    "urllib.parse.quote_plus": urllib.parse.quote_plus,
    "urllib.parse.unquote": urllib.parse.unquote,
    "distutils.util.strtobool": lambda text: int(_strtobool(text)),
}


def _strtobool(text: Any) -> bool:
    lowered = text.lower()
    if lowered in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if lowered in {"n", "no", "f", "false", "off", "0"}:
        return False
    raise ValueError(f"invalid truth value {text!r}")


def _splitlines(text: Any, *args: Any) -> Data:
    return text.splitlines(*args)


METHODS = frozenset(
    {
        "split", "rsplit", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "startswith",
        "endswith", "replace", "format", "join", "removeprefix", "removesuffix", "partition", "rpartition", "splitlines",
        "isdigit", "isnumeric", "isalpha", "count", "find", "index", "get", "items", "keys", "values", "copy", "encode",
        "decode", "zfill", "swapcase", "union", "intersection", "difference", *paths.METHODS,
    },
)  # fmt: skip
"""Methods of plain data that change nothing and whose result depends on nothing else."""


def method(name: str) -> Pure:
    """Return the pure function that calls a method of `METHODS` on its first argument."""

    def call(receiver: Any, *args: Any, **keywords: Any) -> Data:
        if isinstance(receiver, PurePosixPath) and not keywords:
            return paths.method(receiver, name, *args)
        found = getattr(receiver, name, None)
        if receiver is None:
            raise AttributeError(f"None has no .{name}()")
        if found is None:
            raise NotKnownError(f"`.{name}()` of {type(receiver).__name__} is not followed")
        result = found(*args, **keywords)
        return list(result) if name in {"items", "keys", "values"} else result  # type: ignore[no-any-return]

    call.__name__ = f".{name}"
    return call


def subscript(whole: Any, key: Any) -> Data:
    """`x[key]`."""
    return whole[key]  # type: ignore[no-any-return]


def cut(whole: Any, start: Any, stop: Any, step: Any) -> Data:
    """`x[start:stop:step]`."""
    return whole[start:stop:step]  # type: ignore[no-any-return]


def binary(op: ast.operator, left: Value, right: Value, at: Location | None) -> Value:
    """Return the value of a binary operator, keeping the items of lists and dicts apart."""
    one, two = peel(left), peel(right)
    if isinstance(op, ast.Add) and isinstance(one, Listing) and isinstance(two, Listing):
        return Listing((*one.items, *two.items), one.kind, at=at)
    if isinstance(op, ast.BitOr) and isinstance(one, Table) and isinstance(two, Table):
        return Table((*one.entries, *two.entries), at=at)
    if isinstance(op, ast.Add) and (_is_text(one) or _is_text(two)):
        return Text((left, right), at=at)
    function = BINARY.get(type(op))
    if function is None:
        return Unknown("an operator that is not followed", at=at)
    return Operation(function, (left, right), type(op).__name__, at=at)


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Literal) and isinstance(value.data, str))
