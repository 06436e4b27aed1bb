"""Items: what `whole[key]` is, of lists and dicts, of objects, and of what libraries made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python import members, operations
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import (
    Branch,
    Failure,
    Instance,
    Listing,
    Literal,
    Made,
    Operation,
    Reference,
    Table,
    Unknown,
    Value,
    Via,
    is_data,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator


def item_of(ev: Evaluator, whole: Value, key: Value, text: str, at: Location) -> Value:
    """Return `whole[key]`."""
    if not ev.memory.spend():
        return Unknown("it is too large to follow", at=at)
    form = _FORMS.get(type(whole))
    found = form(ev, whole, key, text, at) if form is not None else _of_library(ev, whole, key)
    if found is not None:
        return found
    if is_data(whole):
        return Operation(operations.subscript, (whole, key), text, at=at)
    return Unknown(f"`{text}` is not followed", at=at)


def _via(ev: Evaluator, whole: Via, key: Value, text: str, at: Location) -> Value:
    return Via(whole.step, item_of(ev, whole.inner, key, text, at))


def _branch(ev: Evaluator, whole: Branch, key: Value, text: str, at: Location) -> Value:
    then, otherwise = (item_of(ev, arm, key, text, at) for arm in (whole.then, whole.otherwise))
    return Branch(whole.test, then, otherwise, whole.text, at=whole.at)


def _table(ev: Evaluator, whole: Table, key: Value, text: str, at: Location) -> Value:
    return picked(ev, whole, key, _no_such_key(key, text, at))


def _listing(ev: Evaluator, whole: Listing, key: Value, *_: object) -> Value | None:
    index = ev.constant(key)
    known = isinstance(index, int) and -len(whole.items) <= index < len(whole.items)
    return whole.items[index] if known and isinstance(index, int) else None


def _failure(_: Evaluator, whole: Failure, *__: object) -> Value:
    return whole


def _of_library(ev: Evaluator, whole: Value, key: Value) -> Value | None:
    if isinstance(whole, Reference) and whole.name.endswith(".Annotated") and isinstance(key, Listing):
        return Made("typing.Annotated", key.items, at=key.at)
    return ev.models.subscript(ev, whole, key)


def _no_such_key(key: Value, text: str, at: Location) -> Value:
    """Return the failure of a missing key; where one variable makes the key, its value is to blame."""
    variables = key.variables()
    if len(variables) == 1:
        return Failure("malformed", f"{text}: KeyError", variables[0], error="KeyError", at=at)
    return Failure("raises", f"{text}: KeyError", error="KeyError", at=at)


def picked(ev: Evaluator, table: Table, key: Value, default: Value) -> Value:
    """Return the entry of a dict for a key that may depend on the environment, or `default`."""
    constant = ev.constant(key)
    value = default
    found = peel(key)
    known = isinstance(found, Literal) or constant is not None
    for entry_key, entry in table.entries:
        if known and isinstance(entry_key, Literal):
            if entry_key.data == constant:
                value = entry
            continue
        test = Operation(members.equal, (key, entry_key), "==", at=key.at)
        value = Branch(test, entry, value, "", at=entry.at)
    return value


def last_entries(table: Table) -> list[tuple[Value, Value]]:
    """Return the entries of a dict with literal keys as they are in the end: each key once."""
    found: dict[object, tuple[Value, Value]] = {}
    for key, value in table.entries:
        data = key.data if isinstance(key, Literal) else key
        first = found.get(data, (key, value))[0]
        found[data] = (first, value)
    return list(found.values())


def _of_instance(ev: Evaluator, whole: Instance, key: Value, text: str, at: Location) -> Value:
    method = peel(ev.attribute_at(whole, "__getitem__", at))
    if isinstance(method, Reference):
        return ev.apply(method, Arguments((key,), {}, at, text), None)
    name = ev.constant(key)
    if isinstance(whole.target, ClassSymbol) and isinstance(name, str) and ev.is_typed_dict(whole.target):
        return ev.attribute_at(whole, name, at)
    return Unknown(f"`{text}` is not followed", at=at)


_FORMS: dict[type[Value], Callable[..., Value | None]] = {
    Via: _via,
    Branch: _branch,
    Table: _table,
    Listing: _listing,
    Instance: _of_instance,
    Failure: _failure,
}
