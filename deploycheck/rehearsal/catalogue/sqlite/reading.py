"""The whole schema of a SQLite database, from the statements that it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from deploycheck.facts.schema.lexing import Token, tokens_of
from deploycheck.facts.schema.reading import Reader
from deploycheck.rehearsal.catalogue.model import Catalogue, Key, Thing
from deploycheck.rehearsal.catalogue.sqlite.definitions import Constraint, Table, bare, meaning, table_of

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

_QUERY = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"


class _Row(NamedTuple):
    type: str
    name: str
    table: str
    sql: str


def read_sqlite(session: Session, unseen: frozenset[str] = frozenset()) -> Catalogue:
    """Return the schema of the main database. Raises `StatementFailed`."""
    rows = [_Row(*map(str, row)) for row in session.query(_QUERY)]
    rows = [r for r in rows if r.table not in unseen and not r.name.startswith("sqlite_")]
    virtual = {r.name.lower() for r in rows if r.type == "table" and _is_virtual(r.sql)}
    made = {r.name.lower(): table_of(r.sql) for r in rows if r.type == "table" and not _is_virtual(r.sql)}
    groups: dict[str, list[Thing]] = {}
    for row in rows:
        things = _table(row, made, virtual) if row.type == "table" else [_other(row)]
        groups.setdefault(row.table.lower(), []).extend(things)
    return Catalogue("sqlite", {n: tuple(sorted(g, key=lambda t: t.key)) for n, g in groups.items()}, "main")


def _is_virtual(sql: str) -> bool:
    return sql[:20].upper().split()[:2] == ["CREATE", "VIRTUAL"]


def _table(row: _Row, made: Mapping[str, Table], virtual: Iterable[str]) -> list[Thing]:
    """Return a table with its columns and constraints."""
    name = row.name.lower()
    key = ("relation", name)
    if name in virtual:
        return [Thing(key, f"virtual table {row.name}", (("", meaning(_after_name(row.sql))),))]
    table = made[name]
    # A virtual table keeps its rows in tables of its own, which come and go with it.
    owner = next((("relation", v) for v in virtual if name.startswith(f"{v}_")), None)
    options = (("options", table.options),) if table.options else ()
    return [
        Thing(key, f"table {row.name}", options, owner),
        *_columns(row.name, table, key),
        *_constraints(row.name, table, made, key),
    ]


def _columns(name: str, table: Table, of: Key) -> Iterable[Thing]:
    for column in table.columns:
        parts = (
            column.type,
            column.collation and f"collate {column.collation}",
            "not null" if column.required else "",
            column.generated,
            column.default and f"default {column.default}",
        )
        says = (("", " ".join(p for p in parts if p) or "of no type"),)
        numbers = (("use", "the row's own number"),) if column.rowid else ()
        yield Thing(("column", f"{of[1]}.{column.name}"), f"column {name}.{column.name}", says + numbers, of)


def _constraints(name: str, table: Table, made: Mapping[str, Table], of: Key) -> Iterable[Thing]:
    """Yield each constraint; one without a name goes by what it says, and by number where two are alike."""
    seen: dict[str, int] = {}
    for constraint in table.constraints:
        says = _referring(constraint, made)
        called = constraint.name or says
        seen[called] = count = seen.get(called, 0) + 1
        key = ("constraint", f"{of[1]}.{called.lower()}" + (f" {count}" if count > 1 else ""))
        title = f"constraint {called} of {name}" if constraint.name else f"a constraint of {name}"
        yield Thing(key, title, (("", says),), of, constraint.name)


def _referring(constraint: Constraint, made: Mapping[str, Table]) -> str:
    """Return what a constraint says, a reference with the columns that it means."""
    target = made.get(constraint.target)
    if not constraint.target or target is None or not target.key:
        return constraint.says + constraint.after
    return f"{constraint.says}({', '.join(target.key)}){constraint.after}"


def _other(row: _Row) -> Thing:
    """Return an index, a view or a trigger."""
    name = row.name.lower()
    if row.type == "view":
        says = (("", meaning(_after_name(row.sql))), ("kind", "view"))
        return Thing(("relation", name), f"view {row.name}", says)
    definition = _index(row.sql) if row.type == "index" else meaning(_after_name(row.sql))
    of = ("relation", row.table.lower())
    return Thing((row.type, name), f"{row.type} {row.name} on {row.table}", (("", definition),), of, row.name)


def _index(sql: str) -> str:
    """Return what an index is, whatever its name and its table's."""
    reader = Reader(tokens_of(sql, "sqlite"), sql, "sqlite")
    unique = any(t.word == "UNIQUE" for t in reader.until("INDEX"))
    reader.until("ON")
    reader.until("(")
    columns = reader.group()
    said = (
        []
        if columns is None
        else [meaning(t for t in e.tokens if t.word != "ASC") for e in columns.elements()]
    )
    where = f" where {bare(reader.tokens[reader.at :])}" if reader.take("WHERE") else ""
    return f"{'unique ' if unique else ''}({', '.join(said)}){where}"


def _after_name(sql: str) -> list[Token]:
    """Return the tokens behind `CREATE … name`, which may be quoted in another way than it was."""
    tokens = tokens_of(sql, "sqlite")
    reader = Reader(tokens, sql, "sqlite")
    reader.until("VIEW", "TRIGGER", "TABLE")
    reader.advance()
    reader.tolerance()
    reader.parts()
    return tokens[reader.at :]
