"""From what a field's source holds to the field's value: decoding, validators, the cast, validators."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.settings.pydantic_settings.kinds import Cast, Decode
from deploycheck.facts.settings.pydantic_settings.version_one import version_one
from deploycheck.findings import Step
from deploycheck.python import calling
from deploycheck.python.classes import Construction
from deploycheck.python.models import Arguments
from deploycheck.python.scopes import ClassSymbol, Scope, parameters
from deploycheck.python.values import (
    Instance,
    Literal,
    Operation,
    Reference,
    Table,
    Unknown,
    Value,
    Via,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploycheck.facts.settings.pydantic_settings.fields import Field
    from deploycheck.facts.settings.pydantic_settings.model import Model
    from deploycheck.facts.settings.pydantic_settings.validators import FieldValidator
    from deploycheck.findings import Location

_CORE_OPTIONS = {
    "str_strip_whitespace": "str_strip_whitespace",
    "str_to_lower": "str_to_lower",
    "str_to_upper": "str_to_upper",
    "str_min_length": "str_min_length",
    "str_max_length": "str_max_length",
    "coerce_numbers_to_str": "coerce_numbers_to_str",
    "anystr_strip_whitespace": "str_strip_whitespace",
}


def decoded(field: Field, value: Value, none_text: str | None) -> Value:
    """Return what the source hands on: JSON read where the type asks for it."""
    if not field.kind.decoded and none_text is None:
        return value
    text = f"JSON for {field.kind.text}" if field.kind.decoded else "its text"
    return Operation(Decode(field.kind, none_text), (value,), text, at=field.at)


def validated(
    model: Model,
    field: Field,
    value: Value,
    earlier: Mapping[str, Value],
    without: FieldValidator | None = None,
) -> Value:
    """Return the value after the field's validators and its cast; `earlier` fields are seen by them.

    With `without`, it is what that validator is given: those that run after it are left out too.
    """
    validators = model.field_validators(field.name)
    if any(v.names is None or v.mode in {"wrap", "plain"} or v.each_item for v in validators):
        return Unknown(f"a validator of {field.name} is not followed", at=field.at)
    for validator in reversed(validators) if not model.v1 else validators:
        if validator is without and validator.mode == "before":
            return value
        if validator.mode == "before":
            value = run(model, validator, value, earlier)
    for function in field.before:
        value = _call(model, function, value, field)
    value = cast(model, field, value)
    for function in field.after:
        value = _call(model, function, value, field)
    for validator in validators:
        if validator is without:
            return value
        if validator.mode == "after":
            value = run(model, validator, value, earlier)
    return value


def cast(model: Model, field: Field, value: Value) -> Value:
    """Return the value under the cast that the field's type is."""
    options = {
        core: model.config.plain(model.ev, name, default=None)
        for name, core in _CORE_OPTIONS.items()
        if name in model.config.values
    }
    kind = field.kind
    if model.v1 and kind.schema is not None:
        kind = replace(kind, schema=version_one(kind.schema))
        options["coerce_numbers_to_str"] = True
    return Operation(Cast(kind, options), (value,), field.kind.text, at=field.at)


def _call(model: Model, function: Value, value: Value, field: Field) -> Value:
    return calling.apply(model.ev, function, Arguments((value,), {}, field.at, ""), None)


def run(model: Model, validator: FieldValidator, value: Value, earlier: Mapping[str, Value]) -> Value:
    """Return what a decorated validator of one field makes of a value."""
    node = validator.symbol.node
    at = validator.symbol.scope.module.location(node)
    bindings = inputs(model, validator, value, earlier)
    if not bindings:
        return Unknown(f"{validator.symbol.name}() takes no value", at=at)
    result = calling.run(model.ev, Reference(validator.symbol.name, validator.symbol, at=at), bindings, at)
    return Via(Step(f"{getattr(node, 'name', 'validator')}()", at), result)


def inputs(
    model: Model, validator: FieldValidator, value: Value, earlier: Mapping[str, Value]
) -> dict[str, Value]:
    """Return the parameters of a field's validator, bound as pydantic does; none when it takes none."""
    node = validator.symbol.node
    names = [p.arg for p in parameters(node)]
    bindings: dict[str, Value] = {}
    if not _is_static(node) and names:
        bindings[names.pop(0)] = Reference(model.symbol.name, model.symbol)
    if not names:
        return {}
    bindings[names[0]] = value
    at = validator.symbol.scope.module.location(node)
    table = Table(tuple((Literal(n), v) for n, v in earlier.items()), at=at)
    for name in names[1:]:
        bindings[name] = table if name == "values" else _info(model, table, at)
    return bindings


def _is_static(node: ast.AST) -> bool:
    return any(ast.unparse(d) == "staticmethod" for d in getattr(node, "decorator_list", ()))


_INFO = ast.parse("class ValidationInfo: ...").body[0]


def _info(model: Model, table: Table, at: Location) -> Value:
    """Return the object that pydantic hands to validators beside the value; its `data` are earlier fields."""
    assert isinstance(_INFO, ast.ClassDef)  # noqa: S101 - it is parsed from the line above
    module = model.symbol.scope.module
    root = model.symbol.scope.parent or model.symbol.scope
    symbol = ClassSymbol("pydantic.ValidationInfo", Scope(module, _INFO, root))
    return Instance(symbol.name, symbol, Construction(Arguments((), {"data": table}, at, "")))


__all__ = ["cast", "decoded", "run", "validated"]
