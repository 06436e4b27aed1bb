"""One row into each table that has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows.model import Column, ForeignKey, Table
from deploycheck.rehearsal.rows.ordering import later, ordered
from deploycheck.rehearsal.rows.solving import Chosen, solve, works
from deploycheck.rehearsal.session import StatementFailed, quoted

if TYPE_CHECKING:
    from deploycheck.rehearsal.session import Session

_NULL = "NULL"
_TRIED = 12
"""Values that a new column is tried with."""


@dataclass(slots=True)
class Planting:
    """What became of the tables: those that got a row, and why the others did not.

    `standing` are the tables that have rows, by name, with their name in SQL.
    """

    standing: dict[str, str]
    planted: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def plant(session: Session, tables: Sequence[Table], standing: Mapping[str, str]) -> Planting:
    """Put one row into each of `tables`, which are empty. Never raises for one that takes none."""
    planting = Planting(dict(standing))
    for group in ordered(tables):
        if len(group) == 1:
            _plant_one(session, group[0], planting)
        else:
            _plant_circle(session, group, planting)
    _close_circles(session, tables, planting)
    return planting


def _plant_one(session: Session, table: Table, planting: Planting) -> None:
    reason = table.problem or _orphaned(table, planting)
    for values in _attempts(session, table, planting) if not reason else ():
        try:
            session.run(insert(table, values))
        except StatementFailed as failure:
            reason = reason or failure.message
        else:
            reason = "" if _has_a_row(session, table) else "a trigger or rule takes its rows away"
            break
    _note(table, planting, reason)


def _note(table: Table, planting: Planting, reason: str) -> None:
    if reason:
        planting.failed[table.name] = reason
    else:
        planting.planted.append(table.name)
        planting.standing[table.name] = table.sql


def _orphaned(table: Table, planting: Planting) -> str:
    for key in table.foreign_keys:
        if key.table not in planting.standing and key.table != table.name and not later(table, key):
            return f"{key.table}, which it refers to, has no row"
    return ""


def _attempts(session: Session, table: Table, planting: Planting) -> Iterator[Chosen]:
    """Yield rows to try: the best values, then those that hold on their own, then as few as may be."""
    columns = _columns(table, planting)
    if not table.checks:
        yield _firsts(columns)
    columns = [_tested(session, column) for column in columns]
    best = _firsts(columns) | solve(session, columns, table.checks)
    yield best
    yield {name: value for name, value in best.items() if not _left_out(table, name)}
    required = {c.name for c in table.columns if not c.nullable}
    yield {name: value for name, value in best.items() if name in required}


def _left_out(table: Table, name: str) -> bool:
    """Tell whether a column may stay NULL, and is one of a foreign key or has a condition."""
    column = table.column(name)
    named = {
        *(c for key in table.foreign_keys for c in key.columns),
        *(c for k in table.checks for c in k.columns),
    }
    return column is not None and column.nullable and name in named


def _firsts(columns: Sequence[Column]) -> Chosen:
    return {c.name: c.candidates[0] for c in columns if c.candidates}


def _tested(session: Session, column: Column) -> Column:
    """Return the column with the candidates from the first on that the database takes."""
    good = next((i for i, value in enumerate(column.candidates) if works(session, value)), None)
    return Column(column.name, column.candidates[good:] if good is not None else (), column.nullable)


def _columns(table: Table, planting: Planting) -> list[Column]:
    """Return the columns with what their foreign keys leave them: the parent's value, or nothing yet."""
    given = _references(table, planting)
    return [
        Column(c.name, (given[c.name],) if given[c.name] != _NULL else (), c.nullable)
        if c.name in given
        else c
        for c in table.columns
    ]


def _references(table: Table, planting: Planting) -> dict[str, str]:
    given: dict[str, str] = {}
    for key in sorted(table.foreign_keys, key=lambda k: -len(k.columns)):
        for column, referred in zip(key.columns, key.referred, strict=True):
            given.setdefault(column, _reference(table, key, column, referred, planting))
    return given


def _reference(table: Table, key: ForeignKey, column: str, referred: str, planting: Planting) -> str:
    if key.table in planting.standing:
        return parent_value(planting.standing[key.table], key, referred)
    own = table.column(column)
    if key.table == table.name and not later(table, key):
        target = table.column(referred)
        return target.candidates[0] if target is not None and target.candidates else _NULL
    return _NULL if own is None or own.nullable or not own.candidates else own.candidates[0]


def parent_value(parent: str, key: ForeignKey, referred: str) -> str:
    """Return an expression for a column of the parent's first row."""
    order = ", ".join(map(quoted, key.referred))
    return f"(SELECT {quoted(referred)} FROM {parent} ORDER BY {order} LIMIT 1)"  # noqa: S608 - the throwaway's own names


def insert(table: Table, values: Mapping[str, str]) -> str:
    """Return the INSERT of one row."""
    if not values:
        return f"INSERT INTO {table.sql} DEFAULT VALUES"
    names = ", ".join(map(quoted, values))
    return f"INSERT INTO {table.sql} ({names}) {table.overriding} VALUES ({', '.join(values.values())})"  # noqa: S608 - the same


def _has_a_row(session: Session, table: Table) -> bool:
    return bool(session.query(f"SELECT 1 FROM {table.sql} LIMIT 1"))  # noqa: S608 - the same


def _plant_circle(session: Session, group: list[Table], planting: Planting) -> None:
    """Plant tables that need each other, in one statement: PostgreSQL looks at foreign keys at its end."""
    rows = {table.name: _attempt_in_circle(session, table, group, planting) for table in group}
    statements = [insert(table, _closed(table, rows)) for table in group]
    named = ", ".join(f"deploycheck_{i} AS ({sql})" for i, sql in enumerate(statements[:-1]))
    reason = next((r for t in group if (r := t.problem)), "")
    try:
        if not reason and session.backend == "postgresql":
            session.run(f"WITH {named} {statements[-1]}")
        for statement in statements if not reason and session.backend != "postgresql" else ():
            session.run(statement)
    except StatementFailed as failure:
        reason = failure.message
    for table in group:
        _note(table, planting, reason)


def _attempt_in_circle(session: Session, table: Table, group: list[Table], planting: Planting) -> Chosen:
    inside = {t.name for t in group}
    columns = [_tested(session, column) for column in _columns(table, planting)]
    keys = {name for key in table.foreign_keys if key.table in inside for name in key.columns}
    checks = [c for c in table.checks if not keys & set(c.columns)]
    return _firsts(columns) | solve(session, columns, checks)


def _closed(table: Table, rows: Mapping[str, Chosen]) -> Chosen:
    """Return the row with the foreign keys of the circle set to the values that their parents get."""
    row = dict(rows[table.name])
    for key in table.foreign_keys:
        for column, referred in zip(key.columns, key.referred, strict=True):
            value = _followed(key.table, referred, rows)
            if value and not (later(table, key) and key.table not in rows):
                row[column] = value
    return row


def _followed(table: str, column: str, rows: Mapping[str, Chosen]) -> str:
    return rows[table].get(column, "") if table in rows else ""


def _close_circles(session: Session, tables: Sequence[Table], planting: Planting) -> None:
    """Fill the foreign keys that had to wait for their parent, as far as that goes."""
    for table in tables:
        for key in table.foreign_keys if table.name in planting.planted else ():
            if key.table in planting.standing and later(table, key):
                _refer(session, table, key, planting)


def _refer(session: Session, table: Table, key: ForeignKey, planting: Planting) -> None:
    parent = planting.standing[key.table]
    pairs = [
        (quoted(c), parent_value(parent, key, r)) for c, r in zip(key.columns, key.referred, strict=True)
    ]
    sets = ", ".join(f"{column} = {value}" for column, value in pairs)
    missing = " OR ".join(f"{column} IS NULL" for column, _ in pairs)
    try:
        session.run(f"UPDATE {table.sql} SET {sets} WHERE {missing}")  # noqa: S608 - the same
    except StatementFailed:
        return


def give(session: Session, table: Table, column: str, where: str, standing: Mapping[str, str]) -> None:
    """Put a value into a column of a row that stands already, the first that the table takes, if any."""
    for value in _values(table, column, standing)[:_TRIED]:
        try:
            session.run(f"UPDATE {table.sql} SET {quoted(column)} = {value} WHERE {where}")  # noqa: S608 - the same
        except StatementFailed:
            continue
        return


def _values(table: Table, column: str, standing: Mapping[str, str]) -> tuple[str, ...]:
    for key in table.foreign_keys:
        if column in key.columns:
            referred = key.referred[key.columns.index(column)]
            return (parent_value(standing[key.table], key, referred),) if key.table in standing else ()
    found = table.column(column)
    return found.candidates if found is not None else ()
