"""Wrappers: what stands between the server and an application, `app = SentryAsgiMiddleware(app)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.web.kinds import SAME_APP, is_wrapper
from deploycheck.facts.web.objects import arms
from deploycheck.python.classes import Construction
from deploycheck.python.values import Instance, Listing, Made, Reference, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.findings import Location
    from deploycheck.python.flow import Condition

MAX_WRAPPERS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Wrapper:
    """One call that takes an application and gives an application; `callee` is its qualified name."""

    callee: str
    at: Location
    value: Made | Instance


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """An object and what is wrapped around it, outermost first; `conditions` are the tests on the way.

    `maker` is the object's own value, `at` the place of the call that made it (None for an instance
    whose construction is not seen: `self` in a class of the project).
    """

    maker: Value
    at: Location | None
    wrappers: tuple[Wrapper, ...] = ()
    conditions: tuple[Condition, ...] = ()


def chains(value: Value, *, any_callee: bool = True, depth: int = MAX_WRAPPERS) -> Iterator[Chain]:
    """Yield every object that a value may be or wrap, nearest first.

    With `any_callee` whatever takes an object counts as wrapped around it; without, only what is known
    to give an application (so that `db = SQLAlchemy(app)` is no app).
    """
    for arm, tests in arms(value):
        match arm:
            case Made() | Instance():
                yield Chain(arm, arm.at, (), tests)
                for chain in _inside(arm, any_callee=any_callee, depth=depth):
                    yield Chain(chain.maker, chain.at, chain.wrappers, (*tests, *chain.conditions))
            case Reference(receiver=receiver, name=name) if receiver is not None:
                if name.rpartition(".")[2] in SAME_APP:
                    for chain in chains(receiver, any_callee=any_callee, depth=depth):
                        yield Chain(chain.maker, chain.at, chain.wrappers, (*tests, *chain.conditions))


def _inside(outer: Made | Instance, *, any_callee: bool, depth: int) -> Iterator[Chain]:
    callee = outer.callee if isinstance(outer, Made) else outer.name
    if outer.at is None or depth == 0 or not (any_callee or is_wrapper(callee)):
        return
    wrapper = Wrapper(callee, outer.at, outer)
    for argument in arguments_of(outer):
        for found in _apps_in(argument):
            for chain in chains(found, any_callee=any_callee, depth=depth - 1):
                yield Chain(chain.maker, chain.at, (wrapper, *chain.wrappers), chain.conditions)


def arguments_of(value: Made | Instance) -> tuple[Value, ...]:
    """Return every argument that an object was made with."""
    if isinstance(value, Made):
        return value.children()
    if isinstance(value.frame, Construction):
        given = value.frame.arguments
        return (*given.positional, *given.keywords.values())
    return ()


def _apps_in(argument: Value) -> Iterator[Value]:
    """Yield an argument, or what stands in a dict or list of them (`ProtocolTypeRouter({...})`)."""
    for arm, _ in arms(argument):
        match arm:
            case Table():
                yield from (entry for _, entry in arm.entries)
            case Listing():
                yield from arm.items
    yield argument
