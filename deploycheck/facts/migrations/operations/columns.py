"""Columns and their types, as a migration declares them, in one form whatever way they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.facts.migrations.operations.objects import Bound, made_name, tail
from deploycheck.facts.migrations.operations.types import enum_of, type_text
from deploycheck.facts.schema.model import Column
from deploycheck.python.values import Literal, Made, Reference, Unknown, Value, peel

if TYPE_CHECKING:
    from deploycheck.facts.migrations.operations.running import Run

_COLUMNS = frozenset({"Column", "mapped_column"})
_ITEMS = frozenset({"ForeignKey", "CheckConstraint", "Identity", "Computed", "Sequence", "FetchedValue"})
_GENERATED = frozenset({"Identity", "Computed", "Sequence"})
_INTEGERS = frozenset({"Integer", "BigInteger", "SmallInteger", "INTEGER", "BIGINT", "SMALLINT"})
_SERIAL = frozenset({"SERIAL", "BIGSERIAL", "SMALLSERIAL"})


def column_of(run: Run, value: Value) -> Column | None:
    """Return a column that is declared (`sa.Column("id", sa.Integer())`), or None for anything else."""
    made = peel(value)
    if isinstance(made, Bound) and made.name in {"copy", "_copy"}:
        return column_of(run, made.receiver)
    if not isinstance(made, Made) or tail(made.callee) not in _COLUMNS:
        return None
    name, kind, items = _parts(run, made)
    enum = enum_of(run, kind) if kind is not None else ("", ())
    generated = any(made_name(i) in _GENERATED for i in items)
    default = made.argument(None, "server_default")
    primary = _flag(run, made, "primary_key") is True
    type_ = type_text(run, kind) if kind is not None else ""
    references = any(made_name(i) == "ForeignKey" for i in items)
    if made_name(default or Literal(None)) in _GENERATED:
        generated, default = True, None
    generated = generated or type_ in _SERIAL or (
        primary and type_ in _INTEGERS and not references and _flag(run, made, "autoincrement") is not False
    )  # fmt: skip
    return Column(
        name=name,
        type=type_,
        nullable=_nullable(run, made, primary=primary, items=items),
        server_default=default_text(run, default) if default is not None else None,
        primary_key=primary,
        unique=_flag(run, made, "unique") is True,
        index=_flag(run, made, "index") is True,
        generated=generated,
        references=_references(run, items),
        enum=enum[0],
        values=enum[1],
        dialect=_home(kind),
    )


def _home(kind: Value | None) -> str:
    """Return the backend whose own a type is, by the module that it comes from."""
    found = peel(kind) if kind is not None else None
    name = found.callee if isinstance(found, Made) else found.name if isinstance(found, Reference) else ""
    if name.startswith("sqlalchemy.dialects."):
        return name.split(".")[2]
    return "postgresql" if name in {"sqlalchemy.ARRAY", "sqlalchemy.types.ARRAY"} else ""


def _parts(run: Run, made: Made) -> tuple[str, Value | None, list[Value]]:
    """Return a column's name, type, and what else stands among its arguments."""
    name = made.argument(None, "name")
    kind = made.argument(None, "type_")
    items: list[Value] = []
    for index, argument in enumerate(map(peel, made.arguments)):
        if made_name(argument) in _ITEMS:
            items.append(argument)
        elif index == 0 and name is None and _is_name(run, argument):
            name = argument
        elif kind is None:
            kind = argument
    text = run.text(peel(name)) if name is not None else None
    if name is not None and text is None and isinstance(peel(name), Made):
        first = peel(name)
        text = run.text(first.arguments[0]) if isinstance(first, Made) and first.arguments else None
    return ("" if text is None or "{…}" in text else text), kind, items


def _is_name(run: Run, value: Value) -> bool:
    return (
        run.text(value) is not None
        or isinstance(value, Unknown)
        or made_name(value) in {"quoted_name", "conv"}
    )


def _flag(run: Run, made: Made, name: str) -> bool | None:
    value = made.argument(None, name)
    return run.truth(peel(value)) if value is not None else None


def _nullable(run: Run, made: Made, *, primary: bool, items: list[Value]) -> bool | None:
    """Return whether it takes NULL: by default it does, unless it is a key or an identity."""
    if made.argument(None, "nullable") is not None:
        return _flag(run, made, "nullable")
    if made.partial:
        return None
    return not primary and not any(made_name(i) == "Identity" for i in items)


def _references(run: Run, items: list[Value]) -> str:
    for item in items:
        if made_name(item) == "ForeignKey" and isinstance(item, Made) and item.arguments:
            return run.text(peel(item.arguments[0])) or ""
    return ""


def attribute_text(run: Run, attribute: str, value: Value) -> str:
    """Return what an attribute of a column is set to, as text."""
    if attribute == "type":
        return type_text(run, value)
    if attribute == "server_default":
        return default_text(run, value) or "None"
    if attribute == "comment":
        return run.text(value) or "None"
    truth = run.truth(value)
    return "" if truth is None else str(truth)


def default_text(run: Run, value: Value) -> str | None:
    """Return a server default as SQL: `now()`, `'draft'`, `0`; None for none, empty for an unknown one."""
    found = peel(value)
    match found:
        case Literal(data=None):
            return None
        case Literal(data=str(text)):
            return f"'{text}'"
        case Literal(data=data):
            return str(data).lower() if isinstance(data, bool) else str(data)
        case Made():
            return _made_default(run, found)
        case Reference(name=name):
            return tail(name)
    shown = run.text(found)
    return f"'{shown}'" if shown is not None else ""


def _made_default(run: Run, made: Made) -> str:
    name = tail(made.callee)
    first = peel(made.arguments[0]) if made.arguments else None
    if name in {"text", "literal_column"} and first is not None:
        return run.text(first) or ""
    if name in {"true", "false", "null"}:
        return name
    if name in {"DefaultClause", "quoted_name", "literal"} and first is not None:
        return default_text(run, first) or ""
    shown = [default_text(run, a) or "" for a in made.arguments]
    return f"{name}({', '.join(shown)})"
