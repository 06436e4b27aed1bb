"""SQLAlchemy's own functions and objects: tables, statements, types that create themselves, sessions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations import classes, executing, tables, types
from deploycheck.facts.migrations.operations.objects import (
    Bound,
    Handle,
    Kind,
    Looked,
    Object,
    Statement,
    made_name,
    reaches,
    tail,
)
from deploycheck.facts.schema.model import Action, Change, Column, Thing
from deploycheck.python.effects import MUTATORS
from deploycheck.python.scopes import ClassSymbol
from deploycheck.python.values import Literal, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.calls import Given
    from deploycheck.facts.migrations.operations.running import Run

SESSION_MAKERS = frozenset(
    {"sessionmaker", "scoped_session", "Session", "async_sessionmaker", "create_session"}
)
_SESSIONS = frozenset({"Session", "AsyncSession", "SignallingSession"})
_ENGINES = frozenset({"create_engine", "engine_from_config", "create_mock_engine"})
_VERBS = frozenset({"insert", "update", "delete", "select"})
_TABLES = frozenset({"Table", "table"})


def call(run: Run, name: str, given: Given) -> Value:  # noqa: PLR0911 - one short return a case reads best
    """Return what calling one of SQLAlchemy's functions gives."""
    last = tail(name)
    first = peel(given.positional[0]) if given.positional else None
    if last in _SESSIONS:
        return Handle(kind=Kind.SESSION)
    if last in _ENGINES:
        return Handle(kind=Kind.BIND)
    if last in {"inspect", "Inspector", "from_engine"}:
        return Handle(kind=Kind.INSPECTOR)
    if last in _VERBS and ".func." not in name:
        about = first if first is not None else given.get(None, "table", "columns")
        return Statement(last, _about(run, last, given, about))
    if last == "exists":
        return Unknown("whether rows exist")
    if name.startswith("sqlalchemy_utils.functions") or last in {"database_exists", "has_index"}:
        return Looked("what stands in the schema")
    return Made(name, given.positional, tuple(given.keywords.items()), given.partial, at=None)


def _about(run: Run, verb: str, given: Given, about: Value | None) -> str:
    if about is None:
        return ""
    if verb == "select":
        listed = run.items(about) or (about,)
        return next((t for t in (table_of(run, v) for v in listed) if t), "") or ""
    del given
    return table_of(run, about) or ""


def method(  # noqa: C901, PLR0911 - one short return a case reads best
    run: Run, receiver: Value, name: str, given: Given
) -> Value:
    """Do what a method of something that SQLAlchemy made asks for."""
    if isinstance(receiver, Statement):
        return _statement(receiver, name, given, run)
    if isinstance(receiver, Bound) and isinstance(receiver.receiver, Handle) and name in MUTATORS:
        if receiver.receiver.kind is Kind.ROW:
            run.emit(Change(Action.WRITE, Thing.ROWS, table=receiver.receiver.table, kind="update"))
        return Unknown("what a list of rows gives")
    if name in SESSION_MAKERS:
        return Handle(kind=Kind.SESSION)
    if name in {"create", "drop"}:
        return _created(run, receiver, name, given)
    if name in {"create_all", "drop_all"}:
        _all(run, name, given)
        return Literal(None)
    if name in {"insert", "update", "delete", "select"}:
        table = table_of(run, receiver)
        if table is not None or made_name(receiver) in _TABLES:
            return Statement(name, table or "")
    if name == "with_variant":
        return _variant(run, receiver, given)
    if name in executing.METHODS and (given.positional or given.keywords):
        return executing.execute(run, given.get(0, "statement", "sql"))
    if name in {"reflect", "tables"}:
        return Looked("what stands in the schema")
    if given.reaches and name not in {"with_", "bind"}:
        run.unknown(f".{name}() is given the database and is not followed")
    return _kept(receiver, name)


def _all(run: Run, name: str, given: Given) -> None:
    """Follow `metadata.create_all(bind, tables=[…])`; without a list it is whatever it holds then."""
    verb, action = ("creates", Action.CREATE) if name == "create_all" else ("drops", Action.DROP)
    listed = given.get(1, "tables")
    found = [table_of(run, t) for t in run.items(listed) or ()] if listed is not None else []
    if not found or None in found:
        run.unknown(f"{name}() {verb} whatever the metadata holds when it runs")
        return
    for table in found:
        run.emit(Change(action, Thing.TABLE, table=table or "", name=table or "", tolerant=True))


def _kept(receiver: Value, name: str) -> Value:
    """Return what a method that builds on its object gives: that object, as far as we are asked."""
    if isinstance(receiver, Made):
        return receiver
    return Bound(receiver, f"{name}()") if not isinstance(receiver, Bound) else receiver


def _statement(receiver: Statement, name: str, given: Given, run: Run) -> Value:
    if name == "select_from" and given.positional:
        return Statement(receiver.verb, receiver.table or table_of(run, given.positional[0]) or "")
    if name in {"c", "columns"}:
        return Unknown("a column")
    return replace(receiver, part=True) if name in executing.NARROWING else receiver


def _variant(run: Run, receiver: Value, given: Given) -> Value:
    """Return the variant of a type for this backend."""
    wanted = [run.text(v) for v in given.positional[1:]]
    return given.positional[0] if run.dialect and run.dialect in wanted else receiver


def _created(run: Run, receiver: Value, name: str, given: Given) -> Value:
    """Follow `thing.create(bind)`: an enum type, a table, an index, a sequence."""
    action = Action.CREATE if name == "create" else Action.DROP
    check = given.get(None, "checkfirst")
    tolerant = check is not None and run.truth(check) is True
    change = _thing(run, receiver, action, tolerant=tolerant)
    if change is not None:
        run.emit(change)
    elif given.reaches or any(reaches(v) for v in given.keywords.values()):
        run.unknown(f".{name}() of what is not followed")
    return Literal(None)


def _thing(run: Run, receiver: Value, action: Action, *, tolerant: bool) -> Change | None:
    kind = made_name(receiver)
    if kind in {"Enum", "ENUM", "DOMAIN"} and isinstance(receiver, Made):
        name, values = types.enum_of(run, receiver)
        if kind == "DOMAIN":
            name = tables.named(run, receiver)
        told = tuple(Column(v) for v in values) if action is Action.CREATE else ()
        return Change(action, Thing.TYPE, name=name, kind="enum", columns=told, tolerant=tolerant)
    if kind == "Sequence":
        return Change(action, Thing.SEQUENCE, name=tables.named(run, receiver), tolerant=tolerant)
    if kind == "Index":
        made = tables.index(run, receiver, _indexed(run, receiver))
        return Change(action, Thing.INDEX, made.table, made.name, columns=made.columns, unique=made.unique,
                      tolerant=tolerant)  # fmt: skip
    if kind == "Table" and isinstance(receiver, Made) and action is Action.CREATE:
        rest = tuple(a for a in receiver.arguments if made_name(a) != "MetaData")
        return tables.created(run, rest, dict(receiver.keywords), tolerant=tolerant)
    table = table_of(run, receiver)
    return Change(action, Thing.TABLE, table=table, name=table, tolerant=tolerant) if table else None


def _indexed(run: Run, receiver: Value) -> str:
    """Return the table of `Index("i", table.c.a)`."""
    found = peel(receiver)
    for argument in found.arguments[1:] if isinstance(found, Made) else ():
        inner: Value = peel(argument)
        while isinstance(inner, Bound):
            inner = peel(inner.receiver)
        table = table_of(run, inner)
        if table:
            return table
    return ""


def table_of(run: Run, value: Value | None) -> str | None:
    """Return the name of the table that something stands for, or None where that is not known."""
    found = peel(value) if value is not None else None
    match found:
        case Made() if tail(found.callee) in _TABLES and found.arguments:
            name = tables.plain_name(run, found.arguments[0])
            return tables.with_schema(run, name, dict(found.keywords)) or None
        case Made() if tail(found.callee) in {"aliased", "alias"} and found.arguments:
            return table_of(run, found.arguments[0])
        case Handle(table=table) | Statement(table=table):
            return table or None
        case Bound(receiver=receiver):
            return table_of(run, receiver)
        case Reference(target=ClassSymbol() as symbol) | Object(symbol=symbol):
            return _mapped(run, symbol)
    return None


def _mapped(run: Run, symbol: ClassSymbol) -> str | None:
    """Return the table of a mapped class: its `__tablename__`, or that of its `__table__`."""
    named = classes.attribute(run, symbol, "__tablename__")
    if named is not None:
        return run.text(peel(named))
    table = classes.attribute(run, symbol, "__table__")
    return table_of(run, table) if table is not None else None
