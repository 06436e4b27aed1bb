"""The fields of a pydantic class: type, default, and the names under which the environment gives them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from deploycheck.facts.settings.pydantic_settings.annotations import Annotation, read
from deploycheck.facts.settings.pydantic_settings.extras import decoding, field_constraints, split_extras
from deploycheck.facts.settings.pydantic_settings.kinds import Kind, constrained, unknown
from deploycheck.python import calling
from deploycheck.python.scopes import ClassSymbol, Point
from deploycheck.python.values import Listing, Literal, Made, Table, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.settings.pydantic_settings.config import Config
    from deploycheck.facts.settings.pydantic_settings.model import Model
    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

NOT_FIELDS = frozenset({"model_config", "model_fields", "model_computed_fields"})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field.

    `default` is None when the field is required. `names` are the environment's names that it brings
    itself (aliases, v1's `env`), as written; `own_name` is whether its own name, after the class's
    prefix, counts too. `nested` is the project's model that it holds. `clear` is False when something
    about it could not be followed. `before` and `after` are the functions of `Annotated[...]`.
    """

    name: str
    owner: ClassSymbol
    at: Location
    kind: Kind
    default: Value | None
    names: tuple[str, ...] = ()
    own_name: bool = True
    nested: ClassSymbol | None = None
    optional: bool = False
    clear: bool = True
    before: tuple[Value, ...] = ()
    after: tuple[Value, ...] = ()


def statements(symbol: ClassSymbol, *, unannotated: bool = False) -> dict[str, ast.AnnAssign | ast.Assign]:
    """Return what declares each field in a class's own body; v1 takes names without annotation too."""
    found: dict[str, ast.AnnAssign | ast.Assign] = {}
    for statement in symbol.node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name)) if not _is_class_variable(statement):
                found[name] = statement
            case ast.Assign(targets=[ast.Name(id=name)]) if unannotated:
                found[name] = statement
    return {n: s for n, s in found.items() if not n.startswith("_") and n not in NOT_FIELDS}


def _is_class_variable(statement: ast.AnnAssign) -> bool:
    return "ClassVar" in ast.unparse(statement.annotation).split("[")[0]


def build(model: Model, name: str) -> Field:
    """Read the declaration of one of a model's fields."""
    ev, v1 = model.ev, model.v1
    owner, statement = model.declared[name]
    point = Point(owner.scope, statement)
    at = owner.scope.module.location(statement)
    if isinstance(statement, ast.AnnAssign):
        annotation = read(ev, statement.annotation, point)
    else:
        annotation = Annotation(unknown(name))
    constraints, validators, understood = split_extras(annotation.extras)
    kind = decoding(constrained(annotation.kind, constraints), annotation.extras)
    info = next((f for f in map(_field_call, annotation.extras) if f is not None), None)
    default: Value | None = None
    if statement.value is not None:
        default = ev.evaluate(statement.value, point)
        given = _field_call(default)
        if given is not None:
            info, default = given, None
            kind = constrained(kind, field_constraints(given))
    if info is not None and default is None:
        default = _described_default(ev, info)
    if isinstance(statement, ast.Assign) and default is not None:
        kind = _inferred(default) or kind
    default = None if default is None or _is_ellipsis(default) else default
    if v1 and default is None and annotation.optional and not _says_required(ev, statement, point):
        default = Literal(None, at=at)
    names, own_name, clear = (_v1_names if v1 else _aliases)(ev, name, info, model.config)
    return Field(
        name,
        owner,
        at,
        kind if understood else replace(kind, schema=None),
        default,
        names,
        own_name,
        annotation.nested,
        annotation.optional,
        clear,
        tuple(f for mode, f in reversed(validators) if mode == "before"),
        tuple(f for mode, f in validators if mode == "after"),
    )


def _field_call(value: Value) -> Made | None:
    found = peel(value)
    return found if isinstance(found, Made) and found.callee.rpartition(".")[2] == "Field" else None


def _described_default(ev: Evaluator, info: Made) -> Value | None:
    default = info.argument(0, "default")
    if default is not None:
        return default
    factory = info.argument(None, "default_factory")
    return calling.call_value(ev, factory, info.at) if factory is not None else None


def _is_ellipsis(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Literal) and found.data is Ellipsis


def _says_required(ev: Evaluator, statement: ast.AnnAssign | ast.Assign, point: Point) -> bool:
    if statement.value is None:
        return False
    value = ev.evaluate(statement.value, point)
    info = _field_call(value)
    first = info.argument(0, "default") if info is not None else value
    return first is not None and _is_ellipsis(first)


def _inferred(default: Value) -> Kind | None:
    found = peel(default)
    if isinstance(found, Literal):
        name = type(found.data).__name__
        return Kind(name, {"type": name}) if name in {"str", "int", "float", "bool"} else None
    if isinstance(found, (Listing, Table)):
        shape = found.kind if isinstance(found, Listing) else "dict"
        return Kind(shape, {"type": shape}, decoded=True) if shape != "tuple" else None
    return None


class Names(NamedTuple):
    """The names, whether the field's own name counts, and whether all of it was followed."""

    names: tuple[str, ...] = ()
    own_name: bool = True
    clear: bool = True


def _aliases(ev: Evaluator, name: str, info: Made | None, config: Config) -> Names:
    _ = name
    if info is not None and info.partial:
        return Names(clear=False)
    by_name = bool(
        config.plain(ev, "populate_by_name", default=False)
        or config.plain(ev, "validate_by_name", default=False)
    )
    alias = None
    if info is not None:
        alias = info.argument(None, "validation_alias") or info.argument(None, "alias")
    if alias is None or _is_none(alias):
        return Names(clear="alias_generator" not in config.values)
    if config.plain(ev, "validate_by_alias", default=True) is False:
        return Names()
    names = alias_names(ev, alias)
    return Names(names or (), by_name or not names, names is not None)


def _is_none(value: Value) -> bool:
    found = peel(value)
    return isinstance(found, Literal) and found.data is None


def alias_names(ev: Evaluator, alias: Value) -> tuple[str, ...] | None:
    """Return the names of an alias or `AliasChoices`; None for a path into a value and other unknowns."""
    found = peel(alias)
    if isinstance(found, Made) and found.callee.rpartition(".")[2] == "AliasChoices" and not found.partial:
        listed = [alias_names(ev, a) for a in found.arguments]
        return None if None in listed else tuple(n for names in listed if names for n in names)
    if (
        isinstance(found, Made)
        and found.callee.rpartition(".")[2] == "AliasPath"
        and len(found.arguments) == 1
    ):
        return alias_names(ev, found.arguments[0])
    constant = ev.constant(alias)
    return (constant,) if isinstance(constant, str) else None


def _v1_names(ev: Evaluator, name: str, info: Made | None, config: Config) -> Names:
    env = info.argument(None, "env") if info is not None else None
    configured = config.values.get("fields")
    if configured is not None:
        table = peel(configured)
        if not isinstance(table, Table):
            return Names(clear=False)
        entry = peel(table.get(name) or Literal(None))
        env = (entry.get("env") if isinstance(entry, Table) else None) or env
    if env is None or _is_none(env):
        return Names()
    found = ev.constant(env)
    if isinstance(found, str):
        return Names((found,), own_name=False)
    if isinstance(found, (list, tuple)) and all(isinstance(n, str) for n in found):
        return Names(tuple(found), own_name=False)
    return Names(own_name=False, clear=False)


__all__ = ["Field", "alias_names", "build", "statements"]
