"""The fields of settings classes: all of them are read where an object of the class is made."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from deploycheck.facts.settings import guards
from deploycheck.facts.settings.pydantic_settings.classes import attribute
from deploycheck.facts.settings.pydantic_settings.model import Model, model_of
from deploycheck.facts.variables.model import Read, Stop
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Branch, Instance, Value, Via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.settings import Guard
    from deploycheck.facts.startup import Run, StartUp
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.program import Call

BASES = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings")
MAX_DEPTH = 4


class Constructions:
    """Every object of a settings class that a deployment's modules make."""

    def __init__(self, start_up: StartUp) -> None:
        """Find the calls."""
        self.program = start_up.program
        self.ev: Evaluator = start_up.program.evaluator
        self.start_up = start_up
        self.made: list[tuple[Call, Instance, Run | None]] = []
        for call in self.program.calls(*BASES, within=start_up.within):
            for instance in _instances(self.program.evaluate(call.node, call.point)):
                self.made.append((call, instance, start_up.run_of(call.scope, call.node)))

    def reads(self) -> Iterator[Read]:
        """Yield a read for each variable of each field."""
        for call, instance, run in self.made:
            conditions = partial(self.start_up.conditions, call.scope, call.node)
            for field_read in self._fields(instance, run):
                yield Read(
                    field_read.variable,
                    field_read.value,
                    field_read.at,
                    field_read.text,
                    field_read.module,
                    run,
                    conditions,
                    field_read.field,
                    field_read.class_name,
                    settings_class=True,
                )

    def _fields(self, instance: Instance, run: Run | None, depth: int = 0) -> Iterator[Read]:
        assert isinstance(instance.target, ClassSymbol)  # noqa: S101 - settings classes are the project's own
        model = model_of(self.ev, instance.target)
        for name in model.declared:
            field = model.field(name)
            value = attribute(self.ev, instance, name) if field is not None else None
            if field is None or value is None:
                continue
            nested = [i for i in _instances(value) if isinstance(i.target, ClassSymbol)]
            for inner in nested if depth < MAX_DEPTH else ():
                yield from self._fields(inner, run, depth + 1)
            own = [v for v in value.variables() if v.at == field.at]
            for variable in dict.fromkeys(own) if not nested else ():
                module = field.owner.scope.module
                text = self._text(model, name)
                yield Read(variable, value, field.at, text, module, run, tuple, name, field.owner.node.name)

    def _text(self, model: Model, name: str) -> str:
        owner, statement = model.declared[name]
        return owner.scope.module.source(statement)

    # -- what its validators refuse ----------------------------------------------------------------

    @cached_property
    def _guards(self) -> tuple[tuple[Instance, Run | None, tuple[Guard, ...]], ...]:
        return tuple((instance, run, guards(self.ev, instance)) for _, instance, run in self.made)

    def stops(self) -> Iterator[Stop]:
        """Yield each place where a validator refuses what the environment gives."""
        for _, run, found in self._guards:
            for guard in found if run is not None else ():
                variables = (v for c in guard.conditions if c.test is not None for v in c.test.variables())
                if run is not None:
                    yield Stop(guard.at, guard.text, guard.conditions, tuple(dict.fromkeys(variables)), run)

    def guarded(self, class_name: str, field: str) -> bool:
        """Tell whether a validator of a class (or a method that it calls) may refuse a field's value."""
        return any(
            field in guard.fields
            for instance, _, found in self._guards
            if isinstance(instance.target, ClassSymbol)
            and class_name in {c.node.name for c in model_of(self.ev, instance.target).own}
            for guard in found
        )


def _instances(value: Value) -> Iterator[Instance]:
    stack = [value]
    while stack:
        node = stack.pop()
        match node:
            case Via():
                stack.append(node.inner)
            case Branch():
                stack.extend((node.otherwise, node.then))
            case Instance():
                yield node
