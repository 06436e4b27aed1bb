"""An expression out of the things inside of it: dicts, comparisons, texts."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploycheck.facts.health.things import (
    Anything,
    Fault,
    Fields,
    Group,
    Handle,
    Known,
    Reply,
    Thing,
    leak_of,
    truth,
)

if TYPE_CHECKING:
    from deploycheck.facts.health.world import Frame

_COMPARED: dict[type[ast.cmpop], Callable[[object, object], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def joined(  # noqa: PLR0911 - one return a form
    node: ast.expr, things: tuple[Thing, ...], frame: Frame
) -> Thing:
    """Return what an expression gives, by its form and the things inside of it."""
    leak = leak_of(*things)
    match node:
        case ast.Dict(keys=keys):
            return _dict(keys, things)
        case ast.List() | ast.Tuple():
            whole = not any(isinstance(e, ast.Starred) for e in node.elts)
            return (
                Group(things, is_tuple=isinstance(node, ast.Tuple), leak=leak)
                if whole
                else Anything(leak=leak)
            )
        case ast.FormattedValue() if isinstance(things[0], Fault) and things[0].kind != "http":
            return Anything(leak=frame.scope.module.location(node))
        case ast.UnaryOp(op=ast.Not()):
            verdict = truth(things[0])
            return Anything() if verdict is None else Known(not verdict)
        case ast.Compare(ops=[op]):
            return _compared(op, *things)
        case ast.Subscript(slice=ast.Constant(value=key)):
            return _item(things[0], key)
        case ast.JoinedStr() if all(isinstance(t, Known) for t in things):
            return Known("".join(str(t.data) for t in things if isinstance(t, Known)), leak=leak)
    return Anything(leak=leak)


def _dict(keys: list[ast.expr | None], things: tuple[Thing, ...]) -> Thing:
    entries: dict[object, Thing] = {}
    whole = True
    for key, thing in zip(keys, things, strict=True):
        match key:
            case ast.Constant(value=name):
                entries[name] = thing
            case None if isinstance(thing, Fields):
                entries |= thing.entries
                whole = whole and thing.whole
            case _:
                whole = False
    return Fields(entries, whole=whole, leak=leak_of(*things))


def _item(owner: Thing, key: object) -> Thing:
    match owner:
        case Fields(entries=entries) if key in entries:
            return entries[key]
        case Group(items=items) if isinstance(key, int) and -len(items) <= key < len(items):
            return items[key]
    return Anything(leak=owner.leak)


def _compared(op: ast.cmpop, left: Thing, right: Thing) -> Thing:
    if isinstance(left, Known) and isinstance(right, Known) and type(op) in _COMPARED:
        return Known(bool(_COMPARED[type(op)](left.data, right.data)))
    if isinstance(op, (ast.Is, ast.IsNot)) and isinstance(right, Known) and right.data is None:
        known = isinstance(left, (Fields, Group, Reply, Fault)) or (
            isinstance(left, Handle) and left.kind not in {"result", "query"}
        )
        return Known(isinstance(op, ast.IsNot)) if known else Anything()
    return Anything()
