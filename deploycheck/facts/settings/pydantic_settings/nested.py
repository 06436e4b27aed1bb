"""Models inside a settings class: `DATABASE__HOST`, JSON in `DATABASE`, and defaults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.frames import Frame, Place, frame_of
from deploycheck.facts.settings.pydantic_settings.model import Model, model_of
from deploycheck.facts.settings.pydantic_settings.pipeline import decoded, validated
from deploycheck.facts.settings.pydantic_settings.reading import (
    Reading,
    is_literal_none,
    is_set,
    part_names,
    place_of,
    variable,
)
from deploycheck.facts.settings.pydantic_settings.sources import Order
from deploycheck.python.models import Arguments
from deploycheck.python.values import (
    Branch,
    Failure,
    Instance,
    Literal,
    Operation,
    Unknown,
    Value,
    Variable,
    peel,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.facts.settings.pydantic_settings.fields import Field
    from deploycheck.python.evaluator import Evaluator
    from deploycheck.python.scopes import ClassSymbol
    from deploycheck.python.values import Data

MAX_DEPTH = 4


def nested_value(model: Model, field: Field, reading: Reading, reader: str) -> Value:
    """Return the value of a field that holds a model of the project's own."""
    assert field.nested is not None  # noqa: S101 - the caller looked
    if model.field_validators(field.name) or reading.order.after:
        return Unknown(f"{reader} is made in a way that is not followed", at=field.at)
    return _value(model.ev, field, place_of(field, reading, reader), field.default)


def _value(ev: Evaluator, field: Field, place: Place, default: Value | None) -> Value:
    assert field.nested is not None  # noqa: S101 - the caller looked
    built = Instance(
        field.nested.name, field.nested, Frame(Arguments((), {}, field.at, ""), None, place), at=field.at
    )
    found = peel(default) if default is not None else None
    if isinstance(found, Instance) and found.target is field.nested and _is_bare(found, field):
        return built
    test = any_set(ev, field.nested, place, field)
    if default is None:
        names = tuple(n for v in test.variables() for n in v.names)
        missing = Variable(place.names, None, place.path, place.fold_case, place.ignore_empty, at=field.at)
        needed = all_required(ev, field.nested)
        absent = f"{place.names[0]} is not set" if names else "nothing gives it"
        return (
            built
            if needed
            else Branch(test, built, Failure("missing", absent, missing, at=field.at), "", at=field.at)
        )
    return Branch(
        test, built, default, "" if is_literal_none(default) else f"{place.names[0]} is set", at=field.at
    )


def all_required(ev: Evaluator, symbol: ClassSymbol) -> bool:
    """Tell whether a model has a required field of its own: then that field tells what is missing."""
    model = model_of(ev, symbol)
    fields = [model.field(n) for n in model.declared]
    return any(f is not None and f.default is None and f.nested is None for f in fields)


def _is_bare(found: Instance, field: Field) -> bool:
    frame = frame_of(found, field.at)
    return frame.place is None and not frame.arguments.keywords and not frame.arguments.partial


def any_set(ev: Evaluator, symbol: ClassSymbol, place: Place, field: Field, depth: int = 0) -> Value:
    """Return the test whether the environment gives any part of a nested model."""
    reading = _reading(place)
    test: Value = is_set(place.names, field, place.path, reading)
    model = model_of(ev, symbol)
    for name in model.declared if place.delimiter and depth < MAX_DEPTH else ():
        inner = model.field(name)
        names = part_names(inner, place) if inner is not None else ()
        if inner is None or not names:
            continue
        if inner.nested is not None:
            deeper = _deeper(inner, place)
            more = any_set(ev, inner.nested, deeper, inner, depth + 1) if deeper is not None else None
        else:
            more = is_set(names, inner, f"{place.path}.{name}", reading)
        if more is not None:
            test = Branch(test, test, more, "", at=field.at)
    return test


def _reading(place: Place) -> Reading:
    return Reading(
        "", place.fold_case, place.ignore_empty, place.delimiter, place.splits, None, Order(), clear=True
    )


def _deeper(field: Field, place: Place) -> Place | None:
    names = part_names(field, place)
    splits = None if place.splits is None else place.splits - 1
    if not names or (splits is not None and splits < 0):
        return None
    return Place(
        names, place.delimiter, place.fold_case, place.ignore_empty, f"{place.path}.{field.name}", splits
    )


def part(model: Model, field: Field, place: Place, earlier: Mapping[str, Value]) -> Value:
    """Return one field of a nested model: its own variable, else the JSON of the whole, else its default."""
    reader = f"{place.path}.{field.name}"
    if not field.clear:
        return Unknown(f"the variable of {reader} could not be followed", at=field.at)
    if field.nested is not None:
        deeper = _deeper(field, place)
        if deeper is None:
            return Unknown(f"{reader} is made in a way that is not followed", at=field.at)
        return _value(model.ev, field, deeper, field.default)
    reading = _reading(place)
    fallback = _own_environment(model, field) if model.is_settings else field.default
    names = part_names(field, place)
    whole = Variable(place.names, Literal(None), place.path, place.fold_case, place.ignore_empty, at=field.at)
    from_json = validated(model, field, _pick(field, whole), earlier)
    if not names:
        without = fallback if fallback is not None else _missing(place.names, reader, place, field)
        return Branch(_has(field, whole), from_json, without, "", at=field.at)
    default = fallback if model.is_settings else None
    own = is_set(names, field, reader, reading)
    if model.is_settings or fallback is None:
        source = variable(names, default, field, reader, reading)
        value = validated(model, field, decoded(field, source, None), earlier)
    else:
        source = variable(names, fallback, field, reader, reading)
        value = validated(model, field, decoded(field, source, None), earlier)
        value = _unvalidated_default(model, field, value, own)
    return Branch(_and_not(_has(field, whole), own, field), from_json, value, "", at=field.at)


def _unvalidated_default(model: Model, field: Field, value: Value, given: Value) -> Value:
    """Take a plain model's default as it is: neither cast nor validated, unless the model asks for that."""
    if model.config.plain(model.ev, "validate_default", default=False) or field.default is None:
        return value
    simple = field.kind.exact and not model.field_validators(field.name) and not (field.before or field.after)
    if simple:
        return value
    return Branch(given, value, field.default, "", at=field.at)


def _missing(names: tuple[str, ...], reader: str, place: Place, field: Field) -> Value:
    return Variable(names, None, reader, place.fold_case, place.ignore_empty, at=field.at)


def _own_environment(model: Model, field: Field) -> Value | None:
    """Return what a nested settings class reads itself, for what its parent does not give."""
    from deploycheck.facts.settings.pydantic_settings.classes import own_value

    frame = Frame(Arguments((), {}, field.at, ""))
    return own_value(model, frame, field)


def _and_not(test: Value, other: Value, field: Field) -> Value:
    return Branch(other, Literal(data=False), test, "", at=field.at)


def _has(field: Field, whole: Value) -> Value:
    keys = (field.name, *field.names)

    def has(text: Data) -> Data:
        data = json.loads(text) if isinstance(text, str) else None
        return isinstance(data, dict) and any(k in data for k in keys)

    return Operation(has, (whole,), f"JSON with {field.name}", at=field.at)


def _pick(field: Field, whole: Value) -> Value:
    keys = (*field.names, field.name)

    def pick(text: Data) -> Data:
        data = json.loads(text) if isinstance(text, str) else {}
        return [data[k] for k in keys if k in data][0]  # noqa: RUF015 - without any it is an IndexError

    return Operation(pick, (whole,), f".{field.name} of its JSON", at=field.at)
