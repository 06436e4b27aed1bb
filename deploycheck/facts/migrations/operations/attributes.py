"""Attributes of what a migration works with: which of them lead to the backend's name or to its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import classes
from deploycheck.facts.migrations.operations.objects import (
    Above,
    Bound,
    Closure,
    Handle,
    Kind,
    Looked,
    Object,
)
from deploycheck.python.modules import Module
from deploycheck.python.scopes import ClassSymbol, FunctionSymbol
from deploycheck.python.values import Literal, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.running import Run

_TO_BIND = frozenset({"bind", "engine", "connection", "connectable", "sync_connection", "sync_engine"})


def attribute(run: Run, value: Value, name: str) -> Value:  # noqa: PLR0911 - one short return a case reads best
    """Return `value.name`."""
    match value:
        case Handle():
            return _of_handle(run, value, name)
        case Object():
            return of_object(run, value, name)
        case Reference(target=Module() as module):
            return run.names.of_module(module, value.name, name)
        case Above(receiver=receiver, owner=owner):
            found = classes.attribute(run, receiver.symbol, name, receiver, owner)
            return found if found is not None else Bound(value, name)
        case Reference(target=ClassSymbol() as symbol):
            return of_class(run, symbol, name)
        case Reference(target=None):
            return Reference(f"{value.name}.{name}")
        case Unknown():
            return value
        case Literal() if name in {"value", "name"}:
            return peel(run.ev.attribute_at(value, name, run.here))
    return Bound(value, name)


def _of_handle(run: Run, value: Handle, name: str) -> Value:  # noqa: PLR0911 - one short return a case reads best
    if name == "dialect":
        return Handle(kind=Kind.DIALECT)
    if value.kind is Kind.CONTEXT and name == "as_sql":
        return Literal(data=False)
    if value.kind is Kind.CONTEXT and name in {"config", "environment_context", "opts"}:
        return Unknown("Alembic's configuration")
    if value.kind in {Kind.BIND, Kind.SESSION, Kind.CONTEXT, Kind.OPERATIONS, Kind.DIALECT}:
        if name == "name":
            return run.dialect_name()
        if name == "url":
            return Handle(kind=Kind.URL)
        if name in _TO_BIND:
            return Handle(kind=Kind.BIND)
    if value.kind is Kind.URL and name in {"drivername", "get_backend_name", "get_dialect"}:
        return run.dialect_name() if name == "drivername" else Bound(value, name)
    if value.kind is Kind.OPERATIONS and name in {"migration_context", "impl"}:
        return Handle(kind=Kind.CONTEXT)
    return Bound(value, name)


def of_object(run: Run, value: Object, name: str) -> Value:
    """Return an attribute of an object of the project: what was set on it, else its class's."""
    found = value.attributes.get(name)
    return found if found is not None else of_class(run, value.symbol, name, value)


def of_class(run: Run, symbol: ClassSymbol, name: str, receiver: Object | None = None) -> Value:
    """Return an attribute of a class; a method gets its object."""
    found = classes.attribute(run, symbol, name, receiver)
    if found is not None:
        return found
    if name in {"__name__", "__qualname__"}:
        return Literal(symbol.node.name)
    return Bound(receiver if receiver is not None else Reference(symbol.name, symbol), name)


def item(whole: Value) -> Value:
    """Return one item of something whose items are not known."""
    if isinstance(whole, Looked):
        return whole
    if isinstance(whole, Handle) and whole.kind in {Kind.QUERY, Kind.RESULT, Kind.ROW}:
        return Handle(kind=Kind.ROW, table=whole.table)
    return Unknown("an item of what is not known")


def function_of(value: Value) -> Closure | None:
    """Return the project's function that a value is, or None."""
    if isinstance(value, Closure):
        return value
    if isinstance(value, Reference) and isinstance(value.target, FunctionSymbol):
        return Closure(value.target.node, value.target.scope.module, None)
    return None
