"""Statements that change rows: which table they write to, and how."""

from __future__ import annotations

from deploycheck.facts.schema.lexing import Kind
from deploycheck.facts.schema.model import Action, Change, Column, Thing
from deploycheck.facts.schema.reading import Reader

WRITING_VERBS = frozenset(
    {"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE", "COPY", "LOAD", "UPSERT"}
)
_ASIDES = frozenset(
    {*("LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "ONLY", "TABLE", "OVERWRITE")}
)
_CONFLICTS = frozenset({"ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"})
_INSERTS = frozenset({"INSERT", "REPLACE", "UPSERT", "LOAD"})


def read_write(reader: Reader) -> tuple[Change, ...]:
    """Read a statement whose first word is one of `WRITING_VERBS`."""
    verb = reader.advance().word
    if verb == "TRUNCATE":
        return _truncate(reader)
    if verb == "COPY":
        return (_copy(reader),)
    if verb == "UPDATE":
        return (_update(reader),)
    if verb == "DELETE":
        return (_delete(reader),)
    if verb == "MERGE":
        reader.take("INTO")
        return (_rows("merge", reader.name()),)
    reader.until("INTO", "OVERWRITE") if reader.has("INTO") else None
    reader.take("INTO")
    return (_insert(reader),)


def _rows(kind: str, table: str, columns: tuple[Column, ...] = (), *, cascade: bool = False) -> Change:
    return Change(Action.WRITE, Thing.ROWS, table=table, kind=kind, columns=columns, cascade=cascade)


def _asides(reader: Reader) -> None:
    """Take what may stand before the table."""
    if reader.take("OR"):
        reader.take_any(_CONFLICTS)
    while reader.next.word in _ASIDES and reader.peek(1).kind is not Kind.MARK:
        reader.advance()


def _insert(reader: Reader) -> Change:
    """Read `t (a, b) VALUES …`."""
    _asides(reader)
    table = reader.name()
    inside = reader.group()
    names = [e.own_name() for e in inside.elements()] if inside is not None else []
    return _rows("insert", table, tuple(Column(n) for n in names))


def _update(reader: Reader) -> Change:
    """Read `t SET a = 1, b = 2 …`; the columns are those that it sets."""
    _asides(reader)
    table = reader.name()
    reader.until("SET")
    reader.take("SET")
    assignments = Reader(reader.until("WHERE", "FROM", "RETURNING"), reader.text, reader.dialect)
    return _rows("update", table, tuple(Column(n) for e in assignments.elements() for n in _assigned(e)))


def _assigned(assignment: Reader) -> list[str]:
    """Return the names that `a = 1` or `(a, b) = (1, 2)` sets."""
    inside = assignment.group()
    return [e.own_name() for e in inside.elements()] if inside is not None else [assignment.own_name()]


def _delete(reader: Reader) -> Change:
    """Read `FROM t …`, and MySQL's `t FROM t JOIN u …`."""
    _asides(reader)
    reader.take("FROM")
    _asides(reader)
    return _rows("delete", reader.name())


def _truncate(reader: Reader) -> tuple[Change, ...]:
    """Read `TABLE a, b CASCADE`."""
    _asides(reader)
    cascade = reader.has("CASCADE")
    tables = []
    while True:
        reader.take("ONLY")
        tables.append(reader.name())
        reader.take("*")
        if not reader.take(","):
            break
    return tuple(_rows("truncate", table, cascade=cascade) for table in tables)


def _copy(reader: Reader) -> Change:
    """Read COPY, which writes a table or only reads it."""
    if reader.next.word == "(":
        return Change(Action.NEUTRAL)
    reader.take("INTO")
    table = reader.name()
    inside = reader.group()
    names = [e.own_name() for e in inside.elements()] if inside is not None else []
    if reader.take("TO"):
        return Change(Action.NEUTRAL)
    return _rows("insert", table, tuple(Column(n) for n in names))
