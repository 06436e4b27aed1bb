"""Enums of the project: members, `auto()`, and `Enum(value)` of something the environment gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python.errors import NotKnownError
from deploycheck.python.lineage import inherits
from deploycheck.python.members import Member, TextMember, value_of
from deploycheck.python.values import Data, Literal, Made, Operation, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.operations import Pure
    from deploycheck.python.scopes import ClassSymbol

ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag"})
_PLAIN = frozenset({"enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "builtins.int"})


def is_enum(ev: Evaluator, symbol: ClassSymbol) -> bool:
    """Tell whether a class is an enum."""
    return inherits(ev, symbol, *ENUMS)


def member(ev: Evaluator, symbol: ClassSymbol, name: str, value: Value) -> Value:
    """Return the member that an enum's body makes of an assigned value."""
    inner = peel(value)
    if isinstance(inner, Made) and inner.callee == "enum.auto":
        if not inherits(ev, symbol, "enum.StrEnum"):
            index = next((i for i, n in enumerate(names(symbol), 1) if n == name), 0)
            inner = Literal(index, at=inner.at)
        else:
            inner = Literal(name.lower(), at=inner.at)
        value = inner
    if not isinstance(inner, Literal):
        return value
    data = _made(ev, symbol, name, inner.data)
    return value if data is inner.data else Literal(data, at=inner.at)


def _made(ev: Evaluator, symbol: ClassSymbol, name: str, data: Data) -> Data:
    label = f"{symbol.node.name}.{name}"
    if inherits(ev, symbol, *_PLAIN):
        return data
    if inherits(ev, symbol, "builtins.str") and isinstance(data, str):
        text = TextMember(data)
        text.label = label
        return text
    return Member(label, data)


def names(symbol: ClassSymbol) -> list[str]:
    """Return the names of an enum's members, in order."""
    found = [
        target.id
        for statement in symbol.node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    return [n for n in found if not n.startswith("_")]


def by_value(ev: Evaluator, symbol: ClassSymbol, value: Value, at: Location) -> Value:
    """Return `Enum(value)`."""
    found = [
        peel(ev.attribute_at(ev.definition(symbol.node, symbol.scope.parent or symbol.scope), n, at))
        for n in names(symbol)
    ]
    data = [v.data for v in found if isinstance(v, Literal)]
    missing = any(getattr(s, "name", "") == "_missing_" for s in symbol.node.body)
    if len(data) != len(found):
        return Unknown(f"a member of {symbol.node.name} that is not followed", at=at)
    return Operation(_chooser(symbol.node.name, data, flexible=missing), (value,), symbol.node.name, at=at)


def _chooser(name: str, members: list[Data], *, flexible: bool) -> Pure:
    def choose(data: Data) -> Data:
        for one in members:
            if data == one or data == value_of(one):
                return one
        if flexible:
            raise NotKnownError(f"what {name}._missing_() makes of it is not followed")
        raise ValueError(f"not one of {name}")

    return choose
