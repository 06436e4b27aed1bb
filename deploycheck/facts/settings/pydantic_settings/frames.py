"""How an object of a settings class came to be: its constructor's arguments, or a nested place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.python.classes import Construction
from deploycheck.python.models import Arguments

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.values import Instance, Value


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a nested model stands in the environment: under `DATABASE`, its parts by the delimiter.

    `names` are the variables that may hold it as JSON; `delimiter` is empty where parts cannot be
    given one by one. `path` names the field that holds it, for messages.
    """

    names: tuple[str, ...]
    delimiter: str
    fold_case: bool
    ignore_empty: bool
    path: str
    splits: int | None = None


@dataclass(frozen=True, slots=True)
class Frame(Construction):
    """A construction seen by the model: `stage` is how many of its whole-model validators have run."""

    stage: int | None = None
    place: Place | None = None


def frame_of(instance: Instance, at: Location) -> Frame:
    """Return how an instance was made; one that nothing tells of was made without arguments."""
    match instance.frame:
        case Frame():
            return instance.frame
        case Construction():
            return Frame(instance.frame.arguments)
    return Frame(Arguments((), {}, at, ""))


def frame_key(frame: Frame) -> tuple[object, ...]:
    """Return what tells two constructions apart whose fields may differ: the arguments, and the place.

    It names the arguments by their id, so whoever keeps the key must keep them too.
    """
    place, arguments = frame.place, frame.arguments
    where = None if place is None else tuple(getattr(place, name) for name in Place.__slots__)
    bare = not arguments.positional and not arguments.keywords and not arguments.partial
    return (where, None if bare else id(arguments))


def given(frame: Frame, *names: str) -> Value | None:
    """Return a constructor's keyword by the first of these names that it has."""
    return next((frame.arguments.keywords[n] for n in names if n in frame.arguments.keywords), None)
