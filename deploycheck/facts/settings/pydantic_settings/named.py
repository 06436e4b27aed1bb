"""The types that a name alone stands for: builtins, pydantic's own, enums of the project."""

from __future__ import annotations

import ast
import enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploycheck.facts.settings.pydantic_settings.kinds import Kind, collection, unknown
from deploycheck.facts.settings.pydantic_settings.urls import URL_SCHEMAS
from deploycheck.python.classes import ancestry, members
from deploycheck.python.errors import NotKnownError
from deploycheck.python.values import Literal, peel

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import ClassSymbol

_SIMPLE: dict[str, dict[str, Any]] = {
    "builtins.int": {"type": "int"},
    "builtins.float": {"type": "float"},
    "builtins.bool": {"type": "bool"},
    "builtins.str": {"type": "str"},
    "builtins.object": {"type": "any"},
    "typing.Any": {"type": "any"},
    "PositiveInt": {"type": "int", "gt": 0},
    "NonNegativeInt": {"type": "int", "ge": 0},
    "NegativeInt": {"type": "int", "lt": 0},
    "NonPositiveInt": {"type": "int", "le": 0},
    "PositiveFloat": {"type": "float", "gt": 0},
    "NonNegativeFloat": {"type": "float", "ge": 0},
    "StrictStr": {"type": "str", "strict": True},
}
COLLECTIONS = {
    "list": "list",
    "List": "list",
    "Sequence": "list",
    "Iterable": "",
    "set": "set",
    "Set": "set",
    "frozenset": "frozenset",
    "FrozenSet": "frozenset",
    "tuple": "tuple",
    "Tuple": "tuple",
    "dict": "dict",
    "Dict": "dict",
    "Mapping": "dict",
}
"""What a collection is to pydantic-core, by the last part of its name; empty for one that is not followed."""


def library_type(name: str, text: str) -> Kind:
    """Return the type that a library's name stands for."""
    root, tail = name.partition(".")[0], name.rpartition(".")[2]
    if name in _SIMPLE:
        return Kind(text, _SIMPLE[name])
    if root in {"builtins", "typing", "collections"} and tail in COLLECTIONS:
        shape = COLLECTIONS[tail]
        return collection(shape, text, ()) if shape else unknown(text, decoded=True)
    if name == "pathlib.Path":
        return Kind(text, _checked(_path))
    return _of_pydantic(tail, text) if root == "pydantic" else unknown(text)


def _of_pydantic(tail: str, text: str) -> Kind:
    if tail in _SIMPLE:
        return Kind(text, _SIMPLE[tail])
    if tail in URL_SCHEMAS:
        return Kind(text, URL_SCHEMAS[tail], exact=False)
    if tail == "SecretStr":
        return Kind(text, {"type": "str"}, exact=False)
    return Kind(text, _checked(_email)) if tail == "EmailStr" else unknown(text)


def _checked(function: Callable[[object], object]) -> dict[str, Any]:
    return {"type": "function-plain", "function": {"type": "no-info", "function": function}}


def _email(data: object) -> object:
    if not isinstance(data, str):
        raise TypeError("not text")
    local, at, domain = data.rpartition("@")
    if not (at and local and "." in domain) or any(c.isspace() for c in data):
        raise ValueError("not an e-mail address")
    if domain != domain.lower() or not data.isascii():
        raise NotKnownError("how the address is normalised is not followed")
    return data


def _path(data: object) -> object:
    if not isinstance(data, (str, PurePosixPath)):
        raise TypeError("not a path")
    return PurePosixPath(data)


def enum_type(ev: Evaluator, symbol: ClassSymbol) -> Kind:
    """Return an enum of the project as a type, made anew from its members."""
    values = {name: peel(v) for name, v in members(ev, symbol).items()}
    bases = {b for b in ancestry(ev, symbol) if isinstance(b, str)}
    plain = {name: v.data for name, v in values.items() if isinstance(v, Literal)}
    custom = any(isinstance(s, ast.FunctionDef) and s.name == "_missing_" for s in symbol.node.body)
    if len(plain) != len(values) or not plain or custom:
        return unknown(symbol.node.name)
    sub_type = (
        "str"
        if bases & {"builtins.str", "enum.StrEnum"}
        else "int"
        if bases & {"builtins.int", "enum.IntEnum"}
        else None
    )
    if sub_type == "str" and not all(isinstance(v, str) for v in plain.values()):
        return unknown(symbol.node.name)  # its own `_generate_next_value_` makes texts of `auto()`
    if sub_type is None and bases & {"enum.Flag", "enum.IntFlag"}:
        return unknown(symbol.node.name)
    base = {"str": enum.StrEnum, "int": enum.IntEnum}.get(sub_type or "", enum.Enum)
    if base is enum.StrEnum and not all(isinstance(data, str) for data in plain.values()):
        return unknown(symbol.node.name)  # `auto()` counts otherwise below a base of the project's own.
    made: Any = base(symbol.node.name, plain)
    schema = {"type": "enum", "cls": made, "members": list(made.__members__.values())}
    if sub_type is not None:
        schema["sub_type"] = sub_type
    return Kind(symbol.node.name, schema, exact=sub_type is not None)
