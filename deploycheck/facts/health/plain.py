"""Calls that only turn values into others: builtins, methods of dicts and models."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deploycheck.facts.health.things import Anything, Fault, Fields, Group, Known, Thing, leak_of, truth
from deploycheck.facts.health.world import Result, one
from deploycheck.python.syntax import last_name

if TYPE_CHECKING:
    from deploycheck.facts.health.world import Frame, State, World
    from deploycheck.python.values import Value


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """A call whose receiver and arguments are known."""

    node: ast.Call
    name: str
    value: Value
    owner: Thing
    given: tuple[Thing, ...]
    named: Mapping[str, Thing]
    awaited: bool

    @property
    def things(self) -> tuple[Thing, ...]:
        """All arguments."""
        return (*self.given, *self.named.values())

    @property
    def method(self) -> str:
        """The bare name that is called."""
        return last_name(self.node.func)


def of_value(  # noqa: PLR0911 - one return a function
    _: World, one_call: Called, state: State, frame: Frame
) -> list[Result] | None:
    """Return what a call gives that only turns values into others; None for any other call."""
    first = one_call.given[0] if one_call.given else None
    match one_call.name.removeprefix("builtins."), first:
        case (("str" | "repr" | "format"), Fault(kind=kind)) if kind != "http":
            return one(state, Anything(leak=frame.scope.module.location(one_call.node)))
        case "bool", Thing():
            verdict = truth(first)
            return one(state, Anything() if verdict is None else Known(verdict))
        case ("all" | "any") as name, Group(items=items):
            return one(state, _together(name, [truth(i) for i in items]))
        case (("list" | "tuple"), Group()):
            return one(state, first)
        case "dict", _ if not one_call.given:
            return one(
                state, Fields(dict[object, Thing](one_call.named.items()), leak=leak_of(*one_call.things))
            )
        case "type", _:
            return one(state)
    return _of_fields(one_call, state)


def _together(name: str, verdicts: list[bool | None]) -> Thing:
    decisive = name == "any"
    if decisive in verdicts:
        return Known(decisive)
    return Anything() if None in verdicts else Known(not decisive)


def _of_fields(one_call: Called, state: State) -> list[Result] | None:  # noqa: PLR0911 - one return a method
    owner = one_call.owner
    if not isinstance(owner, Fields) or not isinstance(one_call.node.func, ast.Attribute):
        return None
    values = tuple(owner.entries.values())
    match one_call.method, one_call.given:
        case "values", () if owner.whole:
            return one(state, Group(values))
        case "items", () if owner.whole:
            return one(
                state, Group(tuple(Group((Known(k), v), is_tuple=True) for k, v in owner.entries.items()))
            )
        case "get", (Known(data=key), *_) if key in owner.entries:
            return one(state, owner.entries[key])
        case (("model_dump" | "dict" | "copy" | "json"), _) if owner.is_object or one_call.method == "copy":
            return one(state, replace(owner, is_object=False))
        case (("get" | "values" | "items" | "keys" | "pop" | "setdefault" | "update"), _) if (
            not owner.is_object
        ):
            return one(state, Anything(leak=owner.leak))
    return None
