"""Changes of a list or dict in place: `x.append(…)`, `d["k"] = …`, `d.update(…)`, `del d["k"]`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.findings import Step
from deploycheck.python import binding, operations
from deploycheck.python.syntax import dotted
from deploycheck.python.values import Branch, Listing, Literal, Table, Unknown, Value, Via, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments
    from deploycheck.python.scopes import Point

Change = Callable[[Value], Value]

MAX_ARMS = 24
"""More undecided arms than this are not changed one by one."""


def by_call(ev: Evaluator, call: ast.Call, name: str, value: Value | None, point: Point) -> Value | None:
    """Return what a name holds after one of its (or its items') changing methods was called."""
    func = call.func
    if value is None or not isinstance(func, ast.Attribute):
        return value
    given = binding.arguments_of(ev, call, point)
    step = Step(point.module.source(call), given.at)
    method = func.attr

    def change(current: Value) -> Value:
        return _method(method, current, given)

    keys = _keys(ev, func.value, name, point)
    if keys is None or not _is_small(value):
        return _lost(given.at)
    return Via(step, _within(value, keys, change, given.at))


def by_item(  # noqa: PLR0913, PLR0917 - a target, what it gets, and the name in question
    ev: Evaluator, target: ast.Subscript, name: str, value: Value | None, item: Value, point: Point
) -> Value | None:
    """Return what a name holds after `name[key] = item`, however deep."""
    at = point.module.location(target)
    keys = _keys(ev, target, name, point)
    if value is None:
        return None
    if keys is None or not _is_small(value):
        return _lost(at)
    return _within(value, keys, lambda _: item, at, make=True)


def without_item(target: ast.expr, value: Value | None, point: Point) -> Value | None:
    """Return what a name holds after `del name[key]`."""
    at = point.module.location(target)
    table = peel(value) if value is not None else None
    match target:
        case ast.Subscript(slice=ast.Constant(value=key)) if isinstance(table, Table) and dotted(
            target.value
        ):
            return _without(table, key, at)
    return _lost(at) if value is not None else None


def _keys(ev: Evaluator, target: ast.expr, name: str, point: Point) -> list[Value] | None:
    """Return the keys of `name[a][b]`; None where something else stands in between."""
    keys: list[Value] = []
    while isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Slice):
            return None
        keys.append(peel(ev.evaluate(target.slice, point)))
        target = target.value
    return list(reversed(keys)) if dotted(target) == name else None


def _is_small(value: Value) -> bool:
    """Tell whether a value has few enough arms to change it in each: every test may have doubled them."""
    arms, stack = 0, [value]
    while stack and arms <= MAX_ARMS:
        found = peel(stack.pop())
        if isinstance(found, Branch):
            stack += [found.then, found.otherwise]
        else:
            arms += 1
    return arms <= MAX_ARMS


def _within(value: Value, keys: list[Value], change: Change, at: Location, *, make: bool = False) -> Value:
    """Change the item that `keys` lead to; an undecided dict is changed in either arm."""
    if not keys:
        return change(value)
    match value:
        case Via(step=step, inner=inner):
            return Via(step, _within(inner, keys, change, at, make=make))
        case Branch(test=test, then=then, otherwise=otherwise, text=text):
            one = _within(then, keys, change, at, make=make)
            return Branch(test, one, _within(otherwise, keys, change, at, make=make), text, at=value.at)
        case Table() if isinstance(keys[0], Literal) and all(
            isinstance(k, Literal) for k, _ in value.entries
        ):
            inner_value = value.get(keys[0].data)
            if inner_value is None and (len(keys) > 1 or not make):
                return _lost(at)
            changed = _within(inner_value or Unknown("a new item"), keys[1:], change, at, make=make)
            return Table((*value.entries, (keys[0], changed)), at=value.at)
    return _lost(at)


def _method(method: str, current: Value, given: Arguments) -> Value:
    match current:
        case Via(step=step, inner=inner):
            return Via(step, _method(method, inner, given))
        case Branch(test=test, then=then, otherwise=otherwise, text=text):
            one, two = _method(method, then, given), _method(method, otherwise, given)
            return Branch(test, one, two, text, at=current.at)
        case Listing() if not given.partial and not given.keywords:
            return _on_listing(method, current, given)
        case Table() if not given.partial:
            return _on_table(method, current, given)
        case Unknown():
            return current
    return Unknown(f"`{given.text}` changes it", at=given.at)


def _on_listing(method: str, current: Listing, given: Arguments) -> Value:
    first = given.get(0)
    match method:
        case "append" | "add" if first is not None:
            return Listing((*current.items, first), current.kind, at=current.at)
        case "insert" if first is not None and len(given.positional) > 1:
            index = peel(first)
            if isinstance(index, Literal) and isinstance(index.data, int):
                items = list(current.items)
                items.insert(index.data, given.positional[1])
                return Listing(tuple(items), current.kind, at=current.at)
        case "extend" | "update" if first is not None:
            return operations.binary(ast.Add(), current, first, given.at)
        case "clear":
            return Listing((), current.kind, at=current.at)
        case "pop" if first is None and current.items and current.kind == "list":
            return Listing(current.items[:-1], current.kind, at=current.at)
    return Unknown(f"`{given.text}` changes it", at=given.at)


def _on_table(method: str, current: Table, given: Arguments) -> Value:
    first = given.get(0)
    key = peel(first) if first is not None else None
    literal_keys = all(isinstance(k, Literal) for k, _ in current.entries)
    match method:
        case "update":
            return _updated(current, given)
        case "clear":
            return Table((), at=current.at)
        case "setdefault" if isinstance(key, Literal) and literal_keys:
            if current.get(key.data) is not None:
                return current
            default = given.get(1) or Literal(None, at=given.at)
            return Table((*current.entries, (key, default)), at=current.at)
        case "pop" if isinstance(key, Literal) and literal_keys:
            return _without(current, key.data, given.at)
    return Unknown(f"`{given.text}` changes it", at=given.at)


def _updated(table: Table, given: Arguments) -> Value:
    entries = list(table.entries)
    for more in given.positional:
        inner = peel(more)
        if isinstance(inner, Branch):
            return _either(table, inner, given)
        if not isinstance(inner, Table):
            return Unknown("it is updated with something that cannot be followed", at=more.at)
        entries.extend(inner.entries)
    entries.extend((Literal(k, at=given.at), v) for k, v in given.keywords.items())
    return Table(tuple(entries), at=table.at)


def _either(table: Table, more: Branch, given: Arguments) -> Value:
    arms = []
    for arm in (more.then, more.otherwise):
        inner = peel(arm)
        if not isinstance(inner, Table) or given.keywords:
            return Unknown("it is updated with something that cannot be followed", at=more.at)
        arms.append(Table((*table.entries, *inner.entries), at=table.at))
    return Branch(more.test, arms[0], arms[1], more.text, at=more.at)


def _without(table: Table, key: object, at: Location) -> Value:
    if not all(isinstance(k, Literal) for k, _ in table.entries):
        return _lost(at)
    kept = tuple((k, v) for k, v in table.entries if isinstance(k, Literal) and k.data != key)
    return Table(kept, at=table.at)


def _lost(at: Location) -> Value:
    return Unknown("an item of it is changed where it cannot be followed", at=at)
