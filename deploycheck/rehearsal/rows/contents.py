"""The rows of many tables, read with few queries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from deploycheck.rehearsal.rows.model import Kept, Values
from deploycheck.rehearsal.session import literal

if TYPE_CHECKING:
    from deploycheck.rehearsal.rows.postgresql import Relation
    from deploycheck.rehearsal.session import Cell, Session

MOST = 2000
"""Rows of one table that are compared; one with more is not looked at."""
_AT_ONCE = 100
"""Tables that one query reads."""

_KEYS = """
SELECT c.oid::bigint,
  (SELECT json_agg(a.attname ORDER BY a.attnum)::text FROM pg_attribute a
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
    WHERE a.attrelid = c.oid),
  (SELECT json_agg(a.attname)::text FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped)
FROM pg_class c WHERE c.oid IN ({oids})
"""


def read(session: Session, relations: Sequence[Relation]) -> dict[str, Kept]:
    """Return the rows of PostgreSQL's tables, without the columns that it computes."""
    if not relations:
        return {}
    oids = ", ".join(str(r.oid) for r in relations)
    keys = {
        int(str(oid)): (_names(key), _names(made))
        for oid, key, made in session.query(_KEYS.format(oids=oids))
    }
    rows = _rows(session, relations)
    return {r.name: _kept(r, *keys.get(r.oid, ((), ())), rows.get(r.oid, [])) for r in relations}


def _rows(session: Session, relations: Sequence[Relation]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for start in range(0, len(relations), _AT_ONCE):
        parts = (_select(r) for r in relations[start : start + _AT_ONCE])
        for oid, row in session.query(" UNION ALL ".join(parts)):
            found.setdefault(int(str(oid)), []).append(str(row))
    return found


def _select(relation: Relation) -> str:
    only = "" if relation.partitioned else "ONLY "
    return (
        f"(SELECT {relation.oid}, row_to_json(deploycheck_row)::text "  # noqa: S608 - the throwaway's own names
        f"FROM {only}{relation.sql} AS deploycheck_row LIMIT {MOST + 1})"
    )


def _kept(relation: Relation, key: tuple[str, ...], computed: tuple[str, ...], rows: Sequence[str]) -> Kept:
    whole = len(rows) <= MOST
    parsed = tuple(_parsed(row, computed) for row in rows) if whole else ()
    return Kept(relation.sql, key, parsed, whole, relation.token, relation.oid)


def _parsed(row: str, computed: Iterable[str]) -> Values:
    values: dict[str, object] = json.loads(row, parse_float=Decimal, parse_int=Decimal)
    return {name: value for name, value in values.items() if name not in computed}


def _names(listed: Cell) -> tuple[str, ...]:
    return tuple(str(name) for name in json.loads(str(listed))) if listed else ()


def read_sqlite(
    session: Session, tables: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> dict[str, Kept]:
    """Return the rows of SQLite's tables, given each one's columns and those of its primary key."""
    names = list(tables)
    found: dict[str, list[tuple[Cell, ...]]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        width = max(len(tables[name][0]) for name in some)
        parts = (_select_sqlite(name, tables[name][0], width) for name in some)
        for name, *row in session.query(" UNION ALL ".join(parts)):
            found.setdefault(str(name), []).append(tuple(row))
    return {name: _kept_sqlite(name, *tables[name], found.get(name, [])) for name in names}


def _select_sqlite(name: str, columns: Sequence[str], width: int) -> str:
    values = [f"quote({_quoted(c)})" for c in columns] + ["NULL"] * (width - len(columns))
    return (
        f"SELECT * FROM (SELECT {', '.join([literal(name), *values])} FROM {_quoted(name)} LIMIT {MOST + 1})"  # noqa: S608 - the same
    )


def _kept_sqlite(
    name: str, columns: Sequence[str], key: Sequence[str], rows: Sequence[tuple[Cell, ...]]
) -> Kept:
    whole = len(rows) <= MOST
    parsed = (dict(zip(columns, map(_unquoted, row), strict=False)) for row in rows)
    return Kept(sql=_quoted(name), key=tuple(key), rows=tuple(parsed) if whole else (), whole=whole)


def _unquoted(value: Cell) -> object:
    """Read a value as SQLite's quote() writes it."""
    text = str(value)
    if text == "NULL":
        return None
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return text if text.startswith(("X'", "x'")) else _number(text)


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except ArithmeticError:
        return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
