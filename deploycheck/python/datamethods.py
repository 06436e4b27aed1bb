"""Methods of plain data: `.split(",")`, `.get("k", default)`, `.format(…)`, `.items()`."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.python import items, methods, operations
from deploycheck.python.values import (
    Listing,
    Literal,
    Operation,
    Table,
    Text,
    Unknown,
    Value,
    peel,
)

if TYPE_CHECKING:
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments

IDENTITIES = frozenset(
    {"get_secret_value", "unicode_string", "__str__", "encoded_string", "render_as_string", "human_repr"}
)
"""Methods that give the same plain data again."""


def call(ev: Evaluator, receiver: Value, name: str, given: Arguments) -> Value:
    """Return what a method of plain data gives."""
    if name in IDENTITIES:
        return receiver
    special = _SPECIAL.get(name)
    found = special(ev, receiver, name, given) if special is not None and not given.partial else None
    if found is not None:
        return found
    if given.partial or given.keywords:
        return Unknown(f"`{given.text}` is not followed", at=given.at)
    return Operation(methods.method(name), (receiver, *given.positional), f".{name}()", at=given.at)


def _get(ev: Evaluator, receiver: Value, _: str, given: Arguments) -> Value | None:
    found = peel(receiver)
    if not isinstance(found, Table) or not given.positional:
        return None
    default = given.get(1, "default") or Literal(None, at=given.at)
    return items.picked(ev, found, given.positional[0], default)


def _copy(_: Evaluator, receiver: Value, __: str, ___: Arguments) -> Value | None:
    found = peel(receiver)
    return receiver if isinstance(found, (Listing, Table)) else None


def _parts(_: Evaluator, receiver: Value, name: str, given: Arguments) -> Value | None:
    found = peel(receiver)
    if not isinstance(found, Table) or not all(isinstance(k, Literal) for k, _ in found.entries):
        return None
    entries = items.last_entries(found)
    parts: dict[str, list[Value]] = {
        "items": [Listing(e, "tuple") for e in entries],
        "keys": [k for k, _ in entries],
        "values": [v for _, v in entries],
    }
    return Listing(tuple(parts[name]), at=given.at)


def _join(_: Evaluator, receiver: Value, __: str, given: Arguments) -> Value | None:
    separator, listed = peel(receiver), peel(given.positional[0]) if given.positional else None
    if not isinstance(separator, Literal) or not isinstance(listed, Listing) or listed.kind == "set":
        return None
    parts: list[Value] = []
    for index, item in enumerate(listed.items):
        parts.extend([separator] if index else [])
        parts.append(Operation(operations.text_only, (item,), ".join()", at=given.at))
    return Text(tuple(parts), at=given.at)


def _format(_: Evaluator, receiver: Value, __: str, given: Arguments) -> Value | None:
    template = peel(receiver)
    if not isinstance(template, Literal) or not isinstance(template.data, str):
        return Unknown(f"`{given.text}` is not followed", at=given.at)
    parts: list[Value] = []
    position = 0
    try:
        for literal, name, spec, conversion in string.Formatter().parse(template.data):
            parts.append(Literal(literal, at=given.at))
            if name is None:
                continue
            field, position = (name, position) if name else (str(position), position + 1)
            value = given.get(int(field)) if field.isdigit() else given.keywords.get(field)
            plain = value is not None and not spec and not conversion
            parts.append(value if value is not None and plain else Unknown(f"`{{{field}}}`"))
    except ValueError:
        return Unknown("a format string that is not valid", at=given.at)
    return Text(tuple(parts), at=given.at)


_SPECIAL: dict[str, Callable[[Evaluator, Value, str, Arguments], Value | None]] = {
    "get": _get,
    "copy": _copy,
    "items": _parts,
    "keys": _parts,
    "values": _parts,
    "join": _join,
    "format": _format,
}
