"""What names and entries hold after an assignment."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.health import replies
from deploycheck.facts.health.things import Anything, Fields, Group, Reply, Thing, tainted

if TYPE_CHECKING:
    from deploycheck.facts.health.world import State


def bind(  # noqa: PLR0911 - one return a form
    target: ast.expr, thing: Thing, state: State
) -> State:
    """Return the state after an assignment to a target."""
    match target:
        case ast.Name(id=name):
            return state.with_name(name, thing)
        case ast.Starred(value=inner):
            return bind(inner, Anything(), state)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            known = thing.items if isinstance(thing, Group) and len(thing.items) == len(targets) else None
            for index, inner in enumerate(targets):
                state = bind(inner, known[index] if known else Anything(leak=thing.leak), state)
            return state
        case ast.Attribute(value=owner, attr=name):
            return _change(owner, name, thing, state)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            return _change(owner, key, thing, state)
        case ast.Subscript(value=owner):
            return _change(owner, ..., thing, state)
    return state


def _change(owner: ast.expr, key: object, thing: Thing, state: State) -> State:
    """Return the state after an entry or attribute of something is set, as far as its owner is followed."""
    held = _held(owner, state)
    match held:
        case Reply() if key in {"status_code", "status"}:
            return bind(
                owner, replace(held, status=replies.number(thing), leak=held.leak or thing.leak), state
            )
        case Fields():
            leak = held.leak or thing.leak
            if key is ...:
                loose = dict.fromkeys(held.entries, Anything())
                return bind(owner, replace(held, entries=loose, whole=False, leak=leak), state)
            return bind(owner, replace(held, entries={**held.entries, key: thing}, leak=leak), state)
        case Group() | Anything() if thing.leak is not None and isinstance(owner, ast.Name):
            return bind(owner, tainted(held, thing.leak), state)
    return state


def _held(node: ast.expr, state: State) -> Thing | None:
    match node:
        case ast.Name(id=name):
            return state.names.get(name)
        case ast.Attribute(value=owner, attr=key) | ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            outer = _held(owner, state)
            return outer.entries.get(key) if isinstance(outer, Fields) else None
    return None
