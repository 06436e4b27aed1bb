"""The pure operations that a value may be built with: operators, slices, formats, joined text."""

# ruff: noqa: ANN401 - an operation gets whatever the code gives it, and may raise as the code would

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
        return any(equal(left, one) for one in right)
    return bool(left in right)


def _times(left: Any, right: Any) -> Data:
    for number, other in ((left, right), (right, left)):
        if isinstance(number, int) and isinstance(other, (str, bytes, list, tuple)):
            bounded(number * len(other))
        if isinstance(number, int) and isinstance(other, int):
            bounded(number.bit_length() + other.bit_length())
    return left * right


def _power(left: Any, right: Any) -> Data:
    if isinstance(left, int) and isinstance(right, int):
        bounded(left.bit_length() * abs(right))
    return left**right


def _shift(left: Any, right: Any) -> Data:
    if isinstance(left, int) and isinstance(right, int):
        bounded(left.bit_length() + right)
    return left << right


def _remainder(left: Any, right: Any) -> Data:
    if isinstance(left, (str, bytes)):
        widths = re.findall(r"\d+", left if isinstance(left, str) else left.decode("latin-1"))
        if any(len(w) > _DIGITS for w in widths) or "*" in str(left):
            raise NotKnownError(_TOO_LARGE)
    return left % right


def bounded(size: int) -> None:
    """Raise NotKnownError for a size that would take too long to build."""
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
