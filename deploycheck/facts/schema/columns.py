"""What stands in the parentheses of a CREATE TABLE and after an ADD: columns, constraints and indexes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploycheck.facts.schema.lexing import Kind
from deploycheck.facts.schema.model import Action, Change, Column, Thing

if TYPE_CHECKING:
    from deploycheck.facts.schema.reading import Reader

_CONSTRAINT_WORDS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK", "EXCLUDE"})
# What ends a column's type or default: the next thing that is said of it.
_CLAUSES = (
    *("NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "CONSTRAINT", "COLLATE"),
    *("GENERATED", "AUTO_INCREMENT", "AUTOINCREMENT", "IDENTITY", "COMMENT", "ON", "FIRST", "AFTER"),
    *("USING", "DEFERRABLE", "INITIALLY", "INVISIBLE", "STORAGE", "COMPRESSION", "AS", "VIRTUAL", "STORED"),
)
_DEFAULT_CLAUSES = tuple(w for w in _CLAUSES if w not in {"AS", "USING", "STORAGE", "NULL"})
_SERIAL = frozenset({"SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8", "SERIAL2"})
_MYSQL = frozenset({"mysql", "mariadb", ""})


@dataclass
class Definition:
    """What the parentheses of a CREATE TABLE say."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Change] = field(default_factory=list)
    indexes: list[Change] = field(default_factory=list)


def read_definition(inside: Reader, table: str) -> Definition:
    """Read the parentheses of a CREATE TABLE."""
    found = Definition()
    for element in inside.elements():
        constraint = read_constraint(element, table)
        if constraint is not None:
            kept = found.indexes if constraint.thing is Thing.INDEX else found.constraints
            kept.append(constraint)
        elif element.next.kind in {Kind.WORD, Kind.QUOTED, Kind.STRING} and not element.sees("LIKE"):
            found.columns.append(read_column(element))
    return found


def read_constraint(reader: Reader, table: str) -> Change | None:
    """Read `CONSTRAINT x UNIQUE (a)`, `FOREIGN KEY …`, MySQL's `KEY x (a)`; None for what is a column."""
    if reader.next.word in _CONSTRAINT_WORDS:
        return _constraint(reader, table)
    return _key(reader, table)


def _constraint(reader: Reader, table: str) -> Change | None:
    """Read a table's constraint."""
    name, named = "", False
    if reader.take("CONSTRAINT"):
        named = reader.next.word not in _CONSTRAINT_WORDS
        name = reader.own_name() if named else ""
    base = Change(Action.CREATE, Thing.CONSTRAINT, table=table, name=name, unnamed=not named)
    if reader.take("PRIMARY", "KEY"):
        return replace(base, kind="primary", columns=read_over(reader))
    if reader.take("FOREIGN", "KEY"):
        return _foreign(reader, base)
    if reader.take("UNIQUE"):
        return _unique(reader, base)
    if reader.take("CHECK"):
        return replace(base, kind="check")
    if reader.take("EXCLUDE"):
        return replace(base, kind="exclude")
    return replace(base, kind="") if named else None


def _unique(reader: Reader, base: Change) -> Change:
    """Read what follows UNIQUE; MySQL says KEY or INDEX and may name it there."""
    if reader.take("USING", "INDEX"):
        index = reader.own_name()
        return replace(base, kind="unique", name=base.name or index, unnamed=False)
    reader.take_any(frozenset({"KEY", "INDEX", "NONCLUSTERED", "CLUSTERED"}))
    reader.take("NULLS", "NOT", "DISTINCT")
    name, unnamed = base.name, base.unnamed
    if reader.next.word != "(" and not reader.done:
        name, unnamed = reader.own_name(), False
    return replace(base, kind="unique", name=name, unnamed=unnamed, columns=read_over(reader))


def _foreign(reader: Reader, base: Change) -> Change:
    """Read what follows FOREIGN KEY."""
    columns = read_over(reader)
    target = reader.name() if reader.take("REFERENCES") else ""
    return replace(base, kind="foreign", columns=columns, target=target)


def _key(reader: Reader, table: str) -> Change | None:
    """Read MySQL's `KEY x (a)`; a column may be called `key` and have a type with a length."""
    start = reader.at
    special = reader.take_any(frozenset({"FULLTEXT", "SPATIAL"}))
    if reader.dialect not in _MYSQL or not reader.take_any(frozenset({"KEY", "INDEX"})):
        reader.at = start
        return None
    unnamed = reader.next.word == "("
    name = "" if unnamed else reader.own_name()
    if reader.take("USING"):
        reader.advance()
    inside = reader.group()
    if inside is None or (not special and inside.next.kind in {Kind.VALUE, Kind.STRING}):
        reader.at = start
        return None
    columns = tuple(_named(element) for element in inside.elements())
    return Change(Action.CREATE, Thing.INDEX, table=table, name=name, unnamed=unnamed, columns=columns)


def read_over(reader: Reader) -> tuple[Column, ...]:
    """Take `(a, lower(b))` and return the columns that an index or constraint is over."""
    inside = reader.group()
    return tuple(_named(element) for element in inside.elements()) if inside is not None else ()


def _named(element: Reader) -> Column:
    """Return the column that an index or constraint is over; an expression has no name, a prefix has one."""
    name = element.own_name()
    inside = element.group()
    return Column(name if inside is None or inside.next.kind is Kind.VALUE else "")


def read_column(reader: Reader) -> Column:
    """Read `name type NOT NULL DEFAULT 0 …`."""
    name = reader.own_name()
    said, values = read_type(reader)
    serial = said.upper() in _SERIAL
    return read_clauses(
        reader,
        Column(name, type=said, values=values, generated=serial, nullable=False if serial else None),
    )


def read_clauses(reader: Reader, column: Column) -> Column:
    """Read what is said of a column after its type, `NOT NULL DEFAULT 0 …`."""
    while not reader.done:
        column = _clause(reader, column)
    return column


def read_type(reader: Reader) -> tuple[str, tuple[str, ...]]:
    """Take a type and return it as written, and the values of MySQL's `ENUM('a', 'b')`."""
    first = reader.at
    while not reader.done and reader.next.word not in _CLAUSES:
        if reader.sees("CHARACTER", "SET") and reader.at > first:
            break
        if reader.group() is None:
            reader.advance()
    taken = reader.tokens[first : reader.at]
    values = tuple(t.value for t in taken if t.kind is Kind.STRING)
    is_enum = bool(taken) and taken[0].word in {"ENUM", "SET"}
    return reader.written(taken), values if is_enum else ()


def _clause(reader: Reader, column: Column) -> Column:
    """Take the next thing that is said of a column."""
    for words, say in _FLAGS.items():
        if reader.take(*words):
            return say(column)
    if reader.take("DEFAULT"):
        return replace(column, server_default=read_default(reader) or None)
    if reader.take("REFERENCES"):
        return replace(column, references=_reference(reader))
    if reader.take_any(frozenset({"GENERATED", "AS"})):
        _take_generation(reader)
        return replace(column, generated=True)
    if reader.take("CONSTRAINT"):
        reader.own_name()
    elif reader.group() is None:
        reader.advance()
    return column


def _required(column: Column) -> Column:
    return replace(column, nullable=False)


def _optional(column: Column) -> Column:
    return replace(column, nullable=True)


def _key_column(column: Column) -> Column:
    return replace(column, primary_key=True, nullable=False)


def _unique_column(column: Column) -> Column:
    return replace(column, unique=True)


def _numbered(column: Column) -> Column:
    return replace(column, generated=True)


_FLAGS: dict[tuple[str, ...], Callable[[Column], Column]] = {
    ("NOT", "NULL"): _required,
    ("NULL",): _optional,
    ("PRIMARY", "KEY"): _key_column,
    ("UNIQUE",): _unique_column,
    ("AUTO_INCREMENT",): _numbered,
    ("AUTOINCREMENT",): _numbered,
    ("IDENTITY",): _numbered,
}


def _take_generation(reader: Reader) -> None:
    """Take `BY DEFAULT AS IDENTITY (…)` or `ALWAYS AS (…)`."""
    while not reader.done and reader.next.word not in {"AS", "IDENTITY", "(", "NOT", "NULL"}:
        reader.advance()
    reader.take("AS")
    reader.take("IDENTITY")
    reader.group()


def read_default(reader: Reader) -> str:
    """Take the expression of a default and return it as written; empty for NULL, which is none."""
    first = reader.at
    reader.advance()
    while not reader.done and reader.next.word not in _DEFAULT_CLAUSES:
        if reader.sees("NULL") and reader.tokens[reader.at - 1].word not in {"IS", "NOT"}:
            break
        if reader.group() is None:
            reader.advance()
    said = reader.written(reader.tokens[first : reader.at])
    return "" if said.upper() == "NULL" else said


def _reference(reader: Reader) -> str:
    """Take `users(id)` and return `users.id`, or `users` where no column or several are named."""
    target = reader.name()
    inside = reader.group()
    names = [e.own_name() for e in inside.elements()] if inside is not None else []
    return f"{target}.{names[0]}" if target and len(names) == 1 and names[0] else target
