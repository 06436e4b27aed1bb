"""The fields of settings classes: all of them are read where an object of the class is made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.classes import attribute
from deploycheck.facts.settings.pydantic_settings.frames import Frame, frame_of
from deploycheck.facts.settings.pydantic_settings.model import Model, model_of
from deploycheck.facts.startup import EXITS
from deploycheck.facts.variables.model import Read, Stop
from deploycheck.python.flow import Flow
from deploycheck.python.scopes import ClassSymbol, parameters
from deploycheck.python.values import Branch, Instance, Value, Variable, Via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.settings.pydantic_settings.validators import ModelValidator
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
            conditions = self.start_up.conditions(call.scope, call.node)
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
                yield Read(variable, value, field.at, text, module, run, (), name, field.owner.node.name)

    def _text(self, model: Model, name: str) -> str:
        owner, statement = model.declared[name]
        return owner.scope.module.source(statement)

    # -- what its validators refuse ----------------------------------------------------------------

    def stops(self) -> Iterator[Stop]:
        """Yield each place where a validator of the whole model refuses what the environment gives."""
        for _call, instance, run in self.made:
            if run is None or not isinstance(instance.target, ClassSymbol):
                continue
            model = model_of(self.ev, instance.target)
            for index, validator in enumerate(model.model_validators):
                if validator.mode in {"after", "init"} and not validator.on_values:
                    yield from self._refusals(instance, index, validator, run)

    def _refusals(
        self, instance: Instance, index: int, validator: ModelValidator, run: Run
    ) -> Iterator[Stop]:
        node = validator.symbol.node
        frame = frame_of(
            instance,
            self.start_up.program.evaluator.module_scope(validator.symbol.scope.module).module.location(node),
        )
        seen = Instance(instance.name, instance.target, Frame(frame.arguments, index, frame.place))
        positional = parameters(node)
        if not positional:
            return
        scope = validator.symbol.scope.called_with({positional[0].arg: seen})
        module = validator.symbol.scope.module
        for statement in ast.walk(node):
            if _leaves(statement):
                conditions = Flow(self.ev, scope).conditions(statement)
                variables = tuple(v for c in conditions if c.test is not None for v in c.test.variables())
                yield Stop(
                    module.location(statement),
                    module.source(statement),
                    conditions,
                    tuple(dict.fromkeys(variables)),
                    run,
                )

    def guarded(self, class_name: str, field: str) -> bool:
        """Tell whether a validator of a class (or a method it calls) speaks of a field and may refuse it."""
        for _call, instance, _run in self.made:
            if isinstance(instance.target, ClassSymbol):
                for one in model_of(self.ev, instance.target).own:
                    if one.node.name == class_name or instance.target.node.name == class_name:
                        if _speaks_of(instance.target, self.ev, field):
                            return True
        return False


def _speaks_of(symbol: ClassSymbol, ev: Evaluator, field: str) -> bool:
    methods = [
        s
        for one in model_of(ev, symbol).own
        for s in one.node.body
        if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    if not any(_leaves(n) for m in methods for n in ast.walk(m)):
        return False
    validators = [v.symbol.node for v in model_of(ev, symbol).model_validators]
    for node in validators:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and inner.attr == field:
                return True
            if isinstance(inner, ast.Constant) and inner.value == field:
                return True
    return False


def _leaves(node: ast.AST) -> bool:
    match node:
        case ast.Raise():
            return True
        case ast.Expr(value=ast.Call(func=func)):
            return ast.unparse(func) in EXITS
    return False


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


__all__ = ["Constructions", "Variable"]
