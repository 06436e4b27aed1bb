"""What a field's type makes of data: pydantic's own core does the casting, so its rules are not copied."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from deploycheck.facts.settings.defaults import DefaultText
from deploycheck.python.errors import NotKnownError
from deploycheck.python.members import value_of

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

    from deploycheck.python.values import Data

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A field's type.

    `schema` is pydantic-core's description of it, None for a type whose objects are not plain data.
    `decoded` is whether its environment variable holds JSON; `tolerant` whether text that is not JSON
    is then taken as it is. `exact` is whether the plain data has the type that the code will see (it
    has not where text stands for a URL or a secret).
    """

    text: str
    schema: Schema | None = None
    decoded: bool = False
    tolerant: bool = False
    exact: bool = True


def unknown(text: str, *, decoded: bool = False) -> Kind:
    """Return a type whose values cannot be worked out here."""
    return Kind(text, None, decoded, exact=False)


def nullable(kind: Kind) -> Kind:
    """Return `kind | None`. JSON that does not parse is then tolerated, as in every union."""
    schema = None if kind.schema is None else {"type": "nullable", "schema": kind.schema}
    return replace(kind, text=f"{kind.text} | None", schema=schema, tolerant=kind.decoded or kind.tolerant)


def union(kinds: tuple[Kind, ...]) -> Kind:
    """Return a union; its JSON need not parse."""
    schemas = [k.schema for k in kinds]
    return Kind(
        " | ".join(k.text for k in kinds),
        None if None in schemas else {"type": "union", "choices": schemas},
        any(k.decoded for k in kinds),
        any(k.decoded for k in kinds),
        all(k.exact for k in kinds),
    )


def collection(name: str, text: str, items: tuple[Kind, ...]) -> Kind:
    """Return a list, set, frozenset, tuple or dict of these item types."""
    schemas = [i.schema for i in items]
    if None in schemas:
        return unknown(text, decoded=True)
    schema: dict[str, Any] = {"type": name}
    if name == "dict" and items:
        schema |= {"keys_schema": schemas[0], "values_schema": schemas[1]}
    elif name == "tuple":
        schema |= {"items_schema": schemas or [{"type": "any"}], "variadic_item_index": 0}
    elif items:
        schema |= {"items_schema": schemas[0]}
    return Kind(text, schema, decoded=True, exact=all(i.exact for i in items))


CONSTRAINTS = {
    "int": frozenset({"ge", "gt", "le", "lt", "multiple_of", "strict"}),
    "float": frozenset({"ge", "gt", "le", "lt", "multiple_of", "strict", "allow_inf_nan"}),
    "str": frozenset(
        {"min_length", "max_length", "pattern", "strict", "strip_whitespace", "to_lower", "to_upper"}
    ),
    "list": frozenset({"min_length", "max_length", "strict"}),
    "set": frozenset({"min_length", "max_length", "strict"}),
    "dict": frozenset({"min_length", "max_length", "strict"}),
    "bool": frozenset({"strict"}),
}
"""The constraints that pydantic-core's schemas know, by type."""


def constrained(kind: Kind, constraints: Mapping[str, Data]) -> Kind:
    """Return the type with constraints such as `ge=1`; unknown when one cannot be applied."""
    if not constraints or kind.schema is None:
        return kind
    schema = kind.schema
    if schema["type"] == "nullable":
        inner = constrained(replace(kind, schema=schema["schema"]), constraints)
        return replace(
            kind, schema=None if inner.schema is None else {"type": "nullable", "schema": inner.schema}
        )
    if not constraints.keys() <= CONSTRAINTS.get(schema["type"], frozenset()):
        return replace(kind, schema=None, exact=False)
    return replace(kind, schema={**schema, **constraints})


@dataclass(slots=True, eq=False)
class Cast:
    """The function that casts what a field's source holds. It raises ValueError as pydantic does."""

    kind: Kind
    config: Mapping[str, Data] = field(default_factory=dict)
    _validator: SchemaValidator | None = None

    def __call__(self, data: Data) -> Data:
        """Return the value as plain data."""
        if self.kind.schema is None:
            raise NotKnownError(f"what {self.kind.text} makes of it is not followed")
        if self._validator is None:
            from pydantic_core import SchemaValidator

            self._validator = SchemaValidator(_plain_dict(self.kind.schema), dict(self.config) or None)  # type: ignore[arg-type]
        given = str(data) if isinstance(data, DefaultText) else _without_members(data)
        return plain_data(self._validator.validate_python(given))


def _without_members(data: Data) -> object:
    """Return a default with the values of enum members in their place: pydantic takes both."""
    if isinstance(data, (list, tuple, set, frozenset)):
        return type(data)(_without_members(item) for item in data)
    if isinstance(data, dict):
        return {_without_members(k): _without_members(v) for k, v in data.items()}
    return value_of(data)


def _plain_dict(schema: Schema) -> dict[str, Any]:
    return dict(schema)


def plain_data(value: object) -> Data:
    """Return what stands for a validated value; raises NotKnownError for an object of its own."""
    data: Data
    match value:
        case enum.Enum():
            data = plain_data(value.value)
        case None | str() | bool() | int() | float() | bytes() | PurePosixPath():
            data = value
        case list() | tuple() | set() | frozenset():
            data = type(value)(plain_data(v) for v in value)
        case dict():
            data = {plain_data(k): plain_data(v) for k, v in value.items()}
        case _ if type(value).__name__ in {"Url", "MultiHostUrl"}:
            data = str(value)
        case _:
            raise NotKnownError(f"an object of {type(value).__name__}")
    return data


@dataclass(frozen=True, slots=True, eq=False)
class Decode:
    """Reads the text of a variable as JSON where the type asks for it; leaves a default alone."""

    kind: Kind
    none_text: str | None = None

    def __call__(self, data: Data) -> Data:
        """Return the decoded data; raises ValueError for text that is not JSON and has to be."""
        if not isinstance(data, str) or isinstance(data, DefaultText):
            return data
        if self.none_text is not None and data == self.none_text:
            return None
        if not self.kind.decoded:
            return data
        try:
            return json.loads(data)
        except ValueError:
            if self.kind.tolerant:
                return data
            raise
