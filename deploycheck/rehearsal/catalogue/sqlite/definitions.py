"""What the text of a CREATE TABLE means, however it is written.

SQLite keeps the text of each statement, and Alembic's batch mode writes a table anew in its own words: keys
behind the columns, names quoted, types as SQLAlchemy calls them. None of this is a difference.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from deploycheck.facts.schema.lexing import Kind, Token, tokens_of
from deploycheck.facts.schema.reading import Reader
from deploycheck.rehearsal.catalogue.sqlite.types import type_of

_TABLE = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
_CLAUSES = (
    *("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES"),
    *("GENERATED", "AS"),
)


@dataclass(slots=True)
class Column:
    """One column. `type` is empty where none is said, `rowid` whether it is the row's own number."""

    name: str
    type: str = ""
    written: str = ""
    required: bool = False
    default: str = ""
    collation: str = ""
    generated: str = ""
    rowid: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint: its name, empty where nobody gave one, and what it says.

    `target` is the table of a reference whose columns are not said: its primary key is meant.
    """

    name: str
    says: str
    target: str = ""
    after: str = ""


@dataclass(slots=True)
class Table:
    """What a table is made of. `key` are the columns of its primary key."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    key: tuple[str, ...] = ()
    options: str = ""


@functools.lru_cache(maxsize=4096)
def table_of(sql: str) -> Table:
    """Return what a CREATE TABLE means. What cannot be read stays as it is written."""
    reader = Reader(tokens_of(sql, "sqlite"), sql, "sqlite")
    reader.until("(")
    body = reader.group()
    table = Table()
    for element in body.elements() if body is not None else ():
        if element.next.word in _TABLE:
            _constraints(element, table)
        else:
            _column(element, table)
    table.options = meaning(reader.tokens[reader.at :])
    _number_rows(table)
    return table


def meaning(tokens: Iterable[Token]) -> str:
    """Return tokens in one way of writing: names bare and small, blanks only between words."""
    text = ""
    for token in tokens:
        string = token.kind is Kind.STRING
        piece = "'" + token.value.replace("'", "''") + "'" if string else token.value.lower()
        apart = _wordy(text[-1:]) and _wordy(piece[:1])
        text += (" " if apart else "") + piece
    return text


def bare(tokens: Sequence[Token]) -> str:
    """Return what an expression means, without parentheses around all of it."""
    reader = Reader(tokens, "", "sqlite")
    inner = reader.group()
    return bare(inner.tokens) if inner is not None and reader.done else meaning(tokens)


def _wordy(character: str) -> bool:
    return character.isalnum() or character in {"_", "'"}


def _column(reader: Reader, table: Table) -> None:
    column = Column(reader.advance().value.lower())
    written = reader.until(*_CLAUSES)
    column.written = meaning(written)
    column.type = type_of(column.written)
    table.columns.append(column)
    name = ""
    while not reader.done:
        if reader.take("CONSTRAINT"):
            name = reader.advance().value
            continue
        _clause(reader, column, table, name)
        name = ""


def _clause(reader: Reader, column: Column, table: Table, name: str) -> None:
    """Read one thing that is said of a column behind its type."""
    if reader.take("NOT", "NULL"):
        column.required = True
        _conflict(reader)
    elif reader.take("DEFAULT"):
        column.default = _default(reader)
    elif reader.take("COLLATE"):
        collation = reader.advance().value.lower()
        column.collation = "" if collation == "binary" else collation
    elif reader.take("GENERATED", "ALWAYS", "AS") or reader.take("AS"):
        expression = bare(_inside(reader))
        kind = "stored" if reader.take("STORED") else "virtual"
        reader.take("VIRTUAL")
        column.generated = f"generated always as ({expression}) {kind}"
    elif not _constraint(reader, table, name, column.name):
        reader.advance()


def _default(reader: Reader) -> str:
    if reader.next.word == "(":
        return bare(_inside(reader))
    sign = reader.advance()
    return meaning([sign, reader.advance()] if sign.word in {"-", "+"} else [sign])


def _constraints(reader: Reader, table: Table) -> None:
    """Read the constraints behind the columns; SQLite wants no comma between them."""
    name = ""
    while not reader.done:
        if reader.take("CONSTRAINT"):
            name = reader.advance().value
            continue
        if not _constraint(reader, table, name):
            reader.advance()
        name = ""


def _constraint(reader: Reader, table: Table, name: str, column: str = "") -> bool:
    """Read one constraint, of a column or of the table; False where none comes next."""
    if reader.take("PRIMARY", "KEY"):
        says = _primary(reader, table, column)
    elif reader.take("UNIQUE"):
        says = f"unique ({_columns(reader) or column}){_conflict(reader)}"
    elif reader.take("CHECK"):
        says = f"check ({bare(_inside(reader))}){_conflict(reader)}"
    elif reader.take("FOREIGN", "KEY"):
        column = _columns(reader)
        return reader.take("REFERENCES") and _reference(reader, table, name, column)
    elif reader.take("REFERENCES"):
        return _reference(reader, table, name, column)
    else:
        return False
    table.constraints.append(Constraint(name, says))
    return True


def _primary(reader: Reader, table: Table, column: str) -> str:
    inside = meaning(_inside(reader)) if reader.next.word == "(" else column
    order = " desc" if reader.take("DESC") else ""
    reader.take("ASC")
    conflict = _conflict(reader)
    counting = " autoincrement" if reader.take("AUTOINCREMENT") or inside.endswith(" autoincrement") else ""
    inside = inside.removesuffix(" autoincrement")
    table.key = tuple(part.split(" ")[0] for part in inside.split(","))
    return f"primary key ({inside.replace(',', ', ')}{order}){conflict}{counting}"


def _reference(reader: Reader, table: Table, name: str, column: str) -> bool:
    target = reader.advance().value.lower()
    columns = _columns(reader)
    after = meaning(_actions(reader))
    after = after and f" {after}"
    table.constraints.append(
        Constraint(name, f"foreign key ({column}) references {target}({columns}){after}")
        if columns
        else Constraint(name, f"foreign key ({column}) references {target}", target, after)
    )
    return True


def _actions(reader: Reader) -> list[Token]:
    """Take what a reference says of deletes, updates and its moment, without what is so anyway."""
    taken: list[Token] = []
    while not reader.done:
        first = reader.at
        if reader.take("NOT", "DEFERRABLE"):
            if reader.take("INITIALLY"):
                reader.advance()
        elif reader.take("ON"):
            reader.advance()
            usual = reader.take("NO", "ACTION")
            if (not usual and reader.take("SET")) or not usual:
                reader.advance()
            taken += [] if usual else reader.tokens[first : reader.at]
        elif reader.take("MATCH"):
            reader.advance()
        elif reader.take("DEFERRABLE"):
            deferred = reader.take("INITIALLY", "DEFERRED")
            reader.take("INITIALLY", "IMMEDIATE")
            taken += reader.tokens[first : reader.at] if deferred else []
        else:
            break
    return taken


def _columns(reader: Reader) -> str:
    """Take `(a, b)` and return what is inside; empty where no parenthesis comes next."""
    group = reader.group()
    return "" if group is None else meaning(group.tokens).replace(",", ", ")


def _inside(reader: Reader) -> Sequence[Token]:
    group = reader.group()
    return () if group is None else group.tokens


def _conflict(reader: Reader) -> str:
    if not reader.take("ON", "CONFLICT"):
        return ""
    way = reader.advance().value.lower()
    return "" if way == "abort" else f" on conflict {way}"


def _number_rows(table: Table) -> None:
    """Mark the column that is the row's own number; it is never null, said or not."""
    plain = "without" not in table.options.split(" ")
    for column in table.columns:
        if (column.name,) == table.key and plain:
            column.rowid = column.written == "integer"
        if column.rowid or (column.name in table.key and not plain):
            column.required = False
