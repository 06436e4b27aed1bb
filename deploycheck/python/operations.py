"""The pure operations that a value may be built with: casts, operators, string and list methods."""

from __future__ import annotations

import ast
import json
import operator
import posixpath
import re
import shlex
import urllib.parse
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploycheck.python import paths
from deploycheck.python.errors import NotKnownError
from deploycheck.python.members import equal, unequal
from deploycheck.python.values import (
    Data,
    Instance,
    Listing,
    Literal,
    Made,
    Operation,
    Table,
    Text,
    Unknown,
    Value,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.findings import Location

Pure = Callable[..., Data]

MAX_TEXT = 10_000
"""Longer strings and lists than this are never built."""


_TOO_LARGE = "it is too large"
_DIGITS = 4
"""A width of more digits than this would make a text too large."""


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
    return left is right if right is None or isinstance(right, bool) else equal(left, right)


def within(left: Any, right: Any) -> bool:
    """`x in y`."""
    if isinstance(right, (list, tuple, set, frozenset, dict)):
        return any([equal(left, one) for one in right])
    return bool(left in right)


def _times(left: Any, right: Any) -> Data:
    for number, other in ((left, right), (right, left)):
        if isinstance(number, int) and isinstance(other, (str, bytes, list, tuple)):
            _bounded(number * len(other))
        if isinstance(number, int) and isinstance(other, int):
            _bounded(number.bit_length() + other.bit_length())
    return left * right


def _power(left: Any, right: Any) -> Data:
    if isinstance(left, int) and isinstance(right, int):
        _bounded(left.bit_length() * abs(right))
    return left**right


def _shift(left: Any, right: Any) -> Data:
    if isinstance(left, int) and isinstance(right, int):
        _bounded(left.bit_length() + right)
    return left << right


def _remainder(left: Any, right: Any) -> Data:
    if isinstance(left, (str, bytes)):
        widths = re.findall(r"\d+", left if isinstance(left, str) else left.decode("latin-1"))
        if any(len(w) > _DIGITS for w in widths) or "*" in str(left):
            raise NotKnownError(_TOO_LARGE)
    return left % right


def _bounded(size: int) -> None:
    if size > MAX_TEXT:
        raise NotKnownError(_TOO_LARGE)


BINARY: dict[type[ast.operator], Pure] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: _remainder,
    ast.Pow: _power,
    ast.LShift: _shift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}

BINARY_ADD = BINARY[ast.Add]

COMPARE: dict[type[ast.cmpop], Pure] = {
    ast.Eq: equal,
    ast.NotEq: unequal,
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
    return json.loads(text)


def _cast(_: Data, value: Data) -> Data:
    return value


FUNCTIONS: dict[str, Pure] = {
    "builtins.int": int,
    "builtins.str": str,
    "builtins.float": float,
    "builtins.bool": truth,
    "builtins.repr": repr,
    "builtins.ord": ord,
    "builtins.chr": chr,
    "builtins.reversed": lambda items: list(reversed(items)),
    "builtins.enumerate": lambda *given: list(enumerate(*given)),
    "builtins.zip": lambda *given: list(zip(*given, strict=False)),
    "builtins.range": lambda *given: _ranged(*given),
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
    "os.path.basename": posixpath.basename,
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
    "shlex.split": lambda text: shlex.split(text),
}


def _strtobool(text: Any) -> bool:
    lowered = text.lower()
    if lowered in {"y", "yes", "t", "true", "on", "1"}:
        return True
    if lowered in {"n", "no", "f", "false", "off", "0"}:
        return False
    raise ValueError(f"invalid truth value {text!r}")


def _ranged(*given: Any) -> Data:
    whole = range(*given)
    _bounded(len(whole))
    return list(whole)


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
        if found is None and receiver is not None:
            raise NotKnownError(f"`.{name}()` of {type(receiver).__name__} is not followed")
        if found is None:
            raise AttributeError(name)
        for one in args:
            if isinstance(one, int):
                _bounded(one)
        if name == "replace" and len(args) > 1 and isinstance(args[1], str):
            _bounded(len(receiver) * max(len(args[1]), 1))
        result = found(*args, **keywords)
        return list(result) if name in {"items", "keys", "values"} else result

    call.__name__ = f".{name}"
    return call


def subscript(whole: Any, key: Any) -> Data:
    """`x[key]`."""
    return whole[key]


def cut(whole: Any, start: Any, stop: Any, step: Any) -> Data:
    """`x[start:stop:step]`."""
    return whole[start:stop:step]


def part_of(index: int, length: int) -> Pure:
    """Return the pure function that unpacks something of `length` parts and gives the one at `index`."""

    def part(whole: Any) -> Data:
        parts = list(whole)
        if len(parts) != length:
            raise ValueError("another number of values to unpack")
        return parts[index]

    return part


def formatted(spec: str) -> Pure:
    """Return the pure function `format(x, spec)`."""

    def render(data: Any) -> Data:
        if any(len(w) > _DIGITS for w in re.findall(r"\d+", spec)):
            raise NotKnownError(_TOO_LARGE)
        return format(data, spec)

    return render


def text_only(data: Data) -> Data:
    """Return a string as it is; anything else cannot be joined to one with `+`."""
    if not isinstance(data, str):
        raise TypeError(f"{type(data).__name__} cannot be joined to text")
    return data


def chosen(*pairs: Any) -> Data:
    """Return the values whose test is true, of `test, value, test, value, …`: a filtered list."""
    return [pairs[i + 1] for i in range(0, len(pairs), 2) if pairs[i]]


def binary(op: ast.operator, left: Value, right: Value, at: Location | None) -> Value:
    """Return the value of a binary operator, keeping the items of lists and dicts apart."""
    one, two = peel(left), peel(right)
    if isinstance(op, ast.Add) and isinstance(one, Listing) and isinstance(two, Listing):
        return Listing((*one.items, *two.items), one.kind, at=at)
    if isinstance(op, ast.BitOr) and isinstance(one, Table) and isinstance(two, Table):
        return Table((*one.entries, *two.entries), at=at)
    if isinstance(op, ast.Add) and (_is_text(one) or _is_text(two)):
        return Text((_textual(left), _textual(right)), at=at)
    if isinstance(op, ast.Mod) and isinstance(one, Literal) and isinstance(one.data, str):
        filled = _filled(one.data, two, right, at)
        if filled is not None:
            return filled
    function = BINARY.get(type(op))
    if function is None:
        return Unknown("an operator that is not followed", at=at)
    return Operation(function, (left, right), type(op).__name__, at=at)


def _textual(value: Value) -> Value:
    return value if _is_text(peel(value)) else Operation(text_only, (value,), "+", at=value.at)


def _filled(template: str, given: Value, whole: Value, at: Location | None) -> Value | None:
    """Return `"%s:%s" % (a, b)` as text of parts; None for any template with more than `%s`."""
    pieces = re.split(r"%[sd]", template)
    if any("%" in piece for piece in pieces):
        return None
    if isinstance(given, Listing) and given.kind == "tuple":
        parts = given.items
    elif isinstance(given, (Table, Listing, Made, Instance)):
        return None
    else:
        parts = (whole,)
    if len(parts) != len(pieces) - 1 or (len(parts) == 1 and not isinstance(given, (Listing, Literal, Text))):
        return None
    joined: list[Value] = [Literal(pieces[0], at=at)]
    for part, piece in zip(parts, pieces[1:], strict=True):
        joined.extend((part, Literal(piece, at=at)))
    return Text(tuple(joined), at=at)


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Literal) and isinstance(value.data, str))


def chained(kind: Pure) -> Pure:
    """Return the pure function that joins lists into one of a kind."""

    def join(*parts: Any) -> Data:
        return kind([one for part in parts for one in part])

    return join
