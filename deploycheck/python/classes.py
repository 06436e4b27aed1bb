"""Attributes: of modules, of classes and their instances, of plain data, of what libraries made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from deploycheck.python import enums, imports, methods, outside, paths
from deploycheck.python import members as enum_members
from deploycheck.python.construction import Construction
from deploycheck.python.datamethods import IDENTITIES
from deploycheck.python.enums import ENUMS
from deploycheck.python.fields import annotated, bound, constructed, field_default, in_body
from deploycheck.python.instances import attribute as of_instance
from deploycheck.python.lineage import ancestry, inherits
from deploycheck.python.modules import Module
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.syntax import decorators
from deploycheck.python.values import (
    Branch,
    Failure,
    Instance,
    Literal,
    Made,
    Operation,
    Reference,
    Unknown,
    Value,
    Via,
    is_data,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploycheck.findings import Location
    from deploycheck.python.evaluator import Evaluator

__all__ = [
    "ENUMS",
    "Construction",
    "ancestry",
    "annotated",
    "attribute",
    "constructed",
    "decorators",
    "field_default",
    "inherits",
    "members",
    "of_class",
    "of_instance",
]

_NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})


def attribute(ev: Evaluator, value: Value, name: str, at: Location) -> Value:
    """Return `value.name`."""
    if not ev.memory.spend():
        return Unknown("it is too large to follow", at=at)
    form = _FORMS.get(type(value))
    if form is not None:
        return form(ev, value, name, at)
    return _of_data(value, name, at)


def _via(ev: Evaluator, value: Via, name: str, at: Location) -> Value:
    return Via(value.step, attribute(ev, value.inner, name, at))


def _branch(ev: Evaluator, value: Branch, name: str, at: Location) -> Value:
    then, otherwise = attribute(ev, value.then, name, at), attribute(ev, value.otherwise, name, at)
    return Branch(value.test, then, otherwise, value.text, at=value.at)


def _unknown(_: Evaluator, value: Unknown, *__: object) -> Value:
    return Unknown(value.reason, value.provided, at=value.at)


def _failure(_: Evaluator, value: Failure, *__: object) -> Value:
    return value


def _reference(ev: Evaluator, value: Reference, name: str, at: Location) -> Value:
    match value.target:
        case Module() as module:
            return _of_module(ev, value, module, name)
        case ClassSymbol() as symbol:
            return of_class(ev, symbol, name)
        case FunctionSymbol() if name == "__func__":
            return value  # what a staticmethod is made around, called inside of its class
        case FunctionSymbol():
            return Reference(f"{value.name}.{name}", None, value, at=at)
    found = ev.modules.find(f"{value.name}.{name}", at.path) if value.receiver is None else None
    if found is not None:
        return ev.module_reference(found)
    return imports.library(f"{value.name}.{name}", Reference(f"{value.name}.{name}", at=at))


def _made(ev: Evaluator, value: Made, name: str, at: Location) -> Value:
    modelled = ev.models.attribute(ev, value, name, at)
    if modelled is not None:
        return modelled
    if value.callee in _NAMESPACES and not value.partial:
        given = value.argument(None, name)
        if given is not None:
            return given
    return Reference(f"{value.callee}().{name}", None, value, at=at)


def _of_data(value: Value, name: str, at: Location) -> Value:
    if is_data(value):
        if name == "value":
            return Operation(enum_members.value_of, (value,), ".value", at=at)
        if name in methods.METHODS or name in IDENTITIES:
            return Reference(f"data.{name}", None, value, at=at)
        if name == "name":
            return Operation(_name_of, (value,), ".name", at=at)
        if name in paths.PARTS:
            return Operation(paths.part(name), (value,), f".{name}", at=at)
    return Unknown(f"attribute `{name}` of plain data is not followed", at=at)


def _name_of(data: object) -> object:
    """Return the name of an enum's member, or of a path."""
    is_member = isinstance(data, (enum_members.Member, enum_members.TextMember))
    return enum_members.name_of(data) if is_member else paths.part("name")(data)


def _of_module(ev: Evaluator, reference: Reference, module: Module, name: str) -> Value:
    found = ev.attribute_of_module(module, name)
    if found is not None:
        return found
    submodule = ev.modules.find(f"{reference.name}.{name}", module.path)
    if submodule is not None:
        return ev.module_reference(submodule)
    return Unknown(f"`{name}` is not found in {module.path}")


def of_class(ev: Evaluator, symbol: ClassSymbol, name: str) -> Value:
    """Return an attribute taken from the class itself."""
    line = ancestry(ev, symbol)
    for one in line:
        value = in_body(ev, one, name) if isinstance(one, ClassSymbol) else None
        if value is None:
            continue
        if enums.is_enum(ev, symbol) and name in enums.names(symbol):
            return enums.member(ev, symbol, name, value)
        taken = bound(value, Reference(symbol.name, symbol), for_class=True)
        return outside.of_object(ev, symbol.scope.module, name, taken, _takes_from(line))
    if name in {"__name__", "__qualname__"}:
        return Literal(symbol.node.name)
    missing = Unknown(f"class {symbol.node.name} has no `{name}` of its own")
    return outside.of_object(ev, symbol.scope.module, name, missing, _takes_from(line))


def _takes_from(line: tuple[ClassSymbol | str, ...]) -> Callable[[Value], bool]:
    nodes = [a.node for a in line if isinstance(a, ClassSymbol)]

    def test(leaf: Value) -> bool:
        return (
            isinstance(leaf, Reference) and isinstance(leaf.target, ClassSymbol) and leaf.target.node in nodes
        )

    return test


def members(ev: Evaluator, symbol: ClassSymbol) -> dict[str, Value]:
    """Return the values of an enum's members by name, or the annotated and assigned names of any class."""
    names: list[str] = []
    for statement in symbol.node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.append(name)
    found = {name: of_class(ev, symbol, name) for name in names if not name.startswith("_")}
    return {name: _as_value(value) for name, value in found.items()}


def _as_value(value: Value) -> Value:
    """Return the value that an enum's member stands for."""
    if isinstance(value, Literal) and isinstance(value.data, (enum_members.Member, enum_members.TextMember)):
        return Literal(enum_members.value_of(value.data), at=value.at)
    return value


_FORMS: dict[type[Value], Callable[..., Value]] = {
    Via: _via,
    Branch: _branch,
    Unknown: _unknown,
    Failure: _failure,
    Reference: _reference,
    Instance: of_instance,
    Made: _made,
}
