"""Casts that code hands to a library: `cast=int`, `cast=bool`, a class, a function of the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from deploycheck.python import calling, functions
from deploycheck.python.errors import NotKnownError
from deploycheck.python.models import Arguments
from deploycheck.python.values import Made, Operation, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.values import Data

Pure = Callable[..., "Data"]


@dataclass(frozen=True, slots=True)
class Casts:
    """What a library does with a cast: `special` by the qualified name of a type or class of its own."""

    special: Mapping[str, Pure] = field(default_factory=dict)
    made: Mapping[str, Callable[[Made], Pure | None]] = field(default_factory=dict)

    def apply(self, ev: Evaluator, cast: Value, value: Value, at: Location) -> Value:
        """Return `cast(value)` as the library runs it."""
        function = self.function(cast)
        found = peel(cast)
        if function is not None:
            return Operation(function, (value,), _name(found), at=at)
        if isinstance(found, Reference) and (found.target is not None or found.name in functions.FUNCTIONS):
            return calling.apply(ev, found, Arguments((value,), {}, at, ""), None)
        return Operation(not_followed, (value,), _name(found), at=at)

    def function(self, cast: Value) -> Pure | None:
        """Return the pure function that a cast is, or None for one of the project's own or an unknown one."""
        found = peel(cast)
        if isinstance(found, Made) and found.callee in self.made and not found.partial:
            return self.made[found.callee](found)
        if isinstance(found, Reference) and found.target is None:
            return self.special.get(found.name) or functions.FUNCTIONS.get(found.name)
        return None


def not_followed(*_: Data) -> NoReturn:
    """Stand for a cast whose result is not plain data."""
    raise NotKnownError("its cast is not followed")


def _name(value: Value) -> str:
    match value:
        case Made(callee=name) | Reference(name=name):
            return name.rpartition(".")[2]
        case Unknown(reason=reason):
            return reason
    return "a cast"


def same(data: Data) -> Data:
    """Stand for a class whose objects are their text, to every reader."""
    return data
