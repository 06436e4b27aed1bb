"""What names hold while an endpoint is followed: as much of a value as decides an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.scopes import ClassSymbol


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Thing:
    """The base of all; `leak` is where the text of an exception got into it."""

    leak: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Anything(Thing):
    """Not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Known(Thing):
    """A constant."""

    data: object


@dataclass(frozen=True, slots=True, eq=False)
class Group(Thing):
    """A tuple or list of known length."""

    items: tuple[Thing, ...]
    is_tuple: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fields(Thing):
    """A dict, or an object by its attributes; `owner` is its class in the project.

    `whole` tells that it has no other entries.
    """

    entries: Mapping[object, Thing] = field(default_factory=dict)
    owner: ClassSymbol | None = None
    whole: bool = True
    is_object: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Reply(Thing):
    """A response; `status` is None where it is not known.

    An `injected` one is the framework's, whose status counts for what is returned.
    """

    status: int | None = None
    injected: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fault(Thing):
    """An exception: `database`, `http` (the framework answers with `status`), or `other`, by `name`."""

    kind: str
    name: str = ""
    status: int | None = None
    at: Location | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Handle(Thing):
    """A way to the database, by its `kind`; `is_async` is None where that is not known.

    Kinds are `engine`, `pool`, `factory`, `flask`, `session`, `connection`, `query` and `result`.
    """

    kind: str
    is_async: bool | None = None


def truth(thing: Thing) -> bool | None:
    """Return what a test of a thing gives; None where that is not known."""
    match thing:
        case Known():
            return bool(thing.data)
        case Group():
            return bool(thing.items)
        case Fields():
            known = thing.whole or bool(thing.entries)
            return True if thing.is_object else bool(thing.entries) if known else None
        case Reply() | Fault():
            return True
        case Handle(kind="engine" | "session" | "connection"):
            return True
    return None


def leak_of(*things: Thing) -> Location | None:
    """Return where the text of an exception got into any of these things."""
    return next((t.leak for t in things if t.leak is not None), None)


def tainted(thing: Thing, leak: Location | None) -> Thing:
    """Return a thing into which the text of an exception has got at a place, if there is one."""
    return thing if leak is None or thing.leak is not None else replace(thing, leak=leak)
