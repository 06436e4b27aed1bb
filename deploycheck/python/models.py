"""The seam through which rooms above teach the evaluator what a library's classes and calls mean.

The evaluator itself knows the language and the standard library's environment, and no framework.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.python.values import Instance, Made, Reference, Value

if TYPE_CHECKING:
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call. `partial` tells that some could not be followed (`*args`, `**kwargs`)."""

    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    at: Location
    text: str
    partial: bool = False

    def get(self, position: int | None, *names: str) -> Value | None:
        """Return the argument given by position or by one of `names`, or None."""
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return next((self.keywords[n] for n in names if n in self.keywords), None)


CallModel = Callable[["Evaluator", Value, Arguments], Value | None]
"""Gets the callee (a `Reference` with its receiver, or a `Made`) and the arguments."""

ClassModel = Callable[["Evaluator", Instance, str], Value | None]
"""Gets an instance of a project's class below the library's class, and an attribute's name."""


AttributeModel = Callable[["Evaluator", Made, str, "Location"], Value | None]
"""Gets an object that a library made, an attribute's name, and where it is read."""


@dataclass(frozen=True, slots=True)
class Models:
    """What libraries mean, by qualified name; each model may return None to say nothing.

    `calls` by the callee's name (`decouple.config`, `environs.Env().str`); `classes` by the name of a
    base class (`pydantic_settings.BaseSettings`); `defaults` by what a parameter's default calls
    (`fastapi.Depends`); `items` by what a subscripted object was made by; `attributes` by what the
    object was made by whose attribute is read (`dynaconf.Dynaconf`).
    """

    calls: Mapping[str, CallModel] = field(default_factory=dict)
    classes: Mapping[str, ClassModel] = field(default_factory=dict)
    defaults: Mapping[str, Callable[[Evaluator, Made], Value | None]] = field(default_factory=dict)
    items: Mapping[str, Callable[[Evaluator, Made, Value], Value | None]] = field(default_factory=dict)
    attributes: Mapping[str, AttributeModel] = field(default_factory=dict)

    def attribute(self, evaluator: Evaluator, value: Made, name: str, at: Location) -> Value | None:
        """Return an attribute of an object that a library made, when a model knows."""
        model = self.attributes.get(value.callee)
        return model(evaluator, value, name, at) if model is not None else None

    def parameter_default(self, evaluator: Evaluator, value: Value) -> Value | None:
        """Return what a parameter with this default really gets."""
        if isinstance(value, Made) and value.callee in self.defaults:
            return self.defaults[value.callee](evaluator, value)
        return None

    def subscript(self, evaluator: Evaluator, value: Value, key: Value) -> Value | None:
        """Return `value[key]` for an object that a library made."""
        if isinstance(value, Made) and value.callee in self.items:
            return self.items[value.callee](evaluator, value, key)
        return None

    def call(self, evaluator: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
        """Return what calling a library's thing gives, when a model knows."""
        name = (
            callee.name
            if isinstance(callee, Reference)
            else f"{callee.callee}()"
            if isinstance(callee, Made)
            else ""
        )
        model = self.calls.get(name)
        return model(evaluator, callee, arguments) if model is not None else None
