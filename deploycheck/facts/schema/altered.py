"""What becomes of a column, a type or another thing that an ALTER changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploycheck.facts.schema.columns import read_clauses, read_default, read_type
from deploycheck.facts.schema.model import Action, Alteration, Change, Column, Thing

if TYPE_CHECKING:
    from deploycheck.facts.schema.reading import Reader

_YES, _NO, _NONE = "True", "False", "None"


def column_attributes(reader: Reader) -> list[tuple[str, str, str | None]]:
    """Return what becomes of a column: attribute, after, before."""
    for words, said in _SETTINGS.items():
        if reader.take(*words):
            return [said]
    if reader.take("TYPE") or reader.take("SET", "DATA", "TYPE"):
        return [("type", read_type(reader)[0], None)]
    if reader.take("SET", "DEFAULT"):
        return [("server_default", read_default(reader) or _NONE, None)]
    if reader.next.word in {"SET", "RESET", "RESTART", "ADD", "DROP"}:
        return [("storage", reader.rest(), None)]
    return [] if reader.done else redefined(reader)


_SETTINGS: dict[tuple[str, ...], tuple[str, str, str | None]] = {
    ("SET", "NOT", "NULL"): ("nullable", _NO, None),
    ("DROP", "NOT", "NULL"): ("nullable", _YES, None),
    ("DROP", "DEFAULT"): ("server_default", _NONE, None),
    ("ADD", "GENERATED"): ("autoincrement", _YES, _NO),
    ("DROP", "IDENTITY"): ("autoincrement", _NO, _YES),
    ("DROP", "EXPRESSION"): ("computed", _NONE, None),
}


def redefined(reader: Reader) -> list[tuple[str, str, str | None]]:
    """Return what a column's new definition says of it, as MySQL and SQL Server write it."""
    said, _ = read_type(reader)
    column = read_clauses(reader, Column(""))
    found: list[tuple[str, str, str | None]] = [("type", said, None)] if said else []
    if column.nullable is not None or reader.dialect in {"mysql", "mariadb"}:
        found.append(("nullable", _NO if column.nullable is False else _YES, None))
    if column.server_default is not None:
        found.append(("server_default", column.server_default, None))
    return found


def read_alter_type(reader: Reader, kind: str) -> tuple[Change, ...]:
    """Read everything after `ALTER TYPE` or `ALTER DOMAIN`."""
    reader.tolerance()
    name = reader.name()
    if reader.take("ADD", "VALUE"):
        tolerant = reader.tolerance()
        value = reader.own_name()
        return (Change(Action.CREATE, Thing.TYPE_VALUE, table=name, name=value, tolerant=tolerant),)
    if reader.take("RENAME", "VALUE"):
        old = reader.own_name()
        reader.take("TO")
        return (Change(Action.RENAME, Thing.TYPE_VALUE, table=name, name=old, new_name=reader.own_name()),)
    if reader.take("DROP", "VALUE"):
        return (Change(Action.DROP, Thing.TYPE_VALUE, table=name, name=reader.own_name()),)
    return (read_altered(reader, Change(Action.ALTER, Thing.TYPE, name=name, kind=kind)),)


def read_altered(reader: Reader, base: Change) -> Change:
    """Read what becomes of a thing that is no table: renamed, moved to a schema, changed."""
    if reader.take("RENAME", "TO"):
        return replace(base, action=Action.RENAME, new_name=reader.name())
    if reader.take("SET", "SCHEMA"):
        schema, own = reader.own_name(), base.name.rsplit(".", 1)[-1]
        new = own if schema == "public" else f"{schema}.{own}"
        return replace(base, action=Action.RENAME, new_name=new if schema and own else "")
    attribute = "owner" if reader.take("OWNER", "TO") else "options"
    return replace(base, action=Action.ALTER, alterations=(Alteration(attribute, reader.rest()),))
