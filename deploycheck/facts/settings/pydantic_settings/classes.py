"""The class model: what an attribute of a settings object is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.annotations import MODELS
from deploycheck.facts.settings.pydantic_settings.frames import Frame, frame_key, frame_of, given
from deploycheck.facts.settings.pydantic_settings.model import Model, model_of
from deploycheck.facts.settings.pydantic_settings.nested import nested_value, part
from deploycheck.facts.settings.pydantic_settings.pipeline import decoded, validated
from deploycheck.facts.settings.pydantic_settings.reading import (
    Reading,
    behind_other_sources,
    env_names,
    reading_of,
    variable,
)
from deploycheck.facts.settings.pydantic_settings.stages import assigned
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Branch, Failure, Instance, Literal, Reference, Table, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.facts.settings.pydantic_settings.fields import Field
    from deploycheck.facts.settings.pydantic_settings.validators import FieldValidator
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.models import Arguments

MAX_EARLIER = 60
"""Fields before a field that its validators are shown."""


def attribute(ev: Evaluator, instance: Instance, name: str) -> Value | None:
    """Return the value of a field of a settings object; None for what is no field."""
    symbol = instance.target
    if not isinstance(symbol, ClassSymbol):
        return None
    model = model_of(ev, symbol)
    if name in {"model_dump", "dict"} and model.declared:
        return Reference("pydantic.BaseModel.model_dump", None, instance)
    found = model.field(name)
    if found is None:
        return None
    frame = frame_of(instance, found.at)
    return assigned(model, instance, frame, name, own_value(model, frame, found))


def own_value(model: Model, frame: Frame, field: Field, without: FieldValidator | None = None) -> Value:
    """Return a field's value as its own validators leave it, before those of the whole model.

    With `without`, it is what that validator of a settings class's field is given. It is worked out once:
    a validator looks at all fields before its own, and their validators at those before them.
    """
    return model.ev.memory.recall(
        ("field", id(model), field.name, id(without), *frame_key(frame)),
        None,
        lambda: _own_value(model, frame, field, without),
        lambda reason: Unknown(reason, at=field.at),
        *(model, frame.arguments, without),
    )


def _own_value(model: Model, frame: Frame, field: Field, without: FieldValidator | None) -> Value:
    argument = given(frame, field.name, *field.names)
    earlier = earlier_values(model, frame, field)
    if frame.place is not None:
        return part(model, field, frame.place, earlier)
    if not model.is_settings:
        return _of_plain_model(model, field, argument, earlier, frame)
    reading = reading_of(model, frame)
    if argument is not None and reading.order.init_first:
        return _given(model, field, argument, earlier, without)
    value = _from_environment(model, field, reading, earlier, without)
    if frame.arguments.partial:
        maybe = Unknown("it may be among arguments that cannot be followed", at=field.at)
        return Branch(None, maybe, value, frame.arguments.text, at=field.at)
    return value


def _given(
    model: Model,
    field: Field,
    argument: Value,
    earlier: Mapping[str, Value],
    without: FieldValidator | None = None,
) -> Value:
    return argument if field.nested is not None else validated(model, field, argument, earlier, without)


def _from_environment(
    model: Model,
    field: Field,
    reading: Reading,
    earlier: Mapping[str, Value],
    without: FieldValidator | None,
) -> Value:
    reader = f"{model.symbol.node.name}.{field.name}"
    if not (reading.clear and field.clear):
        return Unknown(f"the variable of {reader} could not be followed", at=field.at)
    if reading.order.before:
        return Unknown(f"{reading.order.before} may give it", at=field.at)
    if field.nested is not None:
        return nested_value(model, field, reading, reader)
    default = behind_other_sources(reading.order, field.default, field)
    source = variable(env_names(field, reading), default, field, reader, reading)
    return validated(model, field, decoded(field, source, reading.none_text), earlier, without)


def _of_plain_model(
    model: Model,
    field: Field,
    argument: Value | None,
    earlier: Mapping[str, Value],
    frame: Frame,
) -> Value:
    if argument is not None:
        return _given(model, field, argument, earlier)
    if frame.arguments.partial:
        return Unknown("it may be among arguments that cannot be followed", at=field.at)
    if field.default is None:
        return Failure("raises", f"{model.symbol.node.name} needs {field.name}", at=field.at)
    return field.default


def earlier_values(model: Model, frame: Frame, field: Field) -> dict[str, Value]:
    """Return the values of the fields declared before this one, for its validators to look at."""
    if not model.field_validators(field.name):
        return {}
    found: dict[str, Value] = {}
    for name in list(model.declared)[:MAX_EARLIER]:
        if name == field.name:
            break
        other = model.field(name)
        if other is not None:
            found[name] = own_value(model, frame, other)
    return found


def dump(ev: Evaluator, callee: Value, arguments: Arguments) -> Value | None:
    """Return what `settings.model_dump()` gives: a dict of the fields."""
    instance = callee.receiver if isinstance(callee, Reference) else None
    if not isinstance(instance, Instance) or not isinstance(instance.target, ClassSymbol):
        return None
    if arguments.positional or arguments.keywords or arguments.partial:
        return None
    names = model_of(ev, instance.target).declared
    entries = [(Literal(n), attribute(ev, instance, n)) for n in names]
    return Table(tuple((k, v) for k, v in entries if v is not None), at=arguments.at)


CLASSES = dict.fromkeys(MODELS, attribute)
