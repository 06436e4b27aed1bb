"""Guards: what a settings class refuses, so that a rule knows that an insecure default never runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.classes import attribute, earlier_values, own_value
from deploycheck.facts.settings.pydantic_settings.frames import Frame, frame_of
from deploycheck.facts.settings.pydantic_settings.model import Model, model_of
from deploycheck.facts.settings.pydantic_settings.pipeline import inputs
from deploycheck.python import calling
from deploycheck.python.flow import Condition, Flow
from deploycheck.python.resolution import holds, resolve
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol, Point, Scope, parameters
from deploycheck.python.values import Failure, Instance, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploycheck.facts.settings.pydantic_settings.validators import FieldValidator, ModelValidator
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.values import Lookup

MAX_HOPS = 3
MAX_GUARDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """One `raise` that runs when a settings object is made and all `conditions` hold.

    `fields` are the fields that the conditions look at, by name; `text` is the raise as written.
    """

    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    text: str
    at: Location

    def refuses(self, lookup: Lookup) -> bool | None:
        """Tell whether making the object fails here under an environment; None when it is not decided."""
        return holds(self.conditions, lookup)


def guards(ev: Evaluator, settings: Instance) -> tuple[Guard, ...]:
    """Return every refusal in the validators of a settings object, methods that they call included."""
    if not isinstance(settings.target, ClassSymbol):
        return ()
    model = model_of(ev, settings.target)
    found: list[Guard] = []
    for name in model.declared:
        for validator in model.field_validators(name):
            found.extend(_of_field(model, settings, name, validator))
    for index, whole in enumerate(model.model_validators):
        if not whole.on_values and whole.mode != "before":
            found.extend(_of_model(model, settings, whole, index))
    return tuple(found[:MAX_GUARDS])


def failures(ev: Evaluator, settings: Instance, lookup: Lookup) -> tuple[Failure, ...]:
    """Return why making a settings object fails under an environment: its fields, then its refusals.

    Empty when it does not fail. What is not decided is left out.
    """
    if not isinstance(settings.target, ClassSymbol):
        return ()
    model = model_of(ev, settings.target)
    found: list[Failure] = []
    for name in model.declared:
        value = attribute(ev, settings, name)
        failure = resolve(value, lookup).failure if value is not None else None
        found.extend([failure] if failure is not None else _of_parts(ev, value, lookup))
    refused = (g for g in guards(ev, settings) if g.refuses(lookup))
    return (*found, *(Failure("raises", g.text, at=g.at) for g in refused))


def _of_parts(ev: Evaluator, value: Value | None, lookup: Lookup) -> tuple[Failure, ...]:
    inner = resolve(value, lookup).value if value is not None else None
    return failures(ev, inner, lookup) if isinstance(inner, Instance) else ()


def _of_field(model: Model, settings: Instance, name: str, validator: FieldValidator) -> Iterator[Guard]:
    field = model.field(name)
    if field is None or validator.mode not in {"before", "after"} or field.nested is not None:
        return
    frame = frame_of(settings, field.at)
    value = own_value(model, frame, field, without=validator)
    bindings = inputs(model, validator, value, earlier_values(model, frame, field))
    scope = validator.symbol.scope.called_with(bindings)
    for guard in _raises(model, scope, (), MAX_HOPS):
        yield Guard((name, *(f for f in guard.fields if f != name)), guard.conditions, guard.text, guard.at)


def _of_model(model: Model, settings: Instance, validator: ModelValidator, index: int) -> Iterator[Guard]:
    node = validator.symbol.node
    names = [p.arg for p in parameters(node)]
    if not names:
        return
    frame = frame_of(settings, model.symbol.scope.module.location(model.symbol.node))
    seen = Instance(settings.name, settings.target, Frame(frame.arguments, index, frame.place))
    bindings: dict[str, Value] = {n: Unknown(f"parameter `{n}`") for n in names}
    bindings[names[0]] = seen
    yield from _raises(model, validator.symbol.scope.called_with(bindings), (), MAX_HOPS)


def _raises(model: Model, scope: Scope, outer: tuple[Condition, ...], hops: int) -> Iterator[Guard]:
    """Yield a guard for each raise of a function, and of the project's functions that it calls."""
    flow = Flow(model.ev, scope)
    for statement in _statements(scope.body):
        if isinstance(statement, (ast.Raise, ast.Assert)):
            conditions = (*outer, *flow.conditions(statement))
            if isinstance(statement, ast.Assert):
                module = scope.module
                test = model.ev.evaluate(statement.test, Point(scope, statement))
                text, at = module.source(statement.test), module.location(statement)
                conditions = (*conditions, Condition(test, wanted=False, text=text, at=at))
            yield Guard(
                _fields(model, conditions),
                conditions,
                scope.module.source(statement),
                scope.module.location(statement),
            )
        elif hops and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            yield from _called(model, statement.value, scope, (*outer, *flow.conditions(statement)), hops)


def _called(
    model: Model,
    call: ast.Call,
    scope: Scope,
    conditions: tuple[Condition, ...],
    hops: int,
) -> Iterator[Guard]:
    point = Point(scope, call)
    callee = peel(model.ev.evaluate(call.func, point))
    if not isinstance(callee, Reference) or not isinstance(callee.target, FunctionSymbol):
        return
    function = callee.target.scope
    bindings = calling.bind(model.ev, function, calling.arguments_of(model.ev, call, point), callee.receiver)
    yield from _raises(model, function.called_with(bindings), conditions, hops - 1)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for block in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, block, []))
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)


def _fields(model: Model, conditions: tuple[Condition, ...]) -> tuple[str, ...]:
    prefix = f"{model.symbol.node.name}."
    readers = [v.reader for c in conditions if c.test is not None for v in c.test.variables()]
    names = [r.removeprefix(prefix).partition(".")[0] for r in readers if r.startswith(prefix)]
    return tuple(dict.fromkeys(names))
