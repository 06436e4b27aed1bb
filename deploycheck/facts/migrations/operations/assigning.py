"""Binding names, and what changes an object in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.objects import Bound, Handle, Kind, Object
from deploycheck.facts.migrations.operations.outcomes import FALLS, Outcome
from deploycheck.facts.schema.model import Action, Change, Thing
from deploycheck.python import operations
from deploycheck.python.syntax import nodes_in
from deploycheck.python.values import Branch, Listing, Literal, Table, Text, Unknown, Value

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.frames import Frame
    from deploycheck.facts.migrations.operations.running import Run


def assign(run: Run, statement: ast.Assign, frame: Frame) -> Outcome:
    """Follow `a = b = value`."""
    value = run.evaluate(statement.value, frame)
    for target in statement.targets:
        bind(run, target, value, frame)
    return FALLS


def annotated(run: Run, statement: ast.AnnAssign, frame: Frame) -> Outcome:
    """Follow `a: kind = value`."""
    if statement.value is not None:
        bind(run, statement.target, run.evaluate(statement.value, frame), frame)
    return FALLS


def augmented(run: Run, statement: ast.AugAssign, frame: Frame) -> Outcome:
    """Follow `a += value`."""
    value = run.evaluate(statement.value, frame)
    if isinstance(statement.target, ast.Name):
        before = frame.local(statement.target.id) or Unknown("it is not set")
        if isinstance(before, Handle):
            return FALLS
        plain = (Literal, Text, Listing, Table)
        known = isinstance(before, plain) and isinstance(value, plain)
        after = operations.binary(statement.op, before, value, None) if known else Unknown("it is added to")
        bind(run, statement.target, after, frame)
    else:
        bind(run, statement.target, Unknown("it is added to"), frame)
    return FALLS


def bind(run: Run, target: ast.expr, value: Value, frame: Frame) -> None:
    """Bind what stands left of `=` to a value."""
    match target:
        case ast.Name(id=name):
            frame.names[name] = value
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            _unpack(run, elements, value, frame)
        case ast.Starred(value=inner):
            bind(run, inner, Unknown("the rest of a sequence"), frame)
        case ast.Attribute(value=owner, attr=name):
            owning = run.evaluate(owner, frame)
            run.nodes.append((frame.module, target))
            set_attribute(run, owning, name, value)
            run.nodes.pop()
        case ast.Subscript(value=owner, slice=key):
            _set_item(run, owner, key, value, frame)


def _unpack(run: Run, elements: list[ast.expr], value: Value, frame: Frame) -> None:
    parts = run.items(value)
    if parts is not None and len(parts) == len(elements):
        for element, part in zip(elements, parts, strict=True):
            bind(run, element, part, frame)
        return
    for element in elements:
        rest = value if isinstance(value, (Handle, Unknown)) else Unknown("a part of what is not known")
        bind(run, element, rest, frame)


def set_attribute(run: Run, owner: Value, name: str, value: Value) -> None:
    """Set an attribute of an object: of a row that a session holds, that is an UPDATE."""
    if isinstance(owner, Object):
        owner.attributes[name] = value
        return
    while isinstance(owner, Bound):
        owner = owner.receiver
    if isinstance(owner, Handle) and owner.kind is Kind.ROW:
        run.emit(Change(Action.WRITE, Thing.ROWS, table=owner.table, kind="update"))


def _set_item(run: Run, owner: ast.expr, key: ast.expr, value: Value, frame: Frame) -> None:
    if not isinstance(owner, ast.Name):
        return
    before = frame.local(owner.id)
    if isinstance(before, Table):
        frame.names[owner.id] = Table((*before.entries, (run.evaluate(key, frame), value)))
    elif before is not None and not isinstance(before, (Handle, Unknown, Object)):
        frame.names[owner.id] = Unknown("one of its items is set")


def mutated(run: Run, node: ast.Call, receiver: Value, arguments: tuple[Value, ...], frame: Frame) -> bool:
    """Follow a list, set or dict that one of its own methods changes; False for any other call."""
    if not isinstance(node.func, ast.Attribute) or not isinstance(receiver, (Listing, Table)):
        return False
    after = _after(run, receiver, node.func.attr, arguments)
    if after is None:
        return False
    owner = node.func.value
    if isinstance(owner, ast.Name):
        frame.names[owner.id] = after
    return True


def _after(run: Run, receiver: Listing | Table, name: str, arguments: tuple[Value, ...]) -> Value | None:
    unknown = Unknown("it is changed in a way that is not followed")
    if isinstance(receiver, Table):
        if name == "update" and len(arguments) == 1 and isinstance(arguments[0], Table):
            return Table((*receiver.entries, *arguments[0].entries))
        return unknown if name in {"update", "pop", "clear", "setdefault", "popitem"} else None
    if name in {"append", "add"} and len(arguments) == 1:
        return Listing((*receiver.items, arguments[0]), receiver.kind)
    if name in {"extend", "update"} and len(arguments) == 1:
        more = run.items(arguments[0])
        return Listing((*receiver.items, *more), receiver.kind) if more is not None else unknown
    if name == "reverse":
        return Listing(tuple(reversed(receiver.items)), receiver.kind)
    return unknown if name in {"insert", "remove", "pop", "clear", "sort", "discard"} else None


def merge(frame: Frame, other: Frame, test: Value, *, then: bool, otherwise: bool) -> None:
    """Make one frame of what two arms of a test left; an arm that does not come past here does not count."""
    if not otherwise:
        return
    if not then:
        frame.names.clear()
        frame.names.update(other.names)
        return
    for name in dict.fromkeys([*frame.names, *other.names]):
        one, two = frame.names.get(name), other.names.get(name)
        if one is two:
            continue
        unset = Unknown("it is not set on this path")
        frame.names[name] = Branch(test, one or unset, two or unset)


def stored(target: ast.expr) -> tuple[str, ...]:
    """Return the names that a target binds."""
    return tuple(n.id for n in nodes_in(target) if isinstance(n, ast.Name))
