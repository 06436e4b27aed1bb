"""Changes in few words, as upgrade and downgrade ask for them, and what is said of them."""

from __future__ import annotations

from typing import Any

from deploycheck.facts.migrations.inverses import Comparison, History, Verdict, compare
from deploycheck.facts.migrations.operations import Body, Operation, Raise
from deploycheck.facts.schema.model import Action, Alteration, Change, Column, Thing
from deploycheck.findings import Location

AT = Location("versions/one.py", 10)


def column(name: str, type_: str = "Integer()", **more: Any) -> Column:
    return Column(name, type_, **more)


def create_table(name: str, *columns: Column | str, **more: Any) -> Change:
    made = tuple(c if isinstance(c, Column) else column(c) for c in columns or ("id",))
    return Change(Action.CREATE, Thing.TABLE, name, columns=made, **more)


def drop_table(name: str, **more: Any) -> Change:
    return Change(Action.DROP, Thing.TABLE, name, **more)


def rename_table(name: str, new: str) -> Change:
    return Change(Action.RENAME, Thing.TABLE, name, new_name=new)


def add_column(table: str, name: str, **more: Any) -> Change:
    return Change(Action.CREATE, Thing.COLUMN, table, name, columns=(column(name, **more),))


def drop_column(table: str, name: str, **more: Any) -> Change:
    return Change(Action.DROP, Thing.COLUMN, table, name, **more)


def rename_column(table: str, name: str, new: str) -> Change:
    return Change(Action.RENAME, Thing.COLUMN, table, name, new)


def alter(table: str, name: str, attribute: str, after: str, before: str | None = None) -> Change:
    return Change(
        Action.ALTER, Thing.COLUMN, table, name, alterations=(Alteration(attribute, after, before),)
    )


def create_index(name: str, table: str, *over: str, **more: Any) -> Change:
    return Change(Action.CREATE, Thing.INDEX, table, name, columns=tuple(Column(c) for c in over), **more)


def drop_index(name: str, table: str = "", **more: Any) -> Change:
    return Change(Action.DROP, Thing.INDEX, table, name, **more)


def constraint(kind: str, name: str, table: str, *over: str, target: str = "", **more: Any) -> Change:
    return Change(
        Action.CREATE,
        Thing.CONSTRAINT,
        table,
        name,
        kind=kind,
        target=target,
        columns=tuple(Column(c) for c in over),
        unnamed=not name,
        **more,
    )


def drop_constraint(name: str, table: str, kind: str = "", **more: Any) -> Change:
    return Change(Action.DROP, Thing.CONSTRAINT, table, name, kind=kind, unnamed=not name, **more)


def create(thing: Thing, name: str, table: str = "", **more: Any) -> Change:
    return Change(Action.CREATE, thing, table, name, **more)


def drop(thing: Thing, name: str, table: str = "", **more: Any) -> Change:
    return Change(Action.DROP, thing, table, name, **more)


def rename(thing: Thing, name: str, new: str, table: str = "") -> Change:
    return Change(Action.RENAME, thing, table, name, new)


def write(kind: str, table: str) -> Change:
    return Change(Action.WRITE, Thing.ROWS, table, kind=kind)


def neutral() -> Change:
    return Change(Action.NEUTRAL)


def unknown(reason: str = "its SQL is not known") -> Change:
    return Change(Action.UNKNOWN, reason=reason)


def body(*changes: Change, raises: bool = False, text: str = "") -> Body:
    operations = tuple(Operation(c, AT, AT, text or str(c)) for c in changes)
    return Body(operations=operations, raises=Raise("NotImplementedError", "", AT) if raises else None)


def compared(
    up: list[Change], down: list[Change], dialect: str = "postgresql", history: History | None = None
) -> Comparison:
    return compare(body(*up), body(*down), dialect, history)


def words(found: Comparison) -> list[str]:
    """Write the verdicts: `covered`, `none`, and of the others what is missing."""
    return [
        str(i.verdict)
        if i.verdict in {Verdict.COVERED, Verdict.NONE}
        else f"{i.verdict}: {'; '.join(i.missing)}".rstrip(": ")
        for i in found.inverses
    ]
