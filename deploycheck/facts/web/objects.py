"""Objects and where they are made: two names hold one object when one call made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python.flow import Condition
from deploycheck.python.modules import Role, role_of
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.values import Branch, Instance, Listing, Made, Reference, Value, Via

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from deploycheck.findings import Location
    from deploycheck.python.program import Program

MAX_ARMS = 64
"""Ways through the branches of one value that are told apart; the rest is left out."""


def app_paths(program: Program, within: Container[str] | None = None) -> frozenset[str]:
    """Return the paths of the modules to look at: those `within`, else all that may be deployed."""
    if within is not None:
        return frozenset(p for p in program.modules.paths if p in within)
    return frozenset(p for p in program.modules.paths if role_of(p) is Role.APP)


def arms(value: Value) -> Iterator[tuple[Value, tuple[Condition, ...]]]:
    """Yield what a value may be, each with the tests that make it so; names on the way are dropped."""
    stack: list[tuple[Value, tuple[Condition, ...]]] = [(value, ())]
    count = 0
    while stack and count < MAX_ARMS:
        node, tests = stack.pop()
        match node:
            case Via():
                stack.append((node.inner, tests))
            case Branch():
                at = node.at or node.then.at or node.otherwise.at
                for arm, wanted in ((node.otherwise, False), (node.then, True)):
                    test = () if at is None else (Condition(node.test, wanted, node.text, at),)
                    stack.append((arm, (*tests, *test)))
            case _:
                count += 1
                yield node, tests


def made_at(value: Value) -> Location | None:
    """Return the place of the call that made a library's or the project's object, once it is peeled."""
    return value.at if isinstance(value, (Made, Instance)) else None


def makers(value: Value) -> tuple[Location, ...]:
    """Return the places of the calls that may have made what a value holds."""
    found = (made_at(arm) for arm, _ in arms(value))
    return tuple(dict.fromkeys(at for at in found if at is not None))


def items(value: Value) -> Iterator[tuple[Value, tuple[Condition, ...]]]:
    """Yield the items of a list with the tests under which they are in it; a list unread gives itself.

    An item that is in the list whichever way a test goes has no test for it.
    """
    ways = list(arms(value))
    found: dict[int, list[tuple[Value, tuple[Condition, ...]]]] = {}
    for whole, tests in ways:
        for item in whole.items if isinstance(whole, Listing) else (whole,):
            found.setdefault(id(item), []).append((item, tests))
    for uses in found.values():
        item, tests = uses[0]
        yield item, () if len(uses) == len(ways) else tests


def definitions(value: Value) -> Iterator[FunctionSymbol | ClassSymbol]:
    """Yield the project's own functions and classes that a value may be."""
    for arm, _ in arms(value):
        if isinstance(arm, Reference) and isinstance(arm.target, (FunctionSymbol, ClassSymbol)):
            yield arm.target


def qualified(value: Value) -> str:
    """Return the qualified name of what a value refers to or was made by; empty for anything else."""
    for arm, _ in arms(value):
        match arm:
            case Reference() | Instance():
                return arm.name
            case Made():
                return arm.callee
    return ""


def together(*groups: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Join conditions, each test once."""
    kept: dict[tuple[str, bool], Condition] = {}
    for group in groups:
        for condition in group:
            kept.setdefault((condition.text, condition.wanted), condition)
    return tuple(kept.values())
