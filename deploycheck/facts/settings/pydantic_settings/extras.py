"""What `Annotated[...]` and `Field(...)` add to a type: constraints, validators, decoding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploycheck.python.values import Literal, Made, Reference, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.kinds import Kind

_HARMLESS = {"Doc", "Description", "Examples", "Tag"}
_CONSTRAINTS = {
    "Ge": "ge",
    "Gt": "gt",
    "Le": "le",
    "Lt": "lt",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}
_FIELD_CONSTRAINTS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "strict")


def split_extras(extras: tuple[Value, ...]) -> tuple[dict[str, Any], list[tuple[str, Value]], bool]:
    """Return the constraints, the validators as (mode, function), and whether every extra is understood."""
    constraints: dict[str, Any] = {}
    validators: list[tuple[str, Value]] = []
    understood = True
    for extra in extras:
        found = peel(extra)
        tail = _tail(found)
        if tail in {"BeforeValidator", "AfterValidator"} and isinstance(found, Made):
            function = found.argument(0, "func")
            if function is not None:
                validators.append((tail.removesuffix("Validator").lower(), function))
        elif tail == "Field" and isinstance(found, Made):
            constraints |= field_constraints(found)
        elif tail in _CONSTRAINTS and isinstance(found, Made) and isinstance(found.argument(0), Literal):
            constraints[_CONSTRAINTS[tail]] = found.argument(0).data  # type: ignore[union-attr]
        elif tail in {"NoDecode", "ForceDecode"} or tail in _HARMLESS or isinstance(found, Literal):
            continue
        else:
            understood = False
    return constraints, validators, understood


def decoding(kind: Kind, extras: tuple[Value, ...]) -> Kind:
    """Return the kind as `NoDecode` and `ForceDecode` among the extras have it decoded."""
    tails = {_tail(peel(e)) for e in extras}
    if "NoDecode" in tails:
        return replace(kind, decoded=False)
    return replace(kind, decoded=True, tolerant=False) if "ForceDecode" in tails else kind


def field_constraints(field: Made) -> dict[str, Any]:
    """Return the constraints among the arguments of `Field(...)` that are plain in the code."""
    found = {name: field.argument(None, name) for name in _FIELD_CONSTRAINTS}
    return {
        name: v.data
        for name, v in ((n, peel(v)) for n, v in found.items() if v is not None)
        if isinstance(v, Literal)
    }


def _tail(value: Value) -> str:
    match value:
        case Made():
            return value.callee.rpartition(".")[2]
        case Reference():
            return value.name.rpartition(".")[2]
    return ""
